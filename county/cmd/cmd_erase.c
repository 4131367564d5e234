#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "county/cmd/commands.h"
#include "county/erase.h"
#include "county/office.h"
#include "county/cmd/out.h"

/* erase: the personal parts of an entry and of all that corrects it. */

static int
told(const struct args *a, const struct erase_group *g, uint64_t index)
{
	char hex[2 * HASH_LEN + 1];
	struct buf b;
	size_t i;

	buf_init(&b, OUT_MAX);
	if (a->json)
		(void)buf_printf(&b, "{\"index\":%llu,\"erased\":%zu,\"entries\":[", (unsigned long long)index, g->n);
	for (i = 0; i < g->n; i++) {
		enc_hex(hex, g->entry[i], HASH_LEN);
		(void)buf_printf(&b, a->json ? "%s\"%s\"" : "%serased %s\n", a->json && i > 0 ? "," : "", hex);
	}
	(void)(a->json ? buf_puts(&b, "]}\n") : buf_printf(&b, "record %llu; devices that hold copies are told, 'erase --pending' lists those that have not answered\n", (unsigned long long)index));
	return out_put(a, &b);
}

/* 0; 1 refused; -1. */
static int
record(struct office *o, const uint8_t hash[HASH_LEN], const char *order, const struct signer *officer, struct erase_group *g, uint64_t *index, struct err *e)
{
	uint8_t commit[HASH_LEN];
	struct buf b;
	size_t i;

	if (erase_group(g, o->c.l, hash, e) != 0)
		return -1;
	if (g->n == 0)
		return err_set(e, g->gone > 0 ? "its personal part was erased before" : "neither it nor what corrects it has a personal part") + 2;
	if (office_salted(o, order, commit, e) != 0)
		return err_add(e, "--order");
	office_begin(o, &b, RECORD_ERASE);
	(void)buf_puts(&b, "order ");
	(void)buf_hex(&b, commit, HASH_LEN);
	(void)buf_printf(&b, "\nentries %zu\n", g->n);
	for (i = 0; i < g->n; i++) {
		(void)buf_puts(&b, "entry ");
		(void)buf_hex(&b, g->entry[i], HASH_LEN);
		(void)buf_putc(&b, '\n');
	}
	return office_append(o, &b, officer, index, e);
}

static int
erase(const struct args *a, struct office *o)
{
	struct erase_group *g = lapsed(calloc(1, sizeof(*g)));
	struct signer *officer = NULL;
	uint8_t hash[HASH_LEN];
	uint64_t index;
	struct err e = { "" };
	int rc;

	if (g == NULL)
		rc = opt_fail((err_set(&e, "out of memory"), &e));
	else if (ledger_tidy(o->c.l, &e) < 0 || office_entry(o, a->pos[0], hash, &e) != 0 || (officer = office_officer(o, opt_get(a, "as"), &e)) == NULL)
		rc = opt_fail(&e);
	else if ((rc = record(o, hash, opt_get(a, "order"), officer, g, &index, &e)) == 0)
		rc = told(a, g, index);
	else
		rc = rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	signer_free(officer);
	free(g);
	return rc;
}

struct listing { const struct args *a; struct table t; struct buf b; };

static int
list_one(void *ctx, uint64_t index, const struct ledger_entry *x)
{
	struct listing *l = ctx;
	char entry[2 * HASH_LEN + 1], device[2 * HASH_LEN + 1];

	enc_hex(entry, x->hash, HASH_LEN);
	enc_hex(device, x->h.device, HASH_LEN);
	if (l->a->json) {
		json_begin(&l->b);
		json_put_u64(&l->b, "index", index);
		json_put_str(&l->b, "entry", entry);
		json_put_str(&l->b, "device", device);
		json_put_str(&l->b, "place", x->h.place);
		json_end(&l->b);
		return buf_ok(&l->b) ? 0 : -1;
	}
	device[16] = '\0';
	table_add_u64(&l->t, index);
	table_add(&l->t, entry);
	table_add(&l->t, device);
	table_add(&l->t, x->h.place);
	return 0;
}

static int
pending(const struct args *a, struct office *o)
{
	struct listing l = { .a = a };
	struct err e = { "" };
	int rc;

	buf_init(&l.b, OUT_MAX);
	table_init(&l.t, 4, 1);
	table_add(&l.t, "record");
	table_add(&l.t, "entry");
	table_add(&l.t, "device");
	table_add(&l.t, "place");
	rc = erase_pending(o->c.l, list_one, &l);
	if (rc == 0 && !a->json)
		rc = table_print(&l.t, &l.b);
	table_free(&l.t);
	if (rc == 0)
		return out_put(a, &l.b);
	buf_free(&l.b);
	(void)err_set(&e, "the ledger cannot be read");
	return opt_fail(&e);
}

int
cmd_erase(const struct args *a)
{
	int list = opt_get(a, "pending") != NULL, rc;
	struct office o;
	struct err e = { "" };

	if (list != (a->npos == 0) || (!list && opt_get(a, "order") == NULL)) {
		(void)err_set(&e, "erase: say which ENTRY and --order TEXT, who ordered it and why; or --pending alone");
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, list ? OFFICE_READ : OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	rc = list ? pending(a, &o) : erase(a, &o);
	office_close(&o);
	return rc;
}
