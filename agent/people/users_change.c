#include <string.h>

#include "agent/host/duty.h"
#include "agent/people/users_internal.h"
#include "base/enc.h"
#include "base/line.h"
#include "base/log.h"
#include "crypto/sign.h"

/* Adding cadres, new PINs, taking a PIN away. */

/* The cabinet's secret, by whoever vouches.  *${used}: the code was it. */
static enum users_answer
vouch(struct users *u, const struct users_by *by, uint8_t secret[VAULT_KEY_LEN], int *used, int64_t *wait_ms, struct err *e)
{
	*used = by != NULL && by->code != NULL;
	if (*used)
		return users_attempt_code(u, by->code, secret, e);
	if (by != NULL && by->id != NULL)
		return users_attempt(u, by->id, by->pin != NULL ? by->pin : "", secret, wait_ms, e);
	if (vault_secret(u->v, secret) == 1)
		return USERS_OK;
	(void)err_set(e, "somebody who has a PIN must vouch for this, or the county's code");
	return USERS_REFUSED;
}

static int
seal_name(struct users *u, struct member *x, const char *name, struct err *e)
{
	struct buf b;
	int rc = 0;

	x->name_len = 0;
	if (name == NULL || *name == '\0')
		return 0;
	if (strlen(name) > USER_NAME_MAX || !utf8_ok(name, strlen(name)))
		return err_set(e, "a cadre's name has at most %d bytes of UTF-8", USER_NAME_MAX);
	buf_init(&b, sizeof(x->name));
	if ((rc = vault_put(u->v, VAULT_CABINET, name, strlen(name), &b, e)) == 0) {
		memcpy(x->name, b.data, b.len);
		x->name_len = b.len;
	}
	buf_free(&b);
	return rc;
}

static int
id_ok(const char *id, struct err *e)
{
	if (field_id((struct field){ id, strlen(id) }, ID_MAX) && strcmp(id, "device") != 0)
		return 0;
	return err_set(e, "%.64s: not an id of a cadre (letters, digits, '.', '_', '-'; an opaque one, not a name)", id);
}

/* With the mutex held: put ${x} in, in the place of the one with its id or as a new one, and what else changes with it. */
static enum users_answer
put(struct users *u, const struct member *x, const uint8_t *cabinet, int code_used, struct err *e)
{
	struct member *at = users_find(u, x->id), former;
	size_t n = u->n;
	int had = u->has_cabinet, ready = u->code_ready;

	if (at == NULL && u->n == USERS_MAX) {
		(void)err_set(e, "there are %d cadres already", USERS_MAX);
		return USERS_REFUSED;
	}
	if (at == NULL)
		at = &u->m[u->n++];
	former = *at;
	*at = *x;
	if (cabinet != NULL) {
		memcpy(u->cabinet, cabinet, sizeof(u->cabinet));
		u->has_cabinet = 1;
	}
	if (code_used)
		u->code_ready = 0;
	if (users_store(u, e) == 0)
		return USERS_OK;
	*at = former;
	u->n = n;
	u->has_cabinet = had;
	u->code_ready = ready;
	return USERS_FAILED;
}

/* The first cadre: the cabinet is made, and there at once for all that is put in from now on. */
static enum users_answer
add_first(struct agent *ag, struct member *x, const char *name, const char *pin, uint8_t secret[VAULT_KEY_LEN], struct err *e)
{
	struct users *u = ag->users;
	uint8_t public[VAULT_KEY_LEN];
	enum users_answer a;

	if (vault_make_cabinet(secret, public) != 0 || vault_wrap(&x->wrap, secret, pin, strlen(pin), e) != 0)
		return USERS_FAILED;
	(void)pthread_mutex_lock(&u->mutex);
	if (u->has_cabinet) { /* another one was first */
		(void)err_set(e, "somebody else has just been added: they must vouch");
		a = USERS_REFUSED;
	} else {
		vault_set_cabinet(u->v, public);
		a = seal_name(u, x, name, e) != 0 ? USERS_REFUSED : put(u, x, public, 0, e);
		if (a != USERS_OK)
			vault_set_cabinet(u->v, NULL);
		else
			duty_soon("roster"); /* agent/people/roster.h: goes into the cabinet */
	}
	(void)pthread_mutex_unlock(&u->mutex);
	return a;
}

