#ifndef TESTS_LIB_FOLDKIT_H
#define TESTS_LIB_FOLDKIT_H

#include "tests/lib/ledgerkit.h"

/* A ledger with one form of the catalogue and two devices, in villages of two townships, that answer it.  Every helper fails the test when it cannot do its work. */

#define FOLDKIT_A "451223001001"
#define FOLDKIT_B "451223201202"

struct foldkit {
	struct kit k;
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t form[HASH_LEN];    /* what entries name from now on */
	struct maker m[2];
	const char *personal;      /* of entries made from now on, or NULL */
};

/** foldkit_open(f): with housing-rebuild published.  foldkit_close(f): remove it all. */
void foldkit_open(struct foldkit *f);
void foldkit_close(struct foldkit *f);

/** foldkit_publish(f, xml, n, id, version): publish a form and let entries name it. */
void foldkit_publish(struct foldkit *f, const void *xml, size_t n, const char *id, const char *version);

/** foldkit_catalogue(name, out): append a catalogue form's bytes. */
void foldkit_catalogue(const char *name, struct buf *out);

/** foldkit_make(f, dev, x, kind, old, payload): sign an entry of device ${dev} (0, 1); ${old} is superseded, or NULL.  foldkit_put(f, x): append and release it. */
void foldkit_make(struct foldkit *f, int dev, struct journal_entry *x, const char *kind, const uint8_t *old, const char *payload);
void foldkit_put(struct foldkit *f, struct journal_entry *x);

/** foldkit_add(f, dev, kind, old, payload, hash): both at once; ${hash} (or NULL) gets the entry's hash. */
void foldkit_add(struct foldkit *f, int dev, const char *kind, const uint8_t *old, const char *payload, uint8_t *hash);

/** foldkit_review(f, hash, verdict): "accept" or "return". */
void foldkit_review(struct foldkit *f, const uint8_t hash[HASH_LEN], const char *verdict);

#endif
