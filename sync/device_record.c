#include <stdio.h>
#include <string.h>

#include "base/lapse.h"
#include "base/log.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "store/journal_list.h"
#include "sync/device_internal.h"

/* What an answer says of single entries, forms and keys. */

#define UNKNOWN_DICT "unknown-dictionary"

static void
note_form(struct device_outcome *o, struct journal *j, const struct record *rec, uint64_t index)
{
	struct device_form *f = &o->form[o->nforms];
	char version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct buf xml;

	if (o->nforms == sizeof(o->form) / sizeof(o->form[0]) || !record_is(rec, "state", "published") ||
	    record_form(rec, f->id, f->version, f->hash) != 0)
		return;
	buf_init(&xml, DEVICE_FORM_MAX);
	memcpy(version, f->version, sizeof(version));
	if (journal_form(j, f->id, version, hash, &xml) != 1 || memcmp(hash, f->hash, HASH_LEN) != 0) {
		f->index = index;
		o->nforms++;
	}
	buf_free(&xml);
}

/* Published, or offered no more: under "retired:ID VERSION". */
static int
take_form(struct journal *j, const struct record *rec, struct err *e)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1], key[ID_MAX + VERSION_MAX + 16];
	uint64_t was = 0, now = record_is(rec, "state", "retired") ? 1 : 0;
	uint8_t hash[HASH_LEN];

	if (record_form(rec, id, version, hash) != 0)
		return 0;
	(void)snprintf(key, sizeof(key), "retired:%s %s", id, version);
	if (journal_get_u64(j, key, &was) < 0)
		return err_set(e, "the journal cannot be read");
	return was != now ? journal_set_u64(j, key, now, e) : 0;
}

int
device_form_retired(struct journal *j, const char *id, const char *version)
{
	char key[ID_MAX + VERSION_MAX + 16];
	uint64_t was = 0;

	(void)snprintf(key, sizeof(key), "retired:%.*s %.*s", ID_MAX, id, VERSION_MAX, version);
	return journal_get_u64(j, key, &was) < 0 ? -1 : was != 0;
}

/* The county.keys that a record brings, when the root key that this device trusts signed them.  1 or 0. */
static int
keys_of(const struct record *rec, const struct county_keys *k, struct county_keys *fresh, struct buf *text)
{
	return record_is(rec, "what", "county") && record_bytes(rec, "keys", text) == 0 && keys_parse(fresh, text->data, text->len, NULL) == 0 &&
	    memcmp(fresh->root, k->root, KEY_LEN) == 0 && memcmp(fresh->log_id, k->log_id, HASH_LEN) == 0;
}

static int
take_keys(struct journal *j, struct county_keys *k, const struct record *rec, struct err *e)
{
	struct county_keys fresh;
	struct buf b;
	int rc = 0;

	buf_init(&b, KEYS_MAX);
	if (keys_of(rec, k, &fresh, &b) && fresh.version > k->version && (rc = journal_set(j, "keys", b.data, b.len, e)) == 0)
		*k = fresh;
	buf_free(&b);
	return rc;
}

/* A record that may have been signed by an older service key. */
struct older { const struct county_keys *k; const struct record *rec; };

static int
signed_by_older(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	const struct older *o = ctx;
	struct county_keys keys;
	struct record rec;
	struct buf b;
	int rc = 0;

	(void)index;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	buf_init(&b, KEYS_MAX);
	if (rec.kind == RECORD_KEY && keys_of(&rec, o->k, &keys, &b))
		rc = sigtext_verify(&o->rec->text, 0, DSSE_RECORD, keys.service);
	buf_free(&b);
	record_free(&rec);
	return rc;
}

