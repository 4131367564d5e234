#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/entry.h"
#include "evidence/record.h"
#include "evidence/tree.h"

/**
 * The county's ledger: the log (leaves, tree, notes), the entries behind its
 * leaves, and what follows from its records.  This header is the interface;
 * store/ledger/ledger_sqlite.c is the backend for sqlite:PATH (WAL, synchronous=FULL,
 * not EXCLUSIVE: every appender re-reads the head inside its write
 * transaction).  A PostgreSQL backend joins by filling in the same table of
 * functions (store/ledger/ledger_backend.h).
 *
 * One handle a thread; several processes may have the same ledger open.
 */
struct ledger;

/** ledger_create(url, guard_path, e): a new ledger; refuses an existing one.  NULL on failure. */
struct ledger *ledger_create(const char *url, const char *guard_path, struct err *e);

/**
 * ledger_open(url, guard_path, e):
 * Open and migrate forward; check the stored right edge against the newest
 * signed head.  Database ahead of guard and consistent: guard advanced.  Guard
 * ahead of the database, or missing (or ${guard_path} NULL): it opens, but
 * ledger_may_sign() is 0.  GUARD.lock beside the guard is the appenders' lock.
 * NULL on failure.
 */
struct ledger *ledger_open(const char *url, const char *guard_path, struct err *e);

/** ledger_close(l): NULL is allowed. */
void ledger_close(struct ledger *l);

/** ledger_may_sign(l, why): 1, or 0 with the reason (static text or owned by l) in *${why}. */
int ledger_may_sign(struct ledger *l, const char **why);

/* The log's second place (docs/format.md 17) */

#define LEDGER_MIRROR_DIR_MAX 4096

/**
 * ledger_mirror_set(l, dir, key, e):
 * From now on every leaf, entry and head lies also in the folder ${dir}
 * (absolute), synced, before ledger_append returns, whoever appends: it is a
 * property of the store.  A new mirror seals what is personal to the X25519
 * key ${key}; what the mirror lacks is copied first.  NULL: no mirror any
 * more.  Durable on 0; -1 (nothing changed) when it cannot be written, is
 * ahead of the database or another log's.
 */
int ledger_mirror_set(struct ledger *l, const char *dir, const uint8_t key[32], struct err *e);

/** ledger_mirror(l, dir): 1 and its folder (the ledger's; NULL to only ask), or 0. */
int ledger_mirror(struct ledger *l, const char **dir);

struct sealer;
struct county_keys;

/**
 * ledger_mirror_replay(l, dir, open, keys, leaves, e):
 * A ledger restored from an older copy takes from its mirror what it lacks:
 * leaves, entries, forms, personal parts that ${open} opens (NULL: without
 * them), each head verified under the log key of its place (what ${keys} name, or
 * root-signed keys of a record in the mirror) and each root recomputed.  Then
 * the mirror is the ledger's, and a guard is made if there is none.  0 and the
 * number of *${leaves}; -1: what was appended so far stays, and is right.
 */
int ledger_mirror_replay(struct ledger *l, const char *dir, const struct sealer *open, const struct county_keys *keys, uint64_t *leaves, struct err *e);

/* Small durable facts by name. */
int ledger_set(struct ledger *l, const char *key, const void *p, size_t n, struct err *e); /* durable on 0 */
int ledger_get(struct ledger *l, const char *key, struct buf *out);                       /* 1, 0 none, -1 */

/* The log */

/** ledger_head(l, size, root): the tree as last signed.  0 or -1. */
int ledger_head(struct ledger *l, uint64_t *size, uint8_t root[HASH_LEN]);

/** ledger_reader(l): nodes of the tree for proofs (evidence/proof.h); owned by the ledger. */
const struct tree_reader *ledger_reader(struct ledger *l);

/** ledger_leaf(l, index, leaf): append the leaf's bytes.  1, 0 or -1. */
int ledger_leaf(struct ledger *l, uint64_t index, struct buf *leaf);

/** ledger_each_leaf(l, from, to, cb, ctx): leaves [from, to) in order; cb 0 goes on. */
int ledger_each_leaf(struct ledger *l, uint64_t from, uint64_t to, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx);

/** ledger_note(l, size, note): append the newest note of that size (UINT64_MAX: of the newest size).  1, 0 or -1. */
int ledger_note(struct ledger *l, uint64_t size, struct buf *note);

/** ledger_each_note(l, cb, ctx): every note ever released, by size. */
int ledger_each_note(struct ledger *l, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx);

/** ledger_note_add(l, size, note, n, e): keep another note of that size (one that cosignatures were added to); refused when it does not say this log's root.  Durable on 0. */
int ledger_note_add(struct ledger *l, uint64_t size, const void *note, size_t n, struct err *e);

