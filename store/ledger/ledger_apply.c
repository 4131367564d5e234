#include "evidence/leaf.h"
#include "store/ledger/ledger_impl.h"

/* Records into state tables (docs/format.md 6): one function a kind, and whom the record concerns. */

#define EVERYONE 0

static int
concern_all(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	(void)r;
	return ledger_concern(l, idx, EVERYONE, e);
}

/* Who acts: an officer, a reviewer.  An older key of the same actor keeps its row, for what it signed. */
static int
apply_person(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	char actor[ID_MAX + 1], role[16], place[PLACE_MAX + 1];
	uint8_t key[KEY_LEN], keyhash[HASH_LEN];

	if (record_text(r, "actor", actor, sizeof(actor)) || record_text(r, "role", role, sizeof(role)) ||
	    record_text(r, "place", place, sizeof(place)) || field_b64(record_value(r, "key"), key, KEY_LEN))
		return err_set(e, "key: a person's lines cannot be read");
	sha256(keyhash, key, KEY_LEN);
	return ledger_run(l, e, LQ_PERSON_PUT, CELLS(cell_hash(keyhash), cell_blob(key, KEY_LEN), cell_text(actor), cell_text(role),
	    cell_text(strcmp(place, "-") == 0 ? "" : place), cell_int(record_is(r, "state", "active") ? 1 : 0), cell_int(idx))) < 0 ? -1 : 0;
}

static int
apply_key(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	return record_is(r, "what", "person") ? apply_person(l, idx, r, e) : concern_all(l, idx, r, e);
}

/* The record's device, which must be enrolled. */
static int
device_of(struct ledger *l, const struct record *r, uint64_t *dev, struct ledger_device *d, struct err *e)
{
	uint8_t device[HASH_LEN];

	if (record_hash(r, "device", device))
		return err_set(e, "%s: names no device", record_kind_name(r->kind));
	if (ledger_device(l, device, d) != 1 || ledger_dev_find(l, device, dev) != 1)
		return err_set(e, "%s: its device is not enrolled", record_kind_name(r->kind));
	return 0;
}

static int
enrol_key(struct ledger *l, uint64_t idx, const struct record *r, uint64_t dev, const uint8_t device[HASH_LEN], struct err *e)
{
	uint8_t key[KEY_LEN], had[KEY_LEN];
	uint32_t epoch;

	if (field_b64(record_value(r, "key"), key, KEY_LEN) || field_u32(record_value(r, "epoch"), &epoch))
		return err_set(e, "enrol: its key cannot be read");
	if (ledger_run(l, e, LQ_KEY_PUT, CELLS(cell_int(dev), cell_int(epoch), cell_blob(key, KEY_LEN), cell_int(idx))) < 0)
		return -1;
	if (ledger_device_key(l, device, epoch, had) != 1 || memcmp(key, had, KEY_LEN) != 0)
		return err_set(e, "enrol: the device's epoch %u has another key already", epoch);
	return 0;
}

static int
apply_enrol(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	uint8_t device[HASH_LEN], secret[HASH_LEN];
	char place[PLACE_MAX + 1];
	struct ledger_device had;
	uint64_t dev;
	int rc;

	if (record_hash(r, "device", device) || record_hash(r, "secret", secret) || record_text(r, "place", place, sizeof(place)))
		return err_set(e, "enrol: its lines cannot be read");
	if ((rc = ledger_device(l, device, &had)) == 1 && had.revoked)
		return err_set(e, "enrol: the device was revoked, and that is for ever");
	if (rc < 0 || ledger_dev(l, device, &dev, e))
		return -1;
	if ((rc = ledger_run(l, e, LQ_ENROL_PUT, CELLS(cell_hash(secret), cell_int(idx), cell_int(dev)))) <= 0)
		return rc < 0 ? -1 : err_set(e, "enrol: the invitation was used already");
	if (enrol_key(l, idx, r, dev, device, e) ||
	    ledger_run(l, e, LQ_DEVICE_ENROL, CELLS(cell_text(place), cell_int(idx), cell_int(dev))) < 0 ||
	    ledger_run(l, e, LQ_ASSIGN_PUT, CELLS(cell_int(dev), cell_text(place), cell_int(idx), cell_null(), cell_int(idx))) < 0 ||
	    ledger_concern_place(l, dev, place, e) != 0)
		return -1;
	return ledger_concern(l, idx, dev, e);
}

/* ${from} lies ahead, or the record repeats an assignment to end it: nothing can be assigned for the past. */
static int
apply_assign(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	char place[PLACE_MAX + 1];
	struct ledger_device d;
	uint64_t dev, from, to;
	struct cell until = cell_null();
	int changed;

	if (device_of(l, r, &dev, &d, e))
		return -1;
	if (record_text(r, "place", place, sizeof(place)) || record_u64(r, "from", &from))
		return err_set(e, "assign: its lines cannot be read");
	if (record_u64(r, "to", &to) == 0) {
		if (to < idx || to < from)
			return err_set(e, "assign: ends at %llu, before its own index %llu or its beginning", (unsigned long long)to, (unsigned long long)idx);
		until = cell_int(to);
	}
	changed = ledger_run(l, e, LQ_ASSIGN_END, CELLS(until, cell_int(idx), cell_int(dev), cell_text(place), cell_int(from)));
	if (changed == 0 && from < idx)
		return err_set(e, "assign: begins at %llu, below its own index %llu", (unsigned long long)from, (unsigned long long)idx);
	if (changed == 0)
		changed = ledger_run(l, e, LQ_ASSIGN_PUT, CELLS(cell_int(dev), cell_text(place), cell_int(from), until, cell_int(idx)));
	if (changed < 0 || (until.type == CELL_NULL && ledger_concern_place(l, dev, place, e) != 0))
		return -1;
	return ledger_concern(l, idx, dev, e);
}

