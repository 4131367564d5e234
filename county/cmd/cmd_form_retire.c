#include <string.h>

#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

/* form retire: a published version is offered no more for new records; what was recorded with it stays. */

/* 0; 1 refused; -1. */
static int
retire(struct office *o, const char *id, const char *version, uint64_t *index, struct err *e)
{
	char exact[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct buf b;
	int rc;

	if (!field_id((struct field){ id, strlen(id) }, ID_MAX) || !field_id((struct field){ version, strlen(version) }, VERSION_MAX))
		return err_set(e, "form retire: say a form's id and version, as form list shows them") + 2;
	(void)strcpy(exact, version);
	if ((rc = ledger_form(o->c.l, id, exact, hash)) < 0)
		return err_set(e, "the ledger cannot be read");
	if (rc == 0 || ledger_form_retired(o->c.l, id, version) == 1) {
		(void)err_set(e, "form %s version %s: %s", id, version, rc == 0 ? "was never published" : "was retired before");
		return 1;
	}
	office_begin(o, &b, RECORD_FORM);
	(void)buf_printf(&b, "form %s %s ", id, version);
	(void)buf_hex(&b, hash, HASH_LEN);
	(void)buf_puts(&b, "\nstate retired\n");
	return office_append(o, &b, NULL, index, e);
}

int
cmd_form_retire(const struct args *a)
{
	struct err e = { "" };
	uint64_t index = 0;
	struct office o;
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	rc = retire(&o, a->pos[0], a->pos[1], &index, &e);
	office_close(&o);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "form", a->pos[0]);
		json_put_str(&b, "version", a->pos[1]);
		json_put_str(&b, "state", "retired");
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s %s retired, record %llu\n", a->pos[0], a->pos[1], (unsigned long long)index);
	}
	return out_put(a, &b);
}
