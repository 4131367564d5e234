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

struct client_options {
	int allow_http;            /* plain http off loopback */
	size_t npins;
	const uint8_t (*pin)[HASH_LEN]; /* NULL with npins 0: no certificate check (only for county.keys) */
	long timeout;              /* seconds for the whole exchange; 0: none, low-speed limits only */
};

struct client_result {
	long status;               /* HTTP status */
	char type[128];            /* content type, lower case, without parameters */
	uint64_t up, down;         /* bytes sent and received, headers included */
	long retry_after;          /* seconds, -1 when not given */
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

#endif
