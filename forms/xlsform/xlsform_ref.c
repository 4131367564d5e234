#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* ${name} in expressions. */

#define PARENS_MAX 64

/* The deepest repeat around both, or NULL. */
static const struct item *
common_repeat(const struct item *a, const struct item *b)
{
	const struct item *p, *q;

	for (p = a->up; p != NULL; p = p->up)
		for (q = b->up; p->kind == ITEM_REPEAT && q != NULL; q = q->up)
			if (p == q)
				return p;
	return NULL;
}

const char *
xls_reference(struct xls *x, const struct item *at, const struct item *target, int current, int absolute)
{
	const struct item *r = absolute ? NULL : common_repeat(at, target);
	struct buf b;
	const char *out;
	unsigned i;

	if (r == NULL)
		return target->path;
	buf_init(&b, 4096);
	(void)buf_puts(&b, current ? "current()/" : "");
	for (i = r->depth; i < at->depth; i++)
		(void)buf_puts(&b, i > r->depth ? "/.." : "..");
	(void)buf_puts(&b, target->path + strlen(r->path));
	out = buf_ok(&b) ? arena_text(&x->b.a, buf_str(&b), b.len) : NULL;
	buf_free(&b);
	if (out == NULL)
		(void)xls_oom(x);
	return out;
}

/* Where an expression is being read. */
struct scan {
	int bracket;                /* inside [ ] */
	unsigned depth;
	struct { int indexed, choice; unsigned arg; } paren[PARENS_MAX];
};

static int
call_of(const char *text, const char *paren, const char *name)
{
	size_t n = strlen(name);

	while (paren > text && paren[-1] == ' ')
		paren--;
	return (size_t)(paren - text) >= n && memcmp(paren - n, name, n) == 0;
}

/* Follow parentheses; in indexed-repeat(field, repeat, index, ...) fields and repeats are absolute. */
static void
follow(struct scan *s, const char *text, const char *p)
{
	if (*p == '[')
		s->bracket++;
	else if (*p == ']' && s->bracket > 0)
		s->bracket--;
	else if (*p == '(' && s->depth < PARENS_MAX) {
		s->paren[s->depth].indexed = call_of(text, p, "indexed-repeat");
		s->paren[s->depth].choice = call_of(text, p, "jr:choice-name");
		s->paren[s->depth++].arg = 0;
	} else if (*p == ')' && s->depth > 0)
		s->depth--;
	else if (*p == ',' && s->depth > 0)
		s->paren[s->depth - 1].arg++;
}

static int
absolute_here(const struct scan *s)
{
	unsigned arg;

	if (s->depth == 0 || !s->paren[s->depth - 1].indexed)
		return 0;
	arg = s->paren[s->depth - 1].arg;
	return arg < 2 || arg % 2 == 1;
}

/* jr:choice-name(${q}, '${q}'): its second argument is the question's path as a text. */
static int
path_as_text(const struct scan *s)
{

	return s->depth > 0 && s->paren[s->depth - 1].choice && s->paren[s->depth - 1].arg == 1;
}

/* Spreadsheets make quotes round; where one opens a text, straight ones are meant.  The bytes of a quote at ${p}, 0 when there is none. */
static size_t
quote_at(const char *p, int *kind, char *out)
{
	static const struct { const char *text; char straight; int kind; } quotes[] = {
		{ "'", '\'', 1 }, { "\"", '"', 2 }, { "‘", '\'', 3 }, { "’", '\'', 3 }, { "“", '"', 4 }, { "”", '"', 4 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		n = strlen(quotes[i].text);
		if (strncmp(p, quotes[i].text, n) == 0) {
			*kind = quotes[i].kind;
			*out = quotes[i].straight;
			return n;
		}
	}
	return 0;
}

/* One "${name}" at ${p}; the bytes it takes, 0 when it was said. */
static size_t
put_reference(struct xls *x, const struct grid *g, unsigned row, int col, const struct item *at, const struct scan *s, const char *p, int current, struct buf *out)
{
	const char *end = strchr(p, '}');
	const char *name = p + 2 + strspn(p + 2, " "), *path;
	const struct item *target;
	size_t n;
	int many;

	for (n = end == NULL || end < name ? 0 : (size_t)(end - name); n > 0 && name[n - 1] == ' '; n--)
		continue;
	if (n == 0) {
		(void)xls_say(x, g, row, col, "${ without a name and }");
		return 0;
	}
	target = xls_find(x, name, n, &many);
	if (many != 1) {
		(void)xls_say(x, g, row, col, many == 0 ? "${%.*s}: there is no question of that name" : "${%.*s}: several questions have that name", (int)n, name);
		return 0;
	}
	if ((path = xls_reference(x, at, target, current || s->bracket > 0, absolute_here(s))) == NULL)
		return 0;
	(void)buf_printf(out, " %s ", path);
	return (size_t)(end - p) + 1;
}

static int
expression(struct xls *x, const struct grid *g, unsigned row, int col, const struct item *at, const char *text, int current, struct buf *out)
{
	struct scan s = { 0, 0, { { 0, 0, 0 } } };
	const char *p = text;
	int quote = 0, kind = 0;
	char c = 0;
	size_t n;

	while (*p != '\0') {
		if ((n = quote_at(p, &kind, &c)) > 0 && (quote == 0 || quote == kind)) {
			quote = quote == 0 ? kind : 0;
			(void)buf_putc(out, (uint8_t)c);
		} else if (p[0] == '$' && p[1] == '{') {
			if (quote != 0 && !path_as_text(&s))
				return xls_say(x, g, row, col, "a ${name} inside quotes is only text: write concat()");
			if ((n = put_reference(x, g, row, col, at, &s, p, current, out)) == 0)
				return -1;
		} else {
			if (quote == 0)
				follow(&s, text, p);
			(void)buf_putc(out, (uint8_t)(*p == '\n' || *p == '\r' || *p == '\t' ? ' ' : *p));
			n = 1;
		}
		p += n;
	}
	return 0;
}

const char *
xls_expression(struct xls *x, const struct grid *g, unsigned row, int col, const struct item *at, const char *text, int current)
{
	const char *out = NULL, *s;
	struct buf b;
	size_t n;

	buf_init(&b, 65536);
	if (expression(x, g, row, col, at, text, current, &b) == 0) {
		if (!buf_ok(&b)) {
			(void)xls_say(x, g, row, col, "the expression is too long");
		} else {
			s = buf_str(&b);
			for (n = b.len; n > 0 && s[n - 1] == ' '; n--)
				continue;
			while (n > 0 && *s == ' ')
				s++, n--;
			if ((out = arena_text(&x->b.a, s, n)) == NULL)
				(void)xls_oom(x);
		}
	}
	buf_free(&b);
	return out;
}
