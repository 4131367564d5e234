#include "web/html.h"

#include <string.h>

/*
 * Classes: num (figures), bar > i, ok/warn/bad (a word with a colour), card, small, wide (a table that may scroll), pick (a form of choices in a line),
 * rows (a table whose rows stand as blocks on a phone); of the agent's page: skip, top (head with where, lang and nav), note (a box: info, good, care,
 * wrong), field (faulty, hint, error), tick, button (a link that looks like one), plain (a button that looks like a link), deeds, pages;
 * plainlist (without marks), why (what the county writes); of its forms: group (a fieldset), acts (buttons at the end), label, sheet > line (a person), photo, timeline, slip, qr.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings" /* C99 asks compilers for 4095; those we build with have no limit */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2321;--dim:#55615c;--line:#cfd8d3;--edge:#7d8a84;--back:#fbfcfb;--card:#fff;--mark:#1b6e53;"
    "--ok:#1b6e53;--warn:#8a5600;--bad:#b3261e;--good-back:#e9f5ef;--care-back:#fdf3dd;--wrong-back:#fdeceb}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebe8;--dim:#a3b0aa;--line:#36403c;--edge:#77847e;--back:#141816;--card:#1c221f;--mark:#6cc7a4;"
    "--ok:#6cc7a4;--warn:#e2b04a;--bad:#ff8a80;--good-back:#16291f;--care-back:#2c2413;--wrong-back:#331a18}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:68rem;padding:1rem;background:var(--back);color:var(--ink);overflow-wrap:break-word;"
    "font:1rem/1.6 system-ui,'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif}\n"
    "h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0 1rem}h2{font-size:1.15rem;margin:1.6rem 0 .6rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}\n"
    "a{color:var(--mark)}nav a,nav b{margin-right:1rem}.small,small{color:var(--dim);font-size:.85rem}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:.6rem 0}ul.card{padding-left:2.2rem}ol.card{padding-left:2.8rem}.card>:last-child{margin-bottom:0}\n"
    ".wide{overflow-x:auto}.wide th,.wide td{white-space:nowrap}table{border-collapse:collapse;width:100%}th,td{padding:.4rem .6rem;border-bottom:1px solid var(--line);"
    "text-align:left;vertical-align:top}th{color:var(--dim);font-weight:600;font-size:.9rem}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
    "code{font-family:ui-monospace,monospace;font-size:.85em;overflow-wrap:anywhere}\n"
    ".ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.ok,.warn,.bad{font-weight:600}\n"
    "label{display:block;margin:.8rem 0 .2rem}input,select,textarea,button{font:inherit;color:inherit;background:var(--card);"
    "border:1px solid var(--edge);border-radius:.4rem;padding:.55rem .7rem;min-height:2.75rem;max-width:100%}\n"
    "input[type=text],input[type=password],input[type=number],input[type=date],input[type=tel],input[type=search],select,textarea{width:100%}\n"
    ".pick{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 1rem}.pick select{flex:1 1 12rem;width:auto}\n"
    "button,.button{background:var(--mark);border-color:var(--mark);color:var(--back);font-weight:600;cursor:pointer}\n"
    ".button{display:inline-block;padding:.55rem 1rem;border-radius:.4rem;text-decoration:none}\n"
    ":focus-visible{outline:3px solid var(--mark);outline-offset:2px}\n"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}\n"
    ".top{display:flex;flex-wrap:wrap;align-items:center;gap:0 1rem;border-bottom:1px solid var(--line);margin-bottom:.8rem}.where{margin:0;flex:1}\n"
    ".top nav{display:flex;flex-wrap:wrap;gap:0 .3rem;width:100%}.top a,.plain,.deeds a,.pages a{display:inline-flex;align-items:center;min-height:2.75rem;padding:0 .5rem;margin:0}\n"
    ".top nav form{margin-left:auto}.top nav>:first-child{margin-left:-.5rem}[aria-current]{font-weight:700;color:var(--ink);box-shadow:inset 0 -3px var(--mark);text-decoration:none}\n"
    ".plain{background:none;border:0;color:var(--mark);text-decoration:underline;font-weight:400}\n"
    ".note{border:1px solid var(--edge);border-left-width:.4rem;border-radius:.4rem;padding:.6rem .8rem;margin:.6rem 0;background:var(--card)}\n"
    ".good{border-color:var(--ok);background:var(--good-back)}.care{border-color:var(--warn);background:var(--care-back)}.wrong{border-color:var(--bad);background:var(--wrong-back)}\n"
    "main form{max-width:36rem}.field{margin:0 0 1rem;border:0;padding:0;min-width:0}.field>label,legend{font-weight:600;margin:0 0 .2rem;padding:0}.hint,.error{margin:0 0 .3rem}.hint{color:var(--dim);font-size:.9rem}\n"
    ".error{color:var(--bad);font-weight:600;margin-top:.3rem}.faulty{border-left:.3rem solid var(--bad);padding-left:.7rem}.faulty input,.faulty select,.faulty textarea{border-color:var(--bad)}\n"
    ".tick,.field>.tick{display:flex;align-items:center;gap:.7rem;min-height:2.75rem;margin:0;font-weight:400}.tick input{width:1.5rem;height:1.5rem;min-height:0;flex:none;margin:0}\n"
    ".group{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;margin:0 0 1rem;min-width:0}.acts{display:flex;flex-wrap:wrap;gap:.7rem;align-items:center;margin:1rem 0}.label{font-weight:600;margin:0}\n"
    ".sheet{padding-left:1.7rem}.line{margin:0 0 .7rem}.photo img{max-width:100%;height:auto;border-radius:.4rem}.qr svg{width:13rem;height:13rem;background:#fff}\n"
    ".timeline{list-style:none;border-left:3px solid var(--line);margin:0;padding:0 0 0 1rem}.timeline li{margin:0 0 1.2rem}.timeline p{margin:.1rem 0}\n"
    "@media(min-width:40rem){.line{display:grid;grid-template-columns:12rem 1fr;gap:0 .7rem;align-items:center}.line .error{grid-column:2}}\n"
    ".plainlist{list-style:none;margin:0;padding:0}.why{border-left:.3rem solid var(--warn);padding-left:.7rem;margin:.5rem 0}\n"
    "footer{margin-top:2rem;border-top:1px solid var(--line)}\n"
    "@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}"
    ".rows thead{display:none}.rows tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}.rows td{display:inline-block;padding:0 .7rem 0 0;border:0}.rows td:first-child{display:block;font-weight:600}.rows td:empty{display:none}.deeds a:first-child{padding-left:0}.top a,.plain{padding:0 .4rem}.top nav{gap:0}}\n"
    "@media print{body{max-width:none;padding:0}nav,form,.top,.skip,footer,main button,.acts{display:none!important}.slip{border:0;padding:0}.slip dl{grid-template-columns:max-content 1fr;gap:.2rem 1rem}.slip .codes{grid-template-columns:1fr}}\n";
#pragma GCC diagnostic pop

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
	(void)buf_puts(b, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
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
