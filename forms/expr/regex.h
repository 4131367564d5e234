#ifndef FORMS_REGEX_H
#define FORMS_REGEX_H

#include "base/err.h"

/*
 * The regular expressions of constraints, over characters rather than bytes,
 * in time proportional to pattern times text whatever the pattern: no
 * backtracking.  Groups, (?:), |, [], ., * + ? {n,m} (lazy ones too), ^ $
 * \b \d \w \s and their opposites.  Back references, look-around and flags
 * are refused.  As in ODK Collect the whole text must match.
 */

#define REGEX_STEPS_MAX 20000000UL /* of one match: then it is given up */
#define REGEX_CODE_MAX 4000 /* instructions once counted repetitions are written out */
#define REGEX_DEPTH_MAX 30

/** regex_check(pattern, e): 0 when the pattern can be used, else -1 with what it has wrong. */
int regex_check(const char *pattern, struct err *e);

/** regex_match(pattern, text, steps): 1 when all of ${text} matches, 0 when not, -1 when the pattern cannot be used or *${steps} passes REGEX_STEPS_MAX.  *${steps} is raised by the work done. */
int regex_match(const char *pattern, const char *text, unsigned long *steps);

#endif
