#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/sign.h"

/* What fuzz targets share.  A target is tests/fuzz/fuzz_X.c with this one function; tests/fuzz/corpora names its first inputs. */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/** fuzz_must(ok): abort() when a promise is broken. */
void fuzz_must(int ok);

/** fuzz_same(b, p, n): must hold exactly these bytes; releases ${b}. */
void fuzz_same(struct buf *b, const void *p, size_t n);

/** fuzz_signer(name): a golden key (tests/golden/README.md), made once and kept. */
const struct signer *fuzz_signer(const char *name);

#endif
