#ifndef AGENT_RECORDER_H
#define AGENT_RECORDER_H

#include "agent/agent.h"
#include "agent/record/formcache.h"
#include "base/json.h"
#include "forms/form.h"

/** What is to be recorded, before it is an entry. */
struct draft {
	const char *kind;            /* static text */
	char place[PLACE_MAX + 1];
	char actor[ID_MAX + 1];      /* "device" when nobody is named */
	const struct form *form;     /* NULL for kinds without a form */
	int has_supersedes;
	uint8_t supersedes[HASH_LEN];
	int has_event;
	uint8_t event[16];
	struct buf payload, personal;
	int shown;                   /* somebody filled it in: the form's defaults were there to be changed, and are not put in again */
	int late;                    /* somebody said that its day is right and the clock is not: expressions are not told the time */
	char id[64];                 /* "" : none */
	char subject[ID_MAX + 1];
	size_t natt;                 /* photos; an entry gets their thumbnails too (agent/thumb.h) */
	struct attachment att[ENTRY_ATTS_MAX];
};

/** draft_init(d, kind, ag) / draft_free(d): an empty draft of the agent's place; release. */
void draft_init(struct draft *d, const char *kind, const struct agent *ag);
void draft_free(struct draft *d);

struct recorded { uint8_t entry[HASH_LEN]; uint32_t epoch; uint64_t seq; int existed; };

/**
 * recorder_append(ag, d, n, out, e):
 * Make entries of the drafts, chained and signed, and append them in one
 * transaction, all or none, at places that the county lets this device record for.  A draft whose id is in the journal with the same
 * content yields the existing entry.  Durable on 0; 1 refused (same id with
 * other content: both are shown in ${e}; or a place that is not this device's, or not any more); -1 not known to be on disk, retry
 * with the same id.
 */
int recorder_append(struct agent *ag, const struct draft *d, size_t n, struct recorded *out, struct err *e);

/** recorder_form(ag, id, version, e): the newest published form ${id} (or the exact ${version} unless ""), parsed, with its hash; release with formcache_drop().  NULL when it is not known here. */
const struct form *recorder_form(struct agent *ag, const char *id, const char *version, struct err *e);

/** recorder_new_subject(ag, place, out, e): a subject id that no other device gives: PLACE-device4-serial.  Durable on 0; -1. */
int recorder_new_subject(struct agent *ag, const char *place, char out[ID_MAX + 1], struct err *e);

/**
 * recorder_fill(ag, d, f, answers, findings, e):
 * Turn a form's answers into the draft's payload, personal part, subject and
 * attachments (photos must be in the journal already).  What the form
 * calculates is put in, for a new entry also defaults.  A new subject id is
 * made when the form has a subject field and it is empty.  0; 1 when
 * ${findings} lists what is wrong; -1.
 */
int recorder_fill(struct agent *ag, struct draft *d, const struct form *f, cJSON *answers, struct form_findings *findings, struct err *e);

/** recorder_answers(x, e): payload and personal part of a stored entry laid together as answers.  NULL on failure. */
cJSON *recorder_answers(const struct journal_entry *x, struct err *e);

#endif
