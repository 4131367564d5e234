#include <string.h>

#include "base/file.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/report/posting.h"

/* posting create */

struct made {
	struct buf list;
	size_t rows;
	uint64_t size, index;
	uint8_t salt[ENTRY_SALT_LEN], commit[HASH_LEN];
};

static int
read_wanted(const struct args *a, struct err *e)
{
	const char *form = opt_get(a, "form"), *place = opt_get(a, "place");
	const struct field f = { place, place ? strlen(place) : 0 }, id = { form, form ? strlen(form) : 0 };

	if (form == NULL || place == NULL || opt_get(a, "o") == NULL)
		return err_set(e, "posting create: --form F, --place CODE and -o FILE are needed");
	if (!field_id(id, ID_MAX))
		return err_set(e, "--form %.64s: is no form's id", form);
	return field_place(f) ? 0 : err_set(e, "--place %.64s: is not a place code (2, 4, 6, 9 or 12 digits)", place);
}

static int
is_page(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0);
}

/* 0, 1 refused, -1. */
static int
make(struct office *o, const struct args *a, struct made *m, struct err *e)
{
	const struct fold_params p = { .form = opt_get(a, "form"), .at = UINT64_MAX };
	struct fold *f = fold_run(o->c.l, &p, e);
	int rc = -1;

	if (f != NULL) {
		m->size = fold_size(f);
		rc = posting_make(f, o->c.l, p.form, opt_get(a, "place"), is_page(opt_get(a, "o")), &m->list, &m->rows, e);
	}
	fold_free(f);
	return rc;
}

/* The file first: a list that was recorded must be there to be posted. */
static int
record(struct office *o, const struct args *a, struct made *m, struct err *e)
{
	struct signer *officer = office_officer(o, opt_get(a, "as"), e);
	char path[OFFICE_PATH_MAX];
	struct buf b;
	int rc = -1;

	random_bytes(m->salt, sizeof(m->salt));
	entry_personal_hash(m->commit, m->salt, m->list.data, m->list.len);
	if (officer != NULL && opt_path(a, opt_get(a, "o"), path, sizeof(path)) != 0) {
		(void)err_set(e, "%.64s...: path too long", opt_get(a, "o"));
	} else if (officer != NULL && file_write(path, m->list.data, m->list.len, 0644, e) == 0 &&
	    ledger_salted(o->c.l, m->commit, m->salt, m->list.data, m->list.len, e) == 0) {
		office_begin(o, &b, RECORD_POSTING);
		(void)buf_printf(&b, "form %s\nplace %s\nsize %llu\nlist ", opt_get(a, "form"), opt_get(a, "place"), (unsigned long long)m->size);
		(void)buf_hex(&b, m->commit, HASH_LEN);
		(void)buf_putc(&b, '\n');
		rc = office_append(o, &b, officer, &m->index, e);
	}
	signer_free(officer);
	return rc;
}

static int
told(const struct args *a, const struct made *m)
{
	uint8_t hash[HASH_LEN];
	struct buf b;

	sha256(hash, m->list.data, m->list.len);
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "form", opt_get(a, "form"));
		json_put_str(&b, "place", opt_get(a, "place"));
		json_put_u64(&b, "rows", m->rows);
		json_put_u64(&b, "size", m->size);
		json_put_hex(&b, "sha256", hash, HASH_LEN);
		json_put_hex(&b, "salt", m->salt, ENTRY_SALT_LEN);
		json_put_hex(&b, "list", m->commit, HASH_LEN);
		json_put_u64(&b, "index", m->index);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s: %zu rows, record %llu, SHA-256 ", opt_get(a, "o"), m->rows, (unsigned long long)m->index);
		(void)buf_hex(&b, hash, HASH_LEN);
		(void)buf_putc(&b, '\n');
	}
	return out_put(a, &b);
}

int
cmd_posting_create(const struct args *a)
{
	struct made m = { .rows = 0 };
	struct err e = { "" };
	struct office o;
	int rc;

	if (read_wanted(a, &e) != 0 || office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&m.list, OUT_MAX);
	if ((rc = make(&o, a, &m, &e)) == 0)
		rc = record(&o, a, &m, &e);
	office_close(&o);
	rc = rc == 0 ? told(a, &m) : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	buf_free(&m.list);
	return rc;
}