/* Signed by the service key that county.keys names, or named when it was made?  1, 0 or -1. */
static int
is_countys(struct journal *j, const struct county_keys *k, const struct record *rec)
{
	struct older o = { k, rec };
	struct county_keys own;
	struct buf b;
	int rc;

	if (sigtext_verify(&rec->text, 0, DSSE_RECORD, k->service))
		return 1;
	buf_init(&b, KEYS_MAX);
	rc = rec->kind == RECORD_KEY && keys_of(rec, k, &own, &b) && sigtext_verify(&rec->text, 0, DSSE_RECORD, own.service);
	buf_free(&b);
	return rc ? 1 : journal_each_record(j, 0, signed_by_older, &o);
}

/* 1 when the entry is in this journal (a clone's is not), with a receipt where one is asked for; 0 or -1. */
static int
is_ours(struct journal *j, const uint8_t hash[HASH_LEN], int with_receipt)
{
	struct journal_entry x;
	int rc;

	journal_entry_init(&x);
	rc = journal_by_hash(j, hash, &x);
	if (rc == 1 && with_receipt && !x.has_receipt)
		rc = 0;
	journal_entry_free(&x);
	return rc;
}

static int
take_review(struct journal *j, const struct record *rec, struct err *e)
{
	uint8_t entry[HASH_LEN];
	int rc;

	if (record_hash(rec, "entry", entry) != 0 || (rc = is_ours(j, entry, 0)) == 0)
		return 0;
	return rc < 0 ? err_set(e, "the journal cannot be read") : journal_set_state(j, entry, record_is(rec, "verdict", "accept") ? "accepted" : "returned", e);
}

static int
take_erase(struct journal *j, const struct record *rec, struct err *e)
{
	uint8_t entry[HASH_LEN];
	size_t i;
	int rc;

	for (i = 0; i < rec->nlines; i++) {
		if (strcmp(rec->lines[i].name, "entry") != 0 || field_hex(rec->lines[i].value, entry, HASH_LEN) != 0 || (rc = is_ours(j, entry, 1)) == 0)
			continue; /* what the county never confirmed, it cannot have destroyed: the only copy stays */
		if (rc < 0)
			return err_set(e, "the journal cannot be read");
		if (journal_drop_personal(j, entry, e) != 0 || journal_set_state(j, entry, "erased", e) != 0)
			return -1;
	}
	return 0;
}

/* What the county parks, people here should know of: it does not count until a reviewer accepts it. */
static int
take_late(struct journal *j, const struct record *rec, struct err *e)
{
	uint8_t entry[HASH_LEN];
	int rc;

	if (record_hash(rec, "entry", entry) != 0 || (rc = is_ours(j, entry, 1)) == 0)
		return 0;
	return rc < 0 ? err_set(e, "the journal cannot be read") : journal_set_state(j, entry, "set-aside", e);
}

/* Revoked is for ever: the log index plus one, under "revoked". */
static int
take_revoke(struct journal *j, const struct record *rec, uint64_t index, struct err *e)
{
	uint8_t device[HASH_LEN];
	struct buf own;
	int rc = 0;

	buf_init(&own, HASH_LEN);
	if (record_hash(rec, "device", device) == 0 && journal_get(j, "device", &own) == 1 && own.len == HASH_LEN && memcmp(own.data, device, HASH_LEN) == 0)
		rc = journal_set_u64(j, "revoked", index + 1, e);
	buf_free(&own);
	return rc;
}

struct held_record { uint64_t index; int found; };

static int
find_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct held_record *h = ctx;

	(void)leaf;
	(void)n;
	h->found = index == h->index;
	return 1;
}

/* What was kept before was done before: it comes again when all records are asked for anew.  1, 0 or -1. */
static int
is_kept(struct journal *j, uint64_t index)
{
	struct held_record h = { index, 0 };

	return journal_each_record(j, index, find_record, &h) < 0 ? -1 : h.found;
}

