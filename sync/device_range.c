#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "evidence/leaf.h"
#include "sync/device_internal.h"

/* Do the receipts of an answer lead from our own entries to its checkpoint? */

/* An entry that is not here: its leaf from the header the county showed.  0; 1 when it is lost here, and its header is not known; -1 when it was never made. */
static int
rebuild_lost(struct judging *g, uint32_t epoch, uint64_t seq, uint64_t received, uint8_t hash[HASH_LEN], struct err *e)
{
	int rc = journal_lost_leaf(g->j, epoch, seq, received, hash);
	size_t i;

	if (rc == 0 && !g->read)
		rc = journal_losses(g->j, g->lost, JOURNAL_LOSSES_MAX, &g->nlost);
	if (rc < 0)
		return err_set(e, "the journal cannot be read") - 1;
	if (rc == 1)
		return 0;
	g->read = 1;
	for (i = 0; i < g->nlost; i++)
		if (g->lost[i].epoch == epoch && g->lost[i].from <= seq && seq <= g->lost[i].to)
			return 1;
	return err_set(e, "a receipt names epoch %u seq %llu, which this device never made", epoch, (unsigned long long)seq);
}

/* The leaf hash of one entry of ours.  0, or as rebuild_lost(). */
static int
rebuild_one(struct judging *g, uint32_t epoch, uint64_t seq, uint64_t received, uint8_t hash[HASH_LEN], struct err *e)
{
	struct leaf_entry l = { .epoch = epoch, .seq = seq, .received = received };
	struct journal_entry x;
	struct buf b;
	int rc;

	journal_entry_init(&x);
	buf_init(&b, LEAF_ENTRY_PERSON_LEN);
	if ((rc = journal_by_seq(g->j, epoch, seq, &x)) == 1) {
		memcpy(l.entry, x.hash, HASH_LEN);
		memcpy(l.sig, x.sig[0].sig, SIG_LEN);
		memcpy(l.device, x.h.device, HASH_LEN);
		l.has_person = x.nsigs > 1;
		memcpy(l.person, x.sig[1].sig, SIG_LEN);
		(void)leaf_entry_print(&b, &l);
		tree_leaf_hash(hash, b.data, b.len);
		rc = 0;
	} else
		rc = rc < 0 ? err_set(e, "the journal cannot be read") - 1 : rebuild_lost(g, epoch, seq, received, hash, e);
	buf_free(&b);
	journal_entry_free(&x);
	return rc;
}

/* The leaf hashes of a range, rebuilt from our own journal.  0; 1 when they are ours, but not all known; -1 when an entry is not ours; -2 when the journal cannot be read. */
static int
rebuild(struct judging *g, const struct range *r, uint8_t *hashes, struct err *e)
{
	size_t i, k, at = 0;
	int rc = 0, unknown = 0;

	for (i = 0; i < r->nruns && rc >= 0; i++)
		for (k = 0; k < r->run[i].count && rc >= 0; k++) {
			rc = rebuild_one(g, r->run[i].epoch, r->run[i].seq + k, r->received, hashes + HASH_LEN * at++, e);
			unknown |= rc == 1;
		}
	return rc < 0 ? rc : unknown;
}

/* 0; 1 when nothing can be said of it yet; -1 when it is false; -2 when the journal cannot be read. */
static int
range_holds(struct judging *g, const struct range *r, const struct checkpoint *cp, struct err *e)
{
	uint8_t *hashes = lapsed(calloc(r->count ? (size_t)r->count : 1, HASH_LEN));
	int rc;

	if (hashes == NULL)
		return err_set(e, "out of memory");
	rc = rebuild(g, r, hashes, e);
	if (rc == 0 && !proof_range_ok(&r->proof, hashes, r->first, r->count, cp->size, cp->root))
		rc = err_set(e, "the receipt of log entries %llu to %llu does not lead to the checkpoint's root",
		    (unsigned long long)r->first, (unsigned long long)(r->first + r->count - 1));
	free(hashes);
	return rc;
}

int
device_ranges(struct device_outcome *o, struct judging *g, const struct answer *a, const struct checkpoint *cp, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < a->nranges; i++) {
		if ((rc = range_holds(g, &a->range[i], cp, e)) < 0)
			return rc;
		g->passed[i] = rc == 1;
		o->passed += rc == 1;
	}
	return 0;
}
