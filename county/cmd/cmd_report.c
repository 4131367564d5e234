#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/report/fold.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/report/report.h"
#include "county/report/report_out.h"
#include "county/report/report_union.h"
#include "county/upward/lower.h"
#include "county/upward/upward_print.h"

struct wanted {
	struct fold_params p;
	enum report_by by;
	const char *format, *lang;
	struct classes classes;
	struct report_only only;
};

static int
read_day(const struct args *a, const char *name, int32_t *day, struct err *e)
{
	const char *s = opt_get(a, name);

	if (s == NULL || (*day = fold_day(s)) > 0)
		return 0;
	return err_set(e, "--%s %.32s: is no date YYYY-MM-DD", name, s);
}

static int
read_basis(const char *s, enum fold_basis *basis, struct err *e)
{
	static const char *const words[] = { [FOLD_OBSERVED] = "observed", [FOLD_RECEIVED] = "received", [FOLD_ACCEPTED] = "accepted" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (s == NULL || strcmp(words[i], s) == 0) {
			*basis = (enum fold_basis)i;
			return 0;
		}
	}
	return err_set(e, "--basis %.32s: is not observed, received or accepted", s);
}

static int
read_format(const struct args *a, const char **format, struct err *e)
{
	static const char *const formats[] = { "table", "json", "csv", "xlsx", "html" };
	const char *s = opt_get(a, "format");

	*format = s != NULL ? s : a->json ? "json" : "table";
	if (strcmp(*format, "xlsx") == 0 && opt_get(a, "o") == NULL)
		return err_set(e, "--format xlsx: -o FILE is needed, a workbook is nothing to look at here");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(*format, formats[i]) == 0)
			return 0;
	return err_set(e, "--format %.32s: is not table, json, csv, xlsx or html", *format);
}

#define CLASSES_FILE_MAX (64U << 20)

static int
read_classes(const struct args *a, struct wanted *w, struct err *e)
{
	const char *file = opt_get(a, "classes");
	struct buf text;
	int rc = 0;

	w->only.class = opt_get(a, "class");
	buf_init(&text, CLASSES_FILE_MAX);
	if (file != NULL) {
		rc = opt_read(a, file, &text, e);
		(void)buf_str(&text);
		if (rc == 0)
			rc = text.len > 0 ? classes_read(&w->classes, (char *)text.data, text.len, e) : err_set(e, "--classes %.64s: is empty", file);
		w->only.classes = &w->classes;
	}
	buf_free(&text);
	if (rc == 0 && w->only.class != NULL && (file == NULL || !classes_know(&w->classes, w->only.class)))
		return err_set(e, "--class %.64s: %s", w->only.class, file ? "the list has no such class" : "needs a list of --classes");
	return rc;
}

/* --place, --fund, --year: what the report is about. */
static int
read_only(const struct args *a, struct report_only *only, struct err *e)
{
	const char *place = opt_get(a, "place"), *year = opt_get(a, "year");
	uint64_t y = 0;

	only->fund = opt_get(a, "fund");
	only->place = place;
	if (place != NULL && !field_place((struct field){ place, strlen(place) }))
		return err_set(e, "--place %.32s: not 2, 4, 6, 9 or 12 digits", place);
	if (year != NULL && (dec_u64(&y, year, strlen(year)) != 0 || y < 1 || y > 9999))
		return err_set(e, "--year %.32s: is no year", year);
	only->year = (int32_t)y;
	return 0;
}

static int
read_wanted(const struct args *a, struct wanted *w, struct err *e)
{
	const char *by = opt_get(a, "by"), *at = opt_get(a, "at");

	memset(w, 0, sizeof(*w));
	w->p.form = opt_get(a, "form");
	w->p.at = UINT64_MAX;
	w->by = BY_FORM;
	if (by != NULL && report_by_name(by, &w->by) != 0)
		return err_set(e, "--by %.32s: no such grouping", by);
	w->p.groups = w->by == BY_GROUP;
	w->p.doubles = 1;
	if (at != NULL && dec_u64(&w->p.at, at, strlen(at)) != 0)
		return err_set(e, "--at %.32s: is not a size of the log", at);
	if (read_basis(opt_get(a, "basis"), &w->p.basis, e) != 0 || read_day(a, "from", &w->p.from, e) != 0 || read_day(a, "to", &w->p.to, e) != 0)
		return -1;
	if (w->p.from > 0 && w->p.to > 0 && w->p.from > w->p.to)
		return err_set(e, "--from lies after --to");
	w->lang = opt_get(a, "lang") != NULL ? opt_get(a, "lang") : "zh";
	if (strcmp(w->lang, "zh") != 0 && strcmp(w->lang, "en") != 0)
		return err_set(e, "--lang %.8s: is not zh or en", w->lang);
	return read_format(a, &w->format, e) == 0 && read_only(a, &w->only, e) == 0 ? read_classes(a, w, e) : -1;
}

