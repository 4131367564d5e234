#include <string.h>

#include "crypto/seal.h"
#include "evidence/entry.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/upward.h"

/* What a county sends up, out of its ledger: whole groups of leaves, as they were signed. */

#define FORM_MAX ((size_t)32 << 20)
#define TEXT_MAX ((size_t)32 << 20)
#define ATTACHMENT_MAX ((size_t)48 << 20)

struct filling {
	const struct upward_give *g;
	struct buf *items;
	size_t want, start;
	uint64_t to;               /* behind the last whole group */
	size_t whole;              /* bytes of items up to there */
	struct err *e;
};

static int
put(struct filling *w, enum upward_kind kind, const void *p, size_t n)
{
	return upward_put(w->items, kind, p, n) == 0 ? 0 : err_set(w->e, "mirror: one signed group of leaves is longer than %zu bytes", w->items->max);
}

static int
put_sealed(struct filling *w, enum upward_kind kind, const struct buf *plain)
{
	struct buf box;
	int rc;

	buf_init(&box, TEXT_MAX + SEAL_OVERHEAD);
	rc = seal(&box, plain->data, plain->len, w->g->sealing) == 0 ? put(w, kind, box.data, box.len) : err_set(w->e, "mirror: cannot be sealed to the upper server's key");
	buf_free(&box);
	return rc;
}

static int
put_entry(void *ctx, const struct ledger_entry *x)
{
	struct filling *w = ctx;
	struct buf b;
	int rc;

	buf_init(&b, ENTRY_HEADER_MAX + ENTRY_PAYLOAD_MAX + ENTRY_PERSONAL_MAX + 64);
	(void)buf_be(&b, x->header.len, 4);
	(void)buf_put(&b, x->header.data, x->header.len);
	(void)buf_put(&b, x->payload.data, x->payload.len);
	rc = buf_ok(&b) ? put(w, UPWARD_ENTRY, b.data, b.len) : -1;
	buf_reset(&b);
	/* a device's code is read out to one cadre, and goes nowhere else */
	if (rc == 0 && w->g->personal && x->has_personal && !x->erased && strcmp(x->h.kind, "reset-code") != 0) {
		(void)buf_put(&b, x->salt, ENTRY_SALT_LEN);
		(void)buf_put(&b, x->personal.data, x->personal.len);
		rc = buf_ok(&b) ? put_sealed(w, UPWARD_PERSONAL, &b) : -1;
	}
	buf_free(&b);
	return rc;
}

static int
put_form(struct filling *w, const struct record *r)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct buf body;
	int rc = 0;

	if (!(r->kind == RECORD_FORM && record_form(r, id, version, hash) == 0) && !(r->kind == RECORD_DICTIONARY && record_hash(r, "dict", hash) == 0))
		return 0;
	buf_init(&body, FORM_MAX);
	if (ledger_form_body(w->g->l, hash, &body) == 1)
		rc = put(w, UPWARD_FORM, body.data, body.len);
	buf_free(&body);
	return rc;
}

/* A plan's text without the names: each line is compact JSON whose "name" stands between "subject" and "due". */
static int
put_nameless(struct filling *w, const char *text)
{
	struct buf b;
	int rc;

	buf_init(&b, TEXT_MAX);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		const char *at = memmem(text, n, "\"name\":\"", 8), *end = at;

		if (at != NULL) {
			for (end = at + 8; end < text + n && *end != '"'; end++)
				end += *end == '\\' && end + 1 < text + n;
			end += end < text + n;
			if (end < text + n && *end == ',')
				end++;
			else if (at > text && at[-1] == ',')
				at--;
			(void)buf_put(&b, text, (size_t)(at - text));
			(void)buf_put(&b, end, (size_t)(text + n - end));
		} else {
			(void)buf_put(&b, text, n);
		}
		(void)buf_putc(&b, '\n');
		text += n + (text[n] == '\n');
	}
	rc = buf_ok(&b) ? put(w, UPWARD_PLAN, b.data, b.len) : -1;
	buf_free(&b);
	return rc;
}

