#ifndef AUDIT_HALF_H
#define AUDIT_HALF_H

#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "evidence/manifest.h"

/* The files of one export (docs/format.md 13): the county's, or a village's half. */

#define HALF_TEXT_MAX (512U << 20) /* one of an epoch's four files */
#define HALF_SUM_MAX (UINT64_C(4) << 30) /* a file of which only the sum is wanted: an attachment */
#define HALF_SMALL_MAX (17U << 20) /* any other file that is read whole: an entry bundle is the longest */

enum role {
	ROLE_NONE, ROLE_MANIFEST, ROLE_POLICY, ROLE_KEYS, ROLE_CHECKPOINT, ROLE_NOTE, ROLE_TILE, ROLE_BUNDLE,
	ROLE_HEADERS, ROLE_SIGS, ROLE_PAYLOADS, ROLE_PERSONALS, ROLE_FORM, ROLE_DICT, ROLE_ATTACHMENT, ROLE_FORK, ROLE_RECEIPT,
	ROLE_PACKER,
	ROLE_SEEN /* a head that the village saw on the way and could not judge */
};

struct file {
	char *path;
	enum role role;
	int plain;         /* can be opened at all */
	int listed;        /* in MANIFEST, with ${want} */
	int summed;        /* ${got} and ${size} are known, or it was told that they cannot be */
	int used;          /* explained by something in the log or an entry */
	uint8_t want[32], got[32];
	uint64_t size;
	/* what the path says */
	uint8_t hash[32];  /* the device, note, form, dictionary, attachment or forked entry */
	uint8_t device[32]; /* of a fork */
	uint32_t epoch;
	uint64_t number;   /* seq of a fork; size of a note; first of a receipt */
	uint64_t count, tree; /* of a receipt */
};

struct half {
	const struct source *src;
	struct findings *findings;
	const char *label;  /* "" or "NAME: ", put before what is said about files */
	int village;
	struct file *file;  /* sorted by path */
	size_t nfiles, cap;
	struct buf manifest; /* its bytes */
	int has_manifest;
	struct manifest m;
	int failed;         /* out of memory */
};

/** half_open(h, src, label, findings, e): list the folder, read MANIFEST, judge the layout.  0, or -1 if it cannot be listed.  Release with half_close() either way. */
int half_open(struct half *h, const struct source *src, const char *label, struct findings *findings, struct err *e);

/** half_close(h): release. */
void half_close(struct half *h);

/** half_find(h, path): the file, or NULL when it is not there. */
struct file *half_find(const struct half *h, const char *path);

/** half_load(h, f, b, max): read a file of at most ${max} bytes into ${b} (emptied first; its own max is larger) and compare its sum.  0, or -1 with a finding. */
int half_load(struct half *h, struct file *f, struct buf *b, uint64_t max);

/** half_sum(h, f): compare the sum of a file of at most HALF_SUM_MAX bytes without keeping it; sets got and size.  0, or -1 with a finding. */
int half_sum(struct half *h, struct file *f);

/** half_finish(h): sum what nobody read. */
void half_finish(struct half *h);

#endif
