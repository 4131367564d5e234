#include <stdio.h>
#include <string.h>

#include "agent/host/duty.h"
#include "agent/people/users_internal.h"
#include "base/clock.h"
#include "base/enc.h"
#include "crypto/sign.h"

/* PINs and codes: what may be one, and is it the right one. */

#define FREE_FAILS 5          /* wrong ones in a row before a wait */
#define OUT_FAILS 20          /* and until only a reset helps */
#define WAIT_FIRST INT64_C(60000)
#define WAIT_MOST INT64_C(3600000)

/* Of six digits and more, what people take first; runs and repeats are found by rule. */
static const char *const common[] = { "147258", "147258369", "258369", "159357", "159753", "357159", "741852", "789456", "456789", "123654", "112233", "11223344",
	"332211", "445566", "778899", "520520", "5201314", "1314520", "131452", "521521", "168168", "518518", "666888", "888666", "100200", "110110", "120120",
	"147852", "102030", "19491001", "010203", "987654", "246810", "135790", "13579", "142536", "963852", "369258" };

/* Each digit as far from the one before: 111111, 123456, 987654, 024680. */
static int
is_run(const char *pin, size_t n)
{
	int step = (pin[1] - pin[0] + 10) % 10;
	size_t i;

	for (i = 1; i < n; i++)
		if ((pin[i] - pin[i - 1] + 10) % 10 != step)
			return 0;
	return 1;
}

/* Up to three digits again and again: 121212, 123123. */
static int
is_repeat(const char *pin, size_t n)
{
	size_t period, i;

	for (period = 1; period <= 3; period++) {
		for (i = period; i < n && pin[i] == pin[i - period]; i++)
			continue;
		if (i == n)
			return 1;
	}
	return 0;
}

int
users_pin_ok(const char *pin, struct err *e)
{
	size_t n = strlen(pin), i;

	if (n < PIN_MIN || n > PIN_MAX || strspn(pin, "0123456789") != n)
		return err_set(e, "a PIN has %d to %d digits", PIN_MIN, PIN_MAX);
	if (is_run(pin, n) || is_repeat(pin, n))
		return err_set(e, "this PIN is one of the first that anybody tries (a run, or a repetition)");
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(pin, common[i]) == 0)
			return err_set(e, "this PIN is one of the first that anybody tries");
	return 0;
}

int64_t
users_wait(const struct member *x)
{
	uint8_t boot[16];
	int64_t wait = WAIT_FIRST, now = clock_mono(), since;
	unsigned k;

	if (x->fails < FREE_FAILS)
		return 0;
	for (k = FREE_FAILS; k < x->fails && wait < WAIT_MOST; k++)
		wait *= 2;
	wait = wait > WAIT_MOST ? WAIT_MOST : wait;
	/* after a start of the machine the wait begins anew with it: the clock of the former one says nothing */
	since = clock_boot(boot) == 0 && memcmp(boot, x->boot, sizeof(boot)) == 0 && (int64_t)x->mono <= now ? (int64_t)x->mono : 0;
	return now - since >= wait ? 0 : wait - (now - since);
}

int
users_is_out(const struct member *x)
{
	return !x->disabled && (!x->has_wrap || x->fails >= OUT_FAILS);
}

/* May an attempt be made now?  Then it is counted, on disk, before anybody knows how it ends.  With the mutex held. */
static enum users_answer
begin(struct users *u, const char *id, struct vault_wrap *w, int64_t *wait_ms, struct err *e)
{
	struct member *x = users_find(u, id);

	if (x == NULL || x->disabled) {
		(void)err_set(e, "this is not the PIN of %s", id);
		return USERS_WRONG;
	}
	if (users_is_out(x)) {
		(void)err_set(e, x->has_wrap ? "%s: too many wrong PINs: it must be reset" : "%s: no PIN is known any more: it must be reset", id);
		return USERS_LOCKED_OUT;
	}
	if ((*wait_ms = users_wait(x)) > 0) {
		(void)err_set(e, "%s: too many wrong PINs: wait another %lld seconds", id, (long long)(*wait_ms + 999) / 1000);
		return USERS_WAIT;
	}
	x->fails++;
	x->mono = (uint64_t)clock_mono();
	(void)clock_boot(x->boot);
	*w = x->wrap;
	return users_count(u, e) == 0 ? USERS_OK : USERS_FAILED;
}

