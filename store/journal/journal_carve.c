#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "store/journal/journal_internal.h"

/*
 * Rows of entries found by their own bytes, page by page, in a database that
 * SQLite cannot follow any more, or in a log behind a frame that is damaged.
 * What is found must prove itself like any entry.
 */

#define PATH_LEN 4096
#define PAGE 4096              /* journals are made with SQLite's default */
#define WAL_HEAD 32
#define FRAME_HEAD 24
#define FRAME (FRAME_HEAD + PAGE)
#define ROW_MAX ((size_t)1 << 18)
#define COLUMNS_MIN 14         /* of the first version; later ones add behind them */
#define COLUMNS_MAX 32
#define HEADER_BEGIN "tallystick/entry/v1\n"

struct column { uint64_t type; size_t at, len; };

struct carve {
	struct journal *j;
	int db, wal;               /* -1: not there */
	off_t pages, frames;
	int openings;              /* this pass takes first entries of epochs, whose keys the others want */
	uint8_t page[PAGE];
	struct buf row;
	struct column col[COLUMNS_MAX];
	size_t ncols;
	uint64_t found;
	struct err *e;
};

/* What a file that was cut short does not have is zero. */
static int
read_at(int fd, uint8_t *p, size_t n, off_t at)
{
	ssize_t got = fd >= 0 ? pread(fd, p, n, at) : -1;

	if (got <= 0)
		return -1;
	memset(p + got, 0, n - (size_t)got);
	return 0;
}

/* A page as it was last: from the log, else from the database.  0 or -1. */
static int
fetch(struct carve *c, uint32_t number, uint8_t page[PAGE])
{
	uint8_t head[4];
	off_t i;

	for (i = c->frames - 1; i >= 0; i--) {
		if (read_at(c->wal, head, sizeof(head), WAL_HEAD + i * FRAME) == 0 && dec_be(head, 4) == number)
			return read_at(c->wal, page, PAGE, WAL_HEAD + i * FRAME + FRAME_HEAD);
	}
	return number > 0 ? read_at(c->db, page, PAGE, (off_t)(number - 1) * PAGE) : -1;
}

/* SQLite's variable-length integer of at most 8 bytes: its length, 0 when it runs beyond ${end}. */
static size_t
varint(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
	size_t i;

	*v = 0;
	for (i = 0; i < 8 && p + i < end; i++) {
		*v = *v << 7 | (p[i] & 0x7fU);
		if ((p[i] & 0x80U) == 0)
			return i + 1;
	}
	return 0;
}

static size_t
type_len(uint64_t type)
{
	static const uint8_t fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};

	return type < 12 ? fixed[type] : type - 12 > ROW_MAX * 2 ? ROW_MAX + 1 : (size_t)(type - 12) / 2;
}

/* The columns of a record whose head of ${head} bytes stands at ${p}.  The record's length, or 0. */
static size_t
columns(struct carve *c, const uint8_t *p, size_t head)
{
	size_t at = 1, total = head, n;
	uint64_t type;

	for (c->ncols = 0; at < head; at += n, c->ncols++) {
		if (c->ncols == COLUMNS_MAX || (n = varint(p + at, p + head, &type)) == 0 || type_len(type) > ROW_MAX)
			return 0;
		c->col[c->ncols] = (struct column){type, total, type_len(type)};
		total += type_len(type);
	}
	return c->ncols >= COLUMNS_MIN && total <= ROW_MAX ? total : 0;
}

/* The whole record: what lies in this page, and what overflowed into others. */
static int
gather(struct carve *c, size_t at, size_t total)
{
	const size_t most = PAGE - 35, least = (PAGE - 12) * 32 / 255 - 23, each = PAGE - 4;
	size_t local = total, k;
	uint8_t page[PAGE];
	uint32_t next;

	if (total > most) {
		local = least + (total - least) % each;
		if (local > most)
			local = least;
	}
	buf_reset(&c->row);
	if (at + local + (total > local ? 4U : 0U) > PAGE || buf_put(&c->row, c->page + at, local) != 0)
		return -1;
	next = total > local ? (uint32_t)dec_be(c->page + at + local, 4) : 0;
	while (c->row.len < total) {
		if (fetch(c, next, page) != 0)
			return -1;
		k = total - c->row.len < each ? total - c->row.len : each;
		if (buf_put(&c->row, page + 4, k) != 0)
			return -1;
		next = (uint32_t)dec_be(page, 4);
	}
	return 0;
}

static int
bind_column(sqlite3_stmt *st, int i, const struct column *col, const uint8_t *p)
{
	uint64_t v = 0;
	size_t k;

	if (col->type == 0 || col->type == 7 || col->type > 9) {
		if (col->type < 12)
			return sqlite3_bind_null(st, i);
		return col->type % 2 ? sqlite3_bind_text(st, i, (const char *)p + col->at, (int)col->len, SQLITE_STATIC)
		    : sqlite3_bind_blob(st, i, p + col->at, (int)col->len, SQLITE_STATIC);
	}
	if (col->type >= 8)
		return sqlite3_bind_int64(st, i, (sqlite3_int64)(col->type - 8));
	for (k = 0; k < col->len; k++)
		v = v << 8 | p[col->at + k];
	return sqlite3_bind_int64(st, i, (sqlite3_int64)v); /* none of ours is negative */
}

