#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/line.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "store/state.h"
#include "store/vault/vault_internal.h"

/* The rest key and its file. */

#define TEXT_HEAD "tallystick/rest/v1"
#define TEXT_MAX 256

static void
set_rest(struct vault *v, struct box_key *k)
{
	static const char name[] = "tallystick/rest/v1";
	uint8_t id[HASH_LEN];

	v->rest = k;
	hmac_sha256(id, box_key_secret(k), BOX_KEY_LEN, name, sizeof(name));
	memcpy(v->rest_id, id, VAULT_ID_LEN);
}

int
vault_load_rest(struct vault *v, struct err *e)
{
	struct cursor c;
	struct field line, f;
	struct box_key *k = NULL;
	struct buf text;
	struct err why = { "" };
	uint8_t secret[BOX_KEY_LEN];
	int rc;

	buf_init(&text, TEXT_MAX);
	if ((rc = state_load(v->path, &text, &why)) <= 0) {
		buf_free(&text);
		return rc == 0 ? 0 : err_set(e, "%s", why.text);
	}
	if (rc == 2) {
		log_msg(LOG_WARN, "%s", why.text);
		(void)state_save_twice(v->path, text.data, text.len, NULL); /* two copies again */
	}
	cursor_init(&c, text.data, text.len);
	if (cursor_line(&c, &line) != 1 || !field_is(line, TEXT_HEAD) || cursor_fields(&c, "key", &f, 1) != 0 || field_b64(f, secret, sizeof(secret)) != 0 ||
	    !cursor_end(&c))
		err_set(e, "%s: no rest key in it", v->path);
	else if ((k = box_key_new(secret)) == NULL)
		err_set(e, "%s: out of guarded memory", v->path);
	wipe(secret, sizeof(secret));
	wipe(text.data, text.cap);
	buf_free(&text);
	if (k == NULL)
		return -1;
	set_rest(v, k);
	return 1;
}

/* What is there and cannot be used is never written over: somebody may yet mend it. */
static int
keep_damaged(const struct vault *v, struct err *e)
{
	static const char *const ends[] = { "", ".new", ".previous" };
	char from[VAULT_PATH_LEN + 16], to[VAULT_PATH_LEN + 48];
	size_t i;
	int n;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(from, sizeof(from), "%s%s", v->path, ends[i]);
		if (!file_exists(from))
			continue;
		for (n = 1; n < 1000; n++) {
			(void)snprintf(to, sizeof(to), "%s.damaged-%d", v->path, n);
			if (!file_exists(to))
				break;
		}
		if (n == 1000 || rename(from, to) != 0)
			return err_set(e, "%s: damaged, and cannot be moved aside", from);
	}
	return 0;
}

int
vault_need_rest(struct vault *v, struct err *e)
{
	char b64[64], text[TEXT_MAX];
	struct box_key *k;
	int n, rc = -1;

	if (v->rest != NULL)
		return 0;
	if ((k = box_key_new(NULL)) == NULL)
		return err_set(e, "%s: out of guarded memory", v->path);
	enc_b64(b64, box_key_secret(k), BOX_KEY_LEN);
	n = snprintf(text, sizeof(text), TEXT_HEAD "\nkey %s\n", b64);
	/* it never changes, so its previous copy is a second one */
	if (keep_damaged(v, e) == 0)
		rc = state_save_twice(v->path, text, (size_t)n, e);
	wipe(b64, sizeof(b64));
	wipe(text, sizeof(text));
	if (rc == 0)
		set_rest(v, k);
	else
		box_key_free(k);
	return rc;
}

int
vault_make_rest(struct vault *v, struct err *e)
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	rc = vault_need_rest(v, e);
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

int
vault_rest_id(struct vault *v, uint8_t id[VAULT_ID_LEN])
{
	int has;

	(void)pthread_mutex_lock(&v->mutex);
	if ((has = v->rest != NULL) != 0)
		memcpy(id, v->rest_id, VAULT_ID_LEN);
	(void)pthread_mutex_unlock(&v->mutex);
	return has;
}
