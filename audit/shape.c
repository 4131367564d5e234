#include "audit/shape.h"

#include <string.h>

#include "base/json.h"
#include "base/line.h"

#define MEMBERS_MAX 4

enum member_type { COUNT = 1, IDENT, HASHES };

static const struct shape {
	const char *kind;
	struct { const char *name; enum member_type type; } member[MEMBERS_MAX];
} SHAPES[] = {
	{ "withdrawal", { { NULL, 0 } } },
	{ "heartbeat", { { "entries", COUNT }, { "waiting", COUNT }, { "free", COUNT }, { "uptime", COUNT } } },
	{ "clock-step", { { "from", COUNT }, { "to", COUNT } } },
	{ "loss", { { "epoch", COUNT }, { "from", COUNT }, { "to", COUNT } } },
	{ "handover", { { "from", IDENT }, { "to", IDENT }, { "waiting", COUNT } } },
	{ "erasure-ack", { { "erase", COUNT }, { "entries", HASHES } } },
	{ "reset-code", { { "number", COUNT }, { "reason", IDENT } } },
};

static int
is_hash(const cJSON *v)
{
	const char *s = cJSON_GetStringValue(v);
	uint8_t hash[HASH_LEN];

	return s != NULL && field_hex((struct field){ s, strlen(s) }, hash, sizeof(hash)) == 0;
}

static int
fits(const cJSON *obj, const char *name, enum member_type type)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, name), *x;
	const char *s;
	int64_t n;

	switch (type) {
	case COUNT:
		return json_int(obj, name, &n) == 0 && n >= 0;
	case IDENT:
		s = json_string(obj, name);
		return s != NULL && field_id((struct field){ s, strlen(s) }, ID_MAX);
	case HASHES:
		if (!cJSON_IsArray(v))
			return 0;
		cJSON_ArrayForEach(x, v)
			if (!is_hash(x))
				return 0;
		return 1;
	}
	return 0;
}

static const struct shape *
find(const char *kind)
{
	for (size_t i = 0; i < sizeof(SHAPES) / sizeof(SHAPES[0]); i++)
		if (strcmp(SHAPES[i].kind, kind) == 0)
			return &SHAPES[i];
	return NULL;
}

int
shape_check(const struct entry *h, const void *p, size_t n, struct err *e)
{
	const struct shape *s = find(h->kind);
	int want = 0, ret = 0;
	cJSON *obj;

	if (s == NULL)
		return 0;
	if ((obj = json_parse(p, n, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, e)) == NULL)
		return -1;
	for (; ret == 0 && want < MEMBERS_MAX && s->member[want].name != NULL; want++)
		if (!fits(obj, s->member[want].name, s->member[want].type))
			ret = err_set(e, "%s: member %s is missing or malformed", s->kind, s->member[want].name);
	/* Keys are not doubled, so more members than wanted means one that does not belong. */
	if (ret == 0 && cJSON_GetArraySize(obj) != want)
		ret = err_set(e, "%s: a member that this kind has not", s->kind);
	cJSON_Delete(obj);
	return ret;
}

int
shape_loss(const void *p, size_t n, uint32_t *epoch, uint64_t *from, uint64_t *to)
{
	cJSON *obj = json_parse(p, n, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, NULL);
	int64_t e, f, t;
	int ok;

	ok = obj != NULL && json_int(obj, "epoch", &e) == 0 && json_int(obj, "from", &f) == 0 && json_int(obj, "to", &t) == 0 &&
	     e >= 1 && e <= (int64_t)UINT32_MAX && f >= 0 && t >= f;
	if (ok) {
		*epoch = (uint32_t)e;
		*from = (uint64_t)f;
		*to = (uint64_t)t;
	}
	cJSON_Delete(obj);
	return ok ? 0 : -1;
}
