#include "audit/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
work_found(struct work *w, enum code code, const struct place *at, uint32_t k, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	findings_add(&w->a->findings, code, at, "%s", text);
	if (k != MAP_NONE)
		known_at(w, k)->flags |= KNOWN_BAD;
}

struct device *
work_device(struct work *w, const uint8_t id[32])
{
	uint32_t i = map_add(&w->devices, id);

	if (i == MAP_NONE) {
		w->oom = 1;
		return NULL;
	}
	return map_at(&w->devices, i);
}

uint32_t
work_known(struct work *w, const uint8_t hash[32])
{
	uint32_t i = map_add(&w->entries, hash);

	if (i == MAP_NONE)
		w->oom = 1;
	return i;
}

struct known *
known_at(const struct work *w, uint32_t k)
{
	return map_at(&w->entries, k);
}

struct device *
device_at(const struct work *w, uint32_t i)
{
	return map_at(&w->devices, i);
}

void *
array_grow(struct work *w, void *p, size_t n, size_t size)
{
	void *q;

	/* full exactly when n is 0 or a power of two */
	if (n != 0 && (n & (n - 1)) != 0)
		return p;
	if ((q = reallocarray(p, n ? 2 * n : 1, size)) == NULL)
		w->oom = 1;
	return q;
}
