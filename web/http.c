#include "web/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/log.h"
#include "web/address.h"
#include "web/html.h"
#include "web/http_parts.h"
#include "web/peers.h"
#include "web/share.h"
#include "web/work.h"

/*
 * libmicrohttpd's thread only moves bytes.  A whole request is suspended and
 * goes to a worker, which resumes it with the response ready.
 */
#define DRAIN_MAX (1U << 20)        /* bytes of a refused body that are read before the refusal is said */
#define HELD_MAX ((size_t)512 << 20) /* bytes of all bodies under way, unless the program says less */
#define SHARE_MAX (HELD_MAX / 4) /* of these, what one address may hold; loopback, where a proxy may stand, may hold all */
#define PEM_MAX (1U << 20)
#define CONNECTION_MEMORY 32768
#define WAIT_MS 15000.0             /* whoever would wait for longer is sent away: clients give up after 30 s of silence */
#define BACKLOG 1024                /* connections that the kernel keeps until they are taken */
#define STOP_GRACE_MS 5000          /* for responses on their way out when the server stops */

/* What a body that was cut off is worth nothing without. */
static const char *const kept_names[] = { "Upload-Offset", "Upload-Length", "Upload-Complete" };
#define KEPT (sizeof(kept_names) / sizeof(kept_names[0]))
#define KEPT_MAX 24

enum call_state {
	CALL_RECEIVING, /* the body is collected */
	CALL_REFUSED,   /* the response is ready; the rest of the body is thrown away */
	CALL_WORKING,   /* a worker has it; the connection is suspended */
	CALL_READY      /* the response is ready */
};

/* One request. */
struct call {
	struct http_server *s;
	struct MHD_Connection *conn; /* NULL once it is gone */
	struct peer *peer;
	const struct http_route *route;
	enum call_state state;
	int busy;                    /* counted in s->busy */
	struct buf body;
	size_t body_max;
	struct share *share;         /* of s->shares */
	size_t drained;
	char *path, *method;
	char type[HTTP_TYPE_MAX];
	char kept[KEPT][KEPT_MAX];   /* headers that outlive the connection; "" for none */
	struct http_request req;
	struct http_response res;
	struct call *before;         /* what came of the same path on a connection given up: handled first */
	struct call *next, **link;   /* in s->single, while its body comes */
};

struct http_server {
	struct http_options o;
	struct MHD_Daemon *d;
	struct work *work;
	struct buf cert, key;
	char address[80];
	struct peers *peers;
	struct call *single;  /* those whose route is for one sender a path; of the server's own thread */
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t done;
	size_t held;          /* bytes of bodies under way */
	struct shares *shares; /* of these, by address */
	unsigned working;     /* calls with a worker */
	double took;          /* ms with a worker, averaged over the last few */
	unsigned busy;        /* calls from there until their response went out */
	int stopping;
};

const char *
http_header(const struct http_request *r, const char *name)
{
	const struct call *c = r->conn;
	size_t i;

	if (c != NULL && c->conn != NULL)
		return MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, name);
	for (i = 0; c != NULL && i < KEPT; i++)
		if (strcasecmp(name, kept_names[i]) == 0 && c->kept[i][0] != '\0')
			return c->kept[i];
	return NULL;
}

const char *
http_query(const struct http_request *r, const char *name)
{
	const struct call *c = r->conn;

	return c != NULL && c->conn != NULL ? MHD_lookup_connection_value(c->conn, MHD_GET_ARGUMENT_KIND, name) : NULL;
}

const char *
http_address(const struct http_server *s)
{
	return s->address;
}

static void
call_free(struct call *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->s->lock);
	c->s->held -= c->body.len;
	share_give(c->share, c->body.len);
	share_leave(c->share);
	c->s->busy -= c->busy ? 1 : 0;
	(void)pthread_cond_broadcast(&c->s->done);
	(void)pthread_mutex_unlock(&c->s->lock);
	if (c->body.data != NULL)
		explicit_bzero(c->body.data, c->body.len); /* PINs and personal parts are posted */
	call_free(c->before);
	buf_free(&c->body);
	parts_response_free(&c->res);
	free(c->path);
	free(c->method);
	free(c);
}

