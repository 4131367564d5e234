#include "agent/sync/erasure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/recorder.h"
#include "base/lapse.h"
#include "evidence/leaf.h"
#include "evidence/record.h"

/* Where it goes on: the log index after the last record that was settled. */
#define NEXT "erase-next"
#define ENTRIES_MAX (LEAF_MAX / (2 * HASH_LEN))

/* An erase record, and which of its entries are this journal's. */
struct order {
	struct agent *ag;
	uint64_t index;
	size_t n;
	uint8_t entry[ENTRIES_MAX][HASH_LEN];
	int waits; /* one has no receipt yet */
};

/* 1 ours, 2 ours without a receipt, 0, -1. */
static int
is_ours(struct journal *j, const uint8_t hash[HASH_LEN])
{
	struct journal_entry x;
	int rc;

	journal_entry_init(&x);
	rc = journal_by_hash(j, hash, &x);
	if (rc == 1 && !x.has_receipt)
		rc = 2;
	journal_entry_free(&x);
	return rc;
}

/* The first that has something for us. */
static int
find(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct order *o = ctx;
	unsigned long lapses = lapse_count();
	struct record r;
	uint8_t hash[HASH_LEN];
	size_t i;
	int rc = 0;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return lapse_count() != lapses ? -1 : 0;
	o->index = index;
	for (i = 0; rc >= 0 && r.kind == RECORD_ERASE && i < r.nlines && o->n < ENTRIES_MAX; i++) {
		if (strcmp(r.lines[i].name, "entry") != 0 || field_hex(r.lines[i].value, hash, HASH_LEN) != 0 || (rc = is_ours(o->ag->j, hash)) <= 0)
			continue;
		memcpy(o->entry[o->n++], hash, HASH_LEN);
		o->waits |= rc == 2;
	}
	record_free(&r);
	return rc < 0 ? -1 : o->n > 0;
}

static int
destroy(struct order *o, struct err *e)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (journal_drop_personal(o->ag->j, o->entry[i], e) != 0 || journal_set_state(o->ag->j, o->entry[i], "erased", e) != 0)
			return -1;
	return 0;
}

static int
acknowledge(struct order *o, struct err *e)
{
	struct recorded done;
	struct draft d;
	size_t i;
	int rc = -1;

	draft_init(&d, "erasure-ack", o->ag);
	(void)snprintf(d.id, sizeof(d.id), "erasure-ack-%llu", (unsigned long long)o->index);
	(void)buf_printf(&d.payload, "{\"erase\":%llu,\"entries\":[", (unsigned long long)o->index);
	for (i = 0; i < o->n; i++) {
		(void)buf_puts(&d.payload, i > 0 ? ",\"" : "\"");
		(void)buf_hex(&d.payload, o->entry[i], HASH_LEN);
		(void)buf_putc(&d.payload, '"');
	}
	(void)buf_puts(&d.payload, "]}");
	if (buf_ok(&d.payload))
		rc = recorder_append(o->ag, &d, 1, &done, e);
	else
		(void)err_set(e, "out of memory");
	draft_free(&d);
	return rc == 0 ? 0 : err_add(e, "the county's erase record %llu", (unsigned long long)o->index);
}

int
erasure_settle(struct agent *ag, struct err *e)
{
	struct order *o = lapsed(calloc(1, sizeof(*o)));
	uint64_t next = 0;
	int rc, made = 0;

	if (o == NULL)
		return err_set(e, "out of memory");
	rc = journal_get_u64(ag->j, NEXT, &next) < 0 ? -1 : 1;
	while (rc == 1) {
		memset(o, 0, sizeof(*o));
		o->ag = ag;
		if ((rc = journal_each_record(ag->j, next, find, o)) < 0)
			(void)err_set(e, "the journal cannot be read");
		if (rc != 1 || o->waits)
			break;
		if (destroy(o, e) != 0 || acknowledge(o, e) != 0 || journal_set_u64(ag->j, NEXT, next = o->index + 1, e) != 0)
			rc = -1;
		made += rc == 1;
	}
	free(o);
	return rc < 0 ? -1 : made;
}
