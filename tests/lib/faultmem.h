#ifndef TESTS_LIB_FAULTMEM_H
#define TESTS_LIB_FAULTMEM_H

/**
 * Memory and files that fail on demand, for programs linked with
 * FAULT_WRAPS (Makefile): every allocation of our own code, of SQLite and of cJSON,
 * and every call of our own code that touches a file.  One thread.
 */

/** faultmem_install(): before anything else uses SQLite.  0 or -1. */
int faultmem_install(void);

/** faultmem_arm(nth, forever): from now on the ${nth} allocation (from 1) fails, and every later one too when ${forever}.  0: count only. */
void faultmem_arm(unsigned long nth, int forever);

/** faultmem_disarm(): no more failures.  How many there were. */
unsigned long faultmem_disarm(void);

/** faultmem_seen(): allocations since it was armed. */
unsigned long faultmem_seen(void);

/** faultio_arm(nth, forever, why): the same for calls on files, with this errno; a write may come short first.  faultio_disarm, faultio_seen: as above. */
void faultio_arm(unsigned long nth, int forever, int why);
unsigned long faultio_disarm(void);
unsigned long faultio_seen(void);

/** faultio_last(): the name of the call that failed last; static text. */
const char *faultio_last(void);

#endif
