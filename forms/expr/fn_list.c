#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/eval.h"

/* Several choices in one answer, conditions, positions on the globe. */

FUNCTION(selected)
FUNCTION(selected_at)
FUNCTION(count_selected)
FUNCTION(choice_name)
FUNCTION(if)
FUNCTION(not)
FUNCTION(boolean)
FUNCTION(true)
FUNCTION(false)
FUNCTION(boolean_from_string)
FUNCTION(checklist)
FUNCTION(weighted_checklist)
FUNCTION(area)
FUNCTION(distance)

const struct function fn_lists[] = {
	{ "selected", 2, 2, 0, x_selected }, { "selected-at", 2, 2, 0, x_selected_at }, { "count-selected", 1, 1, 0, x_count_selected },
	{ "choice-name", 2, 2, 0, x_choice_name }, { "if", 3, 3, 0, x_if }, { "not", 1, 1, 0, x_not }, { "boolean", 1, 1, 0, x_boolean },
	{ "true", 0, 0, 0, x_true }, { "false", 0, 0, 0, x_false }, { "boolean-from-string", 1, 1, 0, x_boolean_from_string },
	{ "checklist", 3, -1, 0, x_checklist }, { "weighted-checklist", 4, -1, 0, x_weighted_checklist }, { "area", 1, 1, 0, x_area },
	{ "distance", 1, -1, 0, x_distance }, { NULL, 0, 0, 0, NULL },
};

#define BLANK " \t\r\n"

/* The next word at *${s}, moved past; its length, 0 at the end. */
static size_t
word(const char **s, const char **at)
{
	size_t n;

	*s += strspn(*s, BLANK);
	n = strcspn(*s, BLANK);
	*at = *s;
	*s += n;
	return (n);
}

static xmlXPathObjectPtr
f_selected(struct call *k)
{
	char *list = call_text(k, 0), *one = list == NULL ? NULL : call_text(k, 1);
	const char *s = list, *w, *at, *rest = one;
	size_t n, m;
	int yes = 0;

	if (one != NULL) {
		m = word(&rest, &w);
		/* nothing is chosen in an empty answer only */
		yes = m == 0 && word(&s, &at) == 0;
		while (m > 0 && !yes && (n = word(&s, &at)) > 0)
			yes = n == m && memcmp(at, w, n) == 0;
	}
	free(list);
	free(one);
	return (k->v->limit || k->v->oom ? NULL : xmlXPathNewBoolean(yes));
}

static xmlXPathObjectPtr
f_selected_at(struct call *k)
{
	char *list = call_text(k, 0), *out = NULL;
	double i = trunc(object_number(k->arg[1]));
	const char *s = list, *at = "";
	size_t n = 0;

	if (list == NULL)
		return (NULL);
	if (i >= 0)
		while ((n = word(&s, &at)) > 0 && i >= 1)
			i -= 1;
	out = lapsed(strndup(at, n));
	free(list);
	return (call_return(out));
}

static xmlXPathObjectPtr
f_count_selected(struct call *k)
{
	char *list = call_text(k, 0);
	const char *s = list, *at;
	int n = 0;

	if (list == NULL)
		return (NULL);
	while (word(&s, &at) > 0)
		n++;
	free(list);
	return (xmlXPathNewFloat(n));
}

/* The second argument became a field's number when the form was read. */
static xmlXPathObjectPtr
f_choice_name(struct call *k)
{
	char *value = call_text(k, 0);
	const char *label = NULL;

	if (value == NULL)
		return (NULL);
	if (k->v->choice_name != NULL)
		label = k->v->choice_name(k->v->ctx, (unsigned)object_number(k->arg[1]), value);
	free(value);
	return (k->v->limit || k->v->oom ? NULL : xmlXPathNewString((const xmlChar *)(label == NULL ? "" : label)));
}

static xmlXPathObjectPtr
f_if(struct call *k)
{

	return (xmlXPathObjectCopy(object_boolean(k->arg[0]) ? k->arg[1] : k->arg[2]));
}

static xmlXPathObjectPtr
f_not(struct call *k)
{

	return (xmlXPathNewBoolean(!object_boolean(k->arg[0])));
}

static xmlXPathObjectPtr
f_boolean(struct call *k)
{

	return (xmlXPathNewBoolean(object_boolean(k->arg[0])));
}

static xmlXPathObjectPtr
f_true(struct call *k)
{

	(void)k;
	return (xmlXPathNewBoolean(1));
}

static xmlXPathObjectPtr
f_false(struct call *k)
{

	(void)k;
	return (xmlXPathNewBoolean(0));
}

static xmlXPathObjectPtr
f_boolean_from_string(struct call *k)
{
	char *s = call_text(k, 0);
	int yes = s != NULL && (strcmp(s, "1") == 0 || strcmp(s, "true") == 0);

	if (s == NULL)
		return (NULL);
	free(s);
	return (xmlXPathNewBoolean(yes));
}

