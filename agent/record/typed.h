#ifndef AGENT_TYPED_H
#define AGENT_TYPED_H

#include "base/buf.h"
#include "base/json.h"
#include "forms/form.h"

/* Between what a person types into a page's field and what a form keeps: money in yuan, dates and digits as an input method writes them. */

#define TYPED_MAX (FORM_TEXT_MAX + 64)

/**
 * typed_settle(f, text, out):
 * What was typed for the leaf ${f} as form_set() takes it: full-width digits
 * and signs half-width in numbers, dates and positions; "2026/10/8" and
 * "2026年10月8日" as dates of the calendar are written; a choice said by its label
 * as its value; amounts of fen in yuan
 * ("1,234.5" is 1234.5元; an amount with its unit stays).  ${out} holds
 * TYPED_MAX + 1 bytes; what does not fit is cut, and then refused for its length.
 */
void typed_settle(const struct form_field *f, const char *text, char out[TYPED_MAX + 1]);

/** typed_from(f, v, out): append what would have to be typed for the stored answer ${v} of a leaf: fen as yuan with two decimals, choices with spaces.  0 or -1. */
int typed_from(const struct form_field *f, const cJSON *v, struct buf *out);

/**
 * typed_flatten(f, answers, typed, counts):
 * Every answer of a form's answers under its path ("served[0]/place") as it
 * would be typed, into the object ${typed}; how many instances each repeat has
 * into ${counts}.  meta is left out.  0, or -1 if out of memory.
 */
int typed_flatten(const struct form *f, const cJSON *answers, cJSON *typed, cJSON *counts);

/** typed_show(f, v, lang, out): append a leaf's stored answer for people: choices by their labels, money with two decimals and its unit.  0 or -1. */
int typed_show(const struct form_field *f, const cJSON *v, const char *lang, struct buf *out);

/** typed_unit(unit, lang): what people call a unit ("yuan" for fen, "m²" ...); "" for NULL and unknown ones. */
const char *typed_unit(const char *unit, const char *lang);

#endif
