#include <stdlib.h>
#include <string.h>

#include "evidence/dsse.h"
#include "sync/county_internal.h"
#include "sync/frame.h"

/* Verify the frames of one request, in order (docs/format.md 10.2). */

static int
look_entry(void *ctx, uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN])
{
	struct ingest *in = ctx;
	const struct request_hint *hint;
	uint32_t held_epoch;
	uint64_t held_seq;
	size_t i;

	if (in->has_last && in->last.epoch == epoch && in->last.seq == seq) {
		memcpy(hash, in->last_hash, HASH_LEN);
		return 1;
	}
	/* where a chain has forked, the hint tells which branch is this one's */
	for (i = 0; i < in->r->nhints; i++) {
		hint = &in->r->hint[i];
		if (hint->epoch == epoch && hint->seq == seq && ledger_has(in->c->l, hint->entry, &held_epoch, &held_seq) == 1 &&
		    held_epoch == epoch && held_seq == seq) {
			memcpy(hash, hint->entry, HASH_LEN);
			return 1;
		}
	}
	return ledger_at(in->c->l, in->r->device, epoch, seq, hash);
}

static int
look_note(void *ctx, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN])
{
	struct ingest *in = ctx;

	return ledger_note_by_prefix(in->c->l, size, prefix, root, hash);
}

static int
look_form(void *ctx, const char *id, const char *version, uint8_t hash[HASH_LEN])
{
	struct ingest *in = ctx;
	char exact[VERSION_MAX + 1];

	(void)memcpy(exact, version, strnlen(version, VERSION_MAX) + 1);
	return ledger_form(in->c->l, id, exact, hash);
}

/* The same entry with its header, for a frame that goes on from it. */
static int
look_before(void *ctx, uint32_t epoch, uint64_t seq, struct entry *h, uint8_t hash[HASH_LEN])
{
	struct ingest *in = ctx;
	struct ledger_entry x;
	int rc = look_entry(ctx, epoch, seq, hash);

	if (rc != 1)
		return rc;
	if (in->has_last && memcmp(in->last_hash, hash, HASH_LEN) == 0) {
		*h = in->last;
		return 1;
	}
	ledger_entry_init(&x);
	if ((rc = ledger_entry_get(in->c->l, hash, &x)) == 1)
		*h = x.h;
	ledger_entry_free(&x);
	return rc;
}

static const struct dict *
look_dict(void *ctx, const uint8_t name[DICT_NAME_LEN])
{
	struct ingest *in = ctx;

	return county_dict(in->c, name);
}

static struct frame *
decode(struct ingest *in, const uint8_t *p, size_t n, const char **code, struct err *e)
{
	const struct frame_lookup look = { look_entry, look_note, look_form, in, look_before, look_dict };

	return frame_decode(p, n, in->r->device, in->r->log, &look, in->c->sealing, code, e);
}

#define FORMER_MAX 64 /* earlier epochs whose key may have endorsed a new one */

int
ingest_key(struct ingest *in, uint32_t epoch, uint8_t key[KEY_LEN])
{
	int rc = ledger_device_key(in->c->l, in->r->device, epoch, key);
	size_t i;

	for (i = 0; rc == 0 && i < in->nfresh; i++)
		if (in->fresh[i].epoch == epoch) {
			memcpy(key, in->fresh[i].key, KEY_LEN);
			rc = 1;
		}
	return rc;
}

/* An epoch-open's key, when an earlier epoch's key endorsed it (or an enrol record already names it: then the key is known).  The epochs between may be a copy's. */
static int
endorsed_key(struct ingest *in, const struct frame_entry *x, uint8_t key[KEY_LEN])
{
	struct epoch_open o;
	struct buf b;
	uint8_t former[KEY_LEN];
	uint32_t epoch, tries = FORMER_MAX;
	int ok = 0;

	if (x->h.epoch < 2 || epoch_open_parse(&o, x->payload, x->payload_len, x->h.epoch, NULL) != 0 || !o.has_former)
		return 0;
	buf_init(&b, 1024);
	if (epoch_endorsement(&b, in->r->device, x->h.epoch, o.key, x->h.prev) == 0)
		for (epoch = x->h.epoch - 1; !ok && epoch > 0 && tries > 0; epoch--, tries--)
			ok = ingest_key(in, epoch, former) == 1 && dsse_verify(o.former, DSSE_ENROL, b.data, b.len, former);
	buf_free(&b);
	if (ok)
		memcpy(key, o.key, KEY_LEN);
	return ok;
}

/* An entry that opens an epoch not known yet: keep its key when the epoch before endorsed it. */
static void
take_fresh(struct ingest *in, const struct frame_entry *x)
{
	if (in->nfresh < INGEST_EPOCHS_MAX && x->h.seq == 0 && endorsed_key(in, x, in->fresh[in->nfresh].key))
		in->fresh[in->nfresh++].epoch = x->h.epoch;
}

