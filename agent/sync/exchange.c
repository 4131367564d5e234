#include "agent/sync/exchange.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/budget.h"
#include "agent/people/cabinet.h"
#include "agent/sync/erasure.h"
#include "agent/sync/fetch.h"
#include "agent/sync/heads.h"
#include "agent/host/room.h"
#include "agent/sync/link.h"
#include "agent/sync/lost.h"
#include "agent/sync/upload.h"
#include "agent/sync/renew.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "sync/answer.h"
#include "sync/device.h"
#include "sync/frame.h"
#include "sync/pack.h"
#include "sync/request.h"

#define BATCH_LEAST ((size_t)8 << 10)
#define BATCH_MOST ((size_t)1 << 20)
#define TYPE_REQUEST "application/vnd.tallystick.request.v1"
#define TYPE_PACKED "application/vnd.tallystick.request.v2"
#define TYPE_ANSWER "application/vnd.tallystick.answer.v1"
#define IDLE_MAX 8         /* a county that only ever asks for another request is not obeyed for ever */
#define EPOCHS_A_DAY 4     /* new ones that a county's word alone can bring about */
#define DAY_MS INT64_C(86400000)
#define RETRY_AFTER_MAX 1800L /* seconds: nobody who is not believed puts this device to sleep for longer */

struct exchange {
	struct agent *ag;
	struct client *c;
	struct county_keys keys;
	size_t batch;      /* bytes of frames in the next request: doubled on success, halved on failure */
	int unsure;        /* the last request may have arrived: ask what is held before sending more than a frame again */
	int allow_http;
	int looked;        /* for forms that are still due from before */
	int again;         /* a request goes before photos: the last was no success, or asked for more */
	int full;          /* the newest answer had no room for all that the county wants */
	int brought;       /* the last answer changed something here */
	unsigned idle;     /* answers in a row that asked for another request and brought nothing */
	uint64_t left;     /* entries without a receipt after the last request: no use waiting for them */
	long retry_after;  /* seconds, as the last failure said; 0: nothing */
	struct uploads *up;
};

/* One request at a time, in the order of their counters; taken before the agent's lock. */
static pthread_mutex_t wire = PTHREAD_MUTEX_INITIALIZER;

static void
wire_take(void)
{
	agent_unlock();
	(void)pthread_mutex_lock(&wire);
	agent_lock();
}

/* A client with the pins of the county.keys that this device holds now: an answer may have brought newer ones. */
static int
connect_with_keys(struct exchange *x, struct err *e)
{
	struct client_options o = { .allow_http = x->allow_http };
	struct county_keys keys;
	struct client *c = NULL;
	struct buf url;

	if (device_keys(x->ag->j, &keys, e) != 0)
		return -1;
	if (x->c != NULL && keys.version == x->keys.version)
		return 0;
	buf_init(&url, 2048);
	o.npins = keys.ntls;
	o.pin = (const uint8_t(*)[HASH_LEN])keys.tls;
	if (journal_get(x->ag->j, "url", &url) != 1 || url.len == 0)
		(void)err_set(e, "the address of the county is not known (enrolled over a stick): say it with 'tally-agent enrol URL', or go on with sticks");
	else
		c = client_new(buf_str(&url), &o, e);
	buf_free(&url);
	if (c == NULL)
		return -1;
	client_free(x->c);
	x->c = c;
	x->keys = keys;
	return 0;
}

/* How the last request before this process ended: somewhere behind a connection? */
static int
may_have_arrived(struct agent *ag)
{
	int64_t since;
	enum link_trouble t = link_now(ag, &since);

	return t != LINK_OK && t != LINK_NO_NAME && t != LINK_NO_ROUTE && t != LINK_NO_TLS && t != LINK_INTERCEPTED;
}

