#ifndef STORE_JOURNAL_DRAFT_H
#define STORE_JOURNAL_DRAFT_H

#include "store/journal.h"

/**
 * What is being filled in and not yet recorded: one row a draft in the
 * journal's database, its content under the rest key (store/vault.h), so that
 * it can be kept when nobody is signed in any more.  What a draft holds is not
 * known here.
 */
#define JOURNAL_DRAFT_MAX (512U << 10) /* bytes of one */
#define JOURNAL_DRAFTS_MAX 200

struct journal_draft {
	char id[64];               /* that of the entry it will be */
	char form[ID_MAX + 1];
	char actor[ID_MAX + 1];    /* who began it */
	uint64_t made, changed;    /* MS of the device's clock */
};

/** journal_draft_put(j, d, p, n, e): seal and store a draft, or replace that of the same id (which keeps actor and ->made).  Durable on 0.  1: there are JOURNAL_DRAFTS_MAX already; -1. */
int journal_draft_put(struct journal *j, const struct journal_draft *d, const void *p, size_t n, struct err *e);

/** journal_draft_get(j, id, d, out, answer): 1 with *${answer}, which says whether the content could be read and was appended; 0 when there is none; -1. */
int journal_draft_get(struct journal *j, const char *id, struct journal_draft *d, struct buf *out, enum vault_answer *answer);

/** journal_draft_each(j, cb, ctx): every draft, the one changed last first; cb returns 0 to go on, else its value ends the list and is returned.  0 or -1. */
int journal_draft_each(struct journal *j, int (*cb)(void *ctx, const struct journal_draft *d), void *ctx);

/** journal_draft_drop(j, id, e): destroy it; fine when it is not there.  Durable on 0. */
int journal_draft_drop(struct journal *j, const char *id, struct err *e);

/** journal_attachment_forget(j, hash, e): remove the file of an attachment that no entry names; one that an entry names stays.  0 or -1. */
int journal_attachment_forget(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e);

#endif
