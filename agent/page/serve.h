#ifndef AGENT_PAGE_SERVE_H
#define AGENT_PAGE_SERVE_H

#include "agent/agent.h"
#include "agent/page/defence.h"
#include "agent/page/page.h"
#include "agent/page/session.h"

/** The local page, served.  Its parts are for agent/page/ alone. */
struct page {
	struct http_server *http;
	struct agent *ag;
	struct defence defence;
	struct sessions *sessions;
	char cookie[32];           /* the session cookie's name: several agents of one machine share a host */
};

/** page_start(listen, ag, e): serve on ADDR:PORT, loopback only.  NULL on failure. */
struct page *page_start(const char *listen, struct agent *ag, struct err *e);

/** page_address(p): ADDR:PORT really bound. */
const char *page_address(const struct page *p);

/** page_stop(p): finish requests under way, end all sessions; NULL is allowed.  Not with the agent locked. */
void page_stop(struct page *p);

/** page_expire(p): end sessions whose time is over; a duty calls it each minute.  How many are left. */
size_t page_expire(struct page *p);

/* Between serve.c and dispatch.c */

/** page_route(method, path, known): the route for a request, or NULL; then *${known} says whether the path is there for another method. */
const struct page_route *page_route(const char *method, const char *path, int *known);

/** page_dispatch(ctx, r, res): one request, its head admitted; ctx is the page.  http_route's handler. */
void page_dispatch(void *ctx, const struct http_request *r, struct http_response *res);

/** page_sign_in(c, cadre): a new session under a new cookie for who gave the right PIN (users_sign_in() said USERS_OK).  0; -1 when there is no room (then the caller signs out again). */
int page_sign_in(struct page_call *c, const char *cadre);

/** page_sign_out(c): end this browser's session. */
void page_sign_out(struct page_call *c);

#endif
