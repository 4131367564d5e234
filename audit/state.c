#include "audit/state.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/leaf.h"
#include "evidence/value.h"

#define ULL(x) ((unsigned long long)(x))
#define LAST_OF_TWO 2

void
state_bad(struct work *w, uint64_t index, const char *rule)
{
	work_found(w, BAD_RECORD, NULL, MAP_NONE, "record at %llu: %s", ULL(index), rule);
}

const struct person *
state_person(const struct work *w, const uint8_t keyhash[32])
{
	return map_get(&w->state.people, keyhash);
}

/* --- who signed */

static int
is_reviewer(const char *role)
{
	return strcmp(role, "reviewer") == 0 || strcmp(role, "officer") == 0 || strcmp(role, "admin") == 0;
}

static void
check_signatures(struct work *w, uint64_t index, const struct record *r, const struct county_keys *fresh)
{
	const struct county_keys *now = w->state.has_keys ? &w->state.keys : &w->keys;
	const struct person *p;

	if (r->kind == RECORD_SUCCESSION) {
		if (!sigtext_verify(&r->text, 0, DSSE_RECORD, now->root))
			state_bad(w, index, "not signed by the root key");
		return;
	}
	/* a record that changes the service key may be signed by either */
	if (!sigtext_verify(&r->text, 0, DSSE_RECORD, now->service) && !(fresh != NULL && sigtext_verify(&r->text, 0, DSSE_RECORD, fresh->service)))
		state_bad(w, index, "not signed by the service key");
	if (r->text.nsigs < LAST_OF_TWO)
		return;
	p = state_person(w, r->text.sig[1].keyhash);
	if (p == NULL || !p->active || !p->ok || !is_reviewer(p->role) || !sigtext_verify(&r->text, 1, DSSE_RECORD, p->key))
		state_bad(w, index, "the second signature is no officer's");
}

/* --- keys, policy, people */

static void
keep(struct work *w, struct buf *b, const struct buf *bytes)
{
	buf_reset(b);
	if (buf_put(b, bytes->data ? bytes->data : (const uint8_t *)"", bytes->len) != 0)
		w->oom = 1;
}

static void
county_record(struct work *w, uint64_t index, const struct record *r, const struct county_keys *fresh, const struct buf *bytes)
{
	struct state *s = &w->state;
	uint64_t version = 0;

	if (fresh == NULL) {
		state_bad(w, index, "its county.keys are malformed, or not signed by their root");
		return;
	}
	(void)record_u64(r, "version", &version);
	if (memcmp(fresh->log_id, w->keys.log_id, HASH_LEN) != 0 || (s->has_keys && memcmp(fresh->root, s->keys.root, KEY_LEN) != 0))
		state_bad(w, index, "county.keys of another root or log");
	if (fresh->version != version || version <= s->version || (s->version == 0 && version != 1))
		state_bad(w, index, "the version of county.keys is not the next");
	s->keys = *fresh;
	s->has_keys = 1;
	s->version = version;
	keep(w, &s->keys_bytes, bytes);
}

static void
policy_record(struct work *w, uint64_t index, const struct buf *bytes)
{
	struct policy *p = policy_parse(buf_str(bytes), bytes->len, NULL);

	if (p == NULL)
		state_bad(w, index, "its policy is malformed");
	policy_free(p);
	w->state.has_policy = 1;
	keep(w, &w->state.policy_bytes, bytes);
}

static void
person_record(struct work *w, uint64_t index, const struct record *r)
{
	uint8_t key[KEY_LEN], hash[HASH_LEN];
	struct person *p;
	uint32_t i;

	if (field_b64(record_value(r, "key"), key, KEY_LEN) != 0)
		return;
	sha256(hash, key, KEY_LEN);
	if ((i = map_add(&w->state.people, hash)) == MAP_NONE) {
		w->oom = 1;
		return;
	}
	p = map_at(&w->state.people, i);
	memcpy(p->key, key, KEY_LEN);
	p->active = record_is(r, "state", "active");
	(void)record_text(r, "actor", p->actor, sizeof(p->actor));
	(void)record_text(r, "role", p->role, sizeof(p->role));
	if (!p->ok && !(p->ok = key_ok(key)))
		work_found(w, BAD_KEY, NULL, MAP_NONE, "record at %llu: the person's key fails the point check", ULL(index));
}

/* county.keys out of a record; NULL if it is none, or not good. */
static const struct county_keys *
fresh_keys(const struct record *r, struct county_keys *space, struct buf *bytes)
{
	if (r->kind != RECORD_KEY || !record_is(r, "what", "county") || record_bytes(r, "keys", bytes) != 0)
		return NULL;
	return keys_parse(space, buf_str(bytes), bytes->len, NULL) == 0 ? space : NULL;
}

/* --- forms, dictionaries, what is said about entries */

