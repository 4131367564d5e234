#include "agent/sync/stick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/heads.h"
#include "agent/record/instances.h"
#include "agent/sync/note.h"
#include "agent/sync/stick_succession.h"
#include "agent/texts.h"
#include "agent/thumb.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "forms/form.h"
#include "sync/bundle.h"
#include "sync/device.h"
#include "sync/frame.h"
#include "sync/request.h"

/* Requests that went out on sticks: counter, nonce, size, newest first. */
#define OUT_KEY "sticks-out"
#define OUT_KEPT 16
#define OUT_LEN 32

struct writing {
	struct agent *ag;
	struct buf *out;
	struct stick_written *w;
	uint64_t parts, photos, photos_max;
	int thumbs;                /* the turn of thumbnails, not of photos */
	uint8_t key[32];
	struct err *e;
};

static int
put_part(struct writing *x, enum bundle_kind kind, const void *p, size_t n)
{
	x->parts++;
	return bundle_part(x->out, kind, p, n, x->key) == 0 ? 0 : err_set(x->e, "the bundle is longer than %zu bytes", STICK_MAX);
}

static int
put_attachment(void *ctx, const struct attachment *a)
{
	struct writing *x = ctx;
	struct buf b;
	int rc;

	if (thumb_is(a) != x->thumbs)
		return 0;
	if (a->len + HASH_LEN > BUNDLE_PART_MAX || x->photos + a->len > x->photos_max) {
		x->w->more = 1;
		return 0;
	}
	buf_init(&b, (size_t)a->len + HASH_LEN + 1);
	if ((rc = buf_put(&b, a->hash, HASH_LEN)) == 0)
		rc = journal_attachment_get(x->ag->j, a->hash, &b, x->e);
	if (rc == 0) {
		x->photos += a->len;
		x->w->attachments++;
		rc = put_part(x, BUNDLE_ATTACHMENT, b.data, b.len);
	} else { /* one that is lost or locked does not hold up the others */
		rc = 0;
	}
	buf_free(&b);
	return rc;
}

/* Thumbnails first: a stick that has no room for all photos still shows what they are of. */
static int
put_attachments(struct writing *x)
{
	x->thumbs = 1;
	if (journal_each_attachment(x->ag->j, 1, put_attachment, x) != 0)
		return -1;
	x->thumbs = 0;
	return journal_each_attachment(x->ag->j, 1, put_attachment, x);
}

/* Head and frames apart, so that damage costs one frame. */
static int
put_request(struct writing *x, const struct device_request *r)
{
	const uint8_t *p = r->bytes.data;
	size_t n = r->bytes.len, used;
	struct request head;
	int64_t len;

	if (request_parse(&head, &used, p, n, x->e) != 0 || put_part(x, BUNDLE_REQUEST, p, used) != 0)
		return -1;
	for (p += used, n -= used; n > 0; p += len, n -= (size_t)len)
		if ((len = frame_length(p, n)) <= 0 || put_part(x, BUNDLE_FRAME, p, (size_t)len) != 0)
			return -1;
	return 0;
}

/* What the answer will be judged by, durable before the bundle leaves. */
static int
remember(struct agent *ag, const struct device_request *r, struct err *e)
{
	struct buf was, now;
	int rc;

	buf_init(&was, (size_t)OUT_KEPT * OUT_LEN);
	buf_init(&now, (size_t)OUT_KEPT * OUT_LEN);
	rc = journal_get(ag->j, OUT_KEY, &was);
	if (rc >= 0)
		rc = buf_be(&now, r->counter, 8) == 0 && buf_put(&now, r->nonce, sizeof(r->nonce)) == 0 && buf_be(&now, r->size, 8) == 0 &&
		    buf_put(&now, was.data, was.len > (OUT_KEPT - 1) * OUT_LEN ? (OUT_KEPT - 1) * OUT_LEN : was.len) == 0 ? 0 : -1;
	if (rc == 0)
		rc = journal_set(ag->j, OUT_KEY, now.data, now.len, e);
	else
		(void)err_set(e, "the journal cannot be read");
	buf_free(&was);
	buf_free(&now);
	return rc;
}

int
stick_expect(struct agent *ag, uint64_t counter, const uint8_t nonce[16], uint64_t size, struct err *e)
{
	struct device_request r = { .counter = counter, .size = size };

	memcpy(r.nonce, nonce, sizeof(r.nonce));
	return remember(ag, &r, e);
}

