#include "agent/sync/messages.h"

#include <stdio.h>
#include <string.h>

#include "agent/sync/note.h"
#include "agent/texts.h"
#include "base/lapse.h"
#include "evidence/record.h"

struct walk {
	struct agent *ag;
	int (*cb)(void *ctx, const struct message *m);
	void *ctx;
	int count; /* only how many, without the texts */
	int unread;
};

static int
is_read(struct agent *ag, uint64_t index)
{
	char key[40];
	uint64_t v;

	(void)snprintf(key, sizeof(key), "message-read:%llu", (unsigned long long)index);
	return journal_get_u64(ag->j, key, &v);
}

static int
look(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct walk *w = ctx;
	unsigned long lapses = lapse_count();
	struct message m = { .index = index };
	struct record rec;
	int rc;

	if (memmem(leaf, n, "\nkind message\n", 14) == NULL)
		return 0;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return lapse_count() != lapses ? -1 : 0;
	rc = rec.kind == RECORD_MESSAGE;
	m.at = rec.at;
	record_free(&rec);
	if (rc == 0)
		return 0;
	if ((rc = is_read(w->ag, index)) < 0)
		return -1;
	m.read = rc;
	w->unread += !m.read;
	if (w->count)
		return 0;
	buf_init(&m.text, TEXT_MAX);
	rc = texts_get(w->ag, index, &m.text);
	note_tidy(&m.text);
	m.locked = rc == 2;
	m.lost = rc <= 0;
	rc = w->cb(w->ctx, &m);
	buf_free(&m.text);
	return rc;
}

int
messages_each(struct agent *ag, int (*cb)(void *ctx, const struct message *m), void *ctx)
{
	struct walk w = { .ag = ag, .cb = cb, .ctx = ctx };

	return journal_each_record(ag->j, 0, look, &w);
}

int
messages_unread(struct agent *ag)
{
	struct walk w = { .ag = ag, .count = 1 };

	return journal_each_record(ag->j, 0, look, &w) < 0 ? -1 : w.unread;
}

struct marking { uint64_t index; int found; };

static int
find(void *ctx, const struct message *m)
{
	struct marking *k = ctx;

	if (m->index == k->index)
		k->found = m->locked || m->lost ? 2 : 1;
	return m->index >= k->index;
}

int
messages_read(struct agent *ag, uint64_t index, struct err *e)
{
	struct marking k = { index, 0 };
	char key[40];

	if (messages_each(ag, find, &k) < 0)
		return err_set(e, "the journal cannot be read");
	if (k.found != 1) {
		(void)err_set(e, k.found ? "message %llu: its text was not shown to anybody yet" : "message %llu: there is none", (unsigned long long)index);
		return 1;
	}
	(void)snprintf(key, sizeof(key), "message-read:%llu", (unsigned long long)index);
	return journal_set_u64(ag->j, key, 1, e);
}
