#ifndef AGENT_SEARCH_H
#define AGENT_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/**
 * Finding a person among thousands, in memory: by name (any part of it, "?"
 * for any one character, a middle dot may be left out), by pinyin ("liumei",
 * "liu mei", "liu2mei2", "lium"), by initials ("lm"), all of these mixed
 * ("刘mei"); every reading of a character counts, a surname's own first; "lv"
 * may be typed lü, lv, lu, lyu.  By the last four of an identity number or a
 * telephone, by village group (characters or pinyin), by a household's or
 * member's id.  Several words all have to fit.
 *
 * It holds no more than it takes to find and show a row.  All of its memory is
 * wiped when it is released.
 */
struct search;

#define SEARCH_QUERY_MAX 256  /* bytes; what is longer finds nothing */
#define SEARCH_PEOPLE_MAX 200000

/** Somebody to be found; texts are copied, "" for what is not known. */
struct search_person {
	const char *household, *member;  /* ids */
	const char *group, *name, *relation, *birth;
	const char *id_number, *phone;   /* only the last four are kept */
};

/** One row of an answer; points into the index. */
struct search_hit {
	const char *household, *member, *group, *name, *relation, *birth;
	const char *id_last4, *phone_last4; /* "" when not known */
	unsigned rank;                   /* 0 fits best */
};

/** search_new(): empty.  NULL if out of memory. */
struct search *search_new(void);

/** search_free(s): wipe and release; NULL is allowed. */
void search_free(struct search *s);

/** search_add(s, p): one person more; those of a household, and those of a group, are best added in a row.  0, or -1 if out of memory. */
int search_add(struct search *s, const struct search_person *p);

/** search_drop(s, household): forget its members (their memory is wiped now, and free for others only after search_free()). */
void search_drop(struct search *s, const char *household);

/** search_count(s): people in it. */
size_t search_count(const struct search *s);

/** search_bytes(s): memory it holds. */
size_t search_bytes(const struct search *s);

/**
 * search_find(s, query, group, from, max, hits, total):
 * The best rows by rank, then group, then in the order they were added.
 * ${query} of spaces alone: everybody; ${group} (NULL: any): only this one.
 * How many rows from ${from} on were put into ${hits} (at most ${max}), -1 if
 * out of memory; *${total}: how many fit in all.
 */
int search_find(struct search *s, const char *query, const char *group, size_t from, size_t max, struct search_hit *hits, size_t *total);

/** search_groups(s, cb, ctx): the groups in order of name with how many people each has. */
void search_groups(const struct search *s, void (*cb)(void *ctx, const char *group, size_t people), void *ctx);

#endif
