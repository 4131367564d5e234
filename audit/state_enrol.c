#include <string.h>

#include "audit/state.h"
#include "evidence/enrol.h"
#include "evidence/sigtext.h"

#define ULL(x) ((unsigned long long)(x))

/* Enrol and fork records: those that hold signatures of devices. */

static int
is_officer(const struct person *p)
{
	return p != NULL && p->active && p->ok && (strcmp(p->role, "officer") == 0 || strcmp(p->role, "admin") == 0);
}

/* The rule that the record breaks, or NULL. */
static const char *
broken_rule(struct work *w, const struct record *r, const struct enrol_statement *st, const struct invitation *inv)
{
	uint8_t hash[HASH_LEN];

	sha256(hash, st->key, KEY_LEN);
	if (st->epoch == 1 && memcmp(hash, st->device, HASH_LEN) != 0)
		return "enrol: the device is not its first key's hash";
	if (st->epoch == 1 ? inv->has_for : !inv->has_for || memcmp(inv->for_device, st->device, HASH_LEN) != 0)
		return "enrol: \"for\" is not what the epoch needs";
	if (map_find(&w->state.secrets, inv->secret) != MAP_NONE)
		return "enrol: its invitation was used before";
	if (r->at > inv->expires)
		return "enrol: its invitation had expired";
	return NULL;
}

/* Does ${key} sign (type enrol) what ${print}ed gives?  The value of line ${name} is the signature. */
static int
signed_by(struct buf *text, const struct record *r, const char *name, const uint8_t key[KEY_LEN])
{
	uint8_t sig[SIG_LEN];

	return buf_ok(text) && field_b64(record_value(r, name), sig, SIG_LEN) == 0 && dsse_verify(sig, DSSE_ENROL, text->data, text->len, key);
}

static const char *
broken_signature(struct work *w, const struct record *r, const struct enrol_statement *st, const struct invitation *inv)
{
	const struct person *officer = NULL;
	uint8_t hash[HASH_LEN];
	const char *rule = NULL;
	struct buf text;

	if (record_hash(r, "officer", hash) == 0)
		officer = state_person(w, hash);
	if (!is_officer(officer))
		return "enrol: invited by no officer";
	buf_init(&text, ENROL_MAX);
	if (invitation_print(&text, inv) != 0 || !signed_by(&text, r, "invitation", officer->key))
		rule = "enrol: the officer did not sign the invitation";
	keys_root_hash(&w->keys, hash);
	if (rule == NULL && !enrol_record_proves(st, r, hash))
		rule = "enrol: the device did not sign the statement";
	buf_free(&text);
	return rule;
}

static void
add_enrolment(struct work *w, uint64_t index, const struct enrol_statement *st)
{
	struct device *d = work_device(w, st->device);
	struct enrolment *en;
	struct assignment *as;

	if (d == NULL || (en = array_grow(w, d->enrolled, d->nenrolled, sizeof(*en))) == NULL)
		return;
	d->enrolled = en;
	if ((as = array_grow(w, d->assigned, d->nassigned, sizeof(*as))) == NULL)
		return;
	d->assigned = as;
	en = &d->enrolled[d->nenrolled++];
	*en = (struct enrolment){ .index = index, .epoch = st->epoch, .ok = 1 };
	memcpy(en->key, st->key, KEY_LEN);
	as = &d->assigned[d->nassigned++];
	*as = (struct assignment){ .from = index, .to = NEVER };
	memcpy(as->place, st->place, sizeof(as->place));
}

void
state_enrol(struct work *w, uint64_t index, const struct record *r)
{
	struct enrol_statement st;
	struct invitation inv;
	const char *rule;

	if (enrol_record_statement(&st, r) != 0 || enrol_record_invitation(&inv, r) != 0) {
		state_bad(w, index, "enrol: malformed");
		return;
	}
	rule = broken_rule(w, r, &st, &inv);
	if (map_add(&w->state.secrets, inv.secret) == MAP_NONE)
		w->oom = 1;
	if (!key_ok(st.key)) {
		work_found(w, BAD_KEY, &(struct place){ st.device, 2, st.epoch, 0, NULL }, MAP_NONE, "record at %llu: the device's key fails the point check", ULL(index));
		return;
	}
	if (rule == NULL)
		rule = broken_signature(w, r, &st, &inv);
	if (rule != NULL)
		state_bad(w, index, rule);
	else
		add_enrolment(w, index, &st);
}

/* --- forks */

static const struct epoch_key *
key_of(const struct device *d, uint32_t epoch, struct epoch_key *space)
{
	for (size_t i = 0; d != NULL && i < d->nkeys; i++)
		if (d->keys[i].epoch == epoch)
			return &d->keys[i];
	for (size_t i = 0; d != NULL && i < d->nenrolled; i++)
		if (d->enrolled[i].epoch == epoch) {
			*space = (struct epoch_key){ .epoch = epoch, .ok = 1 };
			memcpy(space->key, d->enrolled[i].key, KEY_LEN);
			return space;
		}
	return NULL;
}

/* One of the record's two headers: of that place, and signed?  Its ENTRY comes out. */
static int
branch_ok(const struct record *r, const char *name, const char *sig_name, const uint8_t device[32], uint32_t epoch, uint64_t seq,
    const struct epoch_key *key, uint8_t hash[32])
{
	uint8_t sig[SIG_LEN];
	struct entry h;
	struct buf b;
	int ok;

	buf_init(&b, ENTRY_HEADER_MAX);
	ok = record_bytes(r, name, &b) == 0 && entry_parse(&h, buf_str(&b), b.len, NULL) == 0 && memcmp(h.device, device, HASH_LEN) == 0 &&
	     h.epoch == epoch && h.seq == seq && field_b64(record_value(r, sig_name), sig, SIG_LEN) == 0 && key != NULL && key->ok &&
	     dsse_verify(sig, DSSE_ENTRY, b.data, b.len, key->key);
	if (ok)
		entry_hash(hash, b.data, b.len);
	buf_free(&b);
	return ok;
}

static void
judge_fork(struct work *w, const struct fork_record *f)
{
	uint8_t device[32] = { 0 }, a[32], b[32];
	struct epoch_key space;
	const struct epoch_key *key;
	struct place at;
	struct record r;
	uint64_t epoch = 0, seq = 0;

	if (record_parse(&r, f->text, f->len, NULL) != 0)
		return;
	(void)record_hash(&r, "device", device);
	(void)record_u64(&r, "epoch", &epoch);
	(void)record_u64(&r, "seq", &seq);
	at = (struct place){ device, 3, (uint32_t)epoch, seq, NULL };
	key = key_of(map_get(&w->devices, device), at.epoch, &space);
	if (!branch_ok(&r, "a", "a-sig", device, at.epoch, seq, key, a) || !branch_ok(&r, "b", "b-sig", device, at.epoch, seq, key, b) || memcmp(a, b, 32) == 0)
		state_bad(w, f->index, "fork: not two signed headers of one place");
	else
		work_found(w, FORK, &at, map_find(&w->entries, b), "the record at %llu proves it: entries %02x%02x%02x%02x... and %02x%02x%02x%02x...", ULL(f->index),
		    a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]);
	record_free(&r);
}

void
state_forks(struct work *w)
{
	for (size_t i = 0; i < w->state.nforks; i++)
		judge_fork(w, &w->state.forks[i]);
}
