#include <string.h>

#include "forms/run.h"
#include "forms/value.h"

/* Lay over ${answers} what the run computed: ${all}: every value; else calculations only. */
static int
give_back(struct form_run *r, const struct node *n, cJSON *obj, int all)
{
	const struct form_field *f;
	cJSON *v;
	size_t i, k;

	for (i = 0; i < n->nchild; i++) {
		const struct node *c = n->child[i];

		f = c->f;
		v = cJSON_GetObjectItemCaseSensitive(obj, f->name);
		if (c->kind == NODE_RANGE) {
			if (v == NULL && c->nchild > 0)
				v = cJSON_AddArrayToObject(obj, f->name);
			for (k = 0; k < c->nchild && cJSON_IsArray(v); k++) {
				cJSON *in = cJSON_GetArrayItem(v, (int)k);

				if (in == NULL && ((in = cJSON_CreateObject()) == NULL || !cJSON_AddItemToArray(v, in)))
					return (-1);
				if (cJSON_IsObject(in) && give_back(r, c->child[k], in, all) != 0)
					return (-1);
			}
		} else if (c->kind == NODE_GROUP) {
			if (v == NULL && (v = cJSON_AddObjectToObject(obj, f->name)) == NULL)
				return (-1);
			if (cJSON_IsObject(v) && give_back(r, c, v, all) != 0)
				return (-1);
			if (cJSON_IsObject(v) && v->child == NULL)
				cJSON_DeleteItemFromObjectCaseSensitive(obj, f->name);
		} else if (f->calculate != NULL || (all && v == NULL)) {
			cJSON_DeleteItemFromObjectCaseSensitive(obj, f->name);
			if (!c->relevant || *c->value == '\0')
				continue;
			if ((v = leaf_json(f, c->value)) == NULL || !cJSON_AddItemToObject(obj, f->name, v)) {
				cJSON_Delete(v);
				return (-1);
			}
		}
	}
	return (0);
}

int
form_fill(const struct form *f, const struct form_env *env, int fresh, cJSON *answers, struct form_findings *out)
{
	struct err e = { "" };
	struct form_run *r = run_open(f, env, answers, fresh, 0, &e);
	int rc = -1;

	if (r == NULL)
		goto out;
	if (fresh) {
		run_defaults(r, r->root);
		run_preload(r, r->root);
		(void)run_settle(r);
		run_actions(r, r->root, 0, 1); /* what was typed is not set again */
		r->dirty = 1;
	}
	if (run_settle(r) != 0)
		(void)err_set(&e, "%s", r->limit);
	else if (give_back(r, r->root, answers, fresh) != 0)
		(void)err_set(&e, "out of memory");
	else
		rc = 0;
out:
	form_run_free(r);
	if (rc != 0)
		(void)value_finding(out, "", strstr(e.text, "memory") != NULL ? "memory" : "limit", "%s", e.text);
	return (rc);
}

/* Below ${n} what is not asked: out of ${obj} where ${old} has the same. */
static void
prune(const struct node *n, cJSON *obj, const cJSON *old)
{
	const struct node *c;
	const cJSON *was;
	cJSON *v;
	size_t i, k;

	for (i = 0; i < n->nchild; i++) {
		c = n->child[i];
		v = cJSON_GetObjectItemCaseSensitive(obj, c->f->name);
		was = cJSON_GetObjectItemCaseSensitive(old, c->f->name);
		if (v == NULL || was == NULL)
			continue;
		if (!c->relevant && cJSON_Compare(v, was, 1))
			cJSON_DeleteItemFromObjectCaseSensitive(obj, c->f->name);
		else if (c->kind == NODE_GROUP)
			prune(c, v, was);
		for (k = 0; c->relevant && c->kind == NODE_RANGE && k < c->nchild; k++)
			prune(c->child[k], cJSON_GetArrayItem(v, (int)k), cJSON_GetArrayItem(was, (int)k));
	}
}

int
form_prune(const struct form *f, cJSON *answers, const cJSON *before)
{
	struct form_run *r = run_open(f, NULL, answers, 0, 0, NULL);

	if (r == NULL)
		return (-1);
	if (run_settle(r) == 0)
		prune(r->root, answers, before);
	form_run_free(r);
	return (0);
}
