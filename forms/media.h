#ifndef FORMS_MEDIA_H
#define FORMS_MEDIA_H

#include "forms/form.h"

/**
 * Files beside a form: CSV with a head, or XML of rows.  A form that was made
 * for them names each by its file name and SHA-256, so that whoever holds the
 * form's hash holds theirs.
 */

#define MEDIA_ROSTER "roster"  /* the one list of the program's own whose labels are personal */

/** media_source(src, name): the file name of "jr://file/", "jr://file-csv/" or "jr://instance/" ("places.csv", "last"), of at most FORM_MEDIA_NAME_MAX bytes.  0, or -1 for any other source. */
int media_source(const char *src, char name[FORM_MEDIA_NAME_MAX + 1]);

/** media_name_ok(name): 1 for a plain name of A-Z a-z 0-9 . _ - that ends in .csv or .xml, else 0. */
int media_name_ok(const char *name);

/** media_find(f, src): the file beside the form that this source means, or NULL. */
const struct form_media *media_find(const struct form *f, const char *src);

/** media_named(f, name): the same by file name. */
const struct form_media *media_named(const struct form *f, const char *name);

/** media_of(f, i): the source of the form's list from outside number ${i} ("jr://file-csv/places.csv"), NULL when there are no more. */
const char *media_of(const struct form *f, size_t i);

/** media_own(name): 1 when the program serves a list of that name itself ("places", "roster", "subjects", "subjects-FORM", "last", "last-FORM", with .csv or .xml behind it or not), else 0. */
int media_own(const char *name);

/**
 * media_rows(name, p, n, e):
 * The rows of a file by its bytes (UTF-8): an array of flat objects of texts,
 * for form_env.rows; heads that can be no element's name are refused, and so
 * are more than FORM_ROWS_MAX rows.  cJSON_Delete(); NULL naming row and rule.
 */
cJSON *media_rows(const char *name, const void *p, size_t n, struct err *e);

/** media_csv(rows, out): append such rows as CSV, columns in the order they first appear; "name" and "label" stand in it even without rows.  0 or -1. */
int media_csv(const cJSON *rows, struct buf *out);

/** media_xml(rows, out): append them as <root><item>...</item></root>.  0 or -1. */
int media_xml(const cJSON *rows, struct buf *out);

#endif
