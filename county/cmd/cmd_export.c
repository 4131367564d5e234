#include "county/cmd/commands.h"
#include "county/export.h"
#include "county/cmd/out.h"

static int
told(const struct args *a, const char *dir, const struct export_done *d)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "dir", dir);
		json_put_u64(&b, "size", d->size);
		json_put_u64(&b, "entries", d->entries);
		json_put_u64(&b, "forks", d->forks);
		json_put_u64(&b, "attachments", d->attachments);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s: log of %llu leaves, %llu entries (%llu beside the main branch), %llu attachments\n", dir,
		    (unsigned long long)d->size, (unsigned long long)d->entries, (unsigned long long)d->forks, (unsigned long long)d->attachments);
	}
	return out_put(a, &b);
}

int
cmd_export(const struct args *a)
{
	const char *audit = opt_get(a, "audit"), *const later[] = { "since", "entries", "form" };
	char dir[OFFICE_PATH_MAX];
	struct export_done done;
	struct office o;
	struct err e = { "" };
	size_t i;
	int rc;

	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (opt_get(a, later[i]) != NULL) {
			(void)err_set(&e, "export --%s: not built yet", later[i]);
			return opt_fail(&e);
		}
	if (audit == NULL || opt_path(a, audit, dir, sizeof(dir)) != 0) {
		(void)err_set(&e, audit ? "--audit: path too long" : "export: --audit DIR is needed");
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if (opt_get(a, "of") != NULL) /* personal parts are mostly not here: only those who ask get them */
		rc = audit_export_of(&o, opt_get(a, "of"), dir, opt_get(a, "with-personal") != NULL, &done, &e);
	else
		rc = audit_export(&o, dir, opt_get(a, "without-personal") == NULL, &done, &e);
	rc = rc == 0 ? told(a, dir, &done) : opt_fail(&e);
	office_close(&o);
	return rc;
}