/* The request with that counter.  1, 0 or -1. */
static int
recall(struct agent *ag, uint64_t counter, struct device_request *r)
{
	struct buf b;
	size_t at;
	int rc;

	memset(r, 0, sizeof(*r));
	buf_init(&b, (size_t)OUT_KEPT * OUT_LEN);
	rc = journal_get(ag->j, OUT_KEY, &b);
	for (at = 0; rc == 1 && at + OUT_LEN <= b.len; at += OUT_LEN)
		if (dec_be(b.data + at, 8) == counter) {
			r->counter = counter;
			memcpy(r->nonce, b.data + at + 8, sizeof(r->nonce));
			r->size = dec_be(b.data + at + 24, 8);
			break;
		}
	rc = rc < 0 ? -1 : rc == 1 && at + OUT_LEN <= b.len;
	buf_free(&b);
	return rc;
}

int
stick_write(struct agent *ag, int answerable, uint64_t photos_max, struct buf *out, struct stick_written *w, struct err *e)
{
	struct device_request r = { .counter = 0 };
	struct writing x = { .ag = ag, .w = w, .photos_max = photos_max, .e = e };
	struct bundle head = { .up = 1 };
	struct county_keys keys;
	struct buf parts;
	int rc = -1;

	memset(w, 0, sizeof(*w));
	buf_init(&parts, STICK_MAX);
	x.out = &parts;
	if (device_keys(ag->j, &keys, e) != 0 || device_request(&r, ag->j, ag->s, REQUEST_MAX / 2, e) != 0)
		goto out;
	memcpy(x.key, keys.sealing, sizeof(x.key));
	w->entries = r.entries;
	w->more = r.unsent_left;
	if (put_request(&x, &r) != 0 || put_attachments(&x) != 0 || (answerable && remember(ag, &r, e) != 0))
		goto out;
	memcpy(head.log, keys.log_id, HASH_LEN);
	memcpy(head.device, ag->device, HASH_LEN);
	head.counter = r.counter;
	head.parts = x.parts;
	rc = bundle_head(out, &head, ag->s) == 0 && buf_put(out, parts.data, parts.len) == 0 && heads_carry(ag, out) == 0 ? 0 : err_set(e, "the bundle is longer than %zu bytes", STICK_MAX);
out:
	buf_free(&r.bytes);
	buf_free(&parts);
	return rc;
}

/* A bundle down while it is read. */
struct reading {
	struct agent *ag;
	struct stick_read *got;
	uint64_t parts, seen;      /* as the signed head has it: what was put in beside, by whoever carried it, is not looked at */
	struct buf answer;
	struct device_outcome o;
	struct err *e;
};

static int
find_answer(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct reading *x = ctx;

	if (x->seen++ == x->parts)
		return 1;
	if (kind != BUNDLE_ANSWER)
		return 0;
	return buf_put(&x->answer, p, n) == 0 ? 1 : -1;
}

/* A body is kept when its hash is that of a form, or of the dictionary, whose record is here. */
static int
take_body(struct reading *x, const uint8_t *p, size_t n)
{
	struct device_dict d;
	uint8_t hash[HASH_LEN];
	struct err e = { "" };
	size_t i;

	sha256(hash, p, n);
	if (device_dict_due(&d, x->ag->j) == 0 && d.due && memcmp(d.hash, hash, HASH_LEN) == 0) {
		if (device_dict_take(x->ag->j, &d, p, n, &e) != 0) /* without it everything goes as before */
			log_msg(LOG_WARN, "the county's dictionary is of no use: %s", e.text);
		return 0;
	}
	for (i = 0; i < x->o.nforms; i++) {
		const struct device_form *f = &x->o.form[i];

		if (memcmp(f->hash, hash, HASH_LEN) != 0)
			continue;
		x->got->forms++;
		return journal_form_add(x->ag->j, f->id, f->version, f->hash, f->index, p, n, x->e);
	}
	/* a file beside a form, which came before it */
	return instances_take(x->ag, p, n, x->e) < 0 ? -1 : 0;
}

static int
take_note(struct reading *x, const uint8_t *p, size_t n)
{
	return n < 8 || note_keep(x->ag, dec_be(p, 8), p + 8, n - 8, x->e) >= 0 ? 0 : -1;
}

static int
take_rest(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct reading *x = ctx;

	if (x->seen++ == x->parts)
		return 1;
	if (kind == BUNDLE_BODY && n <= FORM_BYTES_MAX)
		return take_body(x, p, n);
	if (kind == BUNDLE_TEXT)
		return n < 8 || texts_keep(x->ag, dec_be(p, 8), p + 8, n - 8, x->e) >= 0 ? 0 : -1;
	return kind == BUNDLE_NOTE ? take_note(x, p, n) : 0;
}

/* Older than what this device has verified since: its receipts came another way, or come with the next. */
static int
is_stale(struct agent *ag, const struct device_request *r)
{
	uint64_t size = 0;

	return device_size(ag->j, &size) != 0 || size != r->size;
}

