#ifndef TESTS_LIB_COUNTY_H
#define TESTS_LIB_COUNTY_H

#include "crypto/sign.h"
#include "evidence/keys.h"

/* A county of fixed keys for tests; every seed byte is ${salt} plus the key's number, so that two counties differ. */

struct test_county {
	struct signer *root, *log, *service, *officer, *device;
	struct county_keys keys;
};

/** county_make(c, salt): 0 or -1. */
int county_make(struct test_county *c, uint8_t salt);

/** county_free(c): release the keys. */
void county_free(struct test_county *c);

#endif
