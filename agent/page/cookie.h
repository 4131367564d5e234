#ifndef AGENT_PAGE_COOKIE_H
#define AGENT_PAGE_COOKIE_H

#include <stddef.h>

/** cookie_next(at, name, value, len): the next cookie called ${name} whose value has ${len} characters, from *${at} in a Cookie header on, into ${value} (len+1 bytes).  1, or 0 at the end. */
int cookie_next(const char **at, const char *name, char *value, size_t len);

#endif