static int
find_keys(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct buf *b = ctx;

	return kind == BUNDLE_KEYS && buf_put(b, p, n) == 0 ? 1 : 2;
}

/* Signed by a key that this device does not know: the first part may be the county.keys that it missed.  1 newer ones are in force, 0, -1. */
static int
keys_missed(struct agent *ag, const uint8_t *parts, size_t n, struct county_keys *keys, struct err *e)
{
	struct sealer *key = sealer_of_signer(ag->s);
	struct bundle_found found;
	struct buf b;
	int rc = 0;

	buf_init(&b, KEYS_MAX);
	if (key == NULL)
		rc = err_set(e, "out of memory");
	else if (bundle_each(parts, n, key, find_keys, &b, &found) == 1 && device_take_keys(ag->j, b.data, b.len, e) == 1)
		rc = device_keys(ag->j, keys, e) == 0 ? 1 : -1;
	buf_free(&b);
	sealer_free(key);
	return rc;
}

/* Whether the head names this device, its county, and a request that is remembered; and how many parts it has.  0, 1 with the reason, -1; 2 when it showed that the county's log goes on as another. */
static int
check_head(struct agent *ag, const void *p, size_t n, struct device_request *r, size_t *used, uint64_t *parts, struct err *e)
{
	struct county_keys keys;
	struct bundle b;
	int rc;

	if (bundle_parse(&b, used, p, n, e) != 0)
		return 1;
	*parts = b.parts;
	if (device_keys(ag->j, &keys, e) != 0)
		return -1;
	if (!b.up && memcmp(b.device, ag->device, HASH_LEN) == 0 && memcmp(b.log, keys.log_id, HASH_LEN) != 0)
		return stick_succeed(ag, p, n, *used, e);
	if (b.up || memcmp(b.device, ag->device, HASH_LEN) != 0)
		rc = err_set(e, "bundle: it is %s", b.up ? "on its way to a county" : "for another device or of another county") + 2;
	else if (!bundle_verify(p, n, keys.service) && (keys_missed(ag, (const uint8_t *)p + *used, n - *used, &keys, e) != 1 || !bundle_verify(p, n, keys.service)))
		rc = err_set(e, "bundle: not signed by this device's county") + 2;
	else if ((rc = recall(ag, b.counter, r)) == 1)
		rc = is_stale(ag, r) ? err_set(e, "bundle: older than what this device has heard from the county since; nothing in it is needed") + 2 : 0;
	else
		rc = rc < 0 ? err_set(e, "the journal cannot be read") : err_set(e, "bundle: it answers no bundle that this device wrote") + 2;
	return rc;
}

static int
judge(struct reading *x, const struct device_request *r, struct err *e)
{
	enum device_verdict v;

	if (x->answer.len == 0)
		return err_set(e, "bundle: its answer is damaged; write a new one at the county") + 2;
	v = device_answer(&x->o, x->ag->j, r, x->answer.data, x->answer.len, e);
	if (v == DEVICE_ALARM)
		(void)err_add(e, "ALARM, kept as evidence in %s/alarms", x->ag->dir);
	if (v != DEVICE_OK && v != DEVICE_REVOKED)
		return v == DEVICE_FAILED ? -1 : 1;
	x->got->confirmed = x->o.confirmed;
	x->got->records = x->o.records;
	return device_forms_due(&x->o, x->ag->j) == 0 ? 0 : err_set(e, "the journal cannot be read");
}

int
stick_read(struct agent *ag, const void *p, size_t n, struct stick_read *got, struct err *e)
{
	struct sealer *key = sealer_of_signer(ag->s);
	struct reading *x = lapsed(calloc(1, sizeof(*x)));
	struct device_request r;
	struct bundle_found found;
	const uint8_t *parts;
	size_t used;
	int rc = -1;

	memset(got, 0, sizeof(*got));
	if (key == NULL || x == NULL) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	x->ag = ag;
	x->got = got;
	x->e = e;
	buf_init(&x->answer, BUNDLE_PART_MAX);
	if ((rc = check_head(ag, p, n, &r, &used, &x->parts, e)) != 0) {
		got->succeeded = rc == 2;
		rc = rc == 2 ? 0 : rc;
		goto out;
	}
	parts = (const uint8_t *)p + used;
	if (bundle_each(parts, n - used, key, find_answer, x, &found) < 0)
		rc = -1;
	else if ((rc = judge(x, &r, e)) == 0) {
		x->seen = 0;
		rc = bundle_each(parts, n - used, key, take_rest, x, &found) < 0 ? -1 : 0;
	}
	got->damaged = found.damaged;
out:
	if (x != NULL)
		buf_free(&x->answer);
	free(x);
	sealer_free(key);
	return rc;
}
