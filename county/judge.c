#include "county/judge.h"

#include <string.h>

#include "base/json.h"
#include "county/report/fold.h"
#include "county/lists.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "forms/engine.h"

#define CURSOR "judge-cursor"
#define CHUNK 4096U              /* leaves looked at before the cursor moves */
#define INVALID_MAX 512U         /* of one chunk; more wait for the next */
#define FORMS_MAX 16U            /* parsed forms kept at hand */

struct judge {
	struct county *c;
	struct { uint8_t hash[HASH_LEN]; struct form *f; } form[FORMS_MAX];
	size_t nforms;
	uint8_t invalid[INVALID_MAX][HASH_LEN];
	size_t n;
	uint64_t next;             /* the first leaf not looked at */
};

static int
read_cursor(struct ledger *l, uint64_t *at)
{
	struct buf b;
	int rc;

	buf_init(&b, 32);
	*at = 0;
	rc = ledger_get(l, CURSOR, &b);
	if (rc == 1)
		rc = field_u64((struct field){ buf_str(&b), b.len }, at) == 0 ? 0 : -1;
	buf_free(&b);
	return rc;
}

static int
write_cursor(struct ledger *l, uint64_t at, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 32);
	rc = buf_printf(&b, "%llu", (unsigned long long)at) == 0 ? ledger_set(l, CURSOR, b.data, b.len, e) : -1;
	buf_free(&b);
	return rc;
}

/* The form of those bytes: 1, 0 when they are not held, -1. */
static int
form_of(struct judge *j, const uint8_t hash[HASH_LEN], struct form **f)
{
	struct buf xml;
	size_t at;
	int rc;

	for (at = 0; at < j->nforms; at++) {
		if (memcmp(j->form[at].hash, hash, HASH_LEN) == 0) {
			*f = j->form[at].f;
			return 1;
		}
	}
	buf_init(&xml, FORM_BYTES_MAX);
	rc = ledger_form_body(j->c->l, hash, &xml);
	*f = rc == 1 ? form_parse(xml.data, xml.len, NULL) : NULL;
	buf_free(&xml);
	if (*f == NULL)
		return rc < 0 ? -1 : 0;
	if (j->nforms == FORMS_MAX)
		form_free(j->form[--j->nforms].f);
	memcpy(j->form[j->nforms].hash, hash, HASH_LEN);
	j->form[j->nforms++].f = *f;
	return 1;
}

/* The subject that public answers name, "" when they name none. */
static void
subject_of(const struct form *f, const void *payload, size_t n, char out[ID_MAX + 1])
{
	cJSON *root = json_parse(payload, n, JSON_OBJECT, NULL);
	const char *id = fold_text(root, f->subject);

	out[0] = '\0';
	if (id != NULL && strlen(id) <= ID_MAX)
		(void)strcpy(out, id);
	cJSON_Delete(root);
}

/* 1 when a correction or withdrawal does not fit the entry it names; one whose entry is not in the log fits. */
static int
misses_target(struct judge *j, const struct ledger_entry *x)
{
	char mine[ID_MAX + 1], theirs[ID_MAX + 1];
	struct ledger_entry old;
	struct form *f, *was;
	int rc, bad = 0;

	ledger_entry_init(&old);
	rc = ledger_entry_get(j->c->l, x->h.supersedes, &old);
	if (rc == 1) {
		bad = !place_inside(x->h.place, old.h.place) && !place_inside(old.h.place, x->h.place);
		if (x->h.has_form && !bad)
			bad = !old.h.has_form || strcmp(x->h.form, old.h.form) != 0;
		if (x->h.has_form && !bad && form_of(j, x->h.form_hash, &f) == 1) {
			subject_of(f, x->payload.data, x->payload.len, mine);
			if (form_of(j, old.h.form_hash, &was) == 1) {
				subject_of(was, old.payload.data, old.payload.len, theirs);
				bad = strcmp(mine, theirs) != 0;
			}
		}
	}
	ledger_entry_free(&old);
	return rc < 0 ? -1 : bad;
}

/* 1 when ${answers} break their form, 0, -1.  What the form calculates may differ in its last digits and is no reason. */
static int
grave(const struct form *f, const struct form_env *env, const cJSON *answers)
{
	struct form_findings found = { 0, NULL };
	int rc = form_check_in(f, env, answers, &found);

	if (rc == 1 && !form_grave(&found))
		rc = 0;
	form_findings_free(&found);
	return rc;
}

