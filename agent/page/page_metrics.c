#include "agent/host/metrics.h"
#include "agent/page/routes.h"

/* For monitors on this machine. */
static void
metrics(struct page_call *c)
{
	if (metrics_print(c->b, c->ag, 1) != 0)
		http_error(c->res, 503, "the journal cannot be read");
	else
		c->res->type = METRICS_TYPE;
}

const struct page_route page_routes_metrics[] = {
	{ "GET", "/metrics", PAGE_MACHINE, 0, metrics },
	{ NULL, NULL, 0, 0, NULL }
};
