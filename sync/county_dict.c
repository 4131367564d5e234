#include <string.h>

#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county_internal.h"
#include "sync/dict_shelf.h"

/* The dictionaries of a county: the program's own, and all that its log ever named. */

struct asked {
	const uint8_t *name;
	size_t len;          /* of it: a name, or a whole hash */
	uint8_t hash[HASH_LEN];
	int found;
};

static int
is_named(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct asked *a = ctx;
	struct record rec;
	uint8_t hash[HASH_LEN];

	(void)index;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (record_hash(&rec, "dict", hash) == 0 && memcmp(hash, a->name, a->len) == 0) {
		memcpy(a->hash, hash, HASH_LEN);
		a->found = 1;
	}
	record_free(&rec);
	return a->found;
}

const struct dict *
county_dict(struct county *c, const uint8_t name[DICT_NAME_LEN])
{
	struct asked a = { .name = name, .len = DICT_NAME_LEN };
	struct dict *d = shelf_find(name);
	uint8_t hash[HASH_LEN];
	struct buf b;

	if (d != NULL)
		return d;
	if (ledger_each_record_of(c->l, RECORD_DICTIONARY, 0, is_named, &a) < 0 || !a.found)
		return NULL;
	buf_init(&b, DICT_MAX);
	if (ledger_form_body(c->l, a.hash, &b) == 1 && (sha256(hash, b.data, b.len), memcmp(hash, a.hash, HASH_LEN) == 0))
		d = shelf_put(b.data, b.len, NULL);
	buf_free(&b);
	return d;
}

int
county_dict_body(struct county *c, const uint8_t hash[HASH_LEN], struct buf *out)
{
	struct asked a = { .name = hash, .len = HASH_LEN };

	if (ledger_each_record_of(c->l, RECORD_DICTIONARY, 0, is_named, &a) < 0)
		return -1;
	return a.found ? ledger_form_body(c->l, hash, out) : 0;
}
