#ifndef FORMS_ARENA_H
#define FORMS_ARENA_H

#include <stddef.h>

/** Memory that is given back all at once, with a named maximum. */
struct arena {
	struct arena_block *top;
	size_t used, max;
};

/** arena_init(a, max): an empty arena of at most ${max} bytes; allocates nothing. */
void arena_init(struct arena *a, size_t max);

/** arena_free(a): release everything that was taken from it. */
void arena_free(struct arena *a);

/** arena_get(a, n): ${n} bytes of zeros, aligned for anything; NULL when out of memory or beyond the maximum. */
void *arena_get(struct arena *a, size_t n);

/** arena_text(a, s, n): a copy of ${n} bytes and a NUL, or NULL. */
char *arena_text(struct arena *a, const char *s, size_t n);

/** arena_printf(a, fmt, ...): formatted text, or NULL. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
