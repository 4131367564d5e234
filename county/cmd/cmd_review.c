#include <string.h>

#include "base/enc.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

static int
told(const struct args *a, const uint8_t hash[HASH_LEN], const char *verdict, uint64_t index)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_hex(&b, "entry", hash, HASH_LEN);
		json_put_str(&b, "verdict", verdict);
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else {
		(void)buf_puts(&b, "entry ");
		(void)buf_hex(&b, hash, HASH_LEN);
		(void)buf_printf(&b, " %sed, record %llu\n", verdict, (unsigned long long)index);
	}
	return out_put(a, &b);
}

/* 0; 1 refused; -1. */
static int
record(struct office *o, const uint8_t hash[HASH_LEN], const char *verdict, const char *note, const struct signer *officer, uint64_t *index, struct err *e)
{
	uint8_t commit[HASH_LEN];
	struct ledger_entry x;
	struct buf b;
	int rc, same;

	ledger_entry_init(&x);
	rc = ledger_entry_get(o->c.l, hash, &x);
	same = rc == 1 && strcmp(x.review, verdict) == 0;
	ledger_entry_free(&x);
	if (rc != 1)
		return err_set(e, "the ledger cannot be read");
	if (same) {
		char hex[2 * HASH_LEN + 1];

		enc_hex(hex, hash, HASH_LEN);
		(void)err_set(e, "entry %s: its last review says %s already", hex, verdict);
		return 1;
	}
	if (note != NULL && office_salted(o, note, commit, e) != 0)
		return err_add(e, "--note");
	office_begin(o, &b, RECORD_REVIEW);
	(void)buf_puts(&b, "entry ");
	(void)buf_hex(&b, hash, HASH_LEN);
	(void)buf_printf(&b, "\nverdict %s\nnote ", verdict);
	if (note != NULL)
		(void)buf_hex(&b, commit, HASH_LEN);
	else
		(void)buf_putc(&b, '-');
	(void)buf_putc(&b, '\n');
	return office_append(o, &b, officer, index, e);
}

static int
review(const struct args *a, const char *verdict)
{
	const char *note = opt_get(a, "note");
	struct signer *officer = NULL;
	struct office o;
	uint8_t hash[HASH_LEN];
	uint64_t index;
	struct err e = { "" };
	int rc;

	if (note == NULL && strcmp(verdict, "return") == 0) {
		(void)err_set(&e, "review return: --note T is needed; the village must know what to do");
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if (office_entry(&o, a->pos[0], hash, &e) != 0 || (officer = office_officer(&o, opt_get(a, "as"), &e)) == NULL)
		rc = opt_fail(&e);
	else if ((rc = record(&o, hash, verdict, note, officer, &index, &e)) == 0)
		rc = told(a, hash, verdict, index);
	else
		rc = rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	signer_free(officer);
	office_close(&o);
	return rc;
}

int
cmd_review_accept(const struct args *a)
{
	return review(a, "accept");
}

int
cmd_review_return(const struct args *a)
{
	return review(a, "return");
}
