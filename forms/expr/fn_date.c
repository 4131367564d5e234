#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "forms/eval.h"

#define DAY_MS 86400000.0
#define HERE_MS 28800000 /* Asia/Shanghai: UTC+8, no daylight saving */

FUNCTION(now)
FUNCTION(today)
FUNCTION(date)
FUNCTION(format_date)
FUNCTION(decimal_date_time)
FUNCTION(decimal_time)

const struct function fn_dates[] = {
	{ "now", 0, 0, EXPR_CLOCK, x_now }, { "today", 0, 0, EXPR_CLOCK, x_today }, { "date", 1, 1, 0, x_date },
	{ "date-time", 1, 1, 0, x_date }, { "format-date", 2, 2, 0, x_format_date }, { "format-date-time", 2, 2, 0, x_format_date },
	{ "decimal-date-time", 1, 1, 0, x_decimal_date_time }, { "decimal-time", 1, 1, 0, x_decimal_time }, { NULL, 0, 0, 0, NULL },
};

/* Days since 1970 of a date of the calendar. */
static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era, doy, yoe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + (int64_t)d - 1;
	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

static void
civil_of(int64_t days, int *y, unsigned *m, unsigned *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

/* ${n} digits at *${s}, moved past.  -1 if they are not there. */
static int
digits(const char **s, unsigned n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return (-1);
		v = v * 10 + (**s - '0');
	}
	return (v);
}

/* "HH:MM[:SS[.fff]][Z|+HH:MM]" to its end: milliseconds of the day in UTC.  0 or -1. */
static int
read_time(const char *s, double *ms)
{
	int h = digits(&s, 2), m, sec = 0, oh, om, sign;
	double fraction = 0, unit = 100;

	if (h < 0 || h > 23 || *s++ != ':' || (m = digits(&s, 2)) < 0 || m > 59)
		return (-1);
	if (*s == ':') {
		s++;
		if ((sec = digits(&s, 2)) < 0 || sec > 59)
			return (-1);
		if (*s == '.') {
			if (s[1] < '0' || s[1] > '9' || strspn(s + 1, "0123456789") > 9)
				return (-1);
			for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
				fraction += unit * (*s - '0');
		}
	}
	*ms = ((h * 60 + m) * 60 + sec) * 1000.0 + floor(fraction);
	if (*s == '\0')
		*ms -= HERE_MS;
	else if (strcmp(s, "Z") != 0) {
		sign = *s == '-' ? 1 : -1;
		if ((*s != '+' && *s != '-') || (s++, oh = digits(&s, 2)) < 0 || oh > 14 || *s++ != ':' || (om = digits(&s, 2)) < 0 ||
		    om > 59 || *s != '\0')
			return (-1);
		*ms += sign * (oh * 60 + om) * 60000.0;
	}
	return (0);
}

