#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "forms/run.h"
#include "forms/value.h"

#define SHOWN_MAX 128 /* bytes of a path in a finding */

/* Answers (JSON) and the run that was made of them are walked side by side. */
struct check {
	const struct form *f;
	struct form_run *r;
	struct form_findings *out;
	int bad; /* something was found */
	int oom;
};

static void
found(struct check *c, const char *path, const char *rule, const char *why)
{

	c->bad = 1;
	if (value_finding(c->out, path, rule, "%s: %s", path, why) < 0)
		c->oom = 1;
}

static void
cut(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && !utf8_ok(s, n))
		s[--n] = '\0';
}

/* With the form's own words, where it has some. */
static void
found_said(struct check *c, const char *path, const char *rule, const char *why, char *const words[2])
{
	size_t before = c->out == NULL ? 0 : c->out->n;
	struct form_finding *x;
	char text[200];

	(void)snprintf(text, sizeof(text), "%s%s%s", why, words[FORM_EN] == NULL ? "" : ": ", words[FORM_EN] == NULL ? "" : words[FORM_EN]);
	found(c, path, rule, text);
	if (c->out == NULL || c->out->n == before || words[FORM_EN] == NULL || words[FORM_ZH] == NULL)
		return;
	x = &c->out->f[before];
	(void)snprintf(x->message[FORM_ZH], sizeof(x->message[0]), "%s", words[FORM_ZH]);
	(void)snprintf(x->message[FORM_EN], sizeof(x->message[0]), "%s", words[FORM_EN]);
	cut(x->message[FORM_ZH]);
	cut(x->message[FORM_EN]);
}

static void
join_path(char out[SHOWN_MAX], const char *path, const char *name)
{

	(void)snprintf(out, SHOWN_MAX, "%s%s%s", path, *path == '\0' ? "" : "/", name);
}

static void
limit(struct check *c, const char *path)
{

	if (c->r->v.oom) {
		c->oom = 1;
		return;
	}
	found(c, path, "limit", "cannot be judged: an expression of the form takes too many steps or gives too much");
	eval_reset(&c->r->v);
}

/* The truth of an expression at ${n}: 1, 0, -1 when it is not judged (and, at a limit, said so). */
static int
truth(struct check *c, const struct node *n, const struct expr *x, const char *path)
{
	int rc;

	if (x == NULL || run_unjudged(c->r, x))
		return (-1);
	if ((rc = eval_boolean(&c->r->v, x, n->x)) < 0)
		limit(c, path);
	return (rc);
}

/* Numbers that differ by no more than their last digits are the same: engines round differently. */
static int
same_value(const struct form_field *f, const char *a, const char *b)
{
	double x, y;

	if (strcmp(a, b) == 0)
		return (1);
	if (f->type != FIELD_DECIMAL)
		return (0);
	x = text_number(a);
	y = text_number(b);
	return (fabs(x - y) <= 1e-9 * fmax(1, fmax(fabs(x), fabs(y))));
}

static int
chosen_offered(const struct node *n, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < n->nchoices; i++)
		if (n->offered[i] && strncmp(n->choices[i].value, word, len) == 0 && n->choices[i].value[len] == '\0')
			return (1);
	return (0);
}

/* Only what the form offers now: a filter, rows from outside, instances of a repeat. */
static void
check_offered(struct check *c, struct node *n, const char *path)
{
	const struct expr *x = c->f->logic->of[n->f->index].itemset;
	const char *s = n->value;
	size_t len;
	int rc;

	if (x == NULL || run_unjudged(c->r, x))
		return;
	if ((rc = run_list(c->r, n)) <= 0) {
		if (rc < 0)
			limit(c, path);
		return;
	}
	for (; *s != '\0'; s += len, s += strspn(s, " ")) {
		len = strcspn(s, " ");
		if (!chosen_offered(n, s, len)) {
			found(c, path, "choice", "is none of the choices that the form offers then");
			return;
		}
	}
}

static void
check_range(struct check *c, const struct node *n, const char *path)
{
	double d = text_number(n->value), a, b;

	if (n->f->control != CONTROL_RANGE)
		return;
	a = text_number(n->f->range[0]);
	b = text_number(n->f->range[1]);
	if (d < fmin(a, b) || d > fmax(a, b))
		found(c, path, "range", "is outside the form's range");
}

/* An answer that is there and fits its type. */
static void
check_answer(struct check *c, struct node *n, const cJSON *v, const char *path)
{
	const struct field_logic *x = &c->f->logic->of[n->f->index];
	char *text;

	if (!n->relevant) {
		if (!(c->r->env.withheld && x->hidden_by_personal))
			found(c, path, "relevant", "is answered, but the form does not ask it then");
		return;
	}
	if (c->r->judged && x->calculate != NULL) {
		if ((text = leaf_text(n->f, v)) != NULL && !same_value(n->f, text, n->value))
			found(c, path, "calculate", "is not what the form calculates");
		free(text);
	}
	if (truth(c, n, x->constraint, path) == 0)
		found_said(c, path, "constraint", "breaks the form's rule", n->f->constraint_msg);
	check_offered(c, n, path);
	check_range(c, n, path);
}

static void
check_absent(struct check *c, const struct node *n, const char *path)
{
	const struct field_logic *x = &c->f->logic->of[n->f->index];
	int required = n->f->required;

	if (!n->relevant || (c->r->env.withheld && (x->hidden_by_personal || n->f->personal)))
		return;
	if (c->r->judged && x->calculate != NULL && *n->value != '\0')
		found(c, path, "calculate", "is absent, but the form calculates it");
	else if (*n->value == '\0' && (x->required != NULL ? truth(c, n, x->required, path) == 1 : required))
		found_said(c, path, "required", "is required", n->f->required_msg);
}

