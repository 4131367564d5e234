#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/entry.h"
#include "evidence/keys.h"
#include "evidence/receipt.h"
#include "store/vault.h"

/**
 * The device's journal: every entry it made, chained, with what the county
 * said about each.  SQLite in WAL, synchronous=FULL, locking_mode=EXCLUSIVE,
 * psow=0: one process owns it.  DIR/journal.db, DIR/guard, DIR/attachments/.
 * Personal parts and personal photos lie there encrypted (store/vault.h).
 *
 * Results: 0 = on disk.  -1 = not known to be on disk: retry with the same id
 * (the record may be there).  After a failed commit the journal closes and
 * reopens the database from disk before it says anything else; while that
 * fails, every call answers -1 and tries again.  What a call reads is on disk
 * (what recovery finds is synced before it is shown).
 *
 * Several threads may share the one handle; callbacks may call back in.
 */
struct journal;

/* How the journal's head stood against the guard when it was opened. */
enum journal_standing {
	JOURNAL_NORMAL,
	JOURNAL_AHEAD,        /* database newer than guard on the same chain: guard advanced, normal */
	JOURNAL_BEHIND,       /* guard's head is not on the database's chain: restored or rolled back */
	JOURNAL_NO_GUARD,     /* guard missing or unreadable */
	JOURNAL_OTHER_HOST,   /* the host's fingerprint changed: cloned or moved */
	JOURNAL_DAMAGED       /* the newest entry, or one the guard has not seen, does not verify: journal_verify() tells more */
};

/**
 * journal_create(dir, e):
 * Make an empty journal and guard in ${dir} (made 0700).  Refuses where any
 * trace of an identity is: journal.db*, guard*, attachments, *.key, *.key.*;
 * so it comes before the keys are saved.  NULL on failure, which leaves no
 * trace of its own.
 */
struct journal *journal_create(const char *dir, struct err *e);

/** journal_trace(dir, e): does the folder hold any trace of an identity, as journal_create() says?  1 with its name in ${e}; 0, also when there is no such folder; -1. */
int journal_trace(const char *dir, struct err *e);

/**
 * journal_open(dir, standing, e):
 * Open, migrate forward, compare with the guard; the newest entry and those
 * the guard has not seen are verified.  Never makes anything.  At any standing
 * but JOURNAL_NORMAL and JOURNAL_AHEAD the journal reads as ever, and the next
 * append must open an epoch, journal_next_epoch() or later; that settles the
 * guard anew.  Where entries that the guard has seen are missing, they are
 * looked for in the database's and its log's bytes first.  NULL on failure
 * (also: another process has it and keeps it for a second); then *${standing}
 * is JOURNAL_DAMAGED when SQLite cannot read the database or there is none any
 * more: journal_salvage().
 */
struct journal *journal_open(const char *dir, enum journal_standing *standing, struct err *e);

/** What journal_salvage() did. */
struct journal_salvaged {
	char aside[32];            /* the damaged database's name in the folder now; its -wal beside it */
	uint64_t entries;          /* that were saved */
	uint64_t dropped;          /* that could be read, but do not verify */
};

/**
 * journal_salvage(dir, s, e):
 * When journal_open() fails because SQLite cannot read the database: copy
 * every row that can still be read into a new one, add the entries whose bytes
 * are still there, keep the entries that verify, move the damaged database aside whole, put the new one in its place.
 * Whatever the power does, one of them is there.  Then journal_open() as ever;
 * its standing is JOURNAL_BEHIND when the newest entry is among the lost.  0,
 * or -1 (also when not one entry can be saved); then the damaged one stays
 * where it is.
 */
int journal_salvage(const char *dir, struct journal_salvaged *s, struct err *e);

/** A stretch of an epoch, both ends included, that is missing and that no loss entry declares. */
struct journal_hole {
	uint32_t epoch;
	uint64_t from, to;
};

/** journal_holes(j, out, max, n): what is missing between the journal's entries, and up to the one the guard has seen; the first ${max}.  0 with *${n} of them, or -1. */
int journal_holes(struct journal *j, struct journal_hole *out, size_t max, size_t *n);

#define JOURNAL_LOSSES_MAX 256

/** journal_losses(j, out, max, n): the same, and what loss entries declare, those first.  Reads the whole journal. */
int journal_losses(struct journal *j, struct journal_hole *out, size_t max, size_t *n);

/** journal_any_lost(j): is anything missing between the journal's entries, declared or not?  Quick.  1, 0 or -1. */
int journal_any_lost(struct journal *j);

/**
 * journal_lost_next(j, hole, hash):
 * The newest entry of ${hole} whose hash is known (its follower, here or shown
 * by the county, names it) and whose header is not.  1, 0 when there is none, -1.
 */
