#include "tests/lib/county.h"

#include <stdio.h>
#include <string.h>

#include "crypto/seal.h"

static struct signer *
make(uint8_t byte)
{
	uint8_t seed[SEED_LEN];

	memset(seed, byte, sizeof(seed));
	return signer_new(seed);
}

int
county_make(struct test_county *c, uint8_t salt)
{
	uint8_t secret[32];
	struct sealer *sealer;

	memset(c, 0, sizeof(*c));
	memset(secret, salt, sizeof(secret));
	if (crypto_init(NULL) || (sealer = sealer_new(secret)) == NULL)
		return -1;
	memcpy(c->keys.sealing, sealer_public(sealer), 32);
	sealer_free(sealer);
	c->root = make((uint8_t)(salt + 1));
	c->log = make((uint8_t)(salt + 2));
	c->service = make((uint8_t)(salt + 3));
	c->officer = make((uint8_t)(salt + 4));
	c->device = make((uint8_t)(salt + 5));
	if (!c->root || !c->log || !c->service || !c->officer || !c->device)
		return -1;
	(void)snprintf(c->keys.name, sizeof(c->keys.name), "示例县 %u", (unsigned)salt);
	c->keys.version = 1;
	c->keys.issued = 1760000000000;
	memcpy(c->keys.root, signer_public(c->root), KEY_LEN);
	memcpy(c->keys.service, signer_public(c->service), KEY_LEN);
	c->keys.ntls = 2;
	for (uint8_t i = 0; i < KEYS_TLS_MAX; i++)
		memset(c->keys.tls[i], salt + i, HASH_LEN);
	if (vkey_make(&c->keys.log, "county.example", NOTE_ED25519, signer_public(c->log)))
		return -1;
	vkey_hash(&c->keys.log, c->keys.log_id);
	return 0;
}

void
county_free(struct test_county *c)
{
	signer_free(c->root);
	signer_free(c->log);
	signer_free(c->service);
	signer_free(c->officer);
	signer_free(c->device);
}
