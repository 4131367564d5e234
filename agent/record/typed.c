#include "agent/record/typed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/tr.h"

/* How input methods write what stands in numbers. */
static const struct { const char *wide; char plain; } wides[] = {
	{ "。", '.' }, { "．", '.' }, { "，", ',' }, { "、", ',' }, { "－", '-' }, { "—", '-' }, { "／", '/' }, { "＋", '+' }, { "　", ' ' }, { "：", ':' },
};

/* Copy with full-width digits and signs made plain. */
static void
plain(const char *s, char *out, size_t size)
{
	size_t n = 0, i;
	const unsigned char *u;

	while (*s != '\0' && n + 1 < size) {
		u = (const unsigned char *)s;
		if (u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x90 && u[2] <= 0x99) { /* U+FF10 to U+FF19 */
			out[n++] = (char)('0' + u[2] - 0x90);
			s += 3;
			continue;
		}
		for (i = 0; i < sizeof(wides) / sizeof(wides[0]) && strncmp(s, wides[i].wide, strlen(wides[i].wide)) != 0; i++)
			;
		if (i < sizeof(wides) / sizeof(wides[0])) {
			out[n++] = wides[i].plain;
			s += strlen(wides[i].wide);
		} else {
			out[n++] = *s++;
		}
	}
	out[n] = '\0';
}

/* Year, month and day with anything usual between them, as YYYY-MM-DD; else as it stands. */
static void
settle_date(char *s, size_t size)
{
	unsigned v[3] = { 0, 0, 0 };
	const char *p = s;
	size_t i, n;

	for (i = 0; i < 3; i++) {
		p += strspn(p, " ");
		n = strspn(p, "0123456789");
		if (n == 0 || n > 4 || (i == 0 && n != 4))
			return;
		v[i] = (unsigned)strtoul(p, NULL, 10);
		p += n;
		p += strspn(p, " ");
		if (*p != '\0' && strchr("-/.", *p) != NULL)
			p++;
		else if (strncmp(p, i == 0 ? "年" : i == 1 ? "月" : "日", 3) == 0)
			p += 3;
		else if (i < 2)
			return;
	}
	if (*p == '\0' && v[1] < 100 && v[2] < 100)
		(void)snprintf(s, size, "%04u-%02u-%02u", v[0], v[1], v[2]);
}

/* "1,234.50" without its commas, and in yuan when it is a number alone. */
static void
settle_money(char *s, size_t size)
{
	size_t n = 0;
	const char *p;

	if (s[strspn(s, "0123456789.,+- ")] != '\0' || s[strspn(s, " ")] == '\0')
		return;
	for (p = s; *p != '\0'; p++)
		if (*p != ',' && *p != ' ')
			s[n++] = *p;
	(void)snprintf(s + n, size - n, "元");
}

/* A choice by what people call it. */
static const char *
by_label(const struct form_field *f, const char *text)
{
	size_t i;

	for (i = 0; i < f->nchoices; i++)
		if (strcmp(f->choices[i].label[FORM_ZH], text) == 0 || strcmp(f->choices[i].label[FORM_EN], text) == 0)
			return f->choices[i].value;
	return text;
}

void
typed_settle(const struct form_field *f, const char *text, char out[TYPED_MAX + 1])
{
	size_t n;

	if (f->type == FIELD_SELECT1 && *text != '\0' && form_choice(f, text) == NULL)
		text = by_label(f, text);
	if (f->type != FIELD_INTEGER && f->type != FIELD_DECIMAL && f->type != FIELD_DATE && f->type != FIELD_GEOPOINT) {
		(void)snprintf(out, TYPED_MAX + 1, "%s", text);
		return;
	}
	plain(text, out, TYPED_MAX + 1);
	for (n = strlen(out); n > 0 && out[n - 1] == ' '; n--)
		out[n - 1] = '\0';
	if (f->type == FIELD_DATE)
		settle_date(out, TYPED_MAX + 1);
	else if (f->type == FIELD_INTEGER && f->unit != NULL && strcmp(f->unit, "fen") == 0)
		settle_money(out, TYPED_MAX + 1);
}

static int
is_money(const struct form_field *f)
{
	return f->type == FIELD_INTEGER && f->unit != NULL && strcmp(f->unit, "fen") == 0;
}

static int
put_money(const cJSON *v, struct buf *out)
{
	int64_t fen = (int64_t)v->valuedouble;
	uint64_t u = fen < 0 ? (uint64_t)-fen : (uint64_t)fen;

	return buf_printf(out, "%s%" PRIu64 ".%02" PRIu64, fen < 0 ? "-" : "", u / 100, u % 100);
}

