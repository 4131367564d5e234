#include <stdio.h>
#include <string.h>

#include "agent/people/roster_import.h"
#include "agent/show.h"

/* Households and members on the command line. */

#define HITS 200

static int
locked(const struct args *a, int rc, struct err *e)
{
	(void)a;
	if (rc == ROSTER_LOCKED || rc == -ROSTER_LOCKED)
		(void)err_set(e, "the roster is locked: a cadre has to sign in on the local page first");
	return opt_fail(e);
}

static void
say_finding(const struct args *a, const struct import_finding *f)
{
	char rule[256];
	const char *at = strstr(f->rule, "{1}");
	cJSON *o;

	if (at != NULL)
		(void)snprintf(rule, sizeof(rule), "%.*s%s%s", (int)(at - f->rule), f->rule, f->what, at + 3);
	else
		(void)snprintf(rule, sizeof(rule), "%s", f->rule);
	(void)fprintf(a->io->err, "row %u, %s: %s\n", f->row, f->column, rule);
	if (!a->json)
		return;
	o = cJSON_CreateObject();
	(void)cJSON_AddNumberToObject(o, "row", f->row);
	(void)cJSON_AddStringToObject(o, "column", f->column);
	(void)cJSON_AddStringToObject(o, "rule", rule);
	show_json(a->io->out, o);
}

static void
say_result(const struct args *a, const struct import_result *r, int dry)
{
	const struct { const char *name; unsigned n; } numbers[] = { { "rows", r->rows }, { "households_added", r->households_added },
		{ "households_changed", r->households_changed }, { "households_same", r->households_same }, { "members_added", r->members_added },
		{ "members_changed", r->members_changed } };
	cJSON *o;
	size_t i;

	if (!a->json) {
		(void)fprintf(a->io->out, "%u members read%s: households %u new, %u changed, %u as they were; members %u new, %u changed\n", r->rows,
		    dry ? ", nothing stored (--dry-run)" : "", r->households_added, r->households_changed, r->households_same, r->members_added, r->members_changed);
		return;
	}
	o = cJSON_CreateObject();
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)cJSON_AddNumberToObject(o, numbers[i].name, numbers[i].n);
	(void)cJSON_AddBoolToObject(o, "dry_run", dry);
	show_json(a->io->out, o);
}

static int
import(const struct args *a, struct agent *ag)
{
	int dry = opt_get(a, "dry-run") != NULL, rc;
	struct import_result r;
	struct err e = { "" };
	struct buf text;
	unsigned i;

	buf_init(&text, IMPORT_FILE_MAX);
	if ((rc = opt_read(a, a->pos[0], &text, &e)) == 0 && (rc = roster_import(ag, &text, dry, &r, &e)) < 0)
		(void)err_add(&e, "%s", a->pos[0]);
	if (text.data != NULL)
		wipe(text.data, text.cap);
	buf_free(&text);
	if (rc < 0 || rc == ROSTER_LOCKED)
		return locked(a, rc, &e);
	for (i = 0; rc == 1 && i < r.findings && i < IMPORT_FINDINGS; i++)
		say_finding(a, &r.finding[i]);
	if (rc == 1) {
		(void)err_set(&e, "%s: %u things are wrong; nothing was imported", a->pos[0], r.findings);
		return opt_refuse(&e);
	}
	say_result(a, &r, dry);
	return EXIT_YES;
}

static void
say_hit(const struct args *a, const struct search_hit *h)
{
	const struct { const char *name, *text; } items[] = { { "household", h->household }, { "member", h->member }, { "group", h->group }, { "name", h->name },
		{ "relation", h->relation }, { "birth_year", h->birth }, { "id_last4", h->id_last4 }, { "phone_last4", h->phone_last4 } };
	cJSON *o;
	size_t i;

	if (!a->json) {
		(void)fprintf(a->io->out, "%-28s %s  %s  %s  %s%s\n", h->member, h->name, h->relation, h->group, h->id_last4[0] ? "*" : "", h->id_last4);
		return;
	}
	o = cJSON_CreateObject();
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		(void)cJSON_AddStringToObject(o, items[i].name, items[i].text);
	show_json(a->io->out, o);
}

/* All who fit, ${max} at most (0: no limit). */
static int
print_hits(const struct args *a, struct agent *ag, const char *query, size_t max)
{
	struct search_hit hit[HITS];
	struct err e = { "" };
	size_t from = 0, total = 0;
	int n, i;

	do {
		if ((n = roster_find(ag, query, opt_get(a, "group"), from, max != 0 && max < HITS ? max : HITS, hit, &total, &e)) < 0)
			return locked(a, n, &e);
		for (i = 0; i < n; i++)
			say_hit(a, &hit[i]);
		from += (size_t)n;
	} while (n > 0 && max == 0 && from < total);
	if (total > from)
		(void)fprintf(a->io->err, "%zu more\n", total - from);
	return total > 0 || max == 0 ? EXIT_YES : EXIT_NO;
}

