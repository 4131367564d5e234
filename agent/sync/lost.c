#include "agent/sync/lost.h"

#include <string.h>

#include "base/enc.h"

/* Headers of what is lost here. */

#define LOST_MOST 256 /* asked for at a time */

/* 0; 1 when it does not come; -1; -2 when it is not signed by our key. */
static int
fetch_one(struct agent *ag, const uint8_t hash[HASH_LEN], int (*get)(void *ctx, const char *path, struct buf *out, struct err *e), void *ctx, struct err *e)
{
	char path[128] = "/v1/entry/";
	struct buf out;
	int rc;

	enc_hex(path + strlen(path), hash, HASH_LEN);
	buf_init(&out, ENTRY_HEADER_MAX + 1024);
	if ((rc = get(ctx, path, &out, e)) == 0)
		rc = journal_lost_put(ag->j, hash, out.data, out.len, e);
	buf_free(&out);
	if (rc != 2)
		return rc;
	(void)err_add(e, "ALARM: the county shows an entry %.16s of this device that its key did not sign", path + strlen("/v1/entry/"));
	return -2;
}

int
lost_fetch(struct agent *ag, int (*get)(void *ctx, const char *path, struct buf *out, struct err *e), void *ctx, struct err *e)
{
	struct journal_hole hole[JOURNAL_LOSSES_MAX];
	uint8_t hash[HASH_LEN];
	size_t holes, i;
	int rc = 0, n = 0, asked = 0;

	if (journal_losses(ag->j, hole, JOURNAL_LOSSES_MAX, &holes) != 0)
		return err_set(e, "the journal cannot be read");
	for (i = 0; rc >= 0 && i < holes; i++) {
		for (rc = 0; rc == 0 && asked < LOST_MOST && (rc = journal_lost_next(ag->j, &hole[i], hash)) == 1; asked++) {
			rc = fetch_one(ag, hash, get, ctx, e);
			n += rc == 0;
		}
	}
	return rc < 0 ? rc : n;
}
