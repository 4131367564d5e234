#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forms/run.h"

int
run_unjudged(struct form_run *r, const struct expr *x)
{

	if (x == NULL)
		return (0);
	if ((x->flags & EXPR_CLOCK) != 0 && r->env.now_ms == 0)
		return (1);
	if ((x->flags & EXPR_LIST) != 0 && run_unserved(r, x))
		return (1);
	return (r->env.withheld && logic_reads_personal(r->f, x));
}

static int
failed(struct form_run *r, const struct node *n)
{

	run_say_limit(r, n, r->v.oom ? "out of memory" : "an expression takes too many steps or gives too much");
	return (-1);
}

static int
settle_relevance(struct form_run *r, struct node *n, const struct expr *x)
{
	int yes;

	if (run_unjudged(r, x))
		return (0);
	if ((yes = eval_boolean(&r->v, x, n->x)) < 0)
		return (failed(r, n));
	if (yes == n->own)
		return (0);
	n->own = yes;
	run_show(n);
	return (1);
}

/* A value that hangs on chance stays; one that hangs on the moment stays as it was signed. */
static int
keeps_value(const struct form_run *r, const struct node *n)
{
	const struct field_logic *x = &r->f->logic->of[n->f->index];

	if ((x->calculate->flags & EXPR_UNSTABLE) != 0 && *n->value != '\0')
		return (1);
	if (x->unsteady && (r->judged || r->env.now_ms == 0))
		return ((x->calculate->flags & EXPR_UNSTABLE) == 0 || r->judged);
	return (r->env.withheld && x->personal);
}

static int
settle_value(struct form_run *r, struct node *n, const struct expr *x)
{
	char *text, *value;
	int rc = -1;

	if (!n->relevant || keeps_value(r, n))
		return (0);
	text = eval_text(&r->v, x, n->x);
	value = text == NULL ? NULL : leaf_convert(n->f, text);
	if (value != NULL) {
		rc = run_put(r, n, value);
		n->odd = 0;
	}
	free(text);
	free(value);
	return (rc < 0 ? failed(r, n) : rc);
}

static int
settle_count(struct form_run *r, struct node *n, const struct expr *x)
{
	size_t want, had = n->nchild;
	struct node *in;
	double d;

	if (!n->relevant || run_unjudged(r, x))
		return (0);
	if (eval_number(&r->v, x, n->x, &d) != 0)
		return (failed(r, n));
	if (isnan(d))
		return (0); /* not answered yet */
	if (d > FORM_REPEAT_MAX) {
		run_say_limit(r, n, "jr:count asks for more than 1000 instances");
		return (-1);
	}
	want = d < 1 ? 0 : (size_t)d;
	while (n->nchild > want && !r->judged)
		run_drop(r, n, n->nchild - 1);
	while (n->nchild < want && !r->judged) {
		if ((in = run_instance(r, n)) == NULL)
			return (failed(r, n));
		run_relist(r);
		run_defaults(r, in);
		run_actions(r, in, 1, 1);
		run_show(in);
	}
	return (n->nchild != had);
}

static int
settle_step(struct form_run *r, const struct form_step *s)
{
	const struct field_logic *x = &r->f->logic->of[s->field];
	struct node *n, *next;
	int rc = 0, changed = 0;

	for (n = r->of[s->field]; n != NULL && rc >= 0; n = next) {
		next = n->next;
		if (s->what == STEP_RELEVANT)
			rc = settle_relevance(r, n, x->relevant);
		else if (s->what == STEP_VALUE)
			rc = settle_value(r, n, x->calculate);
		else
			rc = settle_count(r, n, x->count);
		changed |= rc;
		if (s->what == STEP_COUNT && rc > 0)
			break; /* the lists are new: the next round goes on */
	}
	return (rc < 0 ? -1 : changed);
}

static void
forget_lists(struct node *n)
{
	size_t i;

	n->listed = 0;
	for (i = 0; i < n->nchild; i++)
		forget_lists(n->child[i]);
}

int
run_settle(struct form_run *r)
{
	const struct form_logic *l = r->f->logic;
	int round, changed = 1, rc;
	size_t i;

	if (!r->dirty)
		return (r->limit[0] == '\0' ? 0 : -1);
	r->dirty = 0;
	r->limit[0] = '\0';
	r->v.oom = 0;
	eval_reset(&r->v);
	forget_lists(r->root);
	run_show(r->root);
	for (round = 0; changed; round++) {
		if (round == FORM_ROUNDS_MAX) {
			run_say_limit(r, r->root, "the calculations do not come to an end");
			return (-1);
		}
		for (i = 0, changed = 0; i < l->nsteps; i++) {
			if ((rc = settle_step(r, &l->step[i])) < 0)
				return (-1);
			changed |= rc;
		}
	}
	return (0);
}

int
form_run_settle(struct form_run *r, struct err *e)
{

	return (run_settle(r) == 0 ? 0 : err_set(e, "form %s: %s", r->f->id, r->limit));
}
