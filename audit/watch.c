#include "audit/watch.h"

#include <stdio.h>
#include <string.h>

#include "audit/lay.h"
#include "audit/state.h"
#include "evidence/proof.h"

static int
is_watched(const struct work *w, const struct item *it)
{
	return w->o->watch != NULL && memcmp(it->hash, w->o->watch, w->o->watch_len) == 0;
}

void
watch_parked(struct work *w, const struct item *it)
{
	if (is_watched(w, it))
		w->a->watched.parked = 1;
}

static void
keep(struct buf *b, struct field f)
{
	buf_reset(b);
	(void)buf_put(b, f.p, f.len);
}

void
watch_entry(struct work *w, const struct item *it)
{
	struct audit_watched *x = &w->a->watched;
	const struct known *k = known_at(w, it->k);
	const struct person *p = it->h.has_actor_key ? state_person(w, it->h.actor_key) : NULL;

	if (!is_watched(w, it) || w->village != 0)
		return;
	x->found++;
	memcpy(x->hash, it->hash, HASH_LEN);
	keep(&x->header, it->raw.header);
	keep(&x->sigs, it->raw.sigs);
	keep(&x->payload, it->raw.payload);
	x->personal_len = it->h.personal_len;
	x->has_personal = it->has_personal;
	x->sig_ok = it->sig_ok;
	x->has_person = it->h.has_actor_key;
	x->person_ok = it->person_ok;
	if (p != NULL)
		(void)snprintf(x->person_role, sizeof(x->person_role), "%s", p->role);
	x->has_leaf = k->leaf1 != 0;
	x->index = x->has_leaf ? k->leaf1 - 1 : 0;
	x->received = x->has_leaf ? w->tree.received[x->index] : 0;
	x->erased = (k->flags & KNOWN_ERASED) != 0;
	x->reviewed = k->flags & KNOWN_ACCEPTED ? 1 : k->flags & KNOWN_RETURNED ? 2 : 0;
	lay_bounds(w, it, &x->bounds);
}

void
watch_end(struct work *w)
{
	struct audit_watched *x = &w->a->watched;
	struct tree_reader r = logtree_reader(&w->tree);
	const struct known *k = x->found ? map_get(&w->entries, x->hash) : NULL;

	if (k == NULL)
		return;
	x->bad = (k->flags & KNOWN_BAD) != 0;
	if (x->has_leaf && proof_inclusion(&x->proof, &r, x->index, logtree_size(&w->tree)) != 0)
		x->has_leaf = 0;
}
