#include <stdlib.h>
#include <string.h>

#include "county/report/fold_internal.h"
#include "county/upward/lower.h"
#include "county/report/report_union.h"

/* The logs that a server above counties reports over, each folded by itself. */

struct folding {
	struct report_union *u;
	const struct office *o;
	const struct fold_params *p;
	enum report_by by;
	int all_forms;
	const struct report_only *only;
	struct err *e;
};

static int
is_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	(void)index;
	(void)version;
	(void)hash;
	return strcmp(id, ctx) == 0;
}

/* ${form} is only compared. */
static int
has_form(struct ledger *l, const char *form)
{
	char id[ID_MAX + 1];

	if (form == NULL)
		return 1;
	(void)snprintf(id, sizeof(id), "%s", form);
	return ledger_each_form(l, is_form, id);
}

static int
fold_one(struct folding *k, struct ledger *l)
{
	struct report_union *u = k->u;
	size_t room = u->room ? 2 * u->room : 16;
	struct fold **folds;
	struct report *parts;
	int has = has_form(l, k->p->form);

	if (has <= 0)
		return has;
	if (u->n == u->room) {
		if ((folds = reallocarray(u->fold, room, sizeof(struct fold *))) == NULL)
			return err_set(k->e, "report: out of memory");
		u->fold = folds;
		if ((parts = reallocarray(u->part, room, sizeof(*parts))) == NULL)
			return err_set(k->e, "report: out of memory");
		u->part = parts;
		u->room = room;
	}
	memset(&u->part[u->n], 0, sizeof(u->part[0]));
	if ((u->fold[u->n] = fold_run(l, k->p, k->e)) == NULL)
		return -1;
	if (report_make_in(&u->part[u->n], u->fold[u->n], k->o->c.l, k->by, k->all_forms, k->only, k->e) != 0) {
		fold_free(u->fold[u->n]);
		return -1;
	}
	u->n++;
	return 0;
}

static int
fold_county(void *ctx, struct lower *x)
{
	struct folding *k = ctx;

	k->u->blind |= !x->u.personal && x->size > 0;
	if (k->u->blind && k->by == BY_GROUP)
		return err_set(k->e, "--by group: target groups stand in personal parts, and those of %s are not held here", x->u.log.name);
	return x->size == 0 || fold_one(k, x->u.l) == 0 ? 0 : err_add(k->e, "%s", x->u.log.name);
}

int
union_office(struct report_union *u, const struct office *o, const struct fold_params *p, enum report_by by, int all_forms, const struct report_only *only,
    const char *of, struct err *e)
{
	struct folding k = { u, o, p, by, all_forms, only, e };
	struct lower x;
	int rc;

	memset(u, 0, sizeof(*u));
	u->all.by = by;
	u->all.all_forms = all_forms;
	u->all.only = *only;
	if ((u->rows = calloc(1, sizeof(*u->rows))) == NULL)
		return err_set(e, "report: out of memory");
	e->text[0] = '\0';
	if (of != NULL) {
		if ((rc = lower_find(&x, o->dir, of, e)) == 0) {
			rc = fold_county(&k, &x);
			lower_close(&x);
		}
	} else if ((rc = fold_one(&k, o->c.l)) == 0) {
		rc = lower_each(o->dir, fold_county, &k, e);
	}
	if (rc == 0 && u->n == 0 && p->form != NULL)
		rc = err_set(e, "form %.64s: was published in none of the logs", p->form);
	if (rc == 0 && union_add_up(u) != 0)
		rc = err_set(e, "report: out of memory");
	if (rc == 0)
		return 0;
	union_free(u);
	return e->text[0] != '\0' ? -1 : err_set(e, "report: the ledgers cannot be read");
}
