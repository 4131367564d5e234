/* Goal: requests that wait together are appended under one head, each gets what is its own, a bad one fails alone, and what failed is confirmed to nobody and works again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/enc.h"
#include "sync/county_group.h"
#include "tests/lib/village.h"

#define N 6 /* at most */

/* One that asks, on a thread and a ledger handle of its own. */
struct asker {
	struct village *v;
	struct county c;
	struct device_request r;
	struct buf out;
	struct county_stats stats;
	struct err e;
	uint64_t now;
	int rc;
	pthread_t thread;
};

struct town {
	struct hall h;
	struct county writer;
	struct county_group *g;
	struct village v[N];
	struct asker a[N];
	size_t n;
};

static void
desk(struct town *t, struct county *c)
{
	struct err e = { "" };

	*c = t->h.c;
	if ((c->l = ledger_open(t->h.k.url, t->h.k.guard, &e)) == NULL)
		fail_msg("%s", e.text);
}

static void
town_open(struct town *t, size_t n)
{
	char place[16];
	size_t i;

	memset(t, 0, sizeof(*t));
	t->n = n;
	hall_open(&t->h);
	desk(t, &t->writer);
	assert_non_null(t->g = county_group_new(&t->writer));
	for (i = 0; i < t->n; i++) {
		(void)snprintf(place, sizeof(place), "4512241022%02u", (unsigned)(i + 1) % 100);
		village_open(&t->v[i], &t->h, (uint8_t)(60 + i), place);
		village_settle(&t->v[i], &t->h);
		desk(t, &t->a[i].c);
		t->a[i].c.group = t->g;
		t->a[i].v = &t->v[i];
	}
}

static void
town_close(struct town *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		ledger_close(t->a[i].c.l);
		village_close(&t->v[i]);
	}
	county_group_free(t->g);
	ledger_close(t->writer.l);
	hall_close(&t->h);
}

static void
ask_for(struct town *t, struct asker *a)
{
	buf_init(&a->out, ANSWER_MAX);
	a->e.text[0] = '\0';
	a->now = t->h.k.now++;
	village_request(a->v, 1U << 20, &a->r);
}

static void *
ask(void *arg)
{
	struct asker *a = arg;

	a->rc = county_sync(&a->c, a->r.bytes.data, a->r.bytes.len, a->now, &a->out, &a->stats, &a->e);
	return NULL;
}

static void
forget(struct asker *a)
{
	buf_free(&a->out);
	buf_free(&a->r.bytes);
}

/* All of them; the first holds the others up in its append until all have come. */
static void
together(struct town *t, struct asker **a, size_t n, useconds_t apart)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[300];
	size_t i;
	int fd;

	(void)snprintf(path, sizeof(path), "%s.lock", t->h.k.guard);
	assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(pthread_create(&a[i]->thread, NULL, ask, a[i]), 0);
		if (i == 0 || apart > 0)
			usleep(i == 0 ? 150000 : apart);
	}
	usleep(300000);
	whole.l_type = F_UNLCK;
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	(void)close(fd);
	for (i = 0; i < n; i++)
		(void)pthread_join(a[i]->thread, NULL);
}

static void
all_together(struct town *t)
{
	struct asker *a[N];
	size_t i;

	for (i = 0; i < t->n; i++)
		ask_for(t, a[i] = &t->a[i]);
	together(t, a, t->n, 0);
}

static uint64_t
heads(struct town *t)
{
	struct county_group_state s;

	county_group_state(t->g, &s);
	return s.heads;
}

static uint64_t
judged(struct asker *a)
{
	struct device_outcome o;

	assert_int_equal(a->rc, 0);
	assert_int_equal(a->stats.status, ANSWER_OK);
	if (device_answer(&o, a->v->j, &a->r, a->out.data, a->out.len, &a->e) != DEVICE_OK)
		fail_msg("%s", a->e.text);
	return o.confirmed;
}

