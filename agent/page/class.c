#include "agent/page/class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/exception.h"
#include "agent/page/fields.h"
#include "agent/people/roster.h"
#include "agent/record/typed.h"
#include "base/lapse.h"
#include "base/line.h"

#define WHO "who"
#define OTHER "x:"

int
class_skip(const struct filling *fl, const struct form_field *f)
{
	return f == roster_group(fl->form) || f->type == FIELD_BINARY || (fl->form->subject != NULL && strcmp(f->path, fl->form->subject) == 0);
}

/* One person more, with what was typed beside the name.  0 or -1. */
static int
add_who(const struct page_call *c, cJSON *who, const char *id)
{
	char name[ID_MAX + 8];

	if (!field_id((struct field){ id, strlen(id) }, ID_MAX) || cJSON_GetObjectItemCaseSensitive(who, id) != NULL)
		return 0;
	if (cJSON_GetArraySize(who) >= CLASS_MOST)
		return -1;
	(void)snprintf(name, sizeof(name), OTHER "%s", id);
	return cJSON_AddStringToObject(who, id, page_posted(c, name)) != NULL ? 0 : -1;
}

/* Numbers typed by hand, separated by anything no number has. */
static int
add_numbers(const struct page_call *c, cJSON *who, const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	char id[ID_MAX + 1];
	size_t n;
	int rc = 0;

	while (*text != '\0' && rc == 0) {
		n = strspn(text, allowed);
		if (n > 0 && n <= ID_MAX) {
			(void)snprintf(id, sizeof(id), "%.*s", (int)n, text);
			rc = add_who(c, who, id);
		}
		text += n > 0 ? n : 1;
	}
	return rc;
}

int
class_take(struct page_call *c, struct filling *fl)
{
	const struct formfield *x;
	cJSON *who = cJSON_CreateObject();
	size_t at = 0;
	int rc = who != NULL ? 0 : -1;

	while (rc == 0 && (x = formdata_next(c->form, WHO, &at)) != NULL)
		if (!x->is_file)
			rc = add_who(c, who, x->value);
	if (rc == 0)
		rc = add_numbers(c, who, page_posted(c, "numbers"));
	if (who == NULL)
		return -1;
	cJSON_DeleteItemFromObjectCaseSensitive(fl->content, WHO);
	if (!cJSON_AddItemToObject(fl->content, WHO, who)) {
		cJSON_Delete(who);
		return -1;
	}
	return rc;
}

int
class_open(struct class_sheet *sh, struct page_call *c, const struct filling *fl)
{
	const cJSON *v, *who = cJSON_GetObjectItemCaseSensitive(fl->content, WHO);
	int n = cJSON_GetArraySize(who);

	memset(sh, 0, sizeof(*sh));
	sh->c = c;
	sh->fl = fl;
	if ((sh->line = lapsed(calloc((size_t)n + 1, sizeof(*sh->line)))) == NULL)
		return -1;
	cJSON_ArrayForEach(v, who) {
		sh->line[sh->n].id = v->string;
		sh->line[sh->n++].typed = cJSON_IsString(v) ? v->valuestring : "";
	}
	return 0;
}

void
class_close(struct class_sheet *sh)
{
	size_t i;

	for (i = 0; i < sh->n; i++)
		if (sh->line[i].made)
			draft_free(&sh->line[i].d);
	free(sh->line);
	form_findings_free(&sh->common);
	memset(sh, 0, sizeof(*sh));
}

static void
fault(struct class_line *l, const char *text)
{
	if (l->error[0] == '\0')
		(void)snprintf(l->error, sizeof(l->error), "%s", text);
}

