#include <stdio.h>

#include "agent/sync/fetch.h"
#include "agent/texts.h"
#include "base/enc.h"
#include "base/log.h"

struct texts { uint64_t index[64], from; size_t n; };

static int
add_text(void *ctx, uint64_t index)
{
	struct texts *d = ctx;

	if (index >= d->from)
		d->index[d->n++] = index;
	return d->n == sizeof(d->index) / sizeof(d->index[0]);
}

/* 1 when an answer came, good or not; 0 when there is no use asking for the others now. */
static int
fetch_one(struct agent *ag, uint64_t index, fetch_get get, void *ctx)
{
	char hex[2 * HASH_LEN + 1], path[128];
	struct err e = { "" };
	struct buf out;
	long status = 0;
	int rc, came;

	enc_hex(hex, ag->device, HASH_LEN);
	(void)snprintf(path, sizeof(path), "/v1/text/%llu/%s", (unsigned long long)index, hex);
	buf_init(&out, TEXT_ANSWER_MAX);
	rc = get(ctx, path, &out, &status, &e);
	came = rc == 0;
	if (rc == 0)
		rc = status == 200 ? texts_take(ag, index, out.data, out.len, &e) : err_set(&e, "HTTP %ld", status);
	buf_free(&out);
	if (rc != 0)
		log_msg(LOG_WARN, "what the county planned or said does not come: %s", e.text);
	return came;
}

void
fetch_texts(struct agent *ag, fetch_get get, void *ctx)
{
	struct texts due = { .n = 0 };
	size_t i;

	do {
		due.n = 0;
		if (texts_due(ag, add_text, &due) < 0)
			return;
		for (i = 0; i < due.n; i++) {
			if (!fetch_one(ag, due.index[i], get, ctx))
				return;
			due.from = due.index[i] + 1;
		}
	} while (due.n == sizeof(due.index) / sizeof(due.index[0]));
}
