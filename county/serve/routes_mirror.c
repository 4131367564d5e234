#include "base/clock.h"
#include "base/log.h"
#include "county/upward/lower.h"
#include "county/serve/serve.h"

/* A county below sends what it has logged. */
void
route_mirror(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct err e = { "" };
	unsigned status = 503;

	if (lower_answer(s->o, r->body, r->body_len, (uint64_t)clock_wall(), &res->body, &status, &e) == 0) {
		res->type = "application/vnd.tallystick.answer.v1";
		res->status = status;
		return;
	}
	log_msg(status == 503 ? LOG_ERROR : LOG_WARN, "%s", e.text);
	http_error(res, status, e.text);
}
