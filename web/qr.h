#ifndef WEB_QR_H
#define WEB_QR_H

#include "base/buf.h"

/** qr_terminal(b, text): append a QR code of ${text} as UTF-8 half blocks for a terminal.  0 or -1 (too long). */
int qr_terminal(struct buf *b, const char *text);

/** qr_paper(b, text): the same for a file or a printer: dark modules are drawn, no colours are set, a margin of four.  0 or -1. */
int qr_paper(struct buf *b, const char *text);

/** qr_svg(b, text): append a QR code as an inline SVG.  0 or -1. */
int qr_svg(struct buf *b, const char *text);

#endif
