#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/form/parse.h"

/* tally:indicator in the head: what reports show. */

#define CONDITIONS_MAX 8
#define VALUES_MAX 64
#define LEDGER_NUMBERS_MAX 32

static const char *const kinds[] = { "count", "sum", "mean", "share", "ratio", "difference", "growth", "ledger" };

static int
is_number(const struct form_field *f)
{

	return (f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL);
}

static int
copy(struct parse *p, char **to, const char *s, size_t n)
{

	free(*to);
	*to = lapsed(strndup(s, n));
	return (*to == NULL ? parse_oom(p) : 0);
}

static int
find_kind(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(ind->kind, kinds[i]) == 0) {
			ind->is = (enum indicator_kind)i;
			return (0);
		}
	return (xml_refuse(n, p->e, "indicator %s: kind %s is not known", ind->name, ind->kind));
}

static int
made_of_two(const struct form_indicator *ind)
{

	return (ind->is == INDICATOR_SHARE || ind->is == INDICATOR_RATIO);
}

/* Attributes that the kind does not take would be read over silently. */
static int
check_attributes(struct parse *p, const xmlNode *n, const struct form_indicator *ind)
{
	static const struct {
		const char *name;
		unsigned kinds; /* a bit each */
	} known[] = {
		{ "kind", ~0U }, { "name", ~0U }, { "label", ~0U }, { "ref", ~(1U << INDICATOR_SHARE | 1U << INDICATOR_RATIO | 1U << INDICATOR_LEDGER) },
		{ "where", ~(1U << INDICATOR_SHARE | 1U << INDICATOR_RATIO) }, { "distinct", 1U << INDICATOR_COUNT },
		{ "numerator", 1U << INDICATOR_SHARE | 1U << INDICATOR_RATIO }, { "denominator", 1U << INDICATOR_SHARE | 1U << INDICATOR_RATIO },
		{ "group", 1U << INDICATOR_DIFFERENCE }, { "groups", 1U << INDICATOR_DIFFERENCE }, { "period", 1U << INDICATOR_GROWTH },
		{ "plus", 1U << INDICATOR_LEDGER }, { "minus", 1U << INDICATOR_LEDGER }, { "rest", 1U << INDICATOR_LEDGER },
	};
	const xmlAttr *a;
	size_t i;

	for (a = n->properties; a != NULL; a = a->next) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (a->ns == NULL && strcmp((const char *)a->name, known[i].name) == 0 && (known[i].kinds & 1U << ind->is) != 0)
				break;
		if (i == sizeof(known) / sizeof(known[0]))
			return (xml_refuse(n, p->e, "indicator %s: %s takes no %s", ind->name, ind->kind, (const char *)a->name));
	}
	return (0);
}

/* A field whose answers stand in the payload, once a subject. */
static const struct form_field *
public_field(struct parse *p, const xmlNode *n, const struct form_indicator *ind, const char *path, int repeats)
{
	const struct form_field *f = form_field(p->f, path);

	if (f == NULL) {
		(void)xml_refuse(n, p->e, "indicator %s: %s is no field", ind->name, path);
		return (NULL);
	}
	if (f->personal || f->nchild > 0 || (!repeats && parse_in_repeat(p->f, path))) {
		(void)xml_refuse(n, p->e, "indicator %s: %s is personal, a group or in a repeat", ind->name, path);
		return (NULL);
	}
	return (f);
}

/* "a|b|c" behind the field of a condition. */
static int
read_values(struct parse *p, const xmlNode *n, const struct form_indicator *ind, struct form_condition *c, const char *s)
{
	const struct form_field *f = public_field(p, n, ind, c->path, 0);
	size_t len;

	if (f == NULL)
		return (-1);
	if (f->type != FIELD_SELECT1 && f->type != FIELD_SELECT && f->type != FIELD_STRING && f->type != FIELD_INTEGER)
		return (xml_refuse(n, p->e, "indicator %s: where: %s is no select, text or integer", ind->name, c->path));
	if ((c->value = lapsed(calloc(VALUES_MAX, sizeof(*c->value)))) == NULL)
		return (parse_oom(p));
	for (;; s += len + 1) {
		len = strcspn(s, "|");
		if (len == 0 || c->nvalues == VALUES_MAX)
			return (xml_refuse(n, p->e, "indicator %s: where: a value is missing, or more than %d", ind->name, VALUES_MAX));
		if (copy(p, &c->value[c->nvalues++], s, len) != 0)
			return (-1);
		if (f->nchoices > 0 && form_choice(f, c->value[c->nvalues - 1]) == NULL)
			return (xml_refuse(n, p->e, "indicator %s: where: %s is no choice of %s", ind->name, c->value[c->nvalues - 1], c->path));
		if (s[len] == '\0')
			return (0);
	}
}