static int
print(const struct wanted *w, const struct report *r, const struct fold *f, const char *office, struct buf *b, struct err *e)
{
	if (strcmp(w->format, "xlsx") == 0)
		return report_xlsx(r, f, b, e);
	if (strcmp(w->format, "html") == 0)
		return report_html(r, f, office, w->lang, b);
	if (strcmp(w->format, "json") == 0)
		return report_json(r, b);
	return strcmp(w->format, "csv") == 0 ? report_csv(r, b) : report_table(r, b);
}

static int
deliver(const struct args *a, struct buf *b, struct err *e)
{
	const char *to = opt_get(a, "o");
	char path[OFFICE_PATH_MAX];

	if (to == NULL)
		return fwrite(buf_str(b), 1, b->len, a->io->out) == b->len && fflush(a->io->out) == 0 ? 0 : err_set(e, "the output could not be written");
	if (opt_path(a, to, path, sizeof(path)) != 0)
		return err_set(e, "%.64s...: path too long", to);
	return file_write(path, b->data, b->len, 0644, e);
}

/* At a server above counties: over all of them, and who has not reported is named. */
static int
make_union(const struct args *a, const struct wanted *w, struct office *o, struct err *e)
{
	const char *of = opt_get(a, "of");
	struct report_union u;
	struct buf b;
	int rc = -1;

	if (w->p.at != UINT64_MAX && of == NULL)
		return err_set(e, "--at is a size of one log; name the county's with --of ORIGIN");
	if (union_office(&u, o, &w->p, w->by, w->p.form == NULL, &w->only, of, e) != 0)
		return -1;
	buf_init(&b, OUT_MAX);
	*e = (struct err){ "" };
	if ((u.n > 0 ? print(w, &u.all, u.fold[0], o->c.keys.name, &b, e) : 0) != 0)
		(void)(e->text[0] != '\0' || err_set(e, "report: too long, or out of memory"));
	else if (unreported(o->dir, of, w->format, w->lang, (uint64_t)clock_wall(), &b, a, e) == 0)
		rc = deliver(a, &b, e);
	buf_free(&b);
	union_free(&u);
	return rc;
}

static int
make_report(const struct args *a, const struct wanted *w, struct office *o, struct err *e)
{
	struct ledger *l = o->c.l;
	struct fold *f;
	struct report r = { 0 };
	struct buf b;
	int rc = -1;

	if (lower_any(o->dir))
		return make_union(a, w, o, e);
	f = fold_run(l, &w->p, e);
	buf_init(&b, OUT_MAX);
	if (f != NULL && report_make_in(&r, f, l, w->by, w->p.form == NULL, &w->only, e) == 0) {
		*e = (struct err){ "" };
		if (print(w, &r, f, o->c.keys.name, &b, e) != 0)
			(void)(e->text[0] != '\0' || err_set(e, "report: too long, or out of memory"));
		else
			rc = deliver(a, &b, e);
	}
	if (rc == 0 && strcmp(w->format, "table") == 0)
		out_say(a, "按日志%llu条计 as of a log of %llu leaves", (unsigned long long)fold_size(f), (unsigned long long)fold_size(f));
	buf_free(&b);
	report_free(&r);
	fold_free(f);
	return rc;
}

int
cmd_report(const struct args *a)
{
	struct err e = { "" };
	struct wanted w;
	struct office o;
	int rc;

	if (read_wanted(a, &w, &e) != 0 || office_open(&o, a->data, OFFICE_READ, &e) != 0) {
		classes_free(&w.classes);
		return opt_fail(&e);
	}
	rc = make_report(a, &w, &o, &e);
	office_close(&o);
	classes_free(&w.classes);
	return rc == 0 ? EXIT_YES : opt_fail(&e);
}