static void
fill_peer(uint8_t out[16], const struct sockaddr *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (a->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	} else if (a->sa_family == AF_INET) {
		memcpy(out, mapped, sizeof(mapped));
		memcpy(out + sizeof(mapped), &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	}
}

static void
fill_request(struct call *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct http_request *r = &c->req;

	parts_type(MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE), c->type);
	r->method = c->method;
	r->path = c->path;
	r->type = c->type;
	r->loopback = info != NULL && info->client_addr != NULL && address_loopback(info->client_addr);
	if (info != NULL && info->client_addr != NULL)
		fill_peer(r->peer, info->client_addr);
	r->lang = parts_lang(MHD_lookup_connection_value(c->conn, MHD_GET_ARGUMENT_KIND, "lang"),
	    MHD_lookup_connection_value(c->conn, MHD_COOKIE_KIND, "lang"),
	    MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
	r->conn = c;
}

static void
keep_headers(struct call *c)
{
	const char *v;
	size_t i;

	for (i = 0; i < KEPT; i++)
		if ((v = MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, kept_names[i])) != NULL && strlen(v) < KEPT_MAX)
			(void)strcpy(c->kept[i], v);
}

/* Refuse; a body that is still coming is thrown away first, unless it is long or waits for a word from us. */
static void
refuse(struct call *c, unsigned status, const char *text, int at_once)
{
	http_error(&c->res, status, text);
	if (c->s->o.reword != NULL)
		c->s->o.reword(c->s->o.ctx, &c->req, &c->res);
	c->state = at_once ? CALL_READY : CALL_REFUSED;
}

/* Refuse for now. */
static void
refuse_for_now(struct call *c, const char *text, int at_once)
{
	http_later(&c->res, text);
	if (c->s->o.reword != NULL)
		c->s->o.reword(c->s->o.ctx, &c->req, &c->res);
	c->state = at_once ? CALL_READY : CALL_REFUSED;
}

/* Would one more request wait for too long? */
static int
crowded(struct http_server *s)
{
	int full;

	(void)pthread_mutex_lock(&s->lock);
	full = s->working >= s->o.waiting || s->working / (s->o.threads + 1) * s->took > WAIT_MS;
	(void)pthread_mutex_unlock(&s->lock);
	return full;
}

static enum MHD_Result
count_host(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	(void)value;
	*(unsigned *)ctx += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
	return MHD_YES;
}

/* Two names in one request: whichever is looked at, somebody else looked at the other (RFC 9112 3.2). */
static int
has_two_hosts(struct call *c)
{
	unsigned n = 0;

	(void)MHD_get_connection_values(c->conn, MHD_HEADER_KIND, count_host, &n);
	return n > 1;
}

static void
single_leave(struct call *c)
{
	if (c->link == NULL)
		return;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	c->link = NULL;
}

static void
single_join(struct call *c)
{
	c->next = c->s->single;
	c->link = &c->s->single;
	if (c->next != NULL)
		c->next->link = &c->next;
	c->s->single = c;
}

/* A call of its own for the body that came so far; the connection it came on gets no more than a refusal. */
static struct call *
take_over(struct call *o)
{
	struct call *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	*b = *o;
	b->conn = b->req.conn = NULL;
	b->peer = NULL;
	b->req.conn = b;
	b->req.type = b->type;
	parts_response_init(&b->res);
	buf_init(&o->body, 0);
	o->share = NULL;
	o->before = NULL;
	o->path = o->method = NULL;
	o->req.path = o->req.method = "";
	refuse(o, 409, "the same is sent anew on another connection", 0);
	return b;
}

