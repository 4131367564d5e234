#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/ledger_question.h"
#include "county/report/link.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "forms/value.h"

/* subject link, unlink, links, doubles, ledgers */

static int
told(const struct args *a, const char *from, const char *to, const char *state, uint64_t index)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "from", from);
		json_put_str(&b, "to", to);
		json_put_str(&b, "state", state);
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s %s %s, record %llu\n", from, strcmp(state, "linked") == 0 ? "folds into" : "and", to, (unsigned long long)index);
	}
	return out_put(a, &b);
}

/* Does any entry that counts, or any plan, name the subject? */
static int
is_known(const struct fold *f, const char *id, struct err *e)
{
	const struct fold_form *const *form;
	const struct fold_subject *s;
	size_t n;

	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		for (s = form[i]->subjects; s != NULL; s = s->next)
			if (strcmp(s->id, id) == 0 || extra_linked(s, id))
				return 0;
	return err_set(e, "subject %s: no entry and no plan names it", id);
}

/* 0, 1 refused, -1. */
static int
check(struct office *o, const char *from, const char *to, int link, struct err *e)
{
	const struct link_pair *pair;
	const struct fold_params all = { .at = UINT64_MAX };
	struct links links = { .n = 0 };
	struct fold *f;
	int rc = -1;

	if (!value_subject(from) || !value_subject(to) || strcmp(from, to) == 0)
		return err_set(e, "two ids of subjects are needed, 1 to 64 of A-Z a-z 0-9 . _ -, not the same twice");
	if ((f = fold_run(o->c.l, &all, e)) == NULL || links_load(&links, o->c.l, UINT64_MAX, e) != 0) {
		fold_free(f);
		return -1;
	}
	pair = links_pair(&links, from, to);
	if (is_known(f, from, e) != 0 || is_known(f, to, e) != 0) {
		rc = -1;
	} else if (link && strcmp(links_of(&links, from), links_of(&links, to)) == 0) {
		(void)err_set(e, "%s and %s are one already", from, to);
		rc = 1;
	} else if (!link && pair != NULL && !pair->linked) {
		(void)err_set(e, "%s and %s were told apart already", from, to);
		rc = 1;
	} else if (!link && (pair == NULL || !pair->linked) && strcmp(links_of(&links, from), links_of(&links, to)) == 0) {
		(void)err_set(e, "%s and %s are one through other links: take those back (subject links)", from, to);
		rc = 1;
	} else {
		rc = 0;
	}
	fold_free(f);
	links_free(&links);
	return rc;
}

static int
record(struct office *o, const struct args *a, const char *state, uint64_t *index, struct err *e)
{
	struct signer *officer = office_officer(o, opt_get(a, "as"), e);
	uint8_t order[HASH_LEN];
	struct buf b;
	int rc = -1;

	if (officer != NULL && office_salted(o, opt_get(a, "order"), order, e) == 0) {
		office_begin(o, &b, RECORD_LINK);
		(void)buf_printf(&b, "from %s\nto %s\nstate %s\norder ", a->pos[0], a->pos[1], state);
		(void)buf_hex(&b, order, HASH_LEN);
		(void)buf_putc(&b, '\n');
		rc = office_append(o, &b, officer, index, e);
	}
	signer_free(officer);
	return rc;
}

static int
change(const struct args *a, const char *state)
{
	struct err e = { "" };
	struct office o;
	uint64_t index = 0;
	int rc;

	if (opt_get(a, "order") == NULL) {
		(void)err_set(&e, "%s: --order T is needed: by whose order, and why", a->cmd->name);
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if ((rc = check(&o, a->pos[0], a->pos[1], strcmp(state, "linked") == 0, &e)) == 0)
		rc = record(&o, a, state, &index, &e);
	office_close(&o);
	if (rc == 0)
		return told(a, a->pos[0], a->pos[1], state, index);
	return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
}

int
cmd_subject_link(const struct args *a)
{
	return change(a, "linked");
}

int
cmd_subject_unlink(const struct args *a)
{
	return change(a, "unlinked");
}

/* The order behind the newest record of a pair, if it is held. */
static void
order_of(struct ledger *l, uint64_t index, struct buf *text)
{
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN];
	struct record r;
	struct buf leaf;

	buf_init(&leaf, 65536);
	if (ledger_leaf(l, index, &leaf) == 1 && record_parse(&r, leaf.data + 1, leaf.len - 1, NULL) == 0) {
		if (record_hash(&r, "order", hash) == 0)
			(void)ledger_salted_get(l, hash, salt, text);
		record_free(&r);
	}
	buf_free(&leaf);
}

static void
put_pair(const struct args *a, struct ledger *l, const struct link_pair *p, struct buf *b)
{
	struct buf order;

	buf_init(&order, 65536);
	order_of(l, p->index, &order);
	if (a->json) {
		json_begin(b);
		json_put_str(b, "from", p->from);
		json_put_str(b, "to", p->to);
		json_put_str(b, "state", p->linked ? "linked" : "unlinked");
		json_put_u64(b, "index", p->index);
		json_put_str(b, "order", buf_str(&order));
		json_end(b);
	} else {
		(void)buf_printf(b, "%s %s %s, record %llu: %s\n", p->from, p->linked ? "folds into" : "is not", p->to, (unsigned long long)p->index, buf_str(&order));
	}
	buf_free(&order);
}

int
cmd_subject_links(const struct args *a)
{
	struct err e = { "" };
	struct links t;
	struct office o;
	struct buf b;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (links_load(&t, o.c.l, UINT64_MAX, &e) != 0) {
		office_close(&o);
		return opt_fail(&e);
	}
	buf_init(&b, OUT_MAX);
	for (size_t i = 0; i < t.n; i++)
		put_pair(a, o.c.l, &t.pair[i], &b);
	links_free(&t);
	office_close(&o);
	return out_put(a, &b);
}

static struct fold *
fold_for(const struct args *a, struct office *o, int doubles, struct err *e)
{
	struct fold_params p = { .form = opt_get(a, "form"), .at = UINT64_MAX, .doubles = doubles };
	const char *at = opt_get(a, "at");

	if (at == NULL || dec_u64(&p.at, at, strlen(at)) == 0)
		return fold_run(o->c.l, &p, e);
	(void)err_set(e, "--at %.32s: is not a size of the log", at);
	return NULL;
}

int
cmd_subject_doubles(const struct args *a)
{
	struct err e = { "" };
	struct office o;
	struct fold *f;
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if ((f = fold_for(a, &o, 1, &e)) == NULL) {
		office_close(&o);
		return opt_fail(&e);
	}
	buf_init(&b, OUT_MAX);
	if (a->json)
		doubles_json(f, &b);
	else
		doubles_table(f, o.c.l, &b);
	rc = out_put(a, &b);
	fold_free(f);
	office_close(&o);
	return rc;
}

int
cmd_subject_ledgers(const struct args *a)
{
	struct err e = { "" };
	struct office o;
	struct fold *f;
	struct buf b;
	int64_t n;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if ((f = fold_for(a, &o, 0, &e)) == NULL) {
		office_close(&o);
		return opt_fail(&e);
	}
	buf_init(&b, OUT_MAX);
	n = a->json ? questions_json(f, &b) : questions_table(f, o.c.l, &b);
	fold_free(f);
	office_close(&o);
	if (n < 0) {
		buf_free(&b);
		(void)err_set(&e, "out of memory");
		return opt_fail(&e);
	}
	rc = out_put(a, &b);
	return rc;
}
