#include "sync/pack.h"

#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "sync/answer.h"
#include "sync/dict.h"
#include "sync/request.h"

enum { MODE_PACKED = 1, MODE_SQUEEZED = 2 };

/* What every request and every answer has in it, as it looks when packed: \1 and a length before bytes that were hexadecimal, \2 base64, \3 base64 of a text. */
static const char frequent[] =
    "stopped\nmalformed\nunknown-device\nrevoked\nrolled-back\nunknown-dictionary\nbad-signature\nbad-chain\ngap\nheld 1 0 \nrefused 1 \nrecord \4want \1 \n"
    "tallystick/record/v1\nkind dictionary\nkind form\nkind enrol\nkind review\nkind late\nstate published\nverdict accept\n"
    "tallystick/request/v1\nlog \1 \ndevice \1 \nepoch 1\ncounter \nnonce \1\020\nsize \nhints 1\nhint 1 \1 \nhints 0\nrecords \n\n\1 \2@\n"
    "tallystick/answer/v1\nlog \1 \ndevice \1 \ncounter \nnonce \1\020\ntime 17\nstatus ok\nlast \nfronts 1\nfront 1 0 \1 \nhelds 0\nrefusals 0\nreceipts 0\n"
    "receipts 1\nrange 1 17 1 \nrun 1 \nhash \2 \nconsistency 0\nconsistency \nhash \2 \nwants 0\nrecords 0\nnext \nmore 0\nnote \3county\n\2 \n\n\342\200\224 \2D\n\n\1 \2@\n";

static int
put_known(struct buf *b, const void *request, size_t len)
{
	(void)buf_put(b, frequent, sizeof(frequent) - 1);
	return request != NULL ? pack_text(b, request, len) : buf_ok(b) ? 0 : -1;
}

/* mode u8, then the text packed, and squeezed where that helps. */
static int
put_body(struct buf *out, const void *p, size_t n, const struct buf *known)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, out->max);
	if (pack_text(&b, p, n) == 0) {
		(void)buf_putc(out, squeeze_after(&b, known->data, known->len) ? MODE_SQUEEZED : MODE_PACKED);
		rc = buf_put(out, b.data, b.len);
	}
	buf_free(&b);
	return rc;
}

