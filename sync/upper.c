#include <stdlib.h>
#include <string.h>

#include "evidence/checkpoint.h"
#include "sync/upper_internal.h"

/* How a request stands to the copy that is held, and what the copy says of itself. */

static int
newest_keys(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct upper *u = ctx;
	struct county_keys k;
	struct record r;
	struct buf b;

	(void)index;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	buf_init(&b, KEYS_MAX);
	if (record_is(&r, "what", "county") && record_bytes(&r, "keys", &b) == 0 && keys_parse(&k, buf_str(&b), b.len, NULL) == 0) {
		u->keys = k;
		u->has_keys = 1;
	}
	buf_free(&b);
	record_free(&r);
	return 0;
}

static int
count_two(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	uint64_t *records = ctx;

	(void)index;
	(void)leaf;
	(void)n;
	return ++*records == 2;
}

int
upper_load(struct upper *u, struct err *e)
{
	u->records = 0;
	u->has_keys = 0;
	if (ledger_each_record_of(u->l, RECORD_KEY, 0, newest_keys, u) < 0 || ledger_each_record(u->l, 0, NULL, count_two, &u->records) < 0)
		return err_set(e, "%s: the copy cannot be read", u->log.name);
	return 0;
}

static void
say(struct upward_answer *a, enum upward_status s, const char *why)
{
	size_t n = 0;

	a->status = s;
	/* bounded, and one line of text whatever it quotes */
	for (; why[n] != '\0' && n < sizeof(a->why) - 1; n++)
		a->why[n] = (unsigned char)why[n] < 0x20 || (unsigned char)why[n] > 0x7e ? '?' : why[n];
	a->why[n] = '\0';
}

static int
held(struct upper *u, struct upward_answer *a, struct err *e)
{
	return ledger_head(u->l, &a->size, a->root) == 0 ? 0 : err_set(e, "%s: the copy cannot be read", u->log.name);
}

/* The county's newest head against what is held.  1: its items may be looked at; 0: the answer is made; -1. */
static int
judge_head(struct upper *u, const struct upward_head *h, struct upward_answer *a, struct err *e)
{
	struct err why = { "" };
	struct checkpoint c;
	uint8_t root[HASH_LEN];

	if (checkpoint_open(&c, h->note.data, h->note.len, &u->log, &why) != 0) {
		say(a, UPWARD_REFUSED, why.text);
		return 0;
	}
	if (c.size > a->size)
		return 1;
	if (tree_range_hash(ledger_reader(u->l), 0, c.size, root) != 0)
		return err_set(e, "%s: the copy's tree cannot be read", u->log.name);
	if (memcmp(root, c.root, HASH_LEN) != 0) {
		say(a, UPWARD_FORK, "this head has another root than the log had at that size when it was copied: the log was rewritten");
		return 0;
	}
	if (c.size < a->size) {
		say(a, UPWARD_BEHIND, "the copy is longer than the county's own log: it was restored from an older state; it must not sign before it has caught up");
		return 0;
	}
	return 1;
}

static uint64_t
newest_size(const struct upward_head *h)
{
	struct note parts;
	struct checkpoint c;

	return note_parse(&parts, h->note.data, h->note.len, NULL) == 0 && checkpoint_parse(&c, parts.text, parts.text_len, NULL) == 0 ? c.size : UINT64_MAX;
}

int
upper_take(struct upper *u, const struct upward_head *h, const uint8_t *p, size_t n, struct upward_answer *a, struct err *e)
{
	struct err why = { "" };
	uint64_t size;
	int rc;

	a->status = UPWARD_OK;
	if (held(u, a, e) != 0)
		return -1;
	size = a->size;
	if ((rc = judge_head(u, h, a, e)) <= 0)
		return rc;
	rc = groups_take(u, h, p, n, &why);
	if (held(u, a, e) != 0 || upper_load(u, e) != 0)
		return -1;
	if (rc < 0)
		return err_set(e, "%s: %s", u->log.name, why.text);
	a->settled = a->size > size || a->size == newest_size(h);
	if (rc > 0)
		say(a, rc == GROUPS_FORK ? UPWARD_FORK : UPWARD_REFUSED, why.text);
	return 0;
}

struct wants { struct upper *u; struct upward_answer *a; };

static int
one_want(void *ctx, const uint8_t hash[HASH_LEN])
{
	struct wants *w = ctx;
	int personal = 0;

	if (w->a->nwants == UPWARD_WANTS_MAX)
		return 1;
	if (ledger_attachment_wanted(w->u->l, hash, NULL, &personal) == 1 && (!personal || w->u->personal))
		memcpy(w->a->want[w->a->nwants++], hash, HASH_LEN);
	return 0;
}

static int
wants_of(void *ctx, const struct ledger_device *d)
{
	struct wants *w = ctx;
	int rc = ledger_wants(w->u->l, d->device, one_want, w);

	return rc < 0 ? -1 : w->a->nwants == UPWARD_WANTS_MAX;
}

int
upper_wants(struct upper *u, struct upward_answer *a)
{
	struct wants w = { u, a };

	a->nwants = 0;
	return ledger_each_device(u->l, wants_of, &w) < 0 ? -1 : 0;
}
