#ifndef AUDIT_FINDINGS_H
#define AUDIT_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

/* What a verifier finds, by the codes of docs/format.md 14; in the order of that section. */

#define FINDINGS_MAX 1000000 /* kept; more are only counted */

enum code {
	BAD_EXPORT, BAD_KEY, BAD_CHECKPOINT, BAD_COSIGNATURE, INCONSISTENT_LOG, BAD_INCLUSION, BAD_RECORD, SUCCESSION,
	BAD_SIGNATURE, BAD_PERSON_SIGNATURE, BAD_CHAIN, BAD_ANCHOR, BAD_PAYLOAD, BAD_PERSONAL, BAD_ATTACHMENT,
	MISSING_ATTACHMENT, BAD_FORM, BAD_DICTIONARY, BAD_ERASURE, GAP, FORK, NOT_IN_LOG, UNEXPLAINED_LEAF, UNKNOWN_DEVICE,
	UNLISTED_DEVICE, REVOKED_DEVICE, WRONG_PLACE, BAD_RECEIPT, CLOCK_OUTSIDE_BOUNDS, UNANCHORED_WINDOW, CODES
};

/** code_name(c) / code_meaning(c): "bad-export"; one plain sentence.  Static. */
const char *code_name(enum code c);
const char *code_meaning(enum code c);

/** What a finding is about: nothing, a device, one of its epochs, or one entry. */
struct place {
	const uint8_t *device; /* 32 bytes, or NULL */
	unsigned depth;        /* 1: the device; 2: and the epoch; 3: and seq */
	uint32_t epoch;
	uint64_t seq;
	const char *code;      /* where the entry says it was made, or NULL */
};

struct finding {
	enum code code;
	unsigned depth; /* as in struct place; 0: none */
	uint8_t device[32];
	uint32_t epoch;
	uint64_t seq;
	char place[16]; /* code, or empty */
	char *detail; /* well-formed UTF-8 without control characters */
};

struct findings {
	struct finding *f;
	size_t n, cap;
	uint64_t total; /* also those beyond FINDINGS_MAX */
};

/** findings_add(l, code, at, fmt, ...): one more; ${at} may be NULL.  A list that cannot grow still counts in total. */
void findings_add(struct findings *l, enum code code, const struct place *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** findings_sort(l): by code, device, epoch and seq; what was found twice stays once. */
void findings_sort(struct findings *l);

/** findings_count(l, c): how many have the code ${c}. */
size_t findings_count(const struct findings *l, enum code c);

/** findings_free(l): release and leave empty. */
void findings_free(struct findings *l);

#endif
