#include "forms/xlsform.h"

#include <stdlib.h>

#include "base/lapse.h"
#include "forms/xlsform/xlsform_in.h"

static int
compile(struct xls *x, const void *p, size_t n, struct buf *xml, struct err *e)
{
	if (book_read(&x->b, p, n, x->faults, e) != 0)
		return -1;
	if (x->faults->errors > 0 && x->b.nsheets == 0)
		return 0;
	if (xls_heads(x) != 0)
		return 0;
	if (xls_settings(x) != 0 || xls_choices(x) != 0 || xls_survey(x) != 0 || xls_indicators(x) != 0 || xls_pulldata(x) != 0 || xls_resolve(x) != 0)
		return -1;
	xls_media(x);
	return x->faults->errors > 0 ? 0 : xls_check(x, xml);
}

int
xlsform_compile(const void *p, size_t n, struct buf *xml, struct xls_faults *out, struct err *e)
{
	return xlsform_compile_with(p, n, NULL, 0, xml, out, e);
}

int
xlsform_compile_with(const void *p, size_t n, const struct form_media *media, size_t nmedia, struct buf *xml, struct xls_faults *out, struct err *e)
{
	struct xls *x = lapsed(calloc(1, sizeof(*x)));
	struct buf made;
	unsigned long lapses = lapse_count();
	int rc;

	if (x == NULL)
		return err_set(e, "out of memory");
	buf_init(&made, FORM_BYTES_MAX);
	x->faults = out;
	x->media = media;
	x->nmedia = nmedia;
	rc = compile(x, p, n, &made, e);
	if (rc != 0 || x->oom || lapse_count() != lapses) /* what memory said is no fault of the form */
		rc = err_set(e, "out of memory");
	else if (out->errors > 0)
		rc = 1;
	else if (buf_put(xml, made.data, made.len) != 0)
		rc = err_set(e, "out of memory");
	buf_free(&made);
	book_free(&x->b);
	free(x);
	return rc;
}
