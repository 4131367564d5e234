#include <string.h>

#include "crypto/seal.h"
#include "sync/bundle.h"
#include "sync/county.h"

/* Logs that this one continues (docs/format.md 6, succession). */

struct search { const uint8_t *log; };

static int
is_old(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	const struct search *s = ctx;
	uint8_t old[HASH_LEN];
	struct record r;
	int found;

	(void)index;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	found = record_hash(&r, "old-log", old) == 0 && memcmp(old, s->log, HASH_LEN) == 0;
	record_free(&r);
	return found;
}

int
county_knows_log(const struct county *c, const uint8_t log[HASH_LEN])
{
	struct search s = { log };

	return memcmp(log, c->keys.log_id, HASH_LEN) == 0 || ledger_each_record_of(c->l, RECORD_SUCCESSION, 0, is_old, &s) == 1;
}

static int
put_line(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct buf *b = ctx;

	(void)buf_printf(b, "record %llu ", (unsigned long long)index);
	(void)buf_b64(b, leaf, n);
	return buf_putc(b, '\n');
}

int
county_successions(struct ledger *l, struct buf *out)
{
	return ledger_each_record_of(l, RECORD_SUCCESSION, 0, put_line, out);
}

int
county_bundle_succession(struct county *c, const uint8_t device[HASH_LEN], struct buf *out, struct err *e)
{
	struct bundle head = { .parts = 2 };
	struct ledger_device dev;
	struct buf steps, parts;
	uint8_t key[32];
	int rc;

	buf_init(&steps, BUNDLE_SUCCESSIONS_MAX);
	buf_init(&parts, BUNDLE_SUCCESSIONS_MAX + 2 * (KEYS_MAX + BUNDLE_HEAD_MAX));
	memcpy(head.log, c->keys.log_id, HASH_LEN);
	memcpy(head.device, device, HASH_LEN);
	if ((rc = county_successions(c->l, &steps)) == 0 && steps.len == 0)
		rc = 1;
	else if (rc != 0 || ledger_device(c->l, device, &dev) != 1 || seal_key_of_signer(dev.key, key) != 0 ||
	    bundle_part(&parts, BUNDLE_KEYS, c->keys_text.data, c->keys_text.len, key) != 0 || bundle_part(&parts, BUNDLE_SUCCESSION, steps.data, steps.len, key) != 0 ||
	    bundle_head(out, &head, c->service) != 0 || buf_put(out, parts.data, parts.len) != 0)
		rc = err_set(e, "the successions do not fit into a bundle, or the device is not enrolled");
	buf_free(&steps);
	buf_free(&parts);
	return rc;
}