/** ledger_note_by_prefix(l, size, prefix, root, hash): a released note by size and first 4 bytes of its SHA-256 (frames name anchors so).  1, 0 or -1. */
int ledger_note_by_prefix(struct ledger *l, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN]);

/** One thing to append: an entry (leaf fields and what it stands for) or a record (its whole leaf). */
struct ledger_item {
	const void *record;        /* a record's leaf bytes, or NULL for an entry */
	size_t record_len;
	const struct entry *h;     /* an entry: parsed header, verified by the caller */
	const uint8_t *hash;
	const void *header;
	size_t header_len;
	const uint8_t *sig;        /* 64 */
	const uint8_t *person;     /* 64, or NULL */
	const void *payload;
	size_t payload_len;
	const uint8_t *salt;       /* 16, or NULL without personal part */
	const void *personal;
	size_t personal_len;
	const char *subject;       /* or "" */
	const char *late;          /* NULL, or why it is parked at once ("revoked", "wrong-place", "unknown-form") */
};

/** Signs the new head inside the appending transaction: must append the checkpoint note to ${note}.  0 or -1. */
typedef int ledger_signer(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note);

/**
 * ledger_append(l, items, n, received, sign, ctx, first, count, note, e):
 * One transaction: re-read and check the right edge, drop items already there
 * (an entry is logged once; *${first} counts only new leaves), append the
 * leaves side by side at ${received} (raised to the last leaf's if that is
 * later), apply records to the state tables, integrate, re-read the rows
 * written and recompute the root from them, sign (the note must be a
 * checkpoint of that size and root), store the note, COMMIT (synced); then the
 * guard (synced).  Only then it returns.  A record that breaks a rule of its
 * kind (an invitation used twice, an assignment for the past, a device
 * revoked or not enrolled, an entry not in the log) refuses the whole call:
 * ${e} says which.  Appenders of all processes take turns; not to be called
 * from a callback of this handle.
 * 0: durable; *${first} = index of the first new leaf, *${count} new leaves,
 * the note appended to ${note} (also when nothing was new: the newest).
 * -1: nothing is acknowledged; the ledger has reopened from disk.
 */
int ledger_append(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx,
    uint64_t *first, uint64_t *count, struct buf *note, struct err *e);

/**
 * ledger_succeed(l, items, n, received, sign, ctx, e):
 * For a ledger that may not sign because its newest leaves are lost for good:
 * append the records that begin a new log (as ledger_append, in one
 * transaction, signed under the new name), then set the old guard aside as
 * GUARD.before-SIZE, begin a new one, and forget the mirror.  ${n} 0: only the
 * latter, when a cut came between.  0, or -1.
 */
int ledger_succeed(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx, struct err *e);

/** ledger_append_from(...): the same, and which items were new: ${from} (room for n) gets the item of each new leaf, in the order of the log. */
int ledger_append_from(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx,
    uint64_t *first, uint64_t *count, size_t *from, struct err *e);

/** ledger_check(l, cb, ctx): recompute all of it from the leaves: hashes, nodes, root, notes, and every entry row against its leaf (hash of header, signature, payload, personal part).  The number of findings told to ${cb}, or -1. */
int ledger_check(struct ledger *l, void (*cb)(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail), void *ctx);

/* Entries */

struct ledger_entry {
	uint64_t index;
	uint64_t received;
	struct entry h;
	uint8_t hash[HASH_LEN];
	struct buf header, payload, personal; /* personal empty when none or erased */
	uint8_t sig[SIG_LEN];
	int has_person, has_personal, erased;
	uint8_t person[SIG_LEN];
	uint8_t salt[ENTRY_SALT_LEN];
	char subject[ID_MAX + 1];
	char late[16];             /* "" or why it is parked */
	char review[8];            /* "", "accept", "return" */
};

void ledger_entry_init(struct ledger_entry *x); /* empty buffers with their maxima */
void ledger_entry_free(struct ledger_entry *x);

/** ledger_has(l, hash, epoch, seq): is the entry held?  1 (fills in *epoch, *seq unless NULL), 0 or -1. */
int ledger_has(struct ledger *l, const uint8_t hash[HASH_LEN], uint32_t *epoch, uint64_t *seq);

/** ledger_at(l, device, epoch, seq, hash): the entry at a place in a chain, the one logged first.  1, 0 or -1. */
int ledger_at(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN]);

/** ledger_entry_get(l, hash, x): 1, 0 or -1. */
int ledger_entry_get(struct ledger *l, const uint8_t hash[HASH_LEN], struct ledger_entry *x);

/** ledger_entry_by_prefix(l, hex, hash): as journal_by_prefix. */
int ledger_entry_by_prefix(struct ledger *l, const char *hex, uint8_t hash[HASH_LEN]);

/** ledger_each_entry(l, from, to, cb, ctx): entries whose leaf lies in [from, to), in log order. */
int ledger_each_entry(struct ledger *l, uint64_t from, uint64_t to, int (*cb)(void *ctx, const struct ledger_entry *x), void *ctx);

