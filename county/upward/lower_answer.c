#include <pthread.h>
#include <string.h>

#include "base/enc.h"
#include "base/log.h"
#include "county/upward/lower.h"

/* One mirror request from its first byte to the signed answer. */

/* A county's requests are judged one after the other; those of different counties side by side. */
#define LOCKS 16
static pthread_mutex_t locks[LOCKS] = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
};

struct came {
	const struct office *o;
	const uint8_t *body;
	size_t n, used;
	uint64_t now;
	struct upward_head h;
	struct county_keys keys;   /* that came along */
	struct upward_answer a;
};

/* Somebody who says to be a county that we know by another key. */
static void
stranger(struct came *c)
{
	struct err e = { "" };
	struct lower x;

	if (keys_parse(&c->keys, c->h.keys.data, c->h.keys.len, NULL) != 0 || lower_find(&x, c->o->dir, c->keys.log.name, &e) != 0)
		return;
	log_msg(LOG_WARN, "mirror: somebody sends a log of %s under another log key than was accepted", c->keys.log.name);
	if (lower_evidence(&x, "strange", c->body, c->used, c->n, &e) != 0)
		log_msg(LOG_ERROR, "mirror: evidence cannot be kept: %s", e.text);
	lower_close(&x);
}

/* Is the head signed by a key that the pinned root vouches for?  NULL, or why not. */
static const char *
not_theirs(struct came *c, const struct lower *x)
{
	if (keys_parse(&c->keys, c->h.keys.data, c->h.keys.len, NULL) != 0)
		return "its county.keys are malformed, or not signed by their root";
	if (memcmp(c->keys.root, x->u.root, KEY_LEN) != 0 || memcmp(c->keys.log_id, x->u.log_id, HASH_LEN) != 0)
		return "its county.keys are of another root key than was accepted";
	if (!upward_head_verify(c->body, c->used, c->keys.service))
		return "not signed by the county's service key";
	return NULL;
}

static const char *
damaged(const struct came *c)
{
	uint8_t hash[HASH_LEN];

	if (c->n - c->used != c->h.len)
		return "cut, or longer than its head says";
	sha256(hash, c->body + c->used, c->n - c->used);
	return memcmp(hash, c->h.hash, HASH_LEN) != 0 ? "the items are not those that its head names" : NULL;
}

static unsigned
http_status(enum upward_status s)
{
	return s == UPWARD_OK ? 200 : s == UPWARD_UNKNOWN ? 403 : s == UPWARD_REFUSED ? 422 : 409;
}

/* A request of a county that was accepted. */
static int
judge(struct came *c, struct lower *x, unsigned *status, struct err *e)
{
	const char *why;
	int rc;

	if ((why = not_theirs(c, x)) != NULL) {
		if (lower_evidence(x, "strange", c->body, c->used, c->n, e) != 0)
			log_msg(LOG_ERROR, "mirror: evidence cannot be kept: %s", e->text);
		*status = 403;
		return err_set(e, "mirror of %s: %s", x->u.log.name, why);
	}
	if ((why = damaged(c)) != NULL) {
		*status = 400;
		return err_set(e, "mirror of %s: %s", x->u.log.name, why);
	}
	*status = 503;
	if (c->h.time <= x->head_time) { /* doubled or replayed on the way: nothing new is in it, and nothing is wrong with the county */
		c->a.status = UPWARD_OK;
		(void)strcpy(c->a.why, "an older request again");
		return ledger_head(x->u.l, &c->a.size, c->a.root);
	}
	x->u.sealing = c->o->c.sealing;
	if (upper_take(&x->u, &c->h, c->body + c->used, c->n - c->used, &c->a, e) != 0) {
		c->a.status = UPWARD_REFUSED;
		(void)snprintf(c->a.why, sizeof(c->a.why), "%.200s", e->text);
		(void)lower_heard(x, &c->a, 0, c->now, NULL);
		return -1;
	}
	if (c->a.status != UPWARD_OK) {
		log_msg(LOG_ERROR, "mirror of %s: %s: %s", x->u.log.name, upward_status_name(c->a.status), c->a.why);
		if (lower_evidence(x, upward_status_name(c->a.status), c->body, c->used, c->n, e) != 0)
			return -1;
	} else if (upper_wants(&x->u, &c->a) != 0) {
		return err_set(e, "%s: the copy cannot be read", x->u.log.name);
	}
	rc = lower_heard(x, &c->a, c->h.time, c->now, e);
	return rc;
}

static int
answer(struct came *c, struct buf *out, unsigned *status, struct err *e)
{
	char log[2 * HASH_LEN + 1];
	pthread_mutex_t *lock = &locks[c->h.log[0] % LOCKS];
	struct lower x;
	int here, rc = 0;

	enc_hex(log, c->h.log, HASH_LEN);
	(void)pthread_mutex_lock(lock);
	*status = 503;
	if ((here = lower_open(&x, c->o->dir, log, e)) == 1) {
		rc = judge(c, &x, status, e);
		lower_close(&x);
	}
	(void)pthread_mutex_unlock(lock);
	if (here < 0 || rc != 0)
		return -1;
	if (here == 0) {
		stranger(c);
		c->a.status = UPWARD_UNKNOWN;
		(void)strcpy(c->a.why, "no county of this log was accepted here");
	}
	*status = http_status(c->a.status);
	return upward_answer_print(out, &c->a, c->o->c.service) == 0 ? 0 : err_set(e, "the answer cannot be signed");
}

int
lower_answer(const struct office *o, const uint8_t *body, size_t n, uint64_t now, struct buf *out, unsigned *status, struct err *e)
{
	struct came c = { .o = o, .body = body, .n = n, .now = now };
	int rc;

	upward_head_init(&c.h);
	if ((rc = upward_head_parse(&c.h, &c.used, body, n, e)) != 0) {
		*status = 400;
	} else {
		memcpy(c.a.log, c.h.log, HASH_LEN);
		memcpy(c.a.nonce, c.h.nonce, sizeof(c.a.nonce));
		c.a.time = now;
		rc = answer(&c, out, status, e);
	}
	upward_head_free(&c.h);
	return rc;
}
