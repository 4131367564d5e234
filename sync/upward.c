#include "sync/upward.h"

#include <string.h>

#include "base/enc.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"

/* The texts and items between a county and the server above it. */

#define WHAT "mirror request"
#define ANSWER "mirror answer"

static const char *const STATUS[UPWARD_STATUSES] = {
	[UPWARD_OK] = "ok", [UPWARD_UNKNOWN] = "unknown", [UPWARD_BEHIND] = "behind", [UPWARD_FORK] = "fork", [UPWARD_REFUSED] = "refused",
};

void
upward_head_init(struct upward_head *h)
{
	memset(h, 0, sizeof(*h));
	buf_init(&h->keys, KEYS_MAX);
	buf_init(&h->note, NOTE_MAX);
}

void
upward_head_free(struct upward_head *h)
{
	buf_free(&h->keys);
	buf_free(&h->note);
}

int
upward_head_print(struct buf *out, const struct upward_head *h, const struct signer *service)
{
	struct buf b;
	int rc;

	buf_init(&b, UPWARD_HEAD_MAX);
	(void)buf_puts(&b, "tallystick/mirror/v1\n");
	(void)value_put_hex(&b, "log", h->log, HASH_LEN);
	(void)value_put_hex(&b, "nonce", h->nonce, sizeof(h->nonce));
	(void)buf_printf(&b, "time %llu\nfrom %llu\nitems %llu ", (unsigned long long)h->time, (unsigned long long)h->from, (unsigned long long)h->len);
	(void)buf_hex(&b, h->hash, HASH_LEN);
	(void)buf_putc(&b, '\n');
	(void)value_put_b64(&b, "keys", h->keys.data, h->keys.len);
	(void)value_put_b64(&b, "note", h->note.data, h->note.len);
	rc = buf_ok(&b) ? sigtext_sign(out, DSSE_MIRROR, b.data, b.len, service) : -1;
	buf_free(&b);
	return rc;
}

static int
get_bytes(struct cursor *c, const char *name, struct buf *out, struct err *e)
{
	struct field f;
	size_t n;

	if (value_line(c, WHAT, name, &f, 1, e) != 0)
		return -1;
	buf_reset(out);
	if (!value_b64(f, &n) || n > out->max)
		return value_bad(c, WHAT, name, "is not base64, or too long", e);
	for (size_t at = 0; at < f.len; at += 64) {
		uint8_t piece[48];
		size_t len, take = f.len - at < 64 ? f.len - at : 64;

		if (dec_b64(piece, sizeof(piece), &len, f.p + at, take) != 0 || buf_put(out, piece, len) != 0)
			return value_bad(c, WHAT, name, "cannot be read", e);
	}
	return 0;
}

int
upward_head_parse(struct upward_head *h, size_t *used, const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct cursor c;
	struct field f[2];

	/* no longer than a head can be: a peer's items are not searched for one */
	if (sigtext_parse(&t, p, n < UPWARD_HEAD_MAX ? n : UPWARD_HEAD_MAX, e) != 0)
		return err_add(e, WHAT);
	if (t.nsigs != 1)
		return err_set(e, WHAT ": does not carry one signature");
	cursor_init(&c, t.body, t.body_len);
	if (value_line(&c, WHAT, "tallystick/mirror/v1", NULL, 0, e) != 0 || value_line_hex(&c, WHAT, "log", h->log, HASH_LEN, e) != 0 ||
	    value_line_hex(&c, WHAT, "nonce", h->nonce, sizeof(h->nonce), e) != 0 || value_line_int(&c, WHAT, "time", &h->time, e) != 0 ||
	    value_line_int(&c, WHAT, "from", &h->from, e) != 0 || value_line(&c, WHAT, "items", f, 2, e) != 0)
		return -1;
	if (value_int(f[0], &h->len) != 0 || h->len > UPWARD_ITEMS_MAX || field_hex(f[1], h->hash, HASH_LEN) != 0)
		return value_bad(&c, WHAT, "items", "is not a length and a hash", e);
	if (get_bytes(&c, "keys", &h->keys, e) != 0 || get_bytes(&c, "note", &h->note, e) != 0)
		return -1;
	if (!cursor_end(&c))
		return err_set(e, WHAT ": lines behind its end");
	*used = (size_t)(t.rest - (const char *)p);
	return 0;
}

int
upward_head_verify(const void *p, size_t used, const uint8_t service[KEY_LEN])
{
	struct sigtext t;

	return sigtext_parse(&t, p, used, NULL) == 0 && t.nsigs == 1 && t.rest_len == 0 && sigtext_verify(&t, 0, DSSE_MIRROR, service);
}

