#include <stdio.h>
#include <string.h>

#include "agent/page/roster_parts.h"
#include "agent/page/routes.h"

/* One household: its members, a new one, a change, one who goes. */

#define TARGETS_MAX 16

/* A member as the form has it: what was typed, and what is wrong with it. */
struct typed {
	char text[MEMBER_ITEMS][MEMBER_ITEM_MAX + 1];
	const char *error[MEMBER_ITEMS];
	char group[HOUSEHOLD_GROUP_MAX + 1];
	const char *group_error;
	int with_group;
};

/* The household that the path names, or an error page.  1 (to be freed) or 0. */
static int
find(struct page_call *c, struct household *h, const char *id, const struct member **m)
{
	struct err e = { "" };
	int rc = roster_get(c->ag, id, h, m, &e);

	if (rc == 1)
		return 1;
	if (rc == 0)
		page_error(c, 404, tr(c->lang, "There is no such household or member here."));
	else
		roster_failed(c, rc, &e);
	return 0;
}

static void
put_value(struct page_call *c, enum member_item item, const char *value)
{
	size_t i, n;

	if (item == MEMBER_SEX) {
		page_text(c, strcmp(value, "f") == 0 ? tr(c->lang, "female") : tr(c->lang, "male"));
		return;
	}
	if (item != MEMBER_TARGET_GROUPS) {
		page_text(c, value);
		return;
	}
	for (; *value != '\0'; value += n + (value[n] == ' ')) {
		n = strcspn(value, " ");
		for (i = 0; target_groups[i].value != NULL; i++)
			if (strlen(target_groups[i].value) == n && strncmp(target_groups[i].value, value, n) == 0)
				page_text(c, tr(c->lang, target_groups[i].label));
		if (value[n] == ' ')
			page_raw(c, c->form_lang == FORM_ZH ? "、" : ", ");
	}
}

static void
put_member(struct page_call *c, const struct household *h, const struct member *m)
{
	char tail[ID_MAX + 2];
	size_t i;

	page_raw(c, "<section class=\"card\">\n<h2>");
	page_text(c, member_get(m, MEMBER_NAME));
	page_raw(c, "</h2>\n<dl>");
	for (i = MEMBER_RELATION; i < MEMBER_ITEMS; i++) {
		if (m->item[i] == NULL)
			continue;
		page_raw(c, "<dt>");
		page_text(c, tr(c->lang, member_items[i].label));
		page_raw(c, "</dt><dd>");
		put_value(c, (enum member_item)i, m->item[i]);
		page_raw(c, "</dd>");
	}
	page_raw(c, "<dt>");
	page_say(c, "Id", NULL);
	page_raw(c, "</dt><dd><code>");
	page_text(c, m->id);
	page_raw(c, "</code></dd></dl>\n<p class=\"deeds\">");
	(void)snprintf(tail, sizeof(tail), "/%s", m->id);
	roster_link(c, "/roster/", h->id, tail, tr(c->lang, "Change"));
	page_raw(c, "</p>\n</section>\n");
}

static void
show_household(struct page_call *c)
{
	struct household h;
	size_t i;

	if (!find(c, &h, c->part[0], NULL))
		return;
	page_begin(c, member_get(household_head(&h), MEMBER_NAME));
	page_raw(c, "<p>");
	page_text(c, h.group != NULL ? h.group : tr(c->lang, "without group"));
	page_raw(c, " · <code>");
	page_text(c, h.id);
	page_raw(c, "</code></p>\n<p class=\"deeds\">");
	roster_link(c, "/roster/", h.id, "/add", tr(c->lang, "Add a member"));
	page_raw(c, " ");
	page_link(c, "/roster", tr(c->lang, "Back to the roster"));
	page_raw(c, "</p>\n");
	for (i = 0; i < h.n; i++)
		put_member(c, &h, &h.m[i]);
	household_free(&h);
	page_end(c);
}

static void
put_targets(struct page_call *c, const struct typed *t)
{
	struct page_option option[TARGETS_MAX];
	const char *at;
	size_t i, len;

	for (i = 0; target_groups[i].value != NULL && i < TARGETS_MAX; i++) {
		len = strlen(target_groups[i].value);
		option[i] = (struct page_option){ target_groups[i].value, tr(c->lang, target_groups[i].label), 0 };
		for (at = t->text[MEMBER_TARGET_GROUPS]; *at != '\0' && !option[i].chosen; at += strcspn(at, " "), at += *at == ' ')
			option[i].chosen = strcspn(at, " ") == len && strncmp(at, target_groups[i].value, len) == 0;
	}
	page_ticks(c, &(struct page_field){ .name = member_items[MEMBER_TARGET_GROUPS].name, .label = tr(c->lang, member_items[MEMBER_TARGET_GROUPS].label),
	    .option = option, .n = i, .error = t->error[MEMBER_TARGET_GROUPS] });
}

