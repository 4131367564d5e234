#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "county/upward/mirror.h"

/* One round with a server above: what it lacks, batch by batch. */

#define FETCH_S 60
#define SLOW_MS 30000
#define OTHER 2 /* what it holds is no beginning of our log */

struct round {
	struct county *c;
	struct mirror_to *t;
	struct client *client;
	struct mirror_round *r;
	struct upward_answer a;
	struct buf items;
	size_t want;
	struct err *e;
};

int
mirror_fetch_keys(struct mirror_to *t, const uint8_t *root, struct err *e)
{
	struct client_options o = { .allow_http = t->allow_http, .timeout = FETCH_S };
	struct client_result r;
	struct county_keys k;
	uint8_t hash[HASH_LEN];
	struct client *c = client_new(t->url, &o, e);
	struct buf b;
	int rc = -1;

	buf_init(&b, KEYS_MAX);
	if (c == NULL || client_call(c, "GET", "/v1/keys", NULL, NULL, 0, &b, &r, e) != 0)
		goto out;
	if (r.status != 200) {
		(void)err_set(e, "%s: county.keys does not come: HTTP %ld", t->url, r.status);
		goto out;
	}
	if (keys_parse(&k, b.data, b.len, e) != 0)
		goto out;
	keys_root_hash(&k, hash);
	if (root != NULL && memcmp(hash, root, HASH_LEN) != 0)
		(void)err_set(e, "%s: its root key is another than the one that was named", t->url);
	else if (root != NULL && t->keys_text.len > 0 && k.version < t->keys.version)
		(void)err_set(e, "%s: an older county.keys than was known before", t->url);
	else {
		t->keys = k;
		buf_reset(&t->keys_text);
		rc = buf_put(&t->keys_text, b.data, b.len);
	}
out:
	client_free(c);
	buf_free(&b);
	return rc;
}

static int
connect_to(struct round *x)
{
	struct client_options o = { .allow_http = x->t->allow_http, .npins = x->t->keys.ntls, .pin = (const uint8_t(*)[HASH_LEN])x->t->keys.tls };

	client_free(x->client);
	x->client = client_new(x->t->url, &o, x->e);
	return x->client != NULL ? 0 : -1;
}

static int
make_body(struct round *x, uint64_t from, struct upward_head *h, struct buf *out)
{
	upward_head_init(h);
	memcpy(h->log, x->c->keys.log_id, HASH_LEN);
	random_bytes(h->nonce, sizeof(h->nonce));
	h->time = (uint64_t)clock_wall();
	h->from = from;
	h->len = x->items.len;
	sha256(h->hash, x->items.data != NULL ? x->items.data : (const uint8_t *)"", x->items.len);
	if (h->time <= x->t->tried) /* rises with every request, whatever the clock does */
		h->time = x->t->tried + 1;
	x->t->tried = h->time;
	if (buf_put(&h->keys, x->c->keys_text.data, x->c->keys_text.len) != 0 || ledger_note(x->c->l, UINT64_MAX, &h->note) != 1)
		return err_set(x->e, "mirror: the ledger's newest head cannot be read");
	if (upward_head_print(out, h, x->c->service) != 0 || buf_put(out, x->items.data, x->items.len) != 0)
		return err_set(x->e, "mirror: the request does not fit");
	return 0;
}

/* One request; the answer is in x->a, signed and to this nonce.  0 or -1. */
static int
call(struct round *x, uint64_t from)
{
	struct client_result res;
	struct upward_head h;
	struct buf body, out;
	int rc;

	buf_init(&body, UPWARD_BODY_MAX);
	buf_init(&out, UPWARD_ANSWER_MAX);
	if ((rc = make_body(x, from, &h, &body)) == 0)
		rc = client_call(x->client, "POST", "/v1/mirror", UPWARD_TYPE, body.data, body.len, &out, &res, x->e);
	if (rc == 0) {
		x->r->requests++;
		x->r->up += res.up;
		x->r->down += res.down;
		x->r->retry_after = res.retry_after;
		rc = upward_answer_parse(&x->a, out.data != NULL ? out.data : (const uint8_t *)"", out.len, x->t->keys.service, x->e);
		if (rc != 0 && res.status != 200 && strcmp(res.type, "text/plain") == 0)
			rc = err_set(x->e, "%s: HTTP %ld: %.200s", x->t->url, res.status, buf_str(&out));
		else if (rc == 0 && (memcmp(x->a.nonce, h.nonce, sizeof(h.nonce)) != 0 || memcmp(x->a.log, h.log, HASH_LEN) != 0))
			rc = err_set(x->e, "%s: an answer to another request", x->t->url);
	}
	upward_head_free(&h);
	buf_free(&body);
	buf_free(&out);
	return rc;
}

