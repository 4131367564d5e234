#ifndef COUNTY_MIRROR_H
#define COUNTY_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "county/office.h"
#include "sync/client.h"
#include "sync/upward.h"

/**
 * The servers above this county that its log is mirrored to (docs/protocol.md,
 * "Upward"): facts of its ledger, so that a backup brings them back.
 */
#define MIRRORS_MAX 8
#define MIRROR_URL_MAX 1024
#define MIRROR_LEAST ((size_t)32 << 10)  /* bytes of leaves in one request: to begin with, and after failures */
#define MIRROR_MOST ((size_t)8 << 20)
#define MIRROR_QUIET_MS INT64_C(21600000) /* without news it says every six hours that there are none */

struct mirror_to {
	char url[MIRROR_URL_MAX + 1];
	int personal;              /* personal parts go too: ordered on this side */
	int allow_http;
	struct county_keys keys;   /* the upper server's, under a root key that was pinned */
	struct buf keys_text;
	/* what it last said */
	uint64_t size;             /* of its copy */
	uint64_t confirmed;        /* MS when it last said that all is well; 0 never */
	uint64_t tried;            /* MS of the last attempt */
	char why[UPWARD_WHY_MAX];  /* "" or what is wrong */
};

struct mirrors { struct mirror_to at[MIRRORS_MAX]; size_t n; };

/** mirrors_load(m, l, e): all of them.  0 (release with mirrors_free) or -1. */
int mirrors_load(struct mirrors *m, struct ledger *l, struct err *e);

/** mirrors_free(m): harmless on a zeroed one. */
void mirrors_free(struct mirrors *m);

/** mirrors_save(m, l, e): addresses and keys.  mirror_said(t, l, e): what one last said.  Durable on 0; -1. */
int mirrors_save(const struct mirrors *m, struct ledger *l, struct err *e);
int mirror_said(const struct mirror_to *t, struct ledger *l, struct err *e);

/** mirror_fetch_keys(t, root, e): ask ${t}'s server for its county.keys; ${root} is SHA-256 of the root key it must have, or NULL to take what comes.  0 or -1. */
int mirror_fetch_keys(struct mirror_to *t, const uint8_t *root, struct err *e);

/** What one round did. */
struct mirror_round { uint64_t sent, size, attachments; uint64_t up, down, requests; long retry_after; };

/**
 * mirror_round(c, t, full, r, e):
 * Send the server ${t} all that it lacks, batch by batch from the size it
 * names, until it holds the head.  ${t} says then what it said.  0: it holds
 * everything; 1: it refuses (${e} says why: fork, behind, unknown); -1: no
 * answer that could be believed.  ${stop}: polled between two requests, or NULL.
 */
int mirror_round(struct county *c, struct mirror_to *t, const int *stop, struct mirror_round *r, struct err *e);

/** mirror_start(o, e): a thread that does so whenever the log has grown.  mirror_stop(p): ends it; NULL is allowed. */
struct mirroring;
struct mirroring *mirror_start(const struct office *o, struct err *e);
void mirror_stop(struct mirroring *p);

#endif
