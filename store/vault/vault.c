#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "crypto/sign.h"
#include "store/vault/vault_internal.h"

_Static_assert(VAULT_OVERHEAD == VAULT_CABINET_HEAD + BOX_OVERHEAD && VAULT_REST_HEAD <= VAULT_CABINET_HEAD, "the larger of both");

struct vault *
vault_open(const char *dir, struct err *e)
{
	struct vault *v = lapsed(calloc(1, sizeof(*v)));
	unsigned long lapses = lapse_count();
	struct err why;

	if (v == NULL || file_path(v->path, sizeof(v->path), dir, "rest.key") != 0 || pthread_mutex_init(&v->mutex, NULL) != 0) {
		free(v);
		err_set(e, "%.200s: out of memory, or the path is too long", dir);
		return NULL;
	}
	if (vault_load_rest(v, &why) >= 0)
		return v;
	if (lapse_count() != lapses) {
		/* it could not be looked at: that says nothing of the key */
		err_set(e, "%s", why.text);
		vault_close(v);
		return NULL;
	}
	log_msg(LOG_ERROR, "%s", why.text);
	return v;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	box_key_free(v->rest);
	vault_lock_now(v);
	vault_forget(&v->fresh);
	(void)pthread_mutex_destroy(&v->mutex);
	free(v);
}

/* Blobs; with the mutex held. */

static int
put_rest(struct vault *v, const void *p, size_t n, struct buf *out, struct err *e)
{
	if (vault_need_rest(v, e) != 0)
		return -1;
	if (buf_putc(out, VAULT_REST) != 0 || buf_put(out, v->rest_id, VAULT_ID_LEN) != 0 || box_put(v->rest, out, p, n) != 0)
		return err_set(e, "out of memory, or larger than its place");
	return 0;
}

/* An envelope to put something in: the one in use, or a new one.  0 or -1. */
static int
take_envelope(struct vault *v)
{
	struct buf b;
	int rc;

	if (v->fresh.key != NULL && v->uses < VAULT_ENVELOPE_USES) {
		v->uses++;
		return 0;
	}
	vault_forget(&v->fresh);
	if ((v->fresh.key = box_key_new(NULL)) == NULL)
		return -1;
	buf_init(&b, VAULT_ENVELOPE_LEN);
	if ((rc = seal(&b, box_key_secret(v->fresh.key), BOX_KEY_LEN, v->cabinet)) == 0)
		memcpy(v->fresh.sealed, b.data, VAULT_ENVELOPE_LEN);
	else
		vault_forget(&v->fresh);
	buf_free(&b);
	v->uses = 1;
	return rc;
}

static int
put_cabinet(struct vault *v, const void *p, size_t n, struct buf *out, struct err *e)
{
	if (take_envelope(v) != 0 || buf_putc(out, VAULT_CABINET) != 0 || buf_put(out, v->cabinet, VAULT_CABINET_ID_LEN) != 0 ||
	    buf_put(out, v->fresh.sealed, VAULT_ENVELOPE_LEN) != 0 || box_put(v->fresh.key, out, p, n) != 0)
		return err_set(e, "out of memory, or larger than its place");
	return 0;
}

/* The key in an envelope; the last few are at hand.  NULL when it was altered. */
static const struct box_key *
open_envelope(struct vault *v, const uint8_t sealed[VAULT_ENVELOPE_LEN])
{
	struct vault_envelope *x;
	struct buf b;
	size_t i;

	for (i = 0; i < VAULT_OPENED; i++)
		if (v->opened[i].key != NULL && memcmp(v->opened[i].sealed, sealed, VAULT_ENVELOPE_LEN) == 0)
			return v->opened[i].key;
	x = &v->opened[v->next++ % VAULT_OPENED];
	vault_forget(x);
	buf_init(&b, BOX_KEY_LEN);
	if (unseal(v->open, &b, sealed, VAULT_ENVELOPE_LEN) == 0 && b.len == BOX_KEY_LEN && (x->key = box_key_new(b.data)) != NULL)
		memcpy(x->sealed, sealed, VAULT_ENVELOPE_LEN);
	if (b.data != NULL)
		wipe(b.data, b.cap);
	buf_free(&b);
	return x->key;
}

int
vault_put(struct vault *v, enum vault_box box, const void *p, size_t n, struct buf *out, struct err *e)
{
	int rc;

	(void)pthread_mutex_lock(&v->mutex);
	rc = box == VAULT_CABINET && v->has_cabinet ? put_cabinet(v, p, n, out, e) : put_rest(v, p, n, out, e);
	(void)pthread_mutex_unlock(&v->mutex);
	return rc;
}

static enum vault_answer
get(struct vault *v, const uint8_t *p, size_t n, struct buf *out)
{
	const struct box_key *k;

	switch (vault_box_of(p, n)) {
	case VAULT_REST:
		if (v->rest == NULL || memcmp(p + 1, v->rest_id, VAULT_ID_LEN) != 0)
			return VAULT_LOST;
		return box_get(v->rest, out, p + VAULT_REST_HEAD, n - VAULT_REST_HEAD) == 0 ? VAULT_OPEN : VAULT_DAMAGED;
	case VAULT_CABINET:
		if (!v->has_cabinet || memcmp(p + 1, v->cabinet, VAULT_CABINET_ID_LEN) != 0)
			return VAULT_LOST;
		if (v->open == NULL)
			return VAULT_LOCKED;
		k = open_envelope(v, p + 1 + VAULT_CABINET_ID_LEN);
		return k != NULL && box_get(k, out, p + VAULT_CABINET_HEAD, n - VAULT_CABINET_HEAD) == 0 ? VAULT_OPEN : VAULT_DAMAGED;
	default:
		return VAULT_DAMAGED;
	}
}

enum vault_answer
vault_get(struct vault *v, const void *p, size_t n, struct buf *out)
{
	enum vault_answer a;

	(void)pthread_mutex_lock(&v->mutex);
	a = get(v, p, n, out);
	(void)pthread_mutex_unlock(&v->mutex);
	return a;
}

int
vault_box_of(const void *p, size_t n)
{
	const uint8_t *b = p;

	if (n >= VAULT_REST_HEAD + BOX_OVERHEAD && b[0] == VAULT_REST)
		return VAULT_REST;
	return n >= VAULT_OVERHEAD && b[0] == VAULT_CABINET ? VAULT_CABINET : 0;
}

int
vault_reseal(struct vault *v, const void *p, size_t n, struct buf *out, struct err *e)
{
	enum vault_answer a;
	struct buf plain;
	int rc = 0;

	buf_init(&plain, n);
	(void)pthread_mutex_lock(&v->mutex);
	if (v->has_cabinet && vault_box_of(p, n) != VAULT_CABINET) {
		if ((a = get(v, p, n, &plain)) == VAULT_OPEN)
			rc = put_cabinet(v, plain.data, plain.len, out, e) == 0 ? 1 : -1;
		else if (a == VAULT_DAMAGED)
			rc = err_set(e, "a sealed part's bytes were altered");
	}
	(void)pthread_mutex_unlock(&v->mutex);
	if (plain.data != NULL)
		wipe(plain.data, plain.cap);
	buf_free(&plain);
	return rc;
}
