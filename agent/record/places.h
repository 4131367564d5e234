#ifndef AGENT_PLACES_H
#define AGENT_PLACES_H

#include "agent/agent.h"

#define PLACES_MAX 64 /* of one device; more are not offered for choice */

/** The places that the county lets this device record for, by the records it has sent (enrol, assign); the device's own first.  Before an enrolment: its own. */
struct places {
	char code[PLACES_MAX][PLACE_MAX + 1];
	size_t n;                  /* 0: all that it had has ended; code[0] is its own all the same */
	int given;                 /* the county has said so; else it is not enrolled, and may record as it likes */
	char ended[PLACES_MAX][PLACE_MAX + 1];
	size_t nended;             /* what it had and has no more */
	uint64_t next;             /* records from this index on have not been looked at */
};

/** places_of(ag): owned by ${ag}, current until the next sync; records that came since are taken in.  NULL when the journal cannot be read or memory is short. */
const struct places *places_of(struct agent *ag);

/** places_has(p, code): 1 when it is one of them, exactly. */
int places_has(const struct places *p, const char *code);

/** places_inside(p, code): 1 when it is one of them or inside one. */
int places_inside(const struct places *p, const char *code);

/**
 * places_may(ag, code, e):
 * May something be recorded there?  0, also where the county has never said
 * anything: it may have by now, and what nobody may record there is parked, not
 * lost.  1 no, said in ${e}: the county has taken that place from this device; -1.
 */
int places_may(struct agent *ag, const char *code, struct err *e);

/** places_for(ag, subject, last, out): where something is recorded unless somebody says otherwise: ${last} (of the subject's last entry; may be ""), else the place with which its id begins, else the first; always one of the places or inside one. */
void places_for(struct agent *ag, const char *subject, const char *last, char out[PLACE_MAX + 1]);

#endif
