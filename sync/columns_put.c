#include "sync/columns.h"

#include <string.h>

#include "sync/columns_table.h"

/* Writing the public section of a frame. */

/* A section while it is written. */
struct writer {
	struct buf *b;
	uint64_t known;
	const struct frame_entry *x; /* whose value is being written */
};

void
columns_start(struct entry *h, const uint8_t log[HASH_LEN])
{
	memset(h, 0, sizeof(*h));
	h->has_log = 1;
	memcpy(h->log, log, HASH_LEN);
	(void)strcpy(h->actor, "device");
	(void)strcpy(h->kind, "record");
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
put_log(struct writer *w, const struct entry *h)
{
	put_optional(w->b, h->has_log, h->log, HASH_LEN);
}

static void
put_place(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->place);
}

static void
put_clock(struct writer *w, const struct entry *h)
{
	(void)buf_putc(w->b, (uint8_t)h->clock);
}

static void
put_boot(struct writer *w, const struct entry *h)
{
	(void)buf_put(w->b, h->boot, sizeof(h->boot));
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
put_actor(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->actor);
	put_optional(w->b, h->has_actor_key, h->actor_key, HASH_LEN);
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
put_kind(struct writer *w, const struct entry *h)
{
	put_text(w->b, h->kind);
}

static void
put_event(struct writer *w, const struct entry *h)
{
	put_optional(w->b, h->has_event, h->event, sizeof(h->event));
}

static const struct column {
	size_t from, to;
	void (*put)(struct writer *w, const struct entry *h);
} columns[] = {
#define COLUMN(name, first, after) { offsetof(struct entry, first), offsetof(struct entry, after), put_##name },
	COLUMNS(COLUMN)
#undef COLUMN
};

/* Which entries' values differ from the one before. */
static unsigned
column_map(const struct column *c, const struct entry *first, const struct frame_entry *x, size_t n)
{
	const struct entry *before;
	unsigned map = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		before = i ? &x[i - 1].h : first;
		if (memcmp((const char *)before + c->from, (const char *)&x[i].h + c->from, c->to - c->from) != 0)
			map |= 1U << i;
	}
	return map;
}

static void
put_values(struct writer *w, const struct column *c, unsigned map, const struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (map & (1U << i)) {
			w->x = &x[i];
			c->put(w, &x[i].h);
		}
}

static void
put_column(struct writer *w, const struct column *c, const struct entry *first, const struct frame_entry *x, size_t n)
{
	unsigned map = column_map(c, first, x, n);

	(void)buf_be(w->b, map, 2);
	put_values(w, c, map, x, n);
}

static void
put_zigzag(struct buf *b, uint64_t d)
{
	(void)buf_varint(b, (d << 1) ^ (d >> 63 ? UINT64_MAX : 0));
}

static void
put_delta(struct buf *b, const struct frame_entry *x, size_t n, size_t offset)
{
	uint64_t before = 0, v;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&v, (const char *)&x[i].h + offset, sizeof(v));
		put_zigzag(b, v - before);
		before = v;
	}
}

static unsigned
supersedes_map(const struct frame_entry *x, size_t n)
{
	unsigned map = 0;
	size_t i;

	for (i = 0; i < n; i++)
		map |= x[i].h.has_supersedes ? 1U << i : 0;
	return map;
}

static void
put_supersedes(struct buf *b, const struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i].h.has_supersedes)
			(void)buf_put(b, x[i].h.supersedes, HASH_LEN);
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
put_payloads(struct buf *b, const struct columns *c, const struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		(void)buf_put(b, x[i].payload, x[i].payload_len);
}

static void
put_personals(struct buf *b, const struct columns *c, const struct frame_entry *x)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		(void)buf_varint(b, x[i].h.personal_len);
	for (i = 0; i < c->n && c->has_commitments; i++)
		if (x[i].h.personal_len > 0)
			(void)buf_put(b, x[i].h.personal_hash, HASH_LEN);
}

/* wall from entry to entry; mono by how far it strays from wall, which is next to nothing as long as the machine runs. */
static void
put_clocks(struct buf *b, const struct columns *c, const struct frame_entry *x)
{
	const struct entry *before = c->before;
	size_t i;

	for (i = 0; i < c->n; before = &x[i++].h)
		put_zigzag(b, x[i].h.wall - (before ? before->wall : 0));
	for (before = c->before, i = 0; i < c->n; before = &x[i++].h)
		put_zigzag(b, before ? (x[i].h.mono - before->mono) - (x[i].h.wall - before->wall) : x[i].h.mono);
}

static int
has_atts(const struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i].h.natt > 0)
			return 1;
	return 0;
}

/* Columns in which nothing changes cost a bit; a single entry needs no maps. */
static int
put_compact(struct writer *w, const struct columns *c, const struct entry *first, const struct frame_entry *x)
{
	unsigned map[COL_COUNT], changed = 0, k;
	struct buf *b = w->b;
	size_t i;

	for (k = COL_LOG; k <= COL_EVENT; k++)
		map[k] = column_map(&columns[k], first, x, c->n);
	map[COL_SUPERSEDES] = supersedes_map(x, c->n);
	map[COL_ATT] = has_atts(x, c->n) ? 1 : 0;
	for (k = 0; k < COL_COUNT; k++)
		changed |= map[k] ? 1U << k : 0;
	(void)buf_putc(b, (uint8_t)((c->has_prev ? BIT_PREV : 0) | (c->has_commitments ? BIT_COMMITMENTS : 0) | (c->before ? BIT_BEFORE : 0)));
	if (c->has_prev)
		(void)buf_put(b, c->prev, HASH_LEN);
	(void)buf_be(b, changed, 2);
	for (k = COL_LOG; k <= COL_SUPERSEDES; k++) {
		if (map[k] == 0)
			continue;
		if (c->n > 1)
			(void)buf_be(b, map[k], 2);
		if (k == COL_SUPERSEDES)
			put_supersedes(b, x, c->n);
		else
			put_values(w, &columns[k], map[k], x, c->n);
	}
	put_clocks(b, c, x);
	for (i = 0; i < c->n; i++)
		(void)buf_varint(b, x[i].payload_len);
	put_personals(b, c, x);
	if (map[COL_ATT])
		put_atts(b, x, c->n);
	put_payloads(b, c, x);
	return buf_ok(b) ? 0 : -1;
}

int
columns_put(struct buf *b, const struct columns *c, const struct frame_entry *x, const uint8_t log[HASH_LEN], uint64_t known)
{
	struct writer w = { b, known, x };
	struct entry first;
	size_t i;
	int k;

	columns_start(&first, log);
	if (c->compact)
		return put_compact(&w, c, c->before ? c->before : &first, x);
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
	(void)buf_be(b, supersedes_map(x, c->n), 2);
	put_supersedes(b, x, c->n);
	put_column(&w, &columns[COL_EVENT], &first, x, c->n);
	for (i = 0; i < c->n; i++)
		(void)buf_varint(b, x[i].payload_len);
	put_payloads(b, c, x);
	put_personals(b, c, x);
	put_atts(b, x, c->n);
	return buf_ok(b) ? 0 : -1;
}