static void
outsider(struct town *t, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(t->h.k.db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static void
test_one_head(void **state)
{
	struct county_group_state s;
	struct town t;
	size_t i;

	(void)state;
	town_open(&t, 6);
	for (i = 0; i < t.n; i++)
		village_add(&t.v[i], i + 1);
	all_together(&t);
	for (i = 0; i < t.n; i++) {
		assert_int_equal(t.a[i].stats.entries, i + 1);
		assert_int_equal(judged(&t.a[i]), i + 1);
		forget(&t.a[i]);
		assert_int_equal(village_counts(&t.v[i]).waiting, 0);
		village_sound(&t.v[i]);
		assert_int_equal(hall_entries(&t.h, &t.v[i]), i + 2);
	}
	county_group_state(t.g, &s);
	assert_int_equal(s.requests, t.n);
	assert_in_range(s.heads, 1, t.n / 2); /* two: the first, and all that waited for it */
	assert_int_equal(s.may_sign, 1);
	hall_sound(&t.h);
	town_close(&t);
}

/* The ledger does not take the entries of one device: the others get their receipts all the same. */
static void
test_bad_one_alone(void **state)
{
	struct town t;
	char sql[400], hex[2 * HASH_LEN + 1];
	size_t i;

	(void)state;
	town_open(&t, 4);
	enc_hex(hex, t.v[2].m.device, HASH_LEN);
	(void)snprintf(sql, sizeof(sql), "CREATE TRIGGER bad BEFORE INSERT ON entry WHEN NEW.dev = (SELECT dev FROM device WHERE device = x'%s')"
	    " BEGIN SELECT RAISE(ABORT, 'not this one'); END", hex);
	outsider(&t, sql);
	for (i = 0; i < t.n; i++)
		village_add(&t.v[i], 2);
	all_together(&t);
	for (i = 0; i < t.n; i++) {
		if (i == 2)
			assert_int_equal(t.a[i].rc, -1);
		else
			assert_int_equal(judged(&t.a[i]), 2);
		forget(&t.a[i]);
	}
	assert_int_equal(hall_entries(&t.h, &t.v[2]), 1);
	outsider(&t, "DROP TRIGGER bad");
	ask_for(&t, &t.a[2]);
	(void)ask(&t.a[2]);
	assert_int_equal(judged(&t.a[2]), 2);
	forget(&t.a[2]);
	hall_sound(&t.h);
	town_close(&t);
}

/* Nothing can be written: nobody is told anything, nothing is there; later all works, and everything is there once. */
static void
test_none_confirmed(void **state)
{
	struct town t;
	uint64_t size, then;
	uint8_t root[HASH_LEN];
	size_t i;

	(void)state;
	town_open(&t, 3);
	for (i = 0; i < t.n; i++)
		village_add(&t.v[i], 2);
	assert_int_equal(ledger_head(t.h.c.l, &size, root), 0);
	outsider(&t, "CREATE TRIGGER bad BEFORE INSERT ON note BEGIN SELECT RAISE(ABORT, 'no room'); END");
	all_together(&t);
	for (i = 0; i < t.n; i++) {
		assert_int_equal(t.a[i].rc, -1);
		assert_int_equal(t.a[i].out.len, 0);
		forget(&t.a[i]);
	}
	assert_int_equal(ledger_head(t.h.c.l, &then, root), 0);
	assert_int_equal(then, size);
	assert_int_equal(heads(&t), 0);
	outsider(&t, "DROP TRIGGER bad");
	all_together(&t);
	for (i = 0; i < t.n; i++) {
		assert_int_equal(judged(&t.a[i]), 2);
		forget(&t.a[i]);
		assert_int_equal(hall_entries(&t.h, &t.v[i]), 3);
	}
	assert_int_equal(ledger_head(t.h.c.l, &then, root), 0);
	assert_int_equal(then, size + 2 * t.n);
	hall_sound(&t.h);
	town_close(&t);
}

/* Two requests of one device wait together: whether the second forks is judged on what the first brought. */
static void
test_one_of_a_device(void **state)
{
	struct asker *a[3], second;
	struct town t;

	(void)state;
	town_open(&t, 3);
	village_add(&t.v[0], 1);
	village_add(&t.v[1], 2);
	ask_for(&t, a[0] = &t.a[0]);
	ask_for(&t, a[1] = &t.a[1]);
	village_add(&t.v[1], 1);
	second = t.a[1];
	second.c = t.a[2].c;
	ask_for(&t, a[2] = &second);
	together(&t, a, 3, 100000);
	assert_int_equal(heads(&t), 3);
	assert_int_equal(judged(&t.a[0]), 1);
	assert_int_equal(t.a[1].stats.entries, 2);
	assert_int_equal(second.stats.entries, 1);
	assert_int_equal(judged(&second), 3);
	forget(&t.a[0]);
	forget(&t.a[1]);
	forget(&second);
	hall_sound(&t.h);
	town_close(&t);
}

/* The same bytes twice at once: one of them is told that it comes too late, and nothing is there twice. */
static void
test_doubled(void **state)
{
	struct asker *a[3], second;
	struct town t;

	(void)state;
	town_open(&t, 3);
	village_add(&t.v[0], 1);
	village_add(&t.v[1], 2);
	ask_for(&t, a[0] = &t.a[0]);
	ask_for(&t, a[1] = &t.a[1]);
	second = t.a[1];
	second.c = t.a[2].c;
	buf_init(&second.out, ANSWER_MAX);
	a[2] = &second;
	together(&t, a, 3, 100000);
	assert_int_equal(judged(&t.a[1]), 2);
	assert_int_equal(second.rc, 0);
	assert_int_equal(second.stats.status, ANSWER_ROLLED_BACK);
	assert_int_equal(second.stats.entries, 0);
	assert_int_equal(hall_entries(&t.h, &t.v[1]), 3);
	buf_free(&second.out);
	forget(&t.a[0]);
	forget(&t.a[1]);
	hall_sound(&t.h);
	town_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_head),
		cmocka_unit_test(test_bad_one_alone),
		cmocka_unit_test(test_none_confirmed),
		cmocka_unit_test(test_one_of_a_device),
		cmocka_unit_test(test_doubled),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
