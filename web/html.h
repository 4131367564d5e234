#ifndef WEB_HTML_H
#define WEB_HTML_H

#include "base/buf.h"

/* The shared style stands in every page, and pages served carry its hash in their Content-Security-Policy (a test recomputes it). */
#define HTML_STYLE_HASH "sha256-umlOOYYisMCkIe3dIO669DxYON9abSBkXGRO5L0lNN4="

/** html_style(): the style sheet's text, between <style> and </style>; static. */
const char *html_style(void);

/** html_text(b, s): append ${s} escaped for element content and quoted attributes. */
void html_text(struct buf *b, const char *s);

/** html_begin(b, lang, title) / html_end(b): a whole page's head and tail with the shared style; no script, strict CSP fits. */
void html_begin(struct buf *b, const char *lang, const char *title);
void html_end(struct buf *b);

/** csv_cell(b, s): append one CSV cell (RFC 4180), with a leading apostrophe where a spreadsheet would see a formula (= + - @ tab). */
void csv_cell(struct buf *b, const char *s);

#endif
