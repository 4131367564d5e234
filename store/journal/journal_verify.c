#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lapse.h"
#include "store/journal/journal_internal.h"

/* The whole journal from its bytes, entry by entry; receipts and notes in journal_verify_receipts.c. */

#define PATH_LEN 4096
#define HOLES_MAX 256

/* A stretch of an epoch that is missing, or that a loss entry says is lost. */
struct hole {
	uint32_t epoch;
	uint64_t from, to;
};

struct verify {
	struct journal *j;
	struct journal_findings *f;
	int has_prev;
	int prev_broken;           /* its header or signature was found wrong: only its row's hash counts for the next */
	struct entry prev;
	uint8_t prev_hash[HASH_LEN];
	int has_key;
	struct epoch_key key;      /* of prev's epoch */
	uint8_t anchor_note[HASH_LEN]; /* the one last found kept */
	struct hole gap[HOLES_MAX], loss[HOLES_MAX];
	size_t ngaps, nlosses;
};

void
journal_find(struct journal_findings *f, const char *code, uint32_t epoch, uint64_t seq, const char *fmt, ...)
{
	char detail[sizeof(struct err)];
	va_list ap;

	if (lapse_count() != f->lapses) /* nothing was found out */
		return;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	f->n++;
	f->cb(f->ctx, code, epoch, seq, detail);
}

static void
find(struct verify *v, const struct journal_entry *x, const char *code, const struct err *e)
{
	journal_find(v->f, code, x->h.epoch, x->h.seq, "%s", e->text);
}

static void
put_hole(struct hole *h, size_t *n, uint32_t epoch, uint64_t from, uint64_t to)
{
	if (*n < HOLES_MAX)
		h[(*n)++] = (struct hole){epoch, from, to};
}

static void
note_loss(struct verify *v, const struct journal_entry *x)
{
	cJSON *o = json_parse(x->payload.data, x->payload.len, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, NULL);
	int64_t epoch, from, to;

	if (o != NULL && json_int(o, "epoch", &epoch) == 0 && json_int(o, "from", &from) == 0 && json_int(o, "to", &to) == 0 && epoch > 0 &&
	    epoch <= JOURNAL_EPOCH_MAX && from >= 0 && to >= from)
		put_hole(v->loss, &v->nlosses, (uint32_t)epoch, (uint64_t)from, (uint64_t)to);
	cJSON_Delete(o);
}

/* Is something missing before this entry?  Then the chain cannot be judged here. */
static int
gap_before(struct verify *v, const struct journal_entry *x)
{
	uint64_t next = v->has_prev && v->prev.epoch == x->h.epoch ? v->prev.seq + 1 : 0;

	if (x->h.seq == next)
		return 0;
	put_hole(v->gap, &v->ngaps, x->h.epoch, next, x->h.seq - 1);
	return 1;
}

static int
check_chain(struct verify *v, const struct journal_entry *x)
{
	const char *code;
	struct err e;

	if (gap_before(v, x) || !v->has_prev)
		return 0;
	if (v->prev_broken) {
		if (x->h.has_prev && memcmp(x->h.prev, v->prev_hash, HASH_LEN) == 0)
			return 0;
		journal_find(v->f, "bad-chain", x->h.epoch, x->h.seq, "prev is not the entry before");
		return -1;
	}
	if ((code = journal_judge_chain(&x->h, &v->prev, v->prev_hash, &e)) == NULL)
		return 0;
	find(v, x, code, &e);
	return -1;
}

/* Seq 0 says whose signatures the epoch has; without it none of them can be judged. */
static int
take_key(struct verify *v, const struct journal_entry *x)
{
	struct epoch_key former = v->key;
	int has_former = v->has_key;
	const char *code;
	struct err e;

	if (x->h.seq != 0) {
		if (v->has_prev && v->prev.epoch == x->h.epoch)
			return v->has_key ? 0 : -1;
		v->has_key = 0;
		journal_find(v->f, "bad-signature", x->h.epoch, x->h.seq, "the epoch's first entry is missing: no signature of this epoch can be judged");
		return -1;
	}
	v->has_key = 0;
	if (entry_payload_ok(&x->h, x->payload.data, x->payload.len, &e) != 0) {
		find(v, x, "bad-payload", &e);
		journal_find(v->f, "bad-signature", x->h.epoch, 0, "the epoch's key is not known: no signature of this epoch can be judged");
		return -1;
	}
	if ((code = journal_judge_open(x, &v->key, has_former ? &former : NULL, &e)) != NULL)
		find(v, x, code, &e);
	v->has_key = code == NULL || strcmp(code, "bad-payload") != 0;
	return v->has_key ? 0 : -1;
}

