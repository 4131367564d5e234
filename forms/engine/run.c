#include "forms/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/value.h"

static void
free_node(struct node *n)
{
	size_t i;

	if (n == NULL)
		return;
	for (i = 0; i < n->nchild; i++)
		free_node(n->child[i]);
	for (i = 0; i < n->nchoices && n->f->dynamic; i++) {
		free(n->choices[i].value);
		free(n->choices[i].label[FORM_ZH]);
		free(n->choices[i].label[FORM_EN]);
	}
	if (n->f->dynamic)
		free(n->choices);
	free(n->offered);
	free(n->child);
	free(n->value);
	free(n);
}

void
run_say_limit(struct form_run *r, const struct node *n, const char *what)
{

	if (r->limit[0] == '\0')
		(void)snprintf(r->limit, sizeof(r->limit), "%s: %s", n->f->path == NULL ? "/" : n->f->path, what);
}

static struct node *make_node(struct form_run *, const struct form_field *, struct node *, xmlNodePtr, int);

/* Children of a group in the form's order. */
static int
make_children(struct form_run *r, struct node *n)
{
	size_t i;

	if ((n->child = lapsed(calloc(n->f->nchild + 1, sizeof(*n->child)))) == NULL)
		return (-1);
	for (i = 0; i < n->f->nchild; i++) {
		if ((n->child[i] = make_node(r, &n->f->child[i], n, n->x, 0)) == NULL)
			return (-1);
		n->nchild++;
	}
	return (0);
}

/* ${instance}: a group of a repeat rather than its range. */
static struct node *
make_node(struct form_run *r, const struct form_field *f, struct node *up, xmlNodePtr parent, int instance)
{
	struct node *n;
	int range = f->type == FIELD_REPEAT && !instance;

	if (++r->nnodes > FORM_NODES_MAX) {
		(void)snprintf(r->limit, sizeof(r->limit), "%s: more than %d fields in all instances", f->path, FORM_NODES_MAX);
		return (NULL);
	}
	if ((n = lapsed(calloc(1, sizeof(*n)))) == NULL)
		return (NULL);
	n->f = f;
	n->up = up;
	n->own = n->relevant = 1;
	n->kind = range ? NODE_RANGE : f->nchild > 0 ? NODE_GROUP : NODE_LEAF;
	n->x = range ? xmlNewDocComment(r->v.doc, NULL) : xmlNewDocNode(r->v.doc, NULL, (const xmlChar *)f->name, NULL);
	if (n->x == NULL || (n->kind == NODE_LEAF && (n->value = lapsed(strdup(""))) == NULL))
		goto bad;
	if (!instance)
		(void)xmlAddChild(parent, n->x);
	if (n->kind == NODE_GROUP && make_children(r, n) != 0)
		goto bad;
	return (n);
bad:
	if (n->x != NULL && n->x->parent == NULL)
		xmlFreeNode(n->x);
	free_node(n);
	lapse();
	return (NULL);
}

void
run_defaults(struct form_run *r, struct node *n)
{
	size_t i;

	if (n->kind == NODE_LEAF && n->f->initial != NULL && *n->value == '\0' && !n->odd)
		(void)run_put(r, n, n->f->initial);
	for (i = 0; i < n->nchild; i++)
		run_defaults(r, n->child[i]);
}

struct node *
run_instance(struct form_run *r, struct node *range)
{
	struct node *n, **grown;
	xmlNodePtr after;

	if (range->nchild >= FORM_REPEAT_MAX) {
		run_say_limit(r, range, "more than 1000 instances");
		return (NULL);
	}
	if ((grown = lapsed(realloc(range->child, (range->nchild + 1) * sizeof(*grown)))) == NULL)
		return (NULL);
	range->child = grown;
	if ((n = make_node(r, range->f, range, NULL, 1)) == NULL)
		return (NULL);
	after = range->nchild == 0 ? range->x : grown[range->nchild - 1]->x;
	(void)xmlAddNextSibling(after, n->x);
	grown[range->nchild++] = n;
	return (n);
}