int
ingest_new_epoch(struct ingest *in, const uint8_t *p, size_t n, uint8_t key[KEY_LEN])
{
	struct frame *f;
	const char *code;
	uint32_t epoch;
	uint64_t seq;
	int64_t len;
	size_t k, tried = 0;

	/* nobody has signed for this yet: look at few frames, and at the rest only where they say they stand */
	for (; tried < INGEST_EPOCHS_MAX && (len = frame_length(p, n)) > 0; p += len, n -= (size_t)len) {
		if (frame_place(p, (size_t)len, &epoch, &seq) != 0 || seq != 0 || epoch <= in->dev.epoch)
			continue;
		if ((f = decode(in, p, (size_t)len, &code, NULL)) != NULL)
			take_fresh(in, frame_entries(f, &k));
		frame_free(f);
		tried++;
	}
	return ingest_key(in, in->r->epoch, key) == 1;
}

static int
key_of(struct ingest *in, uint32_t epoch)
{
	int rc;

	if (in->key_epoch == epoch)
		return 1;
	if ((rc = ingest_key(in, epoch, in->key)) == 1)
		in->key_epoch = epoch;
	return rc;
}

/* The entry that ${x} says it follows, loaded into in->last.  1 held, 0 not, -1. */
static int
load_last(struct ingest *in, const struct frame_entry *x)
{
	struct ledger_entry y;
	int rc;

	if (in->has_last && memcmp(in->last_hash, x->h.prev, HASH_LEN) == 0)
		return 1;
	ledger_entry_init(&y);
	if ((rc = ledger_entry_get(in->c->l, x->h.prev, &y)) == 1) {
		in->has_last = 1;
		in->last = y.h;
		memcpy(in->last_hash, y.hash, HASH_LEN);
	}
	ledger_entry_free(&y);
	return rc;
}

/* Does the first entry of a frame hang on what is held?  The rest of a frame is linked by its making.  NULL, or the refusal's code; "" when the ledger failed. */
static const char *
chain_fault(struct ingest *in, const struct frame_entry *x, struct err *e)
{
	int rc;

	if (x->h.seq == 0)
		return NULL; /* an epoch's first: prev may be a head the county never got */
	if ((rc = load_last(in, x)) < 0)
		return "";
	if (rc == 0)
		return NULL; /* its prev was sent along: the one before is set aside or lost, and does not hold up the rest */
	return entry_follows(&x->h, &in->last, in->last_hash, e) == 0 ? NULL : "bad-chain";
}

/* Does an entry that opens an epoch name the key that signs it? */
static int
names_key(const struct ingest *in, const struct frame_entry *x)
{
	struct epoch_open o;

	return epoch_open_parse(&o, x->payload, x->payload_len, x->h.epoch, NULL) == 0 && memcmp(o.key, in->key, KEY_LEN) == 0;
}

static const char *
entry_fault(struct ingest *in, const struct frame_entry *x, size_t i, struct err *e)
{
	struct ledger_person person;
	int rc;

	if (x->h.has_log && !county_knows_log(in->c, x->h.log))
		return "bad-chain";
	if (i > 0 && entry_follows(&x->h, &x[-1].h, x[-1].hash, e) != 0)
		return "bad-chain";
	if (!dsse_verify(x->sig, DSSE_ENTRY, x->header, x->header_len, in->key))
		return "bad-signature";
	if (x->h.seq == 0 && !names_key(in, x))
		return "bad-payload";
	if (!x->h.has_actor_key)
		return NULL;
	if ((rc = ledger_person(in->c->l, x->h.actor_key, &person)) < 0)
		return "";
	/* a key disabled since is no forgery: that entry is logged, and parked */
	return rc == 1 && strcmp(person.actor, x->h.actor) == 0 && dsse_verify(x->person, DSSE_ENTRY, x->header, x->header_len, person.key) ? NULL : "bad-signature";
}

/* Why an entry is parked although it is logged; NULL when it is not. */
static const char *
late_reason(struct ingest *in, const struct entry *h)
{
	struct ledger_person person;
	uint8_t hash[HASH_LEN];
	char version[VERSION_MAX + 1];

	if (in->dev.revoked || (h->has_actor_key && (ledger_person(in->c->l, h->actor_key, &person) != 1 || !person.active)))
		return "revoked";
	if (h->seq > 0 && ledger_device_may(in->c->l, in->r->device, h->place) == 0)
		return "wrong-place";
	(void)strcpy(version, h->form_version);
	if (h->has_form && (ledger_form(in->c->l, h->form, version, hash) != 1 || memcmp(hash, h->form_hash, HASH_LEN) != 0))
		return "unknown-form";
	return NULL;
}

