#ifndef EVIDENCE_RECORD_TABLE_H
#define EVIDENCE_RECORD_TABLE_H

#include <stddef.h>

#include "base/line.h"
#include "evidence/record.h"

/* For evidence/record.c only: each kind's lines and the type of each value (docs/format.md 6). */

#define RECORD_RULE_LINES 12

enum record_type {
	TYPE_WORD = 1,  /* one of ${words} */
	TYPE_INT,
	TYPE_INT_OPT,   /* or "-" */
	TYPE_POSITIVE,
	TYPE_EPOCH,
	TYPE_HASH,
	TYPE_HASH_OPT,  /* or "-" */
	TYPE_KEY,       /* base64 of 32 bytes: keys, roots */
	TYPE_SIG,       /* base64 of 64 bytes */
	TYPE_B64,       /* base64 of anything */
	TYPE_ID,
	TYPE_PLACE,
	TYPE_PLACE_OPT, /* or "-" */
	TYPE_DATE,
	TYPE_MONTH,
	TYPE_FORM,      /* ID VERSION HASH */
	TYPE_COUNT,     /* how often the next line repeats */
	TYPE_REPEATED,  /* a hash, as often as the count before says */
	RECORD_TYPES
};

struct record_rule_line {
	const char *name;
	enum record_type type;
	const char *words; /* of TYPE_WORD: "a|b" */
};

/** One kind, or one variant of it: then the first line is "what" and its one word tells the variants apart. */
struct record_rule {
	enum record_kind kind;
	struct record_rule_line line[RECORD_RULE_LINES]; /* ends at name == NULL */
};

/** record_rule_find(kind, what): the rule of a kind; of kind key that of the variant ${what}.  NULL when there is none. */
const struct record_rule *record_rule_find(enum record_kind kind, struct field what);

/** record_rule_variants(kind): the words that "what" may be ("county|policy|person"), or NULL when the kind has no variants. */
const char *record_rule_variants(enum record_kind kind);

/** record_rule_value(l, v): NULL when the value fits the line, else what is wrong with it ("is not a hash"); static. */
const char *record_rule_value(const struct record_rule_line *l, struct field v);

#endif