static int
apply_revoke(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	struct ledger_device d;
	uint64_t dev;

	if (device_of(l, r, &dev, &d, e) || ledger_run(l, e, LQ_DEVICE_REVOKE, CELLS(cell_int(idx), cell_int(dev))) < 0)
		return -1;
	return ledger_concern(l, idx, dev, e);
}

static int
apply_fork(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	struct ledger_device d;
	uint64_t dev;

	if (device_of(l, r, &dev, &d, e) || ledger_run(l, e, LQ_DEVICE_FORKED, CELLS(cell_int(dev))) < 0)
		return -1;
	return ledger_concern(l, idx, dev, e);
}

/* A published version never changes: the same one under another hash is refused. */
static int
apply_form(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN], had[HASH_LEN];
	int known;

	if (record_form(r, id, version, hash))
		return err_set(e, "form: its lines cannot be read");
	known = ledger_form(l, id, version, had);
	if (known < 0 || (known == 1 && memcmp(had, hash, HASH_LEN) != 0))
		return err_set(e, "form %s %s: was published with another content", id, version);
	if (!record_is(r, "state", "retired")) {
		if (ledger_run(l, e, LQ_FORM_PUT, CELLS(cell_text(id), cell_text(version), cell_hash(hash), cell_int(idx))) < 0)
			return -1;
	} else {
		if (known == 0)
			return err_set(e, "form %s %s: was never published", id, version);
		if (ledger_run(l, e, LQ_FORM_RETIRE, CELLS(cell_int(idx), cell_text(id), cell_text(version))) < 0)
			return -1;
	}
	return ledger_concern(l, idx, EVERYONE, e);
}

/* A word about one entry, set in its mark. */
static int
apply_mark(struct ledger *l, uint64_t idx, const struct record *r, enum ledger_query q, const char *line, struct err *e)
{
	uint8_t hash[HASH_LEN];
	char word[16];
	struct rows rows;
	uint64_t at, dev;
	int rc;

	if (record_hash(r, "entry", hash) || record_text(r, line, word, sizeof(word)))
		return err_set(e, "%s: its lines cannot be read", record_kind_name(r->kind));
	if ((rc = rows_first(&rows, l, LQ_ENTRY_HAS, CELLS(cell_hash(hash)))) == 1) {
		at = rows_u64(&rows, 0);
		dev = rows_u64(&rows, 1);
	}
	rows_close(&rows);
	if (rc != 1)
		return err_set(e, "%s: its entry is not in the log", record_kind_name(r->kind));
	if (ledger_run(l, e, q, CELLS(cell_int(at), cell_text(word))) < 0)
		return -1;
	return ledger_concern(l, idx, dev, e);
}

static int
apply_review(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	return apply_mark(l, idx, r, LQ_MARK_REVIEW, "verdict", e);
}

static int
apply_late(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	return apply_mark(l, idx, r, LQ_MARK_LATE, "why", e);
}

static int
apply_erase(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	uint8_t hash[HASH_LEN];
	uint64_t dev;

	for (size_t i = 0; i < r->nlines; i++) {
		if (strcmp(r->lines[i].name, "entry") != 0)
			continue;
		if (field_hex(r->lines[i].value, hash, HASH_LEN) || ledger_erase_entry(l, hash, &dev, e) != 1)
			return err_set(e, "erase: entry %.64s is not in the log, or cannot be erased", r->lines[i].value.p);
		if (ledger_concern(l, idx, dev, e))
			return -1;
	}
	return 0;
}

static int (*const APPLY[RECORD_KINDS])(struct ledger *, uint64_t, const struct record *, struct err *) = {
	[RECORD_KEY] = apply_key, [RECORD_ENROL] = apply_enrol, [RECORD_ASSIGN] = apply_assign, [RECORD_REVOKE] = apply_revoke,
	[RECORD_FORM] = apply_form, [RECORD_DICTIONARY] = concern_all, [RECORD_REVIEW] = apply_review, [RECORD_LATE] = apply_late,
	[RECORD_ERASE] = apply_erase, [RECORD_FORK] = apply_fork, [RECORD_SUCCESSION] = concern_all,
	[RECORD_PLAN] = ledger_apply_plan, [RECORD_MESSAGE] = ledger_apply_message,
};

int
ledger_apply(struct ledger *l, uint64_t index, const void *leaf, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];
	struct record r;
	int rc = -1;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, e))
		return -1;
	tree_leaf_hash(hash, leaf, n);
	if (ledger_run(l, e, LQ_RECORD_PUT, CELLS(cell_int(index), cell_int((uint64_t)r.kind), cell_hash(hash))) == 1)
		rc = APPLY[r.kind] ? APPLY[r.kind](l, index, &r, e) : 0;
	record_free(&r);
	return rc;
}
