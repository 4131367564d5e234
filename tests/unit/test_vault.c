#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypto/pwhash.h"
#include "crypto/sign.h"
#include "store/state.h"
#include "store/vault.h"

/* Goal: what is personal is sealed so that only the right key opens it, locked is told from lost and from damaged, and a PIN's wrap opens by that PIN alone. */

static const char secret_text[] = "{\"name\":\"Luo Mei\"}";

struct place {
	char dir[64], key[128];
	struct vault *v;
};

static void
place_make(struct place *p)
{
	(void)strcpy(p->dir, "/tmp/test_vault.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->key, sizeof(p->key), "%s/rest.key", p->dir);
	assert_non_null(p->v = vault_open(p->dir, NULL));
}

static void
again(struct place *p)
{
	vault_close(p->v);
	assert_non_null(p->v = vault_open(p->dir, NULL));
}

static void
place_drop(struct place *p)
{
	char **names = NULL, path[300];
	size_t n = 0, i;

	vault_close(p->v);
	assert_int_equal(file_names(p->dir, &names, &n, 100, NULL), 0);
	for (i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	file_names_free(names, n);
	assert_int_equal(rmdir(p->dir), 0);
}

static void
put(struct vault *v, enum vault_box box, struct buf *out)
{
	struct err e;

	buf_init(out, 1024);
	if (vault_put(v, box, secret_text, strlen(secret_text), out, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(out->len <= strlen(secret_text) + VAULT_OVERHEAD);
	assert_null(memmem(out->data, out->len, secret_text, 8));
}

static void
says(struct vault *v, const struct buf *blob, enum vault_answer want)
{
	struct buf out;

	buf_init(&out, 1024);
	assert_int_equal(vault_get(v, blob->data, blob->len, &out), want);
	assert_string_equal(buf_str(&out), want == VAULT_OPEN ? secret_text : "");
	buf_free(&out);
}

static void
cabinet(struct vault *v, uint8_t secret[VAULT_KEY_LEN])
{
	uint8_t public[VAULT_KEY_LEN];

	assert_int_equal(vault_make_cabinet(secret, public), 0);
	vault_set_cabinet(v, public);
}

static void
rest(void **state)
{
	struct place p;
	struct buf a, b;
	uint8_t id[VAULT_ID_LEN];
	size_t i;

	(void)state;
	place_make(&p);
	assert_int_equal(vault_rest_id(p.v, id), 0);
	put(p.v, VAULT_REST, &a);
	/* no cadre yet: the cabinet's things are at rest too */
	put(p.v, VAULT_CABINET, &b);
	assert_int_equal(vault_box_of(b.data, b.len), VAULT_REST);
	assert_int_equal(vault_rest_id(p.v, id), 1);
	again(&p);
	says(p.v, &a, VAULT_OPEN);
	says(p.v, &b, VAULT_OPEN);
	for (i = 0; i < a.len; i++) {
		a.data[i] ^= 4;
		says(p.v, &a, i == 0 ? VAULT_DAMAGED : i <= VAULT_ID_LEN ? VAULT_LOST : VAULT_DAMAGED);
		a.data[i] ^= 4;
	}
	for (i = 0; i < a.len; i++) {
		b.len = i;
		says(p.v, &b, VAULT_DAMAGED);
	}
	buf_free(&a);
	buf_free(&b);
	place_drop(&p);
}

static void
rest_key_lost(void **state)
{
	struct place p;
	struct buf a, b, file;
	char aside[160];

	(void)state;
	place_make(&p);
	put(p.v, VAULT_REST, &a);
	/* one copy gone or damaged: the other serves */
	assert_int_equal(unlink(p.key), 0);
	again(&p);
	says(p.v, &a, VAULT_OPEN);
	assert_int_equal(file_write(p.key, "rubbish\n", 8, 0600, NULL), 0);
	again(&p);
	says(p.v, &a, VAULT_OPEN);
	/* both: what was sealed is lost, said so, and what was there is kept aside when a new key is made */
	(void)snprintf(aside, sizeof(aside), "%s.previous", p.key);
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(file_write(p.key, "rubbish\n", 8, 0600, NULL), 0);
	again(&p);
	says(p.v, &a, VAULT_LOST);
	put(p.v, VAULT_REST, &b);
	says(p.v, &b, VAULT_OPEN);
	says(p.v, &a, VAULT_LOST);
	(void)snprintf(aside, sizeof(aside), "%s.damaged-1", p.key);
	buf_init(&file, 256);
	assert_int_equal(file_read(aside, &file, NULL), 0);
	assert_string_equal(buf_str(&file), "rubbish\n");
	buf_free(&file);
	buf_free(&a);
	buf_free(&b);
	place_drop(&p);
}

static void
cabinet_opens_for_sessions(void **state)
{
	struct place p;
	struct buf a, b, moved;
	uint8_t secret[VAULT_KEY_LEN], other[VAULT_KEY_LEN], got[VAULT_KEY_LEN];
	uint64_t g;
	size_t i;

	(void)state;
	place_make(&p);
	put(p.v, VAULT_REST, &a);
	buf_init(&moved, 1024);
	assert_int_equal(vault_reseal(p.v, a.data, a.len, &moved, NULL), 0);
	cabinet(p.v, secret);
	put(p.v, VAULT_CABINET, &b);
	assert_int_equal(vault_box_of(b.data, b.len), VAULT_CABINET);
	says(p.v, &b, VAULT_LOCKED);
	assert_int_equal(vault_secret(p.v, got), 0);
	assert_int_equal(vault_reseal(p.v, a.data, a.len, &moved, NULL), 1);
	says(p.v, &moved, VAULT_LOCKED);
	memcpy(other, secret, sizeof(other));
	other[7] ^= 1;
	assert_int_equal(vault_unlock(p.v, other), -1);
	g = vault_generation(p.v);
	assert_int_equal(vault_unlock(p.v, secret), 0);
	assert_true(vault_generation(p.v) != g);
	assert_int_equal(vault_unlock(p.v, secret), 0);
	assert_int_equal(vault_secret(p.v, got), 1);
	assert_memory_equal(got, secret, sizeof(got));
	vault_lock(p.v);
	says(p.v, &b, VAULT_OPEN);
	says(p.v, &moved, VAULT_OPEN);
	for (i = 9; i < b.len; i++) {
		b.data[i] ^= 4;
		says(p.v, &b, VAULT_DAMAGED);
		b.data[i] ^= 4;
	}
	vault_lock(p.v);
	says(p.v, &b, VAULT_LOCKED);
	vault_lock(p.v); /* once too often */
	assert_int_equal(vault_unlock(p.v, secret), 0);
	vault_lock(p.v);
	says(p.v, &moved, VAULT_LOCKED);
	/* another cabinet: what is in the former can never be opened here */
	cabinet(p.v, other);
	says(p.v, &b, VAULT_LOST);
	buf_free(&a);
	buf_free(&b);
	buf_free(&moved);
	place_drop(&p);
}

/* More blobs than one envelope takes, read in another order than written. */
static void
many_envelopes(void **state)
{
	enum { N = 5200 };
	static struct buf blob[N];
	struct place p;
	uint8_t secret[VAULT_KEY_LEN];
	size_t i;

	(void)state;
	place_make(&p);
	cabinet(p.v, secret);
	for (i = 0; i < N; i++)
		put(p.v, VAULT_CABINET, &blob[i]);
	assert_memory_not_equal(blob[0].data + 9, blob[N - 1].data + 9, 80);
	assert_int_equal(vault_unlock(p.v, secret), 0);
	for (i = 0; i < N; i++)
		says(p.v, &blob[i * 1031 % N], VAULT_OPEN);
	for (i = 0; i < N; i++)
		buf_free(&blob[i]);
	place_drop(&p);
}

static void
wraps(void **state)
{
	uint8_t secret[VAULT_KEY_LEN], got[VAULT_KEY_LEN];
	struct vault_wrap w, x;

	(void)state;
	random_bytes(secret, sizeof(secret));
	assert_int_equal(vault_wrap(&w, secret, "314159", 6, NULL), 0);
	assert_int_equal(w.passes, 3);
	assert_true(w.kib >= PWHASH_KIB_MIN && w.kib <= PWHASH_KIB_MAX);
	assert_int_equal(vault_unwrap(&w, got, "314159", 6, NULL), 1);
	assert_memory_equal(got, secret, sizeof(got));
	assert_int_equal(vault_unwrap(&w, got, "314158", 6, NULL), 0);
	assert_int_equal(vault_unwrap(&w, got, "3141590", 7, NULL), 0);
	x = w;
	x.box[3] ^= 1;
	assert_int_equal(vault_unwrap(&x, got, "314159", 6, NULL), 0);
	x = w;
	x.salt[0] ^= 1;
	assert_int_equal(vault_unwrap(&x, got, "314159", 6, NULL), 0);
	/* figures that a damaged file may ask for */
	x = w;
	x.kib = 2 * PWHASH_KIB_MAX;
	assert_int_equal(vault_unwrap(&x, got, "314159", 6, NULL), -1);
	x = w;
	x.passes = 1000000;
	assert_int_equal(vault_unwrap(&x, got, "314159", 6, NULL), -1);
	x.passes = 0;
	assert_int_equal(vault_unwrap(&x, got, "314159", 6, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rest),
		cmocka_unit_test(rest_key_lost),
		cmocka_unit_test(cabinet_opens_for_sessions),
		cmocka_unit_test(many_envelopes),
		cmocka_unit_test(wraps),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
