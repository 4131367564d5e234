#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/record/recorder.h"
#include "bench/world.h"

/*
 * A durable record beside its floor: bare SQLite (WAL, synchronous=FULL,
 * EXCLUSIVE, psow=0) committing one row of the same bytes, on the same file
 * system.  A second floor adds what the order on disk asks for: a guard slot
 * written and synced after the commit.  All take turns, one entry each.
 *
 *     record DIR CORPUS WARM COUNT [floor|journal]
 *
 * With a last word only that side runs, for counting its system calls.
 */

enum { FLOOR, ORDERED, JOURNAL, COMPOSE, RECORDER, SIDES };

static const char *const names[SIDES] = {"floor", "ordered", "append", "compose", "recorder"};

struct bare {
	sqlite3 *db;
	sqlite3_stmt *begin, *insert, *commit;
};

static void
bare_open(struct bare *b, const char *dir, const char *name)
{
	static const char setup[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
				    "CREATE TABLE row (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);";
	char uri[600];

	(void)snprintf(uri, sizeof(uri), "file:%s/%s.db?psow=0", dir, name);
	if (sqlite3_open_v2(uri, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_exec(b->db, setup, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(b->db, "BEGIN IMMEDIATE", -1, &b->begin, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(b->db, "INSERT INTO row (bytes) VALUES (?1)", -1, &b->insert, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(b->db, "COMMIT", -1, &b->commit, NULL) != SQLITE_OK)
		die("the floor's database: %s", sqlite3_errmsg(b->db));
}

static void
bare_close(struct bare *b)
{
	(void)sqlite3_finalize(b->begin);
	(void)sqlite3_finalize(b->insert);
	(void)sqlite3_finalize(b->commit);
	(void)sqlite3_close(b->db);
}

static void
step(struct bare *b, sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE || sqlite3_reset(st) != SQLITE_OK)
		die("the floor's database: %s", sqlite3_errmsg(b->db));
}

static void
bare_put(struct bare *b, const struct buf *bytes)
{
	step(b, b->begin);
	(void)sqlite3_bind_blob(b->insert, 1, bytes->data, (int)bytes->len, SQLITE_STATIC);
	step(b, b->insert);
	step(b, b->commit);
}

static void
slot_put(int fd, size_t i)
{
	uint8_t slot[512];

	memset(slot, (int)(i & 0xff), sizeof(slot));
	if (pwrite(fd, slot, sizeof(slot), (off_t)(i % 2 * sizeof(slot))) != (ssize_t)sizeof(slot) || fdatasync(fd) != 0)
		die("the floor's guard slot cannot be written");
}

static int
slot_open(const char *dir)
{
	static const uint8_t slots[1024];
	char path[600];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/floor.slot", dir);
	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600)) < 0 || write(fd, slots, sizeof(slots)) != (ssize_t)sizeof(slots) || fsync(fd) != 0)
		die("%s: cannot be made", path);
	return fd;
}

/* All that the journal is given to keep of one entry. */
static void
bytes_of(struct buf *b, const struct journal_entry *x)
{
	buf_reset(b);
	(void)buf_put(b, x->hash, HASH_LEN);
	(void)buf_put(b, x->header.data, x->header.len);
	(void)buf_put(b, x->sig[0].keyhash, HASH_LEN);
	(void)buf_put(b, x->sig[0].sig, SIG_LEN);
	(void)buf_put(b, x->payload.data, x->payload.len);
	(void)buf_put(b, x->salt, x->has_personal ? ENTRY_SALT_LEN : 0);
	(void)buf_put(b, x->personal.data, x->personal.len);
	(void)buf_puts(b, x->id);
	(void)buf_puts(b, x->subject);
	if (!buf_ok(b))
		die("out of memory");
}

/* The agent's own path, from a filled draft to a durable entry. */
static void
record(struct agent *ag, const struct bench_row *r, const struct form *f)
{
	struct draft d;
	struct recorded out = {.existed = 0};
	struct err e = {""};

	draft_init(&d, "record", ag);
	d.form = f;
	(void)buf_put(&d.payload, r->payload, r->payload_len);
	(void)buf_put(&d.personal, r->personal, r->personal_len);
	(void)snprintf(d.subject, sizeof(d.subject), "%s", r->subject);
	if (recorder_append(ag, &d, 1, &out, &e) != 0)
		die("recorder: %s", e.text);
	draft_free(&d);
}

struct race {
	struct world w;
	struct village v, third;   /* journal alone; the recorder's */
	struct agent ag;
	struct form form;
	struct bare bare, ordered; /* the floor; the floor that has a guard slot behind it */
	int slot;
	struct buf bytes;
	const char *only;
	double *ns[SIDES];
	double total;              /* bytes of the entries measured */
};

static int
wanted(const struct race *r, const char *side)
{
	return r->only == NULL || strcmp(r->only, side) == 0;
}

/* One entry on every side; times go to slot ${at} unless it is warming up. */
static void
turn(struct race *r, const struct bench_row *row, int measured, size_t at)
{
	struct journal_entry x;
	struct err e = {""};
	uint64_t t[7];

	t[0] = now_ns();
	village_compose(&r->v, row, &x);
	t[1] = now_ns();
	bytes_of(&r->bytes, &x);
	t[2] = now_ns();
	if (wanted(r, "floor"))
		bare_put(&r->bare, &r->bytes);
	t[3] = now_ns();
	if (wanted(r, "ordered")) {
		bare_put(&r->ordered, &r->bytes);
		slot_put(r->slot, at);
	}
	t[4] = now_ns();
	if (wanted(r, "journal") && journal_append(r->v.j, &x, 1, &e) != 0)
		die("%s", e.text);
	t[5] = now_ns();
	if (r->only == NULL)
		record(&r->ag, row, &r->form);
	t[6] = now_ns();
	journal_entry_free(&x);
	if (!measured)
		return;
	r->total += (double)r->bytes.len;
	r->ns[COMPOSE][at] = (double)(t[1] - t[0]);
	r->ns[FLOOR][at] = (double)(t[3] - t[2]);
	r->ns[ORDERED][at] = (double)(t[4] - t[3]);
	r->ns[JOURNAL][at] = (double)(t[5] - t[4]);
	r->ns[RECORDER][at] = (double)(t[6] - t[5]);
}

static void
set_up(struct race *r, const char *dir, const struct corpus *c, size_t count)
{
	size_t i;

	world_open(&r->w, dir);
	village_open(&r->v, &r->w, c->row[0].place);
	village_open(&r->third, &r->w, c->row[0].place);
	bare_open(&r->bare, dir, "floor");
	bare_open(&r->ordered, dir, "ordered");
	r->slot = slot_open(dir);
	buf_init(&r->bytes, 1U << 20);
	(void)snprintf(r->ag.dir, sizeof(r->ag.dir), "%s", r->third.dir);
	(void)snprintf(r->ag.place, sizeof(r->ag.place), "%s", r->third.place);
	r->ag.j = r->third.j;
	r->ag.s = r->third.s;
	r->ag.epoch = 1;
	memcpy(r->ag.device, r->third.device, HASH_LEN);
	r->form.id = r->w.form[0].id;
	r->form.version = r->w.form[0].version;
	memcpy(r->form.hash, r->w.form[0].hash, HASH_LEN);
	for (i = 0; i < SIDES; i++) {
		if ((r->ns[i] = calloc(count, sizeof(double))) == NULL)
			die("out of memory");
	}
}

/* The median of one side over another, entry by entry. */
static double
beside(const struct race *r, int side, int floor, size_t count)
{
	double m, *ratio = calloc(count, sizeof(double));
	size_t k;

	if (ratio == NULL)
		die("out of memory");
	for (k = 0; k < count; k++)
		ratio[k] = r->ns[side][k] / r->ns[floor][k];
	m = median(ratio, count);
	free(ratio);
	return m;
}

static void
report(const struct race *r, size_t count)
{
	double sum;
	size_t i, k;

	(void)printf("entries %zu\nbytes %.0f\n", count, r->total / (double)count);
	(void)printf("order-ratio %.3f\n", beside(r, JOURNAL, ORDERED, count));
	for (i = 0; i < SIDES; i++)
		(void)printf("%s-ratio %.3f\n", names[i], beside(r, (int)i, FLOOR, count));
	/* the medians last: they sort what was measured */
	for (i = 0; i < SIDES; i++) {
		for (sum = 0, k = 0; k < count; k++)
			sum += r->ns[i][k];
		(void)printf("%s-us %.1f\n%s-mean-us %.1f\n", names[i], median(r->ns[i], count) / 1e3, names[i], sum / (double)count / 1e3);
	}
}

int
main(int argc, char **argv)
{
	struct race r = {.only = argc > 5 ? argv[5] : NULL};
	struct corpus c;
	size_t warm, count, i;

	if (argc < 5 || (count = strtoul(argv[4], NULL, 10)) == 0)
		die("usage: record DIR CORPUS WARM COUNT [floor|journal]");
	warm = strtoul(argv[3], NULL, 10);
	corpus_load(&c, argv[2]);
	set_up(&r, argv[1], &c, count);
	for (i = 0; i < warm + count; i++)
		turn(&r, &c.row[i % c.n], i >= warm, i - warm);
	if (r.only == NULL)
		report(&r, count);
	for (i = 0; i < SIDES; i++)
		free(r.ns[i]);
	buf_free(&r.bytes);
	bare_close(&r.bare);
	bare_close(&r.ordered);
	(void)close(r.slot);
	village_close(&r.v);
	village_close(&r.third);
	world_close(&r.w);
	corpus_free(&c);
	return 0;
}
