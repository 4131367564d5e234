#ifndef CRYPTO_SELFTEST_H
#define CRYPTO_SELFTEST_H

#include "base/err.h"

/* What crypto_init() asks the linked library; for sign.c only. */

/** selftest_cofactored(): 1 when the library accepts a signature that only the equation with the cofactor fits, else 0. */
int selftest_cofactored(void);

/** selftest_run(e): signing and verify() give the known answers.  0, or -1 naming the one that is wrong. */
int selftest_run(struct err *e);

#endif