static void
check_attachments(struct verify *v, const struct journal_entry *x, int dropped)
{
	char path[PATH_LEN], hex[2 * HASH_LEN + 1];
	const struct attachment *a;
	struct buf bytes;
	sqlite3_stmt *st;
	struct err e;
	size_t i;
	int delivered, rc;

	for (i = 0; i < x->h.natt; i++) {
		a = &x->h.att[i];
		enc_hex(hex, a->hash, HASH_LEN);
		st = db_get(v->j->db, "SELECT delivered FROM att WHERE hash = ?1", NULL);
		delivered = st != NULL && db_blob(st, 1, a->hash, HASH_LEN) == 0 && db_step(v->j->db, st, NULL) == 1 ? db_col_int(st, 0) != 0 : -1;
		db_put(v->j->db, st);
		if (delivered < 0)
			journal_find(v->f, "missing-attachment", x->h.epoch, x->h.seq, "%s is not in the journal's list", hex);
		if (journal_attachment_path(v->j, a->hash, path, sizeof(path)) != 0 || !file_exists(path)) {
			/* what the county has, and what was destroyed, may be gone */
			if (delivered != 1 && !(dropped && a->personal))
				journal_find(v->f, "missing-attachment", x->h.epoch, x->h.seq, "%s", hex);
			continue;
		}
		buf_init(&bytes, a->len < SIZE_MAX ? (size_t)a->len : SIZE_MAX);
		if ((rc = journal_attachment_get(v->j, a->hash, &bytes, &e)) < 0 || (rc == 2 && delivered < 1))
			find(v, x, "bad-attachment", &e);
		else if (rc == 0 && bytes.len != a->len)
			journal_find(v->f, "bad-attachment", x->h.epoch, x->h.seq, "%s: %zu bytes where the header says %" PRIu64, hex, bytes.len, a->len);
		buf_free(&bytes);
	}
}

/* The note an entry anchors must be one that was verified here. */
static void
check_anchor(struct verify *v, const struct journal_entry *x)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (x->h.anchor_size == 0 || memcmp(x->h.anchor_note, v->anchor_note, HASH_LEN) == 0)
		return;
	st = db_get(v->j->db, "SELECT 1 FROM note WHERE size = ?1 AND hash = ?2 UNION ALL SELECT 1 FROM was WHERE size = ?1 AND hash = ?2", NULL);
	if (st != NULL && db_int(st, 1, x->h.anchor_size) == 0 && db_blob(st, 2, x->h.anchor_note, HASH_LEN) == 0)
		rc = db_step(v->j->db, st, NULL);
	db_put(v->j->db, st);
	if (rc == 1)
		memcpy(v->anchor_note, x->h.anchor_note, HASH_LEN);
	else
		journal_find(v->f, "bad-anchor", x->h.epoch, x->h.seq, "no note of size %" PRIu64 " and that hash is kept", x->h.anchor_size);
}

static void
check_body(struct verify *v, const struct journal_entry *x, sqlite3_stmt *st)
{
	int dropped = db_col_int(st, 12) != 0;
	uint8_t supersedes[HASH_LEN];
	const char *code;
	struct err e;

	/* lost with its key, and the county has it: nothing is missing */
	if ((code = journal_judge_body(x, dropped || (x->personal_locked == JOURNAL_LOST && x->has_receipt), &e)) != NULL) {
		find(v, x, code, &e);
		/* the one does not hide the other */
		if (strcmp(code, "bad-payload") == 0 && (x->personal_locked == JOURNAL_ALTERED ||
		    (x->has_personal && entry_personal_ok(&x->h, x->salt, x->personal.data, x->personal.len, &e) != 0)))
			find(v, x, "bad-personal", &e);
	}
	if (db_col_null(st, 13) ? x->h.has_supersedes
	    : db_col_exact(st, 13, supersedes, HASH_LEN) != 0 || !x->h.has_supersedes || memcmp(supersedes, x->h.supersedes, HASH_LEN) != 0)
		journal_find(v->f, "bad-chain", x->h.epoch, x->h.seq, "the row names another superseded entry than the header");
	check_attachments(v, x, dropped);
	check_anchor(v, x);
	if (strcmp(x->h.kind, "loss") == 0)
		note_loss(v, x);
}