int
typed_from(const struct form_field *f, const cJSON *v, struct buf *out)
{
	const cJSON *item;
	int first = 1;

	if (cJSON_IsNumber(v))
		return is_money(f) ? put_money(v, out) : buf_printf(out, "%" PRId64, (int64_t)v->valuedouble);
	if (cJSON_IsString(v))
		return buf_puts(out, v->valuestring);
	cJSON_ArrayForEach(item, v) {
		if (cJSON_IsString(item))
			(void)buf_printf(out, "%s%s", first ? "" : " ", item->valuestring);
		first = 0;
	}
	return buf_ok(out) ? 0 : -1;
}

static int
flatten_leaf(const struct form_field *f, const cJSON *v, const char *path, cJSON *typed)
{
	struct buf b;
	int rc;

	buf_init(&b, TYPED_MAX);
	rc = typed_from(f, v, &b) == 0 && cJSON_AddStringToObject(typed, path, buf_str(&b)) != NULL ? 0 : -1;
	buf_free(&b);
	return rc;
}

static int
flatten(const struct form_field *g, const cJSON *obj, const char *prefix, cJSON *typed, cJSON *counts)
{
	char path[2 * FORM_PATH_MAX], one[2 * FORM_PATH_MAX + 16];
	const struct form_field *f;
	const cJSON *v, *item;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < g->nchild && rc == 0; i++) {
		f = &g->child[i];
		v = cJSON_GetObjectItemCaseSensitive(obj, f->name);
		if (v == NULL || f->type == FIELD_META || strcmp(f->name, "meta") == 0)
			continue;
		if (snprintf(path, sizeof(path), "%s%s", prefix, f->name) >= (int)sizeof(path))
			return -1;
		if (f->type == FIELD_GROUP) {
			(void)snprintf(one, sizeof(one), "%s/", path);
			rc = flatten(f, v, one, typed, counts);
		} else if (f->type == FIELD_REPEAT) {
			k = 0;
			cJSON_ArrayForEach(item, v) {
				(void)snprintf(one, sizeof(one), "%s[%zu]/", path, k++);
				if (flatten(f, item, one, typed, counts) != 0)
					return -1;
			}
			rc = cJSON_AddNumberToObject(counts, path, (double)k) != NULL ? 0 : -1;
		} else {
			rc = flatten_leaf(f, v, path, typed);
		}
	}
	return rc;
}

int
typed_flatten(const struct form *f, const cJSON *answers, cJSON *typed, cJSON *counts)
{
	return flatten(&f->root, answers, "", typed, counts);
}

const char *
typed_unit(const char *unit, const char *lang)
{
	static const struct { const char *unit, *text; } units[] = {
		{ "fen", N_("yuan") }, { "m2", N_("m²") }, { "m3", N_("m³") }, { "km", N_("km") }, { "mu", N_("mu") }, { "person", N_("persons") },
		{ "head", N_("head") }, { "day", N_("days") },
	};
	size_t i;

	for (i = 0; unit != NULL && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, unit) == 0)
			return tr(lang, units[i].text);
	return unit != NULL ? unit : "";
}

int
typed_show(const struct form_field *f, const cJSON *v, const char *lang, struct buf *out)
{
	enum form_lang l = strcmp(lang, "en") == 0 ? FORM_EN : FORM_ZH;
	const struct choice *c;
	const cJSON *item;
	int first = 1;

	if (f->type == FIELD_SELECT1 && cJSON_IsString(v)) {
		c = form_choice(f, v->valuestring);
		return buf_puts(out, c ? c->label[l] : v->valuestring);
	}
	if (f->type == FIELD_SELECT && cJSON_IsArray(v)) {
		cJSON_ArrayForEach(item, v) {
			c = cJSON_IsString(item) ? form_choice(f, item->valuestring) : NULL;
			(void)buf_printf(out, "%s%s", first ? "" : l == FORM_EN ? ", " : "、", c ? c->label[l] : cJSON_IsString(item) ? item->valuestring : "");
			first = 0;
		}
		return buf_ok(out) ? 0 : -1;
	}
	(void)typed_from(f, v, out);
	if (f->unit != NULL && (f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL))
		(void)buf_printf(out, " %s", typed_unit(f->unit, lang));
	return buf_ok(out) ? 0 : -1;
}
