#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "audit/findings.h"
#include "audit/source.h"
#include "base/buf.h"
#include "base/err.h"
#include "evidence/note.h"
#include "evidence/proof.h"

/* One verification: everything of docs/format.md 14, from an export's files and what the auditor brought. */

struct audit_village {
	struct source src;
	const char *name; /* how to call it in findings */
};

struct audit_options {
	struct source src;            /* the county's export, or a village's half alone */
	const struct audit_village *village; /* halves to be laid beside it */
	size_t nvillages;
	const void *policy;           /* the auditor's own policy, or NULL */
	size_t policy_len;
	int policy_inside;            /* ... which was found inside the export: it proves nothing */
	const void *since;            /* a checkpoint note that the auditor kept, or NULL */
	size_t since_len;
	const uint8_t (*inventory)[32]; /* the DEVICEs that should be there, sorted, or NULL */
	size_t ninventory;
	const uint8_t *root;          /* SHA-256 of the county's root key as the auditor knows it, or NULL */
	int has_window;
	uint64_t window;              /* days */
	const uint8_t *watch;         /* look closely at the entry whose hash begins with these bytes, or NULL */
	size_t watch_len;
	void (*progress)(void *arg, uint64_t done, uint64_t of); /* entries; may be NULL */
	void *progress_arg;
};

enum verdict { VERDICT_OK, VERDICT_FINDINGS, VERDICT_UNUSABLE };
enum trust { TRUST_EXPORT_ONLY, TRUST_PINNED, TRUST_WITNESSED };

/** Time bounds of an entry, in ms; who vouches for each. */
struct bounds {
	int has_low, low_witnessed;
	uint64_t low;
	int has_high, high_witnessed;
	uint64_t high;
};

/** The entry that options->watch named. */
struct audit_watched {
	int found;             /* how many entries fit */
	uint8_t hash[32];
	struct buf header, sigs; /* as in the export */
	struct buf payload;
	uint64_t personal_len;
	int has_personal;
	int sig_ok, has_person, person_ok;
	char person_role[16];
	int has_leaf;
	uint64_t index, received;
	int parked, erased, reviewed; /* reviewed: 1 accepted, 2 returned */
	struct bounds bounds;
	struct proof proof;    /* of the leaf, in the tree of the export's checkpoint */
	unsigned receipts;     /* villages' receipts that cover it */
	int bad;
};

/** What came out. */
struct audit {
	enum verdict verdict;
	enum trust trust;
	const char *why;        /* why trust is not more than it is; static */
	uint64_t entries, valid, erased, parked, missing, forked, devices;
	int is_village;         /* it was a village's half alone */
	size_t villages_agree, nvillages;
	int has_log;            /* the log's key is known */
	int has_head;
	struct vkey log;
	uint64_t size;
	uint8_t tree_root[32];
	uint64_t head_time;     /* seconds: when the quorum cosigned the head; 0: it did not */
	uint8_t root_hash[32], service_hash[32]; /* KEYHASHes of county.keys */
	char county[256];
	uint64_t made;
	char packer[NOTE_NAME_MAX]; /* origin of the server above that packed this copy; "": the county did itself */
	uint8_t packer_hash[32];    /* KEYHASH of that server's root key */
	struct findings findings;
	struct audit_watched watched;
};

/**
 * audit_run(o, a, e):
 * Verify.  May be called any number of times in one process; nothing is
 * written anywhere.  0 with ${a} filled in (release with audit_free), or -1
 * if it could not be done at all (out of memory, a folder that cannot be
 * listed), with ${a} empty.  crypto_init() has been called.
 */
int audit_run(const struct audit_options *o, struct audit *a, struct err *e);

/** audit_free(a): release and leave empty. */
void audit_free(struct audit *a);

#endif
