#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "county/serve/serve.h"
#include "sync/client.h"
#include "tests/sim/sim.h"

/*
 * The network: the device's HTTP client (sync/client.h) and what the server
 * would do with the request (county/serve/serve.h), with everything between them
 * that can go wrong.  Linked in place of libcurl's and libmicrohttpd's part.
 */

#define LATE_MAX 16

struct message { char method[8], path[512], type[128]; int part; struct client_upload u; struct buf body; };

struct client { int allow; };

static struct {
	unsigned percent;
	int paused;
	struct message late[LATE_MAX];
	size_t nlate;
	struct buf old;          /* an answer of long ago */
	struct serve serve;      /* one desk, nobody behind it */
	struct office *open;     /* the office it was made for */
	const struct message *now; /* what the county is handling */
} wire;

void
wire_faults(unsigned percent)
{
	wire.percent = percent;
}

void
wire_pause(int on)
{
	wire.paused = on;
}

struct client *__wrap_client_new(const char *url, const struct client_options *o, struct err *e);
struct client *
__wrap_client_new(const char *url, const struct client_options *o, struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));

	(void)url;
	(void)e;
	c->allow = o->allow_http;
	return c;
}

void __wrap_client_free(struct client *c);
void
__wrap_client_free(struct client *c)
{
	free(c);
}

/* The server without its threads: one desk, and judging when the simulation says so. */
static struct serve *
server(void)
{
	struct err e = { "" };

	if (wire.open == &sim.office && wire.serve.o != NULL)
		return &wire.serve;
	memset(&wire.serve, 0, sizeof(wire.serve));
	(void)pthread_mutex_init(&wire.serve.lock, NULL);
	(void)pthread_cond_init(&wire.serve.news, NULL);
	if (office_desk(&sim.office, &wire.serve.desks[0].c, &e) != 0)
		sim_fail("no desk: %s", e.text);
	wire.serve.free = &wire.serve.desks[0];
	wire.serve.ndesks = 1;
	wire.serve.o = wire.open = &sim.office;
	return &wire.serve;
}

void wire_shut(void);
void
wire_shut(void)
{
	if (wire.serve.o != NULL)
		ledger_close(wire.serve.desks[0].c.l);
	wire.serve.o = NULL;
	wire.open = NULL;
}

const char *__wrap_http_header(const struct http_request *r, const char *name);
const char *
__wrap_http_header(const struct http_request *r, const char *name)
{
	static char text[32];
	const struct message *m = wire.now;

	(void)r;
	if (m == NULL || !m->part)
		return NULL;
	if (strcasecmp(name, "Upload-Length") == 0)
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)m->u.length);
	else if (strcasecmp(name, "Upload-Offset") == 0 && strcmp(m->method, "PATCH") == 0)
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)m->u.offset);
	else if (strcasecmp(name, "Upload-Complete") == 0 && strcmp(m->method, "PATCH") == 0)
		(void)snprintf(text, sizeof(text), "%s", m->u.complete ? "?1" : "?0");
	else
		return NULL;
	return text;
}

const char *__wrap_http_query(const struct http_request *r, const char *name);
const char *
__wrap_http_query(const struct http_request *r, const char *name)
{
	(void)r;
	(void)name;
	return NULL;
}

static const struct http_route *
route(const char *method, const char *path)
{
	const struct http_route *r;
	size_t n;

	for (r = serve_routes; r->method != NULL; r++) {
		n = strlen(r->path);
		if (strcmp(r->method, method) == 0 && (r->path[n - 1] == '*' ? strncmp(r->path, path, n - 1) == 0 : strcmp(r->path, path) == 0))
			return r;
	}
	return NULL;
}

static void
take_headers(struct client_result *r, const struct http_response *res)
{
	struct buf copy = res->headers;
	const char *at = strstr(buf_str(&copy), "Upload-Offset:");

	(void)snprintf(r->type, sizeof(r->type), "%s", res->type != NULL ? res->type : "");
	if (at != NULL)
		r->upload_offset = strtoll(at + strlen("Upload-Offset:"), NULL, 10);
	r->upload_complete = strstr(buf_str(&copy), "Upload-Complete:?1") != NULL;
}

/* The county gets a message, perhaps only the first bytes of it.  Its status, with the answer in ${out} unless NULL. */
static long
county_gets(const struct message *m, size_t n, struct buf *out, struct client_result *result)
{
	const struct http_route *r = route(strcmp(m->method, "HEAD") == 0 ? "GET" : m->method, m->path);
	struct http_request req = { .method = m->method, .path = m->path, .type = m->type, .body = m->body.data, .body_len = n, .truncated = n < m->body.len, .loopback = 1, .lang = "en" };
	struct http_response res = { 0 };
	long status = 404;
	int full;

	if (!sim.county_open)
		return 0;
	buf_init(&res.body, HTTP_RESPONSE_MAX);
	buf_init(&res.headers, 4096);
	if (r != NULL && (!req.truncated || r->partial)) {
		sim_clock(NULL);
		wire.now = m;
		if ((full = sim.storm && !wire.paused && sim_chance(1)) != 0)
			sim_disk_full((int64_t)sim_roll(100000));
		r->handle(server(), &req, &res);
		if (full)
			sim_disk_full(-1);
		wire.now = NULL;
		status = res.status ? (long)res.status : 200;
	}
	if (out != NULL && strcmp(m->method, "HEAD") != 0)
		(void)buf_put(out, res.body.data, res.body.len);
	if (result != NULL)
		take_headers(result, &res);
	buf_free(&res.body);
	buf_free(&res.headers);
	return status;
}

