#include "forms/expr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/expr/expr_read.h"

/* The word of an operator ("and", "div"): a whole name. */
static int
accept_word(struct reader *r, const char *word)
{

	read_space(r);
	if (read_name(r->p) != strlen(word) || strncmp(r->p, word, strlen(word)) != 0)
		return (0);
	r->p += strlen(word);
	return (1);
}

/* Put ${s} before what was written since ${at}. */
static int
wrap(struct reader *r, size_t at, const char *s)
{
	size_t n = strlen(s), old = r->out.len;

	if (++r->operators > EXPR_OPERATORS_MAX)
		return (read_refuse(r, "more than %d operators", EXPR_OPERATORS_MAX));
	if (buf_puts(&r->out, s) != 0)
		return (read_refuse(r, "too long"));
	memmove(r->out.data + at + n, r->out.data + at, old - at);
	memcpy(r->out.data + at, s, n);
	return (0);
}

static int
read_unary(struct reader *r, const struct where *w)
{
	int minus = 0;

	while (read_accept(r, "-")) {
		read_put(r, "t-minus(");
		minus++;
		if (read_deeper(r) != 0)
			return (-1);
	}
	if (read_path(r, w) != 0)
		return (-1);
	for (; minus > 0; minus--) {
		read_put(r, ")");
		r->depth--;
	}
	read_space(r);
	return (*r->p == '|' ? read_refuse(r, "the operator | is not supported") : 0);
}

/* Operators of one level, each a function of two arguments; longer ones stand first. */
struct level {
	const char *token, *function;
};

static const struct level products[] = { { "*", "t-times(" }, { "div", "t-div(" }, { "mod", "t-mod(" }, { NULL, NULL } };
static const struct level sums[] = { { "+", "t-plus(" }, { "-", "t-less(" }, { NULL, NULL } };
static const struct level orders[] = { { "<=", "t-le(" }, { ">=", "t-ge(" }, { "<", "t-lt(" }, { ">", "t-gt(" }, { NULL, NULL } };
static const struct level equals[] = { { "!=", "t-ne(" }, { "=", "t-eq(" }, { NULL, NULL } };

static const struct level *
operator_of(struct reader *r, const struct level *l)
{

	for (; l->token != NULL; l++)
		if (isalpha((unsigned char)l->token[0]) ? accept_word(r, l->token) : read_accept(r, l->token))
			return (l);
	return (NULL);
}

static int
read_level(struct reader *r, const struct where *w, const struct level *l, int (*below)(struct reader *, const struct where *))
{
	size_t at = r->out.len;
	unsigned depth = r->depth;
	const struct level *op;

	if (below(r, w) != 0)
		return (-1);
	while ((op = operator_of(r, l)) != NULL) {
		if (read_deeper(r) != 0 || wrap(r, at, op->function) != 0)
			return (-1);
		read_put(r, ",");
		if (below(r, w) != 0)
			return (-1);
		read_put(r, ")");
	}
	r->depth = depth;
	return (0);
}

static int
read_product(struct reader *r, const struct where *w)
{

	return (read_level(r, w, products, read_unary));
}

/* Sums are long in real forms (a field after the other): terms become arguments of one call. */
static int
read_sum(struct reader *r, const struct where *w)
{
	size_t at = r->out.len;
	const struct level *op;
	int any = 0;

	if (read_product(r, w) != 0)
		return (-1);
	while ((op = operator_of(r, sums)) != NULL) {
		if (any++ == 0 && wrap(r, at, "t-plus(") != 0)
			return (-1);
		if (++r->operators > EXPR_OPERATORS_MAX)
			return (read_refuse(r, "more than %d operators", EXPR_OPERATORS_MAX));
		read_put(r, op->token[0] == '-' ? ",t-minus(" : ",");
		if (read_product(r, w) != 0)
			return (-1);
		if (op->token[0] == '-')
			read_put(r, ")");
	}
	if (any)
		read_put(r, ")");
	return (0);
}

static int
read_order(struct reader *r, const struct where *w)
{

	return (read_level(r, w, orders, read_sum));
}

static int
read_equal(struct reader *r, const struct where *w)
{

	return (read_level(r, w, equals, read_order));
}

/* "and", "or" stay as they are, so that what decides alone ends the work. */
static int
read_logic(struct reader *r, const struct where *w, const char *word, int (*below)(struct reader *, const struct where *))
{
	size_t at = r->out.len;
	int any = 0;

	if (below(r, w) != 0)
		return (-1);
	while (accept_word(r, word)) {
		if (any++ == 0) {
			if (wrap(r, at, "(t-boolean(") != 0)
				return (-1);
			read_put(r, ")");
		}
		if (++r->operators > EXPR_OPERATORS_MAX)
			return (read_refuse(r, "more than %d operators", EXPR_OPERATORS_MAX));
		(void)buf_printf(&r->out, " %s t-boolean(", word);
		if (below(r, w) != 0)
			return (-1);
		read_put(r, ")");
	}
	if (any)
		read_put(r, ")");
	return (0);
}

static int
read_and(struct reader *r, const struct where *w)
{

	return (read_logic(r, w, "and", read_equal));
}

int
read_or(struct reader *r, const struct where *w)
{

	return (read_logic(r, w, "or", read_and));
}

static void
quiet(void *ctx, const xmlError *e)
{

	(void)ctx;
	(void)e;
}

static int
compile(struct reader *r)
{
	xmlXPathContextPtr c = xmlXPathNewContext(NULL);

	if (c == NULL)
		return (read_refuse(r, "out of memory"));
	c->error = (xmlStructuredErrorFunc)quiet;
	r->x->comp = xmlXPathCtxtCompile(c, (const xmlChar *)buf_str(&r->out));
	xmlXPathFreeContext(c);
	return (r->x->comp == NULL ? read_refuse(r, "not an expression") : 0);
}

struct expr *
expr_compile(const struct expr_scope *s, const struct form_field *base, const char *text, struct err *e)
{
	struct reader r = { .s = s, .base = base, .e = e };
	struct where w = { AT_FIELD, base, 0 };
	int ok = 0;

	buf_init(&r.out, 32 * EXPR_BYTES_MAX);
	if ((r.x = lapsed(calloc(1, sizeof(*r.x)))) == NULL || (r.x->text = lapsed(strdup(text))) == NULL) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	r.p = r.x->text;
	if (strlen(text) > EXPR_BYTES_MAX) {
		(void)err_set(e, "an expression of more than %d bytes", EXPR_BYTES_MAX);
		goto out;
	}
	if (read_or(&r, &w) != 0)
		goto out;
	read_space(&r);
	if (*r.p != '\0')
		(void)read_refuse(&r, "unexpected %.8s", r.p);
	else if (!buf_ok(&r.out))
		(void)read_refuse(&r, "too long");
	else
		ok = compile(&r) == 0;
out:
	buf_free(&r.out);
	if (!ok) {
		expr_free(r.x);
		return (NULL);
	}
	return (r.x);
}

void
expr_free(struct expr *x)
{

	if (x == NULL)
		return;
	if (x->comp != NULL)
		xmlXPathFreeCompExpr(x->comp);
	free(x->ref);
	free(x->text);
	free(x);
}
