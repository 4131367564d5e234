#ifndef FORMS_SHEET_XLSX_H
#define FORMS_SHEET_XLSX_H

#include <stdint.h>

#include "forms/sheet.h"

/* What the parts of the .xlsx reader share. */

#define XLSX_STRINGS_MAX 1000000U
#define XLSX_STYLES_MAX 65536U

struct xlsx {
	struct book *b;
	struct zip_file *z;
	const char **string;     /* shared strings */
	size_t nstrings, string_room;
	uint8_t *style;          /* enum cell_kind by style */
	size_t nstyles, style_room;
	int since1904;
	int oom;
};

/** xlsx_sheet(x, s, xml, e): the cells of a worksheet's XML into ${s}.  0, or -1 with the rule (also x->oom). */
int xlsx_sheet(struct xlsx *x, struct sheet *s, const struct buf *xml, struct err *e);

/** xlsx_strings(x, xml, e) / xlsx_styles(x, xml, e): the shared strings; which styles show dates.  0 or -1. */
int xlsx_strings(struct xlsx *x, const struct buf *xml, struct err *e);
int xlsx_styles(struct xlsx *x, const struct buf *xml, struct err *e);

#endif
