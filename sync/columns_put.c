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

int
columns_put(struct buf *b, const struct columns *c, const struct frame_entry *x, const uint8_t log[HASH_LEN], uint64_t known)
{
	struct writer w = { b, known, x };
	struct entry first;
	int k;

	columns_start(&first, log);
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