static void
stand_on(struct verify *v, const struct journal_entry *x, const uint8_t hash[HASH_LEN], int broken)
{
	v->has_prev = 1;
	v->prev_broken = broken;
	v->prev = x->h;
	memcpy(v->prev_hash, hash, HASH_LEN);
}

static void
check_row(struct verify *v, sqlite3_stmt *st, struct journal_entry *x)
{
	uint8_t hash[HASH_LEN];
	struct entry h;
	const char *code = NULL;
	struct err e = {""};
	int whole, keyed;

	if (journal_load_raw(v->j, st, x) != 0 || entry_parse(&h, x->header.data, x->header.len, &e) != 0 || h.epoch != x->h.epoch || h.seq != x->h.seq) {
		journal_find(v->f, "bad-chain", x->h.epoch, x->h.seq, "%s", e.text[0] != '\0' ? e.text : "the header is not of this place in the chain");
		(void)gap_before(v, x);
		if (x->h.seq == 0)
			v->has_key = 0;
		stand_on(v, x, x->hash, 1);
		return;
	}
	x->h = h;
	entry_hash(hash, x->header.data, x->header.len);
	whole = memcmp(hash, x->hash, HASH_LEN) == 0;
	keyed = take_key(v, x) == 0;
	if (keyed && (code = journal_judge_sig(x, &v->key, &e)) != NULL)
		find(v, x, code, &e);
	else if (!whole)
		journal_find(v->f, "bad-chain", x->h.epoch, x->h.seq, "the row's hash is not its header's");
	/* of an altered header nothing more is worth telling */
	if (whole || (keyed && code == NULL)) {
		(void)check_chain(v, x);
		if (keyed || x->h.seq != 0)
			check_body(v, x, st);
	} else
		(void)gap_before(v, x);
	stand_on(v, x, keyed && code == NULL ? hash : x->hash, !keyed || code != NULL);
}

static int
is_lost(const struct verify *v, const struct hole *g)
{
	size_t i;

	for (i = 0; i < v->nlosses; i++) {
		if (v->loss[i].epoch == g->epoch && v->loss[i].from <= g->from && v->loss[i].to >= g->to)
			return 1;
	}
	return 0;
}

static void
check_gaps(struct verify *v)
{
	const struct journal *j = v->j;
	size_t i;

	for (i = 0; i < v->ngaps; i++) {
		if (!is_lost(v, &v->gap[i]))
			journal_find(v->f, "gap", v->gap[i].epoch, v->gap[i].from, "entries to seq %" PRIu64 " are missing", v->gap[i].to);
	}
	/* the guard has seen further than the journal goes */
	if (j->has_at && j->at.epoch != 0 && (!v->has_prev || j->at.epoch > v->prev.epoch || (j->at.epoch == v->prev.epoch && j->at.seq > v->prev.seq)))
		journal_find(v->f, "gap", j->at.epoch, j->at.seq, "the guard knows this entry, the journal ends before it");
}

int
journal_verify(struct journal *j, void (*cb)(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail), void *ctx)
{
	struct journal_findings f = {cb, ctx, 0, lapse_count()};
	struct verify *v = NULL;
	struct journal_entry x;
	sqlite3_stmt *st = NULL;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	journal_entry_init(&x);
	j->walks++;
	if ((v = lapsed(calloc(1, sizeof(*v)))) == NULL || (st = db_get(j->db, "SELECT " JOURNAL_COLUMNS ", dropped, supersedes FROM entry ORDER BY n", NULL)) == NULL)
		goto out;
	v->j = j;
	v->f = &f;
	while ((rc = db_step(j->db, st, NULL)) == 1)
		check_row(v, st, &x);
	if (rc == 0) {
		check_gaps(v);
		rc = journal_verify_receipts(j, &f);
	}
out:
	j->walks--;
	db_put(j->db, st);
	journal_entry_free(&x);
	free(v);
	return journal_leave(j, rc < 0 || lapse_count() != f.lapses ? -1 : f.n);
}
