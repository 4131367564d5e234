#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/serve.h"
#include "crypto/seal.h"
#include "evidence/leaf.h"
#include "evidence/record.h"

/* What a reviewer wrote, for the device whose entry it is about and nobody else (docs/format.md 10.6). */

#define NOTE_TEXT_MAX 8192

/* The review at ${index}: its entry and its note's commitment.  1, 0 when there is no such note, -1. */
static int
review_at(struct ledger *l, uint64_t index, uint8_t entry[HASH_LEN], uint8_t note[HASH_LEN])
{
	struct record rec;
	struct buf leaf;
	int rc;

	buf_init(&leaf, LEAF_MAX);
	rc = ledger_leaf(l, index, &leaf);
	if (rc == 1 && (!leaf_is_record(leaf.data, leaf.len) || record_parse(&rec, leaf.data + 1, leaf.len - 1, NULL) != 0))
		rc = 0;
	if (rc == 1) {
		rc = rec.kind == RECORD_REVIEW && record_hash(&rec, "entry", entry) == 0 && record_hash(&rec, "note", note) == 0;
		record_free(&rec);
	}
	buf_free(&leaf);
	return rc;
}

/* salt16 || text, sealed for the newest key of the entry's device.  1, 0 or -1. */
static int
sealed_note(struct ledger *l, uint64_t index, struct buf *out)
{
	uint8_t entry[HASH_LEN], note[HASH_LEN], salt[ENTRY_SALT_LEN];
	struct ledger_device dev;
	struct ledger_entry x;
	struct buf text, plain;
	int rc;

	buf_init(&text, NOTE_TEXT_MAX);
	buf_init(&plain, NOTE_TEXT_MAX + ENTRY_SALT_LEN);
	ledger_entry_init(&x);
	if ((rc = review_at(l, index, entry, note)) == 1 && (rc = ledger_entry_get(l, entry, &x)) == 1 &&
	    (rc = ledger_device(l, x.h.device, &dev)) == 1 && (rc = ledger_salted_get(l, note, salt, &text)) == 1)
		rc = buf_put(&plain, salt, sizeof(salt)) == 0 && buf_put(&plain, text.data, text.len) == 0 &&
		    seal_for_signer(out, plain.data, plain.len, dev.key) == 0 ? 1 : -1;
	ledger_entry_free(&x);
	buf_free(&text);
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
