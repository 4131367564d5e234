#include "sync/heads.h"

#include <stdint.h>
#include <string.h>

#include "base/enc.h"

#define MAGIC "TH01"
#define HEAD_LEN 8
#define NOTE_MOST 8192U /* with the cosignatures of a dozen witnesses */

int
heads_put(struct buf *out, const void *note, size_t n)
{
	if (n == 0 || n > NOTE_MOST)
		return 0; /* not worth a stick's head */
	return buf_puts(out, MAGIC) == 0 && buf_be(out, n, 4) == 0 ? buf_put(out, note, n) : -1;
}

size_t
heads_length(const void *p, size_t n)
{
	uint64_t len;

	if (n < HEAD_LEN || memcmp(p, MAGIC, 4) != 0)
		return 0;
	len = dec_be((const uint8_t *)p + 4, 4);
	return len > 0 && len <= NOTE_MOST && len <= n - HEAD_LEN ? HEAD_LEN + (size_t)len : 0;
}

int
heads_each(const void *p, size_t n, int (*cb)(void *ctx, const void *note, size_t n), void *ctx)
{
	const uint8_t *at = p, *end = at + n;
	unsigned found = 0;
	size_t len;
	int rc = 0;

	while (rc == 0 && found < HEADS_MAX && (at = memmem(at, (size_t)(end - at), MAGIC, 4)) != NULL) {
		if ((len = heads_length(at, (size_t)(end - at))) == 0) {
			at += 4;
			continue;
		}
		found++;
		rc = cb(ctx, at + HEAD_LEN, len - HEAD_LEN);
		at += len;
	}
	return rc;
}
