#include "forms/logic.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void
free_list(struct form_list *l)
{
	size_t i;

	for (i = 0; l->cell != NULL && i < l->nrows * l->ncolumns; i++)
		free(l->cell[i]);
	for (i = 0; i < l->ncolumns; i++)
		free(l->column[i]);
	free(l->cell);
	free(l->id);
	free(l->src);
	free(l->root);
	free(l->item);
}

static void
free_table(struct form_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->choices[i].value);
		free(t->choices[i].label[FORM_ZH]);
		free(t->choices[i].label[FORM_EN]);
	}
	free(t->choices);
	free(t->by_value);
	free(t->value);
	free(t->label);
}

static void
free_field(struct field_logic *f)
{

	expr_free(f->relevant);
	expr_free(f->constraint);
	expr_free(f->calculate);
	expr_free(f->required);
	expr_free(f->readonly);
	expr_free(f->count);
	expr_free(f->itemset);
	free(f->nodeset);
	free(f->value_ref);
	free(f->label_ref);
}

void
logic_free(struct form_logic *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; l->of != NULL && i < l->nfields; i++)
		free_field(&l->of[i]);
	for (i = 0; i < l->nlists; i++)
		free_list(&l->list[i]);
	for (i = 0; i < l->ntables; i++)
		free_table(&l->table[i]);
	for (i = 0; i < l->nactions; i++) {
		expr_free(l->action[i].value);
		free(l->action[i].text);
	}
	free(l->fields);
	free(l->up);
	free(l->of);
	free(l->list);
	free(l->table);
	free(l->action);
	free(l->step);
	free(l);
}

long
logic_list(const struct form_logic *l, const char *id)
{
	size_t i;

	for (i = 0; i < l->nlists; i++)
		if (strcmp(l->list[i].id, id) == 0)
			return ((long)i);
	return (-1);
}

int
logic_reads_personal(const struct form *f, const struct expr *x)
{
	const struct form_logic *l = f->logic;
	size_t i, k;

	for (i = 0; x != NULL && i < x->nref; i++)
		for (k = 0; k < l->nfields; k++) {
			size_t at = k;

			while (at != UINT_MAX && at != x->ref[i].field)
				at = l->up[at];
			if (at != UINT_MAX && (l->of[k].personal || l->of[k].hidden_by_personal))
				return (1);
		}
	return (0);
}
