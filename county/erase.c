#include "county/erase.h"

#include <string.h>

#include "base/enc.h"
#include "base/json.h"
#include "county/hashset.h"
#include "evidence/record.h"

#define ANCESTORS_MAX 1000

struct family {
	struct hashset all;
	struct erase_group *g;
	int grew, listing, full;
};

/* What the entry corrects, back to the first. */
static int
ancestors(struct family *f, struct ledger *l, const uint8_t hash[HASH_LEN])
{
	struct ledger_entry x;
	uint8_t at[HASH_LEN];
	int rc = 1, i;

	memcpy(at, hash, HASH_LEN);
	for (i = 0; rc == 1 && i < ANCESTORS_MAX && (rc = hashset_add(&f->all, at)) == 1; i++) {
		ledger_entry_init(&x);
		if ((rc = ledger_entry_get(l, at, &x)) == 1 && (rc = x.h.has_supersedes) == 1)
			memcpy(at, x.h.supersedes, HASH_LEN);
		ledger_entry_free(&x);
	}
	return rc < 0 ? -1 : 0;
}

static int
has_personal(const struct ledger_entry *x)
{
	size_t i;
	int any = x->h.personal_len > 0;

	for (i = 0; i < x->h.natt; i++)
		any |= x->h.att[i].personal;
	return any && strcmp(x->h.kind, "reset-code") != 0;
}

static int
descend(void *ctx, const struct ledger_entry *x)
{
	struct family *f = ctx;
	int rc = 0;

	if (!f->listing) {
		if (x->h.has_supersedes && hashset_has(&f->all, x->h.supersedes) && (rc = hashset_add(&f->all, x->hash)) == 1)
			f->grew = 1;
		return rc < 0 ? -1 : 0;
	}
	if (!hashset_has(&f->all, x->hash) || !has_personal(x))
		return 0;
	if (x->erased)
		f->g->gone++;
	else if (f->g->n < ERASE_MAX)
		memcpy(f->g->entry[f->g->n++], x->hash, HASH_LEN);
	else
		f->full = 1;
	return 0;
}

int
erase_group(struct erase_group *g, struct ledger *l, const uint8_t hash[HASH_LEN], struct err *e)
{
	struct family f = { .g = g };
	uint8_t root[HASH_LEN];
	uint64_t size;
	int rc;

	memset(g, 0, sizeof(*g));
	hashset_init(&f.all);
	rc = ledger_head(l, &size, root) != 0 ? -1 : ancestors(&f, l, hash);
	/* the log may have a correction before what it corrects */
	do {
		f.grew = 0;
		if (rc == 0)
			rc = ledger_each_entry(l, 0, size, descend, &f);
	} while (rc == 0 && f.grew);
	f.listing = 1;
	if (rc == 0)
		rc = ledger_each_entry(l, 0, size, descend, &f);
	hashset_free(&f.all);
	if (rc != 0)
		return err_set(e, "the ledger cannot be read");
	return f.full ? err_set(e, "more than %d entries hang together", ERASE_MAX) : 0;
}

struct pending {
	struct ledger *l;
	struct hashset done;
	int (*cb)(void *ctx, uint64_t index, const struct ledger_entry *x);
	void *ctx;
};

/* A device speaks for its own entries only. */
static int
acked(void *ctx, const struct ledger_entry *x)
{
	struct pending *p = ctx;
	struct ledger_entry named;
	uint8_t hash[HASH_LEN];
	const cJSON *one;
	cJSON *o;
	int rc = 0;

	if (strcmp(x->h.kind, "erasure-ack") != 0 || (o = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL)) == NULL)
		return 0;
	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(o, "entries"))
	{
		if (rc < 0 || !cJSON_IsString(one) || dec_hex(hash, HASH_LEN, one->valuestring, strlen(one->valuestring)) != 0)
			continue;
		ledger_entry_init(&named);
		if ((rc = ledger_entry_get(p->l, hash, &named)) == 1 && memcmp(named.h.device, x->h.device, HASH_LEN) == 0)
			rc = hashset_add(&p->done, hash);
		ledger_entry_free(&named);
	}
	cJSON_Delete(o);
	return rc < 0 ? -1 : 0;
}

static int
ordered(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct pending *p = ctx;
	struct ledger_entry x;
	uint8_t hash[HASH_LEN];
	struct record r;
	size_t i;
	int rc = 0;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	for (i = 0; rc == 0 && i < r.nlines; i++) {
		if (strcmp(r.lines[i].name, "entry") != 0 || field_hex(r.lines[i].value, hash, HASH_LEN) != 0 || hashset_has(&p->done, hash))
			continue;
		ledger_entry_init(&x);
		if ((rc = ledger_entry_get(p->l, hash, &x)) == 1)
			rc = p->cb(p->ctx, index, &x);
		ledger_entry_free(&x);
	}
	record_free(&r);
	return rc;
}

int
erase_pending(struct ledger *l, int (*cb)(void *ctx, uint64_t index, const struct ledger_entry *x), void *ctx)
{
	struct pending p = { .l = l, .cb = cb, .ctx = ctx };
	uint8_t root[HASH_LEN];
	uint64_t size;
	int rc;

	hashset_init(&p.done);
	rc = ledger_head(l, &size, root) != 0 || ledger_each_entry(l, 0, size, acked, &p) != 0 ? -1 : ledger_each_record_of(l, RECORD_ERASE, 0, ordered, &p);
	hashset_free(&p.done);
	return rc;
}
