#ifndef BASE_LAPSE_H
#define BASE_LAPSE_H

/**
 * When memory runs out, or the disk does, a check fails though nothing is
 * wrong with what it checks.  What fails so is noted here, and who found
 * something wrong looks whether there was a lapse meanwhile: then nothing was
 * found out, and it is a failure (-1), not a verdict.  Counted for each thread.
 */

/** lapse(): this machine failed us, not the data. */
void lapse(void);

/** lapse_count(): how often so far in this thread. */
unsigned long lapse_count(void);

/** lapsed(p): ${p} as it is; an allocation that gave NULL is noted. */
void *lapsed(void *p);

#endif
