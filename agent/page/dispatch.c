#include <stdlib.h>
#include <string.h>

#include "agent/page/again.h"
#include "agent/openrosa/envelope.h"
#include "agent/page/cookie.h"
#include "agent/page/key.h"
#include "agent/page/lan.h"
#include "agent/page/serve.h"
#include "agent/people/users.h"
#include "base/clock.h"
#include "base/lapse.h"
#include "base/log.h"
#include "web/multipart.h"

/* One request: route, session, form, token, sign-in, handler. */

#define FILE_MAX ((size_t)40 << 20)

/* Does ${path} fit ${pattern}?  Then ${part} (NULL: not wanted) says where the segments of ":" begin. */
static int
fits(const char *pattern, const char *path, const char **part, size_t *nparts)
{
	size_t n, m;

	*nparts = 0;
	for (;; pattern += n, path += m) {
		pattern += *pattern == '/';
		if (*path++ != '/')
			return 0;
		n = strcspn(pattern, "/");
		m = strcspn(path, "/");
		if (n == 1 && *pattern == ':' ? m == 0 || *nparts == PAGE_PARTS_MAX : n != m || strncmp(pattern, path, n) != 0)
			return 0;
		if (n == 1 && *pattern == ':')
			part[(*nparts)++] = path;
		if (pattern[n] == '\0' || path[m] == '\0')
			return pattern[n] == path[m];
	}
}

const struct page_route *
page_route(const char *method, const char *path, int *known)
{
	const char *want = strcmp(method, "HEAD") == 0 ? "GET" : method, *part[PAGE_PARTS_MAX];
	const struct page_route *const *t, *r;
	size_t n;

	*known = 0;
	for (t = page_tables; *t != NULL; t++)
		for (r = *t; r->method != NULL; r++)
			if (fits(r->pattern, path, part, &n)) {
				*known = 1;
				if (strcmp(r->method, want) == 0)
					return r;
			}
	return NULL;
}

/* The parts of the path as strings of their own.  0 or -1. */
static int
take_parts(struct page_call *c, const struct page_route *r)
{
	const char *part[PAGE_PARTS_MAX];
	size_t i, n;

	(void)fits(r->pattern, c->req->path, part, &n);
	for (i = 0; i < n; i++, c->nparts++)
		if ((c->part[i] = lapsed(strndup(part[i], strcspn(part[i], "/")))) == NULL)
			return -1;
	return 0;
}

void
page_cookie(struct page_call *c, const char *name, const char *value, const char *more)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%s=%s; Path=/; SameSite=Strict%s%s", name, value, c->peer.tls ? "; Secure" : "", more);
	(void)http_add_header(c->res, "Set-Cookie", line);
}

int
page_plain(const struct page_call *c)
{
	return !c->peer.loopback && !c->peer.tls;
}

/* Whose request is it?  A browser without a cookie of ours gets one, which stands for nobody. */
static void
find_session(struct page_call *c, char id[SESSION_ID_HEX + 1])
{
	const char *at = http_header(c->req, "Cookie");
	char next[SESSION_ID_HEX + 1];
	int found = 0;

	while (at != NULL && c->session == NULL && cookie_next(&at, c->door->cookie, next, SESSION_ID_HEX)) {
		c->session = session_id_ok(next) ? session_hold(c->page->sessions, next, clock_mono()) : NULL;
		if (c->session != NULL && c->session->phone != c->peer.phone) { /* another browser's */
			session_let_go(c->page->sessions, c->session);
			c->session = NULL;
		}
		if (c->session != NULL || !found)
			memcpy(id, next, sizeof(next));
		found = 1;
	}
	if (!found) {
		session_new_id(id);
		page_cookie(c, c->door->cookie, id, "; HttpOnly");
	}
	/* whose PIN was taken away or replaced, by whatever way, is not signed in any more */
	if (c->session != NULL && users_mark(c->ag, c->session->cadre) != c->session->mark) {
		session_end(c->page->sessions, c->session);
		session_let_go(c->page->sessions, c->session);
		c->session = NULL;
	}
	c->cadre = c->session ? c->session->cadre : NULL;
}

static int
take_multipart(struct formdata *fd, const struct http_request *r, struct err *e)
{
	const struct multipart_limits limits = { FORMDATA_FIELDS_MAX, FORMDATA_TEXT_MAX, FILE_MAX };
	const char *type = http_header(r, "Content-Type");
	const struct multipart_part *p;
	struct multipart m;
	char boundary[71];
	int rc = 0;
	size_t i;

	if (multipart_boundary(type ? type : "", boundary, e) != 0 || multipart_parse(&m, boundary, r->body, r->body_len, &limits, e) != 0)
		return -1;
	for (i = 0; i < m.n && rc == 0; i++) {
		p = &m.part[i];
		rc = p->filename == NULL ? formdata_add_text(fd, p->name, strlen(p->name), (const char *)p->data, p->len, e) :
		    formdata_add_file(fd, p->name, strlen(p->name), p->filename, strlen(p->filename), p->type, p->data, p->len, e);
	}
	multipart_free(&m);
	return rc;
}

/* What was posted.  1 when it is there; 0 when an error page was written. */
static int
take_form(struct page_call *c, const struct page_route *r, struct formdata *fd)
{
	struct err e = { "" };
	int rc;

	if (strcmp(r->method, "POST") != 0 || (r->flags & PAGE_MACHINE))
		return 1;
	if (strcmp(c->req->type, "application/x-www-form-urlencoded") == 0)
		rc = formdata_urlencoded(fd, c->req->body, c->req->body_len, &e);
	else if ((r->flags & PAGE_FILES) && strcmp(c->req->type, "multipart/form-data") == 0)
		rc = take_multipart(fd, c->req, &e);
	else
		rc = err_set(&e, "form: %s is not taken here", c->req->type);
	if (rc == 0)
		return 1;
	log_msg(LOG_WARN, "page: %s", e.text);
	page_error(c, 400, tr(c->lang, "What the browser sent cannot be read. Nothing was saved."));
	return 0;
}

