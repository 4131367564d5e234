#ifndef COUNTY_DOUBLE_H
#define COUNTY_DOUBLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "county/report/fold_internal.h"

/**
 * Subjects that may be one: two of one form about persons with the same identity number, or
 * in one village with the same name (said by their entries or by the plan).
 * They are flagged and never merged: subject link does that, subject unlink
 * says that they are two.  Names and numbers are hashed under a key that lives
 * for one fold only; nothing of them is kept, printed or logged.
 */
struct decisions;

enum double_why { DOUBLE_NUMBER, DOUBLE_NAME };

struct double_group {
	const struct fold_form *form;
	enum double_why why;
	const struct fold_subject **subject; /* by id; two or more */
	size_t n;
};

struct persons {
	uint8_t key[HASH_LEN];
	int has_key;
	struct double_group *group;
	size_t n, room;
};

/** double_person(f): 1 when the form's first personal group with a name asks for an identity number too: then it is about that person, not about a keeper or contact.  Else 0. */
int double_person(const struct form *f);

/** persons_take(p, f, s, x, place, order): an entry that counts names a person, or none, or several (then it says nothing).  0 or -1. */
int persons_take(struct persons *p, const struct fold_form *f, struct fold_subject *s, const struct ledger_entry *x, const char *place,
    uint64_t order);

/** persons_settle(p, forms, d): find the groups; their subjects are marked.  0 or -1. */
int persons_settle(struct persons *p, const struct fold_forms *forms, const struct decisions *d);

/** persons_free(p): release; harmless on a zeroed one. */
void persons_free(struct persons *p);

/** fold_doubles(f, n): the groups of a fold that was asked for them, owned by it. */
const struct double_group *fold_doubles(const struct fold *f, size_t *n);

/** double_why(w, lang): "same name in one village" and so on, for people; double_word(w): for programs. */
const char *double_why(enum double_why w, int lang);
const char *double_word(enum double_why w);

/** doubles_json(f, b): an object a group.  doubles_table(f, l, b): for people.  doubles_html(f, lang, b): a list for a page.  No name, no number. */
void doubles_json(const struct fold *f, struct buf *b);
void doubles_table(const struct fold *f, struct ledger *l, struct buf *b);
void doubles_html(const struct fold *f, const char *lang, struct buf *b);

#endif
