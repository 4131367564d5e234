#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/report/period.h"
#include "county/report/report.h"

/* period close, show, list */

#define KEY_MAX 32

/* Where a closed month's report is kept. */
static void
key_of(char key[KEY_MAX], const char *month)
{
	(void)snprintf(key, KEY_MAX, "period.%.7s", month);
}

static int
deliver(const struct args *a, struct buf *report, struct err *e)
{
	const char *to = opt_get(a, "o");
	char path[OFFICE_PATH_MAX];

	if (to == NULL)
		return 0;
	if (opt_path(a, to, path, sizeof(path)) != 0)
		return err_set(e, "%.64s...: path too long", to);
	return file_write(path, report->data, report->len, 0644, e);
}

/* All forms by village, of the month's days. */
static int
make_report(struct office *o, int32_t first, int32_t last, uint64_t *size, struct buf *b, struct err *e)
{
	const struct fold_params p = { .at = UINT64_MAX, .from = first, .to = last, .doubles = 1 };
	struct fold *f = fold_run(o->c.l, &p, e);
	struct report r = { 0 };
	int rc = -1;

	if (f != NULL && report_make(&r, f, o->c.l, BY_VILLAGE, 1, e) == 0) {
		*size = fold_size(f);
		rc = report_json(&r, b) == 0 ? 0 : err_set(e, "the month's report is too long, or out of memory");
	}
	report_free(&r);
	fold_free(f);
	return rc;
}

/* 0, 1 refused, -1. */
static int
check(struct office *o, const char *month, int32_t *first, int32_t *last, struct err *e)
{
	struct periods t;
	char today[16];
	int closed;

	if (period_days(month, first, last) != 0)
		return err_set(e, "%.32s: is no month YYYY-MM", month);
	clock_date(clock_wall(), today);
	if (fold_day(today) <= *last) {
		(void)err_set(e, "%s: is not over yet", month);
		return 1;
	}
	if (periods_load(&t, o->c.l, UINT64_MAX, e) != 0)
		return -1;
	closed = periods_find(&t, month) != NULL;
	periods_free(&t);
	if (closed)
		(void)err_set(e, "%s: was closed already, and that is for good", month);
	return closed;
}

static int
record(struct office *o, const struct args *a, const struct buf *report, struct period *p, struct err *e)
{
	struct signer *officer = office_officer(o, opt_get(a, "as"), e);
	char key[KEY_MAX];
	struct buf b;
	int rc = -1;

	sha256(p->report, report->data, report->len);
	key_of(key, p->month);
	if (officer != NULL && ledger_set(o->c.l, key, report->data ? report->data : (const uint8_t *)"", report->len, e) == 0) {
		office_begin(o, &b, RECORD_PERIOD);
		(void)buf_printf(&b, "period %s\nsize %llu\nreport ", p->month, (unsigned long long)p->size);
		(void)buf_hex(&b, p->report, HASH_LEN);
		(void)buf_putc(&b, '\n');
		rc = office_append(o, &b, officer, &p->index, e);
	}
	signer_free(officer);
	return rc;
}

static void
put_period(const struct args *a, const struct period *p, struct buf *b)
{
	if (a->json) {
		json_begin(b);
		json_put_str(b, "period", p->month);
		json_put_u64(b, "size", p->size);
		json_put_hex(b, "report", p->report, HASH_LEN);
		json_put_u64(b, "index", p->index);
		json_end(b);
		return;
	}
	(void)buf_printf(b, "%s closed at a log of %llu leaves, record %llu, report ", p->month, (unsigned long long)p->size, (unsigned long long)p->index);
	(void)buf_hex(b, p->report, HASH_LEN);
	(void)buf_putc(b, '\n');
}

int
cmd_period_close(const struct args *a)
{
	struct period p = { .index = 0 };
	struct err e = { "" };
	struct office o;
	struct buf report, b;
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&report, OUT_MAX);
	if ((rc = check(&o, a->pos[0], &p.first, &p.last, &e)) == 0) {
		(void)snprintf(p.month, sizeof(p.month), "%s", a->pos[0]);
		rc = make_report(&o, p.first, p.last, &p.size, &report, &e);
	}
	if (rc == 0 && (rc = record(&o, a, &report, &p, &e)) == 0)
		rc = deliver(a, &report, &e);
	buf_free(&report);
	office_close(&o);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	buf_init(&b, OUT_MAX);
	put_period(a, &p, &b);
	return out_put(a, &b);
}

int
cmd_period_list(const struct args *a)
{
	struct err e = { "" };
	struct periods t;
	struct office o;
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	rc = periods_load(&t, o.c.l, UINT64_MAX, &e);
	office_close(&o);
	if (rc != 0)
		return opt_fail(&e);
	buf_init(&b, OUT_MAX);
	for (size_t i = 0; i < t.n; i++)
		put_period(a, &t.p[i], &b);
	periods_free(&t);
	return out_put(a, &b);
}

/* 0, 1 not closed, or not the report that was; -1. */
static int
kept(struct office *o, const char *month, struct buf *report, struct err *e)
{
	uint8_t hash[HASH_LEN];
	const struct period *p;
	struct periods t;
	char key[KEY_MAX];
	int rc = 1;

	if (periods_load(&t, o->c.l, UINT64_MAX, e) != 0)
		return -1;
	key_of(key, month);
	if ((p = periods_find(&t, month)) == NULL) {
		(void)err_set(e, "%.32s: is not closed", month);
	} else if (ledger_get(o->c.l, key, report) != 1) {
		(void)err_set(e, "%s: its report is not held here", month);
	} else {
		sha256(hash, report->data ? report->data : (const uint8_t *)"", report->len);
		rc = memcmp(hash, p->report, HASH_LEN) == 0 ? 0 : 1;
		if (rc != 0)
			(void)err_set(e, "%s: the report that is held is not the one that was recorded", month);
	}
	periods_free(&t);
	return rc;
}

int
cmd_period_show(const struct args *a)
{
	struct err e = { "" };
	struct office o;
	struct buf report;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&report, OUT_MAX);
	rc = kept(&o, a->pos[0], &report, &e);
	office_close(&o);
	if (rc == 0 && opt_get(a, "o") == NULL)
		return out_put(a, &report);
	if (rc == 0)
		rc = deliver(a, &report, &e);
	buf_free(&report);
	return rc == 0 ? EXIT_YES : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
}