/* May this browser, and who sits at it, do that?  1; 0 when an answer was written. */
static int
may(struct page_call *c, const struct page_route *r, const char *id)
{
	struct buf to;
	int post = strcmp(r->method, "POST") == 0;

	if (post && (!session_token_ok(c->page->sessions, id, formdata_get(c->form, "token")) || ((r->flags & PAGE_CADRE) && c->cadre == NULL))) {
		if (r->flags & PAGE_CADRE)
			again_begin(c);
		else if (c->cadre == NULL && strcmp(r->pattern, "/sign-out") == 0)
			page_redirect(c, "/"); /* in another window they did already */
		else
			page_error(c, 403, tr(c->lang, "This form is out of date, because the device was restarted. Nothing was done; load the page again and repeat it."));
		return 0;
	}
	if (post || !(r->flags & PAGE_CADRE) || c->cadre != NULL)
		return 1;
	buf_init(&to, 4096);
	(void)buf_puts(&to, "/sign-in?next=");
	page_url(&to, c->req->path);
	page_redirect(c, buf_ok(&to) ? buf_str(&to) : "/sign-in");
	buf_free(&to);
	return 0;
}

static void
run(struct page_call *c, const struct page_route *r)
{
	if (!(r->flags & PAGE_UNLOCKED))
		agent_lock();
	r->handle(c);
	if (!(r->flags & PAGE_UNLOCKED))
		agent_unlock();
}

/* Without TLS anybody on the network could read along: no session, no form token, and only what says nothing of anybody. */
static void
browse_plain(struct page_call *c, const struct page_route *r)
{
	if (r == NULL)
		page_error(c, 404, tr(c->lang, "There is no such page."));
	else if ((r->flags & PAGE_PLAIN) && !(r->flags & (PAGE_CADRE | PAGE_PERSONAL)))
		run(c, r);
	else
		page_error(c, 403, lan_plain_words(c->lang));
}

/* For a browser: everything a page needs. */
static void
browse(struct page_call *c, const struct page_route *r)
{
	char id[SESSION_ID_HEX + 1], token[SESSION_TOKEN_HEX + 1];
	const char *lang = http_query(c->req, "lang");
	struct formdata fd;

	formdata_init(&fd);
	c->form = &fd;
	find_session(c, id);
	session_token(c->page->sessions, id, token);
	c->token = token;
	if (lang != NULL && strcmp(lang, c->lang) == 0)
		page_cookie(c, "lang", c->lang, "; Max-Age=31536000");
	if (r == NULL)
		page_error(c, 404, tr(c->lang, "There is no such page."));
	else if (take_form(c, r, &fd) && may(c, r, id))
		run(c, r);
	session_let_go(c->page->sessions, c->session);
	formdata_free(&fd);
	wipe(token, sizeof(token));
}

void
page_dispatch(void *ctx, const struct http_request *req, struct http_response *res)
{
	struct page_door *d = ctx;
	static const struct formdata nothing;
	struct page_call c = { .ag = d->page->ag, .req = req, .res = res, .b = &res->body, .lang = req->lang, .token = "", .form = &nothing, .page = d->page, .door = d,
		.form_lang = strcmp(req->lang, "en") == 0 ? FORM_EN : FORM_ZH, .peer = { .loopback = !d->lan && req->loopback, .tls = d->tls } };
	char token[PHONE_TOKEN_HEX + 1];
	struct http_request inner;
	struct phone who;
	int known, keyed = key_rest(req->path, token) != NULL, openrosa = key_openrosa(req->path);
	const struct page_route *r = NULL;
	size_t i;

	wipe(token, sizeof(token));
	if (keyed && key_enter(&c, &inner, &who) != 0)
		goto out;
	if ((r = page_route(c.req->method, c.req->path, &known)) != NULL && take_parts(&c, r) != 0)
		http_error(res, 503, "out of memory");
	else if (keyed)
		run(&c, r);
	else if (d->lan && lan_peer(&c, r) != 0)
		http_error(res, 403, LAN_WORDS);
	else if (r != NULL && (r->flags & PAGE_MACHINE))
		run(&c, r);
	else if (page_plain(&c))
		browse_plain(&c, r);
	else
		browse(&c, r);
out:
	if (openrosa)
		envelope_wrap(res, strcmp(req->method, "POST") == 0);
	for (i = 0; i < c.nparts; i++)
		free(c.part[i]);
}

int
page_sign_in(struct page_call *c, const char *cadre)
{
	struct session *s = session_begin(c->page->sessions, cadre, clock_mono());

	if (s == NULL)
		return -1;
	if (c->session != NULL) {
		session_end(c->page->sessions, c->session);
		session_let_go(c->page->sessions, c->session);
	}
	c->session = s;
	c->cadre = s->cadre;
	c->token = s->token;
	s->phone = c->peer.phone;
	s->mark = users_mark(c->ag, cadre);
	page_cookie(c, c->door->cookie, s->id, "; HttpOnly");
	return 0;
}

void
page_sign_out(struct page_call *c)
{
	char id[SESSION_ID_HEX + 1];

	if (c->session != NULL)
		session_end(c->page->sessions, c->session);
	session_new_id(id);
	page_cookie(c, c->door->cookie, id, "; HttpOnly");
}
