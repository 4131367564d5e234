#include "store/ledger/ledger_impl.h"

/* Records as they lie in the log, and what follows from those about forms and persons. */

int
ledger_each_record(struct ledger *l, uint64_t from, const uint8_t *device, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx)
{
	uint64_t dev = 0;

	if (!device)
		return ledger_each_bytes(l, LQ_RECORD_EACH, CELLS(cell_int(from)), cb, ctx);
	/* A device not known yet has what concerns all: number 0. */
	if (ledger_dev_find(l, device, &dev) < 0)
		return -1;
	return ledger_each_bytes(l, LQ_RECORD_OF_DEVICE, CELLS(cell_int(dev), cell_int(from)), cb, ctx);
}

int
ledger_each_record_of(struct ledger *l, enum record_kind kind, uint64_t from, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx)
{
	return ledger_each_bytes(l, LQ_RECORD_OF_KIND, CELLS(cell_int((uint64_t)kind), cell_int(from)), cb, ctx);
}

/* Forms and dictionaries */

int
ledger_form_add(struct ledger *l, const uint8_t hash[HASH_LEN], const void *xml, size_t n, struct err *e)
{
	uint8_t got[HASH_LEN];

	sha256(got, xml, n);
	if (memcmp(got, hash, HASH_LEN) != 0)
		return err_set(e, "form: its bytes do not give its hash");
	return ledger_run(l, e, LQ_BODY_PUT, CELLS(cell_hash(hash), cell_blob(xml, n))) < 0 ? -1 : 0;
}

int
ledger_form_body(struct ledger *l, const uint8_t hash[HASH_LEN], struct buf *xml)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_BODY, CELLS(cell_hash(hash)));

	if (rc == 1 && rows_buf(&r, 0, xml))
		rc = -1;
	rows_close(&r);
	return rc;
}

/* 1 found (2 when it is retired), 0 or -1. */
static int
find_form(struct ledger *l, const char *id, char *version, uint8_t hash[HASH_LEN])
{
	struct rows r;
	int rc;

	if (version[0])
		rc = rows_first(&r, l, LQ_FORM, CELLS(cell_text(id), cell_text(version)));
	else
		rc = rows_first(&r, l, LQ_FORM_NEWEST, CELLS(cell_text(id)));
	if (rc == 1 && (rows_bytes(&r, 0, hash, HASH_LEN) || rows_text(&r, 1, version, VERSION_MAX + 1)))
		rc = -1;
	if (rc == 1 && !rows_null(&r, 2))
		rc = 2;
	rows_close(&r);
	return rc;
}

int
ledger_form(struct ledger *l, const char *id, char *version, uint8_t hash[HASH_LEN])
{
	int rc = find_form(l, id, version, hash);

	return rc == 2 ? 1 : rc;
}

int
ledger_form_retired(struct ledger *l, const char *id, const char *version)
{
	char v[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct field f = { version, strlen(version) };
	int rc;

	if (f.len == 0 || field_copy(f, v, sizeof(v)))
		return 0;
	rc = find_form(l, id, v, hash);
	return rc < 0 ? -1 : rc == 2;
}

int
ledger_each_form(struct ledger *l, int (*cb)(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN]), void *ctx)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct rows r;
	int rc;

	if (rows_open(&r, l, LQ_FORM_EACH, NO_CELLS))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		if (rows_text(&r, 1, id, sizeof(id)) || rows_text(&r, 2, version, sizeof(version)) || rows_bytes(&r, 3, hash, HASH_LEN))
			rc = -1;
		else
			rc = cb(ctx, rows_u64(&r, 0), id, version, hash);
		if (rc != 0)
			break;
	}
	rows_close(&r);
	return rc;
}

/* Persons */

static int
person_row(struct rows *r, struct ledger_person *p)
{
	memset(p, 0, sizeof(*p));
	p->active = rows_u64(r, 5) != 0;
	p->index = rows_u64(r, 6);
	if (rows_bytes(r, 0, p->keyhash, HASH_LEN) || rows_bytes(r, 1, p->key, KEY_LEN) || rows_text(r, 2, p->actor, sizeof(p->actor)) ||
	    rows_text(r, 3, p->role, sizeof(p->role)) || rows_text(r, 4, p->place, sizeof(p->place)))
		return -1;
	return 0;
}

int
ledger_person(struct ledger *l, const uint8_t keyhash[HASH_LEN], struct ledger_person *p)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_PERSON, CELLS(cell_hash(keyhash)));

	if (rc == 1 && person_row(&r, p))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_each_person(struct ledger *l, int (*cb)(void *ctx, const struct ledger_person *p), void *ctx)
{
	struct ledger_person p;
	struct rows r;
	int rc;

	if (rows_open(&r, l, LQ_PERSON_EACH, NO_CELLS))
		return -1;
	while ((rc = rows_next(&r)) == 1)
		if ((rc = person_row(&r, &p)) != 0 || (rc = cb(ctx, &p)) != 0)
			break;
	rows_close(&r);
	return rc;
}
