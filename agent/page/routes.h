#ifndef AGENT_PAGE_ROUTES_H
#define AGENT_PAGE_ROUTES_H

#include "agent/page/page.h"

/* The tables of the files of pages; a new file adds its own here and in routes.c. */
extern const struct page_route page_routes_home[];
extern const struct page_route page_routes_status[];
extern const struct page_route page_routes_metrics[];
extern const struct page_route page_routes_openrosa[];
extern const struct page_route page_routes_openrosa_files[];
extern const struct page_route page_routes_pair[];
extern const struct page_route page_routes_phones[];
extern const struct page_route page_routes_sign[];
extern const struct page_route page_routes_people[];
extern const struct page_route page_routes_handover[];
extern const struct page_route page_routes_roster[];
extern const struct page_route page_routes_import[];
extern const struct page_route page_routes_household[];
extern const struct page_route page_routes_record[];
extern const struct page_route page_routes_draft[];
extern const struct page_route page_routes_entry[];
extern const struct page_route page_routes_subject[];
extern const struct page_route page_routes_class[];
extern const struct page_route page_routes_plan[];

/* agent/page/page.js, compiled in. */
extern const char page_script[];

#endif
