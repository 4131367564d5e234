#ifndef AUDIT_NOTES_H
#define AUDIT_NOTES_H

#include "audit/work.h"

/* Checkpoint notes: who signed them, and whether the tree has their roots. */

/** notes_judge(w, p, n, name): the number in w->notes of the note, verified once however often it is met; what is wrong is found as ${name}.  MAP_NONE if the log's key did not sign it as a checkpoint of its own (found), or out of memory. */
uint32_t notes_judge(struct work *w, const void *p, size_t n, const char *name);

/** notes_load(w, h): judge every note in log/checkpoints of ${h}. */
void notes_load(struct work *w, struct half *h);

/** notes_history(w, i, name): is note ${i} one of the tree's history?  1 or 0, with a finding as ${name}. */
int notes_history(struct work *w, uint32_t i, const char *name);

/** notes_by_size(w, n): the numbers of all notes, by size; to be freed.  NULL if out of memory. */
uint32_t *notes_by_size(struct work *w, size_t *n);

/** notes_timeline(w): fill in w->line from the notes that are of the tree's history. */
void notes_timeline(struct work *w);

/** note_at(w, i): by number. */
struct kept *note_at(const struct work *w, uint32_t i);

#endif
