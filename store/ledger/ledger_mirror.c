#include "store/ledger/ledger_mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "crypto/seal.h"
#include "evidence/leaf.h"
#include "evidence/note.h"

/*
 * The log's second place.  What it lacks is always taken from the database, as
 * committed: so one walk serves a new batch, a batch whose mirror failed, and
 * a mirror that has just been asked for.
 */

#define FACT "mirror"
#define FLUSH_BYTES ((size_t)4 << 20)
#define BODY_MAX ((size_t)32 << 20)

struct copying {
	struct ledger *l;
	struct mirror_head h;
	uint64_t next;             /* leaf */
	struct buf items, boxes, scratch;
	struct err *e;
};

static int
item(struct buf *b, enum mirror_item kind, const void *p, size_t n)
{
	(void)buf_putc(b, (uint8_t)kind);
	(void)buf_be(b, n, 4);
	return buf_put(b, p, n);
}

static int
sealed_box(struct copying *c, uint64_t index, const struct buf *plain)
{
	struct buf box;
	int rc;

	buf_init(&box, MIRROR_BOX_MAX);
	rc = seal(&box, plain->data, plain->len, mirror_key(c->l->mirror)) == 0 && mirror_box(&c->boxes, index, box.data, box.len) == 0 ? 0 : -1;
	buf_free(&box);
	return rc == 0 ? 0 : err_set(c->e, "log mirror: leaf %llu: what is personal cannot be sealed", (unsigned long long)index);
}

static int
copy_entry(void *ctx, const struct ledger_entry *x)
{
	struct copying *c = ctx;
	struct buf *b = &c->scratch;

	buf_reset(b);
	(void)buf_be(b, x->header.len, 4);
	(void)buf_put(b, x->header.data, x->header.len);
	(void)buf_be(b, x->payload.len, 4);
	(void)buf_put(b, x->payload.data, x->payload.len);
	(void)buf_putc(b, (uint8_t)strlen(x->subject));
	(void)buf_puts(b, x->subject);
	(void)buf_putc(b, (uint8_t)strlen(x->late));
	(void)buf_puts(b, x->late);
	if (!buf_ok(b) || item(&c->items, MIRROR_ENTRY, b->data, b->len) != 0)
		return err_set(c->e, "log mirror: out of memory");
	if (!x->has_personal)
		return 0;
	buf_reset(b);
	(void)buf_put(b, x->salt, ENTRY_SALT_LEN);
	(void)buf_put(b, x->personal.data, x->personal.len);
	return sealed_box(c, x->index, b);
}

/* The text behind one salted hash of a record. */
static int
salted(struct copying *c, const uint8_t hash[HASH_LEN])
{
	uint8_t salt[ENTRY_SALT_LEN];
	struct buf text;
	int rc;

	buf_init(&text, LEDGER_SALTED_MAX);
	if ((rc = ledger_salted_get(c->l, hash, salt, &text)) == 1) {
		(void)buf_put(&c->scratch, hash, HASH_LEN);
		(void)buf_put(&c->scratch, salt, ENTRY_SALT_LEN);
		(void)buf_be(&c->scratch, text.len, 4);
		(void)buf_put(&c->scratch, text.data, text.len);
	}
	buf_free(&text);
	return rc < 0 ? err_set(c->e, "%s: cannot be read", c->l->url) : 0;
}

static int
forget(struct copying *c, const uint8_t entry[HASH_LEN])
{
	struct rows r;
	uint64_t index = 0;
	int rc = rows_first(&r, c->l, LQ_ENTRY_HAS, CELLS(cell_hash(entry)));

	if (rc == 1)
		index = rows_u64(&r, 0);
	rows_close(&r);
	return rc == 1 ? mirror_erase(c->l->mirror, index, c->e) : rc;
}

