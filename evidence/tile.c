#include "evidence/tile.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"

#define LEVEL_MAX 63
#define INDEX_MAX 40 /* "x018/x446/x744/x073/x709/x551/615" */
#define PATH_MAX_TILE 64 /* the longest: "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255" */

/* ${index} as three-digit elements, all but the last with an x in front. */
static void
index_path(char out[INDEX_MAX], uint64_t index)
{
	unsigned part[7], n = 0;
	size_t at = 0;

	do {
		part[n++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0);
	while (n-- > 0)
		at += (size_t)snprintf(out + at, INDEX_MAX - at, n ? "x%03u/" : "%03u", part[n] % 1000);
}

int
tile_path(char *out, size_t size, int level, uint64_t index, unsigned width)
{
	char head[16] = "entries", nth[INDEX_MAX], tail[8] = "";
	int n;

	if (level < -1 || level > LEVEL_MAX || width < 1 || width > TILE_WIDTH)
		return -1;
	if (level >= 0)
		(void)snprintf(head, sizeof(head), "%d", level);
	if (width < TILE_WIDTH)
		(void)snprintf(tail, sizeof(tail), ".p/%u", width);
	index_path(nth, index);
	n = snprintf(out, size, "tile/%s/%s%s", head, nth, tail);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* The number at *${s} of at most ${digits} digits; moves past it.  0 or -1. */
static int
number(const char **s, unsigned digits, unsigned *v)
{
	unsigned n = 0;

	for (*v = 0; n < digits && **s >= '0' && **s <= '9'; n++, (*s)++)
		*v = *v * 10 + (unsigned)(**s - '0');
	return n > 0 ? 0 : -1;
}

static int
parse_index(const char **s, uint64_t *index)
{
	for (*index = 0;;) {
		int more = **s == 'x';
		unsigned part;

		*s += more;
		if (number(s, 3, &part) || *index > (UINT64_MAX - part) / 1000)
			return -1;
		*index = *index * 1000 + part;
		if (!more)
			return 0;
		if (*(*s)++ != '/')
			return -1;
	}
}

int
tile_path_parse(const char *path, int *level, uint64_t *index, unsigned *width)
{
	char again[PATH_MAX_TILE];
	const char *s = path;
	unsigned l, w = TILE_WIDTH;
	uint64_t i;
	int lev = -1;

	if (strncmp(s, "tile/", 5) != 0)
		return -1;
	s += 5;
	if (strncmp(s, "entries/", 8) == 0) {
		s += 8;
	} else {
		if (number(&s, 2, &l) || *s++ != '/')
			return -1;
		lev = (int)l;
	}
	if (parse_index(&s, &i))
		return -1;
	if (strncmp(s, ".p/", 3) == 0) {
		s += 3;
		if (number(&s, 3, &w) || w >= TILE_WIDTH)
			return -1;
	}
	/* Read loosely, then compared with the only spelling. */
	if (*s != '\0' || tile_path(again, sizeof(again), lev, i, w) || strcmp(again, path) != 0)
		return -1;
	*level = lev;
	*index = i;
	*width = w;
	return 0;
}

unsigned
tile_width(uint64_t size, unsigned level, uint64_t index)
{
	uint64_t hashes = level < 8 ? size >> (8 * level) : 0;

	if (index != hashes / TILE_WIDTH)
		return index < hashes / TILE_WIDTH ? TILE_WIDTH : 0;
	return (unsigned)(hashes % TILE_WIDTH);
}

int
tile_put_leaf(struct buf *b, const void *leaf, size_t n)
{
	if (n > TILE_LEAF_MAX) {
		b->failed = 1;
		return -1;
	}
	return buf_be(b, n, 2) || buf_put(b, leaf, n) ? -1 : 0;
}

size_t
tile_get_leaf(const uint8_t *p, const uint8_t *end, const uint8_t **leaf, size_t *n)
{
	size_t len;

	if (end - p < 2)
		return 0;
	len = (size_t)dec_be(p, 2);
	if ((size_t)(end - p) - 2 < len)
		return 0;
	*leaf = p + 2;
	*n = len;
	return 2 + len;
}
