#ifndef COUNTY_SERVE_H
#define COUNTY_SERVE_H

#include <pthread.h>
#include <stdint.h>

#include "county/office.h"
#include "sync/county_group.h"
#include "web/http.h"

/**
 * What the server's handlers share.  Each handler works at a desk: a ledger
 * handle of its own beside the same keys.  What requests bring is appended
 * together (sync/county_group.h); other appends take turns by the ledger's own
 * lock, which other processes honour too.
 */
#define SERVE_THREADS_MAX 32U
#define SILENT_MS UINT64_C(604800000) /* a device not heard of for seven days is silent */
#define ATTACHMENT_BODY_MAX (64U << 20)
#define PART_BODY_MAX (4U << 20) /* of one part of an attachment */

struct desk {
	struct county c;
	struct desk *next;
};

struct serve {
	struct office *o;
	pthread_mutex_t lock;      /* what follows */
	pthread_cond_t news;
	struct desk *free;
	struct desk desks[SERVE_THREADS_MAX + 1]; /* one more for judging */
	unsigned ndesks;
	struct county writer;      /* by which the group appends */
	struct county_group *group;
	int to_judge, stopping;
	uint64_t requests[8];      /* sync requests by answer status; the last: no answer */
	uint64_t received;         /* entries logged */
	uint64_t enrolled, stored;
	pthread_t judge;
};

/** serve_init(s, o, threads, e): open desks and start judging.  0 or -1. */
int serve_init(struct serve *s, struct office *o, unsigned threads, struct err *e);

/** serve_end(s): stop judging, close the desks. */
void serve_end(struct serve *s);

/** serve_desk(s) / serve_leave(s, d): take a desk for this thread (there is one for every worker); give it back. */
struct desk *serve_desk(struct serve *s);
void serve_leave(struct serve *s, struct desk *d);

/** serve_news(s): something was logged that wants judging. */
void serve_news(struct serve *s);

/** serve_routes: what the server answers to; ctx is a struct serve. */
extern const struct http_route serve_routes[];

/* Handlers (county/routes_*.c, pages.c). */
void route_keys(void *ctx, const struct http_request *r, struct http_response *res);
void route_succession(void *ctx, const struct http_request *r, struct http_response *res);
void route_keys_version(void *ctx, const struct http_request *r, struct http_response *res);
void route_enrol(void *ctx, const struct http_request *r, struct http_response *res);
void route_sync(void *ctx, const struct http_request *r, struct http_response *res);
void route_entry(void *ctx, const struct http_request *r, struct http_response *res);
void route_text(void *ctx, const struct http_request *r, struct http_response *res);
void route_note(void *ctx, const struct http_request *r, struct http_response *res);
void route_sync_packed(void *ctx, const struct http_request *r, struct http_response *res);
void route_dict(void *ctx, const struct http_request *r, struct http_response *res);
void route_form(void *ctx, const struct http_request *r, struct http_response *res);
void route_attachment(void *ctx, const struct http_request *r, struct http_response *res);
void route_part_here(void *ctx, const struct http_request *r, struct http_response *res);
void route_part(void *ctx, const struct http_request *r, struct http_response *res);
void route_mirror(void *ctx, const struct http_request *r, struct http_response *res);
void route_checkpoint(void *ctx, const struct http_request *r, struct http_response *res);
void route_tile(void *ctx, const struct http_request *r, struct http_response *res);
void route_metrics(void *ctx, const struct http_request *r, struct http_response *res);
void page_status(void *ctx, const struct http_request *r, struct http_response *res);
void page_report(void *ctx, const struct http_request *r, struct http_response *res);

#endif
