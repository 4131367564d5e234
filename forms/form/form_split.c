#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms/form/print.h"
#include "forms/value.h"

/* Add ${v} (taken over, also on failure) under ${name}.  0, or -1 if out of memory. */
static int
add(cJSON *obj, const char *name, cJSON *v)
{

	if (v == NULL || !cJSON_AddItemToObject(obj, name, v)) {
		cJSON_Delete(v);
		return (-1);
	}
	return (0);
}

/* The same where an object or array with nothing in it is left out. */
static int
add_filled(cJSON *obj, const char *name, cJSON *v)
{

	if (v != NULL && v->child == NULL) {
		cJSON_Delete(v);
		return (0);
	}
	return (add(obj, name, v));
}

/* The chosen values in the form's order. */
static cJSON *
ordered(const struct form_field *f, const cJSON *v)
{
	cJSON *list = cJSON_CreateArray(), *item;
	const cJSON *x;
	size_t i;

	for (i = 0; i < f->nchoices && list != NULL; i++) {
		cJSON_ArrayForEach(x, v)
			if (strcmp(x->valuestring, f->choices[i].value) == 0)
				break;
		if (x == NULL)
			continue;
		item = cJSON_CreateString(x->valuestring);
		if (item == NULL || !cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
			cJSON_Delete(list);
			list = NULL;
		}
	}
	return (list);
}

static int
split_leaf(const struct form_field *f, const cJSON *v, cJSON *pub, cJSON *pers)
{
	struct value_fault fault;
	char rounded[32];

	if (value_judge(f, v, &fault) != 0)
		return (-1);
	if (f->type == FIELD_SELECT && !f->dynamic)
		return (add(f->personal ? pers : pub, f->name, ordered(f, v)));
	if (f->type == FIELD_GEOPOINT && !f->personal) {
		if (value_round(v->valuestring, rounded) != 0)
			return (-1);
		if (add(pub, f->name, cJSON_CreateString(rounded)) != 0)
			return (-1);
		return (add(pers, f->name, cJSON_Duplicate(v, 0)));
	}
	return (add(f->personal ? pers : pub, f->name, cJSON_Duplicate(v, 0)));
}

static int split_object(const struct form_field *, const cJSON *, cJSON *, cJSON *);

/* An instance with nothing in it is left out; otherwise both arrays get one, so that indexes agree. */
static int
split_repeat(const struct form_field *f, const cJSON *v, cJSON *pub, cJSON *pers)
{
	cJSON *a = cJSON_CreateArray(), *b = cJSON_CreateArray(), *x = NULL, *y = NULL;
	int any_a = 0, any_b = 0, rc = -1;
	const cJSON *in;

	if (a == NULL || b == NULL || !cJSON_IsArray(v))
		goto out;
	cJSON_ArrayForEach(in, v) {
		x = cJSON_CreateObject();
		y = cJSON_CreateObject();
		if (x == NULL || y == NULL || !cJSON_IsObject(in) || split_object(f, in, x, y) != 0)
			goto out;
		if (x->child != NULL || y->child != NULL) {
			any_a |= x->child != NULL;
			any_b |= y->child != NULL;
			if (!cJSON_AddItemToArray(a, x))
				goto out;
			x = NULL;
			if (!cJSON_AddItemToArray(b, y))
				goto out;
			y = NULL;
		}
		cJSON_Delete(x);
		cJSON_Delete(y);
		x = y = NULL;
	}
	rc = 0;
	if (any_a) {
		rc = add(pub, f->name, a);
		a = NULL;
	}
	if (any_b && rc == 0) {
		rc = add(pers, f->name, b);
		b = NULL;
	}
out:
	cJSON_Delete(x);
	cJSON_Delete(y);
	cJSON_Delete(a);
	cJSON_Delete(b);
	return (rc);
}

