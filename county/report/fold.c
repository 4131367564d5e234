#include "county/report/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "county/report/decisions.h"
#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/fold_internal.h"

/* Two passes over the log: the first for what supersedes what, the second for the state of each subject. */

struct fold {
	struct fold_params p;
	uint64_t size;
	struct fold_forms forms;
	struct fold_edges edges;
	struct fold_marks marks;
	struct decisions decided;
	struct persons persons;
	struct err *e;
	int no_memory;
};

/* One entry's public answers, as far as the fold looks at them. */
struct reading {
	const struct fold_version *v;
	cJSON *root, *personal;    /* the latter only if groups are asked for */
	const char *id;            /* as it folds; NULL: cannot be read */
	const char *own;           /* as the entry says it */
	char place[PLACE_MAX + 1]; /* its code now */
	int32_t observed;
	struct standing st;
};

static int
has_answers(const struct ledger_entry *x)
{
	return x->h.has_form && (strcmp(x->h.kind, "record") == 0 || strcmp(x->h.kind, "correction") == 0);
}

static int
no_memory(struct fold *f)
{
	return err_set(f->e, "report: out of memory");
}

static int
collect_edge(void *ctx, const struct ledger_entry *x)
{
	struct fold *f = ctx;
	struct standing st;

	if (!x->h.has_supersedes || (strcmp(x->h.kind, "correction") != 0 && strcmp(x->h.kind, "withdrawal") != 0))
		return 0;
	marks_of(&f->marks, x, &st);
	return edges_add(&f->edges, x, st.parked || st.returned) == 0 ? 0 : no_memory(f);
}

static int32_t
shanghai_day(uint64_t ms)
{
	char date[16];
	int32_t day;

	clock_date((int64_t)ms, date);
	day = fold_day(date);
	return day > 0 ? day : 1;
}

static void
read_entry(struct fold *f, const struct ledger_entry *x, struct reading *r)
{
	const char *date;

	memset(r, 0, sizeof(*r));
	marks_of(&f->marks, x, &r->st);
	r->v = forms_version(&f->forms, x->h.form_hash);
	r->observed = shanghai_day(x->h.wall);
	maps_of(&f->decided.places, x->h.place, r->place);
	if (r->v == NULL || strcmp(r->v->id, x->h.form) != 0 || (r->root = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL)) == NULL)
		return;
	r->id = fold_text(r->root, r->v->f->subject);
	if (r->id != NULL && (strlen(r->id) > ID_MAX || r->id[0] == '/'))
		r->id = NULL;
	if ((r->own = r->id) != NULL)
		r->id = links_of(&f->decided.links, r->id);
	if ((date = fold_text(r->root, r->v->date)) != NULL && fold_day(date) > 0)
		r->observed = fold_day(date);
	if (f->p.groups && x->has_personal && !x->erased)
		r->personal = json_parse(x->personal.data, x->personal.len, JSON_OBJECT, NULL);
}

/* The day that decides, or 0 when this entry has none by the report's basis. */
static int32_t
basis_day(const struct fold *f, const struct ledger_entry *x, const struct reading *r)
{
	switch (f->p.basis) {
	case FOLD_RECEIVED:
		return shanghai_day(x->received);
	case FOLD_ACCEPTED:
		return r->st.accepted ? shanghai_day(r->st.accepted) : 0;
	case FOLD_OBSERVED:
	default:
		return r->observed;
	}
}

static int
in_period(const struct fold *f, int32_t day)
{
	if (f->p.from == 0 && f->p.to == 0)
		return 1;
	return day > 0 && (f->p.from == 0 || day >= f->p.from) && (f->p.to == 0 || day <= f->p.to);
}

static void
take_choice(const struct fold_choices *c, const char *value, uint64_t order, int *at, uint64_t *since)
{
	if (value == NULL || order < *since)
		return;
	*at = forms_choice(c, value);
	*since = order;
}

/* The target groups, one or several; a value that the form never had is none. */
static void
take_groups(const struct fold_form *ff, struct fold_subject *s, const struct reading *r, uint64_t order)
{
	const struct form_field *field = r->v->groups;
	const cJSON *m, *one = NULL;
	int at;

	if (field == NULL || order < s->groups_order || (m = fold_member(field->personal ? r->personal : r->root, field->path)) == NULL)
		return;
	s->groups = 0;
	s->groups_order = order;
	if (cJSON_IsString(m) && (at = forms_choice(&ff->groups, m->valuestring)) >= 0)
		s->groups = UINT64_C(1) << at;
	cJSON_ArrayForEach(one, m)
		if (cJSON_IsString(one) && (at = forms_choice(&ff->groups, one->valuestring)) >= 0)
			s->groups |= UINT64_C(1) << at;
}

/* An entry that counts: what it states holds from its day on, until a newer one states otherwise. */
static int
take(struct fold_form *ff, struct fold_subject *s, const struct reading *r, uint64_t order)
{
	s->live++;
	take_choice(&ff->stages, fold_text(r->root, r->v->f->stage), order, &s->stage, &s->stage_order);
	take_choice(&ff->funds, fold_text(r->root, r->v->fund), order, &s->fund, &s->fund_order);
	take_groups(ff, s, r, order);
	return slots_take(ff, s, r->root, order);
}

