#ifndef FORMS_RUN_H
#define FORMS_RUN_H

#include "forms/engine.h"
#include "forms/eval.h"
#include "forms/logic.h"

/* A run from inside: the tree of answers beside libxml2's tree that expressions see. */

enum node_kind { NODE_LEAF, NODE_GROUP, NODE_RANGE };

struct node {
	const struct form_field *f;
	enum node_kind kind;       /* an instance of a repeat is a group; a range holds the instances */
	struct node *up;
	struct node *next;         /* of the same field */
	xmlNodePtr x;              /* the element; of a range a comment before its instances */
	struct node **child;       /* of a group one for each field of it; of a range the instances */
	size_t nchild;
	char *value;               /* of a leaf, "" when empty; never NULL */
	int own, relevant;         /* by itself; with all above */
	int odd;                   /* the answer given is of another kind */
	unsigned char *offered;    /* by choice, once asked */
	struct choice *choices;    /* of a dynamic select, once asked */
	size_t nchoices;
	int listed;                /* 1: the above stand; -1: the list is not served */
};

struct form_run {
	const struct form *f;
	struct form_env env;
	int fresh;                 /* a new entry */
	int judged;                /* form_check_in(): nothing that came is dropped */
	int dirty;
	struct eval v;
	struct node *root;
	struct node **of;          /* by field: its nodes */
	size_t nnodes;
	xmlDocPtr *list;           /* by list, once looked at */
	int *served;               /* by list: 0 not looked at, 1, -1 from outside and not served */
	char limit[160];           /* which bound was passed where, "" none */
};

/** run_open(f, env, answers, fresh, judged, e): as form_run_open(); the answers may be NULL.  Does not settle. */
struct form_run *run_open(const struct form *f, const struct form_env *env, const cJSON *answers, int fresh, int judged, struct err *e);

/** run_instance(r, range): a new last instance with its default values.  NULL when out of memory or beyond a limit. */
struct node *run_instance(struct form_run *r, struct node *range);

/** run_drop(r, range, i): release the instance ${i}. */
void run_drop(struct form_run *r, struct node *range, size_t i);

/** run_relist(r): the lists of nodes of one field anew, after instances came or went. */
void run_relist(struct form_run *r);

/** run_actions(r, under, new_repeat, only_empty): the first-load or new-repeat actions of fields at or below ${under}, of those without an answer only if ${only_empty}. */
void run_actions(struct form_run *r, struct node *under, int new_repeat, int only_empty);

/** run_defaults(r, under): default values, in fields without an answer, at or below ${under}. */
void run_defaults(struct form_run *r, struct node *under);

/** run_preload(r, under): what a phone fills in by itself (jr:preload), where there is no answer. */
void run_preload(struct form_run *r, struct node *under);

/** run_put(r, n, text): the leaf's value; its element shows it while relevant.  1 when it changed, 0, -1. */
int run_put(struct form_run *r, struct node *n, const char *text);

/** run_show(n): relevance of ${n} and all below, and what the elements show. */
void run_show(struct node *n);

/** run_settle(r): 0, or -1 with r->limit. */
int run_settle(struct form_run *r);

/** run_find(r, path): the node of an address, or NULL. */
struct node *run_find(struct form_run *r, const char *path);

/** run_list(r, n): the choices of a select node and which are offered.  1, 0 when the list is not served, -1 on a limit. */
int run_list(struct form_run *r, struct node *n);

/** run_lists_open(r) / run_lists_close(r): what expressions see of secondary instances. */
int run_lists_open(struct form_run *r);
void run_lists_close(struct form_run *r);

/** run_say_limit(r, n, what): note that a bound was passed at ${n}. */
void run_say_limit(struct form_run *r, const struct node *n, const char *what);

/** run_unjudged(r, x): 1 when ${x} asks for what is not known here (the clock, personal answers, a list that is not served). */
int run_unjudged(struct form_run *r, const struct expr *x);

/** run_unserved(r, x): 1 when ${x} names a list from outside that is not served. */
int run_unserved(struct form_run *r, const struct expr *x);

/** leaf_text(f, v): an answer as text; NULL when it is of another kind or out of memory.  To be freed. */
char *leaf_text(const struct form_field *f, const cJSON *v);

/** leaf_json(f, text): the text as the answer of that field; what does not fit it as a string.  cJSON_Delete(). */
cJSON *leaf_json(const struct form_field *f, const char *text);

/** leaf_convert(f, text): what an expression gave, as the field's type has it ("" where it cannot).  To be freed; NULL if out of memory. */
char *leaf_convert(const struct form_field *f, const char *text);

#endif
