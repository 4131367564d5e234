#ifndef BASE_ERR_H
#define BASE_ERR_H

/**
 * One error, said once, where it is detected: it names the object and the
 * rule that was broken.  Callers pass a pointer (or NULL when they do not
 * want the words) and look at return values, never at the text.
 */
struct err {
	char text[512];
};

/**
 * err_set(e, fmt, ...):
 * Format the message into ${e}, replacing what was there; a message that does
 * not fit is cut at a character boundary.  Does nothing when ${e} is NULL.
 * Always returns -1, so that "return err_set(e, ...)" reads as it acts.
 */
int err_set(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * err_add(e, fmt, ...):
 * Put the formatted text and ": " in front of the message already in ${e}
 * (context added on the way up).  Always returns -1; NULL is allowed.
 */
int err_add(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