static void
put_fields(struct page_call *c, const struct typed *t)
{
	const struct page_option sexes[] = { { "", tr(c->lang, "not known"), t->text[MEMBER_SEX][0] == '\0' },
		{ "f", tr(c->lang, "female"), strcmp(t->text[MEMBER_SEX], "f") == 0 }, { "m", tr(c->lang, "male"), strcmp(t->text[MEMBER_SEX], "m") == 0 } };
	size_t i;

	if (t->with_group)
		page_input(c, &(struct page_field){ .name = "group", .label = tr(c->lang, "Village group"), .value = t->group, .error = t->group_error, .max = HOUSEHOLD_GROUP_MAX / 3 });
	for (i = 0; i < MEMBER_ITEMS; i++) {
		struct page_field f = { .name = member_items[i].name, .label = tr(c->lang, member_items[i].label), .value = t->text[i], .error = t->error[i],
			.max = MEMBER_ITEM_MAX / 3, .required = i == MEMBER_NAME, .mode = i == MEMBER_BIRTH || i == MEMBER_BANK_ACCOUNT ? "numeric" : NULL,
			.type = i == MEMBER_PHONE ? "tel" : NULL, .option = sexes, .n = 3 };

		if (i == MEMBER_SEX) {
			f.value = NULL;
			page_radios(c, &f);
		} else if (i == MEMBER_TARGET_GROUPS) {
			put_targets(c, t);
		} else {
			page_input(c, &f);
		}
	}
}

/* Everything that was posted under one name, with spaces between. */
static void
posted_all(const struct page_call *c, const char *name, char *out, size_t size)
{
	const struct formfield *f;
	size_t at = 0, n = 0;

	out[0] = '\0';
	while ((f = formdata_next(c->form, name, &at)) != NULL)
		if (!f->is_file && n + strlen(f->value) + 2 < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? " " : "", f->value);
}

/* What was posted, settled where it is right.  How many fields are wrong. */
static unsigned
take_typed(const struct page_call *c, struct typed *t)
{
	char text[MEMBER_ITEM_MAX + 1];
	const char *rule;
	unsigned wrong = 0;
	size_t i;

	for (i = 0; i < MEMBER_ITEMS; i++) {
		posted_all(c, member_items[i].name, t->text[i], sizeof(t->text[i]));
		if ((rule = member_settle((enum member_item)i, t->text[i], text)) == NULL && i == MEMBER_NAME && text[0] == '\0')
			rule = N_("is missing");
		t->error[i] = rule != NULL ? tr(c->lang, rule) : NULL;
		if (rule == NULL)
			memcpy(t->text[i], text, strlen(text) + 1);
		wrong += rule != NULL;
	}
	if (t->with_group) {
		posted_all(c, "group", t->group, sizeof(t->group));
		if ((rule = household_settle_group(t->group, text)) != NULL)
			t->group_error = tr(c->lang, rule);
		else
			memcpy(t->group, text, strlen(text) + 1);
		wrong += rule != NULL;
	}
	wipe(text, sizeof(text));
	return wrong;
}

static int
set_member(struct member *m, const struct typed *t)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < MEMBER_ITEMS && rc == 0; i++)
		rc = member_set(m, (enum member_item)i, t->text[i]);
	return rc;
}

/* Store and go to the household's page; on failure the page that says so. */
static void
store(struct page_call *c, struct household *h, int ready)
{
	struct err e = { "out of memory" };
	struct buf path;
	int rc = ready ? roster_put(c->ag, h, &e) : -1;

	if (rc != 0) {
		roster_failed(c, rc, &e);
		return;
	}
	buf_init(&path, 512);
	(void)buf_puts(&path, h->n > 0 ? "/roster/" : "/roster");
	if (h->n > 0)
		page_url(&path, h->id);
	page_flash(c, N_("Saved."));
	page_redirect(c, buf_str(&path));
	buf_free(&path);
}

static void
put_new(struct page_call *c, const struct typed *t)
{
	page_begin(c, tr(c->lang, "Add a household"));
	page_raw(c, "<p>");
	page_say(c, "First its head; further members are added on the household's own page.", NULL);
	page_raw(c, "</p>\n");
	page_form(c, "/roster/new", 0);
	put_fields(c, t);
	page_button(c, NULL, NULL, tr(c->lang, "Save"));
	page_form_end(c);
	page_end(c);
}

static void
show_new(struct page_call *c)
{
	struct typed t = { .with_group = 1 };

	(void)snprintf(t.text[MEMBER_RELATION], sizeof(t.text[0]), "%s", c->form_lang == FORM_ZH ? "户主" : "head");
	put_new(c, &t);
}

