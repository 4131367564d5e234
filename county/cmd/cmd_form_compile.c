#include <string.h>

#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/cmd/out.h"
#include "crypto/hash.h"
#include "forms/media.h"
#include "forms/xlsform.h"

/* An XLSForm to an XForm: no county is needed for it. */

static void
told_fault(const struct args *a, struct buf *out, const char *file, const struct xls_fault *f)
{
	if (a->json) {
		json_begin(out);
		json_put_str(out, "level", f->warning ? "warning" : "error");
		json_put_str(out, "sheet", f->sheet);
		json_put_str(out, "cell", f->cell);
		json_put_str(out, "column", f->column);
		json_put_str(out, "text", f->text);
		json_end(out);
		return;
	}
	(void)fprintf(a->io->err, "%s: %s%s%s%s%s%s%s%s%s\n", file, f->sheet, f->sheet[0] != '\0' && f->cell[0] != '\0' ? " " : "", f->cell,
	    f->column[0] != '\0' ? " (" : "", f->column, f->column[0] != '\0' ? ")" : "", f->sheet[0] != '\0' || f->cell[0] != '\0' ? ": " : "",
	    f->warning ? "warning: " : "", f->text);
}

static void
told_form(const struct args *a, struct buf *out, const struct buf *xml, const char *to)
{
	struct form *f = form_parse(xml->data, xml->len, NULL);

	if (f != NULL && a->json) {
		json_begin(out);
		json_put_str(out, "form", f->id);
		json_put_str(out, "version", f->version);
		json_put_str(out, "file", to);
		json_end(out);
	} else if (f != NULL) {
		(void)buf_printf(out, "%s %s %s\n", f->id, f->version, to);
	}
	form_free(f);
}

/* The files beside the form: names and hashes; their rows are looked at already here.  0; 1 refused; -1. */
static int
read_media(const struct args *a, struct form_media m[FORM_MEDIA_MAX], size_t *n, struct err *e)
{
	const char *path, *name;
	cJSON *rows = NULL;
	struct buf b;
	int rc = 0;

	for (*n = 0; rc == 0 && *n < opt_count(a, "media"); ++*n) {
		if (*n == FORM_MEDIA_MAX)
			return err_set(e, "--media: at most %d files", FORM_MEDIA_MAX) + 2;
		path = opt_nth(a, "media", *n);
		name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
		if (!media_name_ok(name))
			return err_set(e, "--media %s: the name must be of A-Z a-z 0-9 . _ - and end in .csv or .xml", path) + 2;
		buf_init(&b, FORM_MEDIA_BYTES_MAX);
		if ((rc = opt_read(a, path, &b, e)) == 0) {
			(void)strcpy(m[*n].name, name);
			sha256(m[*n].hash, b.data, b.len);
			rc = (rows = media_rows(name, b.data, b.len, e)) == NULL;
			cJSON_Delete(rows);
		}
		buf_free(&b);
	}
	return rc;
}

/* 0 compiled, 1 refused, -1. */
static int
compile(const struct args *a, const char *from, struct buf *xml, struct buf *out, struct err *e)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct form_media media[FORM_MEDIA_MAX];
	struct buf file;
	size_t i, nmedia;
	int rc = read_media(a, media, &nmedia, e);

	if (rc != 0)
		return rc;
	rc = -1;

	buf_init(&file, XLSFORM_BYTES_MAX);
	if (opt_read(a, from, &file, e) == 0 && (rc = xlsform_compile_with(file.data, file.len, media, nmedia, xml, &faults, e)) < 0)
		(void)err_add(e, "%s", from);
	for (i = 0; i < faults.n && rc >= 0; i++)
		told_fault(a, out, from, &faults.f[i]);
	if (rc == 1)
		(void)err_set(e, "%s: not compiled: %zu %s", from, faults.errors, faults.errors == 1 ? "fault" : "faults");
	xls_faults_free(&faults);
	buf_free(&file);
	return rc;
}

/* Make the file where the caller wants it.  0 or -1. */
static int
deliver(const struct args *a, const struct buf *xml, const char *to, struct err *e)
{
	char path[4096];

	if (opt_path(a, to, path, sizeof(path)) != 0)
		return err_set(e, "%.64s...: path too long", to);
	return file_write(path, xml->data, xml->len, 0644, e);
}

int
cmd_form_compile(const struct args *a)
{
	const char *to = opt_get(a, "o");
	struct err e = { "" };
	struct buf xml, out;
	int rc, put;

	if (to == NULL) {
		(void)err_set(&e, "form compile: where to write it (-o FILE.xml) is missing");
		return opt_fail(&e);
	}
	buf_init(&xml, FORM_BYTES_MAX);
	buf_init(&out, OUT_MAX);
	if ((rc = compile(a, a->pos[0], &xml, &out, &e)) == 0 && (rc = deliver(a, &xml, to, &e)) == 0)
		told_form(a, &out, &xml, to);
	put = out_put(a, &out);
	buf_free(&xml);
	rc = rc == 0 ? EXIT_YES : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	return put > rc ? put : rc;
}
