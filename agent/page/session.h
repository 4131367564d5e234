#ifndef AGENT_PAGE_SESSION_H
#define AGENT_PAGE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "evidence/entry.h"

/**
 * Who is signed in.  A browser is known by a random cookie of 128 bits, which
 * by itself means nothing and is kept nowhere; its form token is a MAC of it
 * under a key of this process, so that forms are guarded before sign-in too.
 * Signing in gives the browser a new cookie, under which the session lies in
 * memory: SESSION_IDLE_MS without a request, SESSION_MAX_MS in all.
 */
#define SESSION_ID_HEX 32
#define SESSION_TOKEN_HEX 32
#define SESSION_IDLE_MS (INT64_C(30) * 60 * 1000)
#define SESSION_MAX_MS (INT64_C(12) * 3600 * 1000)
#define SESSIONS_MAX 16

struct sessions;

struct session {
	char id[SESSION_ID_HEX + 1];
	char token[SESSION_TOKEN_HEX + 1]; /* of its forms */
	char cadre[ID_MAX + 1];
	int64_t begun, used;       /* clock_mono() */
	const char *flash;         /* shown on the next page; N_() text or NULL */
	unsigned busy;             /* requests that hold it */
	int over;                  /* signed out while one held it */
	uint32_t phone;            /* begun on this paired phone; 0: on this machine */
	uint64_t mark;             /* users_mark() of the PIN that began it */
};

/** sessions_new(ended, ctx): none yet.  ended(ctx) is called for each session that ends, whichever way, without the lock of the sessions.  NULL if out of memory. */
struct sessions *sessions_new(void (*ended)(void *ctx), void *ctx);

/** sessions_free(ss): every session ends; NULL is allowed. */
void sessions_free(struct sessions *ss);

/** session_new_id(id): a fresh cookie. */
void session_new_id(char id[SESSION_ID_HEX + 1]);

/** session_id_ok(s): 1 when ${s} has the form of a cookie of ours, else 0. */
int session_id_ok(const char *s);

/** session_token(ss, id, token): the form token of a browser. */
void session_token(const struct sessions *ss, const char *id, char token[SESSION_TOKEN_HEX + 1]);

/** session_token_ok(ss, id, token): 1 or 0, in constant time; ${token} may be NULL. */
int session_token_ok(const struct sessions *ss, const char *id, const char *token);

/** session_begin(ss, cadre, now): somebody signed in; when SESSIONS_MAX are, the one longest unused ends.  Held as by session_hold(); NULL when all are held. */
struct session *session_begin(struct sessions *ss, const char *cadre, int64_t now);

/** session_hold(ss, id, now): the session under this cookie, used now; NULL when there is none or its time is over.  session_let_go(ss, s) when the request is done; NULL is allowed. */
struct session *session_hold(struct sessions *ss, const char *id, int64_t now);
void session_let_go(struct sessions *ss, struct session *s);

/** session_end(ss, s): signed out; from now on nobody finds it. */
void session_end(struct sessions *ss, struct session *s);

/** session_end_of(ss, cadre): every session of one cadre ends (disabled, or another PIN), but ${keep} (may be NULL). */
void session_end_of(struct sessions *ss, const char *cadre, const struct session *keep);

/** session_end_phones(ss, paired, ctx): every session of a phone of which paired(ctx, number) says 0 ends. */
void session_end_phones(struct sessions *ss, int (*paired)(void *ctx, uint32_t phone), void *ctx);

/** sessions_expire(ss, now): end those whose time is over.  How many are left. */
size_t sessions_expire(struct sessions *ss, int64_t now);

#endif
