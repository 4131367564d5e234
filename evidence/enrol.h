#ifndef EVIDENCE_ENROL_H
#define EVIDENCE_ENROL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/entry.h"
#include "evidence/proof.h"

struct record;

/* Tokens, invitations and enrolment (docs/format.md 9). */

#define TOKEN_SECRET_LEN 16
#define TOKEN_TEXT_MAX 96
#define ENROL_MAX 8192
#define ENROLLED_MAX 131072

struct token {
	uint8_t root[HASH_LEN];  /* SHA-256 of the county's root key */
	uint8_t secret[TOKEN_SECRET_LEN];
};

/** token_print(out, t): "tally1.XXX.YYY"; ${out} holds TOKEN_TEXT_MAX. */
void token_print(char *out, const struct token *t);

/** token_parse(t, s, e): either case, surrounding white space allowed (people type it).  0 or -1. */
int token_parse(struct token *t, const char *s, struct err *e);

/** token_secret_hash(out, secret): SECRET of docs/format.md 9, by which the county keeps and names an invitation. */
void token_secret_hash(uint8_t out[HASH_LEN], const uint8_t secret[TOKEN_SECRET_LEN]);

struct invitation {
	uint8_t log[HASH_LEN];
	char place[PLACE_MAX + 1];
	int has_for;
	uint8_t for_device[HASH_LEN];
	uint8_t secret[HASH_LEN];  /* the hash */
	uint64_t expires;          /* MS */
};

/** invitation_print(b, i): append the text of 9.1 (the body alone; signed with dsse_sign, type enrol).  0 or -1. */
int invitation_print(struct buf *b, const struct invitation *i);

struct enrol_statement {
	uint8_t log[HASH_LEN];
	int by_root;               /* 9.5: made where only the token is known, so it names the root key instead of the log */
	uint8_t root[HASH_LEN];    /* SHA-256 of it */
	uint8_t device[HASH_LEN];
	uint32_t epoch;
	uint8_t key[KEY_LEN];
	char place[PLACE_MAX + 1];
	uint8_t genesis[HASH_LEN];
};

/** enrol_statement_print(b, s): append the text of 9.2, or of 9.5.  0 or -1. */
int enrol_statement_print(struct buf *b, const struct enrol_statement *s);

struct enrol_request {
	struct enrol_statement st;
	uint8_t proof[SIG_LEN];    /* the device's signature over the statement */
	uint8_t secret[HASH_LEN];
	uint8_t nonce[16];
	uint8_t mac[HASH_LEN];
};

/** enrol_request_make(out, r, secret, s): fill in r->proof, r->secret, r->mac from statement, nonce and token secret; append the request's text.  0 or -1. */
int enrol_request_make(struct buf *out, struct enrol_request *r, const uint8_t secret[TOKEN_SECRET_LEN], const struct signer *s);

/**
 * enrol_request_parse(r, p, n, e):
 * Strict; the key passes the point check, epoch 1's key hashes to the device,
 * and the device's signature verifies.  The mac is judged by
 * enrol_request_proves().  0 or -1.
 */
int enrol_request_parse(struct enrol_request *r, const void *p, size_t n, struct err *e);

/** enrol_request_proves(p, n, secret): 1 when the request's mac is that of ${secret}, else 0; constant time. */
int enrol_request_proves(const void *p, size_t n, const uint8_t secret[TOKEN_SECRET_LEN]);

/**
 * enrol_record_invitation(i, r) / enrol_record_statement(st, r):
 * From an enrol record ${r} that record_parse() accepted: what its officer
 * signed (the record's "invitation") and what its device signed ("proof"),
 * to be printed and given to dsse_verify().  0, or -1 if ${r} is of another kind.
 */
int enrol_record_invitation(struct invitation *i, const struct record *r);
int enrol_record_statement(struct enrol_statement *st, const struct record *r);

/** enrol_record_proves(st, r, root): is the record's "proof" the device's signature over ${st} (of enrol_record_statement), or over the same by the county's root key, whose hash is ${root} (9.5)?  1 or 0. */
int enrol_record_proves(const struct enrol_statement *st, const struct record *r, const uint8_t root[HASH_LEN]);

struct enrolled {
	uint8_t log[HASH_LEN];
	uint8_t device[HASH_LEN];
	uint8_t nonce[16];
	uint64_t time;             /* MS */
	uint64_t index;
	struct buf record;         /* the enrol record's leaf */
	struct proof proof;
	struct buf note;
	struct buf keys;           /* county.keys */
};

/** enrolled_init(a) / enrolled_free(a): empty buffers with their maxima; release them. */
void enrolled_init(struct enrolled *a);
void enrolled_free(struct enrolled *a);

/** enrolled_print(out, a, service): append the answer of 9.4, signed.  0 or -1. */
int enrolled_print(struct buf *out, const struct enrolled *a, const struct signer *service);

/**
 * enrolled_parse(a, p, n, root, nonce, e):
 * Strict, and trusted only as far as it proves itself: county.keys signed by
 * the root key whose SHA-256 is ${root}; the answer by its service key over
 * ${nonce}; the checkpoint by its log key; the enrol record included in it,
 * signed by the service key, of this device and log, with the device's own
 * signature over what it says.  Whether device, key and place are the
 * caller's own is the caller's to judge.  0, or -1 (release with
 * enrolled_free either way; ${a} was initialised before).
 */
int enrolled_parse(struct enrolled *a, const void *p, size_t n, const uint8_t root[HASH_LEN], const uint8_t nonce[16], struct err *e);

#endif
