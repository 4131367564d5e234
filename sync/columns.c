#include "sync/columns.h"

#include <stddef.h>
#include <string.h>

#include "base/enc.h"
#include "evidence/value.h"

enum { BIT_PREV = 1, BIT_COMMITMENTS = 2, BITS_ALL = 3 };
enum { REF_NONE = 0, REF_WHOLE = 1, REF_KNOWN = 2 };

/* A section while it is read; the first failure sticks. */
struct reader {
	const uint8_t *p, *end;
	int failed;
	const struct frame_lookup *look;
};

/* A section while it is written. */
struct writer {
	struct buf *b;
	uint64_t known;
	const struct frame_entry *x; /* whose value is being written */
};

static const uint8_t *
take(struct reader *r, uint64_t n)
{
	const uint8_t *p = r->p;

	if (r->failed || n > (uint64_t)(r->end - r->p)) {
		r->failed = 1;
		return NULL;
	}
	r->p += n;
	return p;
}

static void
take_bytes(struct reader *r, uint8_t *out, size_t n)
{
	const uint8_t *p = take(r, n);

	if (p != NULL)
		memcpy(out, p, n);
}

static uint64_t
take_be(struct reader *r, unsigned n)
{
	const uint8_t *p = take(r, n);

	return p ? dec_be(p, n) : 0;
}

static uint64_t
take_varint(struct reader *r)
{
	uint64_t v = 0;
	size_t n = r->failed ? 0 : dec_varint(&v, r->p, r->end);

	if (n == 0)
		r->failed = 1;
	r->p += n;
	return n ? v : 0;
}

/* A text with its length in a byte, into an array of ${size}; NULs would hide what follows them. */
static void
take_text(struct reader *r, char *out, size_t size)
{
	size_t n = (size_t)take_be(r, 1);
	const uint8_t *p = take(r, n);

	if (p == NULL || n >= size || memchr(p, 0, n) != NULL) {
		r->failed = 1;
		return;
	}
	memset(out, 0, size);
	memcpy(out, p, n);
}

static void
put_text(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	(void)buf_putc(b, (uint8_t)n);
	(void)buf_put(b, s, n);
}

static void
put_optional(struct buf *b, int has, const uint8_t *p, size_t n)
{
	(void)buf_putc(b, has != 0);
	if (has)
		(void)buf_put(b, p, n);
}

static void
take_optional(struct reader *r, int *has, uint8_t *p, size_t n)
{
	uint64_t v = take_be(r, 1);

	if (v > 1)
		r->failed = 1;
	*has = v == 1;
	memset(p, 0, n);
	if (*has)
		take_bytes(r, p, n);
}

static void
put_log(struct writer *w, const struct entry *h)
{
	put_optional(w->b, h->has_log, h->log, HASH_LEN);
}

static void
get_log(struct reader *r, struct entry *h)
{
	take_optional(r, &h->has_log, h->log, HASH_LEN);
}

static void
put_place(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->place);
}

static void
get_place(struct reader *r, struct entry *h)
{
	take_text(r, h->place, sizeof(h->place));
}

static void
put_clock(struct writer *w, const struct entry *h)
{
	(void)buf_putc(w->b, (uint8_t)h->clock);
}

static void
get_clock(struct reader *r, struct entry *h)
{
	uint64_t v = take_be(r, 1);

	if (v >= CLOCK_COUNT)
		r->failed = 1;
	h->clock = (enum entry_clock)v;
}

static void
put_boot(struct writer *w, const struct entry *h)
{
	(void)buf_put(w->b, h->boot, sizeof(h->boot));
}

static void
get_boot(struct reader *r, struct entry *h)
{
	take_bytes(r, h->boot, sizeof(h->boot));
}

static void
put_anchor(struct writer *w, const struct entry *h)
{
	int known = h->anchor_size <= w->known;

	(void)buf_putc(w->b, h->anchor_size == 0 ? REF_NONE : known ? REF_KNOWN : REF_WHOLE);
	if (h->anchor_size == 0)
		return;
	(void)buf_varint(w->b, h->anchor_size);
	if (!known)
		(void)buf_put(w->b, h->anchor_root, HASH_LEN);
	(void)buf_put(w->b, h->anchor_note, known ? 4 : HASH_LEN);
}

