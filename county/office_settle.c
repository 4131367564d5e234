#include <string.h>

#include "base/file.h"
#include "county/office.h"
#include "evidence/leaf.h"

/* The files beside the log follow it. */

static int
newest_policy(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct buf *out = ctx;
	struct record r;
	int rc = 0;

	(void)index;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (record_is(&r, "what", "policy")) {
		buf_reset(out);
		rc = record_bytes(&r, "policy", out);
	}
	record_free(&r);
	return rc;
}

static int
put(const struct office *o, const char *name, const struct buf *b, struct err *e)
{
	char path[OFFICE_PATH_MAX];

	return file_path(path, sizeof(path), o->dir, name) == 0 ? file_write(path, b->data, b->len, 0644, e) : err_set(e, "%s: path too long", name);
}

/* county.keys comes last: as long as it names the old log, the succession is unfinished. */
int
office_settle(struct office *o, struct err *e)
{
	struct buf policy;
	int rc;

	buf_init(&policy, LEAF_MAX);
	if (ledger_each_record_of(o->c.l, RECORD_KEY, 0, newest_policy, &policy) != 0 || policy.len == 0)
		rc = err_set(e, "the ledger's policy cannot be read");
	else if ((rc = put(o, "policy.txt", &policy, e)) == 0 && (rc = put(o, "county.keys", &o->c.keys_text, e)) == 0)
		o->unfinished = 0;
	buf_free(&policy);
	return rc;
}
