#ifndef CRYPTO_KEYFILE_H
#define CRYPTO_KEYFILE_H

#include <stdint.h>

#include "base/err.h"

#define KEYFILE_SECRET_LEN 32

/*
 * Key files, for crypto/ only: "tallystick/key/v1", then "TYPE BASE64SECRET",
 * each line with its LF.  The text lies in guarded memory while it is handled.
 */

/** keyfile_save(path, type, secret, e): a new file (0600, durable).  0; -1 if anything is there or it cannot be written. */
int keyfile_save(const char *path, const char *type, const uint8_t secret[KEYFILE_SECRET_LEN], struct err *e);

/** keyfile_load(path, type, secret, e): read one back.  0; -1 if group or others may touch it, or it is not a key file of ${type}. */
int keyfile_load(const char *path, const char *type, uint8_t secret[KEYFILE_SECRET_LEN], struct err *e);

#endif