/* What stands behind a record: bodies, texts; and what it erases. */
static int
copy_behind(struct copying *c, uint64_t index, const uint8_t *leaf, size_t n)
{
	static const char *const texts[] = { "order", "note", "plan", "list", "text" };
	uint8_t hash[HASH_LEN];
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	struct record r;
	struct buf body;
	int rc = 0;

	if (record_parse(&r, leaf + 1, n - 1, c->e) != 0)
		return -1;
	buf_init(&body, BODY_MAX);
	if ((r.kind == RECORD_FORM && record_form(&r, id, version, hash) == 0) || (r.kind == RECORD_DICTIONARY && record_hash(&r, "dict", hash) == 0)) {
		if ((rc = ledger_form_body(c->l, hash, &body)) == 1)
			rc = item(&c->items, MIRROR_BODY, body.data, body.len);
		if (rc != 0)
			(void)err_set(c->e, "log mirror: a form's bytes cannot be copied");
	}
	buf_reset(&c->scratch);
	for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (record_hash(&r, texts[i], hash) == 0)
			rc = salted(c, hash);
	if (rc == 0 && c->scratch.len > 0)
		rc = sealed_box(c, index, &c->scratch);
	for (size_t i = 0; rc == 0 && r.kind == RECORD_ERASE && i < r.nlines; i++)
		if (strcmp(r.lines[i].name, "entry") == 0 && field_hex(r.lines[i].value, hash, HASH_LEN) == 0)
			rc = forget(c, hash);
	buf_free(&body);
	record_free(&r);
	return rc;
}

/* Write what was put together, up to leaf c->next. */
static int
flush(struct copying *c)
{
	uint8_t root[HASH_LEN];

	if (c->items.len == 0)
		return 0;
	if (ledger_root_at(c->l, c->next, root) != 0)
		return err_set(c->e, "%s: its tree cannot be read", c->l->url);
	if (mirror_append(c->l->mirror, &c->h, &c->items, &c->boxes, c->next, root, c->e) != 0)
		return -1;
	buf_reset(&c->items);
	buf_reset(&c->boxes);
	return 0;
}

static int
copy_leaf(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct copying *c = ctx;
	struct buf note;
	int rc;

	if (leaf_is_record(leaf, n) && copy_behind(c, index, leaf, n) != 0)
		return -1;
	if (item(&c->items, MIRROR_LEAF, leaf, n) != 0)
		return err_set(c->e, "log mirror: out of memory");
	if (!leaf_is_record(leaf, n) && ledger_each_entry(c->l, index, index + 1, copy_entry, c) != 0)
		return err_set(c->e, "%s: entry of leaf %llu cannot be copied", c->l->url, (unsigned long long)index);
	c->next = index + 1;
	buf_init(&note, NOTE_MAX);
	if ((rc = ledger_note(c->l, c->next, &note)) == 1 &&
	    ((rc = item(&c->items, MIRROR_NOTE, note.data, note.len)) == 0 && c->items.len > FLUSH_BYTES))
		rc = flush(c);
	buf_free(&note);
	return rc;
}

/* NULL when the mirror is a beginning of the log up to ${h}; else why not. */
static const char *
mirror_stands(struct ledger *l, const struct mirror_head *m, const struct ledger_head *h)
{
	uint8_t root[HASH_LEN];

	if (m->size > h->size)
		return "it holds more leaves than the database: the database was restored from an older copy; continue with: tally-county restore --from-mirror DIR";
	if (ledger_root_at(l, m->size, root) != 0 || memcmp(root, m->root, HASH_LEN) != 0)
		return "it holds other leaves than the database: it is another log's, or one of the two was altered; keep both, and name another folder with run --log-mirror";
	return NULL;
}

