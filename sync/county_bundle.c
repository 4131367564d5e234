#include <string.h>

#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county.h"
#include "sync/county_files.h"
#include "sync/county_internal.h"
#include "sync/frame.h"
#include "sync/heads.h"
#include "sync/squeezed.h"

/* Bundles at the county: taken in part by part, answered by one that is carried back. */

#define FRAMES_MAX (4U << 20) /* of frames that go into the log together */
#define NOTE_MOST 16384

/* One bundle while it is taken in. */
struct intake {
	struct county *c;
	struct county_carried *got;
	struct ledger_device dev;
	struct buf frames;
	uint64_t now;
	uint32_t epoch;            /* of got->request */
	uint64_t counter;
	struct err *e;
};

/* Into the log with the frames collected so far; each entry counts by its own signature. */
static int
append_frames(struct intake *k)
{
	struct request r = { .epoch = k->dev.epoch };
	struct answer a;
	struct ingest in = { .c = k->c, .r = &r, .a = &a, .stats = &k->got->stats, .dev = k->dev };
	struct buf note;
	uint64_t first, count = 0;
	int rc = -1;

	if (k->frames.len == 0)
		return 0;
	answer_init(&a);
	buf_init(&note, NOTE_MAX);
	memcpy(r.log, k->got->head.log, HASH_LEN);
	memcpy(r.device, k->got->head.device, HASH_LEN);
	if (ingest_frames(&in, k->frames.data, k->frames.len, k->e) == 0 && ingest_forks(&in, k->now, k->e) == 0 &&
	    (in.nitems == 0 || ledger_append(k->c->l, in.items, in.nitems, k->now, county_sign_head, k->c, &first, &count, &note, k->e) == 0))
		rc = 0;
	k->got->stats.entries += count > in.nforks ? count - in.nforks : 0;
	ingest_free(&in);
	answer_free(&a);
	buf_free(&note);
	buf_reset(&k->frames);
	/* a new epoch's key may have come with them */
	return rc == 0 && ledger_device(k->c->l, k->got->head.device, &k->dev) < 0 ? err_set(k->e, "the ledger cannot be read") : rc;
}

static int
take_part(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct intake *k = ctx;

	if (kind != BUNDLE_FRAME || n > FRAME_LENGTH_MAX + FRAME_HEAD_LEN)
		return 0;
	if (k->frames.len + n > FRAMES_MAX && append_frames(k) != 0)
		return -1;
	k->got->stats.frames++;
	return buf_put(&k->frames, p, n) == 0 ? 0 : -1;
}

/*
 * What the device asks, to be answered: anybody can seal parts to a county,
 * so it counts by its own signature, under a key that the bundle's entries may
 * have brought; of several (an older one put in beside) the newest.
 */
static int
take_request(struct intake *k, const uint8_t *p, size_t n)
{
	uint8_t key[KEY_LEN];
	struct request r;
	size_t used;

	if (request_parse(&r, &used, p, n, NULL) != 0 || used != n || memcmp(r.device, k->got->head.device, HASH_LEN) != 0 ||
	    ledger_device_key(k->c->l, r.device, r.epoch, key) != 1 || !request_verify(p, used, key))
		return 0;
	if (k->got->request.len > 0 && (r.epoch < k->epoch || (r.epoch == k->epoch && r.counter <= k->counter)))
		return 0;
	k->epoch = r.epoch;
	k->counter = r.counter;
	buf_reset(&k->got->request);
	return buf_put(&k->got->request, p, n) == 0 ? 0 : err_set(k->e, "out of memory");
}

/* After the entries: what they name, and whose key they brought. */
static int
take_behind(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct intake *k = ctx;
	struct buf out;
	struct err why;
	int rc;

	if (kind == BUNDLE_REQUEST)
		return take_request(k, p, n);
	if (kind != BUNDLE_ATTACHMENT || n < HASH_LEN)
		return 0;
	buf_init(&out, 8192);
	rc = county_attachment(k->c, p, p + HASH_LEN, n - HASH_LEN, 0, k->now, &out, &why);
	k->got->attachments += rc == 0;
	k->got->unwanted += rc == 1;
	buf_free(&out);
	return rc < 0 ? err_set(k->e, "%s", why.text) : 0;
}

int
county_bundle(struct county *c, const void *p, size_t n, uint64_t now, struct county_carried *got, struct err *e)
{
	struct intake k = { .c = c, .got = got, .now = now, .e = e };
	struct bundle_found again;
	const char *why;
	size_t used;
	int rc = 1;

	memset(got, 0, sizeof(*got));
	buf_init(&got->request, REQUEST_HEAD_MAX);
	if (bundle_parse(&got->head, &used, p, n, e) != 0)
		return 1;
	if (!got->head.up || !county_knows_log(c, got->head.log)) {
		(void)err_set(e, "bundle: %s", got->head.up ? "meant for another county's log" : "it goes to a village, not to a county");
		return 1;
	}
	if ((rc = ledger_device(c->l, got->head.device, &k.dev)) <= 0) {
		(void)err_set(e, rc < 0 ? "the ledger cannot be read" : "bundle: of a device that this county has not enrolled");
		return rc < 0 ? -1 : 1;
	}
	if (!ledger_may_sign(c->l, &why))
		return err_set(e, "%s", why);
	buf_init(&k.frames, FRAMES_MAX + FRAME_LENGTH_MAX + FRAME_HEAD_LEN);
	rc = bundle_each((const uint8_t *)p + used, n - used, c->sealing, take_part, &k, &got->found);
	if (rc == 0)
		rc = append_frames(&k);
	if (rc == 0)
		rc = bundle_each((const uint8_t *)p + used, n - used, c->sealing, take_behind, &k, &again);
	buf_free(&k.frames);
	return rc == 0 ? 0 : -1;
}

