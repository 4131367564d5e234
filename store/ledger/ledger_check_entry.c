#include "evidence/dsse.h"
#include "evidence/record.h"
#include "store/ledger/ledger_check.h"

/* Rows against their leaves: entries and records. */

static int
is(struct rows *r, unsigned i, const void *p, size_t n)
{
	struct cell c = rows_cell(r, i);

	return c.type == CELL_BLOB && c.n == n && memcmp(c.p, p, n) == 0;
}

/* The row's own columns: what finds it must be what its header says. */
static void
check_filing(struct check *c, struct rows *r, const struct leaf_entry *le)
{
	if (!is(r, CHECK_HASH, le->entry, HASH_LEN))
		check_tell(c, "not-in-log", le, "the entry of leaf %llu is filed under another hash", (unsigned long long)c->edge.size);
	if (!is(r, CHECK_DEVICE, le->device, HASH_LEN) || rows_u64(r, CHECK_EPOCH) != le->epoch || rows_u64(r, CHECK_SEQ) != le->seq)
		check_tell(c, "bad-chain", le, "the entry of leaf %llu is filed at another place of a chain", (unsigned long long)c->edge.size);
}

static void
check_key(struct check *c, struct rows *r, const struct leaf_entry *le, const struct entry *h)
{
	struct cell key = rows_cell(r, CHECK_KEY), payload = rows_cell(r, CHECK_PAYLOAD);
	struct epoch_open o;
	uint8_t hash[HASH_LEN];

	if (le->epoch == 1) {
		sha256(hash, key.p, key.n);
		if (memcmp(hash, le->device, HASH_LEN) != 0)
			check_tell(c, "bad-key", le, "the key kept for epoch 1 does not give the device's name");
	} else if (h->seq == 0 && epoch_open_parse(&o, payload.p, payload.n, le->epoch, NULL) == 0 && memcmp(o.key, key.p, KEY_LEN) != 0) {
		check_tell(c, "bad-key", le, "the key kept for epoch %u is not the one that opened it", le->epoch);
	}
}

static void
check_signature(struct check *c, struct rows *r, const struct leaf_entry *le, const struct entry *h)
{
	struct cell header = rows_cell(r, CHECK_HEADER), key = rows_cell(r, CHECK_KEY);

	if (key.type != CELL_BLOB || key.n != KEY_LEN) {
		check_tell(c, "unknown-device", le, "no key is kept for epoch %u", le->epoch);
		return;
	}
	check_key(c, r, le, h);
	if (!dsse_verify(le->sig, DSSE_ENTRY, header.p, header.n, key.p))
		check_tell(c, "bad-signature", le, "leaf %llu: its signature does not verify over the stored header", (unsigned long long)c->edge.size);
}

/* The person's signature, where the ledger knows the key. */
static void
check_person(struct check *c, struct rows *r, const struct leaf_entry *le, const struct entry *h)
{
	struct cell header = rows_cell(r, CHECK_HEADER);
	struct ledger_person p;

	if (!h->has_actor_key != !le->has_person)
		check_tell(c, "bad-person-signature", le, "the leaf has a person's signature and the header names none, or the reverse");
	else if (le->has_person && ledger_person(c->l, h->actor_key, &p) == 1 &&
	    !dsse_verify(le->person, DSSE_ENTRY, header.p, header.n, p.key))
		check_tell(c, "bad-person-signature", le, "the signature of %s does not verify", p.actor);
}

static void
check_personal(struct check *c, struct rows *r, const struct leaf_entry *le, const struct entry *h)
{
	struct cell salt = rows_cell(r, CHECK_SALT), text = rows_cell(r, CHECK_PERSONAL);
	int erased = rows_u64(r, CHECK_ERASED) != 0, there = salt.type != CELL_NULL || text.type != CELL_NULL;
	struct err e = { "" };

	if (erased && there)
		check_tell(c, "bad-erasure", le, "the personal part was erased, and is there");
	else if (h->personal_len == 0 && there)
		check_tell(c, "bad-personal", le, "the header has no personal part, and one is stored");
	else if (h->personal_len > 0 && !there && !erased)
		check_tell(c, "bad-personal", le, "the personal part is gone without an erasure");
	else if (there && (salt.n != ENTRY_SALT_LEN || text.type == CELL_NULL || entry_personal_ok(h, salt.p, text.p, text.n, &e)))
		check_tell(c, "bad-personal", le, "%s", e.text[0] ? e.text : "salt or text is missing");
}