static enum users_answer
add_other(struct agent *ag, struct member *x, const char *name, const char *pin, uint8_t secret[VAULT_KEY_LEN], const struct users_by *by, int64_t *wait_ms,
    struct err *e)
{
	struct users *u = ag->users;
	enum users_answer a;
	int used;

	if ((a = vouch(u, by, secret, &used, wait_ms, e)) != USERS_OK)
		return a;
	if (vault_wrap(&x->wrap, secret, pin, strlen(pin), e) != 0)
		return USERS_FAILED;
	(void)pthread_mutex_lock(&u->mutex);
	if (users_find(u, x->id) != NULL) {
		(void)err_set(e, "%s: there is a cadre with this id already", x->id);
		a = USERS_REFUSED;
	} else {
		a = seal_name(u, x, name, e) != 0 ? USERS_REFUSED : put(u, x, NULL, used, e);
	}
	(void)pthread_mutex_unlock(&u->mutex);
	return a;
}

enum users_answer
users_add(struct agent *ag, const char *id, const char *name, const char *pin, const struct users_by *by, int64_t *wait_ms, struct err *e)
{
	uint8_t secret[VAULT_KEY_LEN];
	struct member x;
	struct user there;
	enum users_answer a;
	int64_t wait;

	wait_ms = wait_ms != NULL ? wait_ms : &wait;
	*wait_ms = 0;
	memset(&x, 0, sizeof(x));
	if (id_ok(id, e) != 0 || users_pin_ok(pin, e) != 0)
		return USERS_REFUSED;
	if (users_get(ag, id, &there)) {
		(void)err_set(e, "%s: there is a cadre with this id already", id);
		return USERS_REFUSED;
	}
	(void)strcpy(x.id, id);
	x.has_wrap = 1;
	a = users_first(ag) ? add_first(ag, &x, name, pin, secret, e) : add_other(ag, &x, name, pin, secret, by, wait_ms, e);
	if (a == USERS_OK)
		(void)users_new_code(ag, secret, NULL);
	wipe(secret, sizeof(secret));
	return a;
}

enum users_answer
users_reset(struct agent *ag, const char *id, const char *pin, const struct users_by *by, int64_t *wait_ms, struct err *e)
{
	struct users *u = ag->users;
	uint8_t secret[VAULT_KEY_LEN];
	struct vault_wrap w;
	struct member x, *at;
	struct user there;
	enum users_answer a;
	int64_t wait;
	int used;

	wait_ms = wait_ms != NULL ? wait_ms : &wait;
	*wait_ms = 0;
	if (users_pin_ok(pin, e) != 0)
		return USERS_REFUSED;
	if (!users_get(ag, id, &there)) {
		(void)err_set(e, "%s: there is no such cadre", id);
		return USERS_REFUSED;
	}
	if ((a = vouch(u, by, secret, &used, wait_ms, e)) != USERS_OK)
		return a;
	if (vault_wrap(&w, secret, pin, strlen(pin), e) != 0) {
		wipe(secret, sizeof(secret));
		return USERS_FAILED;
	}
	(void)pthread_mutex_lock(&u->mutex);
	at = users_find(u, id);
	x = *at; /* cadres are disabled, never removed */
	x.disabled = 0;
	x.fails = 0;
	x.has_wrap = 1;
	x.wrap = w;
	a = put(u, &x, NULL, used, e);
	(void)pthread_mutex_unlock(&u->mutex);
	if (a == USERS_OK)
		(void)users_new_code(ag, secret, NULL);
	wipe(secret, sizeof(secret));
	return a;
}

enum users_answer
users_disable(struct agent *ag, const char *id, struct err *e)
{
	struct users *u = ag->users;
	enum users_answer a = USERS_REFUSED;
	const struct member *at;
	struct member x;
	size_t i, others = 0;

	(void)pthread_mutex_lock(&u->mutex);
	at = users_find(u, id);
	for (i = 0; i < u->n; i++)
		others += &u->m[i] != at && !u->m[i].disabled && u->m[i].has_wrap;
	if (at == NULL)
		(void)err_set(e, "%s: there is no such cadre", id);
	else if (others == 0)
		(void)err_set(e, "%s: nobody else here has a PIN; add the next cadre first", id);
	else {
		x = *at;
		x.disabled = 1;
		x.has_wrap = 0;
		wipe(&x.wrap, sizeof(x.wrap));
		a = put(u, &x, NULL, 0, e);
	}
	(void)pthread_mutex_unlock(&u->mutex);
	return a;
}