static void
add_household(struct page_call *c)
{
	struct typed t = { .with_group = 1 };
	struct household h;
	struct member *m;

	household_init(&h);
	if (take_typed(c, &t) > 0)
		put_new(c, &t);
	else
		store(c, &h, (m = household_add(&h)) != NULL && set_member(m, &t) == 0 && household_set_group(&h, t.group) == 0);
	household_free(&h);
	wipe(&t, sizeof(t));
}

/* The form for a member (NULL: a new one) of a household. */
static void
put_edit(struct page_call *c, const struct household *h, const struct member *m, const struct typed *t)
{
	char path[2 * ID_MAX + 16];

	page_begin(c, m != NULL ? member_get(m, MEMBER_NAME) : tr(c->lang, "Add a member"));
	(void)snprintf(path, sizeof(path), "/roster/%s/%s", h->id, m != NULL ? m->id : "add");
	page_form(c, path, 0);
	put_fields(c, t);
	page_button(c, NULL, NULL, tr(c->lang, "Save"));
	page_form_end(c);
	page_raw(c, "<p class=\"deeds\">");
	roster_link(c, "/roster/", h->id, "", tr(c->lang, "Back to the household"));
	page_raw(c, "</p>\n");
	if (m != NULL) {
		page_raw(c, "<details><summary>");
		page_say(c, "Take this person out of the roster", NULL);
		page_raw(c, "</summary>\n");
		page_form(c, path, 0);
		page_raw(c, "<p>");
		page_say(c, "What was recorded about the person stays. The id is not given to anybody else.", NULL);
		page_raw(c, "</p>\n");
		page_button(c, "take-out", "1", tr(c->lang, "Take out"));
		page_form_end(c);
		page_raw(c, "</details>\n");
	}
	page_end(c);
}

static void
show_add(struct page_call *c)
{
	struct typed t = { .with_group = 0 };
	struct household h;

	if (!find(c, &h, c->part[0], NULL))
		return;
	put_edit(c, &h, NULL, &t);
	household_free(&h);
}

static void
add_member(struct page_call *c)
{
	struct typed t = { .with_group = 0 };
	struct household h;
	struct member *m;

	if (!find(c, &h, c->part[0], NULL))
		return;
	if (take_typed(c, &t) > 0)
		put_edit(c, &h, NULL, &t);
	else if (h.n == HOUSEHOLD_MEMBERS_MAX)
		page_error(c, 400, tr(c->lang, "has more than 64 members"));
	else
		store(c, &h, (m = household_add(&h)) != NULL && set_member(m, &t) == 0);
	household_free(&h);
	wipe(&t, sizeof(t));
}

static void
show_member(struct page_call *c)
{
	struct typed t = { .with_group = 1 };
	const struct member *m;
	struct household h;
	size_t i;

	if (!find(c, &h, c->part[1], &m))
		return;
	if (m == NULL || strcmp(h.id, c->part[0]) != 0) {
		page_error(c, 404, tr(c->lang, "There is no such household or member here."));
	} else {
		for (i = 0; i < MEMBER_ITEMS; i++)
			(void)snprintf(t.text[i], sizeof(t.text[i]), "%s", member_get(m, (enum member_item)i));
		(void)snprintf(t.group, sizeof(t.group), "%s", h.group != NULL ? h.group : "");
		put_edit(c, &h, m, &t);
	}
	household_free(&h);
	wipe(&t, sizeof(t));
}

static void
change_member(struct page_call *c)
{
	struct typed t = { .with_group = 1 };
	const struct member *m;
	struct household h;
	size_t i;

	if (!find(c, &h, c->part[1], &m))
		return;
	i = m != NULL ? (size_t)(m - h.m) : 0;
	if (m == NULL || strcmp(h.id, c->part[0]) != 0) {
		page_error(c, 404, tr(c->lang, "There is no such household or member here."));
	} else if (page_posted(c, "take-out")[0] != '\0') {
		household_take(&h, i);
		store(c, &h, 1);
	} else if (take_typed(c, &t) > 0) {
		put_edit(c, &h, m, &t);
	} else {
		store(c, &h, set_member(&h.m[i], &t) == 0 && household_set_group(&h, t.group) == 0);
	}
	household_free(&h);
	wipe(&t, sizeof(t));
}

const struct page_route page_routes_household[] = {
	{ "GET", "/roster/new", PAGE_CADRE, 0, show_new },
	{ "POST", "/roster/new", PAGE_CADRE, 0, add_household },
	{ "GET", "/roster/:", PAGE_CADRE, 0, show_household },
	{ "GET", "/roster/:/add", PAGE_CADRE, 0, show_add },
	{ "POST", "/roster/:/add", PAGE_CADRE, 0, add_member },
	{ "GET", "/roster/:/:", PAGE_CADRE, 0, show_member },
	{ "POST", "/roster/:/:", PAGE_CADRE, 0, change_member },
	{ NULL, NULL, 0, 0, NULL }
};
