#ifndef AGENT_PHONES_H
#define AGENT_PHONES_H

#include <stddef.h>
#include <stdint.h>

#include "agent/record/guess.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "evidence/entry.h"

/**
 * The phones that may reach the page on the village's own network.  Each is
 * let in by a link that works once; from then on its browser has a secret, of
 * which only the SHA-256 is kept, durably, in the data folder's "phones".  A
 * link lives in memory alone: a restart voids it.  Pairing replaces no PIN.
 *
 * ODK Collect keeps no cookie.  It gets a token of its own, which stands in
 * the path of what it asks for; that one does stand for a cadre, who vouched
 * for it with a PIN when it was made.
 *
 * All functions may be called by several threads; phones_find() and
 * phones_by_token() never wait for the disk.
 */
#define PHONES_MAX 32
#define PHONE_NAME_MAX 48      /* bytes, UTF-8 */
#define PHONE_SECRET_HEX 64    /* characters of a phone's secret */
#define PHONE_TOKEN_HEX 48     /* characters of Collect's token: 192 bits */
#define PHONE_LINK_HEX 32      /* characters of a link: 128 bits */
#define PHONE_LINK_MS (INT64_C(15) * 60 * 1000)
#define PHONE_LINKS_MAX 8      /* that wait to be opened; one more takes the oldest one's place */
#define PHONE_ORIGIN_MAX 128

struct phone {
	uint32_t number;           /* from 1; never given twice */
	char name[PHONE_NAME_MAX + 1]; /* may be "" */
	int64_t since;             /* the clock of the device when it was paired, ms */
	int has_secret, has_token; /* at least one */
	uint8_t hash[HASH_LEN];    /* of its browser's secret */
	uint8_t token[HASH_LEN];   /* of Collect's token */
	char user[ID_MAX + 1];     /* whose records Collect sends; "" when there was no cadre yet */
	char place[PLACE_MAX + 1]; /* of which they are, or places inside it; "": any of the device's */
};

/** A data folder's phones, as they are written down. */
struct phones_table {
	struct phone at[PHONES_MAX];
	size_t n;
	uint32_t last;             /* the newest number that was given */
};

struct phones;

/** phones_open(dir, e): those of a data folder; when their file is damaged, none (each must be paired again) and ${e} says so, else ${e} is "".  NULL on failure (memory, a path too long). */
struct phones *phones_open(const char *dir, struct err *e);

/** phones_free(p): NULL is allowed. */
void phones_free(struct phones *p);

/** phones_serve(p, origin, collect) / phones_origin(p) / phones_collect(p): where the page is on the network ("https://10.0.0.1:8471"), "" until then, and whether records of Collect are taken there; set once before the threads. */
void phones_serve(struct phones *p, const char *origin, int collect);
int phones_collect(const struct phones *p);
const char *phones_origin(const struct phones *p);

/** phones_invite(p, name, now, link, e): a link for one phone, valid PHONE_LINK_MS from ${now} (clock_mono()).  0; -1 when the name is no name or PHONES_MAX are paired. */
int phones_invite(struct phones *p, const char *name, int64_t now, char link[PHONE_LINK_HEX + 1], struct err *e);

/** phones_pair(p, link, now, since, secret, e): a phone opened ${link}.  1: paired and durable, ${secret} is for the phone alone; 0: no such link (used, too old, or never made); -1: could not be stored, and the link stays. */
int phones_pair(struct phones *p, const char *link, int64_t now, int64_t since, char secret[PHONE_SECRET_HEX + 1], struct err *e);

/** phones_find(p, secret, out): 1 and the phone whose secret that is, else 0; ${secret} need have no form. */
int phones_find(struct phones *p, const char *secret, struct phone *out);

/**
 * phones_give_token(p, x, token, e):
 * A token for Collect on the phone x->number, in place of any it had, or on a
 * new one (0; its number is then filled in) called x->name; bound to x->user
 * and x->place.  1: durable, ${token} is for that phone alone; 0: no such
 * phone; -1: a name that is none, too many, or it could not be stored.
 */
int phones_give_token(struct phones *p, struct phone *x, char token[PHONE_TOKEN_HEX + 1], struct err *e);

/** phones_by_token(p, token, out): 1 and the phone whose token that is, else 0; ${token} need have no form. */
int phones_by_token(struct phones *p, const char *token, struct phone *out);

/** phones_guesses(p): wrong tokens, by address; owned by ${p}.  A new token forgets them all. */
struct guesses *phones_guesses(struct phones *p);

/** phones_revoke(p, number, e): it is let in no more, at once and durably, both copies of the file.  1; 0 when there is no such phone; -1 when that could not be stored: then a restart may let it in again. */
int phones_revoke(struct phones *p, uint32_t number, struct err *e);

/** phones_list(p, out): the paired ones in the order of their numbers.  How many. */
size_t phones_list(struct phones *p, struct phone out[PHONES_MAX]);

/** phones_print(b, t) / phones_parse(t, text): the text of the file; what is not such a text is refused whole (0 or -1).  Tokens came with the second form of it, the first is read too. */
void phones_print(struct buf *b, const struct phones_table *t);
int phones_parse(struct phones_table *t, const char *text);

/** phones_name_ok(s): 1 when it may be a phone's name, else 0. */
int phones_name_ok(const char *s);

#endif
