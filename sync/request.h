#ifndef SYNC_REQUEST_H
#define SYNC_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/entry.h"

/* The head of a sync request (docs/format.md 10.1). */

#define REQUEST_HEAD_MAX 8192
#define REQUEST_MAX (16U << 20)
#define REQUEST_HINTS_MAX 16

struct request {
	uint8_t log[HASH_LEN];
	uint8_t device[HASH_LEN];
	uint32_t epoch;            /* the newest: its key signs */
	uint64_t counter;
	uint8_t nonce[16];
	uint64_t size;             /* newest checkpoint verified; 0 none */
	size_t nhints;
	struct request_hint { uint32_t epoch; uint64_t seq; uint8_t entry[HASH_LEN]; } hint[REQUEST_HINTS_MAX];
	uint64_t records;
};

/** request_print(out, r, s): append the signed head; frames follow.  0 or -1. */
int request_print(struct buf *out, const struct request *r, const struct signer *s);

/** request_parse(r, used, p, n, e): the head at the start of ${p}; *${used} = its bytes.  Not verified.  0 or -1. */
int request_parse(struct request *r, size_t *used, const void *p, size_t n, struct err *e);

/** request_head(p, n): bytes of the signed head at the start of ${p} (through its one signature line); 0 when it does not end within REQUEST_HEAD_MAX. */
size_t request_head(const void *p, size_t n);

/** request_verify(p, n, key): 1 when the head's signature is that of ${key}; else 0. */
int request_verify(const void *p, size_t n, const uint8_t key[KEY_LEN]);

#endif
