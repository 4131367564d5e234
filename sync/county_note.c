#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county.h"

/* What a reviewer wrote (docs/format.md 10.6). */

#define NOTE_TEXT_MAX 8192

/* The review at ${index}: its entry and its note's commitment.  1, 0 when there is no such note, -1. */
static int
review_at(struct ledger *l, uint64_t index, uint8_t entry[HASH_LEN], uint8_t note[HASH_LEN])
{
	struct record rec;
	struct buf leaf;
	int rc;

	buf_init(&leaf, LEAF_MAX);
	rc = ledger_leaf(l, index, &leaf);
	if (rc == 1 && (!leaf_is_record(leaf.data, leaf.len) || record_parse(&rec, leaf.data + 1, leaf.len - 1, NULL) != 0))
		rc = 0;
	if (rc == 1) {
		rc = rec.kind == RECORD_REVIEW && record_hash(&rec, "entry", entry) == 0 && record_hash(&rec, "note", note) == 0;
		record_free(&rec);
	}
	buf_free(&leaf);
	return rc;
}

int
county_note(struct ledger *l, uint64_t index, struct buf *salted, struct ledger_device *device)
{
	uint8_t entry[HASH_LEN], note[HASH_LEN], salt[ENTRY_SALT_LEN];
	struct ledger_entry x;
	struct buf text;
	int rc;

	buf_init(&text, NOTE_TEXT_MAX);
	ledger_entry_init(&x);
	if ((rc = review_at(l, index, entry, note)) == 1 && (rc = ledger_entry_get(l, entry, &x)) == 1 &&
	    (rc = ledger_device(l, x.h.device, device)) == 1 && (rc = ledger_salted_get(l, note, salt, &text)) == 1)
		rc = buf_put(salted, salt, sizeof(salt)) == 0 && buf_put(salted, text.data, text.len) == 0 ? 1 : -1;
	ledger_entry_free(&x);
	buf_free(&text);
	return rc;
}
