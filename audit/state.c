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

/* county.keys out of a record; NULL if it is none, or not good. */
static const struct county_keys *
fresh_keys(const struct record *r, struct county_keys *space, struct buf *bytes)
{
	if (r->kind != RECORD_KEY || !record_is(r, "what", "county") || record_bytes(r, "keys", bytes) != 0)
		return NULL;
	return keys_parse(space, buf_str(bytes), bytes->len, NULL) == 0 ? space : NULL;
}

/* A fork record is judged when the keys of all epochs are known. */
static void
keep_fork(struct work *w, uint64_t index, const void *text, size_t n)
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
	if (!w->state.has_log) {
		memcpy(w->state.log, w->keys.log_id, HASH_LEN);
		w->state.has_log = 1;
	}
	if (r.kind != RECORD_SUCCESSION && memcmp(r.log, w->state.log, HASH_LEN) != 0)
		state_bad(w, index, "is another log's");
	check_signatures(w, index, &r, fresh);
	if (r.kind != RECORD_SUCCESSION) {
		if (w->state.count < LAST_OF_TWO && !(r.kind == RECORD_KEY && record_is(&r, "what", first[w->state.count])))
			state_bad(w, index, "the log's first two records are county.keys and the policy");
		w->state.count++;
	}
	if (r.kind == RECORD_FORK)
		keep_fork(w, index, text, n);
	state_kind(w, index, &r, fresh, &bytes);
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
