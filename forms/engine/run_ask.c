#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "forms/run.h"
#include "forms/value.h"

/* Questions to a run, and changes of it. */

struct node *
run_find(struct form_run *r, const char *path)
{
	struct node *n = r->root;
	const char *p = path, *close;
	uint64_t index;
	size_t len, i;

	while (*p != '\0') {
		len = strcspn(p, "/[");
		if (n->kind != NODE_GROUP)
			return (NULL);
		for (i = 0; i < n->nchild; i++)
			if (strncmp(n->child[i]->f->name, p, len) == 0 && n->child[i]->f->name[len] == '\0')
				break;
		if (i == n->nchild)
			return (NULL);
		n = n->child[i];
		p += len;
		if (*p == '[') {
			if ((close = strchr(p, ']')) == NULL || dec_u64(&index, p + 1, (size_t)(close - p - 1)) != 0 || n->kind != NODE_RANGE ||
			    index >= n->nchild)
				return (NULL);
			n = n->child[index];
			p = close + 1;
		}
		if (*p == '/' && p[1] == '\0')
			return (NULL);
		p += *p == '/';
	}
	return (n);
}

/* The node of an address, settled. */
static struct node *
ask(struct form_run *r, const char *path)
{

	(void)run_settle(r);
	return (run_find(r, path));
}

int
form_run_relevant(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);

	return (n == NULL ? -1 : n->relevant);
}

int
form_run_required(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);
	const struct expr *x;

	if (n == NULL || n->f == &r->f->root)
		return (-1);
	x = r->f->logic->of[n->f->index].required;
	if (!n->relevant)
		return (0);
	if (x == NULL || run_unjudged(r, x))
		return (x == NULL && n->f->required);
	return (eval_boolean(&r->v, x, n->x) > 0);
}

int
form_run_readonly(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);
	const struct expr *x;

	if (n == NULL)
		return (-1);
	for (; n->up != NULL; n = n->up) {
		x = r->f->logic->of[n->f->index].readonly;
		if (n->f->readonly || n->f->calculate != NULL || (x != NULL && !run_unjudged(r, x) && eval_boolean(&r->v, x, n->x) > 0))
			return (1);
	}
	return (0);
}

int
form_run_valid(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);
	const struct expr *x;

	if (n == NULL || n->kind != NODE_LEAF)
		return (-1);
	x = r->f->logic->of[n->f->index].constraint;
	if (x == NULL || !n->relevant || *n->value == '\0' || run_unjudged(r, x))
		return (1);
	return (eval_boolean(&r->v, x, n->x) > 0);
}

int
form_run_count(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);

	return (n == NULL || n->kind != NODE_RANGE ? -1 : (int)n->nchild);
}

int
form_run_fixed(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);

	return (n == NULL || n->kind != NODE_RANGE ? -1 : n->f->count_expr != NULL);
}

const char *
form_run_value(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);

	return (n == NULL || n->kind != NODE_LEAF ? NULL : n->relevant ? n->value : "");
}

long
form_run_choices(struct form_run *r, const char *path, const struct choice **out)
{
	struct node *n = ask(r, path);

	if (n == NULL || (n->f->type != FIELD_SELECT && n->f->type != FIELD_SELECT1) || run_list(r, n) < 0)
		return (-1);
	*out = n->choices;
	return ((long)n->nchoices);
}

int
form_run_offered(struct form_run *r, const char *path, size_t i)
{
	struct node *n = ask(r, path);

	if (n == NULL || (n->f->type != FIELD_SELECT && n->f->type != FIELD_SELECT1) || run_list(r, n) < 0 || i >= n->nchoices)
		return (-1);
	return (n->offered[i]);
}

const unsigned char *
form_run_offers(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);

	return (n == NULL || (n->f->type != FIELD_SELECT && n->f->type != FIELD_SELECT1) || run_list(r, n) < 0 ? NULL : n->offered);
}

const char *
form_run_message(const struct form *f, const char *path, const char *rule, enum form_lang lang)
{
	const struct form_field *x;
	char plain[FORM_PATH_MAX + 1];
	size_t n = 0;

	/* without the indexes */
	for (; *path != '\0' && n < FORM_PATH_MAX; path++) {
		if (*path == '[')
			path += strcspn(path, "]");
		else
			plain[n++] = *path;
		if (*path == '\0')
			break;
	}
	plain[n] = '\0';
	if ((x = form_field(f, plain)) == NULL)
		return (NULL);
	if (strcmp(rule, "required") == 0)
		return (x->required_msg[lang]);
	return (strcmp(rule, "constraint") == 0 ? x->constraint_msg[lang] : NULL);
}

