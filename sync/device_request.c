#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "sync/device_internal.h"
#include "sync/frame.h"
#include "sync/request.h"

/* Making a request from the journal (docs/format.md 10.1). */

/* Set-aside entries that one request tries again, each in a frame of its own. */
#define ASIDE_MAX 64

/* Entries on their way into one frame: copies, for the journal's rows do not outlive its walk. */
struct batch {
	struct frame_entry x[FRAME_ENTRIES_MAX];
	struct buf payload[FRAME_ENTRIES_MAX], personal[FRAME_ENTRIES_MAX];
	uint8_t salt[FRAME_ENTRIES_MAX][ENTRY_SALT_LEN];
	size_t n;
	size_t bytes;
};

struct walk {
	struct journal *j;
	struct request head;
	const struct county_keys *keys;
	struct batch b;
	struct buf frames;
	size_t max;
	uint64_t entries;
	uint8_t last[HASH_LEN];   /* of the frame before, and that entry */
	struct entry last_h;
	struct entry hint_h[REQUEST_HINTS_MAX];
	struct frame_form form;
	int full;
	uint8_t aside[ASIDE_MAX][HASH_LEN];
	size_t naside;
	struct err *e;
};

/* Bodies of one frame stay well under the receiver's limits. */
#define BATCH_BYTES_MAX (256U << 10)

static void
batch_reset(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		buf_free(&b->payload[i]);
		buf_free(&b->personal[i]);
	}
	b->n = 0;
	b->bytes = 0;
}

/* The entry before ${h} where the receiver has it before its eyes: in the frame before, or in the hint.  NULL: its hash must be sent along. */
static const struct entry *
before_of(const struct walk *w, const struct entry *h)
{
	size_t i;

	if (h->seq == 0)
		return NULL;
	for (i = 0; i < w->head.nhints; i++)
		if (memcmp(w->head.hint[i].entry, h->prev, HASH_LEN) == 0)
			return &w->hint_h[i];
	return memcmp(w->last, h->prev, HASH_LEN) == 0 ? &w->last_h : NULL;
}

/* ${whole}: version 1 and nothing named by reference, for an entry that was refused. */
static int
batch_flush(struct walk *w, int whole)
{
	const struct frame_entry *last;
	int version = w->form.version, rc = 0;

	if (w->b.n > 0) {
		w->form.version = whole ? 1 : version;
		w->form.before = whole ? NULL : before_of(w, &w->b.x[0].h);
		w->form.give_prev = w->form.before == NULL;
		w->form.known = whole ? 0 : w->head.size;
		rc = frame_encode_as(&w->frames, w->b.x, w->b.n, &w->form, NULL, w->e);
		w->form.version = version;
	}
	if (rc == 0 && w->b.n > 0) {
		last = &w->b.x[w->b.n - 1];
		w->entries += w->b.n;
		w->last_h = last->h;
		memcpy(w->last, last->hash, HASH_LEN);
	}
	batch_reset(&w->b);
	return rc;
}

/* Is the form the one the county published under that name? */
static int
is_published(struct journal *j, const struct entry *h)
{
	char version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct buf xml;
	int rc;

	if (!h->has_form)
		return 0;
	buf_init(&xml, DEVICE_FORM_MAX);
	memcpy(version, h->form_version, sizeof(version));
	rc = journal_form(j, h->form, version, hash, &xml) == 1 && memcmp(hash, h->form_hash, HASH_LEN) == 0;
	buf_free(&xml);
	return rc;
}

static int
batch_add(struct walk *w, const struct journal_entry *x)
{
	struct batch *b = &w->b;
	struct frame_entry *f = &b->x[b->n];
	size_t i = b->n++;

	memset(f, 0, sizeof(*f));
	f->h = x->h;
	memcpy(f->hash, x->hash, HASH_LEN);
	memcpy(f->sig, x->sig[0].sig, SIG_LEN);
	if (x->nsigs > 1)
		memcpy(f->person, x->sig[1].sig, SIG_LEN);
	buf_init(&b->payload[i], ENTRY_PAYLOAD_MAX);
	buf_init(&b->personal[i], ENTRY_PERSONAL_MAX);
	if (buf_put(&b->payload[i], x->payload.data, x->payload.len) != 0 || buf_put(&b->personal[i], x->personal.data, x->personal.len) != 0)
		return err_set(w->e, "out of memory");
	memcpy(b->salt[i], x->salt, ENTRY_SALT_LEN);
	f->payload = b->payload[i].data;
	f->payload_len = b->payload[i].len;
	f->salt = b->salt[i];
	f->personal = b->personal[i].data;
	f->personal_len = b->personal[i].len;
	f->form_published = i > 0 && f[-1].h.has_form && memcmp(f[-1].h.form_hash, x->h.form_hash, HASH_LEN) == 0 ?
	    f[-1].form_published : is_published(w->j, &x->h);
	b->bytes += f->payload_len + f->personal_len;
	return 0;
}

/* An unconfirmed entry: the first of its epoch gives that epoch's hint, each goes into a frame while there is room. */
static int
take_entry(void *ctx, const struct journal_entry *x)
{
	struct walk *w = ctx;
	const struct frame_entry *last = w->b.n ? &w->b.x[w->b.n - 1] : NULL;
	size_t size = x->payload.len + x->personal.len;

	if (w->frames.len + w->b.bytes >= w->max) {
		w->full = 1;
		return 1;
	}
	if (strcmp(x->state, "set-aside") == 0) { /* one that was refused does not hold up the rest */
		if (w->naside < ASIDE_MAX && (x->h.personal_len == 0 || x->has_personal))
			memcpy(w->aside[w->naside++], x->hash, HASH_LEN);
		return 0;
	}
	if (x->personal_locked == JOURNAL_LOCKED) /* confirmed once, and the county lost it: when somebody signs in */
		return 0;
	if (x->h.personal_len > 0 && !x->has_personal) /* gone, or the key it lay under is: it can never be sent */
		return journal_set_state(w->j, x->hash, "set-aside", w->e);
	if (last != NULL && (w->b.n == FRAME_ENTRIES_MAX || last->h.epoch != x->h.epoch || last->h.seq + 1 != x->h.seq || w->b.bytes + size > BATCH_BYTES_MAX))
		if (batch_flush(w, 0) != 0)
			return -1;
	return batch_add(w, x);
}

