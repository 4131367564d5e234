#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/report/plan_read.h"

/* plan import */

struct changes {
	struct plan_line **line;   /* of the reading's plan: new ones and those that say something else, by form, place, subject */
	size_t n, fresh, same;
	uint64_t records, index;
};

static void
told_faults(const struct args *a, struct buf *out, const struct plan_reading *r)
{
	for (size_t i = 0; i < r->faults.n; i++) {
		const struct xls_fault *f = &r->faults.f[i];

		if (a->json) {
			json_begin(out);
			json_put_str(out, "sheet", f->sheet);
			json_put_str(out, "cell", f->cell);
			json_put_str(out, "rule", f->text);
			json_end(out);
		} else {
			out_say(a, "%s: %s%s%s%s%s", a->pos[0], f->sheet, f->cell[0] != '\0' ? " " : "", f->cell, f->sheet[0] != '\0' || f->cell[0] != '\0' ? ": " : "", f->text);
		}
	}
}

static int
by_line(const void *a, const void *b)
{
	const struct plan_line *x = *(const struct plan_line *const *)a, *y = *(const struct plan_line *const *)b;
	int c;

	if ((c = strcmp(x->form, y->form)) != 0 || (c = strcmp(x->place, y->place)) != 0)
		return c;
	return strcmp(x->subject, y->subject);
}

static int
compare(struct changes *c, const struct plan_reading *r, const struct plan *now)
{
	const struct plan_line *old;

	if ((c->line = calloc(r->plan.n + 1, sizeof(struct plan_line *))) == NULL)
		return -1;
	for (size_t i = 0; i < r->plan.n; i++) {
		struct plan_line *x = r->plan.line[i];

		old = plan_find(now, x->form, x->place, x->subject);
		if (old != NULL ? plan_line_same(old, x) : x->dropped) {
			c->same++;
			continue;
		}
		c->fresh += old == NULL ? 1 : 0;
		c->line[c->n++] = x;
	}
	qsort(c->line, c->n, sizeof(struct plan_line *), by_line);
	return 0;
}

/* A record holds lines of one form and one place: the devices of that place get it, and can check its text against it. */
static size_t
together(const struct changes *c, size_t from, struct buf *text)
{
	struct buf one;
	size_t to = from;

	plan_text_begin(text);
	for (; to < c->n && strcmp(c->line[to]->form, c->line[from]->form) == 0 && strcmp(c->line[to]->place, c->line[from]->place) == 0; to++) {
		buf_init(&one, PLAN_PLACE_MAX);
		plan_line_put(&one, c->line[to]);
		if (to > from && text->len + one.len > PLAN_PLACE_MAX) {
			buf_free(&one);
			break; /* the rest in a record of its own */
		}
		if (!buf_ok(&one))
			text->failed = 1;
		(void)buf_put(text, one.data, one.len);
		buf_free(&one);
	}
	return to;
}

static int
append(struct office *o, struct changes *c, size_t from, size_t *to, const struct signer *officer, struct err *e)
{
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN];
	struct buf text, b;
	int rc = -1;

	buf_init(&text, PLAN_PLACE_MAX);
	*to = together(c, from, &text);
	random_bytes(salt, sizeof(salt));
	if (!buf_ok(&text)) {
		(void)err_set(e, "plan: the line of row %u is longer than %zu bytes", c->line[from]->row, PLAN_PLACE_MAX);
	} else {
		entry_personal_hash(hash, salt, text.data, text.len);
		if (ledger_salted(o->c.l, hash, salt, text.data, text.len, e) == 0) {
			office_begin(o, &b, RECORD_PLAN);
			(void)buf_printf(&b, "form %s\nplace %s\nrows %zu\nplan ", c->line[from]->form, c->line[from]->place, *to - from);
			(void)buf_hex(&b, hash, HASH_LEN);
			(void)buf_putc(&b, '\n');
			rc = office_append(o, &b, officer, &c->index, e);
		}
	}
	buf_free(&text);
	c->records += rc == 0 ? 1 : 0;
	return rc;
}

static int
told(const struct args *a, const struct plan_reading *r, const struct changes *c, int dry)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_u64(&b, "rows", r->rows);
		json_put_u64(&b, "new", c->fresh);
		json_put_u64(&b, "changed", c->n - c->fresh);
		json_put_u64(&b, "same", c->same);
		json_put_u64(&b, "records", c->records);
		json_put_bool(&b, "dry_run", dry);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%u rows: %zu new, %zu changed, %zu as they were%s\n", r->rows, c->fresh, c->n - c->fresh, c->same,
		    c->n == 0 ? "; nothing changes" : dry ? "; nothing was recorded (--dry-run)" : "");
	}
	return out_put(a, &b);
}

/* 0, 1 refused for its cells, -1. */
static int
read_file(const struct args *a, struct plan_reading *r, struct err *e)
{
	struct buf file, out;
	int rc = -1;

	buf_init(&file, PLAN_FILE_MAX);
	buf_init(&out, OUT_MAX);
	if (opt_read(a, a->pos[0], &file, e) == 0 && (rc = plan_read(r, file.data, file.len, e)) == 0 && r->faults.errors > 0) {
		told_faults(a, &out, r);
		(void)err_set(e, "%s: %zu things are wrong; nothing was imported", a->pos[0], r->faults.errors);
		rc = out_put(a, &out) == EXIT_YES ? 1 : -1;
	}
	if (rc == 0 && r->other[0] != '\0')
		out_say(a, "%s: the sheet %s is read, %s is not", a->pos[0], r->sheet, r->other);
	buf_free(&out);
	buf_free(&file);
	return rc;
}

static int
import(const struct args *a, struct office *o, struct plan_reading *r, struct err *e)
{
	struct changes c = { .n = 0 };
	struct plan now = { .n = 0 };
	struct signer *officer = NULL;
	int dry = opt_get(a, "dry-run") != NULL, rc = -1;

	if (plan_load(&now, o->c.l, UINT64_MAX, NULL, e) != 0)
		return -1;
	if (compare(&c, r, &now) != 0)
		(void)err_set(e, "out of memory");
	else if (dry || c.n == 0 || (officer = office_officer(o, opt_get(a, "as"), e)) != NULL)
		rc = 0;
	for (size_t i = 0, to = 0; rc == 0 && !dry && i < c.n; i = to) {
		rc = append(o, &c, i, &to, officer, e);
	}
	if (rc != 0 && c.records > 0)
		(void)err_add(e, "%llu records of the plan were made before", (unsigned long long)c.records);
	if (rc == 0 && told(a, r, &c, dry) != EXIT_YES)
		rc = -1;
	signer_free(officer);
	free(c.line);
	plan_free(&now);
	return rc;
}

int
cmd_plan_import(const struct args *a)
{
	struct plan_reading r = { .unlisted = opt_get(a, "unlisted") != NULL };
	struct err e = { "" };
	struct office o;
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	r.l = o.c.l;
	if ((rc = read_file(a, &r, &e)) == 0)
		rc = import(a, &o, &r, &e);
	plan_read_free(&r);
	office_close(&o);
	return rc == 0 ? EXIT_YES : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
}