/** ledger_each_of_device(l, device, cb, ctx): a device's entries by epoch, seq, index. */
int ledger_each_of_device(struct ledger *l, const uint8_t device[HASH_LEN], int (*cb)(void *ctx, const struct ledger_entry *x), void *ctx);

/** ledger_leaves_of(l, device, epoch, after_seq, cb, ctx): (index, epoch, seq, received) of a device's leaves of ${epoch} with seq > after_seq (-1: all), by index. */
int ledger_leaves_of(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, int64_t after_seq,
    int (*cb)(void *ctx, uint64_t index, uint32_t epoch, uint64_t seq, uint64_t received), void *ctx);

/* Devices */

struct ledger_device {
	uint8_t device[HASH_LEN];
	uint32_t epoch;            /* newest known */
	uint8_t key[KEY_LEN];      /* of that epoch */
	char place[PLACE_MAX + 1]; /* of the enrolment */
	uint64_t enrolled_index;
	int revoked;
	uint64_t revoked_index;
	uint64_t counter;          /* highest request counter seen */
	uint64_t last_seen;        /* MS, 0 never */
	uint64_t entries;
	int forked;
};

/** ledger_device(l, device, d): 1, 0 or -1.  ledger_each_device: all, by enrolment. */
int ledger_device(struct ledger *l, const uint8_t device[HASH_LEN], struct ledger_device *d);
int ledger_each_device(struct ledger *l, int (*cb)(void *ctx, const struct ledger_device *d), void *ctx);

/** ledger_device_key(l, device, epoch, key): the key of an epoch, from the enrol record or a logged epoch-open.  1, 0 or -1. */
int ledger_device_key(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint8_t key[KEY_LEN]);

/** ledger_device_may(l, device, place): 1 when ${place} is inside an assignment in force now, 0 when not, -1. */
int ledger_device_may(struct ledger *l, const uint8_t device[HASH_LEN], const char *place);

/** ledger_device_seen(l, device, epoch, counter, when, last, e): remember a request's counter (durable on 0); each epoch counts for itself, so that copies of a device do not hinder each other.  0; 1 when it is not above the highest seen of that epoch; *${last} = what that was; -1. */
int ledger_device_seen(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t counter, uint64_t when, uint64_t *last, struct err *e);

/** One of several requests that are counted together. */
struct ledger_seen {
	uint8_t device[HASH_LEN];
	uint32_t epoch;
	uint64_t counter, when;
	uint64_t last;             /* out: the highest before */
	int late;                  /* out: 1 when the counter is not above it */
};

/** ledger_devices_seen(l, s, n, e): as ledger_device_seen() for each, in order, in one transaction.  0: all judged, and durable; -1: none is. */
int ledger_devices_seen(struct ledger *l, struct ledger_seen *s, size_t n, struct err *e);

/** ledger_device_heard(l, device, epoch, last): the highest counter seen of that epoch.  1, 0 none (then *${last} is 0) or -1. */
int ledger_device_heard(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t *last);

/** ledger_fronts(l, device, cb, ctx): the last entry of each branch (branch 0 first seen) of each epoch. */
int ledger_fronts(struct ledger *l, const uint8_t device[HASH_LEN],
    int (*cb)(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN]), void *ctx);

/* Invitations (secrets stay here, never in the log) */

struct ledger_invitation {
	uint8_t secret[16];
	uint8_t secret_hash[HASH_LEN];
	char place[PLACE_MAX + 1];
	int has_for;
	uint8_t for_device[HASH_LEN];
	uint64_t expires;
	uint8_t officer[HASH_LEN];  /* KEYHASH */
	uint8_t sig[SIG_LEN];
	int used;
};

int ledger_invite(struct ledger *l, const struct ledger_invitation *i, struct err *e);                        /* durable on 0 */
int ledger_invitation(struct ledger *l, const uint8_t secret_hash[HASH_LEN], struct ledger_invitation *i); /* 1, 0, -1; used is set once an enrol record names it */

/* Forms, records, attachments, places */

/** ledger_form_add(l, hash, xml, n, e): keep a form's bytes (before its record is appended); durable on 0. */
int ledger_form_add(struct ledger *l, const uint8_t hash[HASH_LEN], const void *xml, size_t n, struct err *e);
/** ledger_form_body(l, hash, xml): append the bytes.  1, 0 or -1. */
int ledger_form_body(struct ledger *l, const uint8_t hash[HASH_LEN], struct buf *xml);
/** ledger_form(l, id, version, hash): the published form's hash; the newest not retired when ${version} is "" (then filled in; VERSION_MAX+1 bytes).  A version named is found retired or not.  1, 0 or -1. */
int ledger_form(struct ledger *l, const char *id, char *version, uint8_t hash[HASH_LEN]);
/** ledger_form_retired(l, id, version): 1 when that version was published and is retired now, else 0; -1 on failure. */
int ledger_form_retired(struct ledger *l, const char *id, const char *version);
/** ledger_each_form(l, cb, ctx): every form ever published, by log index. */
int ledger_each_form(struct ledger *l, int (*cb)(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN]), void *ctx);