/* What the roster knows of the person, beneath what was typed for this one. */
static int
put_person(struct class_sheet *sh, const struct class_line *l, cJSON *over)
{
	const struct form *f = sh->fl->form;
	cJSON *answers = cJSON_CreateObject(), *known = cJSON_CreateObject(), *counts = cJSON_CreateObject(), *v, *next;
	const struct member *m = NULL;
	struct household h;
	int rc = -1;

	household_init(&h);
	if (answers == NULL || known == NULL || counts == NULL)
		goto out;
	if (roster_get(sh->c->ag, l->id, &h, &m, NULL) == 1 && (roster_fill(f, &h, m, answers) != 0 || typed_flatten(f, answers, known, counts) != 0))
		goto out;
	for (v = known->child; v != NULL; v = next) {
		next = v->next;
		if (json_string(over, v->string) == NULL && cJSON_AddStringToObject(over, v->string, v->valuestring) == NULL)
			goto out;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(over, f->subject);
	rc = cJSON_AddStringToObject(over, f->subject, l->id) != NULL ? 0 : -1;
out:
	household_free(&h);
	cJSON_Delete(answers);
	cJSON_Delete(known);
	cJSON_Delete(counts);
	return rc;
}

/* What one line found: what everybody has stands with the common answers; here it is noted with its field's name. */
static void
note_findings(struct class_sheet *sh, struct class_line *l, const struct form_findings *found)
{
	const struct form_field *f = filling_field(sh->fl, found->f[0].path);
	char text[400];

	(void)snprintf(text, sizeof(text), "%.120s: %.240s", f ? f->label[sh->c->form_lang] : found->f[0].path, fields_words(sh->c, sh->fl->form, f, &found->f[0]));
	fault(l, text);
}

static int
judge_line(struct class_sheet *sh, struct class_line *l, size_t number, struct form_findings *found, struct err *e)
{
	cJSON *over = cJSON_CreateObject();
	char wrong[128] = "", part[16];
	struct buf text;
	enum exception x;
	int rc = 0;

	if (over == NULL)
		return err_set(e, "out of memory");
	x = exception_take(sh->fl->form, l->typed, over, wrong);
	l->absent = x == EXCEPTION_ABSENT;
	if (x == EXCEPTION_WRONG) {
		buf_init(&text, 1024);
		page_fill(&text, sh->c->lang, "Not understood: {1}. Write FIELD=VALUE, or absent.", wrong, NULL);
		fault(l, buf_str(&text));
		buf_free(&text);
	} else if (!l->absent) {
		draft_init(&l->d, "record", sh->c->ag);
		l->made = 1;
		(void)snprintf(part, sizeof(part), ".%zu", number);
		if (put_person(sh, l, over) != 0)
			rc = err_set(e, "out of memory");
		else
			rc = filling_draft(sh->c->ag, sh->fl, over, part, sh->c->cadre, &l->d, found, e);
	}
	cJSON_Delete(over);
	return rc < 0 ? -1 : 0;
}

/* Is this said of every line that is there? */
static int
of_all(const struct form_findings *found, size_t n, const struct form_finding *x)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < found[i].n && (strcmp(found[i].f[k].path, x->path) != 0 || strcmp(found[i].f[k].rule, x->rule) != 0); k++)
			;
		if (k == found[i].n)
			return 0;
	}
	return 1;
}

/* What is wrong everywhere is a common answer's fault, and said there once; the rest stands in its line. */
static int
share(struct class_sheet *sh, struct class_line *const line[], struct form_findings *found, size_t n)
{
	struct form_finding *p;
	size_t i, k;

	for (k = 0; n > 0 && k < found[0].n; k++) {
		if (!of_all(found, n, &found[0].f[k]))
			continue;
		if ((p = lapsed(realloc(sh->common.f, (sh->common.n + 1) * sizeof(*p)))) == NULL)
			return -1;
		sh->common.f = p;
		p[sh->common.n++] = found[0].f[k];
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < found[i].n; k++)
			if (!of_all(found, n, &found[i].f[k])) {
				struct form_findings one = { 1, &found[i].f[k] };

				note_findings(sh, line[i], &one);
			}
	return 0;
}

int
class_judge(struct class_sheet *sh, struct err *e)
{
	struct form_findings *found = lapsed(calloc(sh->n + 1, sizeof(*found)));
	struct class_line **there = lapsed(calloc(sh->n + 1, sizeof(struct class_line *)));
	size_t i, n = 0;
	int rc = found != NULL && there != NULL ? 0 : err_set(e, "out of memory");

	for (i = 0; i < sh->n && rc == 0; i++) {
		rc = judge_line(sh, &sh->line[i], n, &found[n], e);
		if (rc == 0 && sh->line[i].made)
			there[n++] = &sh->line[i];
	}
	if (rc == 0 && share(sh, there, found, n) != 0)
		rc = err_set(e, "out of memory");
	for (i = 0; i < sh->n; i++)
		sh->wrong += sh->line[i].error[0] != '\0';
	for (i = 0; found != NULL && i <= sh->n; i++)
		form_findings_free(&found[i]);
	free(found);
	free(there);
	return rc != 0 ? rc : sh->wrong > 0 || sh->common.n > 0 ? 1 : 0;
}

int
class_append(struct class_sheet *sh, struct err *e)
{
	struct draft *d = lapsed(calloc(sh->n + 1, sizeof(*d)));
	struct recorded *r = lapsed(calloc(sh->n + 1, sizeof(*r)));
	size_t i, n = 0;
	int rc = -1;

	/* the drafts stay the lines': these are borrowed */
	for (i = 0; d != NULL && i < sh->n; i++)
		if (sh->line[i].made)
			d[n++] = sh->line[i].d;
	if (d == NULL || r == NULL)
		(void)err_set(e, "out of memory");
	else if (n > 0)
		rc = recorder_append(sh->c->ag, d, n, r, e);
	free(d);
	free(r);
	return rc;
}