void
check_entry(struct check *c, struct rows *r, const struct leaf_entry *le)
{
	struct cell header = rows_cell(r, CHECK_HEADER), payload = rows_cell(r, CHECK_PAYLOAD);
	struct err e = { "" };
	struct entry h;
	uint8_t hash[HASH_LEN];

	if (le->received < c->received)
		check_tell(c, "inconsistent-log", le, "leaf %llu: its time is before that of the leaf before", (unsigned long long)c->edge.size);
	c->received = le->received;
	if (rows_null(r, CHECK_HASH)) {
		check_tell(c, "unexplained-leaf", le, "leaf %llu: no entry is stored behind it", (unsigned long long)c->edge.size);
		return;
	}
	check_filing(c, r, le);
	entry_hash(hash, header.p, header.n);
	if (memcmp(hash, le->entry, HASH_LEN) != 0)
		check_tell(c, "unexplained-leaf", le, "leaf %llu: the stored header is not that of its entry", (unsigned long long)c->edge.size);
	if (entry_parse(&h, header.p, header.n, &e)) {
		check_tell(c, "bad-chain", le, "%s", e.text);
		return;
	}
	if (memcmp(h.device, le->device, HASH_LEN) != 0 || h.epoch != le->epoch || h.seq != le->seq)
		check_tell(c, "unexplained-leaf", le, "leaf %llu: device, epoch or seq are not the header's", (unsigned long long)c->edge.size);
	check_signature(c, r, le, &h);
	check_person(c, r, le, &h);
	if (entry_payload_ok(&h, payload.p, payload.n, &e))
		check_tell(c, "bad-payload", le, "%s", e.text);
	check_personal(c, r, le, &h);
}

/* An enrol record's key is the one that signatures of that epoch are judged by. */
static void
check_enrol(struct check *c, const struct record *rec)
{
	struct leaf_entry le = { .epoch = 0 };
	uint8_t said[KEY_LEN], kept[KEY_LEN];
	int same = 0;

	if (record_hash(rec, "device", le.device) == 0 && field_u32(record_value(rec, "epoch"), &le.epoch) == 0 &&
	    field_b64(record_value(rec, "key"), said, KEY_LEN) == 0)
		same = ledger_device_key(c->l, le.device, le.epoch, kept) == 1 && memcmp(said, kept, KEY_LEN) == 0;
	if (!same)
		check_tell(c, "bad-key", &le, "the key kept for epoch %u is not the one that leaf %llu enrolled", le.epoch, (unsigned long long)c->edge.size);
}

static void
county_key(struct check *c, const struct record *rec)
{
	struct err e = { "" };
	struct buf keys;

	buf_init(&keys, KEYS_MAX);
	if (record_bytes(rec, "keys", &keys) || keys_parse(&c->keys, keys.data, keys.len, &e))
		check_tell(c, "bad-key", NULL, "leaf %llu: %s", (unsigned long long)c->edge.size, e.text);
	else
		c->has_log = 1;
	buf_free(&keys);
}

void
check_record(struct check *c, struct rows *r)
{
	struct cell data = rows_cell(r, CHECK_DATA);
	struct err e = { "" };
	struct record rec;
	uint8_t hash[HASH_LEN];
	uint64_t at;

	if (!rows_null(r, CHECK_HASH))
		check_tell(c, "not-in-log", NULL, "an entry is stored at %llu, where the log has a record", (unsigned long long)c->edge.size);
	if (record_parse(&rec, (const uint8_t *)data.p + 1, data.n - 1, &e)) {
		check_tell(c, "bad-record", NULL, "leaf %llu: %s", (unsigned long long)c->edge.size, e.text);
		return;
	}
	tree_leaf_hash(hash, data.p, data.n);
	if (ledger_number(c->l, LQ_RECORD_HAS, CELLS(cell_hash(hash)), &at) != 1 || at != c->edge.size)
		check_tell(c, "bad-record", NULL, "leaf %llu: the record is not filed as it stands", (unsigned long long)c->edge.size);
	if (rec.kind == RECORD_KEY && record_is(&rec, "what", "county"))
		county_key(c, &rec);
	else if (rec.kind == RECORD_ENROL)
		check_enrol(c, &rec);
	record_free(&rec);
}