static void
get_anchor(struct reader *r, struct entry *h)
{
	uint64_t how = take_be(r, 1);
	uint8_t prefix[4] = { 0 };

	h->anchor_size = 0;
	memset(h->anchor_root, 0, HASH_LEN);
	memset(h->anchor_note, 0, HASH_LEN);
	if (how == REF_NONE)
		return;
	if ((h->anchor_size = take_varint(r)) == 0)
		r->failed = 1;
	if (how == REF_WHOLE) {
		take_bytes(r, h->anchor_root, HASH_LEN);
		take_bytes(r, h->anchor_note, HASH_LEN);
		return;
	}
	take_bytes(r, prefix, sizeof(prefix));
	if (how != REF_KNOWN || r->failed || r->look->note(r->look->ctx, h->anchor_size, prefix, h->anchor_root, h->anchor_note) != 1)
		r->failed = 1;
}

static void
put_actor(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->actor);
	put_optional(w->b, h->has_actor_key, h->actor_key, HASH_LEN);
}

static void
get_actor(struct reader *r, struct entry *h)
{
	take_text(r, h->actor, sizeof(h->actor));
	take_optional(r, &h->has_actor_key, h->actor_key, HASH_LEN);
}

static void
put_form(struct writer *w, const struct entry *h)
{
	int known = w->known > 0 && w->x->form_published;

	(void)buf_putc(w->b, !h->has_form ? REF_NONE : known ? REF_KNOWN : REF_WHOLE);
	if (!h->has_form)
		return;
	put_text(w->b, h->form);
	put_text(w->b, h->form_version);
	if (!known)
		(void)buf_put(w->b, h->form_hash, HASH_LEN);
}

static void
get_form(struct reader *r, struct entry *h)
{
	uint64_t how = take_be(r, 1);

	h->has_form = how != REF_NONE;
	memset(h->form, 0, sizeof(h->form));
	memset(h->form_version, 0, sizeof(h->form_version));
	memset(h->form_hash, 0, sizeof(h->form_hash));
	if (!h->has_form)
		return;
	take_text(r, h->form, sizeof(h->form));
	take_text(r, h->form_version, sizeof(h->form_version));
	if (how == REF_WHOLE)
		take_bytes(r, h->form_hash, HASH_LEN);
	else if (how != REF_KNOWN || r->failed || r->look->form(r->look->ctx, h->form, h->form_version, h->form_hash) != 1)
		r->failed = 1;
}

static void
put_kind(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->kind);
}

static void
get_kind(struct reader *r, struct entry *h)
{
	take_text(r, h->kind, sizeof(h->kind));
}

static void
put_event(struct writer *w, const struct entry *h)
{
	put_optional(w->b, h->has_event, h->event, sizeof(h->event));
}

static void
get_event(struct reader *r, struct entry *h)
{
	take_optional(r, &h->has_event, h->event, sizeof(h->event));
}

/* A column of values that are sent only where they change: the part of struct entry from ${from} up to ${to}. */
static const struct column {
	const char *name;
	size_t from, to;
	void (*put)(struct writer *w, const struct entry *h);
	void (*get)(struct reader *r, struct entry *h);
} columns[] = {
#define COLUMN(name, first, after) { #name, offsetof(struct entry, first), offsetof(struct entry, after), put_##name, get_##name }
	COLUMN(log, has_log, place),
	COLUMN(place, place, wall),
	COLUMN(clock, clock, boot),
	COLUMN(boot, boot, mono),
	COLUMN(anchor, anchor_size, actor),
	COLUMN(actor, actor, has_form),
	COLUMN(form, has_form, kind),
	COLUMN(kind, kind, has_supersedes),
	COLUMN(event, has_event, payload_len),
#undef COLUMN
};
enum { COL_LOG, COL_PLACE, COL_CLOCK, COL_BOOT, COL_ANCHOR, COL_ACTOR, COL_FORM, COL_KIND, COL_EVENT };

/* The values before the first entry. */
static void
start(struct entry *h, const uint8_t log[HASH_LEN])
{
	memset(h, 0, sizeof(*h));
	h->has_log = 1;
	memcpy(h->log, log, HASH_LEN);
	(void)strcpy(h->actor, "device");
	(void)strcpy(h->kind, "record");
}

static void
put_column(struct writer *w, const struct column *c, const struct entry *first, const struct frame_entry *x, size_t n)
{
	const struct entry *before;
	unsigned map = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		before = i ? &x[i - 1].h : first;
		if (memcmp((const char *)before + c->from, (const char *)&x[i].h + c->from, c->to - c->from) != 0)
			map |= 1U << i;
	}
	(void)buf_be(w->b, map, 2);
	for (i = 0; i < n; i++)
		if (map & (1U << i)) {
			w->x = &x[i];
			c->put(w, &x[i].h);
		}
}

