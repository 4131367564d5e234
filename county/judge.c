#include "county/judge.h"

#include <string.h>

#include "base/enc.h"
#include "county/formcache.h"
#include "evidence/leaf.h"
#include "evidence/record.h"

#define CURSOR "judge-cursor"
#define BATCH 256U /* invalid entries found before they are recorded */

struct judge {
	struct county *c;
	struct formcache forms;
	uint64_t next;               /* the first index not looked at */
	uint8_t invalid[BATCH][HASH_LEN];
	size_t n;
	uint64_t now;
	struct err *e;
};

static int
read_cursor(struct ledger *l, uint64_t *at)
{
	struct buf b;
	int rc;

	buf_init(&b, 32);
	*at = 0;
	rc = ledger_get(l, CURSOR, &b);
	if (rc == 1 && dec_u64(at, buf_str(&b), b.len) != 0)
		rc = -1;
	buf_free(&b);
	return rc < 0 ? -1 : 0;
}

static int
write_cursor(struct ledger *l, uint64_t at, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 32);
	(void)buf_printf(&b, "%llu", (unsigned long long)at);
	rc = ledger_set(l, CURSOR, b.data, b.len, e);
	buf_free(&b);
	return rc;
}

/* 1 when the answers fit the form, 0 when not, -1 out of memory. */
static int
fits(const struct form *f, const struct ledger_entry *x)
{
	cJSON *payload = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL), *personal = NULL, *all = NULL;
	int rc = 0;

	if (x->personal.len > 0)
		personal = json_parse(x->personal.data, x->personal.len, JSON_OBJECT, NULL);
	if (payload != NULL && (x->personal.len == 0 || personal != NULL)) {
		if ((all = form_join(payload, personal)) == NULL)
			rc = -1;
		else if ((rc = form_check(f, all, NULL)) >= 0)
			rc = rc == 0;
	}
	cJSON_Delete(payload);
	cJSON_Delete(personal);
	cJSON_Delete(all);
	return rc;
}

static int
look_at(void *ctx, const struct ledger_entry *x)
{
	struct judge *j = ctx;
	const struct form *f;
	int ok;

	if (!x->h.has_form || x->late[0] != '\0' || x->review[0] != '\0' || x->erased ||
	    (f = formcache_get(&j->forms, j->c->l, x->h.form_hash)) == NULL) {
		j->next = x->index + 1;
		return 0;
	}
	if ((ok = fits(f, x)) < 0)
		return -1;
	j->next = x->index + 1;
	if (ok)
		return 0;
	memcpy(j->invalid[j->n++], x->hash, HASH_LEN);
	return j->n == BATCH;
}

/* One append for all that was found. */
static int
record_invalid(struct judge *j)
{
	struct ledger_item item[BATCH] = { { 0 } };
	struct buf leaf[BATCH], body, note;
	uint64_t now = j->now, first, count;
	size_t i;
	int rc = 0;

	buf_init(&note, NOTE_MAX);
	for (i = 0; i < j->n; i++) {
		buf_init(&leaf[i], LEAF_MAX);
		buf_init(&body, LEAF_MAX);
		(void)record_begin(&body, RECORD_LATE, j->c->keys.log_id, now);
		(void)buf_puts(&body, "entry ");
		(void)buf_hex(&body, j->invalid[i], HASH_LEN);
		(void)buf_puts(&body, "\nwhy invalid\n");
		if (rc == 0)
			rc = record_seal(&leaf[i], &body, j->c->service, NULL, j->e);
		buf_free(&body);
		item[i].record = leaf[i].data;
		item[i].record_len = leaf[i].len;
	}
	if (rc == 0 && j->n > 0)
		rc = ledger_append(j->c->l, item, j->n, now, county_sign_head, j->c, &first, &count, &note, j->e);
	for (i = 0; i < j->n; i++)
		buf_free(&leaf[i]);
	buf_free(&note);
	j->n = 0;
	return rc;
}

int
judge_new(struct county *c, uint64_t now, struct err *e)
{
	struct judge j = { .c = c, .e = e, .now = now };
	uint8_t root[HASH_LEN];
	uint64_t from, size;
	int rc = 0;

	formcache_init(&j.forms);
	if (read_cursor(c->l, &from) != 0 || ledger_head(c->l, &size, root) != 0) {
		rc = err_set(e, "the ledger cannot be read");
		size = from = 0;
	}
	while (rc == 0 && from < size) {
		j.next = size;
		if ((rc = ledger_each_entry(c->l, from, size, look_at, &j)) < 0)
			(void)err_set(e, "the ledger cannot be read");
		else
			from = rc == 1 ? j.next : size;
		if (rc >= 0 && (rc = record_invalid(&j)) == 0)
			rc = write_cursor(c->l, from, e);
	}
	formcache_free(&j.forms);
	return rc;
}