/* "done and kind=a|b and year=2010": no spaces in a term. */
static int
read_where(struct parse *p, const xmlNode *n, struct form_indicator *ind, char *text)
{
	char *save = NULL, *term, *eq;
	struct form_condition *c;
	int and = 0;

	if ((ind->where = lapsed(calloc(CONDITIONS_MAX, sizeof(*ind->where)))) == NULL)
		return (parse_oom(p));
	for (term = strtok_r(text, " \t\r\n", &save); term != NULL; term = strtok_r(NULL, " \t\r\n", &save), and = !and) {
		if (and) {
			if (strcmp(term, "and") == 0)
				continue;
			return (xml_refuse(n, p->e, "indicator %s: where: %s stands where \"and\" should", ind->name, term));
		}
		if (strcmp(term, "done") == 0) {
			ind->done = 1;
			continue;
		}
		if ((eq = strchr(term, '=')) == NULL || eq == term || ind->nwhere == CONDITIONS_MAX)
			return (xml_refuse(n, p->e, "indicator %s: where: %s is not FIELD=VALUE|VALUE or done, or there are more than %d", ind->name, term, CONDITIONS_MAX));
		c = &ind->where[ind->nwhere++];
		if (copy(p, &c->path, term, (size_t)(eq - term)) != 0 || read_values(p, n, ind, c, eq + 1) != 0)
			return (-1);
	}
	if (!and)
		return (xml_refuse(n, p->e, "indicator %s: where: ends behind \"and\", or is empty", ind->name));
	return (ind->done && p->f->final_stage == NULL ? xml_refuse(n, p->e, "indicator %s: where: done, but the form has no final stage", ind->name) : 0);
}

/* "sum.allowance", "done", "places.CLASS". */
static int
read_operand(struct parse *p, const xmlNode *n, const struct form_indicator *ind, const char *attr, struct form_operand *o)
{
	static const char *const own[] = { "subjects", "done", "planned" };
	const struct form_indicator *x;
	char *s = NULL;
	size_t i, k;
	int rc = -1;

	if (xml_attr(n, NULL, attr, &s) != 0)
		return (parse_oom(p));
	if (s == NULL)
		return (xml_refuse(n, p->e, "indicator %s: %s is missing", ind->name, attr));
	for (i = 0; i < 3 && o->what == OPERAND_NONE; i++)
		if (strcmp(s, own[i]) == 0)
			o->what = (enum operand_what)(OPERAND_SUBJECTS + i);
	if (o->what == OPERAND_NONE && strncmp(s, "places.", 7) == 0 && s[7] != '\0') {
		o->what = OPERAND_PLACES;
		rc = copy(p, &o->places, s + 7, strlen(s + 7));
		goto out;
	}
	for (i = 0; i < p->f->nindicators && o->what == OPERAND_NONE; i++) {
		x = &p->f->indicators[i];
		k = strlen(x->kind);
		if (strncmp(s, x->kind, k) != 0 || s[k] != '.' || strcmp(s + k + 1, x->name) != 0 || x->is > INDICATOR_MEAN)
			continue;
		o->what = OPERAND_INDICATOR;
		o->indicator = i;
	}
	rc = o->what != OPERAND_NONE ? 0 : xml_refuse(n, p->e, "indicator %s: %s: %s is no count, sum or mean of this form, nor subjects, done, planned or places.CLASS",
	    ind->name, attr, s);
out:
	free(s);
	return (rc);
}

/* The two groups that a difference compares: a select1 and two of its values. */
static int
read_groups(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_field *f;
	char *ref = NULL, *two = NULL;
	size_t len;
	int rc = -1;

	if (xml_attr(n, NULL, "group", &ref) != 0 || xml_attr(n, NULL, "groups", &two) != 0) {
		rc = parse_oom(p);
		goto out;
	}
	if ((f = parse_nodeset(p, n, ref, "indicator: group")) == NULL || public_field(p, n, ind, f->path, 0) == NULL)
		goto out;
	len = two == NULL ? 0 : strcspn(two, " ");
	if (f->type != FIELD_SELECT1 || two == NULL || two[len] == '\0') {
		rc = xml_refuse(n, p->e, "indicator %s: group must be a select1, groups two of its values", ind->name);
		goto out;
	}
	if (copy(p, &ind->group, f->path, strlen(f->path)) != 0 || copy(p, &ind->group_value[0], two, len) != 0 ||
	    copy(p, &ind->group_value[1], two + len + 1, strlen(two + len + 1)) != 0)
		goto out;
	rc = form_choice(f, ind->group_value[0]) != NULL && form_choice(f, ind->group_value[1]) != NULL ? 0
	    : xml_refuse(n, p->e, "indicator %s: groups: %s: no two choices of %s", ind->name, two, f->path);
out:
	free(ref);
	free(two);
	return (rc);
}

