#include "agent/sync/note.h"

#include <string.h>

#include "base/enc.h"
#include "crypto/seal.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "store/vault.h"

/* Kept by entry: the review's index (u64), then the text as a blob of the cabinet; a newer review's takes its place. */
#define KEPT_MAX (8 + NOTE_TEXT_MAX + VAULT_OVERHEAD)

static void
key_of(char key[80], const uint8_t entry[HASH_LEN])
{
	memcpy(key, "note:", 5);
	enc_hex(key + 5, entry, HASH_LEN);
}

/* The index of the review whose note is kept.  1, 0 or -1. */
static int
kept(struct agent *ag, const uint8_t entry[HASH_LEN], uint64_t *index, struct buf *b)
{
	char key[80];
	int rc;

	key_of(key, entry);
	rc = journal_get(ag->j, key, b);
	if (rc == 1 && b->len > 8)
		*index = dec_be(b->data, 8);
	else if (rc == 1)
		rc = 0;
	return rc;
}

struct due {
	struct agent *ag;
	int (*cb)(void *ctx, uint64_t index);
	void *ctx;
	uint64_t want; /* for one_review: only this index */
	uint8_t entry[HASH_LEN], note[HASH_LEN];
	int found;
};

/* The entry and the commitment that a review names; 0 when the record is none with a note. */
static int
review_of(const void *leaf, size_t n, uint8_t entry[HASH_LEN], uint8_t note[HASH_LEN])
{
	struct record rec;
	int rc;

	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	rc = rec.kind == RECORD_REVIEW && record_hash(&rec, "entry", entry) == 0 && record_hash(&rec, "note", note) == 0;
	record_free(&rec);
	return rc;
}

static int
is_here(struct agent *ag, const uint8_t entry[HASH_LEN])
{
	struct journal_entry x;
	int rc;

	journal_entry_init(&x);
	rc = journal_by_hash(ag->j, entry, &x);
	journal_entry_free(&x);
	return rc;
}

static int
look(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct due *d = ctx;
	uint8_t entry[HASH_LEN], note[HASH_LEN];
	uint64_t have = 0;
	struct buf b;
	int rc = 0;

	if (!review_of(leaf, n, entry, note) || is_here(d->ag, entry) != 1)
		return 0;
	buf_init(&b, KEPT_MAX);
	if (kept(d->ag, entry, &have, &b) == 0 || have < index)
		rc = d->cb(d->ctx, index);
	buf_free(&b);
	return rc;
}

int
note_due(struct agent *ag, int (*cb)(void *ctx, uint64_t index), void *ctx)
{
	struct due d = { .ag = ag, .cb = cb, .ctx = ctx };

	return journal_each_record(ag->j, 0, look, &d);
}

static int
one_review(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct due *d = ctx;

	if (index == d->want)
		d->found = review_of(leaf, n, d->entry, d->note);
	return index >= d->want;
}

int
note_keep(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e)
{
	struct due d = { .want = index };
	const uint8_t *text = (const uint8_t *)p + ENTRY_SALT_LEN;
	uint8_t commit[HASH_LEN];
	struct buf out;
	char name[80];
	int rc;

	if (journal_each_record(ag->j, index, one_review, &d) < 0)
		return err_set(e, "the journal cannot be read");
	rc = !d.found || n <= ENTRY_SALT_LEN || n > ENTRY_SALT_LEN + NOTE_TEXT_MAX;
	if (rc == 0) {
		entry_personal_hash(commit, p, text, n - ENTRY_SALT_LEN);
		rc = memcmp(commit, d.note, HASH_LEN) != 0;
	}
	if (rc != 0) {
		(void)err_set(e, "the note of review %llu: what came is not what the record names", (unsigned long long)index);
		return 1;
	}
	buf_init(&out, KEPT_MAX);
	key_of(name, d.entry);
	rc = buf_be(&out, index, 8) != 0 || vault_put(journal_vault(ag->j), VAULT_CABINET, text, n - ENTRY_SALT_LEN, &out, e) != 0 ||
	    journal_set(ag->j, name, out.data, out.len, e) != 0 ? -1 : 0;
	buf_free(&out);
	return rc;
}

int
note_take(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e)
{
	struct sealer *key = sealer_of_signer(ag->s);
	struct buf plain;
	int rc;

	buf_init(&plain, NOTE_TEXT_MAX + ENTRY_SALT_LEN);
	if (key == NULL)
		rc = err_set(e, "out of memory");
	else if (unseal(key, &plain, p, n) != 0)
		rc = err_set(e, "the note of review %llu: not sealed for this device", (unsigned long long)index) + 2;
	else
		rc = note_keep(ag, index, plain.data, plain.len, e);
	sealer_free(key);
	buf_free(&plain);
	return rc;
}

/* The county's words are shown in terminals and pages: nothing in them may steer either. */
void
note_tidy(struct buf *text)
{
	size_t i;

	if (!utf8_ok(text->data, text->len))
		for (i = 0; i < text->len; i++)
			if (text->data[i] >= 0x80)
				text->data[i] = '?';
	for (i = 0; i < text->len; i++)
		if ((text->data[i] < 0x20 && text->data[i] != '\n' && text->data[i] != '\t') || text->data[i] == 0x7f)
			text->data[i] = ' ';
		else if (text->data[i] == 0xc2 && text->data[i + 1] < 0xa0) /* C1: U+0080 to U+009F */
			text->data[i] = text->data[i + 1] = ' ';
}

int
note_of(struct agent *ag, const uint8_t entry[HASH_LEN], struct buf *text)
{
	enum vault_answer answer;
	uint64_t index;
	struct buf b;
	int rc;

	buf_init(&b, KEPT_MAX);
	rc = kept(ag, entry, &index, &b);
	if (rc == 1) {
		answer = vault_get(journal_vault(ag->j), b.data + 8, b.len - 8, text);
		if (answer == VAULT_OPEN)
			note_tidy(text);
		rc = answer == VAULT_OPEN ? 1 : answer == VAULT_LOCKED ? 2 : answer == VAULT_LOST ? 0 : -1;
	}
	buf_free(&b);
	return rc;
}
