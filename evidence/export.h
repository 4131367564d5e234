#ifndef EVIDENCE_EXPORT_H
#define EVIDENCE_EXPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/entry.h"
#include "evidence/manifest.h"
#include "evidence/tree.h"

/* Writing and reading the plain folder of docs/format.md 13; constant memory in the number of entries but for the list of files. */

struct export_writer;

/**
 * export_begin(dir, e):
 * A new export in ${dir}, which must not exist or be empty; what is made may
 * be read by the owner alone.  NULL on failure; release with export_end or
 * export_abort.
 */
struct export_writer *export_begin(const char *dir, struct err *e);

/** export_put(w, path, p, n, e): write one whole file (folders made as needed).  0 or -1. */
int export_put(struct export_writer *w, const char *path, const void *p, size_t n, struct err *e);

/** One entry as an export holds it; all pointers are the caller's. */
struct export_entry {
	const void *header;
	size_t header_len;
	const struct sigline *sigs;
	size_t nsigs;
	const void *payload;      /* NULL: not there, written "-" */
	size_t payload_len;
	const uint8_t *salt;      /* NULL: personal part absent, withheld or erased */
	const void *personal;
	size_t personal_len;
};

/** export_entry(w, device, epoch, x, e): append to entries/DEVICE/EPOCH/...; entries of one epoch come in sequence, one epoch after the other.  0 or -1. */
int export_entry(struct export_writer *w, const uint8_t device[HASH_LEN], uint32_t epoch, const struct export_entry *x, struct err *e);

/** export_fork(w, device, epoch, seq, hash, x, e): write forks/DEVICE-EPOCH-SEQ/HASH.  0 or -1. */
int export_fork(struct export_writer *w, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t seq, const uint8_t hash[HASH_LEN], const struct export_entry *x, struct err *e);

/** export_leaf(w, leaf, n, e): leaf by leaf, in order; makes the tiles and entry bundles under log/tile.  0 or -1. */
int export_leaf(struct export_writer *w, const void *leaf, size_t n, struct err *e);

/**
 * export_end(w, m, name, s, e):
 * Finish the tiles, sync everything, and write MANIFEST signed by ${s} as
 * ${name}, durable last of all.  m's files are replaced by what was written
 * (release with manifest_free).  Refused when anything failed before, or when
 * the leaves given are not the tree of m's size and root (a village may give
 * none).  0 or -1 (released all the same).
 */
int export_end(struct export_writer *w, struct manifest *m, const char *name, const struct signer *s, struct err *e);

/** export_abort(w): release; what was written stays. NULL is allowed. */
void export_abort(struct export_writer *w);

/** Reading one epoch's four files side by side. */
struct export_reader;

/** export_open(dir, device_hex, epoch, e): NULL when a file is missing or cannot be read. */
struct export_reader *export_open(const char *dir, const char *device_hex, const char *epoch, struct err *e);

/**
 * export_next(r, x, e):
 * The next entry; pointers are valid until the next call.  payload == NULL
 * where the line is "-".  1; 0 at the end of all four files; -1 when the files
 * do not match in number or a line is malformed.
 */
int export_next(struct export_reader *r, struct export_entry *x, struct err *e);

/** export_close(r): NULL is allowed. */
void export_close(struct export_reader *r);

/** export_fork_parse(x, sigs, salt, p, n, e): the file of one forked entry; pointers into ${p}; ${sigs} holds 2, ${salt} 16 bytes.  0 or -1. */
int export_fork_parse(struct export_entry *x, struct sigline *sigs, uint8_t *salt, void *p, size_t n, struct err *e);

#endif