static int
list(const struct args *a, struct agent *ag)
{
	return print_hits(a, ag, "", 0);
}

static int
search(const struct args *a, struct agent *ag)
{
	char query[SEARCH_QUERY_MAX + 1] = "";
	struct err e;
	size_t i, n = 0;

	for (i = 0; i < a->npos; i++) {
		if (n + strlen(a->pos[i]) + 2 > sizeof(query)) {
			(void)err_set(&e, "more than %d bytes to search for", SEARCH_QUERY_MAX);
			return opt_fail(&e);
		}
		n += (size_t)snprintf(query + n, sizeof(query) - n, "%s%s", i > 0 ? " " : "", a->pos[i]);
	}
	return print_hits(a, ag, query, 20);
}

/* One FIELD=VALUE of a new member.  0 or -1. */
static int
take_field(const char *arg, struct household *h, struct member *m, char household[ID_MAX + 1], struct err *e)
{
	char value[MEMBER_ITEM_MAX + 1];
	const char *eq = strchr(arg, '='), *rule = NULL;
	size_t n = eq != NULL ? (size_t)(eq - arg) : 0, i;

	if (n == 0)
		return err_set(e, "%.64s: not FIELD=VALUE", arg);
	if (n == 9 && strncmp(arg, "household", n) == 0) {
		if ((rule = household_id_rule(eq + 1)) != NULL)
			return err_set(e, "household: %s", rule);
		(void)snprintf(household, ID_MAX + 1, "%s", eq + 1);
		return 0;
	}
	if (n == 5 && strncmp(arg, "group", n) == 0) {
		if ((rule = household_settle_group(eq + 1, value)) != NULL)
			return err_set(e, "group: %s", rule);
		return household_set_group(h, value);
	}
	for (i = 0; i < MEMBER_ITEMS; i++) {
		if (strlen(member_items[i].name) != n || strncmp(member_items[i].name, arg, n) != 0)
			continue;
		if ((rule = member_settle((enum member_item)i, eq + 1, value)) != NULL)
			return err_set(e, "%s: %s", member_items[i].name, rule);
		return member_set(m, (enum member_item)i, value);
	}
	return err_set(e, "%.*s: no such field (household, group, name, relation, sex, birth_year, id_number, phone, bank_account, target_groups)", (int)n, arg);
}

/* The new member into the household ${id}, or into one of its own.  0, ROSTER_LOCKED or -1. */
static int
store_member(struct agent *ag, struct household *fresh, const char *id, char member[ID_MAX + 1], struct err *e)
{
	struct household h;
	struct member *to;
	size_t i;
	int rc;

	household_init(&h);
	if (id[0] == '\0') {
		if ((rc = roster_put(ag, fresh, e)) == 0)
			(void)memcpy(member, fresh->m[0].id, ID_MAX + 1);
		return rc;
	}
	if ((rc = roster_get(ag, id, &h, NULL, e)) == 0)
		rc = err_set(e, "household %.64s: there is none", id);
	if (rc == 1 && (to = household_add(&h)) == NULL)
		rc = err_set(e, "household %.64s: has %d members, or out of memory", id, HOUSEHOLD_MEMBERS_MAX);
	if (rc == 1) {
		for (i = 0, rc = 0; i < MEMBER_ITEMS && rc == 0; i++)
			rc = member_set(to, (enum member_item)i, fresh->m[0].item[i]);
		(void)memcpy(member, to->id, ID_MAX + 1);
		rc = rc == 0 ? roster_put(ag, &h, e) : err_set(e, "out of memory");
	}
	household_free(&h);
	return rc;
}

static int
add(const struct args *a, struct agent *ag)
{
	char household[ID_MAX + 1] = "", member[ID_MAX + 1] = "";
	struct household h;
	struct member *m;
	struct err e = { "out of memory" };
	cJSON *o;
	size_t i;
	int rc = 0;

	household_init(&h);
	if ((m = household_add(&h)) == NULL)
		rc = -1;
	for (i = 0; i < a->npos && rc == 0; i++)
		rc = take_field(a->pos[i], &h, m, household, &e);
	if (rc == 0 && m->item[MEMBER_NAME] == NULL)
		rc = err_set(&e, "name: is missing");
	if (rc == 0)
		rc = store_member(ag, &h, household, member, &e);
	household_free(&h);
	if (rc != 0)
		return locked(a, rc, &e);
	if (!a->json) {
		(void)fprintf(a->io->out, "%s\n", member);
		return EXIT_YES;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "member", member);
	show_json(a->io->out, o);
	return EXIT_YES;
}

int
cmd_roster_import(const struct args *a)
{
	return agent_with(a, import);
}

int
cmd_roster_list(const struct args *a)
{
	return agent_with(a, list);
}

int
cmd_roster_search(const struct args *a)
{
	return agent_with(a, search);
}

int
cmd_roster_add(const struct args *a)
{
	return agent_with(a, add);
}