/* One bundle down while it is made. */
struct parcel {
	struct county *c;
	struct buf parts;
	uint64_t n;
	uint8_t key[32];
	uint8_t device[HASH_LEN];
};

static int
put_part(struct parcel *w, enum bundle_kind kind, const struct buf *b)
{
	w->n++;
	return bundle_part(&w->parts, kind, b->data, b->len, w->key);
}

static int
put_file(void *ctx, const struct buf *file)
{
	return put_part(ctx, BUNDLE_BODY, file);
}

static int
put_text(struct parcel *w, uint64_t index, struct buf *b)
{
	struct buf salted;
	int rc;

	buf_init(&salted, LEDGER_SALTED_MAX + ENTRY_SALT_LEN);
	if ((rc = county_text(w->c->l, index, w->device, &salted)) == 1)
		rc = squeezed_put(b, salted.data, salted.len) != 0 ? -1 : put_part(w, BUNDLE_TEXT, b);
	buf_free(&salted);
	return rc;
}

/* What a record of the answer names and the device cannot make up: the body of a form or dictionary, a review's note. */
static int
put_behind(struct parcel *w, const struct answer_record *x)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct ledger_device dev;
	struct record rec;
	struct buf b;
	int rc = 0;

	if (!leaf_is_record(x->leaf.data, x->leaf.len) || record_parse(&rec, x->leaf.data + 1, x->leaf.len - 1, NULL) != 0)
		return 0;
	buf_init(&b, BUNDLE_PART_MAX);
	if (rec.kind == RECORD_FORM && record_form(&rec, id, version, hash) == 0 && ledger_form_body(w->c->l, hash, &b) == 1)
		rc = put_part(w, BUNDLE_BODY, &b) != 0 ? -1 : county_files_each(w->c->l, hash, put_file, w);
	else if (rec.kind == RECORD_DICTIONARY && record_hash(&rec, "dict", hash) == 0 && ledger_form_body(w->c->l, hash, &b) == 1)
		rc = put_part(w, BUNDLE_BODY, &b);
	else if (rec.kind == RECORD_REVIEW && buf_be(&b, x->index, 8) == 0 && county_note(w->c->l, x->index, &b, &dev) == 1)
		rc = put_part(w, BUNDLE_NOTE, &b);
	else if ((rec.kind == RECORD_PLAN || rec.kind == RECORD_MESSAGE) && buf_be(&b, x->index, 8) == 0)
		rc = put_text(w, x->index, &b);
	buf_free(&b);
	record_free(&rec);
	return rc;
}

int
county_parcel(struct county *c, const struct request *r, const struct buf *text, struct buf *out, struct err *e)
{
	struct parcel w = { .c = c };
	struct bundle head = { .up = 0 };
	struct ledger_device dev;
	struct answer a;
	size_t i;
	int rc = 0;

	memcpy(w.device, r->device, HASH_LEN);
	buf_init(&w.parts, ANSWER_MAX + BUNDLE_PART_MAX);
	answer_init(&a);
	if (ledger_device(c->l, r->device, &dev) != 1 || seal_key_of_signer(dev.key, w.key) != 0 || put_part(&w, BUNDLE_KEYS, &c->keys_text) != 0 || put_part(&w, BUNDLE_ANSWER, text) != 0 ||
	    answer_parse(&a, text->data, text->len, c->keys.service, e) != 0)
		rc = err_set(e, "the answer cannot be put into a bundle");
	for (i = 0; rc == 0 && i < a.nrecords; i++)
		if (put_behind(&w, &a.record[i]) != 0)
			rc = err_set(e, "the bundle's parts do not fit");
	memcpy(head.log, c->keys.log_id, HASH_LEN);
	memcpy(head.device, r->device, HASH_LEN);
	head.counter = r->counter;
	head.parts = w.n;
	if (rc == 0 && (bundle_head(out, &head, c->service) != 0 || buf_put(out, w.parts.data, w.parts.len) != 0 || heads_put(out, a.note.data, a.note.len) != 0))
		rc = err_set(e, "the bundle does not fit");
	answer_free(&a);
	buf_free(&w.parts);
	return rc;
}

int
county_bundle_down(struct county *c, const void *request, size_t n, uint64_t now, struct buf *out, struct err *e)
{
	struct county_stats stats;
	struct request r;
	struct buf text;
	size_t used;
	int rc;

	if (request_parse(&r, &used, request, n, e) != 0)
		return 1;
	/* it knows only a log that ours continues: first it has to learn that */
	if (memcmp(r.log, c->keys.log_id, HASH_LEN) != 0 && county_knows_log(c, r.log))
		return county_bundle_succession(c, r.device, out, e);
	buf_init(&text, ANSWER_MAX);
	if ((rc = county_answer_carried(c, request, used, now, &text, &stats, e)) == 0)
		rc = county_parcel(c, &r, &text, out, e);
	buf_free(&text);
	return rc;
}
