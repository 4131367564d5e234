#include "county/cmd/dict_samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "forms/form.h"
#include "sync/frame.h"

#define SAMPLES_BYTES_MAX (64U << 20)
#define BATCH 8          /* entries of a sample, at most */
#define SHAPES 24        /* how often a form's personal shape is given: it stands in every one of its frames */

/* Entries of one device on their way into samples: each alone, and all together. */
struct batch {
	struct dict_samples *s;
	const uint8_t *log;
	struct frame_entry x[BATCH];
	struct buf payload[BATCH];
	size_t n;
	struct err *e;
};

static int
add_sample(struct dict_samples *s, size_t from, struct err *e)
{
	size_t *p, room;

	if (!buf_ok(&s->bytes))
		return err_set(e, "dictionary: the samples do not fit");
	if (s->bytes.len == from || s->n == DICT_SAMPLES_MAX)
		return 0;
	if (s->n == s->room) {
		room = s->room ? 2 * s->room : 256;
		if ((p = realloc(s->size, room * sizeof(*p))) == NULL)
			return err_set(e, "out of memory");
		s->size = p;
		s->room = room;
	}
	s->size[s->n++] = s->bytes.len - from;
	return 0;
}

/* As a device goes on from what is confirmed: place and actor are known by then. */
static int
sample(struct batch *b, const struct frame_entry *x, size_t n, const struct entry *before)
{
	const struct frame_form as = { .version = 2, .log = b->log, .known = UINT64_MAX, .before = before };
	size_t from = b->s->bytes.len;

	(void)frame_sections(&b->s->bytes, NULL, x, n, &as);
	return add_sample(b->s, from, b->e);
}

static int
flush(struct batch *b)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < b->n && rc == 0; i++)
		rc = sample(b, &b->x[i], 1, &b->x[i ? i - 1 : 0].h);
	if (b->n > 1 && rc == 0)
		rc = sample(b, b->x, b->n, &b->x[0].h);
	for (i = 0; i < b->n; i++)
		buf_free(&b->payload[i]);
	b->n = 0;
	return rc;
}

static int
add_entry(void *ctx, const struct ledger_entry *x)
{
	struct batch *b = ctx;
	const struct frame_entry *last = b->n ? &b->x[b->n - 1] : NULL;
	struct frame_entry *f;

	if (last != NULL && (b->n == BATCH || memcmp(last->h.device, x->h.device, HASH_LEN) != 0 || last->h.epoch != x->h.epoch || last->h.seq + 1 != x->h.seq) &&
	    flush(b) != 0)
		return -1;
	f = &b->x[b->n];
	memset(f, 0, sizeof(*f));
	f->h = x->h;
	f->form_published = 1;
	buf_init(&b->payload[b->n], ENTRY_PAYLOAD_MAX);
	if (buf_put(&b->payload[b->n], x->payload.data, x->payload.len) != 0)
		return err_set(b->e, "out of memory");
	f->payload = b->payload[b->n].data;
	f->payload_len = b->payload[b->n].len;
	b->n++;
	b->s->entries++;
	return 0;
}

/* A field's name with nothing behind it, as it will stand in a personal part. */
static int
put_shape(struct buf *b, const struct form_field *f)
{
	size_t i, n = b->len;
	int any = 0;

	if (f->type != FIELD_GROUP && f->type != FIELD_REPEAT) {
		if (!f->personal && f->type != FIELD_GEOPOINT)
			return 0;
		(void)buf_printf(b, "\"%s\":\"\"", f->name);
		return 1;
	}
	(void)buf_printf(b, "\"%s\":%s{", f->name, f->type == FIELD_REPEAT ? "[" : "");
	for (i = 0; i < f->nchild; i++) {
		if (any)
			(void)buf_putc(b, ',');
		if (put_shape(b, &f->child[i]))
			any = 1;
		else if (any)
			b->len--;
	}
	(void)buf_puts(b, f->type == FIELD_REPEAT ? "}]" : "}");
	if (!any)
		b->len = n;
	return any;
}

struct shapes { struct dict_samples *s; struct ledger *l; struct err *e; };

static int
add_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct shapes *k = ctx;
	struct form *f = NULL;
	struct buf xml;
	size_t from, i, c;
	int rc = 0, any;

	(void)index;
	(void)id;
	(void)version;
	buf_init(&xml, FORM_BYTES_MAX);
	if (ledger_form_body(k->l, hash, &xml) == 1)
		f = form_parse(xml.data, xml.len, NULL);
	for (i = 0; f != NULL && i < SHAPES && rc == 0; i++) {
		from = k->s->bytes.len;
		(void)buf_putc(&k->s->bytes, '{');
		for (c = 0, any = 0; c < f->root.nchild; c++) {
			if (any)
				(void)buf_putc(&k->s->bytes, ',');
			if (put_shape(&k->s->bytes, &f->root.child[c]))
				any = 1;
			else if (any)
				k->s->bytes.len--;
		}
		(void)buf_putc(&k->s->bytes, '}');
		rc = add_sample(k->s, from, k->e);
	}
	form_free(f);
	buf_free(&xml);
	return rc;
}

int
dict_samples_take(struct dict_samples *s, struct office *o, struct err *e)
{
	struct batch *b = calloc(1, sizeof(*b));
	struct shapes k = { s, o->c.l, e };
	uint8_t root[HASH_LEN];
	uint64_t size;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	buf_init(&s->bytes, SAMPLES_BYTES_MAX);
	e->text[0] = '\0';
	if (b == NULL)
		return err_set(e, "out of memory");
	b->s = s;
	b->log = o->c.keys.log_id;
	b->e = e;
	if (ledger_head(o->c.l, &size, root) == 0 && ledger_each_form(o->c.l, add_form, &k) == 0 &&
	    ledger_each_entry(o->c.l, size > DICT_SAMPLE_ENTRIES ? size - DICT_SAMPLE_ENTRIES : 0, size, add_entry, b) == 0)
		rc = flush(b);
	else if (e->text[0] == '\0')
		(void)err_set(e, "the ledger cannot be read");
	if (rc == 0 && s->entries < DICT_ENTRIES_MIN)
		rc = err_set(e, "dictionary: the log's %zu entries are too few to learn from: %d are needed", s->entries, DICT_ENTRIES_MIN);
	if (rc != 0)
		(void)flush(b);
	free(b);
	return rc;
}

void
dict_samples_free(struct dict_samples *s)
{
	buf_free(&s->bytes);
	free(s->size);
	s->size = NULL;
}
