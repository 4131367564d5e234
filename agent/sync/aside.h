#ifndef AGENT_ASIDE_H
#define AGENT_ASIDE_H

#include "agent/agent.h"

/** Photos that could not be sent for a reason of their own: kept by name in the journal, shown, tried again alone and behind all others. */

#define ASIDE_MAX 64
#define ASIDE_FIRST_MS (INT64_C(3600) * 1000)      /* until one is tried again: doubled with each time */
#define ASIDE_LAST_MS (INT64_C(24) * 3600 * 1000)

enum aside_reason { ASIDE_REFUSED = 1, ASIDE_DAMAGED, ASIDE_LOCKED, ASIDE_LOST };

/** aside_put(ag, hash, why): set it aside, or say why now.  When ASIDE_MAX are there, the oldest makes room. */
void aside_put(struct agent *ag, const uint8_t hash[HASH_LEN], enum aside_reason why);

/** aside_clear(ag, hash): it went after all. */
void aside_clear(struct agent *ag, const uint8_t hash[HASH_LEN]);

/** aside_each(ag, cb, ctx): those there are, oldest first; goes on while cb gives 0.  How many, or -1. */
int aside_each(struct agent *ag, int (*cb)(void *ctx, const uint8_t hash[HASH_LEN], enum aside_reason why), void *ctx);

/** aside_why(ag, hash): why this one is set aside; 0 when it is not. */
enum aside_reason aside_why(struct agent *ag, const uint8_t hash[HASH_LEN]);

/** aside_code(why) / aside_words(why, lang): for machines, for people ("zh" or "en").  Static. */
const char *aside_code(enum aside_reason why);
const char *aside_words(enum aside_reason why, const char *lang);

#endif
