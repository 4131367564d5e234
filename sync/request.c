#include "sync/request.h"

#include <string.h>

#include "base/line.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"

int
request_print(struct buf *out, const struct request *r, const struct signer *s)
{
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, REQUEST_HEAD_MAX);
	(void)buf_puts(&b, "tallystick/request/v1\nlog ");
	(void)buf_hex(&b, r->log, HASH_LEN);
	(void)buf_puts(&b, "\ndevice ");
	(void)buf_hex(&b, r->device, HASH_LEN);
	(void)buf_printf(&b, "\nepoch %u\ncounter %llu\nnonce ", r->epoch, (unsigned long long)r->counter);
	(void)buf_hex(&b, r->nonce, sizeof(r->nonce));
	(void)buf_printf(&b, "\nsize %llu\nhints %zu\n", (unsigned long long)r->size, r->nhints);
	for (i = 0; i < r->nhints; i++) {
		(void)buf_printf(&b, "hint %u %llu ", r->hint[i].epoch, (unsigned long long)r->hint[i].seq);
		(void)buf_hex(&b, r->hint[i].entry, HASH_LEN);
		(void)buf_putc(&b, '\n');
	}
	(void)buf_printf(&b, "records %llu\n", (unsigned long long)r->records);
	rc = buf_ok(&b) ? sigtext_sign(out, DSSE_REQUEST, b.data, b.len, s) : -1;
	buf_free(&b);
	return rc;
}

static int
parse_hints(struct request *r, struct cursor *c)
{
	struct field f[3];
	uint64_t n;
	size_t i;

	if (cursor_fields(c, "hints", f, 1) != 0 || value_int(f[0], &n) != 0 || n > REQUEST_HINTS_MAX)
		return -1;
	r->nhints = (size_t)n;
	for (i = 0; i < r->nhints; i++)
		if (cursor_fields(c, "hint", f, 3) != 0 || value_epoch(f[0], &r->hint[i].epoch) != 0 ||
		    value_int(f[1], &r->hint[i].seq) != 0 || field_hex(f[2], r->hint[i].entry, HASH_LEN) != 0)
			return -1;
	return 0;
}

static int
parse_body(struct request *r, struct cursor *c)
{
	struct field f[1];

	memset(r, 0, sizeof(*r));
	if (cursor_fields(c, "tallystick/request/v1", NULL, 0) != 0 ||
	    cursor_fields(c, "log", f, 1) != 0 || field_hex(f[0], r->log, HASH_LEN) != 0 ||
	    cursor_fields(c, "device", f, 1) != 0 || field_hex(f[0], r->device, HASH_LEN) != 0 ||
	    cursor_fields(c, "epoch", f, 1) != 0 || value_epoch(f[0], &r->epoch) != 0 ||
	    cursor_fields(c, "counter", f, 1) != 0 || value_int(f[0], &r->counter) != 0 ||
	    cursor_fields(c, "nonce", f, 1) != 0 || field_hex(f[0], r->nonce, sizeof(r->nonce)) != 0 ||
	    cursor_fields(c, "size", f, 1) != 0 || value_int(f[0], &r->size) != 0 ||
	    parse_hints(r, c) != 0 ||
	    cursor_fields(c, "records", f, 1) != 0 || value_int(f[0], &r->records) != 0)
		return -1;
	return cursor_end(c) ? 0 : -1;
}

/* Where the head ends: behind the signature line that follows the first empty line. */
size_t
request_head(const void *bytes, size_t n)
{
	const char *p = bytes, *empty, *lf;

	n = n < REQUEST_HEAD_MAX ? n : REQUEST_HEAD_MAX;
	if ((empty = memmem(p, n, "\n\n", 2)) == NULL)
		return 0;
	lf = memchr(empty + 2, '\n', n - (size_t)(empty + 2 - p));
	return lf ? (size_t)(lf + 1 - p) : 0;
}

int
request_parse(struct request *r, size_t *used, const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct cursor c;

	/* binary frames follow, so the text is cut out before it is read as text */
	if ((*used = request_head(p, n)) == 0)
		return err_set(e, "request: no whole signed head in its first %d bytes", REQUEST_HEAD_MAX);
	if (sigtext_parse(&t, p, *used, e) != 0)
		return err_add(e, "request");
	if (t.nsigs != 1 || t.rest_len != 0)
		return err_set(e, "request: its head carries not exactly one signature");
	cursor_init(&c, t.body, t.body_len);
	if (parse_body(r, &c) != 0)
		return err_set(e, "request: line %u of its head is malformed or out of place", c.lineno);
	return 0;
}

int
request_verify(const void *p, size_t n, const uint8_t key[KEY_LEN])
{
	struct sigtext t;
	size_t used = request_head(p, n);

	return used > 0 && sigtext_parse(&t, p, used, NULL) == 0 && t.nsigs == 1 && sigtext_verify(&t, 0, DSSE_REQUEST, key);
}
