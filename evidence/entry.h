#ifndef EVIDENCE_ENTRY_H
#define EVIDENCE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "evidence/sigtext.h"

/* The entry header and what it commits to (docs/format.md 4). */

#define ENTRY_HEADER_MAX 4096
#define ENTRY_PAYLOAD_MAX 65536
#define ENTRY_PERSONAL_MAX 16384
#define ENTRY_ATTS_MAX 16
#define ENTRY_SALT_LEN 16
#define ID_MAX 64
#define VERSION_MAX 32
#define KIND_MAX 32
#define PLACE_MAX 12
#define MEDIATYPE_MAX 64

enum entry_clock { CLOCK_RTC, CLOCK_NTP, CLOCK_GNSS, CLOCK_ROUGHTIME, CLOCK_COUNTY, CLOCK_UNSET, CLOCK_COUNT };

/* The media type of a thumbnail: it stands right behind its photo. */
#define ENTRY_THUMB_TYPE "image/vnd.tallystick.thumbnail+jpeg"

struct attachment {
	uint64_t len;
	uint8_t hash[HASH_LEN];
	char mediatype[MEDIATYPE_MAX + 1];
	int personal;
};

struct entry {
	uint8_t device[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	int has_prev;
	uint8_t prev[HASH_LEN];
	int has_log;
	uint8_t log[HASH_LEN];
	char place[PLACE_MAX + 1];
	uint64_t wall;             /* MS */
	enum entry_clock clock;
	uint8_t boot[16];
	uint64_t mono;             /* MS */
	uint64_t anchor_size;      /* 0: none, root and note zero */
	uint8_t anchor_root[HASH_LEN];
	uint8_t anchor_note[HASH_LEN];
	char actor[ID_MAX + 1];
	int has_actor_key;
	uint8_t actor_key[HASH_LEN]; /* KEYHASH */
	int has_form;
	char form[ID_MAX + 1];
	char form_version[VERSION_MAX + 1];
	uint8_t form_hash[HASH_LEN];
	char kind[KIND_MAX + 1];
	int has_supersedes;
	uint8_t supersedes[HASH_LEN];
	int has_event;
	uint8_t event[16];
	uint64_t payload_len;
	uint8_t payload_hash[HASH_LEN];
	uint64_t personal_len;     /* 0: none, hash zero */
	uint8_t personal_hash[HASH_LEN];
	size_t natt;
	struct attachment att[ENTRY_ATTS_MAX];
};

/** entry_clock_name(c) / entry_clock_parse(c, s): between the enum and its word.  The parser gives 0 or -1. */
const char *entry_clock_name(enum entry_clock c);
int entry_clock_parse(enum entry_clock *c, const char *s);

/** entry_print(b, h): append the header's text.  0, or -1 if the buffer failed. */
int entry_print(struct buf *b, const struct entry *h);

/**
 * entry_parse(h, p, n, e):
 * The header's text, strict: printing it again gives the same bytes.  Checks
 * form and limits, and what one header alone can break: prev is "-" exactly at
 * epoch 1 seq 0, epoch-open exactly at seq 0, form and supersedes as the kind
 * needs them (table 4.2; unknown kinds free).  0, or -1 with line and rule.
 */
int entry_parse(struct entry *h, const void *p, size_t n, struct err *e);

/** entry_check(h, e): the same rules on a struct that was built, not parsed.  0 or -1. */
int entry_check(const struct entry *h, struct err *e);

/** entry_hash(out, header, n): ENTRY, the hash of the header's bytes under DSSE. */
void entry_hash(uint8_t out[HASH_LEN], const void *header, size_t n);

/** entry_follows(h, prev, prev_hash, e): does ${h} continue the chain after ${prev} (same device, epoch, next seq, prev hash, anchor size not falling, log kept once set)?  0 or -1 with the rule. */
int entry_follows(const struct entry *h, const struct entry *prev, const uint8_t prev_hash[HASH_LEN], struct err *e);

/** entry_payload_ok(h, p, n, e): length, hash and strict JSON (docs/format.md 4.3) of the payload.  0 or -1. */
int entry_payload_ok(const struct entry *h, const void *p, size_t n, struct err *e);

/** entry_personal_hash(out, salt, json, n): the commitment of docs/format.md 4.3 (also of salted texts in records). */
void entry_personal_hash(uint8_t out[HASH_LEN], const uint8_t salt[ENTRY_SALT_LEN], const void *json, size_t n);

/** entry_personal_ok(h, salt, json, n, e): length, commitment and strict JSON of the personal part.  0 or -1. */
int entry_personal_ok(const struct entry *h, const uint8_t salt[ENTRY_SALT_LEN], const void *json, size_t n, struct err *e);

/** place_inside(inner, outer): 1 when the digits of ${outer} begin ${inner}, else 0 (also for an empty ${outer}). */
int place_inside(const char *inner, const char *outer);

/* The facts of an epoch-open entry and the endorsement of a new key (docs/format.md 4.2). */
struct epoch_open {
	uint8_t key[KEY_LEN];
	char place[PLACE_MAX + 1]; /* epoch 1 only */
	char reason[KIND_MAX + 1]; /* later epochs only */
	int has_former;
	uint8_t former[SIG_LEN];
};

/** epoch_open_print(b, o, epoch): append the payload's JSON.  0 or -1. */
int epoch_open_print(struct buf *b, const struct epoch_open *o, uint32_t epoch);

/** epoch_open_parse(o, p, n, epoch, e): strict; the key must pass key_ok().  0, or -1; then o->key is zero if the payload names none. */
int epoch_open_parse(struct epoch_open *o, const void *p, size_t n, uint32_t epoch, struct err *e);

/** epoch_endorsement(b, device, epoch, key, prev): append the text that the former key signs (type enrol).  0 or -1. */
int epoch_endorsement(struct buf *b, const uint8_t device[HASH_LEN], uint32_t epoch, const uint8_t key[KEY_LEN], const uint8_t prev[HASH_LEN]);

#endif
