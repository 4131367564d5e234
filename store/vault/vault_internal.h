#ifndef STORE_VAULT_INTERNAL_H
#define STORE_VAULT_INTERNAL_H

#include <pthread.h>

#include "crypto/box.h"
#include "crypto/seal.h"
#include "store/vault.h"

/* What the files of the vault share; for store/vault*.c only. */

#define VAULT_PATH_LEN 4096
/*
 * A blob: which box (1), then for rest the key's name (16) and a secret box.
 * For the cabinet the first bytes of its public key (8), an envelope (a sealed
 * box of a random key), and a secret box of that key.  The envelope's key is
 * used for many blobs and then forgotten: a board that opens one X25519 box in
 * a millisecond would need seconds for a roster, and so one suffices.
 */
#define VAULT_CABINET_ID_LEN 8
#define VAULT_ENVELOPE_LEN (BOX_KEY_LEN + SEAL_OVERHEAD)
#define VAULT_ENVELOPE_USES 1024
#define VAULT_OPENED 4 /* envelopes kept open while somebody is signed in */
#define VAULT_REST_HEAD (1 + VAULT_ID_LEN)
#define VAULT_CABINET_HEAD (1 + VAULT_CABINET_ID_LEN + VAULT_ENVELOPE_LEN)

struct vault_envelope {
	struct box_key *key;       /* NULL: none */
	uint8_t sealed[VAULT_ENVELOPE_LEN];
};

struct vault {
	char path[VAULT_PATH_LEN];       /* of rest.key */
	pthread_mutex_t mutex;
	struct box_key *rest;      /* NULL: not there */
	uint8_t rest_id[VAULT_ID_LEN];
	int has_cabinet;
	uint8_t cabinet[VAULT_KEY_LEN];
	struct vault_envelope fresh;     /* for what is put in */
	unsigned uses;             /* of it */
	struct sealer *open;       /* NULL: locked */
	struct vault_envelope opened[VAULT_OPENED];
	unsigned next;             /* of opened, in turn */
	unsigned sessions;
	uint64_t generation;
};

/** vault_load_rest(v, e): 1 and the rest key in ${v}, 0 when no file is there, -1 when it cannot be used. */
int vault_load_rest(struct vault *v, struct err *e);

/** vault_need_rest(v, e): with the mutex held: make the rest key unless there is one.  Durable on 0; -1. */
int vault_need_rest(struct vault *v, struct err *e);

/** vault_forget(x): wipe an envelope's key. */
void vault_forget(struct vault_envelope *x);

/** vault_lock_now(v): with the mutex held: the cabinet's secret and every opened envelope are wiped. */
void vault_lock_now(struct vault *v);

#endif