int journal_lost_next(struct journal *j, const struct journal_hole *hole, uint8_t hash[HASH_LEN]);

/**
 * journal_lost_put(j, hash, p, n, e):
 * Keep what the county shows (GET /v1/entry/HASH) of an entry that is lost
 * here, if it is ${hash}'s and signed with the key of its epoch, which this
 * journal knows.  0: kept, durable.  1: not the header of ${hash}.  2: it is,
 * and this device did not sign it so.  -1.
 */
int journal_lost_put(struct journal *j, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e);

/** journal_lost_leaf(j, epoch, seq, received, out): the leaf hash of a lost entry whose header is kept.  1, 0 when it is not, -1. */
int journal_lost_leaf(struct journal *j, uint32_t epoch, uint64_t seq, uint64_t received, uint8_t out[HASH_LEN]);

/** journal_is_suspect(j): was the database found damaged while it was read?  1 or 0.  journal_open() refuses it then until journal_salvage() is done. */
int journal_is_suspect(const struct journal *j);

/** journal_close(j): NULL is allowed. */
void journal_close(struct journal *j);

/** journal_vault(j): the keys of what is personal here, owned by the journal. */
struct vault *journal_vault(struct journal *j);

/** journal_dir(j): the data directory, owned by the journal. */
const char *journal_dir(const struct journal *j);

/* Small durable facts by name: "place", "name", "url", "origin", "counter", "records-next", "keys" (county.keys), "log" (32 bytes) and so on. */

/** journal_set(j, key, p, n, e): durable on 0. */
int journal_set(struct journal *j, const char *key, const void *p, size_t n, struct err *e);

/** journal_get(j, key, out): append the value to ${out}.  1, 0 when there is none, -1 on failure. */
int journal_get(struct journal *j, const char *key, struct buf *out);

/** journal_set_u64 / journal_get_u64: the same for an integer. get: 1, 0 (absent; *v = 0) or -1. */
int journal_set_u64(struct journal *j, const char *key, uint64_t v, struct err *e);
int journal_get_u64(struct journal *j, const char *key, uint64_t *v);

/* Entries */

/* A personal part that is in the journal and cannot be read now; 0 when there is none, or it is in ->personal. */
enum journal_sealed {
	JOURNAL_LOCKED = 1,        /* in the cabinet, and nobody is signed in: say "locked", never "erased" or "missing" */
	JOURNAL_LOST,              /* its key is gone (rest.key was lost): it cannot be read, nor sent, ever again */
	JOURNAL_ALTERED            /* its bytes were damaged */
};

/** One entry to be appended, or as it lies in the journal.  Buffers of a stored one are owned by the caller of journal_row_free. */
struct journal_entry {
	struct entry h;            /* parsed header */
	uint8_t hash[HASH_LEN];
	struct buf header;
	struct sigline sig[2];     /* epoch key's; person's when h.has_actor_key */
	size_t nsigs;
	struct buf payload;
	int has_personal;          /* salt and personal are there (not erased, not dropped) and could be read */
	enum journal_sealed personal_locked; /* why they could not, when has_personal is 0 and yet they are there */
	uint8_t salt[ENTRY_SALT_LEN];
	struct buf personal;
	char id[64];               /* --id UUID, "" when stored without */
	char subject[ID_MAX + 1];  /* from the form's subject field, "" if none */
	int has_receipt;
	uint64_t index;            /* in the log */
	uint64_t received;         /* MS */
	char state[16];            /* "", "returned", "accepted", "set-aside", "erased": what the county said; superseded and withdrawn are computed */
};

/** journal_entry_init / journal_entry_free: empty buffers with their maxima; release. */
void journal_entry_init(struct journal_entry *x);
void journal_entry_free(struct journal_entry *x);

/**
 * journal_append(j, x, n, e):
 * Append ${n} entries in one transaction, all or none: each is parsed again,
 * its signature verified under the epoch's key, its chain checked against the
 * head, payload and personal part against their commitments, before COMMIT;
 * then the guard is advanced.  x[i].id must not be in the journal yet
 * (journal_by_id first).  Only id, subject, header, sig, payload, salt and
 * personal of x[i] are read; a personal part the header names must be there.
 * A person's signature is only compared with the key the header names: the
 * device does not hold people's keys.  0: on disk.  -1: see above.  1:
 * refused, ${e} says which entry broke which rule; nothing was stored.
 */
int journal_append(struct journal *j, const struct journal_entry *x, size_t n, struct err *e);