/* 1 when the answers break their form, 0 when not or the form is not held, -1. */
static int
breaks_form(struct judge *j, const struct ledger_entry *x)
{
	cJSON *payload = NULL, *personal = NULL, *all = NULL;
	struct form_env env = { .place = x->h.place, .actor = x->h.actor };
	struct lists lists;
	struct form *f;
	int rc = form_of(j, x->h.form_hash, &f);

	if (rc != 1)
		return rc;
	rc = 1;
	if (strcmp(f->id, x->h.form) != 0 || strcmp(f->version, x->h.form_version) != 0)
		goto out;
	if ((payload = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL)) == NULL)
		goto out;
	if (x->has_personal && (personal = json_parse(x->personal.data, x->personal.len, JSON_OBJECT, NULL)) == NULL)
		goto out;
	lists = (struct lists){ j->c->l, f, x, payload };
	env.rows = lists_rows;
	env.ctx = &lists;
	env.withheld = x->h.personal_len > 0 && !x->has_personal;
	if ((all = form_join(payload, personal)) == NULL) {
		rc = -1;
		goto out;
	}
	/* a rule about today must be broken by both the device's clock and ours */
	env.now_ms = x->h.clock == CLOCK_UNSET ? 0 : x->h.wall;
	if ((rc = grave(f, &env, all)) == 1 && env.now_ms > 0) {
		env.now_ms = x->received;
		rc = grave(f, &env, all);
	}
out:
	cJSON_Delete(payload);
	cJSON_Delete(personal);
	cJSON_Delete(all);
	return rc;
}

static int
look(void *ctx, const struct ledger_entry *x)
{
	struct judge *j = ctx;
	int rc = 0;

	if (j->n == INVALID_MAX) {
		j->next = x->index;
		return 1;
	}
	if (x->late[0] != '\0' || x->erased)
		return 0;
	if (x->h.has_form)
		rc = breaks_form(j, x);
	if (rc == 0 && x->h.has_supersedes)
		rc = misses_target(j, x);
	if (rc == 1)
		memcpy(j->invalid[j->n++], x->hash, HASH_LEN);
	return rc < 0 ? -1 : 0;
}

static int
say_invalid(struct judge *j, const uint8_t hash[HASH_LEN], uint64_t now, struct err *e)
{
	struct buf body;
	uint64_t index;
	int rc;

	buf_init(&body, LEAF_MAX);
	(void)record_begin(&body, RECORD_LATE, j->c->keys.log_id, now);
	(void)buf_puts(&body, "entry ");
	(void)buf_hex(&body, hash, HASH_LEN);
	(void)buf_puts(&body, "\nwhy invalid\n");
	rc = buf_ok(&body) ? county_record(j->c, &body, NULL, now, &index, e) : err_set(e, "judge: out of memory");
	buf_free(&body);
	return rc;
}

/* An interruption between the records and the cursor does no harm: what is parked already is passed over. */
static int
judge_chunk(struct judge *j, uint64_t from, uint64_t to, uint64_t now, struct err *e)
{
	j->n = 0;
	j->next = to;
	if (ledger_each_entry(j->c->l, from, to, look, j) < 0)
		return err_set(e, "judge: the ledger cannot be read");
	for (size_t i = 0; i < j->n; i++)
		if (say_invalid(j, j->invalid[i], now, e) != 0)
			return -1;
	return write_cursor(j->c->l, j->next, e);
}

int
judge_new(struct county *c, uint64_t now, struct err *e)
{
	struct judge j = { .c = c };
	uint8_t root[HASH_LEN];
	uint64_t at, size;
	int rc = -1;

	if (read_cursor(c->l, &at) != 0 || ledger_head(c->l, &size, root) != 0) {
		(void)err_set(e, "judge: the ledger cannot be read");
		goto out;
	}
	for (rc = 0; rc == 0 && at < size; at = j.next)
		rc = judge_chunk(&j, at, size - at > CHUNK ? at + CHUNK : size, now, e);
out:
	for (size_t i = 0; i < j.nforms; i++)
		form_free(j.form[i].f);
	return rc;
}
