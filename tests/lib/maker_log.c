#include <string.h>

#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "tests/lib/maker.h"

int
maker_log_init(struct maker_log *l)
{
	l->size = 0;
	return crypto_init(NULL) == 0 ? county_make(&l->county, 40) : -1;
}

void
maker_log_free(struct maker_log *l)
{
	county_free(&l->county);
}

void
maker_log_other(struct maker_log *l, unsigned n)
{
	for (; n > 0 && l->size < MAKER_LOG_MAX; n--, l->size++)
		memset(l->leaf + l->size * HASH_LEN, (int)(l->size * 7 + 1) & 0xff, HASH_LEN);
}

void
maker_log_entry(struct maker_log *l, const struct journal_entry *x, uint64_t received)
{
	struct leaf_entry e;
	struct buf b;

	memset(&e, 0, sizeof(e));
	memcpy(e.entry, x->hash, HASH_LEN);
	memcpy(e.sig, x->sig[0].sig, SIG_LEN);
	memcpy(e.device, x->h.device, HASH_LEN);
	e.epoch = x->h.epoch;
	e.seq = x->h.seq;
	e.received = received;
	e.has_person = x->nsigs > 1;
	if (e.has_person)
		memcpy(e.person, x->sig[1].sig, SIG_LEN);
	buf_init(&b, LEAF_MAX);
	if (leaf_entry_print(&b, &e) == 0 && l->size < MAKER_LOG_MAX)
		tree_leaf_hash(l->leaf + l->size++ * HASH_LEN, b.data, b.len);
	buf_free(&b);
}

static int
get(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	const struct maker_log *l = ctx;

	if ((index + 1) << level > l->size)
		return -1;
	tree_root(out, l->leaf + (index << level) * HASH_LEN, UINT64_C(1) << level);
	return 0;
}

int
maker_log_note(const struct maker_log *l, struct buf *note)
{
	struct checkpoint c;

	memset(&c, 0, sizeof(c));
	memcpy(c.origin, l->county.keys.log.name, sizeof(c.origin));
	c.size = l->size;
	tree_root(c.root, l->leaf, l->size);
	return checkpoint_sign(note, &c, &l->county.keys.log, l->county.log);
}

int
maker_log_range(const struct maker_log *l, struct range *r, uint64_t first, uint32_t epoch, uint64_t seq, uint64_t count, uint64_t received)
{
	struct maker_log *open;
	struct tree_reader reader;

	memcpy(&open, &l, sizeof(open)); /* the reader's context is not const */
	reader.get = get;
	reader.ctx = open;
	memset(r, 0, sizeof(*r));
	r->first = first;
	r->count = count;
	r->received = received;
	r->nruns = 1;
	r->run[0].epoch = epoch;
	r->run[0].seq = seq;
	r->run[0].count = count;
	return proof_range(&r->proof, &reader, first, count, l->size);
}

int
maker_keys(const struct maker_log *l, struct buf *out)
{
	return keys_print(out, &l->county.keys, l->county.root);
}
