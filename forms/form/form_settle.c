#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/form/parse.h"
#include "forms/value.h"

static int
is_number(const struct form_field *f)
{

	return (f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL);
}

/* Labels are never NULL: a field that the body does not show is called by its name. */
static int
settle_label(struct parse *p, struct form_field *f)
{

	if (f->label[FORM_ZH] != NULL)
		return (0);
	f->label[FORM_ZH] = lapsed(strdup(f->name));
	f->label[FORM_EN] = lapsed(strdup(f->name));
	return (f->label[FORM_ZH] == NULL || f->label[FORM_EN] == NULL ? parse_oom(p) : 0);
}

/*
 * What nobody said about being personal: what stands in a personal group is;
 * free text is; the subject's id is not (it stands in the public header).
 */
static int
settle_personal(struct parse *p, struct form_field *f, int inherited)
{
	int subject = p->f->subject != NULL && strcmp(p->f->subject, f->path) == 0;

	if (f->type == FIELD_META)
		return (0);
	if (inherited && f->personal == 0)
		return (err_set(p->e, "form: %s: personal=\"false()\" inside a personal group", f->path));
	if (f->type == FIELD_GEOPOINT && f->personal == 0)
		return (err_set(p->e, "form: %s: a position cannot be public; its payload part is rounded anyway", f->path));
	if (f->personal == -1)
		f->personal = inherited || (f->type == FIELD_STRING && !subject);
	return (0);
}

/* A default value must be an answer. */
static int
settle_initial(struct parse *p, const struct form_field *f)
{
	struct value_fault fault = { NULL, NULL };
	cJSON *v = value_from_text(f, f->initial, &fault);

	if (v == NULL)
		return (err_set(p->e, "form: %s: the default value %s", f->path, fault.why));
	cJSON_Delete(v);
	return (0);
}

static int
settle_field(struct parse *p, struct form_field *f, int inherited)
{
	size_t i;

	if (settle_label(p, f) != 0 || settle_personal(p, f, inherited) != 0)
		return (-1);
	if ((f->type == FIELD_SELECT || f->type == FIELD_SELECT1) && f->nchoices == 0 && !f->dynamic && !f->shared)
		return (err_set(p->e, "form: %s: a select without choices in the body", f->path));
	if (f->type == FIELD_REPEAT && !f->asked)
		return (err_set(p->e, "form: %s: a repeat's template without a repeat in the body", f->path));
	if (f->unit != NULL && !is_number(f))
		return (err_set(p->e, "form: %s: a unit, but the field is no number", f->path));
	if (f->unit != NULL && strcmp(f->unit, "fen") == 0 && f->type != FIELD_INTEGER)
		return (err_set(p->e, "form: %s: money in fen must be of type int", f->path));
	if (f->initial != NULL && settle_initial(p, f) != 0)
		return (-1);
	for (i = 0; i < f->nchild; i++)
		if (settle_field(p, &f->child[i], f->type != FIELD_META && f->personal == 1) != 0)
			return (-1);
	return (0);
}

int
parse_in_repeat(const struct form *f, const char *path)
{
	const struct form_field *g = &f->root;
	size_t i, n;

	while (g->nchild > 0) {
		for (i = 0; i < g->nchild; i++) {
			n = strlen(g->child[i].path);
			if (strncmp(g->child[i].path, path, n) == 0 && (path[n] == '/' || path[n] == '\0'))
				break;
		}
		if (i == g->nchild)
			return (0);
		g = &g->child[i];
		if (g->type == FIELD_REPEAT)
			return (1);
	}
	return (0);
}

static int
settle_roles(struct parse *p)
{
	const struct form *f = p->f;
	const struct form_field *x;

	if (f->subject != NULL) {
		x = form_field(f, f->subject);
		if (x->type != FIELD_STRING || x->personal || parse_in_repeat(f, f->subject))
			return (err_set(p->e, "form: %s: the subject must be a public string outside repeats", f->subject));
	}
	if (f->stage != NULL) {
		x = form_field(f, f->stage);
		if (x->type != FIELD_SELECT1 || x->personal || parse_in_repeat(f, f->stage))
			return (err_set(p->e, "form: %s: the stage must be a public select1 outside repeats", f->stage));
		if (f->final_stage != NULL && form_choice(x, f->final_stage) == NULL)
			return (err_set(p->e, "form: %s: the final stage %s is none of its choices", f->stage,
			    f->final_stage));
	}
	return (0);
}

int
parse_settle(struct parse *p)
{
	size_t i;

	for (i = 0; i < p->f->root.nchild; i++)
		if (settle_field(p, &p->f->root.child[i], 0) != 0)
			return (-1);
	return (settle_roles(p));
}
