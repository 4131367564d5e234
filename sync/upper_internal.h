#ifndef SYNC_UPPER_INTERNAL_H
#define SYNC_UPPER_INTERNAL_H

#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county_internal.h"
#include "sync/frame.h"
#include "sync/upper.h"

/* Between the files of the upper side; nobody else includes this. */

#define UPPER_PEOPLE_MAX 64

/** Leaves since the last signed head, judged one by one, appended together. */
struct group {
	struct upper *u;
	struct tree_edge edge;     /* over the copy's leaves and these */
	uint64_t first;            /* index of the group's first leaf */
	struct county c;           /* the copy, as ingest wants to see a county */
	struct request r;          /* whose entries these are */
	struct answer a;
	struct county_stats stats;
	struct ingest in;
	struct frame_entry **x;    /* entries; items point into them */
	size_t nx, room;
	struct leaf_entry le;      /* of the leaf before, while its entry is awaited */
	int waits;
	uint64_t received;         /* of the group's entries; 0 none yet */
	struct county_keys keys;   /* newest, records of the group included */
	int has_keys;
	uint64_t records;
	struct ledger_person person[UPPER_PEOPLE_MAX]; /* that records of the group made known */
	size_t npeople;
	struct buf *personal;      /* opened parts that items point into */
	size_t npersonal, personal_room;
	struct err *e;             /* why it is refused */
	int failed;                /* the copy failed: nothing was judged */
};

/** group_refused(g, rule) / group_broken(g, what): the county's fault, or the copy's.  Always -1. */
int group_refused(struct group *g, const char *rule);
int group_broken(struct group *g, const char *what);

/** group_keep_form / group_text / group_sealed_text / group_keep_plan / group_keep_attachment(g, it): an item that stands beside the leaves is judged and kept.  0 or -1. */
int group_keep_form(struct group *g, const struct upward_item *it);
int group_text(struct group *g, const struct upward_item *it);
int group_sealed_text(struct group *g, const struct upward_item *it);
int group_keep_plan(struct group *g, const struct upward_item *it);
int group_keep_attachment(struct group *g, const struct upward_item *it);

#define GROUPS_REFUSED 1
#define GROUPS_FORK 2

/** groups_take(u, h, p, n, e): take in the items: whole groups are appended, durably, as they come.  0; GROUPS_REFUSED or GROUPS_FORK (${e} says why; groups before stay); -1 when the copy failed. */
int groups_take(struct upper *u, const struct upward_head *h, const uint8_t *p, size_t n, struct err *e);

/** group_record(g, index, leaf, n): judge a record's leaf: signatures and the rules that do not follow from the ledger's own tables.  0, or -1 with the rule. */
int group_record(struct group *g, uint64_t index, const uint8_t *leaf, size_t n);

#endif