/* A plan in which nobody is named goes up as it is, with its salt: that proves itself. */
static int
put_text(struct filling *w, const struct record *r, const char *name)
{
	static const char key[] = "\"name\":";
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN];
	struct buf text, b;
	int rc, plan = r->kind == RECORD_PLAN;

	if (record_hash(r, name, hash) != 0 || (!plan && !w->g->personal))
		return 0;
	buf_init(&text, TEXT_MAX);
	buf_init(&b, TEXT_MAX + 128);
	if ((rc = ledger_salted_get(w->g->l, hash, salt, &text)) == 1) {
		(void)buf_put(&b, hash, HASH_LEN);
		(void)buf_put(&b, salt, ENTRY_SALT_LEN);
		(void)buf_put(&b, text.data, text.len);
		if (!buf_ok(&b))
			rc = -1;
		else if (plan && memmem(buf_str(&text), text.len, key, sizeof(key) - 1) == NULL)
			rc = put(w, UPWARD_TEXT, b.data, b.len);
		else if (w->g->personal)
			rc = put_sealed(w, UPWARD_SEALED_TEXT, &b);
		else
			rc = put_nameless(w, buf_str(&text));
	}
	buf_free(&text);
	buf_free(&b);
	return rc < 0 ? err_set(w->e, "mirror: a record's text cannot be copied") : 0;
}

static int
put_record(struct filling *w, const uint8_t *leaf, size_t n)
{
	static const char *const texts[] = { "order", "note", "plan", "list" };
	struct record r;
	int rc;

	if (record_parse(&r, leaf + 1, n - 1, w->e) != 0)
		return -1;
	if ((rc = put_form(w, &r)) == 0)
		rc = put(w, UPWARD_LEAF, leaf, n);
	for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = put_text(w, &r, texts[i]);
	record_free(&r);
	return rc;
}

#define FULL 2

static int
put_leaf(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct filling *w = ctx;
	struct buf note;
	int rc;

	if (leaf_is_record(leaf, n) ? put_record(w, leaf, n) != 0 : put(w, UPWARD_LEAF, leaf, n) != 0 || ledger_each_entry(w->g->l, index, index + 1, put_entry, w) != 0)
		return -1;
	buf_init(&note, NOTE_MAX);
	if ((rc = ledger_note(w->g->l, index + 1, &note)) == 1) {
		rc = put(w, UPWARD_NOTE, note.data, note.len);
		w->to = index + 1;
		w->whole = w->items->len;
	}
	buf_free(&note);
	return rc != 0 ? -1 : w->to == index + 1 && w->items->len - w->start >= w->want ? FULL : 0;
}

int
upward_fill(const struct upward_give *g, uint64_t from, size_t want, struct buf *items, uint64_t *to, struct err *e)
{
	struct filling w = { g, items, want, items->len, from, items->len, e };
	uint64_t size;
	uint8_t root[HASH_LEN];
	int rc;

	e->text[0] = '\0';
	*to = from;
	if (ledger_head(g->l, &size, root) != 0)
		return err_set(e, "mirror: the ledger cannot be read");
	rc = ledger_each_leaf(g->l, from, size, put_leaf, &w);
	if ((rc != 0 && rc != FULL) && w.to == from)
		return e->text[0] != '\0' ? -1 : err_set(e, "mirror: the ledger cannot be read");
	items->len = w.whole; /* what did not become a whole group goes next time */
	items->failed = 0;
	*to = w.to;
	return 0;
}

int
upward_attach(const struct upward_give *g, const uint8_t hash[HASH_LEN], struct buf *items, struct err *e)
{
	struct buf b, box;
	uint64_t len = 0;
	int personal = 0, rc = ledger_attachment_wanted(g->l, hash, &len, &personal);

	if (rc != 2 || len > ATTACHMENT_MAX || (personal && !g->personal))
		return rc < 0 ? err_set(e, "mirror: the ledger cannot be read") : 0;
	buf_init(&b, ATTACHMENT_MAX + HASH_LEN);
	buf_init(&box, ATTACHMENT_MAX + HASH_LEN + SEAL_OVERHEAD);
	rc = -1;
	if (buf_put(&b, hash, HASH_LEN) == 0 && ledger_attachment_get(g->l, hash, &b) == 1) {
		if (personal)
			rc = buf_put(&box, hash, HASH_LEN) == 0 && seal(&box, b.data + HASH_LEN, b.len - HASH_LEN, g->sealing) == 0 ? upward_put(items, UPWARD_SEALED_ATTACHMENT, box.data, box.len) : -1;
		else
			rc = upward_put(items, UPWARD_ATTACHMENT, b.data, b.len);
		rc = rc == 0 ? 1 : -1;
	} else {
		rc = 0;
	}
	buf_free(&b);
	buf_free(&box);
	return rc < 0 ? err_set(e, "mirror: an attachment cannot be copied") : rc;
}