/* Put the row in; 1 when it is new, 0 when there is one already or it is none of ours; -1. */
static int
put(struct carve *c, uint64_t n)
{
	static const char sql[] = "INSERT OR IGNORE INTO entry (n, hash, header, sig, payload, salt, personal, dropped, id, subject, supersedes, log_index,"
				  " received, state) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
	sqlite3_stmt *st = db_get(c->j->db, sql, c->e);
	int i, rc = 0;

	if (st == NULL)
		return -1;
	if (db_int(st, 1, n) != 0)
		rc = -1;
	for (i = 2; rc == 0 && i <= COLUMNS_MIN; i++)
		rc = bind_column(st, i, &c->col[i - 1], c->row.data) == SQLITE_OK ? 0 : -1;
	if (rc == 0)
		rc = db_step(c->j->db, st, c->e);
	db_put(c->j->db, st);
	return rc < 0 ? -1 : db_changes(c->j->db) > 0;
}

static int
take_out(struct carve *c, uint64_t n)
{
	sqlite3_stmt *st = db_get(c->j->db, "DELETE FROM entry WHERE n = ?1", c->e);

	if (st == NULL || db_int(st, 1, n) != 0) {
		db_put(c->j->db, st);
		return -1;
	}
	return db_run(c->j->db, st, c->e);
}

/* Put it in, look at it as at any entry, and take it out again unless it holds.  0 or -1. */
static int
try_row(struct carve *c, const struct entry *h)
{
	uint64_t n = journal_row(h->epoch, h->seq);
	unsigned long lapses = lapse_count();
	struct journal_entry x;
	sqlite3_stmt *st;
	int rc = put(c, n), good = 0;

	if (rc != 1)
		return rc;
	journal_entry_init(&x);
	rc = -1;
	if ((st = db_get(c->j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE n = ?1", c->e)) != NULL && db_int(st, 1, n) == 0 &&
	    (rc = db_step(c->j->db, st, c->e)) == 1) {
		good = journal_load(c->j, st, &x) == 0 && journal_holds(c->j, &x);
		rc = 0;
	}
	db_put(c->j->db, st);
	if (rc == 0 && lapse_count() != lapses)
		rc = err_set(c->e, "out of memory");
	if (rc == 0)
		rc = good ? journal_insert_attachments(c->j, h, c->e) : take_out(c, n);
	c->found += rc == 0 && good;
	journal_entry_free(&x);
	return rc;
}

/* A header's text stands at ${at} of the page: behind the record's head and the hash.  0 or -1. */
static int
look_before(struct carve *c, size_t at)
{
	size_t head, from, total;
	struct entry h;

	for (head = COLUMNS_MIN + 1; head < 3 * COLUMNS_MAX && head + HASH_LEN <= at; head++) {
		from = at - HASH_LEN - head;
		if (c->page[from] != head || c->page[from + 1] != 0 || c->page[from + 2] != 12 + 2 * HASH_LEN)
			continue;
		if ((total = columns(c, c->page + from, head)) == 0 || gather(c, from, total) != 0)
			continue;
		if (entry_parse(&h, c->row.data + c->col[2].at, c->col[2].len, NULL) != 0 || h.epoch > JOURNAL_EPOCH_MAX || h.seq > JOURNAL_SEQ_MAX)
			continue;
		return (h.seq == 0) == c->openings ? try_row(c, &h) : 0;
	}
	return 0;
}

static int
search_page(struct carve *c)
{
	const uint8_t *p = c->page;
	const uint8_t *hit;

	while ((hit = memmem(p, (size_t)(c->page + PAGE - p), HEADER_BEGIN, sizeof(HEADER_BEGIN) - 1)) != NULL) {
		if (look_before(c, (size_t)(hit - c->page)) != 0)
			return -1;
		p = hit + 1;
	}
	return 0;
}

/* The newest first: of two versions of a row the later one stands. */
static int
search(struct carve *c)
{
	off_t i;

	for (i = c->frames - 1; i >= 0; i--) {
		if (read_at(c->wal, c->page, PAGE, WAL_HEAD + i * FRAME + FRAME_HEAD) == 0 && search_page(c) != 0)
			return -1;
	}
	for (i = 0; i < c->pages; i++) {
		if (read_at(c->db, c->page, PAGE, i * PAGE) == 0 && search_page(c) != 0)
			return -1;
	}
	return 0;
}

int
journal_carve(struct journal *j, const char *path, uint64_t *found, struct err *e)
{
	struct carve c = {.j = j, .db = -1, .wal = -1, .e = e};
	char wal[PATH_LEN];
	int rc = -1;

	*found = 0;
	buf_init(&c.row, ROW_MAX);
	if (snprintf(wal, sizeof(wal), "%s-wal", path) >= (int)sizeof(wal))
		return err_set(e, "%.200s: the path is too long", path);
	if ((c.db = open(path, O_RDONLY | O_CLOEXEC)) >= 0)
		c.pages = (lseek(c.db, 0, SEEK_END) + PAGE - 1) / PAGE;
	if ((c.wal = open(wal, O_RDONLY | O_CLOEXEC)) >= 0)
		c.frames = (lseek(c.wal, 0, SEEK_END) - WAL_HEAD + FRAME - 1) / FRAME;
	for (c.openings = 1; c.openings >= 0; c.openings--) {
		if ((rc = search(&c)) != 0)
			break;
	}
	*found = c.found;
	if (c.db >= 0)
		(void)close(c.db);
	if (c.wal >= 0)
		(void)close(c.wal);
	buf_free(&c.row);
	return rc;
}
