#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/logic.h"

/*
 * What is settled after what.  Each field is three things that may depend on
 * others: its relevance, its value (blank when not relevant), and, of a
 * repeat, how many instances there are.  A walk in depth finds an order, or a
 * circle.
 */
struct walk {
	const struct form_logic *l;
	struct form_step *out;
	size_t n;
	unsigned char *state;      /* of thing: 0 not seen, 1 on the way, 2 done */
	unsigned *way;             /* the things we are in */
	size_t depth;
	unsigned char *unsteady, *personal; /* of thing */
	int outside;               /* the form has lists from outside */
	struct err *e;
};

static unsigned
thing(unsigned field, enum step what)
{

	return (3 * field + (unsigned)what);
}

static int visit(struct walk *, unsigned);

/* The thing ${t} depends on ${on}. */
static int
need(struct walk *w, unsigned t, unsigned on)
{

	if (visit(w, on) != 0)
		return (-1);
	w->unsteady[t] |= w->unsteady[on];
	w->personal[t] |= w->personal[on];
	return (0);
}

static int
inside(const struct form_logic *l, unsigned field, unsigned group)
{

	while (field != UINT_MAX && field != group)
		field = l->up[field];
	return (field != UINT_MAX);
}

/* Do both stand in one repeat (which may be one of them)? */
static int
share_repeat(const struct form_logic *l, unsigned a, unsigned b)
{

	for (; a != UINT_MAX; a = l->up[a])
		if (l->fields[a]->type == FIELD_REPEAT && inside(l, b, a))
			return (1);
	return (0);
}

static int
need_ref(struct walk *w, unsigned t, const struct expr_ref *ref)
{
	const struct form_logic *l = w->l;
	unsigned k;

	if ((ref->how & REF_ELSEWHERE) != 0 && share_repeat(l, t / 3, ref->field))
		return (0); /* settled in rounds, an instance after the other */
	if ((ref->how & REF_STRUCTURE) != 0) {
		for (k = ref->field; k != UINT_MAX; k = l->up[k])
			if (l->fields[k]->type == FIELD_REPEAT && need(w, t, thing(k, STEP_COUNT)) != 0)
				return (-1);
		return (0);
	}
	for (k = 0; k < l->nfields; k++) {
		if (!inside(l, k, ref->field))
			continue;
		if (need(w, t, thing(k, STEP_VALUE)) != 0 || (l->fields[k]->type == FIELD_REPEAT && need(w, t, thing(k, STEP_COUNT)) != 0))
			return (-1);
	}
	return (0);
}

static int
need_expr(struct walk *w, unsigned t, const struct expr *x)
{
	size_t i;

	if (x == NULL)
		return (0);
	if ((x->flags & (EXPR_CLOCK | EXPR_UNSTABLE)) != 0 || ((x->flags & EXPR_LIST) != 0 && w->outside))
		w->unsteady[t] = 1;
	for (i = 0; i < x->nref; i++)
		if (need_ref(w, t, &x->ref[i]) != 0)
			return (-1);
	return (0);
}

static int
say_circle(struct walk *w, unsigned t)
{
	char text[300] = "";
	size_t i = w->depth, used = 0;
	int n;

	while (i > 0 && w->way[i - 1] != t)
		i--;
	for (i = i > 0 ? i - 1 : 0; i < w->depth; i++) {
		n = snprintf(text + used, sizeof(text) - used, "%s -> ", w->l->fields[w->way[i] / 3]->path);
		if (n < 0 || (size_t)n >= sizeof(text) - used)
			break;
		used += (size_t)n;
	}
	return (err_set(w->e, "form: a circle of expressions: %s%s", text, w->l->fields[t / 3]->path));
}

static int
visit(struct walk *w, unsigned t)
{
	const struct form_logic *l = w->l;
	unsigned f = t / 3, up = l->up[f];
	const struct field_logic *x = &l->of[f];
	enum step what = (enum step)(t % 3);
	int rc = 0;

	if (w->state[t] == 2)
		return (0);
	if (w->state[t] == 1)
		return (say_circle(w, t));
	w->state[t] = 1;
	w->way[w->depth++] = t;
	if (what == STEP_RELEVANT) {
		if (up != UINT_MAX)
			rc = need(w, t, thing(up, l->fields[up]->type == FIELD_REPEAT ? STEP_COUNT : STEP_RELEVANT));
		if (rc == 0)
			rc = need_expr(w, t, x->relevant);
	} else if (what == STEP_VALUE) {
		rc = need(w, t, thing(f, STEP_RELEVANT));
		if (rc == 0)
			rc = need_expr(w, t, x->calculate);
		w->personal[t] |= l->fields[f]->personal == 1;
	} else {
		rc = need(w, t, thing(f, STEP_RELEVANT));
		if (rc == 0)
			rc = need_expr(w, t, x->count);
	}
	w->depth--;
	w->state[t] = 2;
	w->out[w->n++] = (struct form_step){ f, what };
	return (rc);
}

/* Only steps that do something stay. */
static void
keep_steps(struct walk *w, struct form_logic *l)
{
	const struct field_logic *x;
	size_t i;

	for (i = 0; i < w->n; i++) {
		x = &l->of[w->out[i].field];
		if ((w->out[i].what == STEP_RELEVANT && x->relevant != NULL) || (w->out[i].what == STEP_VALUE && x->calculate != NULL) ||
		    (w->out[i].what == STEP_COUNT && x->count != NULL))
			l->step[l->nsteps++] = w->out[i];
	}
}

int
logic_order(struct form *f, struct err *e)
{
	struct form_logic *l = f->logic;
	struct walk w = { .l = l, .e = e };
	size_t n = 3 * l->nfields, i;
	int rc = -1;

	for (i = 0; i < l->nlists; i++)
		w.outside |= l->list[i].src != NULL;
	w.out = lapsed(calloc(n + 1, sizeof(*w.out)));
	w.way = lapsed(calloc(n + 1, sizeof(*w.way)));
	w.state = lapsed(calloc(3 * n + 1, 1));
	l->step = lapsed(calloc(n + 1, sizeof(*l->step)));
	if (w.out == NULL || w.way == NULL || w.state == NULL || l->step == NULL) {
		(void)err_set(e, "form: out of memory");
		goto out;
	}
	w.unsteady = w.state + n;
	w.personal = w.unsteady + n;
	for (i = 0; i < n; i++)
		if (visit(&w, (unsigned)i) != 0)
			goto out;
	for (i = 0; i < l->nfields; i++) {
		l->of[i].unsteady = w.unsteady[thing((unsigned)i, STEP_VALUE)];
		l->of[i].personal = w.personal[thing((unsigned)i, STEP_VALUE)];
		l->of[i].hidden_by_personal = w.personal[thing((unsigned)i, STEP_RELEVANT)];
	}
	keep_steps(&w, l);
	rc = 0;
out:
	free(w.out);
	free(w.way);
	free(w.state);
	return (rc);
}
