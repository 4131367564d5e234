#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "forms/value.h"

/* One step of a path as typed: "house" or "served[2]". */
struct step {
	char name[FORM_PATH_MAX + 1];
	int has_index;
	uint64_t index;
};

/* Read a step and move past it and its '/'.  0, or -1 if it is badly formed. */
static int
next_step(const char **path, struct step *st)
{
	const char *p = *path, *close;
	size_t n = strcspn(p, "/[");

	if (n == 0 || n >= sizeof(st->name))
		return (-1);
	memcpy(st->name, p, n);
	st->name[n] = '\0';
	st->has_index = 0;
	p += n;
	if (*p == '[') {
		if ((close = strchr(p, ']')) == NULL || dec_u64(&st->index, p + 1, (size_t)(close - p - 1)) != 0)
			return (-1);
		st->has_index = 1;
		p = close + 1;
	}
	if (*p != '\0' && (*p != '/' || p[1] == '\0'))
		return (-1);
	*path = *p == '/' ? p + 1 : p;
	return (0);
}

static const struct form_field *
child_named(const struct form_field *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->nchild; i++)
		if (strcmp(f->child[i].name, name) == 0)
			return (&f->child[i]);
	return (NULL);
}

/* The leaf a typed path names, its indexes judged in form only; or NULL with a finding. */
static const struct form_field *
resolve(const struct form *f, const char *path, struct form_findings *out)
{
	const struct form_field *g = &f->root;
	const char *p = path;
	struct step st;

	do {
		if (next_step(&p, &st) != 0 || (g = child_named(g, st.name)) == NULL) {
			(void)value_finding(out, path, "unknown-field", "%s: the form %s has no such field", path, f->id);
			return (NULL);
		}
		if (st.has_index != (g->type == FIELD_REPEAT)) {
			(void)value_finding(out, path, "unknown-field", "%s: %s %s", path, g->path,
			    st.has_index ? "is no repeat" : "is a repeat: write NAME[0]/FIELD");
			return (NULL);
		}
	} while (*p != '\0');
	if (g->nchild > 0) {
		(void)value_finding(out, path, "unknown-field", "%s: a group has no answer of its own", path);
		return (NULL);
	}
	return (g);
}

/* The member ${name} of ${obj}, made with ${make} when absent; NULL if out of memory. */
static cJSON *
member(cJSON *obj, const char *name, cJSON *(*make)(void))
{
	cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, name);

	if (v != NULL)
		return (v);
	if ((v = make()) == NULL)
		return (NULL);
	if (!cJSON_AddItemToObject(obj, name, v)) {
		cJSON_Delete(v);
		return (NULL);
	}
	return (v);
}

/* The object of instance ${index} of a repeat, the next one made anew; NULL with *${rule} set, or NULL alone if out of memory. */
static cJSON *
instance(cJSON *array, uint64_t index, const char **rule)
{
	cJSON *v;
	int n = cJSON_GetArraySize(array);

	if (!cJSON_IsArray(array) || index > (uint64_t)n || index >= FORM_REPEAT_MAX) {
		*rule = "range";
		return (NULL);
	}
	if (index < (uint64_t)n)
		return (cJSON_GetArrayItem(array, (int)index));
	if ((v = cJSON_CreateObject()) == NULL)
		return (NULL);
	if (!cJSON_AddItemToArray(array, v)) {
		cJSON_Delete(v);
		return (NULL);
	}
	return (v);
}

/* The object that holds the leaf of ${path}, made on the way; st->name is then the leaf's name. */
static cJSON *
descend(cJSON *obj, const char *path, struct step *st, const char **rule)
{
	const char *p = path;

	while (next_step(&p, st) == 0 && *p != '\0') {
		if (st->has_index) {
			if ((obj = member(obj, st->name, cJSON_CreateArray)) != NULL)
				obj = instance(obj, st->index, rule);
		} else
			obj = member(obj, st->name, cJSON_CreateObject);
		if (obj == NULL)
			return (NULL);
		if (!cJSON_IsObject(obj)) {
			*rule = "type";
			return (NULL);
		}
	}
	return (obj);
}

int
form_set(const struct form *f, cJSON *obj, const char *path, const char *text, struct form_findings *out)
{
	const struct form_field *field = resolve(f, path, out);
	struct value_fault fault = { NULL, NULL };
	const char *rule = NULL;
	char choices[120];
	struct step st = { "", 0, 0 };
	cJSON *value = NULL, *at;

	if (field == NULL)
		return (-1);
	if ((value = value_from_text(field, text, &fault)) == NULL) {
		value_choices(field, fault.rule, choices, sizeof(choices));
		(void)value_finding(out, path, fault.rule, "%s: %s%s", path, fault.why, choices);
		return (-1);
	}
	if ((at = descend(obj, path, &st, &rule)) == NULL) {
		if (rule == NULL)
			(void)value_finding(out, path, "memory", "%s: out of memory", path);
		else
			(void)value_finding(out, path, rule, "%s: %s", path, strcmp(rule, "range") == 0
			        ? "the index must be of an instance there or the next one"
			        : "a value of another kind stands in its place");
		goto bad;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(at, st.name);
	if (value_empty(value))
		cJSON_Delete(value);
	else if (!cJSON_AddItemToObject(at, st.name, value)) {
		(void)value_finding(out, path, "memory", "%s: out of memory", path);
		goto bad;
	}
	return (0);
bad:
	cJSON_Delete(value);
	return (-1);
}
