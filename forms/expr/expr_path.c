#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/expr/expr_read.h"
#include "forms/expr/regex.h"


int
read_refuse(struct reader *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return (err_set(r->e, "%s, in: %.200s", text, r->x->text));
}

void
read_space(struct reader *r)
{

	r->p += strspn(r->p, " \t\r\n");
}

/* Is the next token ${s}?  Then move past it. */
int
read_accept(struct reader *r, const char *s)
{

	read_space(r);
	if (strncmp(r->p, s, strlen(s)) != 0)
		return (0);
	r->p += strlen(s);
	return (1);
}

static int
name_start(char c)
{

	return (isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80);
}

size_t
read_name(const char *s)
{
	size_t n = 0;

	if (!name_start(*s))
		return (0);
	while (name_start(s[n]) || isdigit((unsigned char)s[n]) || s[n] == '-' || s[n] == '.')
		n++;
	return (n);
}

void
read_put(struct reader *r, const char *s)
{

	(void)buf_puts(&r->out, s);
}

int
read_deeper(struct reader *r)
{

	return (++r->depth > EXPR_DEPTH_MAX ? read_refuse(r, "nested deeper than %d", EXPR_DEPTH_MAX) : 0);
}

/* ${f} is looked at: what stands in a group with it. */
static int
add_ref(struct reader *r, const struct form_field *f, unsigned how)
{
	struct expr_ref *grown;
	size_t i;

	if (f == &r->s->f->root)
		return (0);
	for (i = 0; i < r->x->nref; i++)
		if (r->x->ref[i].field == f->index && r->x->ref[i].how == how)
			return (0);
	if ((grown = lapsed(realloc(r->x->ref, (r->x->nref + 1) * sizeof(*grown)))) == NULL)
		return (read_refuse(r, "out of memory"));
	r->x->ref = grown;
	r->x->ref[r->x->nref++] = (struct expr_ref){ f->index, how };
	return (0);
}

static const struct form_field *
parent_of(const struct form *f, const struct form_field *x)
{
	char path[FORM_PATH_MAX + 1];
	char *slash;

	if (x == &f->root)
		return (NULL);
	(void)snprintf(path, sizeof(path), "%s", x->path);
	if ((slash = strrchr(path, '/')) == NULL)
		return (&f->root);
	*slash = '\0';
	return (form_field(f, path));
}

/* Whole paths that end at ${w} look at its field. */
static int
end_path(struct reader *r, const struct where *w)
{

	if (w->place == AT_FIELD || w->place == AT_WITHIN)
		return (add_ref(r, w->field, w->how | r->how));
	return (0);
}

static int
read_predicates(struct reader *r, struct where *w)
{

	while (read_accept(r, "[")) {
		read_put(r, "[t-predicate(");
		if (w->place == AT_FIELD && w->field->type == FIELD_REPEAT)
			w->how |= REF_ELSEWHERE;
		if (read_deeper(r) != 0 || read_or(r, w) != 0)
			return (-1);
		r->depth--;
		if (!read_accept(r, "]"))
			return (read_refuse(r, "a [ is not closed"));
		read_put(r, ")]");
	}
	return (0);
}

/* Down to the child ${name} of what ${w} stands at. */
static int
step_down(struct reader *r, struct where *w, const char *name, size_t n)
{
	const struct form *f = r->s->f;
	size_t i;

	if (w->place == AT_LIST || w->place == AT_WITHIN || w->place == AT_NOTHING)
		return (0);
	if (w->place == AT_DOCUMENT) {
		if (strlen(f->root.name) != n || strncmp(f->root.name, name, n) != 0)
			return (read_refuse(r, "/%.*s is no path of the form (they start with /%s/)", (int)n, name, f->root.name));
		*w = (struct where){ AT_FIELD, &f->root, w->how };
		return (0);
	}
	for (i = 0; i < w->field->nchild; i++)
		if (strlen(w->field->child[i].name) == n && strncmp(w->field->child[i].name, name, n) == 0) {
			w->field = &w->field->child[i];
			return (0);
		}
	return (read_refuse(r, "%s%s has no field %.*s", w->field == &f->root ? "/" : "", w->field == &f->root ? f->root.name : w->field->path,
	    (int)n, name));
}

