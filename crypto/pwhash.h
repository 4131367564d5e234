#ifndef CRYPTO_PWHASH_H
#define CRYPTO_PWHASH_H

#include <stddef.h>
#include <stdint.h>

#define PWHASH_SALT_LEN 16
#define PWHASH_KEY_LEN 32
#define PWHASH_PASSES_MAX 16
#define PWHASH_KIB_MIN (8U << 10)
#define PWHASH_KIB_MAX (64U << 10)

/**
 * pwhash(out, word, n, salt, passes, kib):
 * Argon2id (1.3, one lane) of ${n} bytes.  Takes ${kib} KiB of memory for the
 * time it runs.  0; -1 when the figures are beyond 1 to PWHASH_PASSES_MAX
 * passes and PWHASH_KIB_MIN to PWHASH_KIB_MAX, or the memory is not to be had.
 */
int pwhash(uint8_t out[PWHASH_KEY_LEN], const void *word, size_t n, const uint8_t salt[PWHASH_SALT_LEN], uint32_t passes, uint32_t kib);

#endif
