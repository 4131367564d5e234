#ifndef FORMS_PARSE_H
#define FORMS_PARSE_H

#include "forms/form.h"
#include "forms/xml.h"

/* What the parts of form_parse() share. */

struct itext {
	struct itext_entry {
		int lang; /* FORM_ZH, FORM_EN, ITEXT_OTHER */
		char *id;
		char *text;
	} *entry; /* sorted by lang and id */
	size_t n;
};

#define ITEXT_OTHER 2
#define ITEXT_MAX 32768 /* texts of all languages */

struct parse {
	struct form *f;
	struct err *e;
	const xmlNode *head, *model, *body;
	char *root;        /* the instance's root: paths start with "/ROOT/" */
	struct itext it;
	size_t fields, choices;
};

/** itext_read(p): the model's translations into p->it.  0 or -1. */
int itext_read(struct parse *p);

/** itext_free(it): release the translations. */
void itext_free(struct itext *it);

/**
 * itext_resolve(p, at, ref, out):
 * The two languages of a reference "jr:itext('ID')"; where one is missing the
 * other stands in.  0, or -1 if the reference is of another kind or names
 * nothing (said with the line of ${at}).
 */
int itext_resolve(struct parse *p, const xmlNode *at, const char *ref, char *out[2]);

/**
 * itext_label(p, n, name, out):
 * The child element ${name} ("label", "hint") of ${n} in both languages;
 * leaves ${out} alone when there is none.  0 or -1.
 */
int itext_label(struct parse *p, const xmlNode *n, const char *name, char *out[2]);

/** parse_nodeset(p, at, ref, what): the field an absolute path names, or NULL with the refusal said. */
struct form_field *parse_nodeset(struct parse *p, const xmlNode *at, const char *ref, const char *what);

/** parse_instance(p): the primary instance: id, version and the tree of fields.  0 or -1. */
int parse_instance(struct parse *p);

/** parse_binds(p): types, rules and tally attributes of the binds.  0 or -1. */
int parse_binds(struct parse *p);

/** parse_body(p): controls: labels, hints, choices, repeats.  0 or -1. */
int parse_body(struct parse *p);

/** parse_indicators(p): the tally:indicator elements of the head.  0 or -1. */
int parse_indicators(struct parse *p);

/** parse_media(p): the tally:media elements of the head, and that the roster's names go nowhere public.  0 or -1. */
int parse_media(struct parse *p);

/** parse_settle(p): inheritance, defaults, and the rules that need the whole form.  0 or -1. */
int parse_settle(struct parse *p);

/** parse_in_repeat(f, path): 1 when a repeat stands on the way to the field ${path}, else 0. */
int parse_in_repeat(const struct form *f, const char *path);

/** parse_logic_begin(p): after the instance: numbers of fields, secondary instances.  0 or -1. */
int parse_logic_begin(struct parse *p);

/** parse_lists(p): the secondary instances.  0 or -1. */
int parse_lists(struct parse *p);

/** parse_itemset(p, n, f): the itemset ${n} of the select ${f}: its choices, or that only a run knows them.  0 or -1. */
int parse_itemset(struct parse *p, const xmlNode *n, struct form_field *f);

/** parse_setvalue(p, n): one action.  0 or -1. */
int parse_setvalue(struct parse *p, const xmlNode *n);

/** parse_logic_end(p): after everything: compile all expressions and order them.  0 or -1. */
int parse_logic_end(struct parse *p);

/** choice_value_ok(s): 1 when ${s} can be a choice's value, else 0. */
int choice_value_ok(const char *s);

/** choice_index(c, n, out): the order of values that form_choice() searches, for long lists (else *${out} is NULL); to be freed.  0, or -1 if out of memory. */
int choice_index(struct choice *c, size_t n, unsigned **out);

/** parse_oom(p): say that memory is out.  Always -1. */
int parse_oom(struct parse *p);

#endif