static int
step_up(struct reader *r, struct where *w)
{
	const struct form_field *up;

	if (w->place != AT_FIELD)
		return (0);
	if ((up = parent_of(r->s->f, w->field)) == NULL)
		return (read_refuse(r, ".. leads out of the form"));
	w->field = up;
	return (0);
}

/* One step of a path.  ${first}: only such steps stand before it that lead to one node. */
static int
read_step(struct reader *r, struct where *w, int *first)
{
	size_t n;

	read_space(r);
	if (r->p[0] == '.' && r->p[1] == '.') {
		if (!*first)
			return (read_refuse(r, "'..' is supported at the start of a path only"));
		r->p += 2;
		read_put(r, "..");
		return (step_up(r, w));
	}
	if (r->p[0] == '.') {
		r->p++;
		read_put(r, ".");
		return (0);
	}
	*first = 0;
	if (*r->p == '*') {
		r->p++;
		read_put(r, "*");
		if (w->place == AT_FIELD)
			w->place = AT_WITHIN;
		return (read_predicates(r, w));
	}
	if ((n = read_name(r->p)) == 0)
		return (read_refuse(r, *r->p == '@' ? "attributes (@) are not supported" : "a path breaks off"));
	if (r->p[n] == ':' && r->p[n + 1] == ':')
		return (read_refuse(r, "axes (%.*s::) are not supported", (int)n, r->p));
	if (r->p[n] == ':') {
		r->p += n + 1;
		n = read_name(r->p);
	}
	if (r->p[n] == '(')
		return (read_refuse(r, "%.*s() in a path is not supported", (int)n, r->p));
	if (step_down(r, w, r->p, n) != 0)
		return (-1);
	(void)buf_put(&r->out, r->p, n);
	r->p += n;
	return (read_predicates(r, w));
}

static int
read_steps(struct reader *r, struct where *w, int first)
{

	do {
		if (read_step(r, w, &first) != 0)
			return (-1);
		read_space(r);
		if (r->p[0] == '/' && r->p[1] == '/')
			return (read_refuse(r, "// is not supported"));
		if (*r->p != '/')
			break;
		read_put(r, "/");
		r->p++;
	} while (1);
	return (end_path(r, w));
}

/* A path from the document or from where we stand; absolute ones start at the form also inside a list's predicate. */
static int
read_location(struct reader *r, const struct where *from)
{
	struct where w = *from;

	w.how = 0;
	if (*r->p != '/')
		return (read_steps(r, &w, 1));
	r->p++;
	if (*r->p == '/')
		return (read_refuse(r, "// is not supported"));
	w = (struct where){ AT_DOCUMENT, NULL, 0 };
	read_put(r, "t-root()/");
	return (read_steps(r, &w, 0));
}

/* A literal, copied; *${s} and *${n} are its inside. */
static int
read_literal(struct reader *r, const char **s, size_t *n)
{
	const char *end = strchr(r->p + 1, *r->p);

	if (end == NULL)
		return (read_refuse(r, "a quote is not closed"));
	*s = r->p + 1;
	*n = (size_t)(end - *s);
	(void)buf_put(&r->out, r->p, *n + 2);
	r->p = end + 1;
	return (0);
}

