#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "county/serve/serve.h"
#include "evidence/enrol.h"
#include "sync/dict.h"
#include "sync/pack.h"
#include "sync/request.h"

/* What devices ask for (docs/protocol.md). */

#define TYPE_ANSWER "application/vnd.tallystick.answer.v1"
#define TYPE_PACKED "application/vnd.tallystick.answer.v2"
#define TYPE_SEALED "application/vnd.tallystick.sealed"
#define TYPE_PLAIN "application/octet-stream"
#define FOR_EVER "public, max-age=31536000, immutable"

static const unsigned status_of[] = {
	[ANSWER_OK] = 200, [ANSWER_REVOKED] = 200, [ANSWER_UNKNOWN_DEVICE] = 403, [ANSWER_ROLLED_BACK] = 409,
	[ANSWER_WRONG_LOG] = 421, [ANSWER_MALFORMED] = 400, [ANSWER_STOPPED] = 503,
};
#define NO_ANSWER 7

static void
count(struct serve *s, uint64_t *what, uint64_t n)
{
	(void)pthread_mutex_lock(&s->lock);
	*what += n;
	(void)pthread_mutex_unlock(&s->lock);
}

void
route_keys(void *ctx, const struct http_request *r, struct http_response *res)
{
	const struct serve *s = ctx;

	(void)r;
	res->type = "text/plain; charset=utf-8";
	(void)buf_put(&res->body, s->o->c.keys_text.data, s->o->c.keys_text.len);
}

struct wanted_keys { uint64_t version; struct buf *out; };

static int
find_keys(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct wanted_keys *w = ctx;
	struct record rec;
	uint64_t version;
	int rc = 0;

	(void)index;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (record_is(&rec, "what", "county") && record_u64(&rec, "version", &version) == 0 && version == w->version)
		rc = record_bytes(&rec, "keys", w->out) == 0;
	record_free(&rec);
	return rc;
}

/* An older county.keys, or the present one: by them old answers, exports and records are read. */
void
route_keys_version(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	const char *v = r->path + strlen("/v1/keys/");
	struct wanted_keys w = { .out = &res->body };
	struct desk *d = serve_desk(s);
	int rc = dec_u64(&w.version, v, strlen(v)) == 0 ? ledger_each_record_of(d->c.l, RECORD_KEY, 0, find_keys, &w) : 0;

	serve_leave(s, d);
	if (rc == 1) {
		res->type = "text/plain; charset=utf-8";
		res->cache = FOR_EVER;
	} else {
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "no county.keys of this version");
	}
}

void
route_enrol(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d = serve_desk(s);
	struct err e = { "" };
	int rc = county_enrol(&d->c, r->body, r->body_len, (uint64_t)clock_wall(), &res->body, &e);

	serve_leave(s, d);
	if (rc != 0) {
		http_error(res, rc > 0 ? 403 : 503, e.text);
		log_msg(rc > 0 ? LOG_INFO : LOG_ERROR, "enrol: %s", e.text);
		return;
	}
	res->type = TYPE_ANSWER;
	count(s, &s->enrolled, 1);
}

/* One plain request, and its answer into res->body.  1 when there is an answer. */
static int
sync_answer(struct serve *s, const void *p, size_t n, struct http_response *res)
{
	struct desk *d = serve_desk(s);
	struct county_stats stats;
	struct request head;
	struct err e = { "" };
	size_t used;
	int rc = county_sync(&d->c, p, n, (uint64_t)clock_wall(), &res->body, &stats, &e);

	serve_leave(s, d);
	if (stats.entries > 0) {
		count(s, &s->received, stats.entries);
		serve_news(s);
	}
	count(s, &s->requests[rc == 0 ? (unsigned)stats.status : NO_ANSWER], 1);
	if (rc == 0) {
		res->type = TYPE_ANSWER;
		res->status = status_of[stats.status];
	} else if (rc < 0) {
		log_msg(LOG_ERROR, "sync: %s", e.text);
		http_later(res, "the ledger cannot answer now; nothing of this request is confirmed");
	} else {
		http_error(res, request_parse(&head, &used, p, n, NULL) == 0 ? 403 : 400, e.text);
	}
	return rc == 0;
}

void
route_sync(void *ctx, const struct http_request *r, struct http_response *res)
{
	res->bare = sync_answer(ctx, r->body, r->body_len, res);
}