/* The range that an address of form_set() would add to, when it names the next instance: "rep[N]/...". */
static int
grow_for(struct form_run *r, const char *path)
{
	const char *at = path, *close;
	char head[128];
	struct node *n;
	uint64_t index;

	while ((at = strchr(at, '[')) != NULL) {
		(void)snprintf(head, sizeof(head), "%.*s", (int)(at - path), path);
		if ((close = strchr(at, ']')) == NULL || dec_u64(&index, at + 1, (size_t)(close - at - 1)) != 0)
			return (0);
		n = run_find(r, head);
		if (n != NULL && n->kind == NODE_RANGE && index == n->nchild && form_run_add(r, head) != 0)
			return (-1);
		at = close;
	}
	return (0);
}

int
form_run_set(struct form_run *r, const char *path, const char *text, struct form_findings *out)
{
	struct value_fault fault = { NULL, NULL };
	struct node *n;
	char choices[120], *s = NULL;
	cJSON *v;
	int rc = -1;

	(void)run_settle(r);
	if (grow_for(r, path) != 0 || (n = run_find(r, path)) == NULL || n->kind != NODE_LEAF) {
		(void)value_finding(out, path, "unknown-field", "%s: the form %s has no such field, or no such instance", path, r->f->id);
		return (-1);
	}
	if ((v = value_from_text(n->f, text, &fault)) == NULL) {
		value_choices(n->f, fault.rule, choices, sizeof(choices));
		(void)value_finding(out, path, fault.rule, "%s: %s%s", path, fault.why, choices);
		return (-1);
	}
	if ((s = leaf_text(n->f, v)) == NULL || run_put(r, n, s) < 0)
		(void)value_finding(out, path, "memory", "%s: out of memory", path);
	else
		rc = 0;
	n->odd = 0;
	r->dirty = 1;
	free(s);
	cJSON_Delete(v);
	return (rc);
}

int
form_run_add(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path), *in;

	if (n == NULL || n->kind != NODE_RANGE || n->f->count_expr != NULL || (in = run_instance(r, n)) == NULL)
		return (-1);
	run_relist(r);
	run_defaults(r, in);
	run_show(in);
	run_actions(r, in, 1, 0);
	r->dirty = 1;
	return (0);
}

int
form_run_remove(struct form_run *r, const char *path)
{
	struct node *n = ask(r, path);
	size_t i;

	if (n == NULL || n->kind != NODE_GROUP || n->up == NULL || n->up->kind != NODE_RANGE || n->f->count_expr != NULL)
		return (-1);
	for (i = 0; n->up->child[i] != n; i++)
		continue;
	run_drop(r, n->up, i);
	r->dirty = 1;
	return (0);
}

/* What is relevant below ${n}; instances stay, also empty ones, so that indexes hold. */
static int
collect(const struct node *n, cJSON *obj)
{
	const struct node *c;
	cJSON *v, *in;
	size_t i, k;

	for (i = 0; i < n->nchild; i++) {
		c = n->child[i];
		if (!c->relevant || (c->kind == NODE_LEAF && *c->value == '\0') || (c->kind == NODE_RANGE && c->nchild == 0))
			continue;
		v = c->kind == NODE_LEAF ? leaf_json(c->f, c->value) : c->kind == NODE_RANGE ? cJSON_CreateArray() : cJSON_CreateObject();
		if (v == NULL || !cJSON_AddItemToObject(obj, c->f->name, v)) {
			cJSON_Delete(v);
			return (-1);
		}
		if (c->kind == NODE_GROUP && collect(c, v) != 0)
			return (-1);
		for (k = 0; c->kind == NODE_RANGE && k < c->nchild; k++)
			if ((in = cJSON_CreateObject()) == NULL || !cJSON_AddItemToArray(v, in) || collect(c->child[k], in) != 0)
				return (-1);
		if (c->kind == NODE_GROUP && v->child == NULL)
			cJSON_DeleteItemFromObjectCaseSensitive(obj, c->f->name);
	}
	return (0);
}

cJSON *
form_run_answers(struct form_run *r)
{
	cJSON *obj = cJSON_CreateObject();

	(void)run_settle(r);
	if (obj == NULL || collect(r->root, obj) != 0) {
		lapse();
		cJSON_Delete(obj);
		return (NULL);
	}
	return (obj);
}
