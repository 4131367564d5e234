#ifndef TESTS_LIB_OUTPOST_H
#define TESTS_LIB_OUTPOST_H

#include "base/buf.h"
#include "tests/lib/village.h"

/*
 * A village agent's data folder as it lies after some weeks, to be spoilt and
 * put back again and again: 9 entries of which 6 are confirmed, a photo, a
 * published form.  Every helper fails the
 * test when it cannot do its work.
 */

#define OUTPOST_FORM "housing-rebuild"
#define OUTPOST_FILES_MAX 32

struct outpost_file {
	char name[128];            /* below the folder */
	uint8_t *data;
	size_t len;
};

struct outpost {
	struct hall hall;
	struct village v;          /* v.j is NULL while the folder is closed */
	char photo[300], photo_field[320];
	struct outpost_file file[OUTPOST_FILES_MAX];
	size_t nfiles;
	unsigned entries;          /* in the folder as it was kept */
	uint8_t (*hash)[HASH_LEN]; /* theirs, in order */
	uint32_t epoch;
};

/** outpost_make(o): build it and keep its files.  outpost_free(o): remove everything. */
void outpost_make(struct outpost *o);
void outpost_free(struct outpost *o);

/** outpost_keep(o): the folder as it is now is what outpost_restore(o) puts back. */
void outpost_keep(struct outpost *o);
void outpost_restore(struct outpost *o);

/** outpost_open(o) / outpost_shut(o): the journal by itself. */
void outpost_open(struct outpost *o);
void outpost_shut(struct outpost *o);

/** outpost_run(o, out, err, word, ...): a command of tally-agent on the folder, words up to NULL; its exit status.  What it says is appended to ${out} and ${err} (each may be NULL). */
int outpost_run(struct outpost *o, struct buf *out, struct buf *err, ...) __attribute__((sentinel));

/** outpost_cut(o, n): ${n} more entries by an agent that is killed then, so that they lie in the database's log. */
void outpost_cut(struct outpost *o, unsigned n);

/** outpost_holds(o): NULL when the folder opens without a new epoch, verifies, and holds every entry it held when it was kept; else what is wrong (static text). */
const char *outpost_holds(struct outpost *o);

#endif
