#ifndef AGENT_HOUSEHOLD_H
#define AGENT_HOUSEHOLD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/entry.h"

/**
 * A household and its members, as the roster keeps them: ids that say nothing,
 * everything else personal.  Memory that held it is wiped when it is released.
 */
#define HOUSEHOLD_MEMBERS_MAX 64
#define HOUSEHOLD_GROUP_MAX 96   /* bytes of a village group's name */
#define MEMBER_ITEM_MAX 192      /* bytes of any one item */

/* What is known of a member.  Named alike in a CSV file's head, in forms' personal groups and on pages (member_items). */
enum member_item {
	MEMBER_NAME, MEMBER_RELATION, MEMBER_SEX, MEMBER_BIRTH, MEMBER_ID_NUMBER, MEMBER_PHONE, MEMBER_BANK_ACCOUNT, MEMBER_TARGET_GROUPS,
	MEMBER_ITEMS
};

struct member_item_name {
	const char *name;          /* "id_number": column of a CSV file, field of a form */
	const char *label;         /* English, for tr() */
	const char *other;         /* further names of the column, '|' between them */
};
extern const struct member_item_name member_items[MEMBER_ITEMS];

/* The target groups a household's member may be in; value as in the forms, English label for tr(). */
struct target_group { const char *value, *label, *other; };
extern const struct target_group target_groups[];  /* ends with a NULL value */

struct member {
	char id[ID_MAX + 1];       /* HOUSEHOLD-N */
	char *item[MEMBER_ITEMS];  /* owned; NULL when not known */
};

struct household {
	char id[ID_MAX + 1];       /* "" until it is given one */
	char *group;               /* village group; NULL when not known */
	size_t n;
	struct member *m;
	unsigned last;             /* the highest N ever used, so that no id is used twice */
};

/** household_init(h) / household_free(h): an empty one; wipe and release (NULL is allowed). */
void household_init(struct household *h);
void household_free(struct household *h);

/** household_copy(to, from): ${to} is initialised.  0, or -1 if out of memory. */
int household_copy(struct household *to, const struct household *from);

/** household_set_group(h, text): "" and NULL take it away.  0, or -1 if out of memory. */
int household_set_group(struct household *h, const char *text);

/** member_set(m, item, text): already in its settled form (member_settle()); "" and NULL take it away.  0, or -1 if out of memory. */
int member_set(struct member *m, enum member_item item, const char *text);

/** member_get(m, item): never NULL. */
const char *member_get(const struct member *m, enum member_item item);

/** household_add(h): one member more, without items, with its id when the household has one.  NULL when there are HOUSEHOLD_MEMBERS_MAX or no memory. */
struct member *household_add(struct household *h);

/** household_take(h, i): take member ${i} out. */
void household_take(struct household *h, size_t i);

/** household_name(h, id): give the household its id, and its members theirs.  0, or -1 when the id is too long. */
int household_name(struct household *h, const char *id);

/** household_head(h): the member whose relation says so, else the first; NULL when there is none. */
const struct member *household_head(const struct household *h);

/** member_is_head(m): 1 when the relation is the head's ("户主", "本人", "head"), else 0. */
int member_is_head(const struct member *m);

/**
 * member_settle(item, text, out):
 * What a person typed or a spreadsheet wrote, as it is kept: spaces at the
 * ends and a leading apostrophe gone, full-width digits and letters half-width
 * in numbers, sex as "m" or "f", target groups by their values.  ${out} holds
 * MEMBER_ITEM_MAX + 1 bytes.  NULL, or the rule that is broken (static
 * English, for tr()); ${out} then is not to be used.
 */
const char *member_settle(enum member_item item, const char *text, char *out);

/** household_settle_group(text, out): the same for a village group's name; ${out} holds HOUSEHOLD_GROUP_MAX + 1 bytes. */
const char *household_settle_group(const char *text, char *out);

/** household_id_rule(id): NULL when ${id} may be a household's id: 1 to 48 of A-Z a-z 0-9 . _ -, no identity number and no telephone number in it; else the rule. */
const char *household_id_rule(const char *id);

/** household_text(h, n): as it is stored, ${n} bytes; the caller wipes and frees it.  NULL if out of memory. */
char *household_text(const struct household *h, size_t *n);

/** household_parse(h, id, text, n): read that back into an empty ${h}.  0, or -1 when it is damaged (then ${h} is empty). */
int household_parse(struct household *h, const char *id, const char *text, size_t n);

#endif
