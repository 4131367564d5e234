#ifndef AGENT_SEARCH_INTERNAL_H
#define AGENT_SEARCH_INTERNAL_H

#include "agent/people/search.h"
#include "agent/people/search_name.h"

/* The index itself; for agent/search*.c only. */

#define SEARCH_BLOCK 512
#define SEARCH_BLOCKS ((SEARCH_PEOPLE_MAX + SEARCH_BLOCK - 1) / SEARCH_BLOCK)
#define SEARCH_WORDS_MAX 8

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(8) char data[];
};

struct group {
	const char *text;
	struct search_name name;
	size_t people;
	unsigned order;             /* its place by name */
	unsigned fit[SEARCH_WORDS_MAX + 1]; /* of the query under way: the whole, then its words */
};

struct person {
	const char *household, *member, *text, *relation, *birth;
	struct search_name name;
	uint16_t group;
	char id4[5], phone4[5];
	uint8_t dropped;
};

struct search {
	struct chunk *chunk;
	struct person *block[SEARCH_BLOCKS];
	size_t n, dropped, bytes;
	struct group *group;
	size_t ngroups;
	int sorted;                 /* group[].order holds */
	uint64_t *key;              /* what fits: rank, group, place */
	size_t room;
};

/** search_person(s, i): the person in place ${i}. */
struct person *search_person(const struct search *s, size_t i);

/** search_sort_groups(s): ->order of each group holds. */
void search_sort_groups(struct search *s);

#endif