int
ingest_add(struct ingest *in, const struct ledger_item *item, struct err *e)
{
	struct ledger_item *p;
	size_t room;

	if (in->nitems == in->room) {
		room = in->room ? 2 * in->room : 64;
		if ((p = realloc(in->items, room * sizeof(*p))) == NULL)
			return err_set(e, "out of memory");
		in->items = p;
		in->room = room;
	}
	in->items[in->nitems++] = *item;
	return 0;
}

static int
add_item(struct ingest *in, const struct frame_entry *x, struct err *e)
{
	struct ledger_item item = { 0 }, *p = &item;

	p->h = &x->h;
	p->hash = x->hash;
	p->header = x->header;
	p->header_len = x->header_len;
	p->sig = x->sig;
	p->person = x->h.has_actor_key ? x->person : NULL;
	p->payload = x->payload;
	p->payload_len = x->payload_len;
	p->salt = x->salt;
	p->personal = x->personal;
	p->personal_len = x->personal_len;
	p->subject = "";
	p->late = late_reason(in, &x->h);
	return ingest_add(in, p, e);
}

static int
refuse(struct ingest *in, uint32_t epoch, uint64_t seq, const char *code)
{
	struct answer_refusal *r;

	in->stats->refused++;
	if (in->a->nrefusals == ANSWER_REFUSALS_MAX)
		return 0;
	r = &in->a->refusal[in->a->nrefusals++];
	r->epoch = epoch;
	r->seq = seq;
	(void)strncpy(r->code, code, sizeof(r->code) - 1);
	return 0;
}

int
ingest_entries(struct ingest *in, const struct frame_entry *x, size_t n, struct err *e)
{
	const char *fault = NULL;
	size_t i;
	int rc;

	if ((rc = key_of(in, x[0].h.epoch)) == 0) {
		take_fresh(in, &x[0]);
		rc = key_of(in, x[0].h.epoch);
	}
	if (rc < 0)
		return err_set(e, "the ledger cannot be read");
	if (rc == 0)
		return refuse(in, x[0].h.epoch, x[0].h.seq, "bad-signature");
	if ((fault = chain_fault(in, &x[0], e)) != NULL)
		return *fault == '\0' ? err_set(e, "the ledger cannot be read") : refuse(in, x[0].h.epoch, x[0].h.seq, fault);
	for (i = 0; i < n && fault == NULL; i++)
		fault = entry_fault(in, &x[i], i, e);
	if (fault != NULL)
		return *fault == '\0' ? err_set(e, "the ledger cannot be read") : refuse(in, x[i - 1].h.epoch, x[i - 1].h.seq, fault);
	for (i = 0; i < n; i++)
		if (add_item(in, &x[i], e) != 0)
			return -1;
	in->last = x[n - 1].h;
	memcpy(in->last_hash, x[n - 1].hash, HASH_LEN);
	in->has_last = 1;
	return 0;
}

int
ingest_frames(struct ingest *in, const uint8_t *p, size_t n, struct err *e)
{
	const struct frame_entry *x;
	struct frame **fs, *f;
	const char *code;
	uint32_t epoch;
	uint64_t seq;
	int64_t len;
	size_t count;

	for (; in->a->nrefusals < ANSWER_REFUSALS_MAX && (len = frame_length(p, n)) > 0; p += len, n -= (size_t)len) {
		if (in->bytes > INGEST_BYTES_MAX) { /* as if the body had been cut here */
			in->a->more = 1;
			break;
		}
		in->stats->frames++;
		if ((f = decode(in, p, (size_t)len, &code, e)) == NULL) {
			if (frame_place(p, (size_t)len, &epoch, &seq) != 0) {
				epoch = 0;
				seq = in->stats->frames - 1;
			}
			(void)refuse(in, epoch, seq, code);
			continue;
		}
		if ((fs = realloc(in->frames, (in->nframes + 1) * sizeof(struct frame *))) == NULL) {
			frame_free(f);
			return err_set(e, "out of memory");
		}
		in->frames = fs;
		in->frames[in->nframes++] = f;
		in->bytes += frame_bytes(f);
		x = frame_entries(f, &count);
		if (ingest_entries(in, x, count, e) != 0)
			return -1;
	}
	return 0;
}

void
ingest_free(struct ingest *in)
{
	size_t i;

	for (i = 0; i < in->nframes; i++)
		frame_free(in->frames[i]);
	for (i = 0; i < in->nforks; i++)
		buf_free(&in->forks[i]);
	free(in->frames);
	free(in->items);
	free(in->forks);
	in->frames = NULL;
	in->items = NULL;
	in->forks = NULL;
}
