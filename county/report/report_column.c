#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "county/report/report.h"

/* Which columns a report has, what they are called, and what stands in them. */

static const struct { const char *key, *head[2]; } GROUPS[] = {
	[BY_FORM] = { "form", { "表单", "form" } }, [BY_COUNTRY] = { "country", { "国家", "country" } },
	[BY_PROVINCE] = { "province", { "省", "province" } }, [BY_PREFECTURE] = { "prefecture", { "市（州）", "prefecture" } },
	[BY_COUNTY] = { "county", { "县", "county" } }, [BY_TOWNSHIP] = { "township", { "乡镇", "township" } },
	[BY_VILLAGE] = { "village", { "村", "village" } }, [BY_YEAR] = { "year", { "年", "year" } }, [BY_MONTH] = { "month", { "月", "month" } },
	[BY_SUBJECT] = { "subject", { "编号", "subject" } }, [BY_FUND] = { "fund", { "资金来源", "fund" } },
	[BY_GROUP] = { "group", { "重点人群", "target group" } },
};

static const struct { const char *key, *head[2]; } FIXED[] = {
	[COL_FORM] = { "form", { "表单", "form" } }, [COL_FORM_NAME] = { "form_name", { "名称", "name" } }, [COL_NAME] = { NULL, { "名称", "name" } },
	[COL_PLACE] = { "place", { "地点", "place" } }, [COL_PLACE_NAME] = { "place_name", { "地名", "name" } },
	[COL_SUBJECTS] = { "subjects", { "总数", "subjects" } }, [COL_PLACES] = { "places", { "该类地区数", "places of the class" } }, [COL_PLANNED] = { "planned", { "计划", "planned" } }, [COL_DONE] = { "done", { "完成", "done" } },
	[COL_PERCENT] = { "percent", { "完成率%", "percent" } }, [COL_DISPUTED] = { "disputed", { "有争议", "disputed" } },
	[COL_PARKED] = { "parked", { "已搁置", "parked" } }, [COL_ERASED] = { "erased", { "已删个人信息", "erased" } },
	[COL_NOT_BEGUN] = { "not_begun", { "未开始", "not begun" } }, [COL_REPORTED] = { "reported", { "已上报", "reported" } },
	[COL_LATE] = { "late", { "月报后补报", "late" } },
	[COL_DOUBLES] = { "doubles", { "疑似重复", "may be double" } },
};

struct columns {
	struct report_column *c;
	size_t n;
};

static void
put(struct columns *t, enum column_what what, size_t i, const char *key)
{
	struct report_column *c = &t->c[t->n++];

	c->what = what;
	c->i = i;
	(void)snprintf(c->key, sizeof(c->key), "%s", key ? key : FIXED[what].key);
}

static void
put_groups(struct columns *t, const struct report *r)
{
	char name[32];

	if (r->all_forms || r->by == BY_FORM) {
		put(t, COL_FORM, 0, NULL);
		put(t, COL_FORM_NAME, 0, NULL);
	}
	if (r->by == BY_FORM)
		return;
	put(t, COL_KEY, 0, GROUPS[r->by].key);
	if (r->by == BY_SUBJECT) {
		put(t, COL_PLACE, 0, NULL);
		put(t, COL_PLACE_NAME, 0, NULL);
	} else if (r->by != BY_YEAR && r->by != BY_MONTH) {
		(void)snprintf(name, sizeof(name), "%s_name", GROUPS[r->by].key);
		put(t, COL_NAME, 0, name);
	}
}

struct report_column *
report_columns(const struct report *r, const struct fold_form *f, size_t *n)
{
	static const enum column_what tail[] = { COL_PLANNED, COL_DONE, COL_PERCENT, COL_DISPUTED, COL_PARKED, COL_ERASED, COL_NOT_BEGUN, COL_REPORTED, COL_DOUBLES, COL_LATE };
	size_t i, values = f->f ? f->f->nindicators : 0;
	struct columns t = { calloc(f->stages.n + values + 2 * f->ntargets + 20, sizeof(*t.c)), 0 };
	char key[160];

	if (t.c == NULL)
		return NULL;
	put_groups(&t, r);
	put(&t, COL_SUBJECTS, 0, NULL);
	if (r->only.class != NULL)
		put(&t, COL_PLACES, 0, NULL);
	for (i = 0; i < f->stages.n; i++) {
		(void)snprintf(key, sizeof(key), "stage.%s", f->stages.c[i].value);
		put(&t, COL_STAGE, i, key);
	}
	for (i = 0; i < values; i++) {
		(void)snprintf(key, sizeof(key), "%s.%s", f->f->indicators[i].kind, f->f->indicators[i].name);
		put(&t, COL_VALUE, i, key);
	}
	for (i = 0; i < 2 * f->ntargets; i++) {
		(void)snprintf(key, sizeof(key), "%s.%s", i % 2 == 0 ? "target" : "reached", f->target[i / 2].path);
		put(&t, i % 2 == 0 ? COL_TARGET : COL_REACHED, i / 2, key);
	}
	for (i = 0; i < sizeof(tail) / sizeof(tail[0]); i++)
		put(&t, tail[i], 0, NULL);
	*n = t.n;
	return t.c;
}

