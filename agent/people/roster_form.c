#include <string.h>

#include "agent/people/roster.h"

/* Persons of the roster in the answers of a form. */

static const struct form_field *
child(const struct form_field *group, const char *name)
{
	size_t i;

	for (i = 0; i < group->nchild; i++)
		if (strcmp(group->child[i].name, name) == 0)
			return &group->child[i];
	return NULL;
}

static const struct form_field *
find_group(const struct form_field *in)
{
	const struct form_field *f;
	size_t i;

	for (i = 0; i < in->nchild; i++) {
		f = &in->child[i];
		if (f->type != FIELD_GROUP)
			continue;
		if (f->personal && child(f, member_items[MEMBER_NAME].name) != NULL)
			return f;
		if ((f = find_group(f)) != NULL)
			return f;
	}
	return NULL;
}

const struct form_field *
roster_group(const struct form *f)
{
	return find_group(&f->root);
}

enum roster_about
roster_about(const struct form *f)
{
	const struct form_field *g = roster_group(f);

	if (g == NULL || f->subject == NULL || child(g, member_items[MEMBER_ID_NUMBER].name) == NULL)
		return ROSTER_NOBODY;
	return strcmp(g->name, "household") == 0 ? ROSTER_HOUSEHOLD : ROSTER_MEMBER;
}

void
roster_subject(const struct form *f, const struct household *h, const struct member *m, char out[ID_MAX + 1])
{
	enum roster_about about = roster_about(f);

	if (m == NULL)
		m = household_head(h);
	out[0] = '\0';
	if (about == ROSTER_HOUSEHOLD)
		(void)memcpy(out, h->id, sizeof(h->id));
	else if (about == ROSTER_MEMBER && m != NULL)
		(void)memcpy(out, m->id, sizeof(m->id));
}

/* Only those of the words that the field has a choice for. */
static void
known_choices(const struct form_field *field, const char *words, char out[MEMBER_ITEM_MAX + 1])
{
	char word[MEMBER_ITEM_MAX + 1];
	size_t n;

	for (out[0] = '\0'; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		memcpy(word, words, n);
		word[n] = '\0';
		if (form_choice(field, word) == NULL)
			continue;
		if (out[0] != '\0')
			(void)strcat(out, " ");
		(void)strcat(out, word);
	}
}

int
roster_fill(const struct form *f, const struct household *h, const struct member *m, cJSON *answers)
{
	const struct form_field *g = roster_group(f), *field;
	char subject[ID_MAX + 1], choices[MEMBER_ITEM_MAX + 1];
	const char *text;
	size_t i;

	if (m == NULL)
		m = household_head(h);
	roster_subject(f, h, m, subject);
	if (subject[0] != '\0' && form_set(f, answers, f->subject, subject, NULL) != 0)
		return -1;
	for (i = 0; g != NULL && m != NULL && i < MEMBER_ITEMS; i++) {
		text = member_get(m, (enum member_item)i);
		if (*text == '\0' || (field = child(g, member_items[i].name)) == NULL)
			continue;
		if (field->nchoices > 0) {
			known_choices(field, text, choices);
			text = choices;
		}
		/* a form may know other values: what does not fit is left to the cadre */
		if (*text != '\0')
			(void)form_set(f, answers, field->path, text, NULL);
	}
	wipe(choices, sizeof(choices));
	return 0;
}