/* Is a body for this very path still on its way on another connection?  Links die without a word. */
static struct call *
given_up(struct http_server *s, const char *path)
{
	struct call *o;

	for (o = s->single; o != NULL; o = o->next)
		if (o->state == CALL_RECEIVING && o->body.len > 0 && strcmp(o->path, path) == 0)
			break;
	if (o == NULL)
		return NULL;
	single_leave(o);
	return take_over(o);
}

/* Find the route and judge the head against it. */
static void
judge_head(struct call *c)
{
	const char *len = MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *expect = MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
	size_t most = SIZE_MAX;
	uint64_t n = 0;
	int bad = len != NULL && dec_u64(&n, len, strlen(len)) != 0, at_once = expect != NULL || n > DRAIN_MAX || bad;
	struct buf allow;

	buf_init(&allow, 256);
	if (expect != NULL && strcasecmp(expect, "100-continue") != 0) {
		refuse(c, 417, "Expect: only 100-continue is understood", 1);
	} else if (bad || !parts_path_ok(c->path)) {
		refuse(c, 400, bad ? "Content-Length: is not a number" : "path: not clean", at_once);
	} else if (has_two_hosts(c)) {
		refuse(c, 400, "Host: stands there twice", at_once);
	} else if (c->s->o.admit != NULL && c->s->o.admit(c->s->o.ctx, &c->req, &c->res, &most) != 0) {
		if (c->s->o.reword != NULL)
			c->s->o.reword(c->s->o.ctx, &c->req, &c->res);
		c->state = at_once ? CALL_READY : CALL_REFUSED;
	} else if ((c->route = parts_route(c->s->o.routes, c->method, c->path, &allow)) == NULL) {
		refuse(c, allow.len ? 405 : 404, allow.len ? "this path does not know that method" : "nothing is here", at_once);
		if (allow.len > 0)
			(void)http_add_header(&c->res, MHD_HTTP_HEADER_ALLOW, buf_str(&allow));
	} else if (n > (c->body_max = most < c->route->body_max ? most : c->route->body_max)) {
		refuse(c, 413, c->body_max ? "body: longer than this path takes" : "this path takes no body", at_once);
	} else if (c->route->type != NULL && strcmp(c->route->type, c->type) != 0) {
		refuse(c, 415, "Content-Type: not the one this path takes", at_once);
		(void)http_add_header(&c->res, MHD_HTTP_HEADER_ACCEPT, c->route->type);
	} else if (crowded(c->s)) {
		refuse_for_now(c, "too many ask at once; later", at_once);
	}
	buf_free(&allow);
}

static void
join_share(struct call *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info == NULL || info->client_addr == NULL || c->req.loopback)
		return;
	(void)pthread_mutex_lock(&c->s->lock);
	c->share = share_join(c->s->shares, info->client_addr);
	(void)pthread_mutex_unlock(&c->s->lock);
}

static struct call *
call_new(struct http_server *s, struct MHD_Connection *conn, const char *url, const char *method)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->s = s;
	c->conn = conn;
	c->peer = info != NULL ? info->socket_context : NULL;
	parts_response_init(&c->res);
	buf_init(&c->body, 0);
	if ((c->path = strdup(url)) == NULL || (c->method = strdup(method)) == NULL) {
		call_free(c);
		return NULL;
	}
	fill_request(c);
	join_share(c);
	judge_head(c);
	if (c->route != NULL && c->route->partial)
		keep_headers(c);
	buf_init(&c->body, c->body_max);
	c->before = given_up(s, c->path);
	if (c->state == CALL_RECEIVING && c->route->partial == 2)
		single_join(c);
	return c;
}