static void
form_record(struct work *w, uint64_t index, const struct record *r)
{
	struct state *s = &w->state;
	struct form_state f = { .index = index }, *forms;

	if (record_form(r, f.id, f.version, f.hash) != 0 || !record_is(r, "state", "published"))
		return;
	for (size_t i = 0; i < s->nforms; i++)
		if (memcmp(s->forms[i].hash, f.hash, HASH_LEN) == 0 && strcmp(s->forms[i].id, f.id) == 0 && strcmp(s->forms[i].version, f.version) == 0)
			return;
	if ((forms = array_grow(w, s->forms, s->nforms, sizeof(*forms))) == NULL)
		return;
	s->forms = forms;
	s->forms[s->nforms++] = f;
}

uint64_t
state_form(struct work *w, const struct entry *h)
{
	struct state *s = &w->state;

	/* Neighbours mostly use the same form: look there first. */
	for (size_t n = 0; n < s->nforms; n++) {
		size_t i = (s->last_form + n) % s->nforms;
		const struct form_state *f = &s->forms[i];

		if (memcmp(f->hash, h->form_hash, HASH_LEN) == 0 && strcmp(f->id, h->form) == 0 && strcmp(f->version, h->form_version) == 0) {
			s->last_form = i;
			return f->index;
		}
	}
	return NEVER;
}

static void
dict_record(struct work *w, const struct record *r)
{
	struct state *s = &w->state;
	struct dict d = { .len = 0 }, *dicts;

	if (record_hash(r, "dict", d.hash) != 0 || record_u64(r, "len", &d.len) != 0)
		return;
	if ((dicts = array_grow(w, s->dicts, s->ndicts, sizeof(*dicts))) == NULL)
		return;
	s->dicts = dicts;
	s->dicts[s->ndicts++] = d;
}

/* Every line "entry HASH" of the record: put on, then take off, flags of that entry. */
static void
mark_entries(struct work *w, const struct record *r, uint32_t on, uint32_t off)
{
	uint8_t hash[HASH_LEN];

	for (size_t i = 0; i < r->nlines; i++) {
		uint32_t k;

		if (strcmp(r->lines[i].name, "entry") != 0 || field_hex(r->lines[i].value, hash, HASH_LEN) != 0 || (k = work_known(w, hash)) == MAP_NONE)
			continue;
		known_at(w, k)->flags = (known_at(w, k)->flags & ~off) | on;
	}
}

static void
fork_record(struct work *w, uint64_t index, const void *text, size_t n)
{
	struct state *s = &w->state;
	struct fork_record *f;
	uint8_t *copy;

	if ((f = array_grow(w, s->forks, s->nforks, sizeof(*f))) == NULL)
		return;
	s->forks = f;
	if ((copy = malloc(n)) == NULL) {
		w->oom = 1;
		return;
	}
	memcpy(copy, text, n);
	s->forks[s->nforks++] = (struct fork_record){ index, copy, n };
}

/* --- devices */

static void
assign_record(struct work *w, uint64_t index, const struct record *r)
{
	struct assignment a = { .to = NEVER }, *rows;
	uint8_t id[HASH_LEN];
	struct device *d;
	int ends;

	if (record_hash(r, "device", id) != 0 || record_text(r, "place", a.place, sizeof(a.place)) != 0 || record_u64(r, "from", &a.from) != 0 ||
	    (d = work_device(w, id)) == NULL)
		return;
	ends = record_u64(r, "to", &a.to) == 0;
	if (ends && a.to < index)
		state_bad(w, index, "an assignment that ends before the record");
	for (size_t i = 0; ends && i < d->nassigned; i++)
		if (strcmp(d->assigned[i].place, a.place) == 0 && d->assigned[i].from == a.from && d->assigned[i].to == NEVER) {
			d->assigned[i].to = a.to;
			return;
		}
	if (a.from < index)
		state_bad(w, index, "an assignment that begins before the record");
	if ((rows = array_grow(w, d->assigned, d->nassigned, sizeof(*rows))) == NULL)
		return;
	d->assigned = rows;
	d->assigned[d->nassigned++] = a;
}

static void
revoke_record(struct work *w, uint64_t index, const struct record *r)
{
	uint8_t id[HASH_LEN];
	struct device *d;

	if (record_hash(r, "device", id) == 0 && (d = work_device(w, id)) != NULL && d->revoked == 0)
		d->revoked = index + 1;
}

int
state_enrolled(const struct device *d, uint64_t index)
{
	for (size_t i = 0; i < d->nenrolled; i++)
		if (d->enrolled[i].index < index)
			return 1;
	return 0;
}

int
state_assigned(const struct device *d, const char *place, uint64_t index)
{
	for (size_t i = 0; i < d->nassigned; i++)
		if (d->assigned[i].from <= index && index < d->assigned[i].to && place_inside(place, d->assigned[i].place))
			return 1;
	return 0;
}

/* --- one record */

