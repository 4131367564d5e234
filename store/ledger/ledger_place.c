#include <stdio.h>

#include "store/ledger/ledger_impl.h"

/* What stands outside the log: names of places, and the texts behind salted hashes. */

int
ledger_place_add(struct ledger *l, const struct ledger_place *p, size_t n, struct err *e)
{
	if (ledger_begin(l, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!field_place((struct field){ p[i].code, strlen(p[i].code) }) || !p[i].name[0]) {
			(void)err_set(e, "place %s: not a code of 2, 4, 6, 9 or 12 digits with a name", p[i].code);
			goto fail;
		}
		if (ledger_run(l, e, LQ_PLACE_PUT, CELLS(cell_text(p[i].code), cell_text(p[i].name))) < 0)
			goto fail;
	}
	return ledger_commit(l, e);
fail:
	ledger_rollback(l);
	return -1;
}

int
ledger_place(struct ledger *l, const char *code, char *name, size_t size)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_PLACE, CELLS(cell_text(code)));

	if (rc == 1 && rows_text(&r, 0, name, size))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_each_place(struct ledger *l, const char *prefix, int (*cb)(void *ctx, const struct ledger_place *p), void *ctx)
{
	struct ledger_place p;
	char end[PLACE_MAX + 2];
	struct rows r;
	int rc;

	/* ':' comes right after '9'; "0" begins where all codes do. */
	if (strlen(prefix) > PLACE_MAX)
		return 0;
	(void)snprintf(end, sizeof(end), "%s:", prefix);
	if (rows_open(&r, l, LQ_PLACE_EACH, CELLS(cell_text(*prefix ? prefix : "0"), cell_text(end))))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		if (rows_text(&r, 0, p.code, sizeof(p.code)) || rows_text(&r, 1, p.name, sizeof(p.name)))
			rc = -1;
		else
			rc = cb(ctx, &p);
		if (rc != 0)
			break;
	}
	rows_close(&r);
	return rc;
}

int
ledger_salted(struct ledger *l, const uint8_t hash[HASH_LEN], const uint8_t salt[ENTRY_SALT_LEN], const void *text, size_t n, struct err *e)
{
	uint8_t got[HASH_LEN];

	entry_personal_hash(got, salt, text, n);
	if (memcmp(got, hash, HASH_LEN) != 0)
		return err_set(e, "salted text: salt and text do not give the hash");
	return ledger_run(l, e, LQ_SALT_PUT, CELLS(cell_hash(hash), cell_blob(salt, ENTRY_SALT_LEN), cell_blob(text, n))) < 0 ? -1 : 0;
}

int
ledger_salted_get(struct ledger *l, const uint8_t hash[HASH_LEN], uint8_t salt[ENTRY_SALT_LEN], struct buf *text)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_SALT, CELLS(cell_hash(hash)));

	if (rc == 1 && (rows_bytes(&r, 0, salt, ENTRY_SALT_LEN) || rows_buf(&r, 1, text)))
		rc = -1;
	rows_close(&r);
	return rc;
}
