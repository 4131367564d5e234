#ifndef FORMS_EXPR_H
#define FORMS_EXPR_H

#include <libxml/xpath.h>

#include "forms/form.h"

/*
 * One expression of a form, compiled.  The text is first read by us: paths
 * are resolved to fields, functions looked up, and operators rewritten to
 * functions, because ODK compares and adds dates as days, calls an answer of
 * NaN empty, and so on.  What is left (paths, predicates, calls) libxml2
 * evaluates.
 */

#define EXPR_BYTES_MAX 4096
#define EXPR_DEPTH_MAX 40      /* of parentheses, calls, predicates and wrapped operators */
#define EXPR_OPERATORS_MAX 300
#define EXPR_TEXT_MAX 262144   /* bytes of any string while evaluating */

#define EXPR_CLOCK 1U          /* asks for now or today */
#define EXPR_UNSTABLE 2U       /* random: another value each time */
#define EXPR_LIST 4U           /* looks at a secondary instance */

#define REF_ELSEWHERE 1U       /* in another instance of its repeat */
#define REF_STRUCTURE 2U       /* only how many there are, not what they say */

struct expr {
	char *text;                /* as written */
	xmlXPathCompExprPtr comp;
	unsigned flags;
	struct expr_ref {
		unsigned field;        /* form_field.index; a group stands for all in it */
		unsigned how;
	} *ref;
	size_t nref;
};

/** What expr_compile() needs to know of the form around. */
struct expr_scope {
	const struct form *f;
	const struct form_field *const *fields; /* by index */
	int (*list)(void *ctx, const char *id); /* 1 when the form declares that secondary instance */
	void *ctx;
};

/**
 * expr_compile(s, base, text, e):
 * Compile ${text} as it stands on the bind of ${base}.  To be released with
 * expr_free(); NULL naming what is unknown, not supported or too large.
 */
struct expr *expr_compile(const struct expr_scope *s, const struct form_field *base, const char *text, struct err *e);

/** expr_free(x): NULL is allowed. */
void expr_free(struct expr *x);

/** expr_function(name, n, flags): 1 when there is a function ${name} that takes ${n} arguments (then its flags), 0 when it takes others, -1 when there is none. */
int expr_function(const char *name, size_t n, unsigned *flags);

#endif
