#ifndef AUDIT_ITEM_H
#define AUDIT_ITEM_H

#include "audit/work.h"
#include "evidence/sigtext.h"

/* One entry as an export holds it, and the checks that need nothing but it, its device's key and the records. */

#define ITEM_SIGS_MAX 2

/** The four texts of an entry, before anything is known about them; they point into the files. */
struct raw {
	struct field header, sigs, payload, personal;
};

struct item {
	struct raw raw;
	struct entry h;
	uint8_t hash[32];
	struct sigline sig[ITEM_SIGS_MAX];
	size_t nsigs;
	int has_personal;
	uint8_t salt[ENTRY_SALT_LEN];
	struct field personal; /* its JSON */
	uint32_t k;            /* number in w->entries */
	struct place at;       /* its device points into h */
	int sig_ok, person_ok;
};

/** Where four files of an epoch stand. */
struct rows {
	struct { const char *p, *end; int more; } part[4];
};

/** rows_init(r, b): start; ${b} are headers, sigs, payloads, personals. */
void rows_init(struct rows *r, const struct buf b[4]);

/** rows_next(r, raw): the next entry's texts: 1; 0 when all four end together; -1 when they do not, or a line lacks its LF. */
int rows_next(struct rows *r, struct raw *raw);

/** item_fork(raw, p, n): the file of an entry beside the main branch.  0, or -1 if it has not that form. */
int item_fork(struct raw *raw, const char *p, size_t n);

/** item_read(w, it, raw, e): parse the header and hash it; what is signed stays in w->pae until the next call.  0, or -1 with the rule. */
int item_read(struct work *w, struct item *it, const struct raw *raw, struct err *e);

/** item_beside(w, it): parse signature lines and personal line, with findings. */
void item_beside(struct work *w, struct item *it);

/** item_signatures(w, it, key): both signatures of the entry last read; ${key} is its epoch's, or NULL. */
void item_signatures(struct work *w, struct item *it, const struct epoch_key *key);

/** item_leaf(it, received, hash): the hash of the leaf that the entry should have. */
void item_leaf(const struct item *it, uint64_t received, uint8_t hash[32]);

/** item_content(w, h, it): payload, personal part, attachments, form's file. */
void item_content(struct work *w, struct half *h, struct item *it);

/** item_is(it, kind): 1 when the entry is of that kind, else 0. */
int item_is(const struct item *it, const char *kind);

#endif
