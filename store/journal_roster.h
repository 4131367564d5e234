#ifndef STORE_JOURNAL_ROSTER_H
#define STORE_JOURNAL_ROSTER_H

#include "store/journal.h"

/**
 * The roster at rest: one row a household in the journal's database, an opaque
 * id and a blob in the cabinet (store/vault.h; under the rest key while no
 * cadre has a PIN).  What a household is, is not known here.  It can be
 * written while the cabinet is locked, and is read only while it is open.
 */
#define JOURNAL_HOUSEHOLD_MAX (256U << 10) /* bytes of one household */

struct journal_household {
	const char *id;
	const void *p;             /* NULL: the household is taken out */
	size_t n;
};

/** journal_roster_put(j, h, n, e): seal and store ${n} households, all or none; those with the same ids are replaced.  Durable on 0. */
int journal_roster_put(struct journal *j, const struct journal_household *h, size_t n, struct err *e);

/** journal_roster_get(j, id, out): append one household's content.  1 with *${answer}, which says whether it could be read (nothing is appended else); 0 when there is none; -1. */
int journal_roster_get(struct journal *j, const char *id, struct buf *out, enum vault_answer *answer);

/**
 * journal_roster_each(j, cb, ctx):
 * Every household in the order of ids' bytes; ${p} holds its content, wiped
 * when the callback returns, unless ${answer} says that it cannot be read.  cb
 * returns 0 to go on, else its value ends the walk and is returned.
 */
int journal_roster_each(struct journal *j, int (*cb)(void *ctx, const char *id, enum vault_answer answer, const char *p, size_t n), void *ctx);

/** journal_roster_count(j, n): how many households there are, also while locked.  0 or -1. */
int journal_roster_count(struct journal *j, uint64_t *n);

/** journal_roster_reseal(j, max, e): move at most ${max} households from the rest key into the cabinet, and destroy the former bytes.  How many; 0 also when there is no cabinet; -1. */
int journal_roster_reseal(struct journal *j, unsigned max, struct err *e);

#endif
