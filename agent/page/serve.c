#include "agent/page/serve.h"

#include <stdlib.h>
#include <string.h>

#include "agent/host/duty.h"
#include "agent/openrosa/envelope.h"
#include "agent/page/key.h"
#include "agent/page/lan.h"
#include "agent/people/users.h"
#include "base/clock.h"
#include "base/lapse.h"

#define PAGE_BODY_MAX ((size_t)40 << 20) /* the largest of all routes: a photo and its form */

static const char policy[] = "default-src 'none'; script-src 'self'; style-src '" HTML_STYLE_HASH "'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/* On another site somebody followed a link to us: the browser asks again by itself, then as our own page, with its cookie. */
static const char go_on[] = "<!DOCTYPE html>\n<html lang=\"zh-Hans\"><head><meta charset=\"utf-8\"><title>村级记录 Village records</title>"
    "<meta http-equiv=\"refresh\" content=\"0;url=/\"></head><body><p><a href=\"/\">继续 Continue</a></p></body></html>\n";

static int
refuse(struct http_response *res, unsigned status, const char *text)
{
	http_error(res, status, text);
	return -1;
}

int
page_judge(const struct page_door *d, const struct http_request *r, struct http_response *res, size_t *body_max)
{
	int known, safe = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
	const struct page_route *route = page_route(r->method, r->path, &known);
	const struct defence_head h = { .method = r->method, .path = r->path, .host = http_header(r, "Host"), .origin = http_header(r, "Origin"),
		.site = http_header(r, "Sec-Fetch-Site"), .mode = http_header(r, "Sec-Fetch-Mode"), .dest = http_header(r, "Sec-Fetch-Dest"),
		.machine = route != NULL && (route->flags & PAGE_MACHINE) };
	enum defence_answer a;

	if ((a = defence_judge(&d->defence, &h)) == DEFENCE_CONTINUE) {
		(void)buf_puts(&res->body, go_on);
		return -1;
	}
	if (a != DEFENCE_GOOD)
		return refuse(res, 403, defence_words(a));
	if (route == NULL && !safe)
		return refuse(res, known ? 405 : 404, known ? "这里不接受这种请求。\nThis path does not take that." : "没有这一页。\nNothing is here.");
	*body_max = safe ? 0 : route->body_max ? route->body_max : PAGE_FORM_MAX;
	return 0;
}

static int
admit(void *ctx, const struct http_request *r, struct http_response *res, size_t *body_max)
{
	if (!r->loopback)
		return refuse(res, 403, "这里只对本机开放。\nThis page is for this machine only.");
	return page_judge(ctx, r, res, body_max);
}

/* What is refused before a handler sees it: to a phone in its envelope. */
static void
reword(void *ctx, const struct http_request *r, struct http_response *res)
{
	(void)ctx;
	if (key_openrosa(r->path))
		envelope_wrap(res, strcmp(r->method, "POST") == 0);
}

static const struct http_route routes[] = {
	{ "GET", "/*", 0, NULL, 0, page_dispatch },
	{ "POST", "/*", PAGE_BODY_MAX, NULL, 0, page_dispatch },
	{ NULL, NULL, 0, NULL, 0, NULL }
};

static void
session_ended(void *ctx)
{
	struct page *p = ctx;

	users_sign_out(p->ag);
}

size_t
page_expire(struct page *p)
{
	if (p->sessions == NULL)
		return 0;
	lan_expire(p);
	return sessions_expire(p->sessions, clock_mono());
}

static int64_t
expire_duty(void *ctx)
{
	(void)page_expire(ctx);
	return 0;
}

int
page_serve(struct page_door *d, struct http_options *o, struct err *e)
{
	o->threads = 1;
	o->idle_s = 30;
	o->total_s = 300;
	o->held = 2 * PAGE_BODY_MAX;
	o->routes = routes;
	o->csp = policy;
	o->reword = reword;
	o->ctx = d;
	if ((d->http = http_start(o, e)) == NULL)
		return -1;
	defence_init(&d->defence, http_address(d->http), d->tls);
	(void)snprintf(d->cookie, sizeof(d->cookie), "tally%s", strrchr(http_address(d->http), ':') + 1);
	return 0;
}

struct page *
page_start(const char *listen, struct agent *ag, struct err *e)
{
	struct page *p = lapsed(calloc(1, sizeof(*p)));
	struct http_options o = { .listen = listen, .admit = admit };
	const struct duty duty = { .name = "sessions", .interval_ms = 60000, .first_ms = 60000, .run = expire_duty, .ctx = p };

	if (p == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	p->ag = ag;
	p->here.page = p->lan.page = p;
	if (strncmp(listen, "127.", 4) != 0 && strncmp(listen, "[::1]:", 6) != 0 && strncmp(listen, "localhost:", 10) != 0)
		(void)err_set(e, "--listen %s: the local page is served on loopback only", listen);
	else if ((p->sessions = sessions_new(session_ended, p)) == NULL)
		(void)err_set(e, "out of memory");
	else if (page_serve(&p->here, &o, e) == 0) {
		if (duty_add(&duty) == 0)
			return p;
		(void)err_set(e, "the table of duties is full");
	}
	http_stop(p->here.http);
	sessions_free(p->sessions);
	free(p);
	return NULL;
}

const char *
page_address(const struct page *p)
{
	return http_address(p->here.http);
}

void
page_stop(struct page *p)
{
	if (p == NULL)
		return;
	http_stop(p->lan.http);
	http_stop(p->here.http);
	p->lan.http = p->here.http = NULL;
	agent_lock();
	sessions_free(p->sessions);
	p->sessions = NULL; /* the duty that looks at it outlives us, so ${p} stays */
	agent_unlock();
}
