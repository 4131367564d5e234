#include "forms/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms/logic.h"

static void
free_pair(char *s[2])
{

	free(s[FORM_ZH]);
	free(s[FORM_EN]);
}

static void
free_field(struct form_field *f)
{
	size_t i;

	for (i = 0; i < f->nchild; i++)
		free_field(&f->child[i]);
	for (i = 0; i < f->nchoices && !f->shared; i++) {
		free(f->choices[i].value);
		free_pair(f->choices[i].label);
	}
	free(f->child);
	if (!f->shared) {
		free(f->choices);
		free(f->by_value);
	}
	free_pair(f->label);
	free_pair(f->hint);
	free_pair(f->constraint_msg);
	free_pair(f->required_msg);
	free(f->readonly_expr);
	free(f->count_expr);
	free(f->appearance);
	free(f->range[0]);
	free(f->range[1]);
	free(f->range[2]);
	free(f->initial);
	free(f->preload);
	free(f->preload_params);
	free(f->name);
	free(f->path);
	free(f->unit);
	free(f->mediatype);
	free(f->relevant);
	free(f->constraint);
	free(f->calculate);
	free(f->required_expr);
}

static void
free_indicator(struct form_indicator *ind)
{
	size_t i, k;

	for (i = 0; i < ind->nwhere; i++) {
		for (k = 0; k < ind->where[i].nvalues; k++)
			free(ind->where[i].value[k]);
		free(ind->where[i].value);
		free(ind->where[i].path);
	}
	free(ind->where);
	free(ind->kind);
	free(ind->name);
	free(ind->path);
	free_pair(ind->label);
	free(ind->numerator.places);
	free(ind->denominator.places);
	free(ind->group);
	free_pair(ind->group_value);
	free(ind->period);
	for (i = 0; i < ind->nplus; i++)
		free(ind->plus[i]);
	for (i = 0; i < ind->nminus; i++)
		free(ind->minus[i]);
	free(ind->plus);
	free(ind->minus);
	free(ind->rest);
}

void
form_free(struct form *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->nindicators; i++)
		free_indicator(&f->indicators[i]);
	free(f->indicators);
	free(f->media);
	free_field(&f->root);
	logic_free(f->logic);
	free_pair(f->title);
	free(f->id);
	free(f->version);
	free(f->subject);
	free(f->stage);
	free(f->final_stage);
	free(f);
}

const struct form_field *
form_field(const struct form *f, const char *path)
{
	const struct form_field *g = &f->root;
	size_t i, n;

	for (;;) {
		n = strcspn(path, "/");
		for (i = 0; i < g->nchild; i++)
			if (strncmp(g->child[i].name, path, n) == 0 && g->child[i].name[n] == '\0')
				break;
		if (i == g->nchild)
			return (NULL);
		g = &g->child[i];
		if (path[n] == '\0')
			return (g);
		path += n + 1;
	}
}

const struct choice *
form_choice(const struct form_field *field, const char *value)
{
	size_t i, low = 0, high = field->nchoices;

	if (field->by_value != NULL) {
		/* of equal values the first of the form */
		while (low < high) {
			i = low + (high - low) / 2;
			if (strcmp(field->choices[field->by_value[i]].value, value) < 0)
				low = i + 1;
			else
				high = i;
		}
		if (low == field->nchoices || strcmp(field->choices[field->by_value[low]].value, value) != 0)
			return (NULL);
		return (&field->choices[field->by_value[low]]);
	}
	for (i = 0; i < field->nchoices; i++)
		if (strcmp(field->choices[i].value, value) == 0)
			return (&field->choices[i]);
	return (NULL);
}

int
form_done(const struct form *f, const char *stage)
{
	const struct form_field *x;
	const struct choice *at, *final;

	if (f->stage == NULL || f->final_stage == NULL || stage == NULL || (x = form_field(f, f->stage)) == NULL)
		return (0);
	at = form_choice(x, stage);
	final = form_choice(x, f->final_stage);
	return (at != NULL && final != NULL && at >= final);
}

void
form_findings_free(struct form_findings *r)
{

	if (r == NULL)
		return;
	free(r->f);
	r->f = NULL;
	r->n = 0;
}
