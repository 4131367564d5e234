#include "web/qr.h"

#include <qrencode.h>

#include "web/html.h"

#define QR_QUIET 2 /* modules of margin; readers want four, screens have a frame of their own */
#define QR_QUIET_PAPER 4

static QRcode *
encode(const char *text)
{
	return QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
}

/* 1 when the module at x, y is dark; outside the code nothing is. */
static int
dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width && (q->data[y * q->width + x] & 1) != 0;
}

int
qr_terminal(struct buf *b, const char *text)
{
	/* light modules are drawn, so that it reads on a dark terminal; the colours are set for a light one */
	static const char *const block[2][2] = { { "\xe2\x96\x88", "\xe2\x96\x80" }, { "\xe2\x96\x84", " " } };
	QRcode *q = encode(text);
	int x, y;

	if (q == NULL)
		return -1;
	for (y = -QR_QUIET; y < q->width + QR_QUIET; y += 2) {
		(void)buf_puts(b, "\x1b[97;40m");
		for (x = -QR_QUIET; x < q->width + QR_QUIET; x++)
			(void)buf_puts(b, block[dark(q, x, y)][dark(q, x, y + 1)]);
		(void)buf_puts(b, "\x1b[0m\n");
	}
	QRcode_free(q);
	return buf_ok(b) ? 0 : -1;
}

int
qr_paper(struct buf *b, const char *text)
{
	static const char *const block[2][2] = { { " ", "\xe2\x96\x84" }, { "\xe2\x96\x80", "\xe2\x96\x88" } };
	QRcode *q = encode(text);
	int x, y;

	if (q == NULL)
		return -1;
	for (y = -QR_QUIET_PAPER; y < q->width + QR_QUIET_PAPER; y += 2) {
		for (x = -QR_QUIET_PAPER; x < q->width + QR_QUIET_PAPER; x++)
			(void)buf_puts(b, block[dark(q, x, y)][dark(q, x, y + 1)]);
		(void)buf_putc(b, '\n');
	}
	QRcode_free(q);
	return buf_ok(b) ? 0 : -1;
}

int
qr_svg(struct buf *b, const char *text)
{
	QRcode *q = encode(text);
	int x, y, w;

	if (q == NULL)
		return -1;
	w = q->width + 8;
	(void)buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"240\" height=\"240\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"QR: ", w, w);
	html_text(b, text);
	(void)buf_printf(b, "\"><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"", w, w);
	for (y = 0; y < q->width; y++)
		for (x = 0; x < q->width; x++)
			if (dark(q, x, y))
				(void)buf_printf(b, "M%d %dh1v1h-1z", x + 4, y + 4);
	(void)buf_puts(b, "\"/></svg>");
	QRcode_free(q);
	return buf_ok(b) ? 0 : -1;
}
