#include <string.h>

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
