#include <string.h>

#include "base/enc.h"
#include "county/serve/serve.h"
#include "crypto/seal.h"

/* What a reviewer wrote, for the device whose entry it is about and nobody else (docs/format.md 10.6). */

#define NOTE_MOST 16384

static int
sealed_note(struct ledger *l, uint64_t index, struct buf *out)
{
	struct ledger_device dev;
	struct buf plain;
	int rc;

	buf_init(&plain, NOTE_MOST);
	rc = county_note(l, index, &plain, &dev);
	if (rc == 1)
		rc = seal_for_signer(out, plain.data, plain.len, dev.key) == 0 ? 1 : -1;
	buf_free(&plain);
	return rc;
}

void
route_note(void *ctx, const struct http_request *r, struct http_response *res)
{
	const char *text = r->path + strlen("/v1/note/");
	struct serve *s = ctx;
	struct desk *d;
	uint64_t index;
	int rc;

	if (dec_u64(&index, text, strlen(text)) != 0) {
		http_error(res, 404, "not an index of the log");
		return;
	}
	d = serve_desk(s);
	rc = sealed_note(d->c.l, index, &res->body);
	serve_leave(s, d);
	if (rc != 1)
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "no review with a note is there");
	else
		res->type = "application/vnd.tallystick.sealed";
}
