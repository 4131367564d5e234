#ifndef EVIDENCE_MANIFEST_H
#define EVIDENCE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/note.h"

/* MANIFEST of an export (docs/format.md 13). */

#define MANIFEST_BYTES_MAX (64U << 20)
#define MANIFEST_PATH_MAX 256

struct manifest {
	int village;               /* "of village", else county or mirror */
	int mirror;                /* "of mirror": a county's, packed by the server above it */
	char origin[NOTE_NAME_MAX]; /* a key name */
	uint64_t size;
	uint8_t root[32];
	uint64_t since;
	int personal;              /* included, else withheld */
	uint64_t made;             /* MS */
	size_t nfiles;
	struct manifest_file { uint8_t hash[32]; char *path; } *files; /* sorted by path */
};

/** manifest_free(m): release the list. */
void manifest_free(struct manifest *m);

/**
 * manifest_path_ok(path):
 * 1 when ${path} can stand in a MANIFEST: relative, shorter than
 * MANIFEST_PATH_MAX, printable ASCII without space and backslash, no empty,
 * "." or ".." part, not "MANIFEST" itself; else 0.
 */
int manifest_path_ok(const char *path);

/** manifest_add(m, path, hash): add one file (path copied).  0, or -1 if out of memory or the path is not a clean relative one. */
int manifest_add(struct manifest *m, const char *path, const uint8_t hash[32]);

/** manifest_print(b, m, name, s): sort, append text and signature line of key name ${name}.  0 or -1. */
int manifest_print(struct buf *b, struct manifest *m, const char *name, const struct signer *s);

/** manifest_parse(m, p, n, e): strict: sorted, no path twice, no path that climbs.  The signature is judged by manifest_verify.  0 (release with manifest_free) or -1. */
int manifest_parse(struct manifest *m, const void *p, size_t n, struct err *e);

/** manifest_verify(p, n, name, key, e): 0 when the note carries exactly one signature, of ${name} and ${key}, and it verifies; else -1. */
int manifest_verify(const void *p, size_t n, const char *name, const uint8_t key[KEY_LEN], struct err *e);

#endif
