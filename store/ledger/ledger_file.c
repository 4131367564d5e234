#include <stdio.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/ledger/ledger_impl.h"

/* Attachments: bytes in the folder beside the database, rows for who names them. */

#define PATH_LEN 4096
#define ATTACHMENT_MAX (256U << 20)

enum { ATT_WANTED = 0, ATT_HELD = 1 };

int
ledger_beside(struct ledger *l, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(l->where, '/');
	int n;

	if (slash)
		n = snprintf(out, size, "%.*s/%s", (int)(slash - l->where), l->where, name);
	else
		n = snprintf(out, size, "%s", name);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

static int
att_folder(struct ledger *l, char *out, size_t size)
{
	return ledger_beside(l, "attachments", out, size);
}

int
ledger_att_path(struct ledger *l, char *out, size_t size, const uint8_t hash[HASH_LEN])
{
	char folder[PATH_LEN], name[2 * HASH_LEN + 1];

	enc_hex(name, hash, HASH_LEN);
	return att_folder(l, folder, sizeof(folder)) || file_path(out, size, folder, name) ? -1 : 0;
}

int
ledger_att_add(struct ledger *l, uint64_t index, uint64_t dev, const struct entry *h, struct err *e)
{
	char path[PATH_LEN];

	for (size_t i = 0; i < h->natt; i++) {
		const struct attachment *a = &h->att[i];

		if (ledger_att_path(l, path, sizeof(path), a->hash))
			return err_set(e, "%s: path too long", l->url);
		if (ledger_run(l, e, LQ_ATT_PUT, CELLS(cell_hash(a->hash), cell_int(index), cell_int(dev), cell_int(a->len),
		    cell_int(a->personal ? 1 : 0), cell_int(file_exists(path) ? ATT_HELD : ATT_WANTED))) < 0)
			return -1;
	}
	return 0;
}

/* Another process may have erased it while it was written: then the file came too late to be removed there. */
static int
erased_meanwhile(struct ledger *l, const uint8_t hash[HASH_LEN])
{
	uint64_t gone = 0, live = 0;

	if (ledger_number(l, LQ_ATT_ERASED, CELLS(cell_hash(hash)), &gone) != 1 || gone == 0 ||
	    ledger_number(l, LQ_ATT_LIVE, CELLS(cell_hash(hash)), &live) != 1 || live > 0)
		return 0;
	ledger_remove_file(l, hash);
	return 1;
}

int
ledger_attachment_put(struct ledger *l, const void *p, size_t n, const uint8_t hash[HASH_LEN], struct err *e)
{
	char path[PATH_LEN], folder[PATH_LEN];
	uint8_t got[HASH_LEN];

	sha256(got, p, n);
	if (memcmp(got, hash, HASH_LEN) != 0)
		return err_set(e, "attachment: its bytes do not give its name");
	if (att_folder(l, folder, sizeof(folder)) || ledger_att_path(l, path, sizeof(path), hash))
		return err_set(e, "%s: path too long", l->url);
	/* The file first: a row that says held never goes before what it speaks of. */
	if (file_mkdirs(folder, 0700, e) || file_write(path, p, n, 0600, e))
		return -1;
	if (ledger_run(l, e, LQ_ATT_HELD, CELLS(cell_hash(hash))) < 0)
		return -1;
	return erased_meanwhile(l, hash) ? err_set(e, "attachment: was erased while it came") : 0;
}

int
ledger_attachment_get(struct ledger *l, const uint8_t hash[HASH_LEN], struct buf *out)
{
	char path[PATH_LEN];
	uint8_t got[HASH_LEN];
	struct buf bytes;
	int rc = -1;

	if (ledger_att_path(l, path, sizeof(path), hash))
		return -1;
	if (!file_exists(path))
		return 0;
	buf_init(&bytes, ATTACHMENT_MAX);
	if (file_read(path, &bytes, NULL) == 0) {
		sha256(got, bytes.data, bytes.len);
		if (memcmp(got, hash, HASH_LEN) == 0 && buf_put(out, bytes.data, bytes.len) == 0)
			rc = 1;
	}
	buf_free(&bytes);
	return rc;
}

int
ledger_attachment_wanted(struct ledger *l, const uint8_t hash[HASH_LEN], uint64_t *len, int *personal)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_ATT, CELLS(cell_hash(hash)));

	if (rc == 1) {
		if (len)
			*len = rows_u64(&r, 0);
		if (personal)
			*personal = rows_u64(&r, 1) != 0;
		rc = rows_u64(&r, 2) == ATT_HELD ? 2 : 1;
	}
	rows_close(&r);
	return rc;
}

int
ledger_wants(struct ledger *l, const uint8_t device[HASH_LEN], int (*cb)(void *ctx, const uint8_t hash[HASH_LEN]), void *ctx)
{
	uint8_t hash[HASH_LEN];
	struct rows r;
	uint64_t dev;
	int rc = ledger_dev_find(l, device, &dev);

	if (rc != 1)
		return rc;
	if (rows_open(&r, l, LQ_ATT_WANTS, CELLS(cell_int(dev))))
		return -1;
	while ((rc = rows_next(&r)) == 1)
		if ((rc = rows_bytes(&r, 0, hash, HASH_LEN)) != 0 || (rc = cb(ctx, hash)) != 0)
			break;
	rows_close(&r);
	return rc;
}
