#ifndef COUNTY_KEYBOX_H
#define COUNTY_KEYBOX_H

#include <stddef.h>

#include "base/buf.h"
#include "county/office.h"

/* The county's key files in one box under a passphrase, for a backup (docs/format.md 18).  The root key is never in it. */

#define KEYBOX_WORD_MIN 12
#define KEYBOX_MAX ((size_t)4 << 20)

/** keybox_make(out, o, word, n, e): append the box: all key files but root.key, under ${n} bytes of passphrase.  Slow.  0 or -1. */
int keybox_make(struct buf *out, const struct office *o, const void *word, size_t n, struct err *e);

/** keybox_open(dir, p, n, word, len, e): write the key files into the folder ${dir} (none may be there).  Durable on 0; -1: another passphrase, or damaged. */
int keybox_open(const char *dir, const void *p, size_t n, const void *word, size_t len, struct err *e);

#endif