/* It was right: the count goes back, unless the PIN was taken away meanwhile. */
static enum users_answer
end(struct users *u, const char *id, const struct vault_wrap *w, struct err *e)
{
	struct member *x = users_find(u, id);

	if (x == NULL || x->disabled || memcmp(&x->wrap, w, sizeof(*w)) != 0) {
		(void)err_set(e, "this is not the PIN of %s any more", id);
		return USERS_WRONG;
	}
	x->fails = 0;
	return users_count(u, e) == 0 ? USERS_OK : USERS_FAILED;
}

enum users_answer
users_attempt(struct users *u, const char *id, const char *pin, uint8_t secret[VAULT_KEY_LEN], int64_t *wait_ms, struct err *e)
{
	struct vault_wrap w;
	enum users_answer a;
	const struct member *x;
	int rc;

	*wait_ms = 0;
	(void)pthread_mutex_lock(&u->mutex);
	a = begin(u, id, &w, wait_ms, e);
	(void)pthread_mutex_unlock(&u->mutex);
	if (a != USERS_OK)
		return a;
	if ((rc = vault_unwrap(&w, secret, pin, strnlen(pin, PIN_MAX + 1), e)) < 0)
		return USERS_FAILED;
	(void)pthread_mutex_lock(&u->mutex);
	if (rc == 1)
		a = end(u, id, &w, e);
	else {
		x = users_find(u, id);
		*wait_ms = x != NULL ? users_wait(x) : 0;
		a = USERS_WRONG;
		(void)err_set(e, "this is not the PIN of %s", id);
	}
	(void)pthread_mutex_unlock(&u->mutex);
	if (a != USERS_OK)
		wipe(secret, VAULT_KEY_LEN);
	return a;
}

/* As people say and type it: either case, in groups, with digits for the letters that are no others'.  0 or -1. */
static int
tidy_code(char out[CODE_LEN + 1], const char *code)
{
	static const char from[] = "018", to[] = "OIB";
	const char *d;
	size_t n = 0;

	for (; *code != '\0'; code++) {
		if (*code == '-' || *code == ' ')
			continue;
		if (n == CODE_LEN)
			return -1;
		d = strchr(from, *code);
		out[n++] = d != NULL ? to[d - from] : *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;
	}
	out[n] = '\0';
	return n == CODE_LEN ? 0 : -1;
}

enum users_answer
users_attempt_code(struct users *u, const char *code, uint8_t secret[VAULT_KEY_LEN], struct err *e)
{
	char tidy[CODE_LEN + 1];
	struct vault_wrap w;
	int ready, rc;

	(void)pthread_mutex_lock(&u->mutex);
	ready = u->code_ready;
	w = u->code_wrap;
	(void)pthread_mutex_unlock(&u->mutex);
	if (!ready) {
		(void)err_set(e, "no code of the county is outstanding for this device");
		return USERS_REFUSED;
	}
	if (tidy_code(tidy, code) != 0) {
		(void)err_set(e, "a code has %d letters and digits", CODE_LEN);
		return USERS_WRONG;
	}
	rc = vault_unwrap(&w, secret, tidy, CODE_LEN, e);
	wipe(tidy, sizeof(tidy));
	if (rc == 0)
		(void)err_set(e, "this is not the code that the county holds for this device");
	return rc == 1 ? USERS_OK : rc == 0 ? USERS_WRONG : USERS_FAILED;
}

enum users_answer
users_check_pin(struct agent *ag, const char *id, const char *pin, int64_t *wait_ms, struct err *e)
{
	uint8_t secret[VAULT_KEY_LEN];
	enum users_answer a = users_attempt(ag->users, id, pin, secret, wait_ms, e);

	wipe(secret, sizeof(secret));
	return a;
}

enum users_answer
users_sign_in(struct agent *ag, const char *id, const char *pin, int64_t *wait_ms, struct err *e)
{
	uint8_t secret[VAULT_KEY_LEN];
	enum users_answer a = users_attempt(ag->users, id, pin, secret, wait_ms, e);

	if (a == USERS_OK && vault_unlock(ag->users->v, secret) != 0) {
		(void)err_set(e, "%s: what the PIN opens is not this cabinet's key", id);
		a = USERS_FAILED;
	}
	if (a == USERS_OK)
		(void)users_new_code(ag, secret, NULL);
	wipe(secret, sizeof(secret));
	return a;
}

void
users_sign_out(struct agent *ag)
{
	vault_lock(ag->users->v);
	if (!vault_is_open(ag->users->v))
		duty_soon("roster"); /* agent/people/roster.h: forgets the names it has in memory */
}
