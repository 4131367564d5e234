#ifndef COUNTY_CLASSES_H
#define COUNTY_CLASSES_H

#include <stddef.h>

#include "base/err.h"
#include "evidence/entry.h"

/** Which places are of which class ("key-county", "western"): a list of the office's own, read for one report and kept nowhere. */
#define CLASSES_MAX 1000000U

struct classes {
	struct class_of { char name[ID_MAX + 1], place[PLACE_MAX + 1]; } *c; /* by name, place; each once */
	size_t n;
};

/** classes_read(k, text, n, e): a CSV whose head names the columns code (2 to 12 digits) and class (1 to 64 of A-Z a-z 0-9 . _ -); text[n] is NUL and is written to.  0 (release with classes_free), or -1 with row and rule. */
int classes_read(struct classes *k, char *text, size_t n, struct err *e);

/** classes_free(k): release. */
void classes_free(struct classes *k);

/** classes_know(k, name): 1 when the list has that class, else 0. */
int classes_know(const struct classes *k, const char *name);

/** classes_has(k, name, place): 1 when ${place} is of that class or lies in one that is, else 0. */
int classes_has(const struct classes *k, const char *name, const char *place);

/** classes_count(k, name, within): how many places of that class the list has whose code begins with ${within}. */
size_t classes_count(const struct classes *k, const char *name, const char *within);

#endif