static int
reach(struct ledger *l, const struct ledger_head *h, struct err *e)
{
	struct copying c = { .l = l, .e = e };
	const char *why;
	int rc = -1;

	if (mirror_end(l->mirror, &c.h, e) != 0)
		return -1;
	if ((why = mirror_stands(l, &c.h, h)) != NULL)
		return err_set(e, "log mirror %.600s (%llu leaves, the database %llu): %s", l->mirror_dir, (unsigned long long)c.h.size, (unsigned long long)h->size, why);
	if (c.h.size == h->size)
		return 0;
	c.next = c.h.size;
	buf_init(&c.items, MIRROR_BATCH_MAX);
	buf_init(&c.boxes, MIRROR_BATCH_MAX);
	buf_init(&c.scratch, ENTRY_HEADER_MAX + ENTRY_PAYLOAD_MAX + 4 * LEDGER_SALTED_MAX);
	if (ledger_each_leaf(l, c.h.size, h->size, copy_leaf, &c) == 0 && c.next == h->size)
		rc = flush(&c);
	else if (e != NULL && e->text[0] == '\0')
		(void)err_set(e, "log mirror %.600s: the leaves to be copied cannot be read", l->mirror_dir);
	buf_free(&c.items);
	buf_free(&c.boxes);
	buf_free(&c.scratch);
	return rc;
}

int
ledger_mirror_reach(struct ledger *l, const struct ledger_head *h, struct err *e)
{
	struct err own = { "" };
	int rc;

	if (l->replaying || l->mirror_dir == NULL)
		return 0;
	if (l->mirror == NULL && (l->mirror = mirror_open(l->mirror_dir, 1, &own)) == NULL)
		return err_set(e, "%s (run --log-mirror names another folder, run --log-mirror none does without)", own.text);
	if (mirror_lock(l->mirror, e) != 0)
		return -1;
	rc = reach(l, h, e != NULL ? e : &own);
	mirror_unlock(l->mirror);
	return rc;
}

int
ledger_mirror_open(struct ledger *l, struct err *e)
{
	struct buf dir;
	int rc;

	if (l->mirror_dir != NULL)
		return 0;
	buf_init(&dir, LEDGER_MIRROR_DIR_MAX);
	if ((rc = ledger_get(l, FACT, &dir)) == 1 && dir.len > 0 && (l->mirror_dir = strdup(buf_str(&dir))) == NULL)
		rc = -1;
	buf_free(&dir);
	return rc < 0 ? err_set(e, "%s: its log mirror's name cannot be read", l->url) : 0;
}

void
ledger_mirror_close(struct ledger *l)
{
	mirror_close(l->mirror);
	l->mirror = NULL;
	free(l->mirror_dir);
	l->mirror_dir = NULL;
}

int
ledger_mirror(struct ledger *l, const char **dir)
{
	if (dir != NULL)
		*dir = l->mirror_dir;
	return l->mirror_dir != NULL;
}

int
ledger_mirror_set(struct ledger *l, const char *dir, const uint8_t key[32], struct err *e)
{
	struct ledger_head h;
	int rc = -1;

	if (dir != NULL && (dir[0] != '/' || strlen(dir) >= LEDGER_MIRROR_DIR_MAX))
		return err_set(e, "log mirror %.64s: not an absolute path of at most %d bytes", dir, LEDGER_MIRROR_DIR_MAX - 1);
	if (dir != NULL && !mirror_there(dir) && mirror_create(dir, key, e) != 0)
		return -1;
	if (ledger_lock(l, e) != 0)
		return -1;
	ledger_mirror_close(l);
	if (dir != NULL && (l->mirror_dir = strdup(dir)) == NULL)
		(void)err_set(e, "out of memory");
	else if (ledger_head_read(l, &h) != 0)
		(void)err_set(e, "%s: its head cannot be read", l->url);
	else if ((dir == NULL || ledger_mirror_reach(l, &h, e) == 0) && ledger_set(l, FACT, dir, dir != NULL ? strlen(dir) : 0, e) == 0) {
		l->may_sign = 0; /* judged anew, with it or without */
		ledger_stand(l, &h);
		rc = 0;
	}
	ledger_unlock(l);
	return rc;
}
