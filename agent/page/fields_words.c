#include <string.h>

#include "agent/host/moment.h"
#include "agent/page/choices.h"
#include "agent/page/fields.h"
#include "agent/page/photos.h"
#include "agent/record/typed.h"
#include "base/clock.h"

/* What is wrong, in words, and what was typed, taken in. */

/* By the rule that was broken, and the kind of field where that says more. */
static const struct { const char *rule; enum field_type type; int any; const char *text; } texts[] = {
	{ "required", FIELD_GROUP, 1, N_("Please fill this in.") },
	{ "type", FIELD_INTEGER, 0, N_("A whole number, in digits.") },
	{ "type", FIELD_DECIMAL, 0, N_("A number, in digits with one point at most.") },
	{ "type", FIELD_GEOPOINT, 0, N_("A position: latitude, then longitude, in degrees, as 25.30, 107.40.") },
	{ "type", FIELD_DATE, 0, N_("A day of the calendar, as 2026-10-28.") },
	{ "date", FIELD_GROUP, 1, N_("A day of the calendar, as 2026-10-28.") },
	{ "choice", FIELD_GROUP, 1, N_("One of the choices offered.") },
	{ "range", FIELD_GEOPOINT, 0, N_("Latitude from -90 to 90, longitude from -180 to 180.") },
	{ "range", FIELD_GROUP, 1, N_("Too long, too large, or finer than its unit.") },
	{ "subject", FIELD_GROUP, 1, N_("1 to 64 of A-Z a-z 0-9 . _ - and never an identity number.") },
	{ "constraint", FIELD_GROUP, 1, N_("The form does not accept this answer.") },
	{ "relevant", FIELD_GROUP, 1, N_("The form does not ask this now.") },
	{ "count", FIELD_GROUP, 1, N_("There are more of these than the form takes.") },
};

const char *
fields_words(const struct page_call *c, const struct form *form, const struct form_field *f, const struct form_finding *x)
{
	const char *own = form_run_message(form, x->path, x->rule, c->form_lang);
	size_t i;

	if (own != NULL && own[0] != '\0')
		return own;
	if ((own = photos_words(c, x->rule)) != NULL)
		return own;
	if (strcmp(x->rule, "type") == 0 && f != NULL && f->unit != NULL && strcmp(f->unit, "fen") == 0)
		return tr(c->lang, "An amount in yuan, as 20000.00.");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].rule, x->rule) == 0 && (texts[i].any || (f != NULL && f->type == texts[i].type)))
			return tr(c->lang, texts[i].text);
	return tr(c->lang, "The form does not accept this answer.");
}

const char *
fields_error(const struct fields *fs, const char *path)
{
	char late[128];
	size_t i;

	for (i = 0; fs->findings != NULL && i < fs->findings->n; i++) {
		if (strcmp(fs->findings->f[i].path, path) != 0)
			continue;
		if (!fs->all && (strcmp(fs->findings->f[i].rule, "required") == 0 || filling_get(fs->fl, path)[0] == '\0'))
			return NULL;
		if (strcmp(fs->findings->f[i].rule, "future") == 0 || (fields_future(fs->c->ag, fs->fl, late) && strcmp(late, path) == 0))
			return tr(fs->c->lang, "This day has not come yet. If it is right, say so below.");
		return fields_words(fs->c, fs->fl->form, filling_field(fs->fl, path), &fs->findings->f[i]);
	}
	return NULL;
}

void
fields_summary(struct fields *fs)
{
	const struct form_field *f;
	struct page_call *c = fs->c;
	size_t i, k, n = 0;

	for (i = 0; fs->all && i < fs->findings->n; i++) {
		for (k = 0; k < i && strcmp(fs->findings->f[k].path, fs->findings->f[i].path) != 0; k++)
			;
		if (k < i)
			continue;
		if (n++ == 0)
			page_raw(c, "<div class=\"note wrong\" role=\"alert\"><p>");
		else
			page_raw(c, "\n");
		if (n == 1) {
			page_say(c, "Nothing was recorded yet. What needs a look:", NULL);
			page_raw(c, "</p>\n<ul>\n");
		}
		f = filling_field(fs->fl, fs->findings->f[i].path);
		page_raw(c, "<li><a href=\"#f-" FIELDS_NAME);
		page_text(c, fs->findings->f[i].path);
		page_raw(c, "\">");
		page_text(c, f ? f->label[c->form_lang] : fs->findings->f[i].path);
		page_raw(c, "</a></li>");
	}
	if (n > 0)
		page_raw(c, "\n</ul></div>\n");
}

/* Several ticks of one name are one answer, its words separated by spaces. */
static int
take_words(const struct page_call *c, struct filling *fl, const char *name, const char *path)
{
	const struct formfield *x;
	struct buf b;
	size_t at = 0;
	int rc;

	buf_init(&b, TYPED_MAX);
	while ((x = formdata_next(c->form, name, &at)) != NULL)
		if (!x->is_file && x->len > 0)
			(void)buf_printf(&b, "%s%s", b.len > 0 ? " " : "", x->value);
	rc = buf_ok(&b) ? filling_set(fl, path, buf_str(&b)) : -1;
	buf_free(&b);
	return rc;
}

int
fields_take(const struct page_call *c, struct filling *fl)
{
	const struct form_field *f;
	const struct formfield *x;
	char name[300];
	size_t i;

	for (i = 0; i < c->form->n; i++) {
		x = &c->form->field[i];
		if (x->is_file)
			continue;
		if (strcmp(x->name, "shown") == 0 && (f = filling_field(fl, x->value)) != NULL && f->type == FIELD_SELECT) {
			(void)snprintf(name, sizeof(name), FIELDS_NAME "%.250s", x->value);
			if (take_words(c, fl, name, x->value) != 0)
				return -1;
		}
		if (strncmp(x->name, FIELDS_NAME, strlen(FIELDS_NAME)) != 0 || (f = filling_field(fl, x->name + strlen(FIELDS_NAME))) == NULL || f->nchild > 0 ||
		    f->type == FIELD_SELECT || f->type == FIELD_BINARY)
			continue;
		if (filling_set(fl, x->name + strlen(FIELDS_NAME), x->value) != 0)
			return -1;
	}
	return choices_take(c, fl) == 0 ? filling_set_fact(fl, "late", page_posted(c, "late")) : -1;
}

void
fields_today(struct agent *ag, char day[16])
{
	int64_t now = clock_wall();

	day[0] = '\0';
	if (floor_clock(ag, now) != CLOCK_UNSET)
		clock_date(now, day);
}

int
fields_future(struct agent *ag, const struct filling *fl, char path[128])
{
	const cJSON *v, *typed = cJSON_GetObjectItemCaseSensitive(fl->content, "typed");
	const struct form_field *f;
	char day[TYPED_MAX + 1], today[16];

	fields_today(ag, today);
	if (today[0] == '\0')
		return 0;
	cJSON_ArrayForEach(v, typed) {
		if (!cJSON_IsString(v) || (f = filling_field(fl, v->string)) == NULL || f->type != FIELD_DATE || strcmp(f->path, "date") != 0)
			continue;
		typed_settle(f, v->valuestring, day);
		/* a thirteenth month is no day to come */
		if (strlen(day) == 10 && strcmp(day, today) > 0 && strncmp(day + 5, "12", 2) <= 0 && strncmp(day + 8, "31", 2) <= 0) {
			(void)snprintf(path, 128, "%s", v->string);
			return 1;
		}
	}
	return 0;
}
