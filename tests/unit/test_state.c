#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypto/sign.h"
#include "store/state.h"

/* Goal: a state file is read whole after any cut between its steps and any damage to one of its copies; never a mixture. */

struct place {
	char dir[64], live[128], fresh[144], previous[144];
};

static void
place_make(struct place *p)
{
	(void)strcpy(p->dir, "/tmp/test_state.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->live, sizeof(p->live), "%s/s", p->dir);
	(void)snprintf(p->fresh, sizeof(p->fresh), "%s.new", p->live);
	(void)snprintf(p->previous, sizeof(p->previous), "%s.previous", p->live);
}

static void
place_drop(struct place *p)
{
	assert_int_equal(state_remove(p->live), 0);
	assert_int_equal(rmdir(p->dir), 0);
}

static int
load(const struct place *p, char out[64])
{
	struct buf b;
	int rc;

	buf_init(&b, 63);
	rc = state_load(p->live, &b, NULL);
	(void)snprintf(out, 64, "%s", buf_str(&b));
	buf_free(&b);
	return rc;
}

static void
save(const struct place *p, const char *text)
{
	struct err e;

	if (state_save(p->live, text, strlen(text), &e) != 0)
		fail_msg("%s", e.text);
}

static void
as_saved(void **state)
{
	struct place p;
	struct stat st;
	char text[64];

	(void)state;
	place_make(&p);
	assert_int_equal(load(&p, text), 0);
	save(&p, "one\n");
	assert_int_equal(load(&p, text), 1);
	assert_string_equal(text, "one\n");
	save(&p, "two\n");
	assert_int_equal(load(&p, text), 1);
	assert_string_equal(text, "two\n");
	assert_int_equal(stat(p.live, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(state_save(p.live, "no end", 6, NULL), -1);
	assert_int_equal(state_save(p.live, "", 0, NULL), -1);
	assert_int_equal(load(&p, text), 1);
	assert_string_equal(text, "two\n");
	place_drop(&p);
}

/* What is left by a cut after each step of a save of "two" over "one". */
static void
every_cut(void **state)
{
	struct place p;
	struct buf one, two;
	char text[64];
	size_t i;

	(void)state;
	place_make(&p);
	buf_init(&one, 256);
	buf_init(&two, 256);
	save(&p, "one\n");
	assert_int_equal(file_read(p.live, &one, NULL), 0);
	save(&p, "two\n");
	assert_int_equal(file_read(p.live, &two, NULL), 0);
	/* half written: the old one */
	for (i = 0; i < two.len; i++) {
		assert_int_equal(state_remove(p.live), 0);
		assert_int_equal(file_write(p.live, one.data, one.len, 0600, NULL), 0);
		assert_int_equal(file_write(p.fresh, two.data, i, 0600, NULL), 0);
		assert_int_equal(load(&p, text), 1);
		assert_string_equal(text, "one\n");
		/* and the live one moved away already, as an unordered file system may have it */
		assert_int_equal(rename(p.live, p.previous), 0);
		assert_int_equal(load(&p, text), 2);
		assert_string_equal(text, "one\n");
	}
	/* between the two renames: the new one */
	assert_int_equal(file_write(p.fresh, two.data, two.len, 0600, NULL), 0);
	assert_int_equal(load(&p, text), 2);
	assert_string_equal(text, "two\n");
	/* and a save from there heals it */
	save(&p, "six\n");
	assert_int_equal(load(&p, text), 1);
	assert_string_equal(text, "six\n");
	buf_free(&one);
	buf_free(&two);
	place_drop(&p);
}

/* Every byte of the live copy changed in turn, and every length of it: the previous one is read. */
static void
every_damage(void **state)
{
	struct place p;
	struct buf live;
	char text[64];
	size_t i;

	(void)state;
	place_make(&p);
	buf_init(&live, 256);
	save(&p, "one\n");
	save(&p, "two\n");
	assert_int_equal(file_read(p.live, &live, NULL), 0);
	for (i = 0; i < live.len; i++) {
		live.data[i] ^= 1;
		assert_int_equal(file_write(p.live, live.data, live.len, 0600, NULL), 0);
		live.data[i] ^= 1;
		assert_int_equal(load(&p, text), 2);
		assert_string_equal(text, "one\n");
		assert_int_equal(file_write(p.live, live.data, i, 0600, NULL), 0);
		assert_int_equal(load(&p, text), 2);
		assert_string_equal(text, "one\n");
	}
	/* both damaged: that is said, and it is not "nothing there" */
	assert_int_equal(file_write(p.previous, "x", 1, 0600, NULL), 0);
	assert_int_equal(load(&p, text), -1);
	assert_string_equal(text, "");
	buf_free(&live);
	place_drop(&p);
}

static void
twice(void **state)
{
	struct place p;
	char text[64];

	(void)state;
	place_make(&p);
	save(&p, "old\n");
	assert_int_equal(state_save_twice(p.live, "now\n", 4, NULL), 0);
	assert_int_equal(unlink(p.live), 0);
	assert_int_equal(load(&p, text), 2);
	assert_string_equal(text, "now\n");
	place_drop(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_saved),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(every_damage),
		cmocka_unit_test(twice),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
