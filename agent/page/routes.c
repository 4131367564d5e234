#include "agent/page/routes.h"

/* Every file of pages, in the order they are searched. */
const struct page_route *const page_tables[] = {
	page_routes_metrics,
	page_routes_openrosa,
	page_routes_openrosa_files,
	page_routes_pair,
	page_routes_phones,
	page_routes_home,
	page_routes_status,
	page_routes_sign,
	page_routes_people,
	page_routes_handover,
	page_routes_roster,
	page_routes_import,
	page_routes_household,
	page_routes_record,
	page_routes_draft,
	page_routes_entry,
	page_routes_subject,
	page_routes_class,
	page_routes_plan,
	NULL
};
