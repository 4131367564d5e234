#include <stdlib.h>
#include <string.h>

#include "audit/chain.h"
#include "audit/lay.h"

/* Entries beside the main branch: judged as the others are, and each a finding. */

/** With which key a branch goes on, by the ENTRY that stands before. */
struct branch {
	uint8_t hash[32];
	struct epoch_key key;
};

static int
by_place(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a, *y = *(struct file *const *)b;
	int d = memcmp(x->device, y->device, HASH_LEN);

	if (d != 0)
		return d;
	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The key that the epoch opened with on the main branch. */
static const struct epoch_key *
main_key(const struct work *w, const uint8_t device[32], uint32_t epoch)
{
	const struct device *d = map_get(&w->devices, device);

	for (size_t i = 0; d != NULL && i < d->nkeys; i++)
		if (d->keys[i].epoch == epoch)
			return &d->keys[i];
	return NULL;
}

static void
begin(struct chain *c, struct work *w, struct half *h, const struct map *branches, const struct item *it)
{
	const struct branch *b = it->h.has_prev ? map_get(branches, it->h.prev) : NULL;
	const struct epoch_key *key = b != NULL && b->key.epoch == it->h.epoch ? &b->key : main_key(w, it->h.device, it->h.epoch);
	const struct known *before = it->h.has_prev ? map_get(&w->entries, it->h.prev) : NULL;

	memset(c, 0, sizeof(*c));
	c->w = w;
	c->h = h;
	c->beside = 1;
	memcpy(c->id, it->h.device, sizeof(c->id));
	chain_begin(c, it->h.epoch);
	if (key != NULL) {
		c->has_key = 1;
		c->key = *key;
	}
	/* nothing stands before it in a file: prev must name an entry of the place before */
	c->has_tail = 1;
	c->tail_anchor = before != NULL ? before->anchor : 0;
}

static void
judge(struct work *w, struct half *h, struct map *branches, const struct file *f, struct item *it)
{
	struct chain c;
	uint32_t i;

	if (memcmp(it->h.device, f->device, HASH_LEN) != 0 || it->h.epoch != f->epoch || it->h.seq != f->number || memcmp(it->hash, f->hash, HASH_LEN) != 0)
		work_found(w, BAD_EXPORT, &it->at, it->k, "%s%s: not the entry of that name", h->label, f->path);
	work_found(w, FORK, &it->at, it->k, "an entry beside the main branch");
	begin(&c, w, h, branches, it);
	if (it->h.seq == 0)
		chain_open(&c, it);
	chain_prev(&c, it);
	item_beside(w, it);
	lay_entry(w, h, it, c.has_key ? &c.key : NULL);
	if (c.has_key && (i = map_add(branches, it->hash)) != MAP_NONE)
		((struct branch *)map_at(branches, i))->key = c.key;
}

static void
one_fork(struct work *w, struct half *h, struct map *branches, struct file *f, struct buf *b)
{
	struct place at = { f->device, 3, f->epoch, f->number, NULL };
	struct raw raw;
	struct item it;
	struct err e;

	if (half_load(h, f, b, HALF_SMALL_MAX) != 0)
		return;
	if (item_fork(&raw, buf_str(b), b->len) != 0)
		work_found(w, BAD_EXPORT, &at, MAP_NONE, "%s%s: not the form of an entry beside the main branch", h->label, f->path);
	else if (item_read(w, &it, &raw, &e) != 0)
		work_found(w, BAD_CHAIN, &at, MAP_NONE, "%s", e.text);
	else if (lay_note(w, &it, 1) == 0)
		judge(w, h, branches, f, &it);
}

void
chain_forks(struct work *w, struct half *h)
{
	struct file **list = NULL, **p;
	struct map branches;
	struct buf b;
	size_t n = 0;

	map_init(&branches, sizeof(struct branch));
	buf_init(&b, HALF_SMALL_MAX + 1);
	for (size_t i = 0; i < h->nfiles; i++) {
		if (h->file[i].role != ROLE_FORK)
			continue;
		if ((p = array_grow(w, list, n, sizeof(struct file *))) == NULL)
			break;
		list = p;
		list[n++] = &h->file[i];
	}
	if (n > 1)
		qsort(list, n, sizeof(struct file *), by_place);
	for (size_t i = 0; i < n && !w->oom; i++)
		one_fork(w, h, &branches, list[i], &b);
	free(list);
	buf_free(&b);
	map_free(&branches);
}
