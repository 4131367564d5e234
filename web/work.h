#ifndef WEB_WORK_H
#define WEB_WORK_H

#include "base/err.h"

/** A small pool of threads that do jobs in the order they came.  For web/http.c. */
struct work;

/** work_start(threads, e): NULL on failure. */
struct work *work_start(unsigned threads, struct err *e);

/** work_put(w, fn, arg): have a thread call fn(arg).  0, or -1 when out of memory (fn is not called). */
int work_put(struct work *w, void (*fn)(void *arg), void *arg);

/** work_stop(w): finish all jobs, end the threads, release; NULL is allowed. */
void work_stop(struct work *w);

#endif