/* All that waits, in order; then what was set aside, once more and alone. */
static int
put_frames(struct walk *w)
{
	struct journal_entry x;
	size_t i;
	int rc = journal_each_unconfirmed(w->j, take_entry, w) < 0 ? -1 : batch_flush(w, 0);

	for (i = 0; rc == 0 && i < w->naside && w->frames.len < w->max; i++) {
		journal_entry_init(&x);
		rc = journal_by_hash(w->j, w->aside[i], &x) == 1 ? batch_add(w, &x) : -1;
		if (rc == 0)
			rc = batch_flush(w, 1);
		journal_entry_free(&x);
	}
	return rc;
}

/* The last entry with a receipt, an epoch a line, newest first. */
static int
add_hints(struct walk *w, uint32_t epoch)
{
	struct journal_entry x;
	struct request_hint *h;
	uint64_t upto;
	int rc = 1;

	for (; rc >= 0 && epoch >= 1 && w->head.nhints < REQUEST_HINTS_MAX; epoch--) {
		journal_entry_init(&x);
		rc = journal_last_confirmed(w->j, epoch, &upto);
		if (rc == 1 && (rc = journal_by_seq(w->j, epoch, upto, &x)) == 1) {
			w->hint_h[w->head.nhints] = x.h;
			h = &w->head.hint[w->head.nhints++];
			h->epoch = epoch;
			h->seq = upto;
			memcpy(h->entry, x.hash, HASH_LEN);
		}
		journal_entry_free(&x);
	}
	return rc < 0 ? -1 : 0;
}

/* What the head says of us, all but the counter. */
static int
fill_head(struct walk *w, const uint8_t *device)
{
	struct buf log;
	uint8_t hash[HASH_LEN];
	uint64_t seq;
	int rc = -1;

	buf_init(&log, HASH_LEN);
	memcpy(w->head.device, device, HASH_LEN);
	random_bytes(w->head.nonce, sizeof(w->head.nonce));
	if (journal_get(w->j, "log", &log) != 1 || log.len != HASH_LEN)
		(void)err_set(w->e, "this device is not enrolled yet");
	else if (journal_head(w->j, &w->head.epoch, &seq, hash) != 1 || device_size(w->j, &w->head.size) != 0 ||
	    journal_get_u64(w->j, "records-next", &w->head.records) < 0 || add_hints(w, w->head.epoch) != 0)
		(void)err_set(w->e, "the journal cannot be read");
	else
		rc = 0;
	if (rc == 0)
		memcpy(w->head.log, log.data, HASH_LEN);
	buf_free(&log);
	return rc;
}

static int
raise_counter(struct walk *w)
{
	if (journal_get_u64(w->j, "counter", &w->head.counter) < 0)
		return err_set(w->e, "the journal cannot be read");
	w->head.counter++;
	return journal_set_u64(w->j, "counter", w->head.counter, w->e);
}

int
device_keys(struct journal *j, struct county_keys *k, struct err *e)
{
	struct buf text;
	int rc = -1;

	buf_init(&text, KEYS_MAX);
	if (journal_get(j, "keys", &text) != 1)
		(void)err_set(e, "this device is not enrolled yet");
	else
		rc = keys_parse(k, text.data, text.len, e);
	buf_free(&text);
	return rc;
}

int
device_request(struct device_request *r, struct journal *j, const struct signer *s, size_t max_bytes, struct err *e)
{
	struct county_keys keys;
	struct walk *w = lapsed(calloc(1, sizeof(*w)));
	struct buf device;
	int rc = -1;

	memset(r, 0, sizeof(*r));
	buf_init(&r->bytes, REQUEST_MAX);
	buf_init(&device, HASH_LEN);
	if (w == NULL)
		return err_set(e, "out of memory");
	w->j = j;
	w->keys = &keys;
	w->max = max_bytes;
	w->e = e;
	buf_init(&w->frames, REQUEST_MAX);
	if (device_keys(j, &keys, e) != 0)
		goto out;
	if (journal_get(j, "device", &device) != 1 || device.len != HASH_LEN) {
		(void)err_set(e, "the journal does not know its device");
		goto out;
	}
	if (fill_head(w, device.data) != 0)
		goto out;
	w->form.log = w->head.log;
	w->form.sealing = keys.sealing;
	if (device_wire(j, &w->form.version, &w->form.dict) != 0) {
		(void)err_set(e, "the journal cannot be read");
		goto out;
	}
	if (max_bytes > 0 && put_frames(w) != 0) {
		(void)err_add(e, "request");
		goto out;
	}
	if (raise_counter(w) != 0 || request_print(&r->bytes, &w->head, s) != 0 || buf_put(&r->bytes, w->frames.data, w->frames.len) != 0)
		goto out;
	memcpy(r->nonce, w->head.nonce, sizeof(r->nonce));
	r->counter = w->head.counter;
	r->size = w->head.size;
	r->entries = w->entries;
	r->unsent_left = w->full;
	r->plain = w->form.version == 1;
	rc = 0;
out:
	batch_reset(&w->b);
	buf_free(&w->frames);
	buf_free(&device);
	free(w);
	if (rc != 0)
		buf_free(&r->bytes);
	return rc;
}
