#ifndef AGENT_PHONES_H
#define AGENT_PHONES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"

/**
 * The phones that may reach the page on the village's own network.  Each is
 * let in by a link that works once; from then on its browser has a secret, of
 * which only the SHA-256 is kept, durably, in the data folder's "phones".  A
 * link lives in memory alone: a restart voids it.  Pairing replaces no PIN.
 *
 * All functions may be called by several threads; phones_find() never waits
 * for the disk.
 */
#define PHONES_MAX 32
#define PHONE_NAME_MAX 48      /* bytes, UTF-8 */
#define PHONE_SECRET_HEX 64    /* characters of a phone's secret */
#define PHONE_LINK_HEX 32      /* characters of a link: 128 bits */
#define PHONE_LINK_MS (INT64_C(15) * 60 * 1000)
#define PHONE_LINKS_MAX 8      /* that wait to be opened; one more takes the oldest one's place */
#define PHONE_ORIGIN_MAX 128

struct phone {
	uint32_t number;           /* from 1; never given twice */
	char name[PHONE_NAME_MAX + 1]; /* may be "" */
	int64_t since;             /* the clock of the device when it was paired, ms */
	uint8_t hash[HASH_LEN];    /* of its secret */
};

struct phones;

/** phones_open(dir, e): those of a data folder; when their file is damaged, none (each must be paired again) and ${e} says so, else ${e} is "".  NULL on failure (memory, a path too long). */
struct phones *phones_open(const char *dir, struct err *e);

/** phones_free(p): NULL is allowed. */
void phones_free(struct phones *p);

/** phones_serve(p, origin) / phones_origin(p): where the page is on the network ("https://10.0.0.1:8471"), set once before the threads; "" until then. */
void phones_serve(struct phones *p, const char *origin);
const char *phones_origin(const struct phones *p);

/** phones_invite(p, name, now, link, e): a link for one phone, valid PHONE_LINK_MS from ${now} (clock_mono()).  0; -1 when the name is no name or PHONES_MAX are paired. */
int phones_invite(struct phones *p, const char *name, int64_t now, char link[PHONE_LINK_HEX + 1], struct err *e);

/** phones_pair(p, link, now, since, secret, e): a phone opened ${link}.  1: paired and durable, ${secret} is for the phone alone; 0: no such link (used, too old, or never made); -1: could not be stored, and the link stays. */
int phones_pair(struct phones *p, const char *link, int64_t now, int64_t since, char secret[PHONE_SECRET_HEX + 1], struct err *e);

/** phones_find(p, secret, out): 1 and the phone whose secret that is, else 0; ${secret} need have no form. */
int phones_find(struct phones *p, const char *secret, struct phone *out);

/** phones_revoke(p, number, e): it is let in no more, at once and durably, both copies of the file.  1; 0 when there is no such phone; -1 when that could not be stored: then a restart may let it in again. */
int phones_revoke(struct phones *p, uint32_t number, struct err *e);

/** phones_list(p, out): the paired ones in the order of their numbers.  How many. */
size_t phones_list(struct phones *p, struct phone out[PHONES_MAX]);

#endif
