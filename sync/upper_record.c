#include <string.h>

#include "evidence/enrol.h"
#include "evidence/leaf.h"
#include "evidence/policy.h"
#include "sync/upper_internal.h"

/* Records of a county's log, judged as an auditor does (docs/format.md 6); what the ledger's own tables refuse is not repeated here. */

static int
bad(struct group *g, uint64_t index, const char *rule)
{
	return err_set(g->e, "record at %llu: %s", (unsigned long long)index, rule);
}

static const struct ledger_person *
person_of(struct group *g, const uint8_t keyhash[HASH_LEN], struct ledger_person *space)
{
	for (size_t i = g->npeople; i-- > 0;)
		if (memcmp(g->person[i].keyhash, keyhash, HASH_LEN) == 0)
			return &g->person[i];
	return ledger_person(g->u->l, keyhash, space) == 1 ? space : NULL;
}

static int
acts(const struct ledger_person *p, int reviewer)
{
	return p != NULL && p->active && (strcmp(p->role, "officer") == 0 || strcmp(p->role, "admin") == 0 || (reviewer && strcmp(p->role, "reviewer") == 0));
}

static int
signatures(struct group *g, uint64_t index, const struct record *r, const struct county_keys *fresh)
{
	struct ledger_person space;
	const struct ledger_person *p;

	if (r->kind == RECORD_SUCCESSION) {
		if (!sigtext_verify(&r->text, 0, DSSE_RECORD, g->u->root))
			return bad(g, index, "not signed by the root key");
	} else if (!(g->has_keys && sigtext_verify(&r->text, 0, DSSE_RECORD, g->keys.service)) && !(fresh != NULL && sigtext_verify(&r->text, 0, DSSE_RECORD, fresh->service))) {
		return bad(g, index, "not signed by the service key");
	}
	if (r->text.nsigs < 2)
		return 0;
	p = person_of(g, r->text.sig[1].keyhash, &space);
	return acts(p, 1) && sigtext_verify(&r->text, 1, DSSE_RECORD, p->key) ? 0 : bad(g, index, "the second signature is no officer's");
}

static int
county_keys_of(struct group *g, uint64_t index, const struct record *r, const struct county_keys *fresh)
{
	uint64_t version = 0;

	if (fresh == NULL)
		return bad(g, index, "its county.keys are malformed, or not signed by their root");
	(void)record_u64(r, "version", &version);
	if (memcmp(fresh->log_id, g->u->log_id, HASH_LEN) != 0 || memcmp(fresh->root, g->u->root, KEY_LEN) != 0)
		return bad(g, index, "county.keys of another root or log");
	if (fresh->version != version || (g->has_keys ? version <= g->keys.version : version != 1))
		return bad(g, index, "the version of county.keys is not the next");
	g->keys = *fresh;
	g->has_keys = 1;
	return 0;
}

static int
person(struct group *g, uint64_t index, const struct record *r)
{
	struct ledger_person *p = &g->person[g->npeople];

	if (g->npeople == UPPER_PEOPLE_MAX)
		return bad(g, index, "too many persons in one group");
	memset(p, 0, sizeof(*p));
	if (field_b64(record_value(r, "key"), p->key, KEY_LEN) != 0 || record_text(r, "role", p->role, sizeof(p->role)) != 0 ||
	    record_text(r, "actor", p->actor, sizeof(p->actor)) != 0)
		return bad(g, index, "a person's lines cannot be read");
	if (!key_ok(p->key))
		return bad(g, index, "the person's key fails the point check");
	sha256(p->keyhash, p->key, KEY_LEN);
	p->active = record_is(r, "state", "active");
	g->npeople++;
	return 0;
}

static int
policy(struct group *g, uint64_t index, const struct record *r)
{
	struct policy *p = NULL;
	struct buf b;

	buf_init(&b, POLICY_MAX);
	if (record_bytes(r, "policy", &b) == 0)
		p = policy_parse(buf_str(&b), b.len, NULL);
	buf_free(&b);
	if (p == NULL)
		return bad(g, index, "its policy is malformed");
	policy_free(p);
	return 0;
}

static int
enrol_signed(struct buf *text, const struct record *r, const char *name, const uint8_t key[KEY_LEN])
{
	uint8_t sig[SIG_LEN];

	return buf_ok(text) && field_b64(record_value(r, name), sig, SIG_LEN) == 0 && dsse_verify(sig, DSSE_ENROL, text->data, text->len, key);
}

