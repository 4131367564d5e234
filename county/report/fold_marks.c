#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/fold_internal.h"
#include "evidence/record.h"

/* Reviews, late records and erasures below a size of the log: the ledger's own marks say only how things stand now. */

struct mark {
	uint8_t hash[HASH_LEN];
	int late, late_after;
	int verdict;               /* 0 none, 1 accept, -1 return */
	uint64_t accepted;
	int erased;
};

static int
same_entry(const void *item, const void *key)
{
	return memcmp(((const struct mark *)item)->hash, key, HASH_LEN) == 0;
}

static struct mark *
mark_find(const struct fold_marks *m, const uint8_t hash[HASH_LEN])
{
	return map_get(&m->by_entry, dec_be(hash, 8), same_entry, hash);
}

static struct mark *
mark_of(struct fold_marks *m, const uint8_t hash[HASH_LEN])
{
	struct mark *k = mark_find(m, hash);

	if (k != NULL || (k = calloc(1, sizeof(*k))) == NULL)
		return k;
	memcpy(k->hash, hash, HASH_LEN);
	if (map_put(&m->by_entry, dec_be(hash, 8), k) == 0)
		return k;
	free(k);
	return NULL;
}

static int
apply(struct fold_marks *m, const struct record *r, uint64_t index, struct field hash)
{
	struct mark *k;
	uint8_t h[HASH_LEN];
	int below = index < m->at;

	if (field_hex(hash, h, HASH_LEN) != 0 || (k = mark_of(m, h)) == NULL)
		return -1;
	if (r->kind == RECORD_LATE) {
		k->late |= below;
		k->late_after |= !below;
	} else if (below && r->kind == RECORD_ERASE) {
		k->erased = 1;
	} else if (below) {
		k->verdict = record_is(r, "verdict", "accept") ? 1 : -1;
		k->accepted = k->verdict == 1 ? r->at : 0;
	}
	return 0;
}

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct fold_marks *m = ctx;
	struct record r;
	int rc = 0;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	for (size_t i = 0; i < r.nlines && rc == 0; i++)
		if (strcmp(r.lines[i].name, "entry") == 0)
			rc = apply(m, &r, index, r.lines[i].value);
	record_free(&r);
	return rc;
}

int
marks_load(struct fold_marks *m, struct ledger *l, uint64_t at)
{
	static const enum record_kind kinds[] = { RECORD_REVIEW, RECORD_LATE, RECORD_ERASE };

	m->at = at;
	m->loaded = 1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ledger_each_record_of(l, kinds[i], 0, read_record, m) != 0)
			return -1;
	return 0;
}

void
marks_of(const struct fold_marks *m, const struct ledger_entry *x, struct standing *s)
{
	const struct mark *k = m->loaded ? mark_find(m, x->hash) : NULL;
	int verdict = 0, late = x->late[0] != '\0';

	memset(s, 0, sizeof(*s));
	if (!m->loaded) {
		verdict = strcmp(x->review, "accept") == 0 ? 1 : x->review[0] != '\0' ? -1 : 0;
		s->erased = x->erased;
	} else if (k != NULL) {
		late = k->late || (late && !k->late_after);
		verdict = k->verdict;
		s->accepted = k->accepted;
		s->erased = k->erased;
	}
	s->parked = late && verdict != 1;
	s->returned = verdict == -1;
}

void
marks_free(struct fold_marks *m)
{
	map_free(&m->by_entry, free);
	memset(m, 0, sizeof(*m));
}
