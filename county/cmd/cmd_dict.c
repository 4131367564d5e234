#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/cmd/dict_samples.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "evidence/record.h"

/* Dictionaries of a county: trained on the public parts of its log, published by a record. */

#define SIZE (24U << 10)
#define DEFAULT_NAME "county.zdict"

static int
told(const struct args *a, const uint8_t hash[HASH_LEN], size_t len, const char *what, size_t samples)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_hex(&b, "dict", hash, HASH_LEN);
		json_put_u64(&b, "len", len);
		json_put_str(&b, "state", what);
		if (samples > 0)
			json_put_u64(&b, "samples", samples);
		json_end(&b);
	} else {
		(void)buf_hex(&b, hash, HASH_LEN);
		(void)buf_printf(&b, " %zu bytes, %s\n", len, what);
	}
	return out_put(a, &b);
}

int
cmd_dict_train(const struct args *a)
{
	const char *to = opt_get(a, "o") ? opt_get(a, "o") : DEFAULT_NAME;
	struct dict_samples s;
	char path[OFFICE_PATH_MAX];
	struct err e = { "" };
	uint8_t hash[HASH_LEN];
	struct dict *d = NULL;
	struct office o;
	struct buf dict;
	int rc = -1;

	memset(&s, 0, sizeof(s));
	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&dict, DICT_MAX);
	if (dict_samples_take(&s, &o, &e) == 0 && dict_train(&dict, &s.bytes, s.size, s.n, SIZE, &e) == 0 &&
	    (d = dict_new(dict.data, dict.len, &e)) != NULL) {
		sha256(hash, dict.data, dict.len);
		if (opt_path(a, to, path, sizeof(path)) != 0)
			(void)err_set(&e, "%.64s...: path too long", to);
		else
			rc = file_write(path, dict.data, dict.len, 0644, &e);
	}
	rc = rc == 0 ? told(a, hash, dict.len, "trained", s.n) : opt_refuse(&e);
	dict_free(d);
	buf_free(&dict);
	dict_samples_free(&s);
	office_close(&o);
	return rc;
}

struct named { const uint8_t *hash; int found; };

static int
is_named(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct named *k = ctx;
	struct record rec;
	uint8_t hash[HASH_LEN];

	(void)index;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	/* the newest is the one that devices take: a former one may be published again */
	k->found = record_hash(&rec, "dict", hash) == 0 && memcmp(hash, k->hash, HASH_LEN) == 0;
	record_free(&rec);
	return 0;
}

/* The bytes are kept first, so that no record names what is not there.  0; 1 published before; -1. */
static int
publish(struct office *o, const uint8_t hash[HASH_LEN], const struct buf *dict, struct err *e)
{
	struct named k = { .hash = hash };
	struct buf b;

	if (ledger_each_record_of(o->c.l, RECORD_DICTIONARY, 0, is_named, &k) < 0)
		return err_set(e, "the ledger cannot be read");
	if (k.found)
		return 1;
	if (ledger_form_add(o->c.l, hash, dict->data, dict->len, e) != 0)
		return -1;
	office_begin(o, &b, RECORD_DICTIONARY);
	(void)buf_puts(&b, "dict ");
	(void)buf_hex(&b, hash, HASH_LEN);
	(void)buf_printf(&b, "\nlen %zu\n", dict->len);
	return office_append(o, &b, NULL, NULL, e);
}

int
cmd_dict_publish(const struct args *a)
{
	char path[OFFICE_PATH_MAX];
	struct err e = { "" };
	uint8_t hash[HASH_LEN];
	struct dict *d = NULL;
	struct office o;
	struct buf dict;
	int rc = -1;

	if (opt_path(a, a->pos[0], path, sizeof(path)) != 0) {
		(void)err_set(&e, "%.64s...: path too long", a->pos[0]);
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&dict, DICT_MAX);
	if (file_read(path, &dict, &e) != 0)
		rc = opt_fail(&e);
	else if ((d = dict_new(dict.data, dict.len, &e)) == NULL)
		rc = (err_add(&e, "%s", a->pos[0]), opt_refuse(&e));
	else if (sha256(hash, dict.data, dict.len), (rc = publish(&o, hash, &dict, &e)) < 0)
		rc = opt_fail(&e);
	else
		rc = told(a, hash, dict.len, rc ? "published before" : "published", 0);
	dict_free(d);
	buf_free(&dict);
	office_close(&o);
	return rc;
}
