#include "agent/sync/aside.h"

#include <string.h>

#include "base/log.h"
#include "web/tr.h"

#define FACT "photos-aside"  /* HASH and reason, side by side */
#define ROW ((size_t)HASH_LEN + 1)

static const struct { const char *code, *text; } reasons[] = {
	[0] = { "", "" },
	[ASIDE_REFUSED] = { "refused", N_("The county refuses it.") },
	[ASIDE_DAMAGED] = { "damaged", N_("Its file is missing or damaged.") },
	[ASIDE_LOCKED] = { "locked", N_("It is locked until somebody signs in.") },
	[ASIDE_LOST] = { "lost", N_("Its key is lost.") },
};

static int
load(struct agent *ag, struct buf *b)
{
	int rc;

	buf_init(b, ASIDE_MAX * ROW);
	if ((rc = journal_get(ag->j, FACT, b)) < 0)
		buf_free(b);
	return rc < 0 ? -1 : 0;
}

/* All rows but this one's. */
static void
without(struct buf *to, const struct buf *from, const uint8_t hash[HASH_LEN])
{
	size_t i;

	for (i = 0; i + ROW <= from->len; i += ROW)
		if (memcmp(from->data + i, hash, HASH_LEN) != 0)
			(void)buf_put(to, from->data + i, ROW);
}

static void
store(struct agent *ag, const struct buf *b)
{
	struct err e = { "" };

	if (!buf_ok(b) || journal_set(ag->j, FACT, b->data, b->len, &e) != 0)
		log_msg(LOG_WARN, "which photos are set aside cannot be stored: %s", e.text);
}

void
aside_put(struct agent *ag, const uint8_t hash[HASH_LEN], enum aside_reason why)
{
	struct buf old, b;
	size_t skip;

	if (aside_why(ag, hash) == why || load(ag, &old) != 0)
		return;
	buf_init(&b, (ASIDE_MAX + 1) * ROW);
	without(&b, &old, hash);
	(void)buf_put(&b, hash, HASH_LEN);
	(void)buf_putc(&b, (uint8_t)why);
	skip = b.len > ASIDE_MAX * ROW ? ROW : 0;
	buf_reset(&old);
	(void)buf_put(&old, b.data + skip, b.len - skip);
	store(ag, &old);
	buf_free(&old);
	buf_free(&b);
}

void
aside_clear(struct agent *ag, const uint8_t hash[HASH_LEN])
{
	struct buf old, b;

	if (aside_why(ag, hash) == 0 || load(ag, &old) != 0)
		return;
	buf_init(&b, ASIDE_MAX * ROW);
	without(&b, &old, hash);
	store(ag, &b);
	buf_free(&old);
	buf_free(&b);
}

int
aside_each(struct agent *ag, int (*cb)(void *ctx, const uint8_t hash[HASH_LEN], enum aside_reason why), void *ctx)
{
	struct buf b;
	size_t i;
	int n = 0;

	if (load(ag, &b) != 0)
		return -1;
	for (i = 0; i + ROW <= b.len; i += ROW, n++)
		if (b.data[i + HASH_LEN] >= ASIDE_REFUSED && b.data[i + HASH_LEN] <= ASIDE_LOST && cb != NULL && cb(ctx, b.data + i, (enum aside_reason)b.data[i + HASH_LEN]) != 0)
			break;
	buf_free(&b);
	return n;
}

struct asked { const uint8_t *hash; enum aside_reason why; };

static int
find(void *ctx, const uint8_t hash[HASH_LEN], enum aside_reason why)
{
	struct asked *a = ctx;

	if (memcmp(hash, a->hash, HASH_LEN) != 0)
		return 0;
	a->why = why;
	return 1;
}

enum aside_reason
aside_why(struct agent *ag, const uint8_t hash[HASH_LEN])
{
	struct asked a = { hash, 0 };

	return aside_each(ag, find, &a) < 0 ? 0 : a.why;
}

const char *
aside_code(enum aside_reason why)
{
	return reasons[why].code;
}

const char *
aside_words(enum aside_reason why, const char *lang)
{
	return why == 0 ? "" : tr(lang, reasons[why].text);
}
