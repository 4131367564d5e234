#ifndef AUDIT_CHECKS_H
#define AUDIT_CHECKS_H

#include "audit/work.h"

/* county.keys, the policy, and files that are named by their hash. */

/** checks_keys(w, h, keys): county.keys of ${h}; what is wrong is found.  0, or -1 when it is missing or not good. */
int checks_keys(struct work *w, struct half *h, struct county_keys *keys);

/** checks_packer(w, keys): whose signature MANIFEST must carry: the county's, or of a copy those of mirror.keys (kept in the audit for its report).  0, or -1 with a finding. */
int checks_packer(struct work *w, struct county_keys *keys);

/** checks_policy(w, h): policy.txt of ${h} is a policy that knows the log; the policy that judges is set if none is yet. */
void checks_policy(struct work *w, struct half *h);

/**
 * checks_own_policy(w, e):
 * The auditor's policy becomes the one that judges.  A policy with a key that
 * no signature can be trusted under is a finding, and nothing is judged by it.
 * 0, or -1 with ${e} if it is no policy.
 */
int checks_own_policy(struct work *w, struct err *e);

/** checks_knows_log(w): 1 when the policy that judges names the log's key, else 0. */
int checks_knows_log(const struct work *w);

/** checks_files(w, h): forms, dictionaries and attachments are what their names say, and all are there that must be. */
void checks_files(struct work *w, struct half *h);

#endif
