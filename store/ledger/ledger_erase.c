#include "base/file.h"
#include "base/log.h"
#include "evidence/record.h"
#include "store/ledger/ledger_impl.h"
#include "store/ledger_part.h"

/* Erasure: salt and text of the personal part go, then the personal attachments, then the copies in side files. */

#define PATH_LEN 4096

static int
erase_atts(struct ledger *l, const struct ledger_entry *x, struct err *e)
{
	for (size_t i = 0; i < x->h.natt; i++)
		if (x->h.att[i].personal &&
		    ledger_run(l, e, LQ_ATT_ERASE, CELLS(cell_hash(x->h.att[i].hash), cell_int(x->index))) < 0)
			return -1;
	return 0;
}

int
ledger_erase_entry(struct ledger *l, const uint8_t hash[HASH_LEN], uint64_t *dev, struct err *e)
{
	struct ledger_entry x;
	int rc;

	ledger_entry_init(&x);
	rc = ledger_entry_get(l, hash, &x);
	if (rc == 1 && (ledger_dev_find(l, x.h.device, dev) != 1 || ledger_run(l, e, LQ_ENTRY_ERASE, CELLS(cell_int(x.index))) < 0 ||
	    ledger_run(l, e, LQ_MARK_ERASED, CELLS(cell_int(x.index))) < 0 || erase_atts(l, &x, e)))
		rc = -1;
	ledger_entry_free(&x);
	return rc;
}

void
ledger_remove_file(struct ledger *l, const uint8_t hash[HASH_LEN])
{
	char path[PATH_LEN] = "";
	struct err e = { "" };

	if (ledger_att_path(l, path, sizeof(path), hash) != 0 || file_remove(path, &e) != 0)
		log_msg(LOG_ERROR, "an erased attachment is still there: %s", e.text);
	if (parts_drop_all(l, hash) != 0)
		log_msg(LOG_ERROR, "%s: what came of an erased attachment cannot be removed", path);
}

/* A file goes when no living entry names it: what two entries share stays for the other. */
static void
erase_file(struct ledger *l, const struct attachment *a)
{
	uint64_t live = 1;

	if (!a->personal || ledger_number(l, LQ_ATT_LIVE, CELLS(cell_hash(a->hash)), &live) != 1 || live > 0)
		return;
	ledger_remove_file(l, a->hash);
}

void
ledger_erase_files(struct ledger *l, const void *leaf, size_t n)
{
	uint8_t hash[HASH_LEN];
	struct ledger_entry x;
	struct record r;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL))
		return;
	ledger_entry_init(&x);
	for (size_t i = 0; r.kind == RECORD_ERASE && i < r.nlines; i++) {
		if (strcmp(r.lines[i].name, "entry") != 0 || field_hex(r.lines[i].value, hash, HASH_LEN) || ledger_entry_get(l, hash, &x) != 1)
			continue;
		for (size_t k = 0; k < x.h.natt; k++)
			erase_file(l, &x.h.att[k]);
	}
	if (r.kind == RECORD_ERASE && l->driver->settle(l->db))
		log_msg(LOG_WARN, "%s: cannot be settled now; what was erased leaves the side files with the next erasure or close", l->url);
	ledger_entry_free(&x);
	record_free(&r);
}

int
ledger_tidy(struct ledger *l, struct err *e)
{
	char folder[PATH_LEN], path[PATH_LEN];
	uint8_t hash[HASH_LEN];
	struct rows r;
	int rc, gone = 0;

	if (ledger_beside(l, "attachments", folder, sizeof(folder)) != 0)
		return err_set(e, "%s: path too long", l->url);
	if (file_sweep(folder, LEDGER_TIDY_AGE_S) > 0)
		log_msg(LOG_INFO, "%s: what a cut left of attachments was removed", folder);
	if (rows_open(&r, l, LQ_ATT_GONE, NULL, 0) != 0)
		return err_set(e, "%s: its attachments cannot be read", l->url);
	while ((rc = rows_next(&r)) == 1 && (rc = rows_bytes(&r, 0, hash, HASH_LEN)) == 0)
		if (ledger_att_path(l, path, sizeof(path), hash) == 0 && file_exists(path)) {
			log_msg(LOG_WARN, "%s: was erased, and a cut left its file: it goes now", path);
			ledger_remove_file(l, hash);
			gone++;
		}
	rows_close(&r);
	if (rc < 0)
		return err_set(e, "%s: its attachments cannot be read", l->url);
	return l->driver->settle(l->db) == 0 ? gone : err_set(e, "%s: cannot be settled", l->url);
}
