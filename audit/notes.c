#include "audit/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept *
note_at(const struct work *w, uint32_t i)
{
	return map_at(&w->notes, i);
}

/* The witnesses' lines, if there is a policy that knows witnesses. */
static void
judge_cosignatures(struct work *w, struct kept *k, const void *p, size_t n, const char *name)
{
	struct note note;
	struct err e;
	uint64_t time = 0;
	int ok;

	if (w->policy == NULL || note_parse(&note, p, n, NULL) != 0)
		return;
	ok = policy_judge(w->policy, &note, &time, &e);
	if (ok < 0)
		work_found(w, BAD_COSIGNATURE, NULL, MAP_NONE, "%s: %s", name, e.text);
	if (ok > 0 && time <= INT64_MAX / 1000)
		k->time = time * 1000;
}

/* A head that a log signed which this one continues. */
static int
open_old(const struct work *w, struct checkpoint *c, const void *p, size_t n)
{
	for (size_t i = 0; i < w->nold_vkeys; i++)
		if (checkpoint_open(c, p, n, &w->old_vkeys[i], NULL) == 0)
			return 0;
	return -1;
}

uint32_t
notes_judge(struct work *w, const void *p, size_t n, const char *name)
{
	struct checkpoint c;
	struct err e = { "" };
	uint8_t hash[HASH_LEN];
	struct kept *k;
	uint32_t i;

	sha256(hash, p, n);
	if ((i = map_find(&w->notes, hash)) != MAP_NONE)
		return i;
	if (checkpoint_open(&c, p, n, &w->keys.log, &e) != 0 && open_old(w, &c, p, n) != 0) {
		work_found(w, BAD_CHECKPOINT, NULL, MAP_NONE, "%s: %s", name, e.text);
		return MAP_NONE;
	}
	if ((i = map_add(&w->notes, hash)) == MAP_NONE) {
		w->oom = 1;
		return i;
	}
	k = note_at(w, i);
	k->c = c;
	judge_cosignatures(w, k, p, n, name);
	return i;
}

static void
load_one(struct work *w, struct half *h, struct file *f, struct buf *b)
{
	char name[SOURCE_PATH_MAX + 80];
	struct kept *k;
	uint32_t i;

	(void)snprintf(name, sizeof(name), "%s%s", h->label, f->path);
	if (half_load(h, f, b, NOTE_MAX) != 0)
		return;
	if (memcmp(f->got, f->hash, HASH_LEN) != 0)
		findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its SHA-256", name);
	i = notes_judge(w, buf_str(b), b->len, name);
	if (i == MAP_NONE)
		return;
	k = note_at(w, i);
	if (k->c.size != f->number)
		findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its size", name);
	/* What a village was shown counts as released only where it is looked at alone. */
	if (h == &w->county)
		k->known = 1;
}

void
notes_load(struct work *w, struct half *h)
{
	struct buf b;

	buf_init(&b, NOTE_MAX + 1);
	for (size_t i = 0; i < h->nfiles; i++)
		if (h->file[i].role == ROLE_NOTE)
			load_one(w, h, &h->file[i], &b);
	buf_free(&b);
}

int
notes_history(struct work *w, uint32_t i, const char *name)
{
	struct kept *k = note_at(w, i);
	uint8_t root[HASH_LEN];

	if (!k->judged) {
		k->judged = 1;
		k->in_tree = logtree_root(&w->tree, k->c.size, root) == 0 && memcmp(root, k->c.root, HASH_LEN) == 0;
	}
	if (!k->in_tree && k->c.size > logtree_size(&w->tree))
		work_found(w, INCONSISTENT_LOG, NULL, MAP_NONE, "%s: of size %llu, beyond the tree of %llu", name,
		    (unsigned long long)k->c.size, (unsigned long long)logtree_size(&w->tree));
	else if (!k->in_tree)
		work_found(w, INCONSISTENT_LOG, NULL, MAP_NONE, "%s: the tree has another root at size %llu", name, (unsigned long long)k->c.size);
	return k->in_tree;
}

struct sized {
	uint64_t size;
	uint32_t i;
};

static int
by_size(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	return x->size < y->size ? -1 : x->size > y->size;
}

uint32_t *
notes_by_size(struct work *w, size_t *n)
{
	struct sized *s = calloc((size_t)w->notes.n + 1, sizeof(*s));
	uint32_t *out = calloc((size_t)w->notes.n + 1, sizeof(*out));

	*n = 0;
	if (s == NULL || out == NULL) {
		w->oom = 1;
		goto out;
	}
	for (uint32_t i = 0; i < w->notes.n; i++)
		s[(*n)++] = (struct sized){ note_at(w, i)->c.size, i };
	qsort(s, *n, sizeof(*s), by_size);
	for (size_t i = 0; i < *n; i++)
		out[i] = s[i].i;
out:
	free(s);
	return out;
}

void
notes_timeline(struct work *w)
{
	uint32_t *order;
	size_t n;

	if ((order = notes_by_size(w, &n)) == NULL || (w->line = calloc(n + 1, sizeof(*w->line))) == NULL) {
		w->oom = 1;
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct kept *k = note_at(w, order[i]);
		struct timeline *last = w->nline ? &w->line[w->nline - 1] : NULL;

		if (!k->known || !k->in_tree)
			continue;
		if (last == NULL || last->size != k->c.size)
			w->line[w->nline++] = (struct timeline){ k->c.size, k->time };
		else if (k->time != 0 && (last->time == 0 || k->time < last->time))
			last->time = k->time;
	}
	free(order);
}
