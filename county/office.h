#ifndef COUNTY_OFFICE_H
#define COUNTY_OFFICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "sync/county.h"

/**
 * The county's data directory (0700): root.key log.key service.key sealing.key
 * officer.key (0600), service-N.key and sealing-N.key of later versions N of
 * county.keys, people/NAME.key, county.keys, keys.lock, policy.txt, store.url,
 * guard, and with the default store ledger.db and attachments/.
 */
#define OFFICE_PATH_MAX 4096
#define OFFICE_ADMIN "admin"        /* the actor whose key is officer.key */

struct office {
	char dir[OFFICE_PATH_MAX];
	char url[OFFICE_PATH_MAX];   /* of the store, absolute */
	char guard[OFFICE_PATH_MAX];
	int unfinished;              /* the log's newest keys are of another log than county.keys was: a succession was cut short, or restored */
	int lock;                    /* keys.lock, while keys are loaded; 0 or -1: none */
	struct county c;             /* c.l: the ledger; log, service and sealing NULL unless asked for */
};

#define OFFICE_READ 0U
#define OFFICE_SIGN 1U               /* load the county's secret keys: nobody changes them meanwhile */
#define OFFICE_ALONE 4U              /* load none; nobody else signs meanwhile */
#define OFFICE_KEYS 3U               /* that, and to change them: nobody else signs meanwhile */
#define OFFICE_HALF 8U               /* also where a succession was cut short: without it whoever asks for keys is refused by name */

/** office_open(o, dir, what, e): open a county that init made.  0 (release with office_close) or -1 (released). */
int office_open(struct office *o, const char *dir, unsigned what, struct err *e);

/** office_close(o): release; harmless on a zeroed one. */
void office_close(struct office *o);

/** office_desk(o, c, e): another ledger handle beside the same keys, for one thread: ${c} is filled in; close c->l alone.  0 or -1. */
int office_desk(const struct office *o, struct county *c, struct err *e);

/** office_key_path(o, name, version, out, size): the file of a key ("service", "sealing", "log") made for that version of county.keys.  0 or -1. */
int office_key_path(const struct office *o, const char *name, uint64_t version, char *out, size_t size);

/** office_url(dir, url, out, size): a store's URL with a relative sqlite: path taken from ${dir}.  0 or -1. */
int office_url(const char *dir, const char *url, char *out, size_t size);

/** office_settle(o, e): have policy.txt and county.keys say what the log's newest records say, in that order; with them a succession is finished.  Durable on 0; -1. */
int office_settle(struct office *o, struct err *e);

/** office_person_path(o, name, out, size): where the key of an actor lies.  0, or -1 if it does not fit. */
int office_person_path(const struct office *o, const char *name, char *out, size_t size);

/** office_officer(o, name, e): the key of ${name} (NULL: admin), which a `key` record must have made known and active.  Release with signer_free; NULL on failure. */
struct signer *office_officer(struct office *o, const char *name, struct err *e);

/** office_salted(o, text, hash, e): keep ${text} behind a salted commitment, for a record's line.  0 or -1. */
int office_salted(struct office *o, const char *text, uint8_t hash[HASH_LEN], struct err *e);

/** office_device(o, hex, d, e): the one enrolled device whose name begins with ${hex} (4 to 64 digits).  0 or -1. */
int office_device(struct office *o, const char *hex, struct ledger_device *d, struct err *e);

/** office_entry(o, hex, hash, e): the one entry whose hash begins with ${hex}.  0 or -1. */
int office_entry(struct office *o, const char *hex, uint8_t hash[HASH_LEN], struct err *e);

/** office_begin(o, b, kind): begin a record's text in ${b} (initialised here), dated now. */
void office_begin(const struct office *o, struct buf *b, enum record_kind kind);

/** office_append(o, b, officer, index, e): seal and append the record in ${b} and release it.  0 or -1. */
int office_append(struct office *o, struct buf *b, const struct signer *officer, uint64_t *index, struct err *e);

#endif
