#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * Serving HTTP (libmicrohttpd), for agent and county alike.  Bodies are
 * collected up to a named maximum, by header and by count; a connection has
 * time-outs against slow senders and a limit per address.  Handlers run on
 * worker threads of ${threads}; a request waits for one without holding a
 * connection thread.
 */
struct http_server;

struct http_request {
	const char *method;       /* "GET" */
	const char *path;         /* decoded, starts with '/', no query, no ".." */
	const char *type;         /* content type without parameters, lower case; "" */
	const uint8_t *body;
	size_t body_len;
	int truncated;            /* the sender broke off: body is what came (routes that ask for it) */
	int loopback;             /* the peer's address is loopback */
	uint8_t peer[16];         /* that address as IPv6 (IPv4 mapped into it); zero when it is not known */
	const char *lang;         /* "zh" or "en": query lang=, cookie, then Accept-Language; zh by default */
	void *conn;               /* for http_header, http_query */
};

#define HTTP_RESPONSE_MAX (64U << 20) /* bytes of a response's body */

/** http_header(r, name) / http_query(r, name): a request header or query value (decoded), or NULL; both NULL for a truncated request, whose connection is gone; but Upload-Offset, Upload-Length and Upload-Complete are kept. */
const char *http_header(const struct http_request *r, const char *name);
const char *http_query(const struct http_request *r, const char *name);

struct http_response {
	unsigned status;          /* 200 when left 0 */
	const char *type;         /* static text; "text/html; charset=utf-8" when NULL */
	struct buf body;          /* initialised for the handler */
	const char *disposition;  /* static or NULL */
	const char *cache;        /* Cache-Control; "no-store" when NULL */
	struct buf headers;       /* filled in by http_add_header() */
	int bare;                 /* for programs that pay by the byte: type and length, no word to browsers */
};

/** http_add_header(res, name, value): one more header of the response (Location, Set-Cookie).  0; -1 if it has line breaks or does not fit (then it is not sent). */
int http_add_header(struct http_response *res, const char *name, const char *value);

/** http_error(res, status, text): a plain-text error that names thing and rule. */
void http_error(struct http_response *res, unsigned status, const char *text);

/** http_later(res, text): as http_error with 503, and a Retry-After of 10 to 70 seconds, another each time, so that those who are sent away do not come back together. */
void http_later(struct http_response *res, const char *text);

struct http_route {
	const char *method;
	const char *path;         /* exact, or a prefix when it ends with '*' */
	size_t body_max;          /* bytes; 0: no body */
	const char *type;         /* required content type, or NULL */
	int partial;              /* 1: also handle a body that was cut off (its response is thrown away); 2: also, and before, when a request for the same path comes while it is still on its way: the sender has given that connection up */
	void (*handle)(void *ctx, const struct http_request *r, struct http_response *res);
};

struct http_options {
	const char *listen;       /* ADDR:PORT, [ADDR]:PORT; port 0: any free one */
	const char *tls_cert, *tls_key; /* PEM files, or NULL for plain HTTP */
	unsigned threads;         /* workers */
	unsigned idle_s, total_s; /* time-outs of a connection, of one whole request and of one whole response (0: 60 and 3600) */
	unsigned slow_s;          /* in each so many seconds a connection must move ... */
	size_t slow_bytes;        /* ... so many bytes, whichever way (0: no such rule) */
	unsigned per_address, connections; /* connections of one address, and of all (0: 64 and 512); when there are more of all, the one of least use goes (web/peers.h) */
	unsigned waiting;         /* requests with a worker or waiting for one; more are refused with http_later() before their bodies are taken (0: 1024), and twice that many when they are whole */
	size_t held;              /* bytes of all bodies under way (0: 512 MiB) */
	int early;                /* listen also while the address is not there yet (address_listen()) */
	const struct http_route *routes; /* ends with a NULL method */
	/*
	 * Called with the head of each request, before its route is looked for and
	 * any of its body is taken: 0 to go on (*body_max, the route's maximum when
	 * left alone, may be set lower), -1 with ${res} filled in to refuse.  On the
	 * server's own thread: it must not wait.  NULL: all go on.
	 */
	int (*admit)(void *ctx, const struct http_request *r, struct http_response *res, size_t *body_max);
	void (*reword)(void *ctx, const struct http_request *r, struct http_response *res); /* every refusal before a handler, and the server's own, once more before it goes out; or NULL */
	const char *csp;          /* Content-Security-Policy of every response; NULL: no script at all */
	void *ctx;
};

/** http_start(o, e): listen and serve.  NULL on failure (address in use names the address). */
struct http_server *http_start(const struct http_options *o, struct err *e);

/** http_address(s): "ADDR:PORT" really bound; owned by the server. */
const char *http_address(const struct http_server *s);

/** http_stop(s): finish requests under way, close; NULL is allowed. */
void http_stop(struct http_server *s);

#endif
