#include <string.h>

#include "base/lapse.h"
#include "base/log.h"
#include "evidence/record.h"
#include "sync/device_internal.h"

/*
 * Which form of frames and which dictionary a device uses: the newest one the
 * county published and that is here whole, else the program's own, but none
 * that the county has said it does not know.
 */

#define KEY_DICT "dict"           /* the bytes */
#define KEY_NAME "dict-name"      /* their hash, as the record says */
#define KEY_UNKNOWN "dict-unknown" /* hashes, newest first */
#define KEY_PLAIN "wire-plain"    /* requests still to be written plainly */

#define UNKNOWN_MAX 16
#define PLAIN_REQUESTS 16 /* then the county may have become newer */

/* 1 when the county does not know it; 0 or -1. */
static int
is_unknown(struct journal *j, const uint8_t hash[HASH_LEN])
{
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, (size_t)UNKNOWN_MAX * HASH_LEN);
	rc = journal_get(j, KEY_UNKNOWN, &b);
	if (rc == 1)
		for (rc = 0, i = 0; i + HASH_LEN <= b.len; i += HASH_LEN)
			rc |= memcmp(b.data + i, hash, HASH_LEN) == 0;
	buf_free(&b);
	return rc;
}

/* The dictionary this journal holds; NULL with 0 when it has none, or what it has is spoilt. */
static int
held_dict(struct journal *j, struct dict **d)
{
	struct buf name, bytes;
	uint8_t hash[HASH_LEN];
	int rc;

	*d = NULL;
	buf_init(&name, HASH_LEN);
	buf_init(&bytes, DICT_MAX);
	if ((rc = journal_get(j, KEY_NAME, &name)) == 1 && name.len == HASH_LEN && (*d = shelf_find_whole(name.data)) == NULL &&
	    (rc = journal_get(j, KEY_DICT, &bytes)) == 1 && (sha256(hash, bytes.data, bytes.len), memcmp(hash, name.data, HASH_LEN) == 0))
		*d = shelf_put(bytes.data, bytes.len, NULL);
	buf_free(&name);
	buf_free(&bytes);
	return rc < 0 ? -1 : 0;
}

int
device_dict(struct journal *j, struct dict **d)
{
	struct dict *try[2];
	size_t i;
	int rc;

	*d = NULL;
	if (held_dict(j, &try[0]) != 0)
		return -1;
	try[1] = shelf_default();
	for (i = 0; i < 2 && *d == NULL; i++) {
		if (try[i] == NULL)
			continue;
		if ((rc = is_unknown(j, dict_hash(try[i]))) < 0)
			return -1;
		if (rc == 0)
			*d = try[i];
	}
	return 0;
}

int
device_wire(struct journal *j, int *version, struct dict **d)
{
	uint64_t left;

	*d = NULL;
	if (journal_get_u64(j, KEY_PLAIN, &left) < 0)
		return -1;
	*version = left > 0 ? 1 : 2;
	return left > 0 ? journal_set_u64(j, KEY_PLAIN, left - 1, NULL) : device_dict(j, d);
}

int
device_plain(struct journal *j, struct err *e)
{
	return journal_set_u64(j, KEY_PLAIN, PLAIN_REQUESTS, e);
}

int
device_dict_unknown(struct journal *j, struct err *e)
{
	struct dict *d;
	struct buf b, old;
	int rc;

	if (device_dict(j, &d) != 0)
		return err_set(e, "the journal cannot be read");
	if (d == NULL)
		return 0;
	log_msg(LOG_INFO, "the county does not know the dictionary %02x%02x%02x%02x: without it from now on", dict_hash(d)[0], dict_hash(d)[1], dict_hash(d)[2], dict_hash(d)[3]);
	buf_init(&b, (size_t)UNKNOWN_MAX * HASH_LEN);
	buf_init(&old, (size_t)UNKNOWN_MAX * HASH_LEN);
	rc = journal_get(j, KEY_UNKNOWN, &old) < 0 ? err_set(e, "the journal cannot be read") : 0;
	if (rc == 0) {
		(void)buf_put(&b, dict_hash(d), HASH_LEN);
		(void)buf_put(&b, old.data, old.len < (UNKNOWN_MAX - 1) * HASH_LEN ? old.len : (UNKNOWN_MAX - 1) * HASH_LEN);
		rc = buf_ok(&b) ? journal_set(j, KEY_UNKNOWN, b.data, b.len, e) : err_set(e, "out of memory");
	}
	buf_free(&b);
	buf_free(&old);
	return rc == 0 ? 1 : -1;
}

static int
take_newest(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct device_dict *d = ctx;
	struct record rec;
	uint64_t len;

	(void)index;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (rec.kind == RECORD_DICTIONARY && record_hash(&rec, "dict", d->hash) == 0 && record_u64(&rec, "len", &len) == 0 && len <= DICT_MAX)
		d->due = 1;
	record_free(&rec);
	return 0;
}

int
device_dict_due(struct device_dict *d, struct journal *j)
{
	struct dict *held;

	memset(d, 0, sizeof(*d));
	if (journal_each_record(j, 0, take_newest, d) < 0 || held_dict(j, &held) != 0)
		return -1;
	if (held != NULL && memcmp(dict_hash(held), d->hash, HASH_LEN) == 0)
		d->due = 0;
	return 0;
}

/* What is published now, the county knows, whatever it said before. */
static int
forget_unknown(struct journal *j, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, (size_t)UNKNOWN_MAX * HASH_LEN);
	rc = journal_get(j, KEY_UNKNOWN, &b);
	buf_free(&b);
	return rc < 0 ? err_set(e, "the journal cannot be read") : rc == 0 ? 0 : journal_set(j, KEY_UNKNOWN, "", 0, e);
}

int
device_dict_take(struct journal *j, const struct device_dict *d, const void *p, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];

	sha256(hash, p, n);
	if (memcmp(hash, d->hash, HASH_LEN) != 0)
		return err_set(e, "dictionary: what came is not the one that the log names");
	if (shelf_put(p, n, e) == NULL)
		return -1;
	/* the name last: without it the bytes are nothing */
	return journal_set(j, KEY_DICT, p, n, e) != 0 || forget_unknown(j, e) != 0 ? -1 : journal_set(j, KEY_NAME, hash, HASH_LEN, e);
}
