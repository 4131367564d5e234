#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * The two keys of a device's personal data at rest (docs/agent.md).
 *
 * The rest key is symmetric and lies in DIR/rest.key: what the agent must read
 * by itself.  The cabinet is an X25519 key: everything can be put in, and only
 * while somebody is signed in can it be read.  One vault belongs to a journal
 * (journal_vault()); several threads may share it.
 *
 * A sealed blob says by which key it is sealed; it is at most VAULT_OVERHEAD
 * bytes longer than its content.  Blobs of the cabinet share an envelope of
 * their own key, 1024 at most, so that thousands are opened in milliseconds
 * where they were put in side by side.
 */
struct vault;

#define VAULT_OVERHEAD 129
#define VAULT_KEY_LEN 32   /* the cabinet's public and secret half */

enum vault_box {
	VAULT_REST = 1,    /* readable by the agent at any time */
	VAULT_CABINET = 2  /* readable while somebody is signed in */
};

/**
 * vault_put(v, box, p, n, out, e):
 * Append ${n} bytes as a sealed blob.  As long as there is no cabinet (no
 * cadre has a PIN), VAULT_CABINET puts under the rest key.  The rest key is
 * made when it is needed and not there.  0, or -1.
 */
int vault_put(struct vault *v, enum vault_box box, const void *p, size_t n, struct buf *out, struct err *e);

/** What vault_get() says. */
enum vault_answer {
	VAULT_OPEN = 0,
	VAULT_LOCKED = 1,  /* in the cabinet, and nobody is signed in */
	VAULT_LOST = 2,    /* its key is not here any more (rest.key was lost, or the cabinet is another one): never to be read again */
	VAULT_DAMAGED = -1 /* no blob, or its bytes were altered; also out of memory */
};

/** vault_get(v, p, n, out): append the content of a blob.  Nothing is appended unless VAULT_OPEN. */
enum vault_answer vault_get(struct vault *v, const void *p, size_t n, struct buf *out);

/** vault_box_of(p, n): VAULT_REST or VAULT_CABINET by the blob's own word, 0 when it is none. */
int vault_box_of(const void *p, size_t n);

/**
 * vault_reseal(v, p, n, out, e):
 * A blob from rest into the cabinet, when there is a cabinet.  1: the new blob
 * is appended; 0: nothing to do (no cabinet, or in it
 * already, or lost); -1.
 */
int vault_reseal(struct vault *v, const void *p, size_t n, struct buf *out, struct err *e);

/* The cabinet */

/** vault_has_cabinet(v) / vault_is_open(v): 1 or 0. */
int vault_has_cabinet(struct vault *v);
int vault_is_open(struct vault *v);

/** vault_cabinet(v, public): the cabinet's public half.  1, or 0 when there is none. */
int vault_cabinet(struct vault *v, uint8_t public[VAULT_KEY_LEN]);

/** vault_set_cabinet(v, public): from now on the cabinet is this one; NULL: none.  Another one than before locks. */
void vault_set_cabinet(struct vault *v, const uint8_t *public);

/** vault_make_cabinet(secret, public): a fresh pair, in use nowhere yet; the caller wipes ${secret}.  0 or -1. */
int vault_make_cabinet(uint8_t secret[VAULT_KEY_LEN], uint8_t public[VAULT_KEY_LEN]);

/** vault_unlock(v, secret): one session more has the cabinet open.  0; -1 when it is not this cabinet's secret (nothing changes). */
int vault_unlock(struct vault *v, const uint8_t secret[VAULT_KEY_LEN]);

/** vault_lock(v): one session less; with the last the secret is wiped.  Harmless when locked. */
void vault_lock(struct vault *v);

/** vault_lock_all(v): every session ends. */
void vault_lock_all(struct vault *v);

/** vault_secret(v, secret): the open cabinet's secret, to be wrapped for another cadre; the caller wipes it.  1, or 0 when it is locked. */
int vault_secret(struct vault *v, uint8_t secret[VAULT_KEY_LEN]);

/** vault_generation(v): changes with every first unlock, last lock and new cabinet: what was read before is to be read again, or forgotten. */
uint64_t vault_generation(struct vault *v);

/* The rest key */

/** vault_open(dir, e): the rest key if it is there, no cabinet yet.  NULL if out of memory.  journal.c calls it. */
struct vault *vault_open(const char *dir, struct err *e);

/** vault_close(v): wipe and release; NULL is allowed. */
void vault_close(struct vault *v);

#define VAULT_ID_LEN 16

/** vault_rest_id(v, id): what names the rest key in the blobs.  1, or 0 when there is no rest key. */
int vault_rest_id(struct vault *v, uint8_t id[VAULT_ID_LEN]);

/** vault_make_rest(v, e): make and store a rest key unless there is one; a damaged file is kept aside (rest.key.damaged).  Durable on 0. */
int vault_make_rest(struct vault *v, struct err *e);

/* A secret under a PIN or a code (Argon2id, a quarter of the memory at hand, 8 to 64 MiB, 3 passes) */

struct vault_wrap {
	uint32_t passes, kib;      /* what this wrap costs to open */
	uint8_t salt[16], nonce[24];
	uint8_t box[VAULT_KEY_LEN + 16];
};

/** vault_wrap(w, secret, word, n, e): wrap under ${n} bytes of PIN or code.  Slow (up to seconds) and takes the memory; 0 or -1. */
int vault_wrap(struct vault_wrap *w, const uint8_t secret[VAULT_KEY_LEN], const char *word, size_t n, struct err *e);

/** vault_unwrap(w, secret, word, n, e): as slow.  1, 0 when the word is another, -1 (not enough memory, or figures no wrap has). */
int vault_unwrap(const struct vault_wrap *w, uint8_t secret[VAULT_KEY_LEN], const char *word, size_t n, struct err *e);

#endif