/* Between the first and the second argument (-1: no end)? */
static xmlXPathObjectPtr
between(struct call *k, double sum)
{
	double min = object_number(k->arg[0]), max = object_number(k->arg[1]);

	return (xmlXPathNewBoolean(sum >= min && (sum <= max || (max >= -1 && max <= -1))));
}

/* A node counts as true when something stands in it. */
static double
count_true(xmlXPathObjectPtr o)
{
	int i, n = 0;

	if (o->type != XPATH_NODESET)
		return (object_boolean(o));
	for (i = 0; o->nodesetval != NULL && i < o->nodesetval->nodeNr; i++) {
		char *own;
		const char *s = node_text(o->nodesetval->nodeTab[i], &own);

		n += s[strspn(s, BLANK)] != '\0';
		xmlFree(own);
	}
	return (n);
}

static xmlXPathObjectPtr
f_checklist(struct call *k)
{
	double n = 0;
	int i;

	for (i = 2; i < k->n; i++)
		n += count_true(k->arg[i]);
	return (between(k, n));
}

static xmlXPathObjectPtr
f_weighted_checklist(struct call *k)
{
	double n = 0;
	int i;

	for (i = 2; i + 1 < k->n; i += 2)
		if (count_true(k->arg[i]) > 0)
			n += object_number(k->arg[i + 1]);
	return (between(k, n));
}

/* The next position of "LAT LON [ALT ACC]; ..." in degrees.  1, or 0 at the end and where none is. */
static int
next_point(const char **s, double *lat, double *lon)
{
	char *end;

	*lat = strtod(*s, &end);
	if (end == *s)
		return (0);
	*s = end;
	*lon = strtod(*s, &end);
	if (end == *s)
		return (0);
	*s = end + strcspn(end, ";");
	*s += **s == ';';
	return (fabs(*lat) <= 90 && fabs(*lon) <= 180);
}

#define EARTH_M 6378100.0

/* Of all arguments one line of "LAT LON; LAT LON". */
static char *
line_of(struct call *k)
{
	struct buf b;
	int i, j, n;
	char *own, *out = NULL, *s;

	buf_init(&b, EXPR_TEXT_MAX);
	for (i = 0; i < k->n; i++) {
		n = k->arg[i]->type == XPATH_NODESET && k->arg[i]->nodesetval != NULL ? k->arg[i]->nodesetval->nodeNr : 0;
		for (j = 0; j < n; j++) {
			(void)buf_printf(&b, "%s;", node_text(k->arg[i]->nodesetval->nodeTab[j], &own));
			xmlFree(own);
		}
		if (k->arg[i]->type != XPATH_NODESET && (s = call_text(k, i)) != NULL) {
			(void)buf_printf(&b, "%s;", s);
			free(s);
		}
	}
	if (buf_ok(&b))
		out = lapsed(strdup(buf_str(&b)));
	else
		k->v->limit = 1;
	buf_free(&b);
	return (out);
}

/* Metres along the line, great circles. */
static xmlXPathObjectPtr
f_distance(struct call *k)
{
	double lat, lon, lat0 = 0, lon0 = 0, sum = 0, a, rad = M_PI / 180;
	char *line = line_of(k);
	const char *s = line;
	int n = 0;

	if (line == NULL)
		return (NULL);
	for (; next_point(&s, &lat, &lon); n++, lat0 = lat, lon0 = lon) {
		if (n == 0)
			continue;
		a = pow(sin((lat - lat0) * rad / 2), 2) + cos(lat0 * rad) * cos(lat * rad) * pow(sin((lon - lon0) * rad / 2), 2);
		sum += 2 * EARTH_M * asin(fmin(1, sqrt(a)));
	}
	free(line);
	return (xmlXPathNewFloat(floor(sum * 100 + 0.5) / 100));
}

/* Square metres in the line closed. */
static xmlXPathObjectPtr
f_area(struct call *k)
{
	double lat, lon, lat0 = 0, lon0 = 0, first_lat = 0, first_lon = 0, sum = 0, rad = M_PI / 180;
	char *line = line_of(k);
	const char *s = line;
	int n = 0;

	if (line == NULL)
		return (NULL);
	for (; next_point(&s, &lat, &lon); n++, lat0 = lat, lon0 = lon) {
		if (n == 0) {
			first_lat = lat;
			first_lon = lon;
		} else
			sum += (lon - lon0) * rad * (2 + sin(lat0 * rad) + sin(lat * rad));
	}
	sum += (first_lon - lon0) * rad * (2 + sin(lat0 * rad) + sin(first_lat * rad));
	free(line);
	return (xmlXPathNewFloat(n < 3 ? 0 : floor(fabs(sum * EARTH_M * EARTH_M / 2) * 100 + 0.5) / 100));
}
