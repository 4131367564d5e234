#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "county/serve/serve.h"
#include "sync/county_part.h"

/* Attachments that come in parts: /v1/attachment/HASH/ID (docs/protocol.md). */

#define PREFIX "/v1/attachment/"
#define TYPE_ANSWER "application/vnd.tallystick.answer.v1"
#define TYPE_PART "application/partial-upload"
#define WAIT_FULL "600" /* seconds, while too much is under way */

static int
number(const struct http_request *r, const char *name, uint64_t *v)
{
	const char *s = http_header(r, name);

	return s != NULL ? dec_u64(v, s, strlen(s)) : -1;
}

/* What the request is about.  0, or -1 with the error said. */
static int
part_of(const struct http_request *r, struct part *p, struct http_response *res)
{
	const char *hash = r->path + strlen(PREFIX), *id = hash + 2 * HASH_LEN + 1;

	if (strlen(hash) != 2 * HASH_LEN + 1 + 2 * PART_ID_LEN || hash[2 * HASH_LEN] != '/' || dec_hex(p->hash, HASH_LEN, hash, 2 * HASH_LEN) != 0 ||
	    dec_hex(p->id, PART_ID_LEN, id, 2 * PART_ID_LEN) != 0) {
		http_error(res, 404, "not the SHA-256 of anything and an id of the sender's (64 and 32 hex digits, lower case)");
		return -1;
	}
	if (number(r, "Upload-Length", &p->total) == 0)
		return 0;
	http_error(res, 400, "Upload-Length: how long it is in all must be said");
	return -1;
}

static void
say_offset(struct http_response *res, unsigned status, uint64_t offset, int complete)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, offset);
	res->status = status;
	(void)http_add_header(res, "Upload-Offset", text);
	(void)http_add_header(res, "Upload-Complete", complete ? "?1" : "?0");
}

static void
say(struct serve *s, struct http_response *res, enum part_verdict v, uint64_t size, const struct err *e)
{
	switch (v) {
	case PART_STORED:
		res->type = TYPE_ANSWER;
		say_offset(res, 200, size, 1);
		(void)pthread_mutex_lock(&s->lock);
		s->stored++;
		(void)pthread_mutex_unlock(&s->lock);
		break;
	case PART_MORE:
		say_offset(res, 204, size, 0);
		break;
	case PART_GAP:
		http_error(res, 409, "Upload-Offset: behind what is here");
		say_offset(res, 409, size, 0);
		break;
	case PART_WRONG:
		http_error(res, 422, e->text);
		say_offset(res, 422, 0, 0);
		log_msg(LOG_WARN, "a whole attachment was dropped: %s", e->text);
		break;
	case PART_FULL:
		http_error(res, 503, "too much is under way; later");
		(void)http_add_header(res, "Retry-After", WAIT_FULL);
		break;
	default:
		http_error(res, v == PART_UNKNOWN ? 404 : v == PART_REFUSED ? 400 : 503, e->text);
	}
}

void
route_part_here(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct err e = { "" };
	struct desk *d;
	struct part p;
	enum part_verdict v;
	uint64_t size;

	if (part_of(r, &p, res) != 0)
		return;
	d = serve_desk(s);
	v = county_part_here(&d->c, &p, &size, &e);
	serve_leave(s, d);
	/* held: the word of it is signed, and comes with a PATCH of nothing */
	if (v == PART_MORE || v == PART_STORED)
		say_offset(res, 204, size, v == PART_STORED);
	else
		say(s, res, v, size, &e);
}

void
route_part(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct err e = { "" };
	struct desk *d;
	struct part p;
	enum part_verdict v;
	uint64_t offset, size;

	if (part_of(r, &p, res) != 0)
		return;
	if (strcmp(r->type, TYPE_PART) != 0) {
		http_error(res, 415, "Content-Type: a part is " TYPE_PART);
		return;
	}
	if (number(r, "Upload-Offset", &offset) != 0) {
		http_error(res, 400, "Upload-Offset: where it begins must be said");
		return;
	}
	d = serve_desk(s);
	v = county_part(&d->c, &p, offset, r->body, r->body_len, (uint64_t)clock_wall(), &res->body, &size, &e);
	serve_leave(s, d);
	say(s, res, v, size, &e);
}
