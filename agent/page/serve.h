#ifndef AGENT_PAGE_SERVE_H
#define AGENT_PAGE_SERVE_H

#include "agent/agent.h"
#include "agent/page/defence.h"
#include "agent/page/page.h"
#include "agent/page/session.h"

struct page;

/** One address at which the page is served. */
struct page_door {
	struct page *page;
	struct http_server *http;
	struct defence defence;
	char cookie[32];           /* the session cookie's name: several agents of one machine share a host */
	char phone[32];            /* the name of a paired phone's cookie; "" on loopback */
	int lan, tls;
	int collect_http;          /* records of Collect are taken without TLS too (run --lan-collect-http) */
};

/** The local page, served.  Its parts are for agent/page/ alone. */
struct page {
	struct page_door here;     /* loopback */
	struct page_door lan;      /* the village's own network (agent/page/lan.h); nothing in it unless turned on */
	struct agent *ag;
	struct sessions *sessions;
};

/** page_start(listen, ag, e): serve on ADDR:PORT, loopback only.  NULL on failure. */
struct page *page_start(const char *listen, struct agent *ag, struct err *e);

/** page_address(p): ADDR:PORT really bound. */
const char *page_address(const struct page *p);

/** page_stop(p): finish requests under way, end all sessions; NULL is allowed.  Not with the agent locked. */
void page_stop(struct page *p);

/** page_expire(p): end sessions whose time is over; a duty calls it each minute.  How many are left. */
size_t page_expire(struct page *p);

/* Between serve.c, lan.c and dispatch.c */

/** page_serve(d, o, e): listen at a door; fills in ${o}'s routes, admission's ctx and limits.  0 or -1. */
int page_serve(struct page_door *d, struct http_options *o, struct err *e);

/** page_judge(d, r, res, body_max): host, origin, route and length of a request at that door: 0, or -1 with ${res} the refusal. */
int page_judge(const struct page_door *d, const struct http_request *r, struct http_response *res, size_t *body_max);

/** page_cookie(c, name, value, more): set a cookie of ours; ${more}: "; HttpOnly" and such, or "". */
void page_cookie(struct page_call *c, const char *name, const char *value, const char *more);

/** page_plain(c): 1 when nothing personal may pass: another machine, and no TLS. */
int page_plain(const struct page_call *c);

/** page_route(method, path, known): the route for a request, or NULL; then *${known} says whether the path is there for another method. */
const struct page_route *page_route(const char *method, const char *path, int *known);

/** page_dispatch(ctx, r, res): one request, its head admitted; ctx is the door.  http_route's handler. */
void page_dispatch(void *ctx, const struct http_request *r, struct http_response *res);

/** page_sign_in(c, cadre): a new session under a new cookie for who gave the right PIN (users_sign_in() said USERS_OK).  0; -1 when there is no room (then the caller signs out again). */
int page_sign_in(struct page_call *c, const char *cadre);

/** page_sign_out(c): end this browser's session. */
void page_sign_out(struct page_call *c);

#endif