static int
get_body(struct buf *out, const uint8_t *p, size_t n, const struct buf *known)
{
	struct buf b;
	int rc = -1;

	if (n < 1)
		return -1;
	if (p[0] == MODE_PACKED)
		return unpack_text(out, p + 1, n - 1);
	buf_init(&b, out->max);
	if (p[0] == MODE_SQUEEZED && expand_after(&b, p + 1, n - 1, known->data, known->len) == 0)
		rc = unpack_text(out, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
pack_request(struct buf *out, const void *p, size_t n)
{
	size_t head = request_head(p, n);
	struct buf known, b;
	int rc = -1;

	if (head == 0)
		return -1;
	buf_init(&known, REQUEST_HEAD_MAX);
	buf_init(&b, REQUEST_HEAD_MAX);
	if (put_known(&known, NULL, 0) == 0 && put_body(&b, p, head, &known) == 0) {
		(void)buf_puts(out, "TR\002");
		(void)buf_varint(out, b.len);
		(void)buf_put(out, b.data, b.len);
		rc = buf_put(out, (const uint8_t *)p + head, n - head);
	}
	buf_free(&known);
	buf_free(&b);
	return rc;
}

int
unpack_request(struct buf *out, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p, *end = at + n;
	unsigned long lapses = lapse_count();
	struct buf known, b;
	uint64_t len = 0;
	size_t used;
	int rc = -1;

	if (n <= PACK_MAGIC_LEN || memcmp(at, "TR\002", PACK_MAGIC_LEN) != 0 || (used = dec_varint(&len, at + PACK_MAGIC_LEN, end)) == 0 ||
	    len > (uint64_t)(end - at) - PACK_MAGIC_LEN - used)
		return err_set(e, "request: not a packed one with its whole head");
	at += PACK_MAGIC_LEN + used;
	buf_init(&known, REQUEST_HEAD_MAX);
	buf_init(&b, REQUEST_HEAD_MAX);
	if (put_known(&known, NULL, 0) != 0 || get_body(&b, at, (size_t)len, &known) != 0 || request_head(b.data, b.len) != b.len)
		(void)err_set(e, lapse_count() != lapses ? "out of memory" : "request: its head does not unpack to one");
	else if (buf_put(out, b.data, b.len) == 0)
		rc = buf_put(out, at + len, (size_t)(end - at) - (size_t)len);
	buf_free(&known);
	buf_free(&b);
	return rc;
}

/* What stands before an answer: what every one has, and the head of its request; and that request's nonce.  0 or -1. */
static int
known_to_both(struct buf *known, uint8_t nonce[PACK_NONCE_LEN], const void *request, size_t len)
{
	struct request r;
	size_t head = request_head(request, len), used;

	buf_init(known, 2 * REQUEST_HEAD_MAX);
	if (head == 0 || request_parse(&r, &used, request, head, NULL) != 0)
		return -1;
	memcpy(nonce, r.nonce, PACK_NONCE_LEN);
	return put_known(known, request, head);
}

int
pack_answer(struct buf *out, const void *p, size_t n, const void *request, size_t len)
{
	uint8_t nonce[PACK_NONCE_LEN];
	struct buf known, b;
	int rc = known_to_both(&known, nonce, request, len);

	buf_init(&b, out->max);
	if (rc == 0 && (rc = put_body(&b, p, n, &known)) == 0) {
		(void)buf_puts(out, "TA\002");
		(void)buf_varint(out, sizeof(nonce) + b.len);
		(void)buf_put(out, nonce, sizeof(nonce));
		rc = buf_put(out, b.data, b.len);
	}
	buf_free(&known);
	buf_free(&b);
	return rc;
}

enum pack_fault
packed_answer_fault(const void *p, size_t n, const uint8_t *nonce)
{
	const uint8_t *at = p;
	uint64_t len;
	size_t used;

	if (n < PACK_MAGIC_LEN || memcmp(at, "TA\002", PACK_MAGIC_LEN) != 0)
		return PACK_NONE;
	if ((used = dec_varint(&len, at + PACK_MAGIC_LEN, at + n)) == 0 || len > n - PACK_MAGIC_LEN - used)
		return PACK_CUT;
	if (len < n - PACK_MAGIC_LEN - used || len < PACK_NONCE_LEN)
		return PACK_WHOLE;
	return nonce != NULL && memcmp(at + PACK_MAGIC_LEN + used, nonce, PACK_NONCE_LEN) != 0 ? PACK_OTHER : PACK_WHOLE;
}

int
unpack_answer(struct buf *out, const void *p, size_t n, const void *request, size_t len, struct err *e)
{
	unsigned long lapses = lapse_count();
	uint8_t nonce[PACK_NONCE_LEN];
	const uint8_t *at = p;
	struct buf known;
	uint64_t body = 0;
	size_t head = 0;
	int rc = known_to_both(&known, nonce, request, len);

	if (rc == 0 && packed_answer_fault(p, n, nonce) == PACK_WHOLE)
		head = PACK_MAGIC_LEN + dec_varint(&body, at + PACK_MAGIC_LEN, at + n);
	if (rc == 0 && (head == 0 || body != n - head || body < PACK_NONCE_LEN || get_body(out, at + head + PACK_NONCE_LEN, n - head - PACK_NONCE_LEN, &known) != 0))
		rc = -1;
	buf_free(&known);
	return rc == 0 ? 0 : err_set(e, lapse_count() != lapses ? "out of memory" : "answer: it does not unpack to an answer to this request");
}
