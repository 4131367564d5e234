#ifndef TESTS_LIB_GOLDEN_H
#define TESTS_LIB_GOLDEN_H

#include "base/buf.h"
#include "base/json.h"
#include "crypto/sign.h"

/* The golden files of tests/golden (its README.md): bytes of docs/format.md made by another implementation.  Each helper fails the test when it cannot do its work. */

/** golden_index(): INDEX.json; release with cJSON_Delete(). */
cJSON *golden_index(void);

/** golden_facts(index, name): what INDEX.json says of ${name}. */
const cJSON *golden_facts(const cJSON *index, const char *name);

/** golden_read(b, facts): the bytes of its file into a fresh buffer; release with buf_free(). */
void golden_read(struct buf *b, const cJSON *facts);

/** golden_hex(facts, key, out, n): a fact of ${n} bytes in hex. */
void golden_hex(const cJSON *facts, const char *key, uint8_t *out, size_t n);

/** golden_signer(name): the golden key of that name ("service"); release with signer_free(). */
struct signer *golden_signer(const char *name);

#endif