/** ledger_each_record(l, from, device, cb, ctx): records with index >= from; with ${device} only those that concern it (forms, county keys and policies, dictionaries, successions; its own enrol, assign, revoke, fork; reviews, late and erasures of its entries; plans of places inside its own, messages to it or to a place that it has a part in). */
int ledger_each_record(struct ledger *l, uint64_t from, const uint8_t *device, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx);

/** ledger_concerns(l, device, index): 1 when the record at ${index} concerns this very device; 0, also when it concerns all; -1. */
int ledger_concerns(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t index);

/** ledger_each_record_of(l, kind, from, cb, ctx): records of one kind with index >= from. */
int ledger_each_record_of(struct ledger *l, enum record_kind kind, uint64_t from, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx);

/* Who may act, from key records: one row a key, as its newest record says. */
struct ledger_person {
	uint8_t keyhash[HASH_LEN];
	uint8_t key[KEY_LEN];
	char actor[ID_MAX + 1];
	char role[16];
	char place[PLACE_MAX + 1]; /* "" everywhere */
	int active;
	uint64_t index;            /* of that record */
};

/** ledger_person(l, keyhash, p): 1, 0 or -1.  ledger_each_person: all keys, by index. */
int ledger_person(struct ledger *l, const uint8_t keyhash[HASH_LEN], struct ledger_person *p);
int ledger_each_person(struct ledger *l, int (*cb)(void *ctx, const struct ledger_person *p), void *ctx);

/** ledger_attachment_put(l, p, n, hash, e): store bytes by content; durable on 0. ledger_attachment_get: append.  1, 0 or -1. */
int ledger_attachment_put(struct ledger *l, const void *p, size_t n, const uint8_t hash[HASH_LEN], struct err *e);
int ledger_attachment_get(struct ledger *l, const uint8_t hash[HASH_LEN], struct buf *out);

/** ledger_attachment_wanted(l, hash, len, personal): is it named by a logged entry?  *${personal}: did any ever call it so.  1 wanted, 2 already held, 0 unknown, -1. */
int ledger_attachment_wanted(struct ledger *l, const uint8_t hash[HASH_LEN], uint64_t *len, int *personal);

/**
 * ledger_tidy(l, e):
 * What a power cut may have left to do outside the database: files of erased
 * attachments, and halves of files that were being written (those older than
 * LEDGER_TIDY_AGE_S seconds: another process may be writing one now).  For a
 * server that starts, and before an erasure.  How many erased files went; -1.
 */
#define LEDGER_TIDY_AGE_S 600
int ledger_tidy(struct ledger *l, struct err *e);

/** ledger_wants(l, device, cb, ctx): attachments of a device's entries that are not held. */
int ledger_wants(struct ledger *l, const uint8_t device[HASH_LEN], int (*cb)(void *ctx, const uint8_t hash[HASH_LEN]), void *ctx);

struct ledger_place { char code[PLACE_MAX + 1]; char name[128]; };
int ledger_place_add(struct ledger *l, const struct ledger_place *p, size_t n, struct err *e); /* replaces names; one transaction; durable on 0 */
int ledger_place(struct ledger *l, const char *code, char *name, size_t size);                  /* 1, 0 or -1 */
int ledger_each_place(struct ledger *l, const char *prefix, int (*cb)(void *ctx, const struct ledger_place *p), void *ctx);

#define LEDGER_SALTED_MAX ((size_t)96 << 10) /* bytes of a text that a log mirror takes: no record made now has a longer one */

/** ledger_salted(l, hash, salt, text, n, e): keep the text behind a record's salted hash; durable on 0. */
int ledger_salted(struct ledger *l, const uint8_t hash[HASH_LEN], const uint8_t salt[ENTRY_SALT_LEN], const void *text, size_t n, struct err *e);
/** ledger_salted_get(l, hash, salt, text): append the text.  1, 0 or -1. */
int ledger_salted_get(struct ledger *l, const uint8_t hash[HASH_LEN], uint8_t salt[ENTRY_SALT_LEN], struct buf *text);

struct ledger_counts { uint64_t size, devices, silent, entries, parked, forked, erased; };
/** ledger_count(l, silent_before, c): silent counts enrolled devices, not revoked, not seen since ${silent_before} (MS); parked counts entries with a late reason that no review accepted; forked counts devices.  0 or -1. */
int ledger_count(struct ledger *l, uint64_t silent_before, struct ledger_counts *c);

#endif
