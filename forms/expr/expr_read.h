#ifndef FORMS_EXPR_READ_H
#define FORMS_EXPR_READ_H

#include "forms/expr.h"

/* What the parts of expr_compile() share: operators (expr.c), paths and calls (expr_path.c). */

/* Where a path stands while it is read. */
enum place { AT_NOTHING, AT_DOCUMENT, AT_FIELD, AT_WITHIN, AT_LIST };

struct where {
	enum place place;
	const struct form_field *field; /* AT_FIELD: this one; AT_WITHIN: something below it */
	unsigned how;                   /* REF_... */
};

struct reader {
	const struct expr_scope *s;
	const struct form_field *base;
	const char *p;
	struct buf out;
	struct expr *x;
	struct err *e;
	unsigned depth, operators;
	unsigned how;       /* REF_... of paths that stand in arguments of a function */
};

/** read_or(r, w): a whole expression from where ${w} stands.  0 or -1. */
int read_or(struct reader *r, const struct where *w);

/** read_path(r, w): a path, a call, a literal, or what stands in parentheses.  0 or -1. */
int read_path(struct reader *r, const struct where *w);

/** read_refuse(r, fmt, ...): say why, and in which expression.  Always -1. */
int read_refuse(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** read_space(r): move past white space. */
void read_space(struct reader *r);

/** read_accept(r, s): 1 when the next token is ${s}, which is moved past, else 0. */
int read_accept(struct reader *r, const char *s);

/** read_deeper(r): one level more.  0 or -1. */
int read_deeper(struct reader *r);

/** read_name(s): bytes of the name at ${s}, 0 when there is none. */
size_t read_name(const char *s);

/** read_put(r, s): write. */
void read_put(struct reader *r, const char *s);

#endif
