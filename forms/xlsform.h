#ifndef FORMS_XLSFORM_H
#define FORMS_XLSFORM_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "forms/form.h"

/**
 * From XLSForm to XForm (docs/forms.md, "How an office makes a form"): a
 * workbook (.xlsx) or one CSV file with the sheets survey, choices, settings
 * and indicators.  Faults are data: all of them at once, each with its cell.
 */

#define XLSFORM_BYTES_MAX (32U << 20) /* of the file */
#define XLSFORM_FAULTS_MAX 1000       /* the list stops there */

struct xls_fault {
	int warning;       /* 1: said, but the form is compiled */
	char sheet[64];    /* "" when it is about the whole file */
	char cell[16];     /* "B7"; "7" for a whole row; "" for the whole sheet */
	char column[64];   /* the column's head, or "" */
	char text[360];    /* English sentence: what, and the rule */
};

struct xls_faults {
	size_t n, errors;
	struct xls_fault *f; /* in the order they were found; freed by xls_faults_free */
};

/** xls_faults_free(r): release the list and leave it empty. */
void xls_faults_free(struct xls_faults *r);

/**
 * xlsform_compile(p, n, xml, out, e):
 * Compile the file's ${n} bytes (.xlsx by its first bytes, else CSV in UTF-8,
 * UTF-16 or GB 18030) and append to ${xml} an XForm that form_parse() accepts;
 * the same bytes give the same bytes.  ${out} starts zeroed.
 * 0: compiled; ${out} may hold warnings.  1: refused, ${out} says why, ${xml}
 * is untouched.  -1: out of memory.
 */
int xlsform_compile(const void *p, size_t n, struct buf *xml, struct xls_faults *out, struct err *e);

/** xlsform_compile_with(p, n, media, nmedia, xml, out, e): the same for a form with files beside it, each named in the form by its SHA-256 (at most FORM_MEDIA_MAX; names as media_name_ok()); one that no question takes is a fault. */
int xlsform_compile_with(const void *p, size_t n, const struct form_media *media, size_t nmedia, struct buf *xml, struct xls_faults *out, struct err *e);

#endif