/* Does the entry count, by what superseded it and by which correction won? */
static int
stands(struct fold *f, const struct ledger_entry *x, struct fold_subject *s, const struct reading *r)
{
	size_t rivals;
	int superseded = edges_superseded(&f->edges, x->hash, &rivals);

	s->disputed += rivals > 1 ? 1 : 0;
	if (rivals > 1 && extra_dispute(s, x->hash, &f->edges) != 0)
		f->no_memory = 1;
	if (superseded || r->st.parked || r->st.returned || r->id == NULL)
		return 0;
	return !x->h.has_supersedes || edges_wins(&f->edges, x->hash);
}

static int
fold_one(struct fold *f, struct fold_form *ff, const struct ledger_entry *x, const struct reading *r)
{
	uint64_t order = (uint64_t)r->observed << INDEX_BITS | (x->index + 1);
	char unread[PLACE_MAX + 2] = "/";
	int32_t day = basis_day(f, x, r);
	struct fold_subject *s;
	int counts;

	if (!in_period(f, day))
		return 0;
	if ((s = forms_subject(ff, r->id ? r->id : strcat(unread, r->place))) == NULL)
		return no_memory(f);
	s->parked += r->st.parked ? 1 : 0;
	s->erased += r->st.erased ? 1 : 0;
	counts = stands(f, x, s, r) && day > 0;
	/* place and day are those of the newest entry that counts; of the newest at all while none does */
	if ((counts && s->live == 0) || (order >= s->order && (counts || s->live == 0))) {
		s->order = order;
		s->day = day;
		(void)strcpy(s->place, r->place);
	}
	if (counts && (take(ff, s, r, order) != 0 || extra_entry(ff, s, r->own, x, r->root, order) != 0))
		return no_memory(f);
	if (counts && periods_late(&f->decided.periods, r->observed, x->index) && extra_late(s) != 0)
		return no_memory(f);
	if (counts && f->p.doubles && persons_take(&f->persons, ff, s, x, r->place, order) != 0)
		return no_memory(f);
	return f->no_memory ? no_memory(f) : 0;
}

static int
fold_entry(void *ctx, const struct ledger_entry *x)
{
	struct fold *f = ctx;
	struct fold_form *ff;
	struct reading r;
	int rc;

	if (!has_answers(x) || (f->p.form != NULL && strcmp(f->p.form, x->h.form) != 0))
		return 0;
	if ((ff = forms_named(&f->forms, x->h.form)) == NULL)
		return no_memory(f);
	read_entry(f, x, &r);
	rc = fold_one(f, ff, x, &r);
	cJSON_Delete(r.root);
	cJSON_Delete(r.personal);
	return rc;
}

/* What follows once every entry was seen: what is planned, which ledgers do not balance, who may be one. */
static int
settle(struct fold *f)
{
	if (extra_plan(&f->forms, &f->decided, f->p.from, f->p.to) != 0)
		return no_memory(f);
	/* amounts are totals up to a day: without the beginning no account can be judged */
	for (size_t i = 0; f->p.from == 0 && i < f->forms.n; i++)
		if (ledgers_settle(f->forms.form[i]) != 0)
			return no_memory(f);
	return f->p.doubles && persons_settle(&f->persons, &f->forms, &f->decided) != 0 ? no_memory(f) : 0;
}

static int
fold_all(struct fold *f, struct ledger *l, struct err *e)
{
	uint8_t root[HASH_LEN];
	uint64_t head;

	if (ledger_head(l, &head, root) != 0)
		return err_set(e, "report: the ledger cannot be read");
	f->size = f->p.at == UINT64_MAX ? head : f->p.at;
	if (f->size > head)
		return err_set(e, "report: the log has %llu leaves, not %llu", (unsigned long long)head, (unsigned long long)f->size);
	if (decisions_load(&f->decided, l, f->size, f->p.form, f->p.to, e) != 0)
		return -1;
	f->forms.plan = &f->decided.plan;
	if (forms_load(&f->forms, l, f->size, &f->p, e) != 0)
		return -1;
	if (f->p.form != NULL && f->forms.n == 0)
		return err_set(e, "form %s: never published", f->p.form);
	if ((f->size < head || f->p.basis == FOLD_ACCEPTED) && marks_load(&f->marks, l, f->size) != 0)
		return err_set(e, "report: the ledger's records cannot be read");
	if (ledger_each_entry(l, 0, f->size, collect_edge, f) != 0 || edges_settle(&f->edges) != 0 ||
	    ledger_each_entry(l, 0, f->size, fold_entry, f) != 0)
		return e != NULL && e->text[0] != '\0' ? -1 : err_set(e, "report: the ledger cannot be read");
	return settle(f);
}

struct fold *
fold_run(struct ledger *l, const struct fold_params *p, struct err *e)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		(void)err_set(e, "report: out of memory");
		return NULL;
	}
	f->p = *p;
	f->e = e;
	if (e != NULL)
		e->text[0] = '\0';
	if (fold_all(f, l, e) != 0) {
		fold_free(f);
		return NULL;
	}
	f->e = NULL;
	return f;
}

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	forms_free(&f->forms);
	edges_free(&f->edges);
	marks_free(&f->marks);
	persons_free(&f->persons);
	decisions_free(&f->decided);
	free(f);
}

const struct fold_form *const *
fold_forms(const struct fold *f, size_t *n)
{
	*n = f->forms.n;
	return (const struct fold_form *const *)f->forms.form;
}

const struct double_group *
fold_doubles(const struct fold *f, size_t *n)
{
	*n = f->persons.n;
	return f->persons.group;
}

uint64_t
fold_size(const struct fold *f)
{
	return f->size;
}