static void
message_free(struct message *m)
{
	buf_free(&m->body);
}

static int
message_copy(struct message *to, const struct message *m)
{
	*to = *m;
	buf_init(&to->body, m->body.len + 1);
	return buf_put(&to->body, m->body.data, m->body.len);
}

void
wire_deliver_late(void)
{
	size_t i;

	if (wire.nlate == 0 || !sim.county_open)
		return;
	/* any of them: what was sent last may come first */
	i = sim_roll(wire.nlate);
	(void)county_gets(&wire.late[i], wire.late[i].body.len, NULL, NULL);
	message_free(&wire.late[i]);
	wire.late[i] = wire.late[--wire.nlate];
}

static const char portal[] = "<html><body>Welcome to the guest network. Please sign in.</body></html>";

/* What the device hears; -1: nothing. */
static int
deliver(const struct message *m, enum wire_fault f, struct buf *out, struct client_result *r)
{
	switch (f) {
	case WIRE_NOBODY:
		return -1;
	case WIRE_PORTAL:
		r->status = 200;
		(void)snprintf(r->type, sizeof(r->type), "text/html");
		return buf_put(out, portal, sizeof(portal) - 1);
	case WIRE_LATER:
		if (wire.nlate < LATE_MAX)
			(void)message_copy(&wire.late[wire.nlate++], m);
		return -1;
	case WIRE_LOST:
		return -1;
	case WIRE_PIN:
		return -1;
	case WIRE_BUSY:
		r->status = 503;
		r->retry_after = (long)sim_roll(4000);
		(void)snprintf(r->type, sizeof(r->type), "text/plain");
		return buf_puts(out, "later\n");
	case WIRE_CUT:
		(void)county_gets(m, sim_roll(m->body.len + 1), NULL, NULL);
		return -1;
	case WIRE_ANSWER_LOST:
		(void)county_gets(m, m->body.len, NULL, NULL);
		return -1;
	case WIRE_REPLAYED:
		if (wire.old.len == 0)
			return -1;
		r->status = 200;
		(void)snprintf(r->type, sizeof(r->type), "application/vnd.tallystick.answer.v1");
		return buf_put(out, wire.old.data, wire.old.len);
	case WIRE_AGAIN: /* and once more hours later */
		if (wire.nlate < LATE_MAX)
			(void)message_copy(&wire.late[wire.nlate++], m);
		break;
	case WIRE_TWICE:
		(void)county_gets(m, m->body.len, NULL, NULL);
		break;
	default:
		break;
	}
	r->status = county_gets(m, m->body.len, out, r);
	if (r->status == 0)
		return -1;
	if (f == WIRE_ANSWER_CUT && out->len > 0)
		out->len = sim_roll(out->len);
	return 0;
}

static int
call(const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e)
{
	struct message m;
	enum wire_fault f = !wire.paused && sim_roll(100) < wire.percent ? (enum wire_fault)(1 + sim_roll(WIRE_FAULTS - 1)) : WIRE_WELL;
	int rc;

	memset(&m, 0, sizeof(m));
	memset(r, 0, sizeof(*r));
	r->retry_after = r->upload_offset = -1;
	(void)snprintf(m.method, sizeof(m.method), "%s", method);
	(void)snprintf(m.path, sizeof(m.path), "%s", path);
	(void)snprintf(m.type, sizeof(m.type), "%s", type != NULL ? type : "");
	m.part = u != NULL;
	if (u != NULL)
		m.u = *u;
	buf_init(&m.body, n + 1);
	if (n > 0)
		(void)buf_put(&m.body, body, n);
	if (strstr(path, "/sync") != NULL)
		sim.syncs++;
	rc = deliver(&m, f, out, r);
	r->fault = rc == 0 ? CLIENT_CAME : f == WIRE_PIN ? CLIENT_PIN : CLIENT_CUT;
	r->up = n;
	r->down = out->len;
	if (rc == 0 && f == WIRE_WELL && strstr(path, "/sync") != NULL && sim_chance(3)) {
		buf_free(&wire.old);
		buf_init(&wire.old, out->len + 1);
		(void)buf_put(&wire.old, out->data, out->len);
	}
	sim_note(&f, sizeof(f));
	sim_note(m.path, strlen(m.path));
	sim_note(body, n);
	sim_note(&r->status, sizeof(r->status));
	if (r->status < 300)
		sim_note(out->data, out->len); /* what a failure says names folders */
	message_free(&m);
	return rc == 0 ? 0 : err_set(e, "no answer came");
}

int __wrap_client_call(struct client *c, const char *method, const char *path, const char *type, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e);
int
__wrap_client_call(struct client *c, const char *method, const char *path, const char *type, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e)
{
	(void)c;
	return call(method, path, type, NULL, body, n, out, r, e);
}

int __wrap_client_part(struct client *c, const char *method, const char *path, const struct client_upload *u, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e);
int
__wrap_client_part(struct client *c, const char *method, const char *path, const struct client_upload *u, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e)
{
	(void)c;
	return call(method, path, "application/partial-upload", u, body, n, out, r, e);
}