static void
get_column(struct reader *r, const struct column *c, const struct entry *first, struct frame_entry *x, size_t n)
{
	uint64_t map = take_be(r, 2);
	const struct entry *before;
	size_t i;

	if (map >> n != 0)
		r->failed = 1;
	for (i = 0; i < n && !r->failed; i++) {
		before = i ? &x[i - 1].h : first;
		memcpy((char *)&x[i].h + c->from, (const char *)before + c->from, c->to - c->from);
		if (map & (1U << i))
			c->get(r, &x[i].h);
	}
}

static void
put_delta(struct buf *b, const struct frame_entry *x, size_t n, size_t offset)
{
	uint64_t before = 0, v, d;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&v, (const char *)&x[i].h + offset, sizeof(v));
		d = v - before;
		(void)buf_varint(b, (d << 1) ^ (d >> 63 ? UINT64_MAX : 0));
		before = v;
	}
}

static void
get_delta(struct reader *r, struct frame_entry *x, size_t n, size_t offset)
{
	uint64_t v = 0, z;
	size_t i;

	for (i = 0; i < n; i++) {
		z = take_varint(r);
		v += (z >> 1) ^ (z & 1 ? UINT64_MAX : 0);
		memcpy((char *)&x[i].h + offset, &v, sizeof(v));
	}
}

static void
put_supersedes(struct buf *b, const struct frame_entry *x, size_t n)
{
	unsigned map = 0;
	size_t i;

	for (i = 0; i < n; i++)
		map |= x[i].h.has_supersedes ? 1U << i : 0;
	(void)buf_be(b, map, 2);
	for (i = 0; i < n; i++)
		if (x[i].h.has_supersedes)
			(void)buf_put(b, x[i].h.supersedes, HASH_LEN);
}

static void
get_supersedes(struct reader *r, struct frame_entry *x, size_t n)
{
	uint64_t map = take_be(r, 2);
	size_t i;

	if (map >> n != 0)
		r->failed = 1;
	for (i = 0; i < n; i++) {
		x[i].h.has_supersedes = (map >> i) & 1;
		if (x[i].h.has_supersedes)
			take_bytes(r, x[i].h.supersedes, HASH_LEN);
	}
}

static void
put_atts(struct buf *b, const struct frame_entry *x, size_t n)
{
	const struct attachment *a;
	size_t i, k;

	for (i = 0; i < n; i++)
		(void)buf_varint(b, x[i].h.natt);
	for (i = 0; i < n; i++)
		for (k = 0; k < x[i].h.natt; k++) {
			a = &x[i].h.att[k];
			(void)buf_varint(b, a->len);
			(void)buf_put(b, a->hash, HASH_LEN);
			put_text(b, a->mediatype);
			(void)buf_putc(b, a->personal != 0);
		}
}

static void
get_atts(struct reader *r, struct frame_entry *x, size_t n)
{
	struct attachment *a;
	uint64_t v;
	size_t i, k;

	for (i = 0; i < n; i++) {
		if ((v = take_varint(r)) > ENTRY_ATTS_MAX)
			r->failed = 1;
		x[i].h.natt = r->failed ? 0 : (size_t)v;
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < x[i].h.natt && !r->failed; k++) {
			a = &x[i].h.att[k];
			a->len = take_varint(r);
			take_bytes(r, a->hash, HASH_LEN);
			take_text(r, a->mediatype, sizeof(a->mediatype));
			if ((v = take_be(r, 1)) > 1)
				r->failed = 1;
			a->personal = v == 1;
		}
}

static void
put_bodies(struct buf *b, const struct columns *c, const struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		(void)buf_varint(b, x[i].payload_len);
	for (i = 0; i < c->n; i++)
		(void)buf_put(b, x[i].payload, x[i].payload_len);
	for (i = 0; i < c->n; i++)
		(void)buf_varint(b, x[i].h.personal_len);
	for (i = 0; i < c->n && c->has_commitments; i++)
		if (x[i].h.personal_len > 0)
			(void)buf_put(b, x[i].h.personal_hash, HASH_LEN);
}

static void
get_bodies(struct reader *r, const struct columns *c, struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		x[i].h.payload_len = take_varint(r);
	for (i = 0; i < c->n; i++) {
		x[i].payload_len = (size_t)x[i].h.payload_len;
		x[i].payload = take(r, x[i].h.payload_len);
	}
	for (i = 0; i < c->n; i++)
		if ((x[i].h.personal_len = take_varint(r)) > ENTRY_PERSONAL_MAX)
			r->failed = 1;
	for (i = 0; i < c->n && c->has_commitments; i++)
		if (x[i].h.personal_len > 0)
			take_bytes(r, x[i].h.personal_hash, HASH_LEN);
}