static int
read_period(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_field *f;
	char *ref = NULL;
	int rc = -1;

	if (xml_attr(n, NULL, "period", &ref) != 0)
		return (parse_oom(p));
	if (ref == NULL)
		return (0);
	f = parse_nodeset(p, n, ref, "indicator: period");
	free(ref);
	if (f == NULL || public_field(p, n, ind, f->path, 0) == NULL)
		return (-1);
	if (f->type != FIELD_INTEGER && f->type != FIELD_DATE)
		return (xml_refuse(n, p->e, "indicator %s: period: %s is no year (int) and no date", ind->name, f->path));
	rc = copy(p, &ind->period, f->path, strlen(f->path));
	return (rc);
}

/* "a b group/c": numbers of the form, in *${list}. */
static int
read_numbers(struct parse *p, const xmlNode *n, const struct form_indicator *ind, const char *attr, char ***list, size_t *count)
{
	const struct form_field *f;
	char *s = NULL, *save = NULL, *word;
	int rc = -1;

	if (xml_attr(n, NULL, attr, &s) != 0)
		return (parse_oom(p));
	if (s == NULL)
		return (0);
	if ((*list = lapsed(calloc(LEDGER_NUMBERS_MAX, sizeof(char *)))) == NULL) {
		(void)parse_oom(p);
		goto out;
	}
	for (word = strtok_r(s, " \t\r\n", &save); word != NULL; word = strtok_r(NULL, " \t\r\n", &save)) {
		if ((f = public_field(p, n, ind, word, 0)) == NULL)
			goto out;
		if (!is_number(f) || *count == LEDGER_NUMBERS_MAX) {
			(void)xml_refuse(n, p->e, "indicator %s: %s: %s is no number, or there are more than %d", ind->name, attr, word, LEDGER_NUMBERS_MAX);
			goto out;
		}
		if (copy(p, &(*list)[(*count)++], word, strlen(word)) != 0)
			goto out;
	}
	rc = 0;
out:
	free(s);
	return (rc);
}

/* An account: what comes in, what goes out, and the number that should be what remains. */
static int
read_ledger(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	char **rest = NULL;
	size_t many = 0;
	int rc = read_numbers(p, n, ind, "rest", &rest, &many);

	if (rc == 0 && many > 1)
		rc = xml_refuse(n, p->e, "indicator %s: rest: one number at most", ind->name);
	if (rc == 0 && many == 1) {
		ind->rest = rest[0];
		many = 0;
	}
	while (many > 0)
		free(rest[--many]);
	free(rest);
	if (rc != 0 || read_numbers(p, n, ind, "plus", &ind->plus, &ind->nplus) != 0 || read_numbers(p, n, ind, "minus", &ind->minus, &ind->nminus) != 0)
		return (-1);
	if (ind->nplus == 0)
		return (xml_refuse(n, p->e, "indicator %s: a ledger needs plus: the numbers that come in", ind->name));
	return (copy(p, &ind->path, ind->plus[0], strlen(ind->plus[0])));
}

/* Totals are made from the payload, so what they count must be there. */
static int
read_field(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_field *f;
	char *ref = NULL;

	if (xml_attr(n, NULL, "ref", &ref) != 0)
		return (parse_oom(p));
	f = parse_nodeset(p, n, ref, "indicator");
	free(ref);
	if (f == NULL || public_field(p, n, ind, f->path, ind->distinct) == NULL || copy(p, &ind->path, f->path, strlen(f->path)) != 0)
		return (-1);
	if (ind->is != INDICATOR_COUNT && !is_number(f))
		return (xml_refuse(n, p->e, "indicator %s: %s of %s, which is no number", ind->name, ind->kind, ind->path));
	return (0);
}

