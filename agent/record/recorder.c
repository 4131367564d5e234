#include "agent/record/recorder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/admit.h"
#include "agent/record/places.h"
#include "agent/thumb.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "evidence/checkpoint.h"
#include "evidence/dsse.h"

void
draft_init(struct draft *d, const char *kind, const struct agent *ag)
{
	memset(d, 0, sizeof(*d));
	d->kind = kind;
	(void)strcpy(d->place, ag->place);
	(void)strcpy(d->actor, "device");
	buf_init(&d->payload, ENTRY_PAYLOAD_MAX);
	buf_init(&d->personal, ENTRY_PERSONAL_MAX);
}

void
draft_free(struct draft *d)
{
	buf_free(&d->payload);
	buf_free(&d->personal);
}

/* The newest checkpoint as an entry names it, with what it was made of: verified once, not for every record. */
struct anchor {
	uint8_t keys[HASH_LEN], note[HASH_LEN]; /* SHA-256 of county.keys and of the note */
	struct checkpoint cp;
};

/* The anchor of ${keys} and ${note}, verified now unless it was the last one.  NULL on failure. */
static const struct anchor *
anchor_of(struct agent *ag, const struct buf *keys, const struct buf *note, struct err *e)
{
	struct anchor now;
	struct county_keys k;

	sha256(now.keys, keys->data, keys->len);
	sha256(now.note, note->data, note->len);
	if (ag->anchor != NULL && memcmp(ag->anchor->keys, now.keys, HASH_LEN) == 0 && memcmp(ag->anchor->note, now.note, HASH_LEN) == 0)
		return ag->anchor;
	if (keys_parse(&k, keys->data, keys->len, e) != 0 || checkpoint_open(&now.cp, note->data, note->len, &k.log, e) != 0)
		return NULL;
	if (ag->anchor == NULL && (ag->anchor = lapsed(malloc(sizeof(now)))) == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	*ag->anchor = now;
	return ag->anchor;
}

static int
set_anchor(struct agent *ag, struct entry *h, struct err *e)
{
	const struct anchor *a;
	struct buf keys, note;
	unsigned long lapses = lapse_count();
	uint64_t size = 0;
	int rc = 0, got;

	buf_init(&keys, KEYS_MAX);
	buf_init(&note, NOTE_MAX);
	if ((got = journal_get(ag->j, "keys", &keys)) == 1)
		got = journal_note_newest(ag->j, &size, &note);
	if (got < 0) {
		rc = err_set(e, "the journal cannot be read");
	} else if (got == 1 && size > 0) {
		if ((a = anchor_of(ag, &keys, &note, e)) != NULL) {
			h->anchor_size = size;
			memcpy(h->anchor_root, a->cp.root, HASH_LEN);
			memcpy(h->anchor_note, a->note, HASH_LEN);
		} else if (lapse_count() != lapses) {
			rc = -1;
		} else {
			log_msg(LOG_WARN, "what the journal holds of the county is spoilt (%s); recording goes on without", e != NULL ? e->text : "?");
		}
	}
	buf_free(&keys);
	buf_free(&note);
	return rc;
}

/* Log and anchor never fall behind those of the entry before, also where the notes of then were lost. */
static int
inherit(struct agent *ag, struct entry *h)
{
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	int rc = journal_head(ag->j, &epoch, &seq, hash);

	if (rc != 1)
		return rc;
	journal_entry_init(&x);
	/* an epoch names one log, also where another has succeeded it */
	if ((rc = journal_by_hash(ag->j, hash, &x)) == 1 && x.h.has_log && (!h->has_log || x.h.epoch == h->epoch)) {
		h->has_log = 1;
		memcpy(h->log, x.h.log, HASH_LEN);
	}
	/* but for another log, which has sizes of its own */
	if (rc == 1 && x.h.anchor_size > h->anchor_size && (!x.h.has_log || !h->has_log || memcmp(x.h.log, h->log, HASH_LEN) == 0)) {
		h->anchor_size = x.h.anchor_size;
		memcpy(h->anchor_root, x.h.anchor_root, HASH_LEN);
		memcpy(h->anchor_note, x.h.anchor_note, HASH_LEN);
	}
	journal_entry_free(&x);
	return rc < 0 ? -1 : 0;
}

/* What every entry of this moment shares: log, time, anchor. */
static int
moment(struct agent *ag, struct entry *h, struct err *e)
{
	struct buf log;
	struct moment m;
	int rc;

	moment_now(&m);
	memset(h, 0, sizeof(*h));
	memcpy(h->device, ag->device, HASH_LEN);
	h->epoch = ag->epoch;
	h->wall = (uint64_t)m.wall;
	h->clock = floor_clock(ag, m.wall);
	h->mono = (uint64_t)m.mono;
	memcpy(h->boot, m.boot, sizeof(h->boot));
	buf_init(&log, HASH_LEN);
	if ((rc = journal_get(ag->j, "log", &log)) == 1 && log.len == HASH_LEN) {
		h->has_log = 1;
		memcpy(h->log, log.data, HASH_LEN);
	}
	buf_free(&log);
	if (rc < 0)
		return err_set(e, "the journal cannot be read");
	if (h->has_log && set_anchor(ag, h, e) != 0)
		return -1;
	return inherit(ag, h) == 0 ? 0 : err_set(e, "the journal cannot be read");
}

static void
set_form(struct entry *h, const struct form *f)
{
	if ((h->has_form = f != NULL) == 0)
		return;
	(void)snprintf(h->form, sizeof(h->form), "%s", f->id);
	(void)snprintf(h->form_version, sizeof(h->form_version), "%s", f->version);
	memcpy(h->form_hash, f->hash, HASH_LEN);
}

static int
set_personal(struct journal_entry *x, const struct draft *d)
{
	if (d->personal.len == 0)
		return 0;
	random_bytes(x->salt, sizeof(x->salt));
	x->has_personal = 1;
	x->h.personal_len = d->personal.len;
	entry_personal_hash(x->h.personal_hash, x->salt, d->personal.data, d->personal.len);
	return buf_put(&x->personal, d->personal.data, d->personal.len);
}

/* One entry of a draft, at the place in the chain that h->epoch, seq and prev already say. */
static int
compose(struct agent *ag, struct journal_entry *x, const struct draft *d, struct thumb_memo *m, struct err *e)
{
	struct entry *h = &x->h;

	(void)strcpy(h->place, d->place);
	(void)strcpy(h->actor, d->actor);
	(void)snprintf(h->kind, sizeof(h->kind), "%s", d->kind);
	set_form(h, d->form);
	h->has_supersedes = d->has_supersedes;
	memcpy(h->supersedes, d->supersedes, HASH_LEN);
	h->has_event = d->has_event;
	memcpy(h->event, d->event, sizeof(h->event));
	h->payload_len = d->payload.len;
	sha256(h->payload_hash, d->payload.data, d->payload.len);
	(void)strcpy(x->id, d->id);
	(void)strcpy(x->subject, d->subject);
	if (thumb_list(ag, m, d->att, d->natt, h, e) != 0)
		return -1;
	if (set_personal(x, d) != 0 || buf_put(&x->payload, d->payload.data, d->payload.len) != 0)
		return err_set(e, "out of memory");
	if (entry_check(h, e) != 0)
		return -1;
	if (entry_print(&x->header, h) != 0)
		return err_set(e, "out of memory");
	entry_hash(x->hash, x->header.data, x->header.len);
	x->nsigs = 1;
	memcpy(x->sig[0].keyhash, signer_keyhash(ag->s), HASH_LEN);
	return dsse_sign(x->sig[0].sig, ag->s, DSSE_ENTRY, x->header.data, x->header.len);
}

/* Is the draft's id taken?  1: by the same content, ${out} filled in; 0: free; 2: by other content; -1. */
static int
already(struct agent *ag, const struct draft *d, struct recorded *out, struct err *e)
{
	struct journal_entry x;
	char hex[2 * HASH_LEN + 1];
	int rc, differs;

	if (d->id[0] == '\0')
		return 0;
	journal_entry_init(&x);
	if ((rc = journal_by_id(ag->j, d->id, &x)) == 1) {
		memcpy(out->entry, x.hash, HASH_LEN);
		out->epoch = x.h.epoch;
		out->seq = x.h.seq;
		out->existed = 1;
		/* a personal part that is locked is compared by its length alone */
		differs = x.personal_locked ? x.h.personal_len != d->personal.len : x.personal.len != d->personal.len ||
		    (d->personal.len > 0 && memcmp(x.personal.data, d->personal.data, d->personal.len) != 0);
		if (differs || strcmp(x.h.kind, d->kind) != 0 || strcmp(x.h.place, d->place) != 0 || x.payload.len != d->payload.len ||
		    memcmp(x.payload.data, d->payload.data, d->payload.len) != 0) {
			enc_hex(hex, x.hash, HASH_LEN);
			(void)err_set(e, "id %s: already recorded as entry %.16s with other content: there %.160s, now %.160s", d->id, hex,
			    buf_str(&x.payload), buf_str(&d->payload));
			rc = 2;
		}
	}
	journal_entry_free(&x);
	return rc;
}

/* Was the clock set since the newest entry of this boot, or since this process opened the journal?  1 and *from, else 0; -1. */
static int
stepped(struct agent *ag, const struct entry *now, int64_t *from)
{
	struct journal_entry x;
	struct moment head, m;
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	int rc = 1;

	moment_of(&m, now);
	journal_entry_init(&x);
	if (!ag->has_seen && (rc = journal_head(ag->j, &epoch, &seq, hash)) == 1 && (rc = journal_by_seq(ag->j, epoch, seq, &x)) == 1) {
		moment_of(&head, &x.h);
		if (moment_same_boot(&head, &m))
			ag->seen = head;
		ag->has_seen = 1;
	}
	journal_entry_free(&x);
	return rc < 0 ? -1 : moment_stepped(&ag->seen, &m, from);
}

/* Entries under way into the journal, one behind the other. */
struct batch {
	struct agent *ag;
	struct entry now;
	struct journal_entry *x;
	size_t n;
	int has_prev;
	uint8_t prev[HASH_LEN];
	uint64_t seq;
	struct thumb_memo thumb;
};

static int
add(struct batch *b, const struct draft *d, struct err *e)
{
	struct journal_entry *x = &b->x[b->n++];

	journal_entry_init(x);
	x->h = b->now;
	x->h.seq = b->seq++;
	x->h.has_prev = b->has_prev;
	memcpy(x->h.prev, b->prev, HASH_LEN);
	b->has_prev = 1;
	if (compose(b->ag, x, d, &b->thumb, e) != 0)
		return -1;
	memcpy(b->prev, x->hash, HASH_LEN);
	return 0;
}

/* However often the clock was set meanwhile: one entry says from where to where, before the next is made. */
static int
add_step(struct batch *b, int64_t from, struct err *e)
{
	struct draft d;
	int64_t to = (int64_t)b->now.wall;
	int rc = -1;

	draft_init(&d, "clock-step", b->ag);
	if (buf_printf(&d.payload, "{\"from\":%" PRId64 ",\"to\":%" PRId64 "}", from < JSON_INT_MAX ? from : JSON_INT_MAX, to < JSON_INT_MAX ? to : JSON_INT_MAX) == 0)
		rc = add(b, &d, e);
	else
		(void)err_set(e, "out of memory");
	draft_free(&d);
	return rc;
}

/* Compose and append the drafts that are not there yet. */
static int
append(struct agent *ag, const struct draft *d, size_t n, struct recorded *out, struct err *e)
{
	struct batch b = { .ag = ag, .x = lapsed(calloc(n + 1, sizeof(*b.x))) };
	uint32_t epoch = 0;
	size_t i;
	int64_t from = 0;
	int rc = -1, step;

	if (b.x == NULL)
		return err_set(e, "out of memory");
	b.has_prev = journal_head(ag->j, &epoch, &b.seq, b.prev);
	if (b.has_prev < 0 || moment(ag, &b.now, e) != 0)
		goto out;
	b.seq = b.has_prev && epoch == ag->epoch ? b.seq + 1 : 0;
	for (i = 0; i < n; i++) {
		if (out[i].existed)
			continue;
		step = b.n == 0 && b.seq > 0 ? stepped(ag, &b.now, &from) : 0;
		if (step < 0)
			(void)err_set(e, "the journal cannot be read");
		if (step < 0 || (step == 1 && add_step(&b, from, e) != 0))
			goto out;
		if (add(&b, &d[i], e) != 0)
			goto out;
		memcpy(out[i].entry, b.prev, HASH_LEN);
		out[i].epoch = ag->epoch;
		out[i].seq = b.seq - 1;
	}
	rc = b.n == 0 ? 0 : journal_append(ag->j, b.x, b.n, e);
	if (rc == 0 && b.n > 0) {
		moment_of(&ag->seen, &b.now);
		ag->has_seen = 1;
	}
out:
	for (i = 0; i < b.n; i++)
		journal_entry_free(&b.x[i]);
	free(b.x);
	return rc;
}

int
recorder_append(struct agent *ag, const struct draft *d, size_t n, struct recorded *out, struct err *e)
{
	size_t i, fresh = 0;
	int rc;

	memset(out, 0, n * sizeof(*out));
	if (agent_can_sign(ag, e) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if ((rc = already(ag, &d[i], &out[i], e)) < 0)
			return err_set(e, "the journal cannot be read");
		if (rc == 2)
			return 1;
		fresh += !out[i].existed && strcmp(d[i].kind, "epoch-open") != 0;
	}
	for (i = 0; i < n; i++)
		if (!out[i].existed && (d[i].form != NULL || strcmp(d[i].kind, "withdrawal") == 0) && (rc = places_may(ag, d[i].place, e)) != 0)
			return rc;
	if (fresh > 0 && admit_entry(ag, e) != 0)
		return -1;
	rc = append(ag, d, n, out, e);
	if (rc == 0)
		agent_wake();
	return rc;
}
