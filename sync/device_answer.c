#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "evidence/checkpoint.h"
#include "sync/device_internal.h"

#define EPOCH_SEEN "county-epoch"

/* Judging an answer: nothing is believed that does not prove itself (docs/format.md 10.3). */

/* Does the new checkpoint extend the newest one we verified, also one of a log that this one says it continues? */
static int
extends(struct journal *j, const struct county_keys *k, const struct answer *a, const struct checkpoint *cp, struct err *e)
{
	uint8_t root[HASH_LEN];
	uint64_t size;
	int rc = device_base(j, &k->log, &size, root, e);

	if (rc <= 0) /* none yet: any is a beginning */
		return rc;
	if (cp->size < size)
		return err_set(e, "the county's log shrank from %llu to %llu entries", (unsigned long long)size, (unsigned long long)cp->size);
	if (!proof_consistency_ok(&a->consistency, size, root, cp->size, cp->root))
		return err_set(e, rc == 2 ? "the county's new log of %llu entries does not begin with the %llu of the old one that this device verified" :
		    "the county's log of %llu entries is no continuation of the one of %llu that this device verified",
		    (unsigned long long)cp->size, (unsigned long long)size);
	return 0;
}

#define ALARMS_MAX 64

static unsigned
count_files(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/* A signed falsehood is evidence: keep it.  The first ones are enough: a county that goes on must not fill the disk. */
static void
keep_alarm(struct journal *j, const struct device_request *r, const void *p, size_t n)
{
	char dir[4096], path[4200], hex[33];

	enc_hex(hex, r->nonce, sizeof(r->nonce));
	if (file_path(dir, sizeof(dir), journal_dir(j), "alarms") == 0 && file_mkdirs(dir, 0700, NULL) == 0 &&
	    count_files(dir) < ALARMS_MAX && file_path(path, sizeof(path), dir, hex) == 0)
		(void)file_write(path, p, n, 0600, NULL);
}

/* Everything was verified: make it durable. */
static int
apply(struct device_outcome *o, struct judging *g, struct county_keys *k, const struct answer *a, const struct checkpoint *cp, struct err *e)
{
	struct journal *j = g->j;
	struct journal_counts before, after;
	uint64_t from = 0;
	size_t i;

	if (journal_count(j, &before) != 0 || journal_get_u64(j, "records-next", &from) < 0 || journal_note_add(j, cp->size, a->note.data, a->note.len, e) != 0)
		return -1;
	for (i = 0; i < a->nranges; i++)
		if (!g->passed[i] && journal_confirm(j, a->device, &a->range[i], a->note.data, a->note.len, e) != 0)
			return -1;
	for (i = 0; i < a->nrecords; i++)
		if (device_record(o, j, k, &a->record[i], e) != 0)
			return -1;
	if (journal_set_u64(j, "records-next", o->anew ? 0 : a->next, e) != 0 || device_set_aside(o, j, a, e) != 0 || journal_count(j, &after) != 0)
		return -1;
	if (device_held(j, a, &after, e) != 0)
		return -1;
	o->confirmed = after.confirmed - before.confirmed;
	/* asked again, an answer that brought nothing would bring nothing */
	o->more = o->refused > 0 || o->undone || o->anew || (a->more && (o->confirmed > 0 || o->records > 0 || a->next > from));
	o->nwants = a->nwants;
	memcpy(o->want, a->want, a->nwants * HASH_LEN);
	return 0;
}

/* More requests than a device can make between two contacts: no restored copy lags so far behind. */
#define COUNTER_LEAP_MAX (UINT64_C(1) << 32)

static enum device_verdict
judge_status(struct journal *j, const struct answer *a, struct err *e)
{
	uint64_t counter;

	switch (a->status) {
	case ANSWER_OK:
	case ANSWER_REVOKED:
		return DEVICE_OK;
	case ANSWER_ROLLED_BACK:
		if (a->last <= a->counter) { /* a proxy or a lost connection sent the same request twice: ask anew */
			(void)err_set(e, "the county has seen this very request before");
			return DEVICE_NOT_COUNTY;
		}
		if (a->last - a->counter > COUNTER_LEAP_MAX) { /* a counter that cannot rise any more would shut this device out for good */
			(void)err_set(e, "the county claims to have seen request %llu of this device, far beyond any it can have made", (unsigned long long)a->last);
			return DEVICE_ALARM;
		}
		/* go on above what the county has seen, whatever becomes of this epoch */
		if (journal_get_u64(j, "counter", &counter) < 0 || (a->last > counter && journal_set_u64(j, "counter", a->last, e) != 0))
			return DEVICE_FAILED;
		(void)err_set(e, "the county has seen request %llu of this device, which this journal does not know: it was rolled back", (unsigned long long)a->last);
		return DEVICE_ROLLED_BACK;
	default:
		(void)err_set(e, "the county refuses: %s", answer_status_name(a->status));
		return DEVICE_REFUSED;
	}
}

/* Does the county hold an entry of our newest epoch that we do not know?  1 and o->stranger, 0, or -1. */
static int
is_ahead(struct device_outcome *o, struct journal *j, const struct answer *a)
{
	struct journal_entry x;
	uint8_t head[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	size_t i;
	int rc = journal_head(j, &epoch, &seq, head);

	for (i = 0; rc == 1 && i < a->nfronts; i++) {
		if (a->front[i].epoch != epoch)
			continue;
		journal_entry_init(&x);
		if ((rc = journal_by_hash(j, a->front[i].entry, &x)) == 0) {
			memcpy(o->stranger, a->front[i].entry, HASH_LEN);
			rc = 2;
		}
		journal_entry_free(&x);
	}
	return rc < 0 ? -1 : rc == 2;
}

int
device_owns(struct journal *j, const struct signer *s, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct entry h;
	uint8_t got[HASH_LEN], head[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;

	if (sigtext_parse(&t, p, n, e) != 0 || t.rest_len != 0)
		return -1;
	entry_hash(got, t.body, t.body_len);
	if (memcmp(got, hash, HASH_LEN) != 0)
		return err_set(e, "entry: not the one asked for");
	return entry_parse(&h, t.body, t.body_len, e) == 0 && journal_head(j, &epoch, &seq, head) == 1 && h.epoch == epoch &&
	    sigtext_verify(&t, 0, DSSE_ENTRY, signer_public(s));
}

/* The highest epoch the county knows: a new one must have a number that no copy of this device has taken. */
static int
note_epochs(struct journal *j, const struct answer *a, struct err *e)
{
	uint64_t known = 0, epoch = 0;
	size_t i;

	for (i = 0; i < a->nfronts; i++)
		epoch = a->front[i].epoch > epoch ? a->front[i].epoch : epoch;
	if (journal_get_u64(j, EPOCH_SEEN, &known) < 0)
		return err_set(e, "the journal cannot be read");
	return epoch > known ? journal_set_u64(j, EPOCH_SEEN, epoch, e) : 0;
}

uint32_t
device_next_epoch(struct journal *j)
{
	uint32_t next = journal_next_epoch(j);
	uint64_t seen = 0;

	(void)journal_get_u64(j, EPOCH_SEEN, &seen);
	return seen < UINT32_MAX && seen >= next ? (uint32_t)seen + 1 : next;
}

static enum device_verdict
judge(struct device_outcome *o, struct journal *j, struct county_keys *k, const struct answer *a, struct err *e)
{
	struct judging g = { .j = j };
	struct checkpoint cp;
	enum device_verdict v = judge_status(j, a, e);
	int ahead, rc;

	if (v != DEVICE_OK)
		return v;
	if (checkpoint_open(&cp, a->note.data, a->note.len, &k->log, e) != 0 || extends(j, k, a, &cp, e) != 0)
		return DEVICE_ALARM;
	if ((ahead = is_ahead(o, j, a)) != 0) {
		(void)err_set(e, "the county names an entry of this device's newest epoch that this journal has not");
		return ahead < 0 ? DEVICE_FAILED : DEVICE_AHEAD;
	}
	if ((rc = device_ranges(o, &g, a, &cp, e)) != 0)
		return rc == -1 ? DEVICE_ALARM : DEVICE_FAILED;
	if (apply(o, &g, k, a, &cp, e) != 0)
		return DEVICE_FAILED;
	if (a->status == ANSWER_REVOKED) {
		(void)err_set(e, "the county has revoked this device");
		return DEVICE_REVOKED;
	}
	return DEVICE_OK;
}

enum device_verdict
device_answer(struct device_outcome *o, struct journal *j, const struct device_request *r, const void *p, size_t n, struct err *e)
{
	unsigned long lapses = lapse_count();
	enum device_verdict v = DEVICE_FAILED;
	struct county_keys k;
	struct answer a;
	struct buf device;

	memset(o, 0, sizeof(*o));
	answer_init(&a);
	buf_init(&device, HASH_LEN);
	if (device_keys(j, &k, e) != 0 || journal_get(j, "device", &device) != 1 || device.len != HASH_LEN)
		goto out;
	v = DEVICE_NOT_COUNTY;
	if (answer_parse(&a, p, n, k.service, e) != 0) {
		if (lapse_count() != lapses)
			v = DEVICE_FAILED;
		goto out;
	}
	if (memcmp(a.nonce, r->nonce, sizeof(a.nonce)) != 0 || a.counter != r->counter || memcmp(a.device, device.data, HASH_LEN) != 0 ||
	    memcmp(a.log, k.log_id, HASH_LEN) != 0) {
		(void)err_set(e, "answer: signed by the county, but to another request");
		o->replayed = 1;
		goto out;
	}
	o->time = a.time;
	v = note_epochs(j, &a, e) != 0 ? DEVICE_FAILED : judge(o, j, &k, &a, e);
	o->doubled = v == DEVICE_NOT_COUNTY;
	/* out of memory, nothing was found out about the county */
	if (v == DEVICE_ALARM && lapse_count() != lapses)
		v = DEVICE_FAILED;
	if (v == DEVICE_ALARM)
		keep_alarm(j, r, p, n);
out:
	answer_free(&a);
	buf_free(&device);
	return v;
}

int
device_enrolled(struct journal *j, const struct enrolled *a, const char *url, struct err *e)
{
	struct county_keys k;
	struct checkpoint cp;

	if (keys_parse(&k, a->keys.data, a->keys.len, e) != 0 || checkpoint_open(&cp, a->note.data, a->note.len, &k.log, e) != 0)
		return -1;
	if (journal_set(j, "keys", a->keys.data, a->keys.len, e) != 0 || journal_set(j, "url", url, strlen(url), e) != 0 ||
	    journal_set(j, "origin", k.log.name, strlen(k.log.name), e) != 0 || journal_set_u64(j, "records-next", 0, e) != 0 ||
	    journal_record_add(j, a->index, a->record.data, a->record.len, e) != 0 ||
	    journal_note_add(j, cp.size, a->note.data, a->note.len, e) != 0)
		return -1;
	/* last: with "log" set this device counts as enrolled */
	return journal_set(j, "log", k.log_id, HASH_LEN, e);
}

int
device_stored(struct journal *j, const uint8_t hash[HASH_LEN], uint64_t len, const void *p, size_t n, struct err *e)
{
	struct county_keys k;
	uint8_t log[HASH_LEN], got[HASH_LEN];
	uint64_t got_len;

	if (device_keys(j, &k, e) != 0 || stored_parse(log, got, &got_len, p, n, k.service, e) != 0)
		return -1;
	if (memcmp(log, k.log_id, HASH_LEN) != 0 || memcmp(got, hash, HASH_LEN) != 0 || got_len != len)
		return err_set(e, "stored answer: signed by the county, but about another attachment");
	return journal_attachment_delivered(j, hash, e);
}
