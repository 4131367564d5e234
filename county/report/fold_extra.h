#ifndef COUNTY_FOLD_EXTRA_H
#define COUNTY_FOLD_EXTRA_H

#include "county/report/fold_internal.h"

/* What only few subjects have: a plan, links, disputes, a ledger, a person who may stand twice. */

struct decisions;
struct plan;

/** An entry with several corrections, and these. */
struct fold_dispute { uint8_t entry[HASH_LEN]; uint8_t (*rival)[HASH_LEN]; size_t n; };

/** What one entry states of a ledger's numbers (county/report/ledger_question.h). */
struct fold_statement { uint64_t order; uint8_t entry[HASH_LEN]; fold_num *v; uint8_t *said; };

/** A ledger that does not balance or went below nought. */
struct fold_question {
	size_t indicator;
	int below;                 /* 1: below nought on ${day}; 0: what should rest does not */
	int32_t day;
	fold_num balance, rest;
	uint8_t (*entry)[HASH_LEN]; /* those that state what it was made of, in order */
	size_t nentries;
};

struct fold_extra {
	uint64_t planned;          /* subjects: 1, or of a place as many as its plan says */
	fold_num *target;          /* one a target of the form; NULL: none */
	char *linked;              /* other ids that fold into this one, a space between; NULL: none */
	struct fold_dispute *dispute;
	size_t ndisputes;
	struct fold_statement *statement;
	size_t nstatements, statement_room;
	struct fold_question *question;
	size_t nquestions;
	uint64_t number, name;     /* of the person, hashed under a key of this run alone; 0 none */
	uint64_t number_order, name_order;
	uint8_t newest[HASH_LEN];  /* the newest entry that counts */
	uint64_t newest_order;
	uint64_t late;             /* entries that came after their month was closed */
	int doubled;               /* may be the same as another */
};

/** extra_of(s): the subject's, begun here if need be; NULL if out of memory.  extra_free(s): release it. */
struct fold_extra *extra_of(struct fold_subject *s);
void extra_free(struct fold_subject *s);

/** extra_targets(f, p): find which numbers of the form have targets (before slots_make).  0 or -1. */
int extra_targets(struct fold_form *f, const struct plan *p);

/** extra_entry(f, s, own, x, root, order): an entry that counts: under which id it came, and what it says of ledgers.  0 or -1. */
int extra_entry(struct fold_form *f, struct fold_subject *s, const char *own, const struct ledger_entry *x, const cJSON *root, uint64_t order);

/** extra_linked(s, id): 1 when that id folds into the subject, else 0. */
int extra_linked(const struct fold_subject *s, const char *id);

/** extra_dispute(s, hash, t): the entry has several corrections.  0 or -1. */
int extra_dispute(struct fold_subject *s, const uint8_t hash[HASH_LEN], const struct fold_edges *t);

/** extra_late(s): an entry that counts came after its month was closed.  0 or -1. */
int extra_late(struct fold_subject *s);

/** extra_plan(forms, d, from, to): plans become subjects' own: of those due in the period, and of those without a day.  0 or -1. */
int extra_plan(struct fold_forms *forms, const struct decisions *d, int32_t from, int32_t to);

/** ledgers_take(f, s, x, root, order) / ledgers_settle(f): what an entry states of the form's ledgers; find what does not balance.  0 or -1 (county/report/ledger_question.c). */
int ledgers_take(struct fold_form *f, struct fold_subject *s, const struct ledger_entry *x, const cJSON *root, uint64_t order);
int ledgers_settle(struct fold_form *f);

#endif
