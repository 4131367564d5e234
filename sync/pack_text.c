#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "sync/pack.h"

/*
 * Texts whose long runs of hexadecimal and base64 become bytes: each such run
 * is a mark, its length as a varint, and the bytes.  A base64 of a text, or of
 * a record's leaf (02 and a text), is packed in its turn, once.
 */

enum { MARK_HEX = 1, MARK_B64 = 2, MARK_TEXT = 3, MARK_RECORD = 4, MARK_LAST = 4 };
#define RUN_MIN 16 /* characters: shorter ones are left as they are */
#define LEAF_RECORD 2

static int pack_at(struct buf *out, const uint8_t *p, size_t n, int depth);
static int unpack_at(struct buf *out, const uint8_t *p, size_t n, int depth);

static int
is_b64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

static int
is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static int
is_text(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < ' ' && p[i] != '\n')
			return 0;
	return 1;
}

static void
put_marked(struct buf *out, int mark, const uint8_t *p, size_t n)
{
	(void)buf_putc(out, (uint8_t)mark);
	(void)buf_varint(out, n);
	(void)buf_put(out, p, n);
}

/* What a base64 run decodes to: bytes, or a text that is packed in its turn. */
static int
put_decoded(struct buf *out, const uint8_t *p, size_t n, int depth)
{
	size_t skip = n > 0 && p[0] == LEAF_RECORD;
	struct buf b;
	int rc;

	if (depth > 0 || n <= skip || !is_text(p + skip, n - skip)) {
		put_marked(out, MARK_B64, p, n);
		return buf_ok(out) ? 0 : -1;
	}
	buf_init(&b, out->max);
	rc = pack_at(&b, p + skip, n - skip, depth + 1);
	if (rc == 0)
		put_marked(out, skip ? MARK_RECORD : MARK_TEXT, b.data, b.len);
	buf_free(&b);
	return rc == 0 && buf_ok(out) ? 0 : -1;
}

/* A run of hexadecimal digits or of base64.  1 when it was put as bytes, 0 when it is neither, -1. */
static int
put_run(struct buf *out, const uint8_t *p, size_t n, int depth)
{
	uint8_t *raw;
	size_t i, got;
	int rc = 0;

	for (i = 0; i < n && is_hex(p[i]); i++)
		continue;
	if ((raw = lapsed(malloc(n))) == NULL)
		return -1;
	if (i == n && n % 2 == 0 && dec_hex(raw, n / 2, (const char *)p, n) == 0) {
		put_marked(out, MARK_HEX, raw, n / 2);
		rc = buf_ok(out) ? 1 : -1;
	} else if (n % 4 == 0 && dec_b64(raw, n, &got, (const char *)p, n) == 0) {
		rc = put_decoded(out, raw, got, depth) == 0 ? 1 : -1;
	}
	free(raw);
	return rc;
}

static int
pack_at(struct buf *out, const uint8_t *p, size_t n, int depth)
{
	size_t i = 0, k;
	int rc;

	if (!is_text(p, n))
		return -1;
	while (i < n) {
		for (k = i; k < n && is_b64(p[k]); k++)
			continue;
		while (k > i && k < n && k - i >= RUN_MIN - 2 && p[k] == '=')
			k++;
		rc = k - i >= RUN_MIN ? put_run(out, p + i, k - i, depth) : 0;
		if (rc < 0)
			return -1;
		k += k == i;
		if (rc == 0)
			(void)buf_put(out, p + i, k - i);
		i = k;
	}
	return buf_ok(out) ? 0 : -1;
}

int
pack_text(struct buf *out, const void *p, size_t n)
{
	return pack_at(out, p, n, 0);
}

static int
unpack_marked(struct buf *out, int mark, const uint8_t *p, size_t n, int depth)
{
	struct buf b;
	int rc;

	if (mark == MARK_HEX)
		return buf_hex(out, p, n);
	if (mark == MARK_B64)
		return buf_b64(out, p, n);
	if (depth > 0)
		return -1;
	buf_init(&b, out->max);
	if (mark == MARK_RECORD)
		(void)buf_putc(&b, LEAF_RECORD);
	rc = unpack_at(&b, p, n, depth + 1);
	if (rc == 0)
		rc = buf_b64(out, b.data, b.len);
	buf_free(&b);
	return rc;
}

static int
unpack_at(struct buf *out, const uint8_t *p, size_t n, int depth)
{
	const uint8_t *end = p + n, *from;
	uint64_t len;
	size_t used;
	int mark;

	while (p < end) {
		for (from = p; p < end && (*p >= ' ' || *p == '\n'); p++)
			continue;
		(void)buf_put(out, from, (size_t)(p - from));
		if (p == end)
			break;
		mark = *p++;
		if (mark < MARK_HEX || mark > MARK_LAST || (used = dec_varint(&len, p, end)) == 0 || len > (uint64_t)(end - p) - used ||
		    unpack_marked(out, mark, p + used, (size_t)len, depth) != 0)
			return -1;
		p += used + len;
	}
	return buf_ok(out) ? 0 : -1;
}

int
unpack_text(struct buf *out, const void *p, size_t n)
{
	return unpack_at(out, p, n, 0);
}