static void
check_leaf(struct check *c, const struct form_field *f, struct node *n, const cJSON *v, const char *path)
{
	struct value_fault fault = { NULL, NULL };
	char why[200], choices[120];

	if (value_empty(v)) {
		if (n != NULL)
			check_absent(c, n, path);
	} else if (value_judge(f, v, &fault) != 0) {
		value_choices(f, fault.rule, choices, sizeof(choices));
		(void)snprintf(why, sizeof(why), "%s%s", fault.why, choices);
		found(c, path, fault.rule, why);
	} else if (c->f->subject != NULL && strcmp(c->f->subject, f->path) == 0 && !value_subject(v->valuestring))
		found(c, path, "subject", "must be 1 to 64 characters of A-Z a-z 0-9 . _ - and no identity number");
	else if (n != NULL)
		check_answer(c, n, v, path);
}

static void check_object(struct check *, const struct form_field *, struct node *, const cJSON *, const char *);

/* More instances than the form counts; empty ones are not kept, so there may be fewer. */
static void
check_count(struct check *c, struct node *n, const char *path)
{
	const struct expr *x = c->f->logic->of[n->f->index].count;
	double d;

	if (x == NULL || !n->relevant || run_unjudged(c->r, x))
		return;
	if (eval_number(&c->r->v, x, n->x, &d) != 0)
		limit(c, path);
	else if (isnan(d) ? n->nchild > 0 : (double)n->nchild > d)
		found(c, path, "count", "has more instances than the form asks for");
}

static void
check_repeat(struct check *c, const struct form_field *f, struct node *n, const cJSON *v, const char *path)
{
	char at[SHOWN_MAX];
	const cJSON *x;
	size_t i = 0;

	if (!cJSON_IsArray(v)) {
		found(c, path, "type", "is not a list");
		return;
	}
	cJSON_ArrayForEach(x, v) {
		(void)snprintf(at, sizeof(at), "%.100s[%zu]", path, i);
		if (i >= FORM_REPEAT_MAX) {
			found(c, path, "range", "has more than 1000 instances");
			return;
		}
		if (cJSON_IsObject(x))
			check_object(c, f, n != NULL && i < n->nchild ? n->child[i] : NULL, x, at);
		else
			found(c, at, "type", "is not an object");
		i++;
	}
	if (n != NULL)
		check_count(c, n, path);
}

static void
check_field(struct check *c, const struct form_field *f, struct node *n, const cJSON *v, const char *path)
{

	if (f->type == FIELD_REPEAT) {
		if (!value_empty(v))
			check_repeat(c, f, n, v, path);
	} else if (f->nchild > 0) {
		if (value_empty(v) || cJSON_IsObject(v))
			check_object(c, f, n, cJSON_IsObject(v) ? v : NULL, path);
		else
			found(c, path, "type", "is not an object");
	} else
		check_leaf(c, f, n, v, path);
}

static void
check_object(struct check *c, const struct form_field *f, struct node *n, const cJSON *obj, const char *path)
{
	char at[SHOWN_MAX];
	const cJSON *v;
	size_t i;

	cJSON_ArrayForEach(v, obj) {
		for (i = 0; i < f->nchild && strcmp(f->child[i].name, v->string) != 0; i++)
			continue;
		if (i == f->nchild) {
			join_path(at, path, v->string);
			found(c, at, "unknown-field", "the form has no such field");
		}
	}
	for (i = 0; i < f->nchild && !c->oom; i++) {
		join_path(at, path, f->child[i].name);
		check_field(c, &f->child[i], n == NULL ? NULL : n->child[i], cJSON_GetObjectItemCaseSensitive(obj, f->child[i].name), at);
	}
}

/* Judge ${answers} beside the run, which is settled here. */
static int
check_run(struct check *c, const cJSON *answers)
{

	if (run_settle(c->r) != 0) {
		if (c->r->v.oom)
			return (-1);
		c->bad = 1;
		if (value_finding(c->out, "", "limit", "%s", c->r->limit) < 0)
			return (-1);
		eval_reset(&c->r->v);
	}
	check_object(c, &c->f->root, c->r->root, answers, "");
	return (c->oom ? -1 : c->bad);
}

int
form_check_in(const struct form *f, const struct form_env *env, const cJSON *answers, struct form_findings *out)
{
	struct check c = { .f = f, .out = out };
	unsigned long lapses = lapse_count();
	struct err e = { "" };
	int rc;

	if (!cJSON_IsObject(answers)) {
		found(&c, "", "type", "the answers are not an object");
		return (c.oom ? -1 : 1);
	}
	if ((c.r = run_open(f, env, answers, 0, 1, &e)) == NULL) {
		if (lapse_count() != lapses)
			return (-1);
		return (value_finding(out, "", "limit", "%s", e.text) < 0 ? -1 : 1);
	}
	rc = check_run(&c, answers);
	form_run_free(c.r);
	return (rc == 1 && lapse_count() != lapses ? -1 : rc);
}

int
form_check(const struct form *f, const cJSON *answers, struct form_findings *out)
{

	return (form_check_in(f, NULL, answers, out));
}

int
form_run_check(struct form_run *r, struct form_findings *out)
{
	struct check c = { .f = r->f, .r = r, .out = out };
	cJSON *answers = form_run_answers(r);
	int rc;

	if (answers == NULL)
		return (-1);
	rc = check_run(&c, answers);
	cJSON_Delete(answers);
	return (rc);
}

int
form_grave(const struct form_findings *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->f[i].rule, "calculate") != 0)
			return (1);
	return (0);
}