void
run_drop(struct form_run *r, struct node *range, size_t i)
{
	struct node *n = range->child[i];

	memmove(&range->child[i], &range->child[i + 1], (range->nchild - i - 1) * sizeof(range->child[0]));
	range->nchild--;
	xmlUnlinkNode(n->x);
	xmlFreeNode(n->x);
	free_node(n);
	run_relist(r);
}

static void
list_nodes(struct form_run *r, struct node *n)
{
	size_t i = n->nchild;

	/* from behind, so that each list is in order */
	while (i-- > 0)
		list_nodes(r, n->child[i]);
	if (n->f == &r->f->root || (n->kind == NODE_GROUP && n->f->type == FIELD_REPEAT))
		return;
	n->next = r->of[n->f->index];
	r->of[n->f->index] = n;
}

void
run_relist(struct form_run *r)
{

	memset(r->of, 0, r->f->logic->nfields * sizeof(*r->of));
	list_nodes(r, r->root);
}

int
run_put(struct form_run *r, struct node *n, const char *text)
{
	char *copy;

	if (strcmp(n->value, text) == 0)
		return (0);
	if ((copy = lapsed(strdup(text))) == NULL) {
		r->v.oom = 1;
		return (-1);
	}
	free(n->value);
	n->value = copy;
	run_show(n);
	return (1);
}

static void
show_text(xmlNodePtr x, const char *text)
{

	while (x->children != NULL) {
		xmlNodePtr c = x->children;

		xmlUnlinkNode(c);
		xmlFreeNode(c);
	}
	if (*text != '\0')
		(void)xmlAddChild(x, xmlNewDocText(x->doc, (const xmlChar *)text));
}

void
run_show(struct node *n)
{
	size_t i;

	n->relevant = n->own && (n->up == NULL || n->up->relevant);
	if (n->kind == NODE_LEAF)
		show_text(n->x, n->relevant ? n->value : "");
	for (i = 0; i < n->nchild; i++)
		run_show(n->child[i]);
}

/* The answers into the tree; what does not fit stays out and is named by the check. */
static int
fill(struct form_run *r, struct node *n, const cJSON *v)
{
	const cJSON *x, *list = cJSON_IsArray(v) ? v : NULL;
	struct node *in;
	char *text;
	size_t i;

	if (n->kind == NODE_RANGE) {
		cJSON_ArrayForEach(x, list) {
			if (n->nchild >= FORM_REPEAT_MAX)
				return (0);
			if ((in = run_instance(r, n)) == NULL || fill(r, in, x) != 0)
				return (-1);
		}
		return (0);
	}
	if (n->kind == NODE_GROUP) {
		for (i = 0; i < n->nchild; i++)
			if (fill(r, n->child[i], cJSON_IsObject(v) ? cJSON_GetObjectItemCaseSensitive(v, n->child[i]->f->name) : NULL) != 0)
				return (-1);
		return (0);
	}
	if (v == NULL || cJSON_IsNull(v))
		return (0);
	if ((text = leaf_text(n->f, v)) == NULL) {
		n->odd = 1;
		return (0);
	}
	(void)run_put(r, n, text);
	free(text);
	return (r->v.oom ? -1 : 0);
}

/* First instances, default values, and what a phone fills in by itself. */
static int
begin(struct form_run *r, struct node *n)
{
	size_t i;

	if (n->kind == NODE_RANGE)
		for (i = 0; i < n->f->instances && n->f->count_expr == NULL; i++)
			if (run_instance(r, n) == NULL)
				return (-1);
	for (i = 0; i < n->nchild; i++)
		if (begin(r, n->child[i]) != 0)
			return (-1);
	return (0);
}

static const char *
property(const struct form_env *env, const char *name)
{

	if (name == NULL)
		return (NULL);
	if (strcmp(name, "deviceid") == 0)
		return (env->device);
	if (strcmp(name, "username") == 0)
		return (env->username);
	if (strcmp(name, "phonenumber") == 0)
		return (env->phone);
	return (strcmp(name, "email") == 0 ? env->email : NULL);
}