/* More of the body came.  MHD_NO ends the connection. */
static enum MHD_Result
take_body(struct call *c, const char *p, size_t n)
{
	int full;

	if (c->state != CALL_RECEIVING)
		return (c->drained += n) <= 2 * DRAIN_MAX ? MHD_YES : MHD_NO;
	if (c->body.len + n > c->body_max) {
		refuse(c, 413, "body: longer than this path takes", 0);
		return MHD_YES;
	}
	(void)pthread_mutex_lock(&c->s->lock);
	full = c->s->held + n > c->s->o.held || (!c->req.loopback && !share_take(c->s->shares, c->share, n));
	c->s->held += full ? 0 : n;
	(void)pthread_mutex_unlock(&c->s->lock);
	if (!full && buf_put(&c->body, p, n) == 0)
		return MHD_YES;
	if (!full) {
		(void)pthread_mutex_lock(&c->s->lock);
		c->s->held -= n;
		share_give(c->share, n);
		(void)pthread_mutex_unlock(&c->s->lock);
	}
	refuse_for_now(c, "too much is being received at once", 0);
	return MHD_YES;
}

static void
fixed_headers(struct MHD_Response *r, const struct http_response *res, const char *csp)
{
	static const char *const fixed[][2] = {
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
		{ "Referrer-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
	};
	size_t i;

	if (res->bare) {
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, res->type ? res->type : "text/html; charset=utf-8");
		return;
	}
	(void)MHD_add_response_header(r, "Content-Security-Policy", csp ? csp :
	    "default-src 'none'; style-src '" HTML_STYLE_HASH "'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		(void)MHD_add_response_header(r, fixed[i][0], fixed[i][1]);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, res->type ? res->type : "text/html; charset=utf-8");
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, res->cache ? res->cache : "no-store");
	if (res->disposition != NULL)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_DISPOSITION, res->disposition);
}

/* Queue the response.  MHD takes the body over. */
static enum MHD_Result
respond(struct call *c)
{
	struct MHD_Response *r;
	enum MHD_Result ok;
	char *at, *name, *value;
	uint8_t *body;
	size_t n;

	if (!buf_ok(&c->res.body) || !buf_ok(&c->res.headers))
		http_error(&c->res, 500, "the response does not fit");
	n = c->res.body.len;
	if ((body = buf_take(&c->res.body)) == NULL)
		n = 0;
	r = body == NULL ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT) :
	    MHD_create_response_from_buffer_with_free_callback(n, body, free);
	if (r == NULL) {
		free(body);
		return MHD_NO;
	}
	fixed_headers(r, &c->res, c->s->o.csp);
	for (at = (char *)c->res.headers.data; parts_next_header(&at, &name, &value);)
		(void)MHD_add_response_header(r, name, value);
	peer_clock(c->s->peers, c->peer, 1);
	ok = MHD_queue_response(c->conn, c->res.status ? c->res.status : 200, r);
	MHD_destroy_response(r);
	return ok;
}

static void
run_handler(struct call *c)
{
	c->req.body = c->body.data;
	c->req.body_len = c->body.len;
	c->route->handle(c->s->o.ctx, &c->req, &c->res);
}

static void
run_before(struct call *c)
{
	if (c->before == NULL)
		return;
	run_before(c->before);
	c->before->req.truncated = 1;
	run_handler(c->before);
	call_free(c->before);
	c->before = NULL;
}

/* In a worker: a whole request. */
static void
work_call(void *arg)
{
	struct call *c = arg;
	struct http_server *s = c->s;
	struct MHD_Connection *conn = c->conn;
	int64_t began = parts_clock();

	run_before(c);
	run_handler(c);
	c->state = CALL_READY;
	MHD_resume_connection(conn); /* from here on the call may be gone */
	(void)pthread_mutex_lock(&s->lock);
	s->took += ((double)(parts_clock() - began) - s->took) / 16;
	s->working--;
	(void)pthread_cond_broadcast(&s->done);
	(void)pthread_mutex_unlock(&s->lock);
}

/* In a worker: what came of a request whose sender broke off. */
static void
work_cut(void *arg)
{
	struct call *c = arg;

	run_before(c);
	c->req.truncated = 1;
	run_handler(c);
	call_free(c);
}

