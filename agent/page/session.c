#include "agent/page/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

struct sessions {
	pthread_mutex_t lock;
	struct session *at[SESSIONS_MAX];
	uint8_t key[HASH_LEN];     /* of form tokens */
	void (*ended)(void *ctx);
	void *ctx;
};

struct sessions *
sessions_new(void (*ended)(void *ctx), void *ctx)
{
	struct sessions *ss = lapsed(calloc(1, sizeof(*ss)));

	if (ss == NULL)
		return NULL;
	(void)pthread_mutex_init(&ss->lock, NULL);
	random_bytes(ss->key, sizeof(ss->key));
	ss->ended = ended;
	ss->ctx = ctx;
	return ss;
}

static void
destroy(struct session *s)
{
	if (s == NULL)
		return;
	wipe(s, sizeof(*s));
	free(s);
}

/* Under the lock: out of the table; who holds it still may read it. */
static void
take_out(struct sessions *ss, size_t i)
{
	struct session *s = ss->at[i];

	ss->at[i] = NULL;
	s->over = 1;
	if (s->busy == 0)
		destroy(s);
}

/* End every session that is meant; then, without the lock, tell it.  How many are left. */
static size_t
end_those(struct sessions *ss, int (*meant)(const struct session *s, const void *arg), const void *arg)
{
	size_t i, left = 0, gone = 0;

	(void)pthread_mutex_lock(&ss->lock);
	for (i = 0; i < SESSIONS_MAX; i++) {
		if (ss->at[i] == NULL)
			continue;
		if (meant(ss->at[i], arg)) {
			take_out(ss, i);
			gone++;
		} else {
			left++;
		}
	}
	(void)pthread_mutex_unlock(&ss->lock);
	for (; gone > 0; gone--)
		ss->ended(ss->ctx);
	return left;
}

static int
any(const struct session *s, const void *arg)
{
	(void)s;
	(void)arg;
	return 1;
}

void
sessions_free(struct sessions *ss)
{
	if (ss == NULL)
		return;
	(void)end_those(ss, any, NULL);
	(void)pthread_mutex_destroy(&ss->lock);
	wipe(ss, sizeof(*ss));
	free(ss);
}

void
session_new_id(char id[SESSION_ID_HEX + 1])
{
	uint8_t bits[SESSION_ID_HEX / 2];

	random_bytes(bits, sizeof(bits));
	enc_hex(id, bits, sizeof(bits));
}

int
session_id_ok(const char *s)
{
	uint8_t bits[SESSION_ID_HEX / 2];

	return s != NULL && dec_hex(bits, sizeof(bits), s, strlen(s)) == 0;
}

void
session_token(const struct sessions *ss, const char *id, char token[SESSION_TOKEN_HEX + 1])
{
	uint8_t mac[HASH_LEN];

	hmac_sha256(mac, ss->key, sizeof(ss->key), id, strlen(id));
	enc_hex(token, mac, SESSION_TOKEN_HEX / 2);
}

int
session_token_ok(const struct sessions *ss, const char *id, const char *token)
{
	char right[SESSION_TOKEN_HEX + 1];

	session_token(ss, id, right);
	return token != NULL && strlen(token) == SESSION_TOKEN_HEX && equal_ct(token, right, SESSION_TOKEN_HEX);
}

static int
is_over(const struct session *s, int64_t now)
{
	return now - s->used >= SESSION_IDLE_MS || now - s->begun >= SESSION_MAX_MS || now < s->used;
}

/* Under the lock: a free place, that of the session longest unused if need be; SESSIONS_MAX when all are held. */
static size_t
find_place(struct sessions *ss, int *ended)
{
	size_t i, oldest = SESSIONS_MAX;

	*ended = 0;
	for (i = 0; i < SESSIONS_MAX; i++) {
		if (ss->at[i] == NULL)
			return i;
		if (ss->at[i]->busy == 0 && (oldest == SESSIONS_MAX || ss->at[i]->used < ss->at[oldest]->used))
			oldest = i;
	}
	if (oldest < SESSIONS_MAX) {
		take_out(ss, oldest);
		*ended = 1;
	}
	return oldest;
}

struct session *
session_begin(struct sessions *ss, const char *cadre, int64_t now)
{
	struct session *s = strlen(cadre) <= ID_MAX ? lapsed(calloc(1, sizeof(*s))) : NULL;
	int ended;
	size_t i;

	if (s == NULL)
		return NULL;
	session_new_id(s->id);
	session_token(ss, s->id, s->token);
	(void)strcpy(s->cadre, cadre);
	s->begun = s->used = now;
	s->busy = 1;
	(void)pthread_mutex_lock(&ss->lock);
	if ((i = find_place(ss, &ended)) < SESSIONS_MAX)
		ss->at[i] = s;
	(void)pthread_mutex_unlock(&ss->lock);
	if (ended)
		ss->ended(ss->ctx);
	if (i < SESSIONS_MAX)
		return s;
	destroy(s);
	return NULL;
}

struct session *
session_hold(struct sessions *ss, const char *id, int64_t now)
{
	struct session *s = NULL;
	int ended = 0;
	size_t i;

	if (!session_id_ok(id))
		return NULL;
	(void)pthread_mutex_lock(&ss->lock);
	for (i = 0; i < SESSIONS_MAX; i++)
		if (ss->at[i] != NULL && equal_ct(ss->at[i]->id, id, SESSION_ID_HEX))
			break;
	if (i < SESSIONS_MAX && is_over(ss->at[i], now)) {
		take_out(ss, i);
		ended = 1;
	} else if (i < SESSIONS_MAX) {
		s = ss->at[i];
		s->used = now;
		s->busy++;
	}
	(void)pthread_mutex_unlock(&ss->lock);
	if (ended)
		ss->ended(ss->ctx);
	return s;
}

void
session_let_go(struct sessions *ss, struct session *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&ss->lock);
	if (--s->busy == 0 && s->over)
		destroy(s);
	(void)pthread_mutex_unlock(&ss->lock);
}

static int
this_one(const struct session *s, const void *arg)
{
	return s == arg;
}

void
session_end(struct sessions *ss, struct session *s)
{
	(void)end_those(ss, this_one, s);
}

struct others { const char *cadre; const struct session *keep; };

static int
of_cadre(const struct session *s, const void *arg)
{
	const struct others *o = arg;

	return strcmp(s->cadre, o->cadre) == 0 && s != o->keep;
}

void
session_end_of(struct sessions *ss, const char *cadre, const struct session *keep)
{
	const struct others o = { cadre, keep };

	(void)end_those(ss, of_cadre, &o);
}

struct letting { int (*paired)(void *ctx, uint32_t phone); void *ctx; };

static int
of_lost_phone(const struct session *s, const void *arg)
{
	const struct letting *l = arg;

	return s->phone != 0 && !l->paired(l->ctx, s->phone);
}

void
session_end_phones(struct sessions *ss, int (*paired)(void *ctx, uint32_t phone), void *ctx)
{
	const struct letting l = { paired, ctx };

	(void)end_those(ss, of_lost_phone, &l);
}

static int
timed_out(const struct session *s, const void *arg)
{
	return s->busy == 0 && is_over(s, *(const int64_t *)arg);
}

size_t
sessions_expire(struct sessions *ss, int64_t now)
{
	return end_those(ss, timed_out, &now);
}
