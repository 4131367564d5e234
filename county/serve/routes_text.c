#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "county/serve/serve.h"
#include "crypto/seal.h"
#include "sync/squeezed.h"

/* What is planned for a device's places, and what is said to it, sealed to it and nobody else (docs/format.md 10.9). */

/* "INDEX/DEVICE" */
static int
parse(const char *text, uint64_t *index, uint8_t device[HASH_LEN])
{
	size_t n = strcspn(text, "/");

	return text[n] == '/' && dec_u64(index, text, n) == 0 && field_hex((struct field){ text + n + 1, strlen(text + n + 1) }, device, HASH_LEN) == 0 ? 0 : -1;
}

static int
sealed_text(struct ledger *l, uint64_t index, const uint8_t device[HASH_LEN], struct buf *out)
{
	struct ledger_device d;
	struct buf salted, packed;
	int rc;

	buf_init(&salted, LEDGER_SALTED_MAX + ENTRY_SALT_LEN);
	buf_init(&packed, LEDGER_SALTED_MAX + ENTRY_SALT_LEN + 1);
	if ((rc = county_text(l, index, device, &salted)) == 1 && (rc = ledger_device(l, device, &d)) == 1)
		rc = squeezed_put(&packed, salted.data, salted.len) == 0 && seal_for_signer(out, packed.data, packed.len, d.key) == 0 ? 1 : -1;
	buf_free(&salted);
	buf_free(&packed);
	return rc;
}

void
route_text(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	uint8_t device[HASH_LEN];
	uint64_t index;
	struct desk *d;
	int rc;

	if (parse(r->path + strlen("/v1/text/"), &index, device) != 0) {
		http_error(res, 404, "not an index of the log and a device");
		return;
	}
	d = serve_desk(s);
	rc = sealed_text(d->c.l, index, device, &res->body);
	serve_leave(s, d);
	if (rc != 1)
		http_error(res, rc < 0 ? 503 : 404, rc < 0 ? "the ledger cannot be read" : "nothing for this device is there");
	else
		res->type = "application/vnd.tallystick.sealed";
}