void
run_preload(struct form_run *r, struct node *n)
{
	const struct form_field *f = n->f;
	const char *text = NULL;
	char when[40];
	size_t i;

	for (i = 0; i < n->nchild; i++)
		run_preload(r, n->child[i]);
	if (n->kind != NODE_LEAF)
		return;
	if (strcmp(f->path, "meta/instanceID") == 0 && r->env.instance_id != NULL)
		text = r->env.instance_id;
	else if (f->preload == NULL)
		return;
	else if (strcmp(f->preload, "property") == 0)
		text = property(&r->env, f->preload_params);
	else if (strcmp(f->preload, "uid") == 0)
		text = f->type == FIELD_META ? NULL : r->env.instance_id;
	else if (r->env.now_ms > 0) {
		date_text((int64_t)r->env.now_ms, when);
		if (strcmp(f->preload, "date") == 0 || f->type == FIELD_DATE)
			when[10] = '\0';
		text = when;
	}
	if (text != NULL && *n->value == '\0')
		(void)run_put(r, n, text);
}

struct form_run *
run_open(const struct form *f, const struct form_env *env, const cJSON *answers, int fresh, int judged, struct err *e)
{
	struct form_run *r = lapsed(calloc(1, sizeof(*r)));

	if (r == NULL)
		goto oom;
	r->f = f;
	r->fresh = fresh;
	r->judged = judged;
	r->dirty = 1;
	if (env != NULL)
		r->env = *env;
	r->v.now_ms = (int64_t)r->env.now_ms;
	r->of = lapsed(calloc(f->logic->nfields + 1, sizeof(*r->of)));
	if (r->of == NULL || (r->v.doc = xmlNewDoc((const xmlChar *)"1.0")) == NULL || run_lists_open(r) != 0 || eval_open(&r->v) != 0)
		goto oom;
	if ((r->root = make_node(r, &f->root, NULL, (xmlNodePtr)(void *)r->v.doc, 0)) == NULL)
		goto bad;
	if ((fresh && answers == NULL && begin(r, r->root) != 0) || (answers != NULL && fill(r, r->root, answers) != 0))
		goto bad;
	run_relist(r);
	if (fresh && answers == NULL) {
		run_defaults(r, r->root);
		run_preload(r, r->root);
	}
	return (r);
bad:
	if (r->limit[0] != '\0') {
		(void)err_set(e, "form %s: %s", f->id, r->limit);
		form_run_free(r);
		return (NULL);
	}
oom:
	lapse();
	form_run_free(r);
	(void)err_set(e, "form: out of memory");
	return (NULL);
}

void
form_run_free(struct form_run *r)
{

	if (r == NULL)
		return;
	if (r->v.c != NULL)
		eval_close(&r->v);
	free_node(r->root);
	run_lists_close(r);
	xmlFreeDoc(r->v.doc);
	free(r->of);
	free(r);
}

void
run_actions(struct form_run *r, struct node *under, int new_repeat, int only_empty)
{
	const struct form_logic *l = r->f->logic;
	const struct form_action *a;
	struct node *n, *up;
	char *text, *value;

	for (a = l->action; a < l->action + l->nactions; a++) {
		if (!(new_repeat ? a->new_repeat : a->first_load))
			continue;
		for (n = r->of[a->field]; n != NULL; n = n->next) {
			for (up = n; up != NULL && up != under; up = up->up)
				continue;
			if (up == NULL || run_unjudged(r, a->value) || (only_empty && (*n->value != '\0' || n->odd)))
				continue;
			text = a->value == NULL ? lapsed(strdup(a->text)) : eval_text(&r->v, a->value, n->x);
			value = text == NULL ? NULL : leaf_convert(n->f, text);
			if (value != NULL)
				(void)run_put(r, n, value);
			free(text);
			free(value);
		}
	}
}

struct form_run *
form_run_open(const struct form *f, const struct form_env *env, const cJSON *answers, struct err *e)
{
	struct form_run *r = run_open(f, env, answers, answers == NULL, 0, e);

	if (r == NULL || answers != NULL)
		return (r);
	if (f->logic->nactions > 0) {
		(void)run_settle(r);
		run_actions(r, r->root, 0, 0);
		r->dirty = 1;
	}
	return (r);
}