static int
split_field(const struct form_field *f, const cJSON *v, cJSON *pub, cJSON *pers)
{
	cJSON *x, *y;

	if (value_empty(v))
		return (0);
	if (f->type == FIELD_REPEAT)
		return (split_repeat(f, v, pub, pers));
	if (f->nchild == 0)
		return (split_leaf(f, v, pub, pers));
	x = cJSON_CreateObject();
	y = cJSON_CreateObject();
	if (x == NULL || y == NULL || !cJSON_IsObject(v) || split_object(f, v, x, y) != 0) {
		cJSON_Delete(x);
		cJSON_Delete(y);
		return (-1);
	}
	if (add_filled(pub, f->name, x) != 0) {
		cJSON_Delete(y);
		return (-1);
	}
	return (add_filled(pers, f->name, y));
}

/* A member that the form does not know has no place in either part. */
static int
all_known(const struct form_field *f, const cJSON *obj)
{
	const cJSON *v;
	size_t i;

	cJSON_ArrayForEach(v, obj) {
		for (i = 0; i < f->nchild && strcmp(f->child[i].name, v->string) != 0; i++)
			continue;
		if (i == f->nchild)
			return (0);
	}
	return (1);
}

static int
split_object(const struct form_field *f, const cJSON *obj, cJSON *pub, cJSON *pers)
{
	const struct form_field *c;
	int meta;

	if (!all_known(f, obj))
		return (-1);
	for (meta = 0; meta <= 1; meta++)
		for (c = f->child; c < f->child + f->nchild; c++)
			if ((f->type != FIELD_META && c->type == FIELD_META) == meta &&
			    split_field(c, cJSON_GetObjectItemCaseSensitive(obj, c->name), pub, pers) != 0)
				return (-1);
	return (0);
}

int
form_split(const struct form *f, const cJSON *answers, struct buf *payload, struct buf *personal)
{
	cJSON *pub = cJSON_CreateObject(), *pers = cJSON_CreateObject();
	int rc = -1;

	if (pub == NULL || pers == NULL || !cJSON_IsObject(answers))
		goto out;
	if (split_object(&f->root, answers, pub, pers) != 0 || print_json(payload, pub) != 0)
		goto out;
	if (pers->child != NULL && print_json(personal, pers) != 0)
		goto out;
	rc = 0;
out:
	cJSON_Delete(pub);
	cJSON_Delete(pers);
	return (rc);
}

/* Lay ${from} over ${to}: members by name, instances by index, anything else replaced. */
static int
lay_over(cJSON *to, const cJSON *from)
{
	const cJSON *v;
	cJSON *x;
	int i = 0;

	cJSON_ArrayForEach(v, from) {
		x = cJSON_IsArray(to) ? cJSON_GetArrayItem(to, i++) : cJSON_GetObjectItemCaseSensitive(to, v->string);
		if (x != NULL && ((cJSON_IsObject(x) && cJSON_IsObject(v)) ||
		    (cJSON_IsArray(x) && cJSON_IsArray(v) && cJSON_IsObject(x->child)))) {
			if (lay_over(x, v) != 0)
				return (-1);
			continue;
		}
		if ((x = cJSON_Duplicate(v, 1)) == NULL)
			return (-1);
		if (cJSON_IsArray(to)) {
			if (!(i <= cJSON_GetArraySize(to) ? cJSON_ReplaceItemInArray(to, i - 1, x) : cJSON_AddItemToArray(to, x)))
				goto bad;
		} else {
			cJSON_DeleteItemFromObjectCaseSensitive(to, v->string);
			if (!cJSON_AddItemToObject(to, v->string, x))
				goto bad;
		}
	}
	return (0);
bad:
	cJSON_Delete(x);
	return (-1);
}

cJSON *
form_join(const cJSON *payload, const cJSON *personal)
{
	cJSON *out = cJSON_Duplicate(payload, 1);

	if (out != NULL && personal != NULL && lay_over(out, personal) != 0) {
		cJSON_Delete(out);
		out = NULL;
	}
	return (out);
}
