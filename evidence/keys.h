#ifndef EVIDENCE_KEYS_H
#define EVIDENCE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "evidence/note.h"

/* county.keys (docs/format.md 7): which keys speak for a county, signed by its root key. */

#define KEYS_MAX 16384
#define KEYS_NAME_MAX 256
#define KEYS_TLS_MAX 8

struct county_keys {
	char name[KEYS_NAME_MAX];
	uint64_t version;
	uint64_t issued;            /* MS */
	uint8_t root[KEY_LEN];
	struct vkey log;            /* its name is the origin */
	uint8_t log_id[HASH_LEN];   /* LOG = SHA-256 of the vkey text; computed */
	uint8_t service[KEY_LEN];
	uint8_t sealing[KEY_LEN];   /* X25519 */
	size_t ntls;
	uint8_t tls[KEYS_TLS_MAX][HASH_LEN];
};

/** keys_print(b, k, root): append the whole file, signed with the root key.  0 or -1. */
int keys_print(struct buf *b, const struct county_keys *k, const struct signer *root);

/** keys_parse(k, p, n, e): strict; every key passes the point check; the root's own signature verifies.  Whether that root is the right one is the caller's to judge (keys_root_hash).  0 or -1. */
int keys_parse(struct county_keys *k, const void *p, size_t n, struct err *e);

/** keys_root_hash(k, out): SHA-256 of the raw root key: what a token and a fingerprint name. */
void keys_root_hash(const struct county_keys *k, uint8_t out[HASH_LEN]);

#endif
