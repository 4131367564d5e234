#ifndef SYNC_CLIENT_H
#define SYNC_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"

/**
 * The device's HTTP client (libcurl): one connection cache a process, no
 * redirects, no proxies from the environment, low-speed limits instead of a
 * total time-out, an empty Expect:.  Plain http is refused off loopback unless
 * allowed by name; https is pinned to the SPKI hashes of county.keys (or, for
 * fetching county.keys itself, unpinned: that file proves itself).
 */
struct client;

#define CLIENT_LEAST_RATE 64 /* bytes a second: one that drips for ever holds up all others */

struct client_options {
	int allow_http;            /* plain http off loopback */
	size_t npins;
	const uint8_t (*pin)[HASH_LEN]; /* NULL with npins 0: no certificate check (only for county.keys) */
	long timeout;              /* seconds for the whole exchange; 0: none, low-speed limits only */
	long patience;             /* seconds after which bytes must have come or gone at CLIENT_LEAST_RATE at least, beyond them; 0: 600 */
};

/** What kept an answer from coming. */
enum client_fault {
	CLIENT_CAME,               /* one came */
	CLIENT_NO_NAME,            /* the county's name is not found */
	CLIENT_NO_ROUTE,           /* nobody takes the connection */
	CLIENT_TLS,                /* whoever answered does not speak TLS 1.3, or breaks it off */
	CLIENT_PIN,                /* TLS, but not with a key of county.keys: somebody in between */
	CLIENT_SILENT,             /* nothing came for long */
	CLIENT_CUT,                /* it broke off */
	CLIENT_NOT_HTTP,           /* something answered that is no HTTP */
	CLIENT_LONG                /* more than an answer may have */
};

struct client_result {
	long status;               /* HTTP status */
	char type[128];            /* content type, lower case, without parameters */
	uint64_t up, down;         /* bytes sent and received, headers included */
	long retry_after;          /* seconds, -1 when not given */
	int64_t upload_offset;     /* Upload-Offset, -1 when not given */
	int upload_complete;       /* Upload-Complete: ?1 */
	enum client_fault fault;   /* why no answer came */
};

/** Headers of a resumable upload that go with a request (docs/protocol.md). */
struct client_upload {
	uint64_t length;           /* in all */
	uint64_t offset;           /* where this part begins */
	int complete;              /* it is the last */
	uint64_t pace;             /* bytes a second that are handed to the link at most, so that they do not wait, and get lost, in its queue; 0: as they come */
};

/** client_new(url, o, e): for a county's base URL.  NULL (with the rule: scheme, plain http, bad URL). */
struct client *client_new(const char *url, const struct client_options *o, struct err *e);

/** client_free(c): NULL is allowed. */
void client_free(struct client *c);

/**
 * client_call(c, method, path, type, body, n, out, r, e):
 * One exchange.  0 when an HTTP answer came (whatever its status; judged by
 * the caller), its body appended to ${out} (bounded by out->max; more is -1).
 * -1 when none came or it was cut.
 */
int client_call(struct client *c, const char *method, const char *path, const char *type, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e);

/** client_part(c, method, path, u, body, n, out, r, e): as client_call, "HEAD" or "PATCH", for a part of an upload; the body's type is application/partial-upload. */
int client_part(struct client *c, const char *method, const char *path, const struct client_upload *u, const void *body, size_t n, struct buf *out,
    struct client_result *r, struct err *e);

#endif
