#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

/**
 * A growing byte buffer that is born with a named maximum.  Failure (out of
 * memory, or more than ${max} bytes) is sticky: later puts do nothing and
 * return -1, so a writer may put many times and check buf_ok() once.
 * data is always NUL-terminated beyond len once anything was put.
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;
	int failed;
};

/** buf_init(b, max): an empty buffer of at most ${max} bytes; allocates nothing. */
void buf_init(struct buf *b, size_t max);

/** buf_free(b): release the memory and leave an empty buffer with the same max.  NULL is allowed. */
void buf_free(struct buf *b);

/** buf_reset(b): forget the content and any failure, keep the memory. */
void buf_reset(struct buf *b);

/** buf_put(b, p, n): append ${n} bytes.  0, or -1 with the buffer marked failed. */
int buf_put(struct buf *b, const void *p, size_t n);

/** buf_puts(b, s): append a NUL-terminated string without its NUL.  As buf_put. */
int buf_puts(struct buf *b, const char *s);

/** buf_putc(b, c): append one byte.  As buf_put. */
int buf_putc(struct buf *b, uint8_t c);

/** buf_printf(b, fmt, ...): append formatted text.  As buf_put. */
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** buf_hex(b, p, n) / buf_b64(b, p, n): append ${n} bytes as lower-case hex / padded base64 (RFC 4648 4).  As buf_put. */
int buf_hex(struct buf *b, const void *p, size_t n);
int buf_b64(struct buf *b, const void *p, size_t n);

/** buf_be(b, v, n): append the low ${n} bytes (1 to 8) of ${v}, big-endian.  As buf_put. */
int buf_be(struct buf *b, uint64_t v, unsigned n);

/** buf_varint(b, v): append ${v} as a LEB128 varint (7 bits a byte, low first, at most 10 bytes).  As buf_put. */
int buf_varint(struct buf *b, uint64_t v);

/** buf_ok(b): 1 when nothing failed since the last reset, else 0. */
int buf_ok(const struct buf *b);

/** buf_str(b): the content as a C string ("" when empty); owned by the buffer, valid until the next put. */
const char *buf_str(const struct buf *b);

/** buf_take(b): hand over the memory (NUL-terminated, to be released with free()); NULL if failed or empty.  Leaves ${b} empty. */
uint8_t *buf_take(struct buf *b);

#endif
