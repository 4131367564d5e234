#ifndef AGENT_USERS_H
#define AGENT_USERS_H

#include "agent/agent.h"
#include "store/vault.h"

/**
 * Cadres and their PINs (docs/agent.md): DIR/users.  Argon2 takes up to
 * seconds, so what is marked SLOW is called without agent_lock(): it takes the
 * lock by itself for the moment in which an entry is made.  The rest does not
 * touch it.  Names of cadres are personal and lie in the cabinet.
 *
 * The journal keeps a copy without the PINs' wraps: in a backup, or when the
 * file is gone, the county's code still opens the cabinet.
 */
struct users;

#define USERS_MAX 64       /* cadres, disabled ones included */
#define USER_NAME_MAX 96   /* bytes of UTF-8 */
#define PIN_MIN 6
#define PIN_MAX 64
#define CODE_LEN 16        /* a one-time code, as letters and digits */

struct user {
	char id[ID_MAX + 1];
	char name[USER_NAME_MAX + 1]; /* "" while the cabinet is locked, or when none was given */
	int disabled;
	int locked_out;            /* too many wrong PINs, or none at all (restored from a backup): needs a reset */
	unsigned fails;            /* wrong ones in a row */
	int64_t wait_ms;           /* until the next attempt may be made */
};

/** What a sign-in or a change of PIN came to. */
enum users_answer {
	USERS_OK = 0,
	USERS_WRONG = 1,           /* not the PIN (or code), or no such cadre: the same to whoever asks */
	USERS_WAIT = 2,            /* too early after wrong ones; not even looked at */
	USERS_LOCKED_OUT = 3,      /* until it is reset */
	USERS_REFUSED = 4,         /* this may not be; ${e} says why, for people: PIN too simple, id taken, ... */
	USERS_FAILED = -1          /* disk or memory */
};

/** users_open(j, e): the cadres of the journal's folder, their cabinet set in its vault; none yet is fine.  A damaged file is told, and its previous copy or the journal's used.  NULL on failure. */
struct users *users_open(struct journal *j, struct err *e);

/** users_keep(ag, e): write down what users_open() took from the journal, where that had to serve; nothing when there is no cadre.  Durable on 0; -1. */
int users_keep(struct agent *ag, struct err *e);

/** users_close(u): NULL is allowed. */
void users_close(struct users *u);

/* All that follows works on ag->users and is safe from several threads. */

/** users_first(ag): 1 while no cadre has a PIN: the page asks for the first one. */
int users_first(struct agent *ag);

/** users_each(ag, cb, ctx): in the order they were added; cb returns 0 to go on, else its value ends the walk and is returned. */
int users_each(struct agent *ag, int (*cb)(void *ctx, const struct user *x), void *ctx);

/** users_get(ag, id, x): 1, or 0 when there is none. */
int users_get(struct agent *ag, const char *id, struct user *x);

/** users_mark(ag, id): a number that is another one once the cadre has another PIN, 0 when there is none or sign-in was stopped: by it a session knows that it is over. */
uint64_t users_mark(struct agent *ag, const char *id);

/** users_pin_ok(pin, e): 6 to 64 digits, and not one of the commonest.  0, or -1 with the rule. */
int users_pin_ok(const char *pin, struct err *e);

/**
 * users_check_pin(ag, id, pin, wait_ms, e): SLOW
 * Is it the cadre's PIN?  The attempt is counted on disk before it is looked
 * at; a right one sets the count back.  *wait_ms: how long until the next
 * attempt may be made (0: at once).  Opens nothing.
 */
enum users_answer users_check_pin(struct agent *ag, const char *id, const char *pin, int64_t *wait_ms, struct err *e);

/** users_sign_in(ag, id, pin, wait_ms, e): SLOW.  users_check_pin(), and on USERS_OK the cabinet is open for one session more, until users_sign_out(). */
enum users_answer users_sign_in(struct agent *ag, const char *id, const char *pin, int64_t *wait_ms, struct err *e);

/** users_sign_out(ag): one session less. */
void users_sign_out(struct agent *ag);

/** Who vouches for a change: a cadre with a PIN, or a code, or (both NULL) that the cabinet is open, or that there is no cadre yet. */
struct users_by {
	const char *id, *pin;
	const char *code;
};

/**
 * users_add(ag, id, name, pin, by, wait_ms, e): SLOW
 * A cadre more; the first one makes the cabinet and needs nobody to vouch.
 * ${name} may be NULL or "".  ${by} may be NULL, ${wait_ms} too.  Durable on
 * USERS_OK.
 */
enum users_answer users_add(struct agent *ag, const char *id, const char *name, const char *pin, const struct users_by *by, int64_t *wait_ms, struct err *e);

/**
 * users_reset(ag, id, pin, by, wait_ms, e): SLOW
 * A new PIN for a cadre (also a locked-out or disabled one, who is active
 * again).  With a code: the code is used up with that.  Durable on USERS_OK;
 * nothing that the former PIN opens is left in the file or its copies.
 */
enum users_answer users_reset(struct agent *ag, const char *id, const char *pin, const struct users_by *by, int64_t *wait_ms, struct err *e);

/** users_disable(ag, id, e): may no longer sign in; the wrap is destroyed.  The last active one is refused. */
enum users_answer users_disable(struct agent *ag, const char *id, struct err *e);

/* The one-time code (the county's copy of the key to the cabinet) */

/**
 * users_code_duty(ag, e): SLOW
 * When a cabinet exists, the device is enrolled, and no code is outstanding
 * (or the county's sealing key has changed): a new one, its wrap on disk and a
 * signed entry of kind reset-code with it, sealed for the county.  Needs the
 * cabinet open, for the wrap: it is done at every sign-in, addition and reset,
 * so that nobody need call it but after an enrolment.  1 made, 0 nothing to do
 * or not possible now, -1.
 */
int users_code_duty(struct agent *ag, struct err *e);

/** users_code_there(ag): the number of the code that users_reset() would take, 0 when there is none: the page says so in advance. */
uint64_t users_code_there(struct agent *ag);

#endif
