#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/fold_internal.h"

/* Answers as texts, for what is compared and for distinct counts: every value of a form has a number. */

const char *
text_of_answer(const cJSON *m, char out[32])
{
	if (cJSON_IsString(m))
		return m->valuestring;
	if (!cJSON_IsNumber(m))
		return "";
	(void)snprintf(out, 32, "%lld", (long long)m->valuedouble);
	return out;
}

struct text { uint32_t number; char s[]; };

static int
same_text(const void *item, const void *key)
{
	return strcmp(((const struct text *)item)->s, key) == 0;
}

/* The number of a value, from 1; 0 if out of memory. */
static uint32_t
text_number(struct fold_map *texts, const char *s)
{
	uint8_t hash[HASH_LEN];
	struct text *t;

	sha256(hash, s, strlen(s));
	if ((t = map_get(texts, dec_be(hash, 8), same_text, s)) != NULL)
		return t->number;
	if ((t = malloc(sizeof(*t) + strlen(s) + 1)) == NULL)
		return 0;
	t->number = (uint32_t)texts->n + 1;
	(void)strcpy(t->s, s);
	if (map_put(texts, dec_be(hash, 8), t) != 0) {
		free(t);
		return 0;
	}
	return t->number;
}

int64_t *
text_keys(const struct fold_map *texts)
{
	int64_t *keys = calloc((texts != NULL ? texts->n : 0) + 1, sizeof(*keys));

	for (size_t i = 0; keys != NULL && texts != NULL && i < texts->room; i++)
		if (texts->slot[i].item != NULL)
			keys[((const struct text *)texts->slot[i].item)->number] = (int64_t)texts->slot[i].hash;
	return keys;
}

static int
set_add(struct fold_map *texts, uint32_t **set, const cJSON *m)
{
	uint32_t n = *set ? (*set)[0] : 0, *more, number;
	char out[32];
	const char *s = text_of_answer(m, out);

	if (*s == '\0')
		return 0;
	if ((number = text_number(texts, s)) == 0 || (more = reallocarray(*set, n + 2, sizeof(*more))) == NULL)
		return -1;
	more[0] = n + 1;
	more[n + 1] = number;
	*set = more;
	return 0;
}

int
text_set(struct fold_map *texts, const cJSON *at, const char *path, uint32_t **set)
{
	char name[FORM_PATH_MAX + 1];
	size_t n = strcspn(path, "/");
	const cJSON *one = NULL;

	if (cJSON_IsArray(at)) {
		cJSON_ArrayForEach(one, at)
			if (text_set(texts, one, path, set) != 0)
				return -1;
		return 0;
	}
	if (*path == '\0')
		return at == NULL ? 0 : set_add(texts, set, at);
	if (at == NULL || n >= sizeof(name))
		return 0;
	memcpy(name, path, n);
	name[n] = '\0';
	return text_set(texts, cJSON_GetObjectItemCaseSensitive(at, name), path + n + (path[n] == '/' ? 1 : 0), set);
}