/* The quoted path of jr:choice-name becomes the number of its field. */
static int
choice_path(struct reader *r)
{
	struct reader sub = *r;
	struct where w = { AT_FIELD, r->base, 0 };
	char path[EXPR_BYTES_MAX + 1];
	const char *s;
	size_t n, at = r->out.len;
	int first = 1;

	read_space(r);
	if ((*r->p != '\'' && *r->p != '"') || read_literal(r, &s, &n) != 0)
		return (read_refuse(r, "jr:choice-name: the second argument must be a quoted path"));
	(void)snprintf(path, sizeof(path), "%.*s", (int)n, s);
	r->out.len = at;
	sub.p = path;
	buf_init(&sub.out, EXPR_BYTES_MAX);
	read_space(&sub);
	if (*sub.p == '/') {
		w.place = AT_DOCUMENT;
		first = 0;
		sub.p++;
	}
	for (;; sub.p++) {
		if (read_step(&sub, &w, &first) != 0) {
			buf_free(&sub.out);
			return (-1);
		}
		read_space(&sub);
		if (*sub.p != '/')
			break;
	}
	buf_free(&sub.out);
	r->operators = sub.operators;
	if (*sub.p != '\0' || w.place != AT_FIELD || (w.field->type != FIELD_SELECT && w.field->type != FIELD_SELECT1))
		return (read_refuse(r, "jr:choice-name: %s is no select", path));
	(void)buf_printf(&r->out, "%u", w.field->index);
	return (0);
}

/* What can be judged now of arguments that are literals. */
static int
check_literal(struct reader *r, const char *name, size_t i, const char *arg, size_t n)
{
	char id[128], text[512];
	struct err why = { "" };

	if ((strcmp(name, "instance") == 0 || strcmp(name, "pulldata") == 0) && i == 0) {
		(void)snprintf(id, sizeof(id), "%.*s", (int)n, arg);
		if (r->s->list == NULL || !r->s->list(r->s->ctx, id))
			return (read_refuse(r, "%s: the form has no instance %s", name, id));
	}
	if (strcmp(name, "regex") == 0 && i == 1) {
		if (n >= sizeof(text))
			return (read_refuse(r, "regex: a pattern longer than %zu bytes", sizeof(text) - 1));
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, arg);
		if (regex_check(text, &why) != 0)
			return (read_refuse(r, "%s", why.text));
	}
	return (0);
}

/* One argument; *${lit} when it is a literal and nothing else. */
static int
read_argument(struct reader *r, const struct where *w, const char *name, size_t i)
{
	const char *from, *s;
	size_t n;
	struct reader save;

	if (strcmp(name, "choice-name") == 0 && i == 1)
		return (choice_path(r));
	read_space(r);
	from = r->p;
	if (*from == '\'' || *from == '"') {
		save = *r;
		if (read_literal(&save, &s, &n) != 0)
			return (-1);
		r->out = save.out; /* the buffer may have moved */
		r->out.len -= n + 2;
		read_space(&save);
		if ((*save.p == ',' || *save.p == ')') && check_literal(r, name, i, s, n) != 0)
			return (-1);
	}
	return (read_or(r, w));
}

static unsigned
how_of(const char *name)
{

	if (strcmp(name, "indexed-repeat") == 0)
		return (REF_ELSEWHERE);
	if (strcmp(name, "position") == 0 || strcmp(name, "count") == 0)
		return (REF_STRUCTURE);
	return (0);
}

/* A call; *${w} becomes where the path that may follow it starts. */
static int
read_call(struct reader *r, struct where *w, const struct where *from, size_t len)
{
	char name[64];
	const char *start = r->p;
	unsigned flags = 0, how = r->how;
	size_t n = 0;
	int rc;

	if (strncmp(start, "jr:", 3) == 0 && strncmp(start, "jr:choice-name", len) != 0)
		return (read_refuse(r, "the function %.*s() is not supported", (int)len, start));
	(void)snprintf(name, sizeof(name), "%.*s", (int)(len - (start[2] == ':' ? 3U : 0U)), start + (start[2] == ':' ? 3 : 0));
	r->p += len;
	(void)read_accept(r, "(");
	if (expr_function(name, 0, NULL) < 0 || (strcmp(name, "choice-name") == 0 && start[2] != ':'))
		return (read_refuse(r, "the function %.*s() is unknown", (int)len, start));
	(void)buf_printf(&r->out, "t-%s(", name);
	if (read_deeper(r) != 0)
		return (-1);
	r->how |= how_of(name);
	if (!read_accept(r, ")")) {
		do {
			if (n > 0)
				read_put(r, ",");
			if (read_argument(r, from, name, n++) != 0)
				return (-1);
		} while (read_accept(r, ","));
		if (!read_accept(r, ")"))
			return (read_refuse(r, "%s(: the arguments do not end", name));
	}
	r->how = how;
	r->depth--;
	read_put(r, ")");
	rc = expr_function(name, n, &flags);
	if (rc != 1)
		return (read_refuse(r, "%s() does not take %zu arguments", name, n));
	r->x->flags |= flags;
	w->place = AT_NOTHING;
	if ((flags & EXPR_LIST) != 0)
		w->place = AT_LIST;
	if (strcmp(name, "current") == 0)
		*w = (struct where){ AT_FIELD, r->base, 0 };
	return (0);
}

