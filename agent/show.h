#ifndef AGENT_SHOW_H
#define AGENT_SHOW_H

#include "agent/agent.h"
#include "base/json.h"

/** show_state(ag, x): one of commands.md's states of an entry; static text. */
const char *show_state(struct agent *ag, const struct journal_entry *x);

/** show_when(x, out): the date and time of an entry as its device's clock showed it, or "clock not set" where that clock was never set. */
void show_when(const struct journal_entry *x, char out[32]);

/** show_find(ag, text, x, e): load the entry that ${text} names: its hash, or at least 4 digits of its beginning.  0; 1 when there is none or several; -1. */
int show_find(struct agent *ag, const char *text, struct journal_entry *x, struct err *e);

/** show_json(f, o): one line of compact JSON, then delete ${o}. */
void show_json(FILE *f, cJSON *o);

/** show_recorded(a, d, r, n): what record, correct and withdraw say of ${n} drafts and what became of them. */
struct draft;
struct recorded;
void show_recorded(const struct args *a, const struct draft *d, const struct recorded *r, size_t n);

#endif
