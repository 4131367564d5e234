#include "store/ledger/ledger_impl.h"

/* Queries through the driver, and the columns of their rows. */

/* What a failure closed is opened anew by whoever asks next: a server that only reads must come back too. */
static int
is_open(struct ledger *l)
{
	return l->db || ledger_reopen(l, NULL) == 0;
}

int
ledger_run(struct ledger *l, struct err *e, enum ledger_query q, const struct cell *arg, unsigned n)
{
	if (!is_open(l))
		return err_set(e, "%s: the ledger is closed after a failure", l->url);
	return l->driver->run(l->db, q, arg, n, e);
}

int
rows_open(struct rows *r, struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n)
{
	r->l = l;
	r->q = q;
	r->at = is_open(l) ? l->driver->query(l->db, q, arg, n) : NULL;
	return r->at ? 0 : -1;
}

int
rows_next(struct rows *r)
{
	return r->at ? r->l->driver->next(r->l->db, r->at) : -1;
}

int
rows_first(struct rows *r, struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n)
{
	return rows_open(r, l, q, arg, n) ? -1 : rows_next(r);
}

void
rows_close(struct rows *r)
{
	if (r->at)
		r->l->driver->done(r->l->db, r->q, r->at);
	r->at = NULL;
}

struct cell
rows_cell(struct rows *r, unsigned i)
{
	return r->l->driver->cell(r->at, i);
}

uint64_t
rows_u64(struct rows *r, unsigned i)
{
	struct cell c = rows_cell(r, i);

	return c.type == CELL_INT && c.i > 0 ? (uint64_t)c.i : 0;
}

int
rows_null(struct rows *r, unsigned i)
{
	return rows_cell(r, i).type == CELL_NULL;
}

int
rows_bytes(struct rows *r, unsigned i, void *out, size_t n)
{
	struct cell c = rows_cell(r, i);

	if (c.type != CELL_BLOB || c.n != n)
		return -1;
	memcpy(out, c.p, n);
	return 0;
}

int
rows_buf(struct rows *r, unsigned i, struct buf *out)
{
	struct cell c = rows_cell(r, i);

	if (c.type == CELL_INT)
		return -1;
	return c.type == CELL_NULL ? 0 : buf_put(out, c.p, c.n);
}

int
rows_text(struct rows *r, unsigned i, char *out, size_t size)
{
	struct cell c = rows_cell(r, i);

	if (c.type == CELL_NULL) {
		out[0] = '\0';
		return 0;
	}
	if (c.type != CELL_TEXT || c.n >= size)
		return -1;
	memcpy(out, c.p, c.n);
	out[c.n] = '\0';
	return 0;
}

int
ledger_number(struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n, uint64_t *v)
{
	struct rows r;
	int rc = rows_first(&r, l, q, arg, n);

	if (rc == 1)
		*v = rows_u64(&r, 0);
	rows_close(&r);
	return rc;
}

int
ledger_each_bytes(struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n,
    int (*cb)(void *ctx, uint64_t index, const void *p, size_t n), void *ctx)
{
	struct rows r;
	struct cell c;
	int rc, ret = -1;

	if (rows_open(&r, l, q, arg, n))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		c = rows_cell(&r, 1);
		if ((ret = cb(ctx, rows_u64(&r, 0), c.p, c.n)) != 0)
			goto out;
	}
	ret = rc;
out:
	rows_close(&r);
	return ret;
}
