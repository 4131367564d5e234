#include "agent/texts.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/places.h"
#include "agent/sync/plan.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "crypto/seal.h"
#include "evidence/record.h"
#include "store/vault.h"
#include "sync/squeezed.h"

/* "text:INDEX": the text as a blob of the cabinet.  "plan:INDEX": a plan without names, as a blob of the rest key. */

static void
key_of(char key[40], const char *what, uint64_t index)
{
	(void)snprintf(key, 40, "%s:%llu", what, (unsigned long long)index);
}

/* A plan's or message's commitment, and its place ("-" when it names a device).  The kind stands in a line of its own: most records need not be parsed.  1, 0, or -1 out of memory. */
static int
text_of(const void *leaf, size_t n, enum record_kind *kind, char place[PLACE_MAX + 1], uint8_t hash[HASH_LEN])
{
	unsigned long lapses = lapse_count();
	struct record rec;
	int rc;

	if (memmem(leaf, n, "\nkind plan\n", 11) == NULL && memmem(leaf, n, "\nkind message\n", 14) == NULL)
		return 0;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return lapse_count() != lapses ? -1 : 0;
	*kind = rec.kind;
	rc = (rec.kind == RECORD_PLAN || rec.kind == RECORD_MESSAGE) && record_hash(&rec, rec.kind == RECORD_PLAN ? "plan" : "text", hash) == 0 &&
	    record_text(&rec, "place", place, PLACE_MAX + 1) == 0;
	record_free(&rec);
	return rc;
}

struct due {
	struct agent *ag;
	int (*cb)(void *ctx, uint64_t index);
	void *ctx;
	uint64_t want; /* for one_record: only this index */
	enum record_kind kind;
	uint8_t hash[HASH_LEN];
	int found;
};

static int
look(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct due *d = ctx;
	const struct places *mine;
	char place[PLACE_MAX + 1], key[40];
	struct buf b;
	int rc = text_of(leaf, n, &d->kind, place, d->hash);

	if (rc <= 0)
		return rc;
	/* what is planned where this device records no more, it will not get */
	if (d->kind == RECORD_PLAN && ((mine = places_of(d->ag)) == NULL || !places_inside(mine, place)))
		return 0;
	key_of(key, "text", index);
	buf_init(&b, TEXT_MAX + VAULT_OVERHEAD);
	rc = journal_get(d->ag->j, key, &b);
	buf_free(&b);
	return rc == 0 ? d->cb(d->ctx, index) : rc < 0 ? -1 : 0;
}

int
texts_due(struct agent *ag, int (*cb)(void *ctx, uint64_t index), void *ctx)
{
	struct due d = { .ag = ag, .cb = cb, .ctx = ctx };

	return journal_each_record(ag->j, 0, look, &d);
}

static int
one_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct due *d = ctx;
	char place[PLACE_MAX + 1];
	int rc = 0;

	if (index == d->want && (rc = text_of(leaf, n, &d->kind, place, d->hash)) == 1)
		d->found = 1;
	return rc < 0 ? -1 : index >= d->want;
}

/* The public half first: with the whole text kept, the record is done with. */
static int
store(struct agent *ag, const struct due *d, const uint8_t *text, size_t n, struct err *e)
{
	struct vault *v = journal_vault(ag->j);
	struct buf plain, out;
	char key[40];
	int rc = 0;

	buf_init(&plain, TEXT_MAX);
	buf_init(&out, TEXT_MAX + VAULT_OVERHEAD);
	if (d->kind == RECORD_PLAN) {
		key_of(key, "plan", d->want);
		if (plan_without_names(&plain, (const char *)text, n) != 0)
			rc = err_set(e, "out of memory");
		else if (vault_put(v, VAULT_REST, plain.data, plain.len, &out, e) != 0 || journal_set(ag->j, key, out.data, out.len, e) != 0)
			rc = -1;
		buf_reset(&out);
	}
	key_of(key, "text", d->want);
	if (rc == 0 && (vault_put(v, VAULT_CABINET, text, n, &out, e) != 0 || journal_set(ag->j, key, out.data, out.len, e) != 0))
		rc = -1;
	buf_free(&plain);
	buf_free(&out);
	return rc;
}

