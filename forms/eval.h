#ifndef FORMS_EVAL_H
#define FORMS_EVAL_H

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "forms/engine.h"
#include "forms/expr.h"

/* Evaluating compiled expressions: the context, and ODK's idea of values. */

struct eval {
	xmlXPathContextPtr c;
	xmlDocPtr doc;             /* the instance; "/" is its document also in a list's predicate */
	xmlNodePtr base;           /* where the expression stands: current() */
	int64_t now_ms;            /* 0: not known */
	int limit;                 /* a bound was passed: what was asked has no answer */
	int oom;
	/* What only a run knows. */
	xmlNodePtr (*list)(void *ctx, const char *id);                    /* the document of a secondary instance, or NULL */
	const char *(*choice_name)(void *ctx, unsigned field, const char *value);
	void *ctx;
};

/** eval_open(v): make the context; v->doc and the callbacks are set by the caller.  0, or -1 if out of memory. */
int eval_open(struct eval *v);

/** eval_close(v): release the context. */
void eval_close(struct eval *v);

/** eval_reset(v): the steps are counted anew. */
void eval_reset(struct eval *v);

/**
 * eval_text / eval_boolean / eval_number / eval_nodes(v, x, at): the value of ${x}
 * at node ${at}.  text: to be freed, NULL on failure; boolean: 1, 0, -1 on
 * failure; number: 0 or -1; nodes: to be released with xmlXPathFreeObject, NULL on
 * failure or if it is no set of nodes.  Failure is v->limit or v->oom.
 */
char *eval_text(struct eval *v, const struct expr *x, xmlNodePtr at);
int eval_boolean(struct eval *v, const struct expr *x, xmlNodePtr at);
int eval_number(struct eval *v, const struct expr *x, xmlNodePtr at, double *out);
xmlXPathObjectPtr eval_nodes(struct eval *v, const struct expr *x, xmlNodePtr at);

/* Values as ODK has them. */

/** node_text(n, own): the text in a node; *${own} (or NULL) is to be freed after use. */
const char *node_text(xmlNodePtr n, char **own);

/** object_text(o): text of any value: of a set of nodes the first one's, NaN is "".  To be freed; NULL if out of memory. */
char *object_text(xmlXPathObjectPtr o);

/** object_number(v, o): a number; text that is a date or time counts as days since 1970 UTC. */
double object_number(xmlXPathObjectPtr o);

/** object_boolean(o): empty text, no nodes, 0 and NaN are false. */
int object_boolean(xmlXPathObjectPtr o);

/** text_number(s): as object_number() of that text. */
double text_number(const char *s);

/** number_text(d, out): digits as ODK writes them: "" for NaN, no exponent, as few digits as tell it apart. */
#define NUMBER_TEXT_MAX 400
void number_text(double d, char out[NUMBER_TEXT_MAX]);

/* Dates (fn_date.c). */

/** date_ms(s, ms): milliseconds since 1970 UTC of "YYYY-MM-DD[THH:MM[:SS[.fff]][Z|+HH:MM]]" (UTC+8 where it says nothing).  0 or -1. */
int date_ms(const char *s, double *ms);

/** time_ok(s) / datetime_ok(s): 1 when the text is a time of day / a date with time, else 0. */
int time_ok(const char *s);
int datetime_ok(const char *s);

/** date_text(ms, out): "YYYY-MM-DDTHH:MM:SS.fff+08:00". */
void date_text(int64_t ms, char out[40]);

/* Functions. */

/** One call: what an implementation gets. */
struct call {
	struct eval *v;
	xmlXPathParserContextPtr p;
	xmlXPathObjectPtr *arg;
	int n;
};

typedef xmlXPathObjectPtr (*call_impl)(struct call *);

/** call_run(p, n, f): take ${n} arguments off the stack, call ${f}, put its result there. */
void call_run(xmlXPathParserContextPtr p, int n, call_impl f);

/** call_charge(k, steps): count work that libxml2 does not see.  0, or -1 beyond the limit. */
int call_charge(struct call *k, double steps);

/** call_text(k, i): argument ${i} as text, to be freed; NULL when beyond a limit or out of memory. */
char *call_text(struct call *k, int i);

/** call_return(s): a text value of ${s} (taken over; NULL gives NULL). */
xmlXPathObjectPtr call_return(char *s);

struct function {
	const char *name;
	int min, max;              /* arguments; max -1: any number */
	unsigned flags;            /* EXPR_... */
	xmlXPathFunction f;
};

/* The function that libxml2 calls for f_NAME(struct call *). */
#define FUNCTION(id)                                                                                             \
	static xmlXPathObjectPtr f_##id(struct call *);                                                            \
	static void x_##id(xmlXPathParserContextPtr p, int n) { call_run(p, n, f_##id); }

/* Tables, each ended by an entry without name. */
extern const struct function fn_operators[], fn_numbers[], fn_texts[], fn_dates[], fn_nodes[], fn_lists[];

#endif
