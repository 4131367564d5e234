#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/device_internal.h"

/* A new log that continues ours: believed because the pinned root key signed each step from ours to it. */

#define LINE_MAX ((size_t)128 << 10)

struct chain {
	const struct county_keys *held;
	uint8_t log[HASH_LEN];     /* how far we got */
	uint64_t size;             /* the fewest leaves that any step left */
	int steps;
};

/* One succession record: a step, when it begins where we are.  0; -1 when it is forged. */
static int
step(struct chain *c, const uint8_t *leaf, size_t n, struct err *e)
{
	struct record r;
	uint8_t old[HASH_LEN];
	uint64_t size;
	int rc = 0;

	if (!leaf_is_record(leaf, n) || record_parse(&r, leaf + 1, n - 1, e) != 0)
		return err_set(e, "succession: is no record");
	if (r.kind != RECORD_SUCCESSION || !sigtext_verify(&r.text, 0, DSSE_RECORD, c->held->root))
		rc = err_set(e, "succession: the root key that this device pinned did not sign it");
	else if (record_hash(&r, "old-log", old) == 0 && record_u64(&r, "old-size", &size) == 0 && memcmp(old, c->log, HASH_LEN) == 0) {
		memcpy(c->log, r.log, HASH_LEN);
		c->size = size < c->size ? size : c->size;
		c->steps++;
	}
	record_free(&r);
	return rc;
}

/* Lines "record INDEX B64". */
static int
walk(struct chain *c, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *nl, *sp;
	uint8_t *leaf = lapsed(malloc(LEAF_MAX));
	size_t len;
	int rc = 0;

	for (; leaf != NULL && rc == 0 && p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL || (size_t)(nl - p) > LINE_MAX || nl - p < 8 || memcmp(p, "record ", 7) != 0 ||
		    (sp = memchr(p + 7, ' ', (size_t)(nl - p) - 7)) == NULL || dec_b64(leaf, LEAF_MAX, &len, sp + 1, (size_t)(nl - sp) - 1) != 0)
			rc = err_set(e, "succession: is no list of records");
		else
			rc = step(c, leaf, len, e);
	}
	if (leaf == NULL)
		rc = err_set(e, "out of memory");
	free(leaf);
	return rc;
}

int
device_succeed(struct journal *j, const void *keys, size_t keys_len, const void *p, size_t n, struct err *e)
{
	struct county_keys held, fresh;
	struct chain c = { .held = &held, .size = UINT64_MAX };
	uint64_t next = 0;

	if (device_keys(j, &held, e) != 0 || keys_parse(&fresh, keys, keys_len, e) != 0)
		return -1;
	if (memcmp(fresh.root, held.root, KEY_LEN) != 0)
		return err_set(e, "county.keys: of another root");
	memcpy(c.log, held.log_id, HASH_LEN);
	if (walk(&c, p, n, e) != 0)
		return -1;
	if (c.steps == 0 || memcmp(c.log, fresh.log_id, HASH_LEN) != 0)
		return err_set(e, "county.keys: of the log %s, and no succession leads there from %s", fresh.log.name, held.log.name);
	/* the new keys last: until they are here, all of this is done again */
	if (device_base_keep(j, &held.log, c.size, e) != 0 || journal_succeed(j, c.size, held.log_id, e) != 0 || journal_get_u64(j, "records-next", &next) < 0 ||
	    (next > c.size && journal_set_u64(j, "records-next", c.size, e) != 0) || journal_set(j, "origin", fresh.log.name, strlen(fresh.log.name), e) != 0 ||
	    journal_set(j, "log", fresh.log_id, HASH_LEN, e) != 0 || journal_set(j, "keys", keys, keys_len, e) != 0)
		return -1;
	return 0;
}
