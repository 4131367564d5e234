#include "forms/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#define BLOCK 65536U
#define ALIGN 16U

struct arena_block {
	struct arena_block *below;
	size_t used, size;
	_Alignas(ALIGN) char data[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

void
arena_free(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->top) != NULL) {
		a->top = b->below;
		free(b);
	}
	a->used = 0;
}

void *
arena_get(struct arena *a, size_t n)
{
	struct arena_block *b = a->top;
	size_t size;
	void *p;

	if (n > a->max - a->used) {
		lapse();
		return NULL;
	}
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->size - b->used < n) {
		size = n > BLOCK ? n : BLOCK;
		if ((b = lapsed(calloc(1, sizeof(*b) + size))) == NULL)
			return NULL;
		b->size = size;
		b->below = a->top;
		a->top = b;
	}
	p = b->data + b->used;
	b->used += n;
	a->used = a->max - a->used < n ? a->max : a->used + n;
	return p;
}

char *
arena_text(struct arena *a, const char *s, size_t n)
{
	char *p = arena_get(a, n + 1);

	if (p != NULL && n > 0)
		memcpy(p, s, n);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (s = arena_get(a, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
