#include "base/lapse.h"

#include <stddef.h>

static _Thread_local unsigned long count;

void
lapse(void)
{
	count++;
}

unsigned long
lapse_count(void)
{
	return count;
}

void *
lapsed(void *p)
{
	if (p == NULL)
		lapse();
	return p;
}
