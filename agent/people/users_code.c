#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/record/recorder.h"
#include "agent/people/users_internal.h"
#include "base/enc.h"
#include "base/log.h"
#include "crypto/seal.h"
#include "sync/device.h"

/*
 * The county's code: wrapped here, sealed for the county before it is written
 * anywhere, and forgotten.  The wrap is on disk before the entry is made; a
 * wrap whose entry is missing was never of use to anybody and is made anew
 * under its number.
 */

#define CODE_BYTES 10 /* 80 bits: 16 characters of base32 */

static void
entry_id(char out[64], uint64_t number)
{
	(void)snprintf(out, 64, "reset-code-%" PRIu64, number);
}

/* Has the newest code an entry?  1, 0 or -1. */
static int
is_entered(struct users *u, uint64_t number)
{
	struct journal_entry x;
	char id[64];
	int rc;

	if (number == 0)
		return 0;
	entry_id(id, number);
	journal_entry_init(&x);
	rc = journal_by_id(u->j, id, &x);
	journal_entry_free(&x);
	return rc;
}

/* Is a code due?  1 with its number and why, 0, or -1. */
static int
is_due(struct users *u, const uint8_t county[HASH_LEN], uint64_t *number, const char **reason)
{
	uint64_t n;
	int ready, same, entered;

	(void)pthread_mutex_lock(&u->mutex);
	n = u->code;
	ready = u->code_ready;
	same = memcmp(u->code_for, county, HASH_LEN) == 0;
	(void)pthread_mutex_unlock(&u->mutex);
	if ((entered = is_entered(u, n)) < 0)
		return -1;
	if (entered && ready && same)
		return 0;
	*number = entered ? n + 1 : n == 0 ? 1 : n;
	*reason = *number == 1 ? "first" : ready && entered ? "renewed" : "used";
	return 1;
}

/* The entry that carries it: only the county can open what it says. */
static int
enter(struct agent *ag, uint64_t number, const char *reason, const char *code, const uint8_t sealing[32], struct err *e)
{
	struct recorded rec;
	struct draft d;
	struct buf sealed;
	int rc = -1;

	draft_init(&d, "reset-code", ag);
	buf_init(&sealed, CODE_LEN + SEAL_OVERHEAD);
	entry_id(d.id, number);
	if (seal(&sealed, code, CODE_LEN, sealing) == 0) {
		(void)buf_printf(&d.payload, "{\"number\":%" PRIu64 ",\"reason\":\"%s\"}", number, reason);
		(void)buf_puts(&d.personal, "{\"code\":\"");
		(void)buf_b64(&d.personal, sealed.data, sealed.len);
		(void)buf_puts(&d.personal, "\"}");
		if (buf_ok(&d.payload) && buf_ok(&d.personal))
			rc = recorder_append(ag, &d, 1, &rec, e);
	}
	buf_free(&sealed);
	draft_free(&d);
	return rc == 0 ? 0 : err_add(e, "the county's code");
}

/* The wrap, on disk. */
static int
keep(struct users *u, uint64_t number, const struct vault_wrap *w, const uint8_t county[HASH_LEN], struct err *e)
{
	int rc;

	(void)pthread_mutex_lock(&u->mutex);
	u->code = number;
	u->code_ready = 1;
	u->code_wrap = *w;
	memcpy(u->code_for, county, HASH_LEN);
	rc = users_store(u, e);
	(void)pthread_mutex_unlock(&u->mutex);
	return rc;
}

int
users_new_code(struct agent *ag, const uint8_t secret[VAULT_KEY_LEN], struct err *e)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* two sign-ins make one code */
	struct county_keys keys;
	struct vault_wrap w;
	uint8_t county[HASH_LEN], raw[CODE_BYTES];
	char code[CODE_LEN + 1];
	const char *reason;
	uint64_t number;
	int rc;

	if (device_keys(ag->j, &keys, NULL) != 0)
		return 0; /* not enrolled: at the first sign-in after that */
	sha256(county, keys.sealing, sizeof(keys.sealing));
	(void)pthread_mutex_lock(&one);
	if ((rc = is_due(ag->users, county, &number, &reason)) == 1) {
		random_bytes(raw, sizeof(raw));
		enc_b32(code, raw, sizeof(raw));
		if ((rc = vault_wrap(&w, secret, code, CODE_LEN, e)) == 0 && (rc = keep(ag->users, number, &w, county, e)) == 0) {
			agent_lock();
			rc = enter(ag, number, reason, code, keys.sealing, e) == 0 ? 1 : -1;
			agent_unlock();
		}
		wipe(raw, sizeof(raw));
		wipe(code, sizeof(code));
	}
	(void)pthread_mutex_unlock(&one);
	if (rc < 0)
		log_msg(LOG_WARN, "a one-time code for the county could not be made; it is tried again at the next sign-in");
	return rc;
}

int
users_code_duty(struct agent *ag, struct err *e)
{
	uint8_t secret[VAULT_KEY_LEN];
	int rc;

	if (!vault_secret(ag->users->v, secret))
		return 0;
	rc = users_new_code(ag, secret, e);
	wipe(secret, sizeof(secret));
	return rc;
}
