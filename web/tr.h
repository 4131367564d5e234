#ifndef WEB_TR_H
#define WEB_TR_H

#include <stddef.h>

/**
 * Texts of pages.  The English text stands in the source and is the key; the
 * Chinese one stands in web/po/zh*.po, compiled into a sorted table.  A test
 * (tests/e2e/texts.py) fails when a text in the sources has no Chinese, or a
 * Chinese text belongs to none.  Texts are worded without plurals; what is put
 * in stands as {1} to {9}.
 */

/** tr(lang, text): ${text} in "zh" or "en"; ${text} itself when there is no translation.  ${text} is a literal in the call, or marked with N_(). */
const char *tr(const char *lang, const char *text);

/* Marks a text in a table for translation; tr() it where it is shown. */
#define N_(text) text

struct tr_text { const char *en, *zh; };

/* Made from web/po by web/po/table.awk; sorted by ->en. */
extern const struct tr_text tr_zh[];
extern const size_t tr_zh_n;

#endif
