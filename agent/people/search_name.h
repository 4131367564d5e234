#ifndef AGENT_SEARCH_NAME_H
#define AGENT_SEARCH_NAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * Does a name fit what somebody typed?  For agent/search*.c only.  A name is
 * kept as its characters without spaces and middle dots, each with its
 * readings.
 */
#define NAME_CHARS 40      /* what of a name counts */
#define PATTERN_CHARS 96

struct search_name {
	const uint32_t *chars;
	const uint16_t *readings;  /* of each character: how many, then they */
	uint8_t n;
};

/* How well it fits: the smaller the better; several may hold. */
enum {
	FIT_ODD = 4,        /* by a reading that is not the character's first */
	FIT_PARTIAL = 8,    /* the last syllable is not whole */
	FIT_REST = 16,      /* the name goes on */
	FIT_INITIAL = 32,   /* by initials */
	FIT_INSIDE = 64,    /* not from the name's beginning */
	FIT_NOT = 255
};

struct pattern {
	uint32_t c[PATTERN_CHARS];
	size_t n;
};

/** pattern_of(p, text, n): characters as they are compared: lower case, half-width, ü as v, no middle dots, one space between words.  0, or -1 when it is too long or not UTF-8. */
int pattern_of(struct pattern *p, const char *text, size_t n);

/** name_chars(text, out): the same for a name, without any space; how many (at most NAME_CHARS). */
size_t name_chars(const char *text, uint32_t out[NAME_CHARS]);

/** name_readings(chars, n, out, max): fill in ->readings; how many numbers that takes (only ${max} are written). */
size_t name_readings(const uint32_t *chars, size_t n, uint16_t *out, size_t max);

/** name_fit(x, p): how well, or FIT_NOT. */
unsigned name_fit(const struct search_name *x, const struct pattern *p);

#endif
