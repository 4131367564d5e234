#ifndef AGENT_USERS_INTERNAL_H
#define AGENT_USERS_INTERNAL_H

#include <pthread.h>

#include "agent/people/users.h"

/* What the files of the cadres share; for agent/users*.c only. */

#define USERS_NAME_ROOM (USER_NAME_MAX + VAULT_OVERHEAD)
#define USERS_KEY "users"      /* the journal's copy, by name */

struct member {
	char id[ID_MAX + 1];
	int disabled;
	unsigned fails;
	uint8_t boot[16];          /* of the last attempt, and CLOCK_BOOTTIME then */
	uint64_t mono;
	int has_wrap;
	struct vault_wrap wrap;
	size_t name_len;           /* 0: none was given */
	uint8_t name[USERS_NAME_ROOM]; /* sealed */
};

struct users {
	char path[4096];
	struct journal *j;
	struct vault *v;
	pthread_mutex_t mutex;
	int has_cabinet;
	uint8_t cabinet[VAULT_KEY_LEN];
	size_t n;
	struct member m[USERS_MAX];
	uint64_t code;             /* number of the newest code, 0: none yet */
	int code_ready;            /* not used up: ->code_wrap opens the cabinet */
	uint8_t code_for[HASH_LEN]; /* SHA-256 of the county's sealing key it was sealed to */
	struct vault_wrap code_wrap;
};

/** users_print(out, u, pins): append the text of DIR/users; without ${pins} no wrap of a PIN is in it.  0 or -1. */
int users_print(struct buf *out, const struct users *u, int pins);

/** users_parse(u, p, n, e): the other way; what is not such a text is refused whole.  0 or -1. */
int users_parse(struct users *u, const void *p, size_t n, struct err *e);

/** users_find(u, id): with the mutex held; NULL when there is none. */
struct member *users_find(struct users *u, const char *id);

/** users_count(u): with the mutex held: write down attempts.  Durable on 0. */
int users_count(struct users *u, struct err *e);

/** users_store(u, e): with the mutex held: write down who may open the cabinet, over both copies, and the journal's.  Durable on 0. */
int users_store(struct users *u, struct err *e);

/** users_wait(x): milliseconds until ${x} may try again. */
int64_t users_wait(const struct member *x);

/** users_is_out(x): 1 when only a reset helps. */
int users_is_out(const struct member *x);

/** users_attempt(u, id, pin, secret, wait_ms, e): users_check_pin() that hands out the cabinet's secret; the caller wipes it. */
enum users_answer users_attempt(struct users *u, const char *id, const char *pin, uint8_t secret[VAULT_KEY_LEN], int64_t *wait_ms, struct err *e);

/** users_attempt_code(u, code, secret, e): the same with the county's code. */
enum users_answer users_attempt_code(struct users *u, const char *code, uint8_t secret[VAULT_KEY_LEN], struct err *e);

/** users_new_code(ag, secret, e): users_code_duty() with the secret at hand. */
int users_new_code(struct agent *ag, const uint8_t secret[VAULT_KEY_LEN], struct err *e);

#endif
