#include "sync/squeezed.h"

#include <stdint.h>

#include "sync/dict.h"

int
squeezed_put(struct buf *out, const void *p, size_t n)
{
	struct buf b;
	int rc = -1, shorter;

	buf_init(&b, n + 1);
	if (buf_put(&b, p, n) == 0) {
		shorter = squeeze(&b, NULL, 0);
		rc = buf_putc(out, (uint8_t)(shorter == 1)) == 0 && buf_put(out, b.data, b.len) == 0 ? 0 : -1;
	}
	buf_free(&b);
	return rc;
}

int
squeezed_get(struct buf *out, const void *p, size_t n)
{
	const uint8_t *at = p;

	if (n == 0 || at[0] > 1)
		return -1;
	return at[0] == 0 ? buf_put(out, at + 1, n - 1) : expand(out, at + 1, n - 1, NULL, 0);
}
