#include "web/html.h"

#include <string.h>

/* Classes: num (figures), bar > i, ok/warn/bad (a word with a colour), card, small, wide (a table that may scroll), pick (a form of choices in a line), rows (a table whose rows stand as blocks on a phone). */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2321;--dim:#5d6a65;--line:#d5dcd8;--back:#fbfcfb;--card:#fff;--mark:#1b6e53;"
    "--ok:#1b6e53;--warn:#9a6200;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebe8;--dim:#9aa8a2;--line:#36403c;--back:#141816;--card:#1c221f;--mark:#6cc7a4;"
    "--ok:#6cc7a4;--warn:#e2b04a;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:68rem;padding:1rem;background:var(--back);color:var(--ink);"
    "font:1rem/1.6 system-ui,'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif}\n"
    "h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0 1rem}h2{font-size:1.15rem;margin:1.6rem 0 .6rem}\n"
    "a{color:var(--mark)}nav a,nav b{margin-right:1rem}.small,small{color:var(--dim);font-size:.85rem}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:.6rem 0}\n"
    ".wide{overflow-x:auto}.wide th,.wide td{white-space:nowrap}table{border-collapse:collapse;width:100%}th,td{padding:.4rem .6rem;border-bottom:1px solid var(--line);"
    "text-align:left;vertical-align:top}th{color:var(--dim);font-weight:600;font-size:.9rem}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
    "code{font-family:ui-monospace,monospace;font-size:.85em;overflow-wrap:anywhere}\n"
    ".ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.ok,.warn,.bad{font-weight:600}\n"
    "label{display:block;margin:.8rem 0 .2rem}input,select,textarea,button{font:inherit;color:inherit;background:var(--card);"
    "border:1px solid var(--line);border-radius:.4rem;padding:.55rem .7rem;max-width:100%}\n"
    "input[type=text],input[type=password],input[type=number],select,textarea{width:100%}\n"
    ".pick{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 1rem}.pick select{flex:1 1 12rem;width:auto}\n"
    "button{background:var(--mark);border-color:var(--mark);color:var(--back);font-weight:600;min-height:2.75rem;cursor:pointer}\n"
    ":focus-visible{outline:3px solid var(--mark);outline-offset:2px}\n"
    "@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}"
    ".rows thead{display:none}.rows tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}.rows td{display:block;padding:0;border:0}.rows td:empty{display:none}}\n"
    "@media print{body{max-width:none;padding:0}nav,form{display:none}}\n";

const char *
html_style(void)
{
	return style;
}

void
html_text(struct buf *b, const char *s)
{
	static const char *const names[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	static const char marks[] = "&<>\"'";
	size_t n;

	for (; *s != '\0'; s += n) {
		n = strcspn(s, marks);
		(void)buf_put(b, s, n);
		if (s[n] != '\0')
			(void)buf_puts(b, names[strchr(marks, s[n++]) - marks]);
	}
}

void
html_begin(struct buf *b, const char *lang, const char *title)
{
	(void)buf_puts(b, "<!DOCTYPE html>\n<html lang=\"");
	html_text(b, strcmp(lang, "zh") == 0 ? "zh-Hans" : lang);
	(void)buf_puts(b, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html_text(b, title);
	(void)buf_printf(b, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

void
html_end(struct buf *b)
{
	(void)buf_puts(b, "</body>\n</html>\n");
}

void
csv_cell(struct buf *b, const char *s)
{
	int formula = *s != '\0' && strchr("=+-@\t\r", *s) != NULL;
	size_t n;

	if (!formula && strpbrk(s, ",\"\r\n") == NULL) {
		(void)buf_puts(b, s);
		return;
	}
	(void)buf_puts(b, formula ? "\"'" : "\"");
	for (; *s != '\0'; s += n) {
		n = strcspn(s, "\"");
		(void)buf_put(b, s, n);
		if (s[n] == '"') {
			(void)buf_puts(b, "\"\"");
			n++;
		}
	}
	(void)buf_putc(b, '"');
}
