#ifndef AGENT_NOTE_H
#define AGENT_NOTE_H

#include "agent/agent.h"

/**
 * What reviewers at the county wrote to an entry (docs/format.md 10.6): fetched
 * after the record of the review, kept sealed in the journal.
 */

#define NOTE_TEXT_MAX 8192

/** note_due(ag, cb, ctx): the log index of every review of an entry of ours whose note is not here yet, oldest first; cb returns 0 to go on.  What cb returned, 0, or -1. */
int note_due(struct agent *ag, int (*cb)(void *ctx, uint64_t index), void *ctx);

/** note_take(ag, index, p, n, e): open and keep the note of the review at ${index} as it came.  Durable on 0; 1: it is not the one that the record names, or for another key; -1. */
int note_take(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e);

/** note_keep(ag, index, p, n, e): the same of salt16 || text that is open already (it came in a sealed bundle).  As note_take. */
int note_keep(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e);

/** note_tidy(text): make a text of the county safe to show in terminals and pages: no control characters but line ends and tabs, no bytes that are no UTF-8. */
void note_tidy(struct buf *text);

/** note_of(ag, entry, text): append the newest note to an entry.  1; 0 when there is none; 2 when it is locked away until a cadre signs in; -1. */
int note_of(struct agent *ag, const uint8_t entry[HASH_LEN], struct buf *text);

#endif
