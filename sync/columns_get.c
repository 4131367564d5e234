#include "sync/columns.h"

#include <string.h>

#include "base/enc.h"
#include "evidence/value.h"
#include "sync/columns_table.h"

/* Reading the public section of a frame: all of it is a peer's. */

/* A section while it is read; the first failure sticks. */
struct reader {
	const uint8_t *p, *end;
	int failed;
	const struct frame_lookup *look;
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
get_log(struct reader *r, struct entry *h)
{
	take_optional(r, &h->has_log, h->log, HASH_LEN);
}

static void
get_place(struct reader *r, struct entry *h)
{
	take_text(r, h->place, sizeof(h->place));
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
get_boot(struct reader *r, struct entry *h)
{
	take_bytes(r, h->boot, sizeof(h->boot));
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
get_actor(struct reader *r, struct entry *h)
{
	take_text(r, h->actor, sizeof(h->actor));
	take_optional(r, &h->has_actor_key, h->actor_key, HASH_LEN);
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
get_kind(struct reader *r, struct entry *h)
{
	take_text(r, h->kind, sizeof(h->kind));
}

static void
get_event(struct reader *r, struct entry *h)
{
	take_optional(r, &h->has_event, h->event, sizeof(h->event));
}

static const struct column {
	const char *name;
	size_t from, to;
	void (*get)(struct reader *r, struct entry *h);
} columns[] = {
#define COLUMN(name, first, after) { #name, offsetof(struct entry, first), offsetof(struct entry, after), get_##name },
	COLUMNS(COLUMN)
#undef COLUMN
};

/* Which of ${n} entries a column has values of. */
static uint64_t
take_map(struct reader *r, size_t n)
{
	uint64_t map = take_be(r, 2);

	if (map >> n != 0)
		r->failed = 1;
	return map;
}

static void
get_column(struct reader *r, const struct column *c, uint64_t map, const struct entry *first, struct frame_entry *x, size_t n)
{
	const struct entry *before;
	size_t i;

	for (i = 0; i < n && !r->failed; i++) {
		before = i ? &x[i - 1].h : first;
		memcpy((char *)&x[i].h + c->from, (const char *)before + c->from, c->to - c->from);
		if (map & (1U << i))
			c->get(r, &x[i].h);
	}
}

static uint64_t
take_zigzag(struct reader *r)
{
	uint64_t z = take_varint(r);

	return (z >> 1) ^ (z & 1 ? UINT64_MAX : 0);
}

static void
get_delta(struct reader *r, struct frame_entry *x, size_t n, size_t offset)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		v += take_zigzag(r);
		memcpy((char *)&x[i].h + offset, &v, sizeof(v));
	}
}

static void
get_supersedes(struct reader *r, uint64_t map, struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		x[i].h.has_supersedes = (map >> i) & 1;
		if (x[i].h.has_supersedes)
			take_bytes(r, x[i].h.supersedes, HASH_LEN);
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
get_lengths(struct reader *r, const struct columns *c, struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		x[i].h.payload_len = take_varint(r);
}

static void
get_payloads(struct reader *r, const struct columns *c, struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		x[i].payload_len = (size_t)x[i].h.payload_len;
		x[i].payload = take(r, x[i].h.payload_len);
	}
}

static void
get_personals(struct reader *r, const struct columns *c, struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if ((x[i].h.personal_len = take_varint(r)) > ENTRY_PERSONAL_MAX)
			r->failed = 1;
	for (i = 0; i < c->n && c->has_commitments; i++)
		if (x[i].h.personal_len > 0)
			take_bytes(r, x[i].h.personal_hash, HASH_LEN);
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
	columns_start(&first, log);
	if (n == 0 || get_start(&r, c) != 0)
		return err_set(e, "frame: the public section is malformed at %s", where);
	for (k = COL_LOG; k <= COL_EVENT && !r.failed; k++) {
		where = columns[k].name;
		if (k == COL_CLOCK)
			get_delta(&r, x, c->n, offsetof(struct entry, wall));
		else if (k == COL_ANCHOR)
			get_delta(&r, x, c->n, offsetof(struct entry, mono));
		else if (k == COL_EVENT)
			get_supersedes(&r, take_map(&r, c->n), x, c->n);
		get_column(&r, &columns[k], take_map(&r, c->n), &first, x, c->n);
	}
	if (!r.failed) {
		where = "payload, personal or att";
		get_lengths(&r, c, x);
		get_payloads(&r, c, x);
		get_personals(&r, c, x);
		get_atts(&r, x, c->n);
	}
	if (r.failed || r.p != r.end)
		return err_set(e, "frame: the public section is malformed at %s", r.failed ? where : "its end");
	return 0;
}

static void
get_clocks(struct reader *r, const struct columns *c, const struct entry *before, struct frame_entry *x)
{
	const struct entry *b = before;
	size_t i;

	for (i = 0; i < c->n; b = &x[i++].h)
		x[i].h.wall = take_zigzag(r) + (b ? b->wall : 0);
	for (b = before, i = 0; i < c->n; b = &x[i++].h)
		x[i].h.mono = take_zigzag(r) + (b ? b->mono + (x[i].h.wall - b->wall) : 0);
}

/* The fields before the columns.  0; -1; 1 when the entry before is not held. */
static int
get_compact_start(struct reader *r, struct columns *c, struct entry *before)
{
	uint64_t bits = take_be(r, 1);

	if (r->failed || bits > BITS_COMPACT || (bits & (BIT_PREV | BIT_BEFORE)) == (BIT_PREV | BIT_BEFORE) || ((bits & BIT_BEFORE) != 0 && c->first_seq == 0))
		return -1;
	c->has_prev = (bits & (BIT_PREV | BIT_BEFORE)) != 0;
	c->has_commitments = (bits & BIT_COMMITMENTS) != 0;
	if ((bits & BIT_PREV) != 0)
		take_bytes(r, c->prev, HASH_LEN);
	if ((bits & BIT_BEFORE) == 0)
		return r->failed ? -1 : 0;
	if (r->look->before == NULL || r->look->before(r->look->ctx, c->epoch, c->first_seq - 1, before, c->prev) != 1)
		return 1;
	c->before = before;
	return 0;
}

/* A column's map: of one entry the section's own bit tells it. */
static uint64_t
compact_map(struct reader *r, uint64_t changed, int k, size_t n)
{
	return ((changed >> k) & 1) == 0 ? 0 : n == 1 ? 1 : take_map(r, n);
}

int
columns_get_compact(struct columns *c, struct frame_entry *x, struct entry *before, const uint8_t *p, size_t n, const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const char **code, struct err *e)
{
	struct reader r = { p, p + n, 0, look };
	struct entry first;
	uint64_t changed;
	int k, rc;

	*code = "bad-header";
	memset(x, 0, FRAME_ENTRIES_MAX * sizeof(*x));
	columns_start(&first, log);
	c->before = NULL;
	if ((rc = n == 0 ? -1 : get_compact_start(&r, c, before)) > 0)
		*code = "gap";
	if (rc != 0)
		return err_set(e, rc > 0 ? "frame: the entry it goes on from is not held" : "frame: the public section is malformed at its start");
	if ((changed = take_be(&r, 2)) >> COL_COUNT != 0)
		r.failed = 1;
	for (k = COL_LOG; k <= COL_EVENT && !r.failed; k++)
		get_column(&r, &columns[k], compact_map(&r, changed, k, c->n), c->before ? c->before : &first, x, c->n);
	get_supersedes(&r, compact_map(&r, changed, COL_SUPERSEDES, c->n), x, c->n);
	get_clocks(&r, c, c->before, x);
	get_lengths(&r, c, x);
	get_personals(&r, c, x);
	if (((changed >> COL_ATT) & 1) != 0)
		get_atts(&r, x, c->n);
	get_payloads(&r, c, x);
	if (r.failed || r.p != r.end)
		return err_set(e, "frame: the compact public section is malformed at %s", r.failed ? "one of its columns" : "its end");
	return 0;
}
