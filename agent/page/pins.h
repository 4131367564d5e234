#ifndef AGENT_PAGE_PINS_H
#define AGENT_PAGE_PINS_H

#include "agent/page/page.h"
#include "agent/people/users.h"

/** What the pages about cadres share: fields for a person and for a new PIN, and the words for what users.h answers. */

#define PINS_WORDS 600     /* bytes of pins_words() */

/** A person and a new PIN as typed, and what is wrong with each; errors are translated, NULL when there is none. */
struct pins_new {
	const char *id, *name, *pin;
	const char *id_error, *name_error, *pin_error, *again_error;
};

/** pins_take(c, w): the posted id, name and new PIN, judged; pins_take_new(c, w): the new PIN alone, the rest of ${w} stays.  0, or how many errors were set. */
int pins_take(struct page_call *c, struct pins_new *w);
int pins_take_new(struct page_call *c, struct pins_new *w);

/** pins_put_person / pins_put_new(c, w): their fields with what was typed (never a PIN) and the errors; w's NULLs are empty. */
void pins_put_person(struct page_call *c, const struct pins_new *w);
void pins_put_new(struct page_call *c, const struct pins_new *w);

/** pins_put_own(c, error): the field for the PIN of who is signed in ("own"). */
void pins_put_own(struct page_call *c, const char *error);

/** pins_words(c, a, wait_ms, e, out): what an answer of users.h but USERS_OK means, translated; in ${out} or static. */
const char *pins_words(const struct page_call *c, enum users_answer a, int64_t wait_ms, const struct err *e, char out[PINS_WORDS]);

#endif