/* The same, packed both ways. */
void
route_sync_packed(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct buf plain, packed;
	struct err e = { "" };

	buf_init(&plain, REQUEST_MAX + REQUEST_HEAD_MAX);
	buf_init(&packed, res->body.max);
	if (unpack_request(&plain, r->body, r->body_len, &e) != 0) {
		http_error(res, 400, e.text);
	} else if (sync_answer(ctx, plain.data, plain.len, res)) {
		/* one that cannot be packed, for want of memory, does not get lost: it goes plainly */
		if (pack_answer(&packed, res->body.data, res->body.len, plain.data, plain.len) == 0) {
			buf_free(&res->body);
			res->body = packed;
			buf_init(&packed, res->body.max);
			res->type = TYPE_PACKED;
		}
		res->bare = 1;
	}
	buf_free(&plain);
	buf_free(&packed);
}

/* The hash behind the prefix of a route.  0, or -1 with the error said. */
static int
hash_of(const struct http_request *r, const char *prefix, uint8_t hash[HASH_LEN], struct http_response *res)
{
	const char *hex = r->path + strlen(prefix);
	const struct field f = { hex, strlen(hex) };

	if (field_hex(f, hash, HASH_LEN) == 0)
		return 0;
	http_error(res, 404, "not the SHA-256 of anything (64 hex digits, lower case)");
	return -1;
}

/* Header and signatures of a logged entry: nothing personal is in them. */
void
route_entry(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct ledger_entry x;
	struct sigline l[2];
	struct desk *d;
	uint8_t hash[HASH_LEN], key[KEY_LEN];
	int rc;

	if (hash_of(r, "/v1/entry/", hash, res) != 0)
		return;
	ledger_entry_init(&x);
	d = serve_desk(s);
	rc = ledger_entry_get(d->c.l, hash, &x);
	if (rc == 1)
		rc = ledger_device_key(d->c.l, x.h.device, x.h.epoch, key);
	serve_leave(s, d);
	if (rc == 1) {
		sha256(l[0].keyhash, key, KEY_LEN);
		memcpy(l[0].sig, x.sig, SIG_LEN);
		memcpy(l[1].keyhash, x.h.actor_key, HASH_LEN);
		memcpy(l[1].sig, x.person, SIG_LEN);
		res->type = "text/plain; charset=utf-8";
		(void)buf_put(&res->body, x.header.data, x.header.len);
		(void)buf_putc(&res->body, '\n');
		(void)sigline_print(&res->body, &l[0]);
		if (x.has_person)
			(void)sigline_print(&res->body, &l[1]);
	} else {
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "no entry of this hash is in the log");
	}
	ledger_entry_free(&x);
}

void
route_form(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d;
	uint8_t hash[HASH_LEN];
	int rc;

	if (hash_of(r, "/v1/form/", hash, res) != 0)
		return;
	d = serve_desk(s);
	rc = ledger_form_body(d->c.l, hash, &res->body);
	serve_leave(s, d);
	if (rc != 1) {
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "no form of this hash was published");
		return;
	}
	res->type = "application/xml; charset=utf-8";
	res->cache = FOR_EVER;
}

/* A dictionary that a record of the log names (its bytes lie beside those of forms). */
void
route_dict(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d;
	uint8_t hash[HASH_LEN];
	int rc;

	if (hash_of(r, "/v1/dict/", hash, res) != 0)
		return;
	d = serve_desk(s);
	rc = county_dict_body(&d->c, hash, &res->body);
	serve_leave(s, d);
	if (rc != 1) {
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "no dictionary of this hash was published");
		return;
	}
	res->type = TYPE_PLAIN;
	res->cache = FOR_EVER;
}

void
route_attachment(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d;
	uint8_t hash[HASH_LEN];
	uint64_t len;
	int personal, rc, wanted, sealed = strcmp(r->type, TYPE_SEALED) == 0;
	struct err e = { "" };

	if (hash_of(r, "/v1/attachment/", hash, res) != 0)
		return;
	if (!sealed && r->type[0] != '\0' && strcmp(r->type, TYPE_PLAIN) != 0) {
		http_error(res, 415, "Content-Type: an attachment is " TYPE_PLAIN " or " TYPE_SEALED);
		return;
	}
	d = serve_desk(s);
	wanted = ledger_attachment_wanted(d->c.l, hash, &len, &personal);
	if (wanted > 0 && personal && !sealed) {
		http_error(res, 400, "attachment: a personal one must come sealed");
		serve_leave(s, d);
		return;
	}
	rc = county_attachment(&d->c, hash, r->body, r->body_len, sealed, (uint64_t)clock_wall(), &res->body, &e);
	serve_leave(s, d);
	if (rc != 0) {
		http_error(res, rc < 0 ? 503 : wanted == 0 ? 404 : 400, e.text);
		return;
	}
	res->type = TYPE_ANSWER;
	count(s, &s->stored, 1);
}
