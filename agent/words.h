#ifndef AGENT_WORDS_H
#define AGENT_WORDS_H

#include "agent/agent.h"
#include "forms/form.h"

/** What people call things, in both languages: forms by their titles, stages by their labels, kinds and states by words of our own. */
struct words;

/** words_open(ag): by the newest version of each form this device holds, read when it is first asked for (with agent_lock() held).  NULL if out of memory. */
struct words *words_open(struct agent *ag);

/** words_close(w): NULL is allowed. */
void words_close(struct words *w);

/** words_what(w, x, lang): the programme of an entry, or what kind of entry it is; owned by ${w} or static. */
const char *words_what(const struct words *w, const struct journal_entry *x, enum form_lang lang);

/** words_form(w, id, lang): a form's title; ${id} itself when it is not known here. */
const char *words_form(const struct words *w, const char *id, enum form_lang lang);

/** words_stage(w, x, lang): the label of the stage that an entry states; "" when it states none. */
const char *words_stage(const struct words *w, const struct journal_entry *x, enum form_lang lang);

/** words_state(state, lang): one of commands.md's states of an entry. */
const char *words_state(const char *state, enum form_lang lang);

/** words_is_state(key): 1 when ${key} is one of them. */
int words_is_state(const char *key);

#endif