int
texts_keep(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e)
{
	struct due d = { .want = index };
	uint8_t commit[HASH_LEN];
	unsigned long lapses = lapse_count();
	struct buf b;
	int rc = 1;

	if (journal_each_record(ag->j, index, one_record, &d) < 0)
		return err_set(e, "the journal cannot be read");
	buf_init(&b, TEXT_MAX + ENTRY_SALT_LEN);
	if (d.found && squeezed_get(&b, p, n) == 0 && b.len > ENTRY_SALT_LEN) {
		entry_personal_hash(commit, b.data, b.data + ENTRY_SALT_LEN, b.len - ENTRY_SALT_LEN);
		if (memcmp(commit, d.hash, HASH_LEN) == 0)
			rc = store(ag, &d, b.data + ENTRY_SALT_LEN, b.len - ENTRY_SALT_LEN, e);
	} else if (lapse_count() != lapses) {
		rc = err_set(e, "out of memory");
	}
	if (rc == 1)
		(void)err_set(e, "the text of record %llu: what came is not what the record names", (unsigned long long)index);
	buf_free(&b);
	return rc;
}

int
texts_take(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e)
{
	struct sealer *key = sealer_of_signer(ag->s);
	struct buf plain;
	int rc;

	buf_init(&plain, TEXT_ANSWER_MAX);
	if (key == NULL)
		rc = err_set(e, "out of memory");
	else if (unseal(key, &plain, p, n) != 0)
		rc = err_set(e, "the text of record %llu: not sealed for this device", (unsigned long long)index) + 2;
	else
		rc = texts_keep(ag, index, plain.data, plain.len, e);
	sealer_free(key);
	buf_free(&plain);
	return rc;
}

static int
get(struct agent *ag, const char *what, uint64_t index, struct buf *text)
{
	enum vault_answer answer;
	char key[40];
	struct buf b;
	int rc;

	key_of(key, what, index);
	buf_init(&b, TEXT_MAX + VAULT_OVERHEAD);
	if ((rc = journal_get(ag->j, key, &b)) == 1) {
		answer = vault_get(journal_vault(ag->j), b.data, b.len, text);
		rc = answer == VAULT_OPEN ? 1 : answer == VAULT_LOCKED ? 2 : answer == VAULT_LOST ? 0 : -1;
	}
	buf_free(&b);
	return rc;
}

int
texts_get(struct agent *ag, uint64_t index, struct buf *text)
{
	return get(ag, "text", index, text);
}

int
texts_open(struct agent *ag, uint64_t index, struct buf *text)
{
	int rc = get(ag, "plan", index, text);

	return rc == 2 ? 0 : rc;
}

/* Texts that came before there was a cabinet. */

struct putting_away { struct agent *ag; struct err *e; };

static int
put_away(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct putting_away *w = ctx;
	uint8_t hash[HASH_LEN];
	char place[PLACE_MAX + 1], key[40];
	enum record_kind kind;
	struct buf b, out;
	int rc = text_of(leaf, n, &kind, place, hash);

	if (rc <= 0)
		return rc;
	key_of(key, "text", index);
	buf_init(&b, TEXT_MAX + VAULT_OVERHEAD);
	buf_init(&out, TEXT_MAX + VAULT_OVERHEAD);
	if ((rc = journal_get(w->ag->j, key, &b)) == 1 && (rc = vault_reseal(journal_vault(w->ag->j), b.data, b.len, &out, w->e)) == 1)
		rc = journal_set(w->ag->j, key, out.data, out.len, w->e);
	buf_free(&b);
	buf_free(&out);
	return rc < 0 ? -1 : 0;
}

int
texts_put_away(struct agent *ag, struct err *e)
{
	struct putting_away w = { ag, e };
	uint64_t done = 0;
	int rc = journal_get_u64(ag->j, "texts-put-away", &done);

	if (rc != 0 || !vault_has_cabinet(journal_vault(ag->j)))
		return rc < 0 ? err_set(e, "the journal cannot be read") : 0;
	if (journal_each_record(ag->j, 0, put_away, &w) != 0)
		return -1;
	return journal_set_u64(ag->j, "texts-put-away", 1, e);
}