/* A date of the calendar, one or two digits for month and day where ${loose}; *${rest} is what follows. */
static int
read_date(const char *s, int loose, double *days, const char **rest)
{
	static const unsigned char last[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y = digits(&s, 4), m, d;

	if (y < 1 || *s++ != '-' || (m = digits(&s, loose && s[0] != '\0' && s[1] == '-' ? 1 : 2)) < 1 || m > 12 || *s++ != '-' ||
	    (d = digits(&s, loose && (s[0] == '\0' || s[1] == '\0' || s[1] == 'T') ? 1 : 2)) < 1)
		return (-1);
	if (d > last[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))
		return (-1);
	*days = (double)days_of(y, (unsigned)m, (unsigned)d);
	*rest = s;
	return (0);
}

static int
read_date_time(const char *s, int loose, double *ms)
{
	double days, time = -HERE_MS;
	const char *rest;

	if (read_date(s, loose, &days, &rest) != 0)
		return (-1);
	if (*rest != '\0' && (*rest != 'T' || read_time(rest + 1, &time) != 0))
		return (-1);
	*ms = days * DAY_MS + time;
	return (0);
}

int
date_ms(const char *s, double *ms)
{

	return (read_date_time(s, 0, ms));
}

int
time_ok(const char *s)
{
	double ms;

	return (read_time(s, &ms) == 0);
}

int
datetime_ok(const char *s)
{
	double ms;

	return (strlen(s) > 10 && date_ms(s, &ms) == 0);
}

void
date_text(int64_t ms, char out[40])
{
	int64_t local = ms + HERE_MS, day = (local >= 0 ? local : local - 86399999) / 86400000, in = local - day * 86400000;
	unsigned m, d;
	int y;

	civil_of(day, &y, &m, &d);
	(void)snprintf(out, 40, "%04d-%02u-%02uT%02d:%02d:%02d.%03d+08:00", y, m, d, (int)(in / 3600000), (int)(in / 60000 % 60),
	    (int)(in / 1000 % 60), (int)(in % 1000));
}

static xmlXPathObjectPtr
text(const char *s)
{

	return (xmlXPathNewString((const xmlChar *)s));
}

static xmlXPathObjectPtr
f_now(struct call *k)
{
	char s[40] = "";

	if (k->v->now_ms > 0)
		date_text(k->v->now_ms, s);
	return (text(s));
}

static xmlXPathObjectPtr
f_today(struct call *k)
{
	char s[40] = "";

	if (k->v->now_ms > 0)
		date_text(k->v->now_ms, s);
	s[10] = '\0';
	return (text(s));
}

static int
days_ms(double days, double *ms)
{

	*ms = days * DAY_MS;
	return (isnan(days) || fabs(days) > 3000000 ? -1 : 0);
}

/* The moment an argument means: days since 1970 UTC, also as a field's number, or text.  0, or -1 if it means none. */
static int
moment(struct call *k, int loose, double *ms)
{
	char *s;
	int rc;

	if (k->arg[0]->type == XPATH_NUMBER)
		return (days_ms(k->arg[0]->floatval, ms));
	if ((s = call_text(k, 0)) == NULL)
		return (-1);
	if ((rc = read_date_time(s, loose, ms)) != 0 && k->arg[0]->type == XPATH_NODESET)
		rc = days_ms(text_number(s), ms);
	free(s);
	return (rc);
}

/* A date without time where it is midnight here. */
static xmlXPathObjectPtr
f_date(struct call *k)
{
	double ms;
	char s[40];

	if (moment(k, 1, &ms) != 0)
		return (k->v->limit || k->v->oom ? NULL : text(""));
	date_text((int64_t)floor(ms + 0.5), s);
	if (strncmp(s + 10, "T00:00:00.000", 13) == 0)
		s[10] = '\0';
	return (text(s));
}

/* The parts of one moment, for format-date. */
struct parts {
	int year;
	unsigned month, day;
	int hour, minute, second, ms, weekday;
};

static struct parts
parts_of(int64_t ms)
{
	int64_t local = ms + HERE_MS, day = (local >= 0 ? local : local - 86399999) / 86400000, in = local - day * 86400000;
	struct parts p;

	civil_of(day, &p.year, &p.month, &p.day);
	p.hour = (int)(in / 3600000);
	p.minute = (int)(in / 60000 % 60);
	p.second = (int)(in / 1000 % 60);
	p.ms = (int)(in % 1000);
	p.weekday = (int)(((day % 7) + 11) % 7);
	return (p);
}

static void
put_part(struct buf *b, char c, const struct parts *p)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

	switch (c) {
	case 'Y': (void)buf_printf(b, "%04d", p->year); break;
	case 'y': (void)buf_printf(b, "%02d", p->year % 100); break;
	case 'm': (void)buf_printf(b, "%02u", p->month); break;
	case 'n': (void)buf_printf(b, "%u", p->month); break;
	case 'b': (void)buf_puts(b, months[(p->month + 11) % 12]); break;
	case 'd': (void)buf_printf(b, "%02u", p->day); break;
	case 'e': (void)buf_printf(b, "%u", p->day); break;
	case 'a': (void)buf_puts(b, days[p->weekday]); break;
	case 'H': (void)buf_printf(b, "%02d", p->hour); break;
	case 'h': (void)buf_printf(b, "%d", p->hour); break;
	case 'M': (void)buf_printf(b, "%02d", p->minute); break;
	case 'S': (void)buf_printf(b, "%02d", p->second); break;
	case '3': (void)buf_printf(b, "%03d", p->ms); break;
	default: (void)buf_printf(b, "%%%c", c); break;
	}
}

static xmlXPathObjectPtr
f_format_date(struct call *k)
{
	xmlXPathObjectPtr o = NULL;
	struct parts p;
	char *format = NULL, *s;
	struct buf b;
	double ms;

	if (moment(k, 0, &ms) != 0)
		return (k->v->limit || k->v->oom ? NULL : text(""));
	buf_init(&b, EXPR_TEXT_MAX);
	p = parts_of((int64_t)floor(ms + 0.5));
	if ((format = call_text(k, 1)) == NULL)
		goto out;
	for (s = format; *s != '\0'; s++) {
		if (*s == '%' && s[1] != '\0')
			put_part(&b, *++s, &p);
		else
			(void)buf_putc(&b, (uint8_t)*s);
	}
	if (buf_ok(&b))
		o = text(buf_str(&b));
	else
		k->v->limit = 1;
out:
	buf_free(&b);
	free(format);
	return (o);
}

static xmlXPathObjectPtr
f_decimal_date_time(struct call *k)
{
	double ms;

	return (xmlXPathNewFloat(moment(k, 0, &ms) == 0 ? ms / DAY_MS : (double)NAN));
}

/* The fraction of the day, as the clock here shows it. */
static xmlXPathObjectPtr
f_decimal_time(struct call *k)
{
	char *s = call_text(k, 0);
	double ms = (double)NAN;

	if (s == NULL)
		return (NULL);
	if (read_time(s, &ms) == 0)
		ms = fmod(ms + HERE_MS + 2 * DAY_MS, DAY_MS);
	free(s);
	return (xmlXPathNewFloat(ms / DAY_MS));
}