int
upward_next(const uint8_t *p, size_t n, size_t *at, struct upward_item *it)
{
	size_t len;

	if (*at == n)
		return 0;
	if (n - *at < 5 || p[*at] == 0 || p[*at] >= UPWARD_KINDS)
		return -1;
	len = (size_t)dec_be(p + *at + 1, 4);
	if (len > n - *at - 5)
		return -1;
	*it = (struct upward_item){ (enum upward_kind)p[*at], p + *at + 5, len };
	*at += 5 + len;
	return 1;
}

int
upward_put(struct buf *b, enum upward_kind kind, const void *p, size_t n)
{
	(void)buf_putc(b, (uint8_t)kind);
	(void)buf_be(b, n, 4);
	return buf_put(b, p, n);
}

int
upward_entry(const struct upward_item *it, const uint8_t **header, size_t *header_len, const uint8_t **payload, size_t *payload_len)
{
	if (it->kind != UPWARD_ENTRY || it->n < 4 || (*header_len = (size_t)dec_be(it->p, 4)) > it->n - 4)
		return -1;
	*header = it->p + 4;
	*payload = it->p + 4 + *header_len;
	*payload_len = it->n - 4 - *header_len;
	return 0;
}

const char *
upward_status_name(enum upward_status s)
{
	return STATUS[s];
}

int
upward_answer_print(struct buf *out, const struct upward_answer *a, const struct signer *service)
{
	struct buf b;
	int rc;

	buf_init(&b, UPWARD_ANSWER_MAX);
	(void)buf_puts(&b, "tallystick/mirrored/v1\n");
	(void)value_put_hex(&b, "log", a->log, HASH_LEN);
	(void)value_put_hex(&b, "nonce", a->nonce, sizeof(a->nonce));
	(void)buf_printf(&b, "time %llu\nstatus %s\nsize %llu\n", (unsigned long long)a->time, STATUS[a->status], (unsigned long long)a->size);
	(void)value_put_b64(&b, "root", a->root, HASH_LEN);
	(void)buf_printf(&b, "why %s\nwants %zu\n", a->why[0] != '\0' ? a->why : "-", a->nwants);
	for (size_t i = 0; i < a->nwants; i++)
		(void)value_put_hex(&b, "want", a->want[i], HASH_LEN);
	rc = buf_ok(&b) ? sigtext_sign(out, DSSE_ANSWER, b.data, b.len, service) : -1;
	buf_free(&b);
	return rc;
}

static int
get_status(struct cursor *c, enum upward_status *s, struct err *e)
{
	struct field f;

	if (value_line(c, ANSWER, "status", &f, 1, e) != 0)
		return -1;
	for (int i = 0; i < UPWARD_STATUSES; i++)
		if (field_is(f, STATUS[i])) {
			*s = (enum upward_status)i;
			return 0;
		}
	return value_bad(c, ANSWER, "status", "is no known word", e);
}

int
upward_answer_parse(struct upward_answer *a, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e)
{
	struct sigtext t;
	struct cursor c;
	struct field why;
	uint64_t wants;

	memset(a, 0, sizeof(*a));
	if (sigtext_parse(&t, p, n, e) != 0)
		return err_add(e, ANSWER);
	if (t.nsigs != 1 || t.rest_len != 0 || !sigtext_verify(&t, 0, DSSE_ANSWER, service))
		return err_set(e, ANSWER ": not signed by the upper server's service key");
	cursor_init(&c, t.body, t.body_len);
	if (value_line(&c, ANSWER, "tallystick/mirrored/v1", NULL, 0, e) != 0 || value_line_hex(&c, ANSWER, "log", a->log, HASH_LEN, e) != 0 ||
	    value_line_hex(&c, ANSWER, "nonce", a->nonce, sizeof(a->nonce), e) != 0 || value_line_int(&c, ANSWER, "time", &a->time, e) != 0 ||
	    get_status(&c, &a->status, e) != 0 || value_line_int(&c, ANSWER, "size", &a->size, e) != 0 ||
	    value_line_b64(&c, ANSWER, "root", a->root, HASH_LEN, e) != 0 || value_rest(&c, ANSWER, "why", &why, e) != 0)
		return -1;
	if (!value_text(why) || field_copy(why, a->why, sizeof(a->why)) != 0)
		return value_bad(&c, ANSWER, "why", "is no text, or too long", e);
	if (strcmp(a->why, "-") == 0)
		a->why[0] = '\0';
	if (value_line_int(&c, ANSWER, "wants", &wants, e) != 0 || wants > UPWARD_WANTS_MAX)
		return value_bad(&c, ANSWER, "wants", "is too many", e);
	for (; a->nwants < wants; a->nwants++)
		if (value_line_hex(&c, ANSWER, "want", a->want[a->nwants], HASH_LEN, e) != 0)
			return -1;
	return cursor_end(&c) ? 0 : err_set(e, ANSWER ": lines behind its end");
}
