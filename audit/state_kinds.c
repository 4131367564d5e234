#include "audit/notes.h"
#include "audit/state.h"

#include <stdlib.h>
#include <string.h>

#define ULL(x) ((unsigned long long)(x))

/* What each kind of record changes. */

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
	uint8_t hash[HASH_LEN];
	uint64_t version = 0;

	if (fresh == NULL) {
		state_bad(w, index, "its county.keys are malformed, or not signed by their root");
		return;
	}
	(void)record_u64(r, "version", &version);
	if (memcmp(fresh->log_id, s->log, HASH_LEN) != 0 || (s->has_keys && memcmp(fresh->root, s->keys.root, KEY_LEN) != 0))
		state_bad(w, index, "county.keys of another root or log");
	if (fresh->version != version || version <= s->version || (s->version == 0 && version != 1))
		state_bad(w, index, "the version of county.keys is not the next");
	s->keys = *fresh;
	s->has_keys = 1;
	s->version = version;
	keep(w, &s->keys_bytes, bytes);
	sha256(hash, bytes->data, bytes->len);
	if (map_add(&s->county_keys, hash) == MAP_NONE)
		w->oom = 1;
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

/* --- the rest */

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

/* The leaves so far are what is left of another log: this record has to say which, as it stands here, and the next two are the new log's first. */
static void
new_log(struct work *w, uint64_t index, const struct record *r, uint64_t size)
{
	struct state *s = &w->state;
	uint8_t old[HASH_LEN], root[HASH_LEN], is[HASH_LEN], note[HASH_LEN];
	uint32_t i;

	tree_edge_root(&w->tree.edge, is);
	if (record_hash(r, "old-log", old) != 0 || memcmp(old, s->log, HASH_LEN) != 0 || size != index ||
	    field_b64(record_value(r, "old-root"), root, HASH_LEN) != 0 || memcmp(root, is, HASH_LEN) != 0)
		state_bad(w, index, "a succession of another log, size or root than the leaves before it");
	if (record_hash(r, "old-note", note) != 0 || (i = map_find(&w->notes, note)) == MAP_NONE || note_at(w, i)->c.size != size)
		state_bad(w, index, "a succession whose old head is not among the checkpoints");
	memcpy(s->log, r->log, HASH_LEN);
	s->count = 0;
}

static void
succession_record(struct work *w, uint64_t index, const struct record *r)
{
	struct state *s = &w->state;
	uint8_t (*logs)[32];
	uint64_t size = 0, *sizes;

	(void)record_u64(r, "old-size", &size);
	work_found(w, SUCCESSION, NULL, MAP_NONE, "record at %llu: continues the log %.64s of size %llu", ULL(index), record_value(r, "old-log").p, ULL(size));
	if (memcmp(r->log, s->log, HASH_LEN) != 0)
		new_log(w, index, r, size);
	if ((sizes = array_grow(w, s->old_sizes, s->nold_logs, sizeof(*sizes))) == NULL)
		return;
	s->old_sizes = sizes;
	s->old_sizes[s->nold_logs] = size;
	if ((logs = array_grow(w, s->old_logs, s->nold_logs, sizeof(*logs))) == NULL)
		return;
	s->old_logs = logs;
	(void)record_hash(r, "old-log", s->old_logs[s->nold_logs++]);
}

void
state_kind(struct work *w, uint64_t index, const struct record *r, const struct county_keys *fresh, struct buf *bytes)
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
	case RECORD_PLAN: case RECORD_LINK: case RECORD_PLACE_MAP: case RECORD_FORK: case RECORD_MESSAGE: case RECORD_KINDS:
		return;
	}
}
