#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county.h"

/* The texts behind plans and messages, for the devices they are for (docs/format.md 10.9). */

/* The commitment of the plan or message at ${index}, and a plan's place.  1, 0 when it is no such record, -1. */
static int
record_at(struct ledger *l, uint64_t index, enum record_kind *kind, char place[PLACE_MAX + 1], uint8_t hash[HASH_LEN])
{
	struct record rec;
	struct buf leaf;
	int rc;

	buf_init(&leaf, LEAF_MAX);
	rc = ledger_leaf(l, index, &leaf);
	if (rc == 1 && (!leaf_is_record(leaf.data, leaf.len) || record_parse(&rec, leaf.data + 1, leaf.len - 1, NULL) != 0))
		rc = 0;
	if (rc == 1) {
		*kind = rec.kind;
		rc = (rec.kind == RECORD_PLAN && record_hash(&rec, "plan", hash) == 0 && record_text(&rec, "place", place, PLACE_MAX + 1) == 0) ||
		    (rec.kind == RECORD_MESSAGE && record_hash(&rec, "text", hash) == 0);
		record_free(&rec);
	}
	buf_free(&leaf);
	return rc;
}

int
county_text(struct ledger *l, uint64_t index, const uint8_t device[HASH_LEN], struct buf *salted)
{
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN];
	char place[PLACE_MAX + 1] = "";
	enum record_kind kind;
	struct buf text;
	int rc;

	buf_init(&text, LEDGER_SALTED_MAX);
	if ((rc = record_at(l, index, &kind, place, hash)) == 1 && (rc = ledger_concerns(l, device, index)) == 1 &&
	    /* what is planned for a place is for who still records there */
	    (kind != RECORD_PLAN || (rc = ledger_device_may(l, device, place)) == 1) && (rc = ledger_salted_get(l, hash, salt, &text)) == 1)
		rc = buf_put(salted, salt, sizeof(salt)) == 0 && buf_put(salted, text.data, text.len) == 0 ? 1 : -1;
	buf_free(&text);
	return rc;
}
