#ifndef AGENT_UPLOAD_H
#define AGENT_UPLOAD_H

#include "agent/agent.h"
#include "evidence/keys.h"
#include "sync/answer.h"
#include "sync/client.h"

/**
 * Attachments that the county wants, sent part by part (docs/protocol.md):
 * thumbnails first, then photos, small ones before large ones; what was set aside last and seldom.  Between two parts the
 * caller may do something more urgent.
 */
struct uploads;

#define UPLOAD_PART_FIRST ((size_t)16 << 10)
#define UPLOAD_PART_LEAST ((size_t)8 << 10)
#define UPLOAD_PART_MOST ((size_t)1 << 20)
#define UPLOAD_PART_MS 4000  /* how long a part should take: what a cut may cost at most */

/** One exchange of the caller's: as client_part() when ${u} is not NULL, else as client_call(). */
typedef int (*upload_call)(void *ctx, const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n,
    struct buf *out, struct client_result *r, struct err *e);

/** uploads_new(ag): nothing is wanted yet.  NULL if out of memory.  uploads_free(u): NULL is allowed. */
struct uploads *uploads_new(struct agent *ag);
void uploads_free(struct uploads *u);

/** uploads_want(u, want, n): what the county's newest answer wants, at most ANSWER_WANTS_MAX; one that is under way goes on.  0, or -1 when the journal cannot be read. */
int uploads_want(struct uploads *u, const uint8_t (*want)[HASH_LEN], size_t n);

/** uploads_left(u): is there anything to send that may go now (agent/sync/budget.h)? */
int uploads_left(struct uploads *u);

/**
 * uploads_step(u, k, call, ctx, e):
 * Send one part.  1: one was taken, or the next is to be tried; 0: nothing is
 * left; -1: no success (said in ${e}), the link is at fault: later; -2: the
 * journal cannot be written.  A photo that is at fault itself is set aside.
 * With the agent locked; ${call} may let go of it.
 */
int uploads_step(struct uploads *u, const struct county_keys *k, upload_call call, void *ctx, struct err *e);

/** upload_next_part(now, bytes, ms): the length of the next part, after one of ${bytes} took ${ms}: so that it takes UPLOAD_PART_MS, doubled at most. */
size_t upload_next_part(size_t now, size_t bytes, int64_t ms);

#endif
