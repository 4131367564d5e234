#include "base/json.h"

#include <stdlib.h>

#include "base/lapse.h"

/* cJSON passes over what it has no memory for; so that it can be told (lapse.h), it asks here. */
static void *
json_alloc(size_t n)
{
	return lapsed(malloc(n));
}

__attribute__((constructor)) static void
hook(void)
{
	cJSON_Hooks hooks = { json_alloc, free };

	cJSON_InitHooks(&hooks);
}

cJSON *
json_parse(const void *p, size_t n, unsigned flags, struct err *e)
{
	cJSON *tree;

	if (json_scan(p, n, JSON_DEPTH_MAX, flags, e) != 0)
		return NULL;
	if ((tree = cJSON_ParseWithLength(p, n)) == NULL)
		err_set(e, "JSON: cannot be read (out of memory?)");
	return tree;
}

const char *
json_string(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
}

int
json_int(const cJSON *obj, const char *key, int64_t *v)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);
	double d;

	if (!cJSON_IsNumber(item))
		return -1;
	d = item->valuedouble;
	if (!(d >= -(double)JSON_INT_MAX && d <= (double)JSON_INT_MAX) || d != (double)(int64_t)d)
		return -1;
	*v = (int64_t)d;
	return 0;
}