/* What its kind needs. */
static int
read_kind(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_indicator *all = p->f->indicators;
	char *text = NULL;
	int rc;

	if (made_of_two(ind)) {
		if (read_operand(p, n, ind, "numerator", &ind->numerator) != 0 || read_operand(p, n, ind, "denominator", &ind->denominator) != 0)
			return (-1);
		text = ind->numerator.what == OPERAND_INDICATOR ? all[ind->numerator.indicator].path : NULL;
		return (copy(p, &ind->path, text == NULL ? "" : text, text == NULL ? 0 : strlen(text)));
	}
	if (xml_attr(n, NULL, "distinct", &text) != 0)
		return (parse_oom(p));
	rc = text != NULL && strcmp(text, "true()") != 0 ? xml_refuse(n, p->e, "indicator %s: distinct must be true()", ind->name) : 0;
	ind->distinct = text != NULL;
	free(text);
	if (rc != 0 || (ind->is == INDICATOR_LEDGER ? read_ledger(p, n, ind) : read_field(p, n, ind)) != 0)
		return (-1);
	if (xml_attr(n, NULL, "where", &text) != 0)
		return (parse_oom(p));
	rc = text == NULL ? 0 : read_where(p, n, ind, text);
	free(text);
	if (rc == 0 && ind->is == INDICATOR_DIFFERENCE)
		rc = read_groups(p, n, ind);
	return (rc == 0 && ind->is == INDICATOR_GROWTH ? read_period(p, n, ind) : rc);
}

/* Without one of its own a single figure is called as its field. */
static int
read_label(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_field *f;
	char *ref = NULL;
	int rc;

	if (xml_attr(n, NULL, "label", &ref) != 0)
		return (parse_oom(p));
	if (ref != NULL) {
		rc = itext_resolve(p, n, ref, ind->label);
		free(ref);
		return (rc);
	}
	if (made_of_two(ind) || ind->is == INDICATOR_LEDGER || (f = form_field(p->f, ind->path)) == NULL)
		return (xml_refuse(n, p->e, "indicator %s: %s needs a label", ind->name, ind->kind));
	return (copy(p, &ind->label[FORM_ZH], f->label[FORM_ZH], strlen(f->label[FORM_ZH])) != 0 ? -1
	    : copy(p, &ind->label[FORM_EN], f->label[FORM_EN], strlen(f->label[FORM_EN])));
}

/* ${ind} is the form's last; what stands before it is whole. */
static int
read_indicator(struct parse *p, const xmlNode *n, struct form_indicator *ind)
{
	const struct form_indicator *x;

	if (xml_attr(n, NULL, "kind", &ind->kind) != 0 || xml_attr(n, NULL, "name", &ind->name) != 0)
		return (parse_oom(p));
	if (ind->kind == NULL || ind->name == NULL || *ind->name == '\0')
		return (xml_refuse(n, p->e, "indicator: kind or name is missing"));
	if (find_kind(p, n, ind) != 0 || check_attributes(p, n, ind) != 0)
		return (-1);
	for (x = p->f->indicators; x != ind; x++)
		if (x->is == ind->is && strcmp(x->name, ind->name) == 0)
			return (xml_refuse(n, p->e, "indicator: %s %s stands twice", ind->kind, ind->name));
	return (read_kind(p, n, ind) != 0 ? -1 : read_label(p, n, ind));
}

int
parse_indicators(struct parse *p)
{
	const xmlNode *n;
	size_t count = 0;

	for (n = xml_first(p->head); n != NULL; n = xml_next(n))
		count += strcmp(xml_ns(n), XML_NS_TALLY) == 0 && strcmp(xml_name(n), "media") != 0 ? 1U : 0U;
	if (count == 0)
		return (0);
	if (count > FORM_FIELDS_MAX)
		return (err_set(p->e, "form: more than %d indicators", FORM_FIELDS_MAX));
	if ((p->f->indicators = lapsed(calloc(count, sizeof(*p->f->indicators)))) == NULL)
		return (parse_oom(p));
	for (n = xml_first(p->head); n != NULL; n = xml_next(n)) {
		if (strcmp(xml_ns(n), XML_NS_TALLY) != 0 || strcmp(xml_name(n), "media") == 0)
			continue;
		if (strcmp(xml_name(n), "indicator") != 0 || xml_first(n) != NULL)
			return (xml_refuse(n, p->e, "head: only empty tally:indicator and tally:media elements are known, not %s", xml_name(n)));
		p->f->nindicators++;
		if (read_indicator(p, n, &p->f->indicators[p->f->nindicators - 1]) != 0)
			return (-1);
	}
	return (0);
}

const char *
form_indicator_unit(const struct form *f, const struct form_indicator *ind)
{
	const struct form_field *field = form_field(f, ind->path);
	const struct form_indicator *top = ind->numerator.what == OPERAND_INDICATOR ? &f->indicators[ind->numerator.indicator] : NULL;

	if (ind->is == INDICATOR_SHARE || ind->is == INDICATOR_GROWTH)
		return ("percent");
	if (ind->is == INDICATOR_COUNT || ind->is == INDICATOR_LEDGER || (ind->is == INDICATOR_RATIO && (top == NULL || top->is == INDICATOR_COUNT)))
		return ("");
	return (field == NULL || field->unit == NULL ? "" : field->unit);
}
