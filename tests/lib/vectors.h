#ifndef TESTS_LIB_VECTORS_H
#define TESTS_LIB_VECTORS_H

/** vectors_dir(): "../shared/vectors" seen from the project's top (TALLY_TOP or the working folder), or NULL where it is not: then skip, by name. */
const char *vectors_dir(void);

#endif