/* The whole request is there. */
static enum MHD_Result
dispatch(struct call *c)
{
	struct http_server *s = c->s;
	const char *no;

	(void)pthread_mutex_lock(&s->lock);
	no = s->stopping ? "the server is stopping" : s->working >= 2 * s->o.waiting ? "too many ask at once; later" : NULL;
	if (no == NULL) {
		s->working++;
		s->busy++;
		c->busy = 1;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (no != NULL) {
		refuse_for_now(c, no, 1);
		return respond(c);
	}
	peer_clock(s->peers, c->peer, 0);
	single_leave(c);
	c->state = CALL_WORKING;
	MHD_suspend_connection(c->conn);
	if (work_put(s->work, work_call, c) != 0) {
		refuse(c, 503, "out of memory", 1);
		(void)pthread_mutex_lock(&s->lock);
		s->working--;
		(void)pthread_mutex_unlock(&s->lock);
		MHD_resume_connection(c->conn);
	}
	return MHD_YES;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method, const char *version,
    const char *data, size_t *n, void **slot)
{
	struct call *c = *slot;
	enum MHD_Result ok;

	(void)version;
	if (c == NULL) {
		if ((*slot = c = call_new(cls, conn, url, method)) == NULL)
			return MHD_NO;
		return c->state == CALL_READY ? respond(c) : MHD_YES;
	}
	if (*n > 0) {
		ok = take_body(c, data, *n);
		*n = 0;
		return ok;
	}
	return c->state == CALL_RECEIVING ? dispatch(c) : respond(c);
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **slot, enum MHD_RequestTerminationCode why)
{
	struct http_server *s = cls;
	struct call *c = *slot;

	(void)conn;
	*slot = NULL;
	if (c == NULL)
		return;
	peer_clock(s->peers, c->peer, 1);
	single_leave(c);
	c->conn = NULL;
	c->peer = NULL;
	if (c->before != NULL && work_put(s->work, work_cut, c->before) == 0)
		c->before = NULL;
	if (why != MHD_REQUEST_TERMINATED_COMPLETED_OK && c->state == CALL_RECEIVING && c->route->partial && c->body.len > 0 &&
	    work_put(s->work, work_cut, c) == 0)
		return;
	call_free(c);
}

static void
on_connection(void *cls, struct MHD_Connection *conn, void **slot, enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = cls;
	struct peer *p = *slot;
	const union MHD_ConnectionInfo *info, *addr;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
		addr = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		*slot = info != NULL ? peer_add(s->peers, info->connect_fd, addr != NULL ? addr->client_addr : NULL) : NULL;
	} else {
		*slot = NULL;
		peer_remove(s->peers, p);
	}
}

static void on_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
on_log(void *cls, const char *fmt, va_list ap)
{
	char text[256];

	(void)cls;
	if (vsnprintf(text, sizeof(text), fmt, ap) >= 0)
		log_msg(LOG_DEBUG, "http: %s", text);
}

static int
load_tls(struct http_server *s, struct err *e)
{
	if (s->o.tls_cert == NULL && s->o.tls_key == NULL)
		return 0;
	if (s->o.tls_cert == NULL || s->o.tls_key == NULL)
		return err_set(e, "TLS: certificate and key go together");
	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return err_set(e, "TLS: the linked libmicrohttpd has none");
	if (file_read(s->o.tls_cert, &s->cert, e) != 0 || file_read(s->o.tls_key, &s->key, e) != 0)
		return -1;
	return buf_putc(&s->cert, 0) | buf_putc(&s->key, 0);
}

