#ifndef AUDIT_WORK_H
#define AUDIT_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "audit/half.h"
#include "audit/logtree.h"
#include "audit/map.h"
#include "evidence/entry.h"
#include "evidence/keys.h"
#include "evidence/policy.h"
#include "evidence/record.h"

/* What one verification knows, shared by the modules of audit/. */

#define DAY_MS UINT64_C(86400000)
#define NEVER UINT64_MAX

/** A note that the log's key signed: the county's kept ones, a village's, the auditor's. */
struct kept {
	uint8_t hash[32];   /* NOTEHASH */
	struct checkpoint c;
	int known;          /* released: stands in the county's folder (or the village's, when it is alone) */
	int judged, in_tree; /* its root is the tree's at that size */
	uint64_t time;      /* ms, when the policy's quorum had cosigned; 0: it did not */
};

/** An entry, by ENTRY: of a leaf, of a file, or named by a record. */
struct known {
	uint8_t hash[32];
	uint32_t device;    /* number in work.devices */
	uint32_t epoch;
	uint64_t seq;
	uint64_t leaf1;     /* index of its first leaf + 1; 0: none */
	uint64_t anchor;    /* size */
	uint32_t log;       /* the log it names: audit_log_number() */
	uint32_t flags;
	uint32_t village;   /* number of the last village whose half had it, from 1 */
};

#define KNOWN_PLACED 1U   /* device, epoch, seq are set */
#define KNOWN_HERE 2U     /* the export that is judged has it */
#define KNOWN_BESIDE 4U   /* ... beside the main branch */
#define KNOWN_BAD 8U      /* something was found about it */
#define KNOWN_ERASED 16U
#define KNOWN_LATE 32U
#define KNOWN_ACCEPTED 64U
#define KNOWN_RETURNED 128U
#define KNOWN_SIG_OK 256U /* the signatures that its leaf holds verify */

struct epoch_key {
	uint32_t epoch;
	int ok;
	uint8_t key[KEY_LEN], hash[HASH_LEN];
};

struct device {
	uint8_t id[32];
	struct enrolment { uint64_t index; uint32_t epoch; int ok; uint8_t key[KEY_LEN]; } *enrolled;
	struct assignment { char place[PLACE_MAX + 1]; uint64_t from, to; } *assigned;
	struct epoch_key *keys;        /* as the epochs opened with them */
	struct hole { uint32_t epoch; uint64_t from, to; } *holes; /* missing entries that no loss explains */
	size_t nenrolled, nassigned, nkeys, nholes;
	uint64_t revoked;              /* index + 1; 0: never */
	uint64_t entries;              /* in the export */
};

/** A person's key, by KEYHASH; what the newest record says. */
struct person {
	uint8_t hash[32];
	uint8_t key[KEY_LEN];
	int ok;
	int active;
	char actor[ID_MAX + 1];
	char role[16];
};

struct form_state {
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[32];
	uint64_t index; /* of its first publication */
};

/** What the log's records say. */
struct state {
	uint64_t count;            /* records that count towards "the first two" */
	int has_keys, has_policy;
	struct county_keys keys;   /* newest */
	struct buf keys_bytes, policy_bytes;
	uint64_t version;
	struct map people, secrets; /* struct person; hashes alone */
	struct map county_keys;    /* the SHA-256 of every county.keys */
	struct form_state *forms;
	size_t nforms, last_form;
	struct dict { uint8_t hash[32]; uint64_t len; } *dicts;
	size_t ndicts;
	struct fork_record { uint64_t index; uint8_t *text; size_t len; } *forks;
	size_t nforks;
	uint8_t (*old_logs)[32];
	size_t nold_logs;
	uint64_t *old_sizes;       /* how many of their leaves are left */
	uint8_t log[32];           /* which log the records belong to that come next; set with the first */
	int has_log;
};

/** An erased entry's attachment that is there; a finding unless another entry keeps it. */
struct left_over {
	struct file *file;
	uint32_t known;
};

struct work {
	const struct audit_options *o;
	struct audit *a;
	struct half county;      /* or the village that is looked at alone */
	int has_keys;
	struct county_keys keys;
	struct vkey *old_vkeys;  /* of logs that this one says it continues; believed with the succession */
	size_t nold_vkeys;
	struct policy *policy;   /* the auditor's, else the export's */
	struct map devices, entries, notes; /* struct device, known, kept */
	struct logtree tree;
	int has_tree;            /* a county's log was read */
	struct state state;
	struct timeline { uint64_t size, time; } *line; /* kept checkpoints by size, with the earliest cosigned time */
	size_t nline;
	uint8_t head_hash[32];
	struct buf pae;          /* scratch */
	struct map forms;        /* hashes of the forms that entries use */
	struct left_over *left;
	size_t nleft;
	uint64_t unreadable;     /* entries whose header cannot be read */
	uint64_t holes;          /* entries missing in gaps */
	uint64_t had;            /* size of the checkpoint that the auditor kept, when it is of this history */
	uint32_t village;        /* number of the village being judged, from 1; 0: the export itself */
	uint32_t *by_device;     /* the entries with a leaf, device by device; made for the first village */
	uint32_t nby_device;
	int oom;
};

/** work_found(w, code, at, k, fmt, ...): a finding; marks entry ${k} (number in entries, or MAP_NONE). */
void work_found(struct work *w, enum code code, const struct place *at, uint32_t k, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** work_device(w, id): the device, made if new; NULL if out of memory.  work_known(w, hash): the number of the entry, made if new, or MAP_NONE. */
struct device *work_device(struct work *w, const uint8_t id[32]);
uint32_t work_known(struct work *w, const uint8_t hash[32]);

/** known_at(w, k) / device_at(w, i): by number. */
/** audit_log_number(w, log): logs by age: 1 the first that this one continues; one more than there are such, this one; 0 another's. */
uint32_t audit_log_number(const struct work *w, const uint8_t log[32]);

struct known *known_at(const struct work *w, uint32_t k);
struct device *device_at(const struct work *w, uint32_t i);

/** array_grow(w, p, n, size): room for item ${n} of an array that doubles; the new array, or NULL (the old one stays; w->oom is set). */
void *array_grow(struct work *w, void *p, size_t n, size_t size);

#endif
