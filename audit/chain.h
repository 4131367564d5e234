#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/item.h"

/* One device's epochs, entry after entry (docs/format.md 14, 5). */

/** What is kept of an entry of the main branch. */
struct row {
	uint32_t epoch;
	uint64_t seq;
	uint32_t k;
	size_t nsigs;
	uint8_t sig[ITEM_SIGS_MAX][SIG_LEN];
};

struct chain {
	struct work *w;
	struct half *h;
	uint8_t id[32];        /* the device */
	int keep;              /* rows of all epochs are kept, not of the present one alone */
	int beside;            /* an entry beside the main branch: it says nothing about the others */
	struct row *rows;      /* in sequence */
	size_t nrows, first;   /* ${first}: the first row of the present epoch */
	struct hole *holes, *losses;
	size_t nholes, nlosses;
	/* the present epoch */
	uint32_t epoch;
	uint64_t next;         /* seq expected */
	int has_key;
	struct epoch_key key;
	/* the entry before, if it could be read */
	int has_tail;
	uint8_t tail[32];
	uint64_t tail_anchor;
	int log_set;           /* an entry of this chain has named the log */
};

/**
 * chain_device(c, w, h, lo, hi, keep):
 * Judge all epochs of the one device that the files [lo, hi) of ${h} are of;
 * ${c} is set up here.  Release with chain_free().
 */
void chain_device(struct chain *c, struct work *w, struct half *h, size_t lo, size_t hi, int keep);

/** chain_next_device(h, lo, hi): the next stretch of files from *${hi} on that hold one device's entries.  1, or 0 when there are no more.  Start with *${hi} = 0. */
int chain_next_device(const struct half *h, size_t *lo, size_t *hi);

/** chain_free(c): release. */
void chain_free(struct chain *c);

/** chain_forks(w, h): the entries beside the main branches. */
void chain_forks(struct work *w, struct half *h);

/** chain_row(c, epoch, seq): the entry at that place, or NULL. */
const struct row *chain_row(const struct chain *c, uint32_t epoch, uint64_t seq);

/** chain_is_lost(c, epoch, seq): does a loss entry of this chain declare that place?  1 or 0. */
int chain_is_lost(const struct chain *c, uint32_t epoch, uint64_t seq);

/** chain_gaps(c): tell the holes that no loss entry explains (for chain.c). */
void chain_gaps(struct chain *c);

/** chain_prev(c, it): prev, log and anchor against the entry before (for chain.c). */
void chain_prev(struct chain *c, struct item *it);

/** chain_open(c, it): the key that an epoch-open entry states (for chain.c). */
void chain_open(struct chain *c, struct item *it);

/** chain_begin(c, epoch): an epoch starts: what the records say about its key (for chain.c). */
void chain_begin(struct chain *c, uint32_t epoch);

#endif
