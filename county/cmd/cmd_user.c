#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

/* The persons the log knows, looked through for one actor. */
struct people {
	const char *actor;
	struct ledger_person found; /* the newest key of ${actor} */
	int has;
	unsigned admins;            /* active ones */
};

static int
look(void *ctx, const struct ledger_person *p)
{
	struct people *w = ctx;

	w->admins += p->active && strcmp(p->role, "admin") == 0;
	if (strcmp(p->actor, w->actor) == 0) {
		w->found = *p;
		w->has = 1;
	}
	return 0;
}

static int
append_person(struct office *o, const char *actor, const uint8_t key[KEY_LEN], const char *role, const char *place, const char *state,
    const struct signer *officer, uint64_t *index, struct err *e)
{
	struct buf b;

	office_begin(o, &b, RECORD_KEY);
	(void)buf_printf(&b, "what person\nactor %s\nkey ", actor);
	(void)buf_b64(&b, key, KEY_LEN);
	(void)buf_printf(&b, "\nrole %s\nplace %s\nstate %s\n", role, *place ? place : "-", state);
	return office_append(o, &b, officer, index, e);
}

static int
told(const struct args *a, const char *actor, const char *role, const char *state, const char *path, uint64_t index)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "actor", actor);
		json_put_str(&b, "role", role);
		json_put_str(&b, "state", state);
		if (path != NULL)
			json_put_str(&b, "key", path);
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s %s %s, record %llu\n", actor, role, state, (unsigned long long)index);
		if (path != NULL)
			out_say(a, "The person's key is %s: hand it over, and sign with --as %s.", path, actor);
	}
	return out_put(a, &b);
}

static int
check_new(struct office *o, const struct args *a, char *path, size_t size, struct err *e)
{
	const char *name = a->pos[0], *role = opt_get(a, "role"), *place = opt_get(a, "place");
	struct people w = { .actor = name };
	struct field f = { name, strlen(name) }, pf = { place, place ? strlen(place) : 0 };

	if (!field_id(f, ID_MAX))
		return err_set(e, "%.80s: is not the name of a person (1 to 64 of A-Z a-z 0-9 . _ -)", name);
	if (role == NULL || (strcmp(role, "admin") != 0 && strcmp(role, "officer") != 0 && strcmp(role, "reviewer") != 0 && strcmp(role, "viewer") != 0))
		return err_set(e, "user add: --role is admin, officer, reviewer or viewer");
	if (place != NULL && !field_place(pf))
		return err_set(e, "--place %.64s: is not a place code (2, 4, 6, 9 or 12 digits)", place);
	if (ledger_each_person(o->c.l, look, &w) < 0)
		return err_set(e, "the ledger cannot be read");
	if (w.has) {
		(void)err_set(e, "%s: is known already, %s", name, w.found.active ? "active" : "disabled");
		return 1;
	}
	if (file_path(path, size, o->dir, "people") != 0 || file_mkdirs(path, 0700, e) != 0)
		return -1;
	return office_person_path(o, name, path, size) == 0 ? 0 : err_set(e, "%s: path too long", name);
}

int
cmd_user_add(const struct args *a)
{
	const char *place = opt_get(a, "place");
	struct signer *key = NULL, *officer = NULL;
	char path[OFFICE_PATH_MAX];
	struct office o;
	uint64_t index;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if ((rc = check_new(&o, a, path, sizeof(path), &e)) == 0) {
		rc = -1;
		if ((officer = office_officer(&o, NULL, &e)) != NULL) {
			/* a key left by a try that ended before its record is used */
			if (file_exists(path))
				key = signer_load(path, &e);
			else if ((key = signer_new(NULL)) == NULL)
				(void)err_set(&e, "out of memory");
			else
				rc = signer_save(key, path, &e);
			if (key != NULL && (rc == 0 || file_exists(path)))
				rc = append_person(&o, a->pos[0], signer_public(key), opt_get(a, "role"), place ? place : "", "active", officer, &index, &e);
		}
	}
	if (rc == 0)
		rc = told(a, a->pos[0], opt_get(a, "role"), "active", path, index);
	else
		rc = rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	signer_free(key);
	signer_free(officer);
	office_close(&o);
	return rc;
}

/* 0; 1 refused; -1. */
static int
disable(struct office *o, const char *name, struct people *w, uint64_t *index, struct err *e)
{
	struct signer *officer;
	int rc;

	w->actor = name;
	if (ledger_each_person(o->c.l, look, w) < 0)
		return err_set(e, "the ledger cannot be read");
	if (!w->has)
		return err_set(e, "%.80s: no person of that name", name);
	if (!w->found.active) {
		(void)err_set(e, "%s: is disabled already", name);
		return 1;
	}
	if (w->admins == 1 && strcmp(w->found.role, "admin") == 0) {
		(void)err_set(e, "%s: is the last admin; nobody could invite devices any more", name);
		return 1;
	}
	if ((officer = office_officer(o, NULL, e)) == NULL)
		return -1;
	rc = append_person(o, name, w->found.key, w->found.role, w->found.place, "disabled", officer, index, e);
	signer_free(officer);
	return rc;
}

int
cmd_user_disable(const struct args *a)
{
	struct people w = { 0 };
	struct office o;
	uint64_t index;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if ((rc = disable(&o, a->pos[0], &w, &index, &e)) == 0)
		rc = told(a, a->pos[0], w.found.role, "disabled", NULL, index);
	else
		rc = rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	office_close(&o);
	return rc;
}

struct listing {
	const struct args *a;
	struct table t;
	struct buf b;
};

static int
list_person(void *ctx, const struct ledger_person *p)
{
	struct listing *l = ctx;

	if (l->a->json) {
		json_begin(&l->b);
		json_put_str(&l->b, "actor", p->actor);
		json_put_str(&l->b, "role", p->role);
		if (p->place[0] != '\0')
			json_put_str(&l->b, "place", p->place);
		else
			json_put_null(&l->b, "place");
		json_put_str(&l->b, "state", p->active ? "active" : "disabled");
		json_put_hex(&l->b, "key", p->keyhash, HASH_LEN);
		json_end(&l->b);
		return 0;
	}
	table_add(&l->t, p->actor);
	table_add(&l->t, p->role);
	table_add(&l->t, p->place[0] ? p->place : "-");
	table_add(&l->t, p->active ? "active" : "disabled");
	return 0;
}

int
cmd_user_list(const struct args *a)
{
	static const char *const head[] = { "name", "role", "place", "state" };
	struct listing l = { .a = a };
	struct office o;
	struct err e = { "" };
	size_t i;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&l.b, OUT_MAX);
	table_init(&l.t, 4, 0);
	for (i = 0; i < 4; i++)
		table_add(&l.t, head[i]);
	if (ledger_each_person(o.c.l, list_person, &l) != 0 || (!a->json && table_print(&l.t, &l.b) != 0)) {
		(void)err_set(&e, "the ledger cannot be read");
		buf_free(&l.b);
		rc = opt_fail(&e);
	} else {
		rc = out_put(a, &l.b);
	}
	table_free(&l.t);
	office_close(&o);
	return rc;
}