struct exchange *
exchange_open(struct agent *ag, int allow_http, struct err *e)
{
	struct exchange *x = lapsed(calloc(1, sizeof(*x)));

	if (x == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	if (agent_can_sign(ag, e) != 0) {
		free(x);
		return NULL;
	}
	x->ag = ag;
	x->batch = BATCH_LEAST;
	x->unsure = may_have_arrived(ag);
	x->allow_http = allow_http;
	if ((x->up = uploads_new(ag)) != NULL && connect_with_keys(x, e) == 0)
		return x;
	if (x->up == NULL)
		(void)err_set(e, "out of memory");
	uploads_free(x->up);
	free(x);
	return NULL;
}

void
exchange_close(struct exchange *x)
{
	if (x == NULL)
		return;
	uploads_free(x->up);
	client_free(x->c);
	free(x);
}

/* An HTTP exchange without the lock. */
static int
call_part(struct exchange *x, const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n,
    struct buf *out, struct client_result *r, struct totals *t, struct err *e)
{
	int rc;

	agent_unlock();
	rc = u != NULL ? client_part(x->c, method, path, u, body, n, out, r, e) : client_call(x->c, method, path, type, body, n, out, r, e);
	agent_lock();
	t->bytes_up += r->up;
	t->bytes_down += r->down;
	t->requests++;
	budget_spend(x->ag, r->up + r->down);
	x->retry_after = rc == 0 && (r->status == 429 || r->status == 503) && r->retry_after > 0 ? r->retry_after : 0;
	return rc;
}

static int
call(struct exchange *x, const char *method, const char *path, const char *type, const void *body, size_t n, struct buf *out,
    struct client_result *r, struct totals *t, struct err *e)
{
	return call_part(x, method, path, type, NULL, body, n, out, r, t, e);
}

struct getting { struct exchange *x; struct totals *t; };

static int
get_status(void *ctx, const char *path, struct buf *out, long *status, struct err *e)
{
	struct getting *g = ctx;
	struct client_result r;
	int rc = call(g->x, "GET", path, NULL, NULL, 0, out, &r, g->t, e);

	*status = r.status;
	return rc;
}

static int
get(void *ctx, const char *path, struct buf *out, struct err *e)
{
	long status;

	return get_status(ctx, path, out, &status, e);
}

/* What the answer asks for.  One bad item does not hold up the others. */
static int
follow_up(struct exchange *x, const struct device_outcome *o, struct totals *t, struct err *e)
{
	struct getting g = { x, t };
	size_t i;
	int rc = 0;

	for (i = 0; i < o->nforms; i++)
		if (fetch_form(x->ag, &o->form[i], get_status, &g, e) != 0)
			rc = -1;
	if (uploads_want(x->up, o->want, o->nwants) != 0)
		return err_set(e, "the journal cannot be read");
	if (o->nforms > 0 || !x->looked)
		fetch_files(x->ag, get_status, &g);
	if (o->records > 0 || !x->looked) {
		fetch_notes(x->ag, get_status, &g);
		fetch_dict(x->ag, get_status, &g);
		fetch_texts(x->ag, get_status, &g);
	}
	return rc;
}

/* 1: the county is told of them now; 0. */
static int
settle_erasures(struct agent *ag)
{
	struct err e = { "" };
	int n = erasure_settle(ag, &e);

	if (n < 0)
		log_msg(LOG_WARN, "what the county ordered to be erased is tried again at the next answer: %s", e.text);
	return n > 0;
}

/* When it has not been done since the start, or receipts had to be passed over.  1: ask again, they can be judged now; 0; -1; -2. */
static int
learn_lost(struct exchange *x, const struct device_outcome *o, struct totals *t, struct err *e)
{
	int any = o->passed > 0 ? 1 : x->looked ? 0 : journal_any_lost(x->ag->j);
	struct getting g = { x, t };
	int rc = any > 0 ? lost_fetch(x->ag, get, &g, e) : any;

	if (rc >= 0 && o->passed > 0)
		log_msg(LOG_WARN, "%zu receipts name entries that are lost here; %d of their headers came from the county", o->passed, rc);
	return rc > 0 ? o->passed > 0 : rc;
}

/* A device is restored now and then: a county that says so every time must not fill the journal with epochs.  1 when one may be begun. */
static int
epoch_may_begin(void)
{
	static int64_t begun[EPOCHS_A_DAY]; /* with the agent locked */
	static unsigned next;
	int64_t now = clock_mono();

	if (begun[next] != 0 && now - begun[next] < DAY_MS)
		return 0;
	begun[next] = now;
	next = (next + 1) % EPOCHS_A_DAY;
	return 1;
}

/* The county has seen more of this device than this journal knows: a new epoch, unless the present one is that already. */
static int
rolled_back(struct exchange *x, struct err *e)
{
	uint64_t seq;
	int known = journal_last_confirmed(x->ag->j, x->ag->epoch, &seq);

	if (known < 0)
		return -2;
	if (known == 0 && x->ag->epoch > 1)
		return 1;
	if (!epoch_may_begin())
		return err_add(e, "the county says so again and again: no further epoch is begun today");
	log_msg(LOG_WARN, "%s", e->text);
	return agent_new_epoch(x->ag, "rolled-back", e) == 0 ? 1 : -2;
}

/* The county names an entry of ours that we do not know: let it show the header, which only our own key can have signed. */
static int
ahead(struct exchange *x, const struct device_outcome *o, struct totals *t, struct err *e)
{
	struct client_result r;
	struct buf out;
	char path[128] = "/v1/entry/";
	int rc, ours = 0;

	enc_hex(path + strlen(path), o->stranger, HASH_LEN);
	buf_init(&out, ENTRY_HEADER_MAX + 1024);
	rc = call(x, "GET", path, NULL, NULL, 0, &out, &r, t, e);
	if (rc == 0)
		ours = device_owns(x->ag->j, x->ag->s, o->stranger, out.data, out.len, e);
	if (ours > 0) {
		(void)err_set(e, "the county holds entries of this device that this journal does not know: it was rolled back, or copied");
		/* or it is lost here: then this leads to those before it */
		(void)journal_lost_put(x->ag->j, o->stranger, out.data, out.len, NULL);
		log_msg(LOG_WARN, "%s", e->text);
		/* also when this epoch has no receipt here: another copy may have opened it with the same key */
		rc = agent_new_epoch(x->ag, "rolled-back", e) == 0 ? 1 : -2;
	} else if (ours < 0) { /* a portal, a busy server: nothing is known yet */
		rc = err_set(e, "the county names an entry %.16s of this device that is not here, and what answered did not show it (HTTP %ld)", path + strlen("/v1/entry/"), r.status);
	} else if (rc == 0) {
		(void)err_set(e, "ALARM: the county names an entry %.16s of this device and cannot show that its key signed it", path + strlen("/v1/entry/"));
		rc = -2;
	}
	buf_free(&out);
	return rc;
}

static int
judge(struct exchange *x, const struct device_request *r, const struct buf *out, const struct client_result *http, struct totals *t, struct err *e)
{
	struct device_outcome o;
	enum device_verdict v = device_answer(&o, x->ag->j, r, out->data, out->len, e);
	enum link_trouble trouble;
	int rc;

	if (v != DEVICE_NOT_COUNTY && v != DEVICE_FAILED)
		link_say(x->ag, LINK_OK);
	if (floor_learn(x->ag, o.time, NULL) != 0)
		log_msg(LOG_WARN, "the county's time cannot be stored");
	switch (v) {
	case DEVICE_OK:
		x->unsure = 0;
		x->batch = x->batch * 2 > BATCH_MOST ? BATCH_MOST : x->batch * 2;
		t->sent += r->entries;
		t->confirmed += o.confirmed;
		if (!x->looked && device_forms_due(&o, x->ag->j) != 0)
			return err_set(e, "the journal cannot be read") - 1;
		x->full = o.nwants == ANSWER_WANTS_MAX;
		x->brought = o.confirmed > 0 || o.records > 0 || o.refused > 0 || o.undone;
		if (follow_up(x, &o, t, e) != 0)
			return -1;
		if ((rc = learn_lost(x, &o, t, e)) < 0)
			return rc;
		if (o.records > 0 || o.confirmed > 0 || !x->looked)
			rc |= settle_erasures(x->ag);
		if (heads_check(x->ag, e) != 0)
			log_msg(LOG_ERROR, "%s", e->text);
		x->looked = 1;
		return rc || o.more || r->unsent_left || (r->entries == 0 && o.confirmed > 0);
	case DEVICE_NOT_COUNTY:
		x->unsure = 1;
		trouble = o.replayed || packed_answer_fault(out->data, out->len, r->nonce) == PACK_OTHER ? LINK_REPLAYED : o.doubled ? LINK_DOUBLED : link_judge(http, 0, out, x->keys.log_id);
		link_say(x->ag, trouble);
		(void)err_set(e, "%s (HTTP %ld, %s)", link_words(trouble, "en"), http->status, http->type[0] ? http->type : "no type");
		return -1;
	case DEVICE_ROLLED_BACK:
		return rolled_back(x, e);
	case DEVICE_AHEAD:
		return ahead(x, &o, t, e);
	case DEVICE_ALARM:
		(void)err_add(e, "ALARM, kept as evidence in %s/alarms", x->ag->dir);
		return -2;
	default:
		return -2;
	}
}

/* The county under keys that we do not know yet: newer county.keys, and the same again.  1 when there are, else ${rc} with what was said. */
static int
renew(struct exchange *x, int rc, struct totals *t, struct err *e)
{
	struct client_result http;
	struct err why = { "" };
	int got = renew_keys(x->ag, x->allow_http, &http, &why);

	t->bytes_up += http.up;
	t->bytes_down += http.down;
	t->requests++;
	if (got < 0)
		(void)err_add(e, "and no newer keys: %.200s", why.text);
	return got == 1 ? 1 : rc;
}

/* One that does not know the address, or the type, is older: then the request is made plainly, and sent at once. */
static int
is_older(const struct client_result *r)
{
	return r->status == 404 || r->status == 405 || r->status == 415;
}

/*
 * The request on its way, packed unless the county is too old for that; what
 * comes back, plain, in ${out} (packed bytes that do not unpack stay as they
 * are: they are no answer).  As client_call(); 1: packed was not understood.
 */
static int
carry(struct exchange *x, const struct device_request *r, struct buf *out, struct client_result *http, struct totals *t, struct err *e)
{
	struct buf packed, plain;
	int rc;

	if (r->plain)
		return call(x, "POST", "/v1/sync", TYPE_REQUEST, r->bytes.data, r->bytes.len, out, http, t, e);
	buf_init(&packed, REQUEST_MAX + REQUEST_HEAD_MAX);
	buf_init(&plain, ANSWER_MAX);
	if (pack_request(&packed, r->bytes.data, r->bytes.len) != 0)
		rc = err_set(e, "out of memory");
	else
		rc = call(x, "POST", "/v2/sync", TYPE_PACKED, packed.data, packed.len, out, http, t, e);
	if (rc == 0 && is_older(http))
		rc = 1;
	else if (rc == 0 && unpack_answer(&plain, out->data, out->len, r->bytes.data, r->bytes.len, NULL) == 0) {
		buf_free(out);
		*out = plain;
		buf_init(&plain, ANSWER_MAX);
	}
	buf_free(&packed);
	buf_free(&plain);
	return rc;
}

static int
one_request(struct exchange *x, struct totals *t, struct err *e)
{
	struct device_request r;
	struct client_result http;
	struct journal_counts c;
	struct buf out;
	uint64_t seq;
	/* a question alone is no use where the county cannot know this epoch's key yet: it comes with the first entry */
	int known = journal_last_confirmed(x->ag->j, x->ag->epoch, &seq), probe = x->unsure && (known || x->ag->epoch == 1), rc;

	/* and it costs more than it can save where one frame takes all that waits */
	if (journal_count(x->ag->j, &c) != 0)
		return err_set(e, "the journal cannot be read") - 1;
	probe = probe && c.waiting > FRAME_ENTRIES_MAX;
	if (known < 0 || connect_with_keys(x, e) != 0 || device_request(&r, x->ag->j, x->ag->s, probe ? 0 : x->batch, e) != 0)
		return -2;
	buf_init(&out, ANSWER_MAX);
	rc = carry(x, &r, &out, &http, t, e);
	if (rc == 1) {
		rc = device_plain(x->ag->j, e) == 0 ? 1 : -2;
	} else if (rc != 0) {
		x->unsure |= http.up > 0; /* else nothing went out */
		link_say(x->ag, link_judge(&http, rc, &out, x->keys.log_id));
		x->batch = x->batch / 2 < BATCH_LEAST ? BATCH_LEAST : x->batch / 2;
		if (http.fault == CLIENT_PIN)
			rc = renew(x, rc, t, e);
	} else {
		rc = judge(x, &r, &out, &http, t, e);
		if (rc == -1 && x->unsure && renew_due(&out, &http))
			rc = renew(x, rc, t, e);
		/* a probe told what is held; what is not goes out now */
		if (rc == 0 && probe && journal_count(x->ag->j, &c) == 0 && c.waiting > 0)
			rc = 1;
	}
	buf_free(&out);
	buf_free(&r.bytes);
	return rc;
}

struct sending { struct exchange *x; struct totals *t; int came; /* an answer, or a server that is not the county as we know it */ };

static int
send_part(void *ctx, const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n,
    struct buf *out, struct client_result *r, struct err *e)
{
	struct sending *s = ctx;
	int rc = call_part(s->x, method, path, type, u, body, n, out, r, s->t, e);

	s->came = rc == 0 || r->fault == CLIENT_PIN;
	return rc;
}

/* Entries go before the rest of a photo; and what an answer left open is asked before it. */
static int
photo_is_next(struct exchange *x)
{
	struct journal_counts c;

	return !x->unsure && !x->again && uploads_left(x->up) && journal_count(x->ag->j, &c) == 0 && c.waiting <= x->left;
}

/* One part of a photo.  When the last has gone the county is asked whether it wants more. */
static int
one_part(struct exchange *x, struct totals *t, struct err *e)
{
	struct sending s = { x, t, 0 };
	int rc = uploads_step(x->up, &x->keys, send_part, &s, e);

	/* what came is not believed: perhaps the county has new keys, and a request is what learns them */
	if (rc == -1 && s.came)
		x->again = 1;
	if (rc != 1 || uploads_left(x->up))
		return rc;
	x->again = x->full;
	return x->full;
}

static int
next_request(struct exchange *x, struct totals *t, struct err *e)
{
	struct journal_counts c;
	int rc;

	x->brought = 0;
	rc = one_request(x, t, e);
	x->idle = rc == 1 && !x->brought ? x->idle + 1 : 0;
	if (x->idle > IDLE_MAX) {
		x->idle = 0;
		rc = err_set(e, "the county asks for one request after another, and none of them brings anything: later again");
	}
	x->again = rc != 0;
	if (rc == 0 && journal_count(x->ag->j, &c) == 0)
		x->left = c.waiting;
	return rc == 0 && photo_is_next(x) ? 1 : rc;
}

int
exchange_once(struct exchange *x, struct totals *t, struct err *e)
{
	int rc;

	wire_take();
	room_for_receipts(x->ag);
	rc = photo_is_next(x) ? one_part(x, t, e) : next_request(x, t, e);
	(void)pthread_mutex_unlock(&wire);
	if (rc == 0)
		cabinet_put_away(x->ag);
	if (rc <= 0)
		budget_store(x->ag);
	return rc;
}

int64_t
exchange_retry_after(const struct exchange *x)
{
	long s = x == NULL ? 0 : x->retry_after;

	return (int64_t)(s > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : s) * 1000;
}

int64_t
exchange_wait(unsigned failures)
{
	uint64_t r, most = 5000;

	for (; failures > 1 && most < 1800000; failures--)
		most *= 2;
	most = most > 1800000 ? 1800000 : most;
	random_bytes(&r, sizeof(r));
	return (int64_t)(r % most);
}
