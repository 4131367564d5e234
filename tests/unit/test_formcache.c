/* Goal: a large form is read once and shared, never freed under who uses it, never another's, and neither many nor long kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "agent/record/formcache.h"

/* A form of at least so many bytes with a choice for each 60 of them. */
static void
make(struct buf *b, unsigned id, size_t bytes)
{
	size_t i;

	buf_reset(b);
	(void)buf_printf(b, "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head><h:title>f</h:title><model><instance>"
	    "<data id=\"f%u\" version=\"1\"><a/><meta><instanceID/></meta></data></instance><bind nodeset=\"/data/a\" type=\"select1\"/></model></h:head><h:body><select1 ref=\"/data/a\"><label>a</label>", id);
	for (i = 0; b->len < bytes; i++)
		(void)buf_printf(b, "<item><label>choice %zu</label><value>v%zu</value></item>\n", i, i);
	assert_int_equal(buf_puts(b, "</select1></h:body></h:html>"), 0);
}

static const struct form *
get(const struct buf *b, uint8_t hash[HASH_LEN])
{
	const struct form *f;
	struct err e = { "" };

	sha256(hash, b->data, b->len);
	if ((f = formcache_form(hash, b->data, b->len, &e)) == NULL)
		fail_msg("%s", e.text);
	assert_memory_equal(f->hash, hash, HASH_LEN);
	return f;
}

static void
test_shared(void **state)
{
	const struct form *f, *g;
	uint8_t hash[HASH_LEN];
	struct buf b;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	make(&b, 1, FORMCACHE_LEAST);
	f = get(&b, hash);
	assert_ptr_equal(formcache_find(hash), f);
	assert_ptr_equal(get(&b, hash), f);
	formcache_drop(f);
	formcache_drop(f);
	formcache_rest(0); /* somebody still uses it */
	assert_int_equal(formcache_kept(), 1);
	assert_string_equal(f->id, "f1");
	assert_non_null(form_choice(&f->root.child[0], "v7"));
	formcache_drop(f);
	formcache_rest(60000);
	assert_int_equal(formcache_kept(), 1);
	g = formcache_find(hash);
	assert_ptr_equal(g, f);
	formcache_drop(g);
	formcache_rest(0);
	assert_int_equal(formcache_kept(), 0);
	assert_null(formcache_find(hash));
	formcache_drop(NULL);
	buf_free(&b);
}

static void
test_small_and_wrong(void **state)
{
	const struct form *f;
	uint8_t hash[HASH_LEN];
	struct buf b;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	make(&b, 1, 1000);
	f = get(&b, hash);
	assert_null(formcache_find(hash)); /* its caller's alone */
	formcache_drop(f);
	make(&b, 2, FORMCACHE_LEAST);
	memset(hash, 7, sizeof(hash));
	f = formcache_form(hash, b.data, b.len, NULL); /* bytes that are not those of the hash are found by nobody else */
	assert_non_null(f);
	assert_null(formcache_find(hash));
	formcache_drop(f);
	assert_null(formcache_form(hash, "<x/>", 4, NULL));
	assert_int_equal(formcache_kept(), 0);
	buf_free(&b);
}

static void
test_bounds(void **state)
{
	const struct form *f[FORMCACHE_COUNT + 2];
	uint8_t hash[FORMCACHE_COUNT + 2][HASH_LEN];
	struct buf b;
	unsigned i;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	for (i = 0; i < FORMCACHE_COUNT + 2; i++) {
		make(&b, i, FORMCACHE_LEAST);
		f[i] = get(&b, hash[i]);
		assert_int_equal(formcache_kept(), i < FORMCACHE_COUNT ? i + 1 : FORMCACHE_COUNT);
	}
	assert_null(formcache_find(hash[0]));
	assert_string_equal(f[0]->id, "f0"); /* no longer found, and still whole */
	for (i = 0; i < FORMCACHE_COUNT + 2; i++)
		formcache_drop(f[i]);
	assert_int_equal(formcache_kept(), FORMCACHE_COUNT);
	/* by bytes: two of nine MiB are more than there is room for */
	for (i = 0; i < 2; i++) {
		make(&b, 10 + i, 1U << 16);
		(void)buf_puts(&b, "<!-- ");
		while (b.len < (9U << 20))
			(void)buf_puts(&b, "a long comment that is read quickly ................................................................................................");
		(void)buf_puts(&b, " -->");
		formcache_drop(get(&b, hash[i]));
	}
	assert_int_equal(formcache_kept(), 1);
	assert_null(formcache_find(hash[0]));
	formcache_rest(0);
	assert_int_equal(formcache_kept(), 0);
	buf_free(&b);
}

static void *
use(void *ctx)
{
	const struct buf *b = ctx;
	const struct form *f;
	uint8_t hash[HASH_LEN];
	unsigned i;

	sha256(hash, b->data, b->len);
	for (i = 0; i < 200; i++) {
		f = formcache_form(hash, b->data, b->len, NULL);
		if (f == NULL || form_choice(&f->root.child[0], "v500") == NULL)
			return ctx;
		formcache_drop(f);
		if (i % 50 == 0)
			formcache_rest(0);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t t[3];
	struct buf b;
	void *bad;
	size_t i;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	make(&b, 1, FORMCACHE_LEAST);
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, use, &b), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(t[i], &bad), 0);
		assert_null(bad);
	}
	formcache_rest(0);
	assert_int_equal(formcache_kept(), 0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_shared), cmocka_unit_test(test_small_and_wrong), cmocka_unit_test(test_bounds), cmocka_unit_test(test_threads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