/* The server may have new keys, under the root that was pinned: asked once. */
static int
call_or_renew(struct round *x, uint64_t from)
{
	struct err why = { "" };
	uint64_t had = x->t->keys.version;
	uint8_t root[HASH_LEN];

	if (call(x, from) == 0)
		return 0;
	keys_root_hash(&x->t->keys, root);
	if (mirror_fetch_keys(x->t, root, &why) != 0 || x->t->keys.version == had || connect_to(x) != 0)
		return -1;
	log_msg(LOG_WARN, "%s: new keys, signed by its root key: version %llu", x->t->url, (unsigned long long)x->t->keys.version);
	return call(x, from);
}

/* What the server says it holds must be a beginning of our own log. */
static int
judge(struct round *x, uint64_t size)
{
	uint8_t root[HASH_LEN];

	x->t->size = x->a.size;
	if (x->a.status != UPWARD_OK) {
		(void)err_set(x->e, "%s: %s: %s", x->t->url, upward_status_name(x->a.status), x->a.why);
		return 1;
	}
	if (x->a.size > size) {
		(void)err_set(x->e, "%s: holds %llu leaves of this log, which has %llu: this county was restored from an older copy", x->t->url, (unsigned long long)x->a.size, (unsigned long long)size);
		return 1;
	}
	if (tree_range_hash(ledger_reader(x->c->l), 0, x->a.size, root) != 0)
		return err_set(x->e, "the ledger's tree cannot be read");
	if (memcmp(root, x->a.root, HASH_LEN) == 0)
		return 0;
	(void)err_set(x->e, "%s: what it holds is not this log", x->t->url);
	return OTHER;
}

/* Attachments that it asked for, as many as fit. */
static int
send_attachments(struct round *x, const struct upward_give *g, uint64_t size)
{
	uint64_t sent;
	int rc = 0, one;

	do {
		sent = 0;
		buf_reset(&x->items);
		for (size_t i = 0; rc == 0 && i < x->a.nwants && x->items.len < x->want; i++) {
			if ((one = upward_attach(g, x->a.want[i], &x->items, x->e)) < 0)
				return -1;
			sent += (uint64_t)one;
		}
		if (sent == 0)
			return 0;
		if (call_or_renew(x, x->a.size) != 0)
			return -1;
		x->r->attachments += sent;
		rc = judge(x, size);
	} while (rc == 0);
	return rc > 0 ? 1 : rc;
}

static int
send_leaves(struct round *x, const struct upward_give *g, const int *stop)
{
	uint64_t size, from, to;
	uint8_t root[HASH_LEN];
	int64_t began;
	int rc, shown = 0;

	for (;;) {
		if (ledger_head(x->c->l, &size, root) != 0)
			return err_set(x->e, "the ledger cannot be read");
		if ((rc = judge(x, size)) == OTHER && !shown) {
			/* one of us was rewritten: it is shown what we have, so that it can say so and keep it */
			shown = 1;
			rc = 0;
		}
		if (rc != 0)
			return rc;
		if (x->a.size == size || (stop != NULL && *stop))
			return x->a.size == size ? send_attachments(x, g, size) : err_set(x->e, "stopped");
		from = x->a.size;
		buf_reset(&x->items);
		if (upward_fill(g, from, x->want, &x->items, &to, x->e) != 0)
			return -1;
		began = clock_mono();
		if (call_or_renew(x, from) != 0)
			return -1;
		if (x->a.status == UPWARD_OK && x->a.size <= from)
			return err_set(x->e, "%s: took nothing of %llu leaves", x->t->url, (unsigned long long)(to - from));
		x->r->sent += x->a.size > from ? x->a.size - from : 0;
		/* a cut costs one request: none is to take much longer than half a minute */
		if (clock_mono() - began > SLOW_MS)
			x->want = x->want > MIRROR_LEAST ? x->want / 2 : MIRROR_LEAST;
		else
			x->want = x->want < MIRROR_MOST ? 2 * x->want : MIRROR_MOST;
	}
}

int
mirror_round(struct county *c, struct mirror_to *t, const int *stop, struct mirror_round *r, struct err *e)
{
	struct upward_give g = { c->l, t->personal, t->keys.sealing };
	struct round x = { .c = c, .t = t, .r = r, .want = MIRROR_LEAST, .e = e };
	int rc = -1;

	memset(r, 0, sizeof(*r));
	r->retry_after = -1;
	buf_init(&x.items, UPWARD_ITEMS_MAX);
	if (c->service == NULL)
		(void)err_set(e, "mirror: opened without the keys that sign");
	else if (connect_to(&x) == 0 && (rc = call_or_renew(&x, 0)) == 0)
		rc = send_leaves(&x, &g, stop);
	if (rc == 0)
		t->confirmed = (uint64_t)clock_wall();
	rc = rc == OTHER ? 1 : rc;
	t->why[0] = '\0';
	if (rc != 0)
		(void)snprintf(t->why, sizeof(t->why), "%.250s", e->text);
	for (char *s = t->why; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20)
			*s = ' ';
	r->size = x.a.size;
	buf_free(&x.items);
	client_free(x.client);
	return rc;
}
