#ifndef TESTS_LIB_CCTV_H
#define TESTS_LIB_CCTV_H

/** cctv_judge(): lay key_ok() and verify() beside every CCTV Ed25519 vector; fails the running test by the vector's number, skips it without the vectors. */
void cctv_judge(void);

#endif
