#include "county/report/decisions.h"

int
decisions_load(struct decisions *d, struct ledger *l, uint64_t at, const char *form, int32_t to, struct err *e)
{
	return plan_load(&d->plan, l, at, form, e) == 0 && links_load(&d->links, l, at, e) == 0 && maps_load(&d->places, l, at, to, e) == 0 &&
	    periods_load(&d->periods, l, at, e) == 0 ? 0 : -1;
}

void
decisions_free(struct decisions *d)
{
	plan_free(&d->plan);
	links_free(&d->links);
	maps_free(&d->places);
	periods_free(&d->periods);
}