static int
enrol(struct group *g, uint64_t index, const struct record *r)
{
	const struct ledger_person *officer = NULL;
	struct ledger_person space;
	struct enrol_statement st;
	struct invitation inv;
	uint8_t hash[HASH_LEN];
	const char *rule = NULL;
	struct buf text;

	if (enrol_record_statement(&st, r) != 0 || enrol_record_invitation(&inv, r) != 0)
		return bad(g, index, "enrol: malformed");
	if (!key_ok(st.key))
		return bad(g, index, "enrol: the device's key fails the point check");
	if (record_hash(r, "officer", hash) == 0)
		officer = person_of(g, hash, &space);
	if (!acts(officer, 0))
		return bad(g, index, "enrol: invited by no officer");
	sha256(hash, st.key, KEY_LEN);
	buf_init(&text, ENROL_MAX);
	if (st.epoch == 1 ? inv.has_for || memcmp(hash, st.device, HASH_LEN) != 0 : !inv.has_for || memcmp(inv.for_device, st.device, HASH_LEN) != 0)
		rule = "enrol: the device is not its first key's hash, or \"for\" is not what the epoch needs";
	else if (r->at > inv.expires)
		rule = "enrol: its invitation had expired";
	else if (invitation_print(&text, &inv) != 0 || !enrol_signed(&text, r, "invitation", officer->key))
		rule = "enrol: the officer did not sign the invitation";
	buf_reset(&text);
	if (rule == NULL && (enrol_statement_print(&text, &st) != 0 || !enrol_signed(&text, r, "proof", st.key)))
		rule = "enrol: the device did not sign the statement";
	buf_free(&text);
	return rule != NULL ? bad(g, index, rule) : 0;
}

/* One of a fork's two headers: of that place, and signed by its epoch's key? */
static int
branch(struct group *g, const struct record *r, const char *name, const char *sig_name, uint8_t hash[HASH_LEN])
{
	uint8_t sig[SIG_LEN], key[KEY_LEN], device[HASH_LEN];
	uint64_t epoch, seq;
	struct entry h;
	struct buf b;
	int ok;

	buf_init(&b, ENTRY_HEADER_MAX);
	ok = record_bytes(r, name, &b) == 0 && entry_parse(&h, buf_str(&b), b.len, NULL) == 0 && record_hash(r, "device", device) == 0 &&
	    record_u64(r, "epoch", &epoch) == 0 && record_u64(r, "seq", &seq) == 0 && memcmp(h.device, device, HASH_LEN) == 0 &&
	    h.epoch == epoch && h.seq == seq && field_b64(record_value(r, sig_name), sig, SIG_LEN) == 0;
	if (ok && memcmp(device, g->r.device, HASH_LEN) == 0)
		ok = ingest_key(&g->in, h.epoch, key) == 1;
	else if (ok)
		ok = ledger_device_key(g->u->l, device, h.epoch, key) == 1;
	ok = ok && dsse_verify(sig, DSSE_ENTRY, b.data, b.len, key);
	if (ok)
		entry_hash(hash, b.data, b.len);
	buf_free(&b);
	return ok;
}

/* Records that speak of the tree at an earlier size. */
static int
size(struct group *g, uint64_t index, const struct record *r)
{
	uint8_t root[HASH_LEN], is[HASH_LEN];
	uint64_t at = 0, since = 0;

	if (record_u64(r, "size", &at) != 0 || at > index)
		return bad(g, index, "speaks of a tree larger than its own");
	if (r->kind != RECORD_EXPORT)
		return 0;
	(void)record_u64(r, "since", &since);
	/* in the middle of a group the tree cannot be read; an export is a group of its own */
	if (since > at || at > g->first || field_b64(record_value(r, "root"), root, HASH_LEN) != 0 ||
	    tree_range_hash(ledger_reader(g->u->l), 0, at, is) != 0 || memcmp(root, is, HASH_LEN) != 0)
		return bad(g, index, "an export of another root, or since a later size");
	return 0;
}

static int
kind(struct group *g, uint64_t index, const struct record *r, const struct county_keys *fresh)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];

	switch (r->kind) {
	case RECORD_KEY:
		if (record_is(r, "what", "county"))
			return county_keys_of(g, index, r, fresh);
		return record_is(r, "what", "person") ? person(g, index, r) : policy(g, index, r);
	case RECORD_ENROL:
		return enrol(g, index, r);
	case RECORD_FORK:
		return branch(g, r, "a", "a-sig", a) && branch(g, r, "b", "b-sig", b) && memcmp(a, b, HASH_LEN) != 0 ? 0 : bad(g, index, "fork: not two signed headers of one place");
	case RECORD_PERIOD: case RECORD_POSTING: case RECORD_EXPORT:
		return size(g, index, r);
	default:
		return 0;
	}
}

int
group_record(struct group *g, uint64_t index, const uint8_t *leaf, size_t n)
{
	static const char *const first[] = { "county", "policy" };
	const struct county_keys *fresh = NULL;
	struct county_keys space;
	struct record r;
	struct buf bytes;
	int rc = -1;

	if (record_parse(&r, leaf + 1, n - 1, g->e) != 0)
		return err_add(g->e, "record at %llu", (unsigned long long)index);
	buf_init(&bytes, LEAF_MAX);
	if (r.kind == RECORD_KEY && record_is(&r, "what", "county") && record_bytes(&r, "keys", &bytes) == 0 && keys_parse(&space, buf_str(&bytes), bytes.len, NULL) == 0)
		fresh = &space;
	if (memcmp(r.log, g->u->log_id, HASH_LEN) != 0)
		(void)bad(g, index, "is another log's");
	else if (g->records < 2 && r.kind != RECORD_SUCCESSION && !(r.kind == RECORD_KEY && record_is(&r, "what", first[g->records])))
		(void)bad(g, index, "the log's first two records are county.keys and the policy");
	else if (signatures(g, index, &r, fresh) == 0)
		rc = kind(g, index, &r, fresh);
	if (r.kind != RECORD_SUCCESSION)
		g->records++;
	buf_free(&bytes);
	record_free(&r);
	return rc;
}