static void
size_record(struct work *w, uint64_t index, const struct record *r)
{
	uint8_t root[HASH_LEN], is[HASH_LEN];
	uint64_t size = 0, since = 0;

	(void)record_u64(r, "size", &size);
	if (size > index) {
		state_bad(w, index, "speaks of a tree larger than its own");
		return;
	}
	if (r->kind != RECORD_EXPORT)
		return;
	(void)record_u64(r, "since", &since);
	if (since > size || field_b64(record_value(r, "root"), root, HASH_LEN) != 0 || logtree_root(&w->tree, size, is) != 0 || memcmp(root, is, HASH_LEN) != 0)
		state_bad(w, index, "an export of another root, or since a later size");
}

static void
succession_record(struct work *w, uint64_t index, const struct record *r)
{
	struct state *s = &w->state;
	uint8_t (*logs)[32];
	uint64_t size = 0;

	(void)record_u64(r, "old-size", &size);
	work_found(w, SUCCESSION, NULL, MAP_NONE, "record at %llu: continues the log %.64s of size %llu", ULL(index), record_value(r, "old-log").p, ULL(size));
	if ((logs = array_grow(w, s->old_logs, s->nold_logs, sizeof(*logs))) == NULL)
		return;
	s->old_logs = logs;
	(void)record_hash(r, "old-log", s->old_logs[s->nold_logs++]);
}

static void
apply_kind(struct work *w, uint64_t index, const struct record *r, const struct county_keys *fresh, struct buf *bytes)
{
	switch (r->kind) {
	case RECORD_KEY:
		if (record_is(r, "what", "county"))
			county_record(w, index, r, fresh, bytes);
		else if (record_is(r, "what", "person"))
			person_record(w, index, r);
		else if (record_bytes(r, "policy", bytes) == 0)
			policy_record(w, index, bytes);
		return;
	case RECORD_ENROL:
		state_enrol(w, index, r);
		return;
	case RECORD_ASSIGN:
		assign_record(w, index, r);
		return;
	case RECORD_REVOKE:
		revoke_record(w, index, r);
		return;
	case RECORD_FORM:
		form_record(w, index, r);
		return;
	case RECORD_DICTIONARY:
		dict_record(w, r);
		return;
	case RECORD_REVIEW:
		if (record_is(r, "verdict", "accept"))
			mark_entries(w, r, KNOWN_ACCEPTED, KNOWN_RETURNED);
		else
			mark_entries(w, r, KNOWN_RETURNED, KNOWN_ACCEPTED);
		return;
	case RECORD_LATE:
		mark_entries(w, r, KNOWN_LATE, 0);
		return;
	case RECORD_ERASE:
		mark_entries(w, r, KNOWN_ERASED, 0);
		return;
	case RECORD_PERIOD: case RECORD_POSTING: case RECORD_EXPORT:
		size_record(w, index, r);
		return;
	case RECORD_SUCCESSION:
		succession_record(w, index, r);
		return;
	case RECORD_PLAN: case RECORD_LINK: case RECORD_PLACE_MAP: case RECORD_FORK: case RECORD_KINDS:
		return;
	}
}

void
state_apply(struct work *w, uint64_t index, const void *text, size_t n, uint64_t *at)
{
	static const char *const first[LAST_OF_TWO] = { "county", "policy" };
	const struct county_keys *fresh;
	struct county_keys space;
	struct record r;
	struct buf bytes;
	struct err e;

	*at = 0;
	if (record_parse(&r, text, n, &e) != 0) {
		state_bad(w, index, e.text);
		return;
	}
	*at = r.at;
	buf_init(&bytes, LEAF_MAX);
	fresh = fresh_keys(&r, &space, &bytes);
	if (memcmp(r.log, w->keys.log_id, HASH_LEN) != 0)
		state_bad(w, index, "is another log's");
	check_signatures(w, index, &r, fresh);
	if (r.kind != RECORD_SUCCESSION) {
		if (w->state.count < LAST_OF_TWO && !(r.kind == RECORD_KEY && record_is(&r, "what", first[w->state.count])))
			state_bad(w, index, "the log's first two records are county.keys and the policy");
		w->state.count++;
	}
	if (r.kind == RECORD_FORK)
		fork_record(w, index, text, n);
	apply_kind(w, index, &r, fresh, &bytes);
	buf_free(&bytes);
	record_free(&r);
}

/* Is the file what the newest record says? */
static int
same(struct work *w, const char *path, int has, const struct buf *want)
{
	struct file *f = half_find(&w->county, path);
	struct buf b;
	int ok;

	if (f == NULL || !has)
		return 0;
	buf_init(&b, HALF_SMALL_MAX + 1);
	ok = half_load(&w->county, f, &b, HALF_SMALL_MAX) == 0 && b.len == want->len && (b.len == 0 || memcmp(b.data, want->data, b.len) == 0);
	buf_free(&b);
	return ok;
}

void
state_newest(struct work *w)
{
	const struct state *s = &w->state;

	if (logtree_size(&w->tree) == 0)
		return;
	if (!same(w, "county.keys", s->has_keys, &s->keys_bytes))
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "county.keys is not the one that the newest record holds");
	if (!same(w, "policy.txt", s->has_policy, &s->policy_bytes))
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "policy.txt is not the one that the newest record holds");
}