int
report_is_text(const struct report_column *c)
{
	return c->what < COL_SUBJECTS;
}

/* Money in whole fen; of what is divided two decimals, of a ratio as many as a decimal keeps. */
static unsigned
digits_of(const struct form_indicator *ind, int fen)
{
	if (fen)
		return 0;
	return ind->is == INDICATOR_SUM || ind->is == INDICATOR_RATIO ? FOLD_DIGITS : 2;
}

static int
number_cell(const struct report_row *row, size_t i, int human, char out[64])
{
	const struct form_indicator *ind = &row->form->f->indicators[i];
	int fen = strcmp(form_indicator_unit(row->form->f, ind), "fen") == 0;
	fold_num x;

	if (!report_figure(row, i, digits_of(ind, fen), &x))
		return 0;
	if (fen && human)
		fold_print(x / 100, 2, 1, out); /* whole fen: exact */
	else
		fold_print(x, digits_of(ind, fen), 0, out);
	return 1;
}

static int
count_cell(uint64_t v, char *out, size_t size)
{
	(void)snprintf(out, size, "%llu", (unsigned long long)v);
	return 1;
}

static int
text_cell(const char *s, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", s);
	return 1;
}

int
report_cell(const struct report_row *row, const struct report_column *c, int human, char *out, size_t size)
{
	char number[64];
	uint64_t done;

	switch (c->what) {
	case COL_FORM:
		return text_cell(row->form->id, out, size);
	case COL_FORM_NAME:
		return text_cell(row->form->f ? row->form->f->title[FORM_ZH] : "", out, size);
	case COL_KEY:
		return text_cell(row->key, out, size);
	case COL_NAME:
	case COL_PLACE_NAME:
		return text_cell(row->name, out, size);
	case COL_PLACE:
		return text_cell(row->place, out, size);
	case COL_SUBJECTS:
		return !row->hidden && count_cell(row->subjects, out, size);
	case COL_PLACES:
		return count_cell(classes_count(row->classes, row->class, row->within), out, size);
	case COL_STAGE:
		return report_stages(row) && count_cell(row->stage[c->i], out, size);
	case COL_VALUE:
		return number_cell(row, c->i, human, number) && text_cell(number, out, size);
	case COL_DONE:
		return report_done(row, &done) && count_cell(done, out, size);
	case COL_DISPUTED:
		return !row->guarded && count_cell(row->disputed, out, size);
	case COL_PARKED:
		return !row->guarded && count_cell(row->parked, out, size);
	case COL_ERASED:
		return !row->guarded && count_cell(row->erased, out, size);
	default:
		return row_extra_cell(row, c, human, out, size);
	}
}

/* What the figures are counted in, for people. */
static const char *
unit_name(const char *unit, int lang)
{
	static const struct { const char *unit, *name[2]; } names[] = {
		{ "fen", { "元", "yuan" } }, { "m2", { "平方米", "m2" } }, { "m3", { "立方米", "m3" } }, { "km", { "公里", "km" } },
		{ "mu", { "亩", "mu" } }, { "person", { "人", "" } }, { "head", { "头", "head" } }, { "day", { "天", "days" } },
		{ "percent", { "%", "%" } },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].unit, unit) == 0)
			return names[i].name[lang];
	return unit;
}

void
report_head(const struct report *r, const struct fold_form *f, const struct report_column *c, int lang, char *out, size_t size)
{
	static const char *const planned[2][2] = { { "实际", "reached: " }, { "计划", "planned: " } };
	const char *unit;

	if (c->what == COL_KEY) {
		(void)snprintf(out, size, "%s", GROUPS[r->by].head[lang]);
	} else if (c->what == COL_STAGE) {
		(void)snprintf(out, size, "%s", f->stages.c[c->i].label[lang]);
	} else if (c->what == COL_VALUE) {
		unit = unit_name(form_indicator_unit(f->f, &f->f->indicators[c->i]), lang);
		(void)snprintf(out, size, unit[0] ? "%s (%s)" : "%s", f->f->indicators[c->i].label[lang], unit);
	} else if (c->what == COL_TARGET || c->what == COL_REACHED) {
		const struct form_field *field = form_field(f->f, f->target[c->i].path);

		unit = unit_name(field->unit ? field->unit : "", lang);
		(void)snprintf(out, size, "%s%s%s%s%s", planned[c->what == COL_TARGET][lang], field->label[lang], unit[0] ? " (" : "", unit, unit[0] ? ")" : "");
	} else {
		(void)snprintf(out, size, "%s", FIXED[c->what].head[lang]);
	}
}
