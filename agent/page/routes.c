#include "agent/page/routes.h"

/* Every file of pages, in the order they are searched. */
const struct page_route *const page_tables[] = {
	page_routes_metrics,
	page_routes_home,
	page_routes_status,
	page_routes_sign,
	page_routes_people,
	page_routes_roster,
	page_routes_import,
	page_routes_household,
	NULL
};