/* A place more: what was planned for it, and said there, may stand in records that were passed by. */
static void
take_assign(struct device_outcome *o, struct journal *j, const struct record *rec)
{
	uint8_t device[HASH_LEN];
	struct buf own;

	buf_init(&own, HASH_LEN);
	if (record_is(rec, "to", "-") && record_hash(rec, "device", device) == 0 && journal_get(j, "device", &own) == 1 && own.len == HASH_LEN &&
	    memcmp(own.data, device, HASH_LEN) == 0)
		o->anew = 1;
	buf_free(&own);
}

int
device_record(struct device_outcome *o, struct journal *j, struct county_keys *k, const struct answer_record *x, struct err *e)
{
	unsigned long lapses = lapse_count();
	struct record rec;
	struct err why = { "" };
	int rc;

	/* what does not hold up is the auditor's to find: it does not stop this device */
	if (!leaf_is_record(x->leaf.data, x->leaf.len) || record_parse(&rec, x->leaf.data + 1, x->leaf.len - 1, &why) != 0) {
		if (lapse_count() != lapses) /* asked for again, as long as it was not read */
			return err_set(e, "out of memory");
		log_msg(LOG_WARN, "county record %llu passed over: %s", (unsigned long long)x->index, why.text);
		return 0;
	}
	if (memcmp(rec.log, k->log_id, HASH_LEN) != 0)
		rc = 0;
	else
		rc = rec.kind == RECORD_SUCCESSION ? 1 : is_countys(j, k, &rec);
	if (rc <= 0) {
		record_free(&rec);
		if (lapse_count() != lapses)
			return err_set(e, "out of memory");
		log_msg(LOG_WARN, "county record %llu passed over: it is another log's, or no service key of the county signed it", (unsigned long long)x->index);
		return rc < 0 ? err_set(e, "the journal cannot be read") : 0;
	}
	if ((rc = is_kept(j, x->index)) != 0 && rec.kind != RECORD_FORM) {
		record_free(&rec);
		return rc < 0 ? err_set(e, "the journal cannot be read") : 0;
	}
	rc = 0;
	if (rec.kind == RECORD_FORM) {
		rc = take_form(j, &rec, e);
		note_form(o, j, &rec, x->index);
	} else if (rec.kind == RECORD_KEY)
		rc = take_keys(j, k, &rec, e);
	else if (rec.kind == RECORD_ASSIGN)
		take_assign(o, j, &rec);
	else if (rec.kind == RECORD_REVIEW)
		rc = take_review(j, &rec, e);
	else if (rec.kind == RECORD_ERASE)
		rc = take_erase(j, &rec, e);
	else if (rec.kind == RECORD_REVOKE)
		rc = take_revoke(j, &rec, x->index, e);
	else if (rec.kind == RECORD_LATE)
		rc = take_late(j, &rec, e);
	record_free(&rec);
	if (rc == 0 && lapse_count() != lapses)
		rc = err_set(e, "out of memory");
	if (rc == 0)
		rc = journal_record_add(j, x->index, x->leaf.data, x->leaf.len, e);
	o->records += rc == 0;
	return rc;
}

struct due { struct device_outcome *o; struct journal *j; };

static int
look_for_form(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct due *d = ctx;
	struct record rec;

	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (rec.kind == RECORD_FORM)
		note_form(d->o, d->j, &rec, index);
	record_free(&rec);
	return 0;
}

int
device_forms_due(struct device_outcome *o, struct journal *j)
{
	struct due d = { o, j };

	o->nforms = 0;
	return journal_each_record(j, 0, look_for_form, &d) < 0 ? -1 : 0;
}

#define CLEAR_MAX 64 /* with one answer */

struct cleared { struct journal *j; uint8_t hash[CLEAR_MAX][HASH_LEN]; size_t n; };

static int
parks(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	const uint8_t *hash = ctx;
	unsigned long lapses = lapse_count();
	uint8_t entry[HASH_LEN];
	struct record rec;
	int rc;

	(void)index;
	if (memmem(leaf, n, "\nkind late\n", 11) == NULL)
		return 0;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return lapse_count() != lapses ? -1 : 0;
	rc = rec.kind == RECORD_LATE && record_hash(&rec, "entry", entry) == 0 && memcmp(entry, hash, HASH_LEN) == 0;
	record_free(&rec);
	return rc;
}