/** What became of the last attempt to write to the disk. */
enum journal_writing {
	JOURNAL_UNTRIED,      /* none since it was opened */
	JOURNAL_WRITES,
	JOURNAL_NO_SPACE,     /* failed for want of space, and only so */
	JOURNAL_WRITE_FAILED
};

/** journal_give_back(j): give back the memory that only makes later reads quicker. */
void journal_give_back(struct journal *j);

/** journal_writing(j): as above; reads nothing and never fails. */
enum journal_writing journal_writing(struct journal *j);

/** journal_head(j, epoch, seq, hash): the newest entry.  1, 0 for an empty journal, or -1. */
int journal_head(struct journal *j, uint32_t *epoch, uint64_t *seq, uint8_t hash[HASH_LEN]);

/** journal_next_epoch(j): the first epoch number that neither the journal nor the guard has seen. */
uint32_t journal_next_epoch(struct journal *j);

/** journal_by_hash / journal_by_seq / journal_by_id: load one entry into ${x}.  1, 0 if there is none, -1 on failure. */
int journal_by_hash(struct journal *j, const uint8_t hash[HASH_LEN], struct journal_entry *x);
int journal_by_seq(struct journal *j, uint32_t epoch, uint64_t seq, struct journal_entry *x);
int journal_by_id(struct journal *j, const char *id, struct journal_entry *x);

/** journal_by_prefix(j, hex, hash): the one entry whose hash begins with ${hex} (4 to 64 digits).  1, 0 none, 2 several, -1 failure. */
int journal_by_prefix(struct journal *j, const char *hex, uint8_t hash[HASH_LEN]);

