#ifndef EVIDENCE_POLICY_H
#define EVIDENCE_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"

/* C2SP tlog-policy (a draft): which log, which witnesses, which quorum. */

#define POLICY_MAX 131072 /* bytes */
#define POLICY_LOGS_MAX 32
#define POLICY_WITNESSES_MAX 32
#define POLICY_GROUPS_MAX 32

struct policy;

/** policy_parse(p, n, e): a policy (release with policy_free), or NULL with the line and the rule. */
struct policy *policy_parse(const void *p, size_t n, struct err *e);

/** policy_free(p): NULL is allowed. */
void policy_free(struct policy *p);

/** policy_logs(p, n): the log keys, owned by the policy. */
const struct vkey *policy_logs(const struct policy *p, size_t *n);

/** policy_witnesses(p, n): the witness keys, owned by the policy. */
const struct vkey *policy_witnesses(const struct policy *p, size_t *n);

/** policy_quorum_none(p): 1 when the policy asks for no cosignature ("quorum none"). */
int policy_quorum_none(const struct policy *p);

/**
 * policy_judge(p, n, time, e):
 * Does the note (already known to be signed by a log of the policy) carry the
 * quorum's cosignatures?  1 and *${time} (may be NULL) = the earliest time, in
 * POSIX seconds, by which the quorum had cosigned (0 for quorum none); 0 when
 * cosignatures are missing; -1 when a cosignature of a known witness fails.
 */
int policy_judge(const struct policy *p, const struct note *n, uint64_t *time, struct err *e);

#endif