int
columns_put(struct buf *b, const struct columns *c, const struct frame_entry *x, const uint8_t log[HASH_LEN], uint64_t known)
{
	struct writer w = { b, known, x };
	struct entry first;
	int k;

	start(&first, log);
	(void)buf_putc(b, (uint8_t)c->n);
	(void)buf_varint(b, c->epoch);
	(void)buf_varint(b, c->first_seq);
	(void)buf_putc(b, (uint8_t)((c->has_prev ? BIT_PREV : 0) | (c->has_commitments ? BIT_COMMITMENTS : 0)));
	if (c->has_prev)
		(void)buf_put(b, c->prev, HASH_LEN);
	for (k = COL_LOG; k <= COL_PLACE; k++)
		put_column(&w, &columns[k], &first, x, c->n);
	put_delta(b, x, c->n, offsetof(struct entry, wall));
	for (k = COL_CLOCK; k <= COL_BOOT; k++)
		put_column(&w, &columns[k], &first, x, c->n);
	put_delta(b, x, c->n, offsetof(struct entry, mono));
	for (k = COL_ANCHOR; k <= COL_KIND; k++)
		put_column(&w, &columns[k], &first, x, c->n);
	put_supersedes(b, x, c->n);
	put_column(&w, &columns[COL_EVENT], &first, x, c->n);
	put_bodies(b, c, x);
	put_atts(b, x, c->n);
	return buf_ok(b) ? 0 : -1;
}

/* How many, and where the first stands. */
static int
get_where(struct reader *r, struct columns *c)
{
	uint64_t n = take_be(r, 1), epoch = take_varint(r), seq = take_varint(r);

	if (r->failed || n < 1 || n > FRAME_ENTRIES_MAX || epoch < 1 || epoch > UINT32_MAX || seq > VALUE_INT_MAX)
		return -1;
	c->n = (size_t)n;
	c->epoch = (uint32_t)epoch;
	c->first_seq = seq;
	return 0;
}

int
columns_place(const uint8_t *p, size_t n, uint32_t *epoch, uint64_t *seq)
{
	struct reader r = { p, p + n, 0, NULL };
	struct columns c;

	if (n == 0 || get_where(&r, &c) != 0)
		return -1;
	*epoch = c.epoch;
	*seq = c.first_seq;
	return 0;
}

/* The fields before the columns. */
static int
get_start(struct reader *r, struct columns *c)
{
	uint64_t bits;

	if (get_where(r, c) != 0)
		return -1;
	bits = take_be(r, 1);
	if (r->failed || bits > BITS_ALL)
		return -1;
	c->has_prev = (bits & BIT_PREV) != 0;
	c->has_commitments = (bits & BIT_COMMITMENTS) != 0;
	if (c->has_prev)
		take_bytes(r, c->prev, HASH_LEN);
	return r->failed ? -1 : 0;
}

int
columns_get(struct columns *c, struct frame_entry *x, const uint8_t *p, size_t n, const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const char **code, struct err *e)
{
	struct reader r = { p, p + n, 0, look };
	struct entry first;
	const char *where = "its start";
	int k;

	*code = "bad-header";
	memset(c, 0, sizeof(*c));
	memset(x, 0, FRAME_ENTRIES_MAX * sizeof(*x));
	start(&first, log);
	if (n == 0 || get_start(&r, c) != 0)
		return err_set(e, "frame: the public section is malformed at %s", where);
	for (k = COL_LOG; k <= COL_EVENT && !r.failed; k++) {
		where = columns[k].name;
		if (k == COL_CLOCK)
			get_delta(&r, x, c->n, offsetof(struct entry, wall));
		else if (k == COL_ANCHOR)
			get_delta(&r, x, c->n, offsetof(struct entry, mono));
		else if (k == COL_EVENT)
			get_supersedes(&r, x, c->n);
		get_column(&r, &columns[k], &first, x, c->n);
	}
	if (!r.failed) {
		where = "payload, personal or att";
		get_bodies(&r, c, x);
		get_atts(&r, x, c->n);
	}
	if (r.failed || r.p != r.end)
		return err_set(e, "frame: the public section is malformed at %s", r.failed ? where : "its end");
	return 0;
}
