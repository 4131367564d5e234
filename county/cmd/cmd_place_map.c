#include <string.h>

#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/report/fold.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/report/place_map.h"

/* place map */

static int
nothing(void *ctx, const struct ledger_place *p)
{
	(void)ctx;
	(void)p;
	return 1;
}

static int
check_codes(struct office *o, const struct args *a, struct err *e)
{
	const char *old = a->pos[0], *new = a->pos[1], *from = opt_get(a, "from");
	const struct field f = { old, strlen(old) }, g = { new, strlen(new) };
	char name[128];
	int known;

	if (!field_place(f) || !field_place(g) || f.len != g.len)
		return err_set(e, "place map: two codes of one level are needed (2, 4, 6, 9 or 12 digits each)");
	if (from == NULL || fold_day(from) <= 0)
		return err_set(e, "place map: --from DATE is needed, YYYY-MM-DD");
	if (opt_get(a, "order") == NULL)
		return err_set(e, "place map: --order T is needed: by whose order, and why");
	if (opt_get(a, "unlisted") != NULL || (known = ledger_place(o->c.l, new, name, sizeof(name))) == 1)
		return 0;
	if (known < 0)
		return err_set(e, "the ledger cannot be read");
	if (ledger_each_place(o->c.l, "", nothing, NULL) == 0)
		return 0;
	return err_set(e, "%s: is not among the places imported (place import first, or --unlisted)", new);
}

/* 0, 1 refused, -1. */
static int
check_maps(struct office *o, const char *old, const char *new, struct err *e)
{
	struct place_maps t;
	const struct place_map *m = NULL;
	int back = strcmp(old, new) == 0, rc = 0;

	if (maps_load(&t, o->c.l, UINT64_MAX, 0, e) != 0)
		return -1;
	for (size_t i = 0; i < t.n; i++)
		if (strcmp(t.map[i].old, old) == 0)
			m = &t.map[i];
	if (back && m == NULL) {
		(void)err_set(e, "%s: has no other code that could be taken back", old);
		rc = 1;
	} else if (!back && m != NULL) {
		(void)err_set(e, "%s: is %s already (place map %s %s takes that back)", old, m->new, old, old);
		rc = 1;
	}
	maps_free(&t);
	return rc;
}

static int
record(struct office *o, const struct args *a, uint64_t *index, struct err *e)
{
	struct signer *officer = office_officer(o, opt_get(a, "as"), e);
	uint8_t order[HASH_LEN];
	struct buf b;
	int rc = -1;

	if (officer != NULL && office_salted(o, opt_get(a, "order"), order, e) == 0) {
		office_begin(o, &b, RECORD_PLACE_MAP);
		(void)buf_printf(&b, "old %s\nnew %s\nfrom %s\norder ", a->pos[0], a->pos[1], opt_get(a, "from"));
		(void)buf_hex(&b, order, HASH_LEN);
		(void)buf_putc(&b, '\n');
		rc = office_append(o, &b, officer, index, e);
	}
	signer_free(officer);
	return rc;
}

int
cmd_place_map(const struct args *a)
{
	struct err e = { "" };
	struct office o;
	uint64_t index = 0;
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	rc = check_codes(&o, a, &e);
	if (rc == 0 && (rc = check_maps(&o, a->pos[0], a->pos[1], &e)) == 0)
		rc = record(&o, a, &index, &e);
	office_close(&o);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "old", a->pos[0]);
		json_put_str(&b, "new", a->pos[1]);
		json_put_str(&b, "from", opt_get(a, "from"));
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else if (strcmp(a->pos[0], a->pos[1]) == 0) {
		(void)buf_printf(&b, "%s keeps its code, record %llu\n", a->pos[0], (unsigned long long)index);
	} else {
		(void)buf_printf(&b, "%s is %s from %s, record %llu\n", a->pos[0], a->pos[1], opt_get(a, "from"), (unsigned long long)index);
	}
	return out_put(a, &b);
}