/** journal_each(j, cb, ctx): every entry in (epoch, seq) order; cb returns 0 to go on, else its value ends the walk and is returned.  A damaged row is logged and passed over.  -1 on failure. */
int journal_each(struct journal *j, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_each_unconfirmed(j, cb, ctx): those without a receipt, in order. */
int journal_each_unconfirmed(struct journal *j, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_superseded_by(j, hash, by, withdrawn): the newest correction or withdrawal of an entry made here.  1 or 0; -1 on failure. */
int journal_superseded_by(struct journal *j, const uint8_t hash[HASH_LEN], uint8_t by[HASH_LEN], int *withdrawn);

/** journal_set_state(j, hash, state, e): what the county said of an entry (one of the states above); durable on 0.  -1 also when it is not here. */
int journal_set_state(struct journal *j, const uint8_t hash[HASH_LEN], const char *state, struct err *e);

/**
 * journal_drop_personal(j, hash, e):
 * Destroy an entry's salt and personal part, also where SQLite kept copies,
 * and the files of its personal attachments that no other entry still needs.
 * Idempotent; durable on 0.
 */
int journal_drop_personal(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e);

/**
 * journal_reseal(j, max, e):
 * Look at the next ${max} confirmed entries and at delivered personal photos;
 * what is personal moves from the rest key into the cabinet, and what codes
 * for the county left here (kind reset-code) is destroyed; the former bytes
 * also where SQLite kept copies.  One transaction.  1: call again, more may be left; 0:
 * nothing is, or there is no cabinet; -1.  Costs nothing when nothing was
 * confirmed since.
 */
int journal_reseal(struct journal *j, unsigned max, struct err *e);

/** What journal_retain() may destroy, or did. */
struct journal_retained {
	uint64_t personal;         /* personal parts */
	uint64_t photos, photo_bytes;
};

/**
 * journal_retain(j, before, dry, r, e):
 * Destroy personal parts of entries that the county received before ${before}
 * (MS of its own clock), and the photos, delivered, that no entry received
 * later names.  ${dry}: only count.  Never what the county has not confirmed.
 * Durable on 0; -1.
 */
int journal_retain(struct journal *j, uint64_t before, int dry, struct journal_retained *r, struct err *e);

/** journal_backup(j, path, e): a whole copy of the database (no key, no guard, no attachments) in the new file ${path}, 0600, synced.  0 or -1. */
int journal_backup(struct journal *j, const char *path, struct err *e);

/** journal_last_confirmed(j, epoch, seq): the last entry of ${epoch} that, with all before it, has a receipt.  1, 0 when the first has none, -1 on failure. */
int journal_last_confirmed(struct journal *j, uint32_t epoch, uint64_t *seq);

struct journal_counts {
	uint64_t entries, confirmed, waiting, set_aside, attachments_waiting;
	uint64_t photos_waiting; /* the same without thumbnails, as people count */
	int has_last;
	uint64_t last_confirmed; /* MS, received time of the newest confirmed entry */
};

/** journal_count(j, c): 0 or -1. */
int journal_count(struct journal *j, struct journal_counts *c);

/* What came back from the county */

/**
 * journal_succeed(j, size, log, e):
 * The county lost all of its log ${log} behind leaf ${size} and goes on under
 * another name: the old log's receipts and notes, and records from beyond, are
 * set aside as evidence (table "was", DIR/alarms/succession-...), and entries
 * wait for a receipt again.  One transaction, durable on 0; -1.
 */
int journal_succeed(struct journal *j, uint64_t size, const uint8_t log[HASH_LEN], struct err *e);

/**
 * journal_confirm(j, r, note, n, device, e):
 * Store a range receipt that sync has verified, with its note, and mark its
 * entries confirmed (index, received), in one transaction; idempotent.
 * Durable on 0.  -1 on failure.
 */
int journal_confirm(struct journal *j, const uint8_t device[HASH_LEN], const struct range *r, const void *note, size_t n, struct err *e);

/** journal_each_receipt(j, cb, ctx): every stored receipt file's text, oldest first. */
int journal_each_receipt(struct journal *j, int (*cb)(void *ctx, const struct range *r, const void *text, size_t n), void *ctx);

/** journal_receipt_of(j, index, text): append the receipt file whose range holds ${index}.  1, 0 or -1. */
int journal_receipt_of(struct journal *j, uint64_t index, struct buf *text);

/** journal_note_add(j, size, note, n, e): keep a checkpoint note that was verified; the largest size is the anchor from now on.  Durable on 0. */
int journal_note_add(struct journal *j, uint64_t size, const void *note, size_t n, struct err *e);

/** journal_note_newest(j, size, note): append the newest verified note.  1, 0 when there is none (*size = 0), -1. */
int journal_note_newest(struct journal *j, uint64_t *size, struct buf *note);

/** journal_each_note(j, cb, ctx): every note kept, smallest size first. */
int journal_each_note(struct journal *j, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx);

/** journal_record_add(j, index, leaf, n, e): keep a county record that concerns this device; idempotent.  Durable on 0. */
int journal_record_add(struct journal *j, uint64_t index, const void *leaf, size_t n, struct err *e);

/** journal_each_record(j, from, cb, ctx): the records kept, from index ${from} on, in log order. */
int journal_each_record(struct journal *j, uint64_t from, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx);

/** journal_form_add(j, id, version, hash, index, xml, n, e): keep a published form; durable on 0. */
int journal_form_add(struct journal *j, const char *id, const char *version, const uint8_t hash[HASH_LEN], uint64_t index, const void *xml, size_t n, struct err *e);

/** journal_form(j, id, version, hash, xml): the newest published version of ${id} (or exactly *version when it is not ""); version is a buffer of VERSION_MAX+1 bytes, ${xml} is appended to.  1, 0 (also when its bytes are spoilt: the county has them) or -1. */
int journal_form(struct journal *j, const char *id, char *version, uint8_t hash[HASH_LEN], struct buf *xml);

/** journal_form_hash(j, id, version, hash): which one journal_form() would give, without its bytes (which it does not judge).  1, 0 or -1. */
int journal_form_hash(struct journal *j, const char *id, const char *version, uint8_t hash[HASH_LEN]);

/** journal_each_form(j, cb, ctx): every form kept. */
int journal_each_form(struct journal *j, int (*cb)(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n), void *ctx);

/* Attachments: bytes in DIR/attachments/HASH, rows in the database. */

/** journal_attachment_put(j, p, n, hash, e): store bytes by content (sealed under the rest key), durable on 0; sets ${hash}.  Before the entry that names them. */
int journal_attachment_put(struct journal *j, const void *p, size_t n, uint8_t hash[HASH_LEN], struct err *e);

/** journal_attachment_get(j, hash, out, e): append the bytes, checked against the hash.  0; 1 when it is locked (in the cabinet, and nobody is signed in), 2 when its key is lost; -1. */
int journal_attachment_get(struct journal *j, const uint8_t hash[HASH_LEN], struct buf *out, struct err *e);

/** journal_attachment_delivered(j, hash, e): the county has confirmed it; durable on 0. */
int journal_attachment_delivered(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e);

/** journal_each_attachment(j, waiting, cb, ctx): attachments named by entries (only those not yet delivered when ${waiting}), oldest entry first. */
int journal_each_attachment(struct journal *j, int waiting, int (*cb)(void *ctx, const struct attachment *a), void *ctx);

/**
 * journal_verify(j, cb, ctx):
 * The whole journal from its bytes: headers, signatures, chain, payloads,
 * personal parts, attachments, receipts against their notes and rebuilt
 * leaves.  Calls cb for every finding (code of docs/format.md 14, entry where
 * known).  The number of findings, or -1 on failure.
 */
int journal_verify(struct journal *j, void (*cb)(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail), void *ctx);

#endif
