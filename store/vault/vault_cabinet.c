#include <string.h>

#include "crypto/sign.h"
#include "store/vault/vault_internal.h"

/* Who has the cabinet open. */

void
vault_forget(struct vault_envelope *x)
{
	box_key_free(x->key);
	x->key = NULL;
}

void
vault_lock_now(struct vault *v)
{
	size_t i;

	for (i = 0; i < VAULT_OPENED; i++)
		vault_forget(&v->opened[i]);
	sealer_free(v->open);
	v->open = NULL;
	v->sessions = 0;
	v->generation++;
}

int
vault_has_cabinet(struct vault *v)
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	rc = v->has_cabinet;
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

int
vault_is_open(struct vault *v)
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	rc = v->open != NULL;
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

int
vault_cabinet(struct vault *v, uint8_t public[VAULT_KEY_LEN])
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	if ((rc = v->has_cabinet) != 0)
		memcpy(public, v->cabinet, VAULT_KEY_LEN);
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

void
vault_set_cabinet(struct vault *v, const uint8_t *public)
{
	(void)pthread_mutex_lock(&v->mutex);
	if (public == NULL || !v->has_cabinet || memcmp(public, v->cabinet, VAULT_KEY_LEN) != 0) {
		vault_lock_now(v);
		vault_forget(&v->fresh);
		if ((v->has_cabinet = public != NULL) != 0)
			memcpy(v->cabinet, public, VAULT_KEY_LEN);
	}
	(void)pthread_mutex_unlock(&v->mutex);
}

int
vault_make_cabinet(uint8_t secret[VAULT_KEY_LEN], uint8_t public[VAULT_KEY_LEN])
{
	struct sealer *s = sealer_new(NULL);

	if (s == NULL)
		return -1;
	sealer_secret(s, secret);
	memcpy(public, sealer_public(s), VAULT_KEY_LEN);
	sealer_free(s);
	return 0;
}

int
vault_unlock(struct vault *v, const uint8_t secret[VAULT_KEY_LEN])
{
	struct sealer *s = sealer_new(secret);
	int rc = -1;

	if (s == NULL)
		return -1;
	(void)pthread_mutex_lock(&v->mutex);
	if (v->has_cabinet && memcmp(sealer_public(s), v->cabinet, VAULT_KEY_LEN) == 0) {
		v->sessions++;
		if (v->open == NULL) {
			v->open = s;
			s = NULL;
			v->generation++;
		}
		rc = 0;
	}
	(void)pthread_mutex_unlock(&v->mutex);
	sealer_free(s);
	return rc;
}

void
vault_lock(struct vault *v)
{
	(void)pthread_mutex_lock(&v->mutex);
	if (v->sessions > 1)
		v->sessions--;
	else if (v->open != NULL)
		vault_lock_now(v);
	(void)pthread_mutex_unlock(&v->mutex);
}

void
vault_lock_all(struct vault *v)
{
	(void)pthread_mutex_lock(&v->mutex);
	if (v->open != NULL)
		vault_lock_now(v);
	(void)pthread_mutex_unlock(&v->mutex);
}

int
vault_secret(struct vault *v, uint8_t secret[VAULT_KEY_LEN])
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	if ((rc = v->open != NULL) != 0)
		sealer_secret(v->open, secret);
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

uint64_t
vault_generation(struct vault *v)
{
	uint64_t g;

	(void)pthread_mutex_lock(&v->mutex);
	g = v->generation;
	(void)pthread_mutex_unlock(&v->mutex);
	return g;
}