static int
start_daemon(struct http_server *s, const struct sockaddr_storage *a, struct err *e)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG |
	    (s->key.len ? MHD_USE_TLS : 0) | (a->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3"; /* docs/protocol.md */
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert.data }, { MHD_OPTION_HTTPS_MEM_KEY, 0, s->key.data },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, priorities }, { MHD_OPTION_END, 0, NULL }
	};
	struct MHD_OptionItem own[] = { { MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL } };
	struct sockaddr_storage addr = *a;
	int fd;

	if (s->o.early) {
		if ((fd = address_listen(a, e)) < 0)
			return -1;
		own[0] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, fd, NULL };
	}
	s->d = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&addr,
	    MHD_OPTION_CONNECTION_TIMEOUT, s->o.idle_s,
	    MHD_OPTION_CONNECTION_LIMIT, s->o.connections + s->o.connections / 8 + 8, /* web/peers.c makes room meanwhile */
	    MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->o.per_address,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_ARRAY, own,
	    s->key.len ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls,
	    MHD_OPTION_END);
	return s->d != NULL ? 0 : err_set(e, "%s: cannot listen there%s", s->o.listen, s->key.len ? ", or certificate and key do not fit" : " (is the address in use?)");
}

static int
name_address(struct http_server *s, struct err *e)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->d, MHD_DAEMON_INFO_LISTEN_FD);
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (info == NULL || getsockname(info->listen_fd, (struct sockaddr *)&a, &n) != 0)
		return err_set(e, "%s: the bound address cannot be read", s->o.listen);
	address_print(&a, s->address, sizeof(s->address));
	return 0;
}

struct http_server *
http_start(const struct http_options *o, struct err *e)
{
	struct http_server *s = calloc(1, sizeof(*s));
	struct peers_limits limits = { .slow_ms = (int64_t)o->slow_s * 1000, .slow_bytes = o->slow_s ? o->slow_bytes : 0 };
	struct sockaddr_storage a;
	pthread_condattr_t attr;

	if (s == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	s->o = *o;
	s->o.idle_s = o->idle_s ? o->idle_s : 60;
	s->o.total_s = o->total_s ? o->total_s : 3600;
	s->o.per_address = o->per_address ? o->per_address : 64;
	s->o.connections = o->connections ? o->connections : 512;
	s->o.waiting = o->waiting ? o->waiting : 1024;
	s->o.held = o->held ? o->held : HELD_MAX;
	limits.total_ms = (int64_t)s->o.total_s * 1000;
	limits.most = s->o.connections;
	buf_init(&s->cert, PEM_MAX);
	buf_init(&s->key, PEM_MAX);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->done, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (address_parse(&a, o->listen, e) == 0 && load_tls(s, e) == 0 && (s->work = work_start(o->threads, e)) != NULL &&
	    ((s->shares = shares_new(2 * (size_t)s->o.connections, SHARE_MAX)) != NULL || err_set(e, "out of memory") == 0) &&
	    (s->peers = peers_start(&limits, e)) != NULL && start_daemon(s, &a, e) == 0 && name_address(s, e) == 0)
		return s;
	http_stop(s);
	return NULL;
}

/* Let workers finish, and give their responses a while to go out. */
static void
settle(struct http_server *s)
{
	int64_t limit = parts_clock() + STOP_GRACE_MS;
	struct timespec until = { .tv_sec = limit / 1000, .tv_nsec = limit % 1000 * 1000000 };
	int rc = 0;

	(void)pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	while (s->working > 0 || (s->busy > 0 && rc == 0)) {
		if (s->working > 0)
			(void)pthread_cond_wait(&s->done, &s->lock);
		else
			rc = pthread_cond_timedwait(&s->done, &s->lock, &until);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

void
http_stop(struct http_server *s)
{
	int fd;

	if (s == NULL)
		return;
	if (s->d != NULL && (fd = MHD_quiesce_daemon(s->d)) >= 0)
		(void)close(fd);
	settle(s);
	if (s->d != NULL)
		MHD_stop_daemon(s->d);
	work_stop(s->work);
	peers_stop(s->peers);
	shares_free(s->shares);
	(void)pthread_cond_destroy(&s->done);
	(void)pthread_mutex_destroy(&s->lock);
	buf_free(&s->cert);
	if (s->key.data != NULL)
		memset(s->key.data, 0, s->key.len);
	buf_free(&s->key);
	free(s);
}
