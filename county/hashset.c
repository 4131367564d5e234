#include "county/hashset.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64U

void
hashset_init(struct hashset *s)
{
	memset(s, 0, sizeof(*s));
}

void
hashset_free(struct hashset *s)
{
	free(s->slot);
	free(s->used);
	hashset_init(s);
}

/* Where ${h} is, or the free slot where it belongs; cap is not 0.  SHA-256 spreads by itself. */
static size_t
seek(const struct hashset *s, const uint8_t h[HASH_LEN])
{
	size_t at;

	memcpy(&at, h, sizeof(at));
	for (at &= s->cap - 1; s->used[at] && memcmp(s->slot[at], h, HASH_LEN) != 0; at = (at + 1) & (s->cap - 1))
		continue;
	return at;
}

static int
grow(struct hashset *s)
{
	struct hashset more = { .n = s->n, .cap = s->cap ? 2 * s->cap : FIRST_CAP };
	size_t i, at;

	more.slot = calloc(more.cap, sizeof(*more.slot));
	more.used = calloc(more.cap, 1);
	if (more.slot == NULL || more.used == NULL) {
		hashset_free(&more);
		return -1;
	}
	for (i = 0; i < s->cap; i++) {
		if (!s->used[i])
			continue;
		at = seek(&more, s->slot[i]);
		memcpy(more.slot[at], s->slot[i], HASH_LEN);
		more.used[at] = 1;
	}
	hashset_free(s);
	*s = more;
	return 0;
}

int
hashset_has(const struct hashset *s, const uint8_t h[HASH_LEN])
{
	return s->cap > 0 && s->used[seek(s, h)];
}

int
hashset_add(struct hashset *s, const uint8_t h[HASH_LEN])
{
	size_t at;

	if (hashset_has(s, h))
		return 0;
	if (4 * (s->n + 1) > 3 * s->cap && grow(s) != 0)
		return -1;
	at = seek(s, h);
	memcpy(s->slot[at], h, HASH_LEN);
	s->used[at] = 1;
	s->n++;
	return 1;
}
