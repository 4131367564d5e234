#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/logic.h"
#include "forms/form/parse.h"

/* From the form's texts to what forms/logic.h holds. */

static void
number_fields(struct form_logic *l, const struct form_field *f, unsigned up)
{
	size_t i;

	for (i = 0; i < f->nchild; i++) {
		l->fields[f->child[i].index] = &f->child[i];
		l->up[f->child[i].index] = up;
		l->of[f->child[i].index].table = -1;
		number_fields(l, &f->child[i], f->child[i].index);
	}
}

int
parse_logic_begin(struct parse *p)
{
	struct form_logic *l = p->f->logic;

	l->nfields = p->fields;
	l->fields = lapsed(calloc(l->nfields + 1, sizeof(*l->fields)));
	l->up = lapsed(calloc(l->nfields + 1, sizeof(*l->up)));
	l->of = lapsed(calloc(l->nfields + 1, sizeof(*l->of)));
	if (l->fields == NULL || l->up == NULL || l->of == NULL)
		return (parse_oom(p));
	number_fields(l, &p->f->root, UINT_MAX);
	return (parse_lists(p));
}

static int
has_list(void *ctx, const char *id)
{

	return (logic_list(ctx, id) >= 0);
}

static int
compile(struct parse *p, const struct form_field *f, const char *what, const char *text, struct expr **out)
{
	struct form_logic *l = p->f->logic;
	struct expr_scope s = { p->f, l->fields, has_list, l };
	struct err e = { "" };

	if (text == NULL || (*out = expr_compile(&s, f, text, &e)) != NULL)
		return (0);
	return (err_set(p->e, "form: %s of %s: %s", what, f->path, e.text));
}

static int
compile_field(struct parse *p, const struct form_field *f)
{
	struct field_logic *x = &p->f->logic->of[f->index];

	return (compile(p, f, "relevant", f->relevant, &x->relevant) != 0 || compile(p, f, "constraint", f->constraint, &x->constraint) != 0 ||
	    compile(p, f, "calculate", f->calculate, &x->calculate) != 0 || compile(p, f, "required", f->required_expr, &x->required) != 0 ||
	    compile(p, f, "readonly", f->readonly_expr, &x->readonly) != 0 || compile(p, f, "jr:count", f->count_expr, &x->count) != 0 ||
	    compile(p, f, "itemset", x->nodeset, &x->itemset) != 0 ? -1 : 0);
}

/* "odk-instance-first-load odk-new-repeat": when a value is set.  Others would set it at moments we do not have. */
static int
read_events(struct parse *p, const xmlNode *n, struct form_action *a)
{
	char *events = NULL, *save = NULL, *word;
	int rc = 0;

	if (xml_attr(n, NULL, "event", &events) != 0)
		return (parse_oom(p));
	for (word = events == NULL ? NULL : strtok_r(events, " \t\r\n", &save); word != NULL && rc == 0; word = strtok_r(NULL, " \t\r\n", &save)) {
		if (strcmp(word, "odk-instance-first-load") == 0)
			a->first_load = 1;
		else if (strcmp(word, "odk-new-repeat") == 0)
			a->new_repeat = 1;
		else
			rc = xml_refuse(n, p->e, "setvalue: the event %s is not supported", word);
	}
	free(events);
	if (rc == 0 && !a->first_load && !a->new_repeat)
		rc = xml_refuse(n, p->e, "setvalue: without event");
	return (rc);
}

int
parse_setvalue(struct parse *p, const xmlNode *n)
{
	struct form_logic *l = p->f->logic;
	struct form_action *grown, *a;
	struct form_field *f;
	char *ref = NULL, *value = NULL;
	int rc = -1;

	if (l->nactions == ACTIONS_MAX)
		return (xml_refuse(n, p->e, "setvalue: more than %d", ACTIONS_MAX));
	if ((grown = lapsed(realloc(l->action, (l->nactions + 1) * sizeof(*grown)))) == NULL)
		return (parse_oom(p));
	l->action = grown;
	a = &grown[l->nactions++];
	*a = (struct form_action){ .field = 0 };
	if (xml_attr(n, NULL, "ref", &ref) != 0 || xml_attr(n, NULL, "value", &value) != 0 || (a->text = xml_text(n)) == NULL) {
		(void)parse_oom(p);
		goto out;
	}
	if (read_events(p, n, a) != 0 || (f = parse_nodeset(p, n, ref, "setvalue")) == NULL)
		goto out;
	a->field = f->index;
	if (f->nchild > 0)
		(void)xml_refuse(n, p->e, "setvalue: %s is a group", f->path);
	else
		rc = compile(p, f, "setvalue", value, &a->value);
out:
	free(ref);
	free(value);
	return (rc);
}

/* Actions of the model, and those that the body's repeats hold. */
static int
read_actions(struct parse *p, const xmlNode *parent)
{
	const xmlNode *n;

	for (n = xml_first(parent); n != NULL; n = xml_next(n)) {
		if (xml_is(n, XML_NS_XFORMS, "setvalue") && parse_setvalue(p, n) != 0)
			return (-1);
		if ((xml_is(n, XML_NS_XFORMS, "group") || xml_is(n, XML_NS_XFORMS, "repeat")) && read_actions(p, n) != 0)
			return (-1);
	}
	return (0);
}

int
parse_logic_end(struct parse *p)
{
	struct form_logic *l = p->f->logic;
	size_t i;

	for (i = 0; i < l->nfields; i++)
		if (compile_field(p, l->fields[i]) != 0)
			return (-1);
	if (read_actions(p, p->model) != 0 || read_actions(p, p->body) != 0)
		return (-1);
	return (logic_order(p->f, p->e));
}