/* It was refused once and is in the log now; what the county parks stays aside until a review. */
static int
find_cleared(void *ctx, const struct journal_entry *x)
{
	struct cleared *c = ctx;
	uint8_t hash[HASH_LEN];
	int rc;

	if (!x->has_receipt || strcmp(x->state, "set-aside") != 0)
		return 0;
	memcpy(hash, x->hash, HASH_LEN);
	if ((rc = journal_each_record(c->j, 0, parks, hash)) != 0)
		return rc < 0 ? -1 : 0;
	memcpy(c->hash[c->n++], x->hash, HASH_LEN);
	return c->n == sizeof(c->hash) / sizeof(c->hash[0]);
}

static int
put_aside(struct device_outcome *o, struct journal *j, const struct answer_refusal *r, struct err *e)
{
	struct journal_entry x;
	int rc;

	/* a gap is the fault of the frame before; a dictionary is not the entry's */
	if (r->epoch == 0 || strcmp(r->code, "gap") == 0 || strcmp(r->code, UNKNOWN_DICT) == 0)
		return 0;
	journal_entry_init(&x);
	rc = journal_by_seq(j, r->epoch, r->seq, &x);
	if (rc == 1 && !x.has_receipt && x.state[0] == '\0') {
		log_msg(LOG_WARN, "the county refuses the entry epoch %u seq %llu (%s): it is set aside, the others go on", r->epoch, (unsigned long long)r->seq, r->code);
		rc = journal_set_state(j, x.hash, "set-aside", e);
		o->refused++;
	}
	journal_entry_free(&x);
	return rc < 0 ? -1 : 0;
}

int
device_set_aside(struct device_outcome *o, struct journal *j, const struct answer *a, struct err *e)
{
	struct journal_counts counts;
	struct cleared c = { .j = j };
	size_t i;
	int unknown = 0;

	for (i = 0; i < a->nrefusals; i++) {
		if (put_aside(o, j, &a->refusal[i], e) != 0)
			return -1;
		unknown |= strcmp(a->refusal[i].code, UNKNOWN_DICT) == 0;
	}
	if (unknown && (unknown = device_dict_unknown(j, e)) < 0)
		return -1;
	o->undone = unknown;
	if (journal_count(j, &counts) != 0 || (counts.set_aside > 0 && journal_each_in(j, "set-aside", find_cleared, &c) < 0))
		return err_set(e, "the journal cannot be read");
	for (i = 0; i < c.n; i++)
		if (journal_set_state(j, c.hash[i], "", e) != 0)
			return -1;
	return 0;
}

struct held { const struct answer *a; uint8_t hash[64][HASH_LEN]; size_t n; };

static int
find_held(void *ctx, const struct attachment *x)
{
	struct held *h = ctx;

	for (size_t i = 0; i < h->a->nwants; i++)
		if (memcmp(h->a->want[i], x->hash, HASH_LEN) == 0)
			return 0;
	memcpy(h->hash[h->n++], x->hash, HASH_LEN);
	return h->n == sizeof(h->hash) / sizeof(h->hash[0]);
}

int
device_held(struct journal *j, const struct answer *a, const struct journal_counts *now, struct err *e)
{
	struct held h = { .a = a };

	if (now->attachments_waiting == 0 || now->waiting > 0 || a->nwants == ANSWER_WANTS_MAX)
		return 0;
	if (journal_each_attachment(j, 1, find_held, &h) < 0)
		return err_set(e, "the journal cannot be read");
	for (size_t i = 0; i < h.n; i++)
		if (journal_attachment_delivered(j, h.hash[i], e) != 0)
			return -1;
	return 0;
}