/* The length of a function's name with its prefix when a call stands here, else 0. */
static size_t
call_length(const char *p)
{
	size_t n = read_name(p), k;

	if (n > 0 && p[n] == ':' && p[n + 1] != ':' && (k = read_name(p + n + 1)) > 0)
		n += 1 + k;
	if (n == 0 || p[n + strspn(p + n, " \t\r\n")] != '(')
		return (0);
	if ((n == 4 && (strncmp(p, "node", 4) == 0 || strncmp(p, "text", 4) == 0)) || (n == 7 && strncmp(p, "comment", 7) == 0))
		return (0);
	return (n);
}

static int
read_number(struct reader *r)
{
	size_t n = strspn(r->p, "0123456789");

	if (r->p[n] == '.')
		n += 1 + strspn(r->p + n + 1, "0123456789");
	if (n > 32)
		return (read_refuse(r, "a number of more than 32 digits"));
	/* libxml2 reads long numbers and fractions less exactly than we do */
	if (n > 15 || memchr(r->p, '.', n) != NULL)
		(void)buf_printf(&r->out, "t-number('%.*s')", (int)n, r->p);
	else
		(void)buf_put(&r->out, r->p, n);
	r->p += n;
	return (0);
}

/* Literals, numbers, parentheses and calls, with what may follow them. */
static int
read_filter(struct reader *r, const struct where *from, size_t call)
{
	struct where w = { AT_NOTHING, NULL, 0 };
	int single = 0;
	const char *s;
	size_t n;

	if (*r->p == '\'' || *r->p == '"') {
		if (read_literal(r, &s, &n) != 0)
			return (-1);
	} else if (isdigit((unsigned char)*r->p) || *r->p == '.') {
		if (read_number(r) != 0)
			return (-1);
	} else if (call > 0) {
		single = strncmp(r->p, "current", call) == 0;
		if (read_call(r, &w, from, call) != 0)
			return (-1);
	} else {
		read_put(r, "(");
		r->p++;
		if (read_deeper(r) != 0 || read_or(r, from) != 0)
			return (-1);
		r->depth--;
		if (!read_accept(r, ")"))
			return (read_refuse(r, "a ( is not closed"));
		read_put(r, ")");
	}
	if (read_predicates(r, &w) != 0)
		return (-1);
	read_space(r);
	if (*r->p != '/')
		return (single ? end_path(r, &w) : 0);
	r->p++;
	read_put(r, "/");
	return (read_steps(r, &w, single));
}

int
read_path(struct reader *r, const struct where *w)
{
	size_t call;

	read_space(r);
	call = call_length(r->p);
	if (*r->p == '$')
		return (read_refuse(r, "variables ($) are not supported"));
	if (call > 0 || *r->p == '(' || *r->p == '\'' || *r->p == '"' || isdigit((unsigned char)*r->p) ||
	    (*r->p == '.' && isdigit((unsigned char)r->p[1])))
		return (read_filter(r, w, call));
	if (*r->p == '/' || *r->p == '.' || *r->p == '*' || *r->p == '@' || name_start(*r->p))
		return (read_location(r, w));
	return (*r->p == '\0' ? read_refuse(r, "the expression breaks off") : read_refuse(r, "unexpected %.8s", r->p));
}
