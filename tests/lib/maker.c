#include "tests/lib/maker.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/dsse.h"

#define WALL_FROM UINT64_C(1760000000000)

static struct signer *
make_key(uint8_t a, uint8_t b)
{
	uint8_t seed[SEED_LEN];

	memset(seed, a, sizeof(seed));
	seed[0] = b;
	return signer_new(seed);
}

int
maker_init(struct maker *m, uint8_t seed, const char *place)
{
	memset(m, 0, sizeof(*m));
	m->seed = seed;
	m->epoch = 1;
	(void)snprintf(m->place, sizeof(m->place), "%s", place);
	if (crypto_init(NULL) != 0 || (m->signer = make_key(seed, 1)) == NULL)
		return -1;
	memcpy(m->device, signer_keyhash(m->signer), HASH_LEN);
	return 0;
}

void
maker_free(struct maker *m)
{
	signer_free(m->signer);
	signer_free(m->person);
	m->signer = m->person = NULL;
}

void
maker_header(const struct maker *m, struct entry *h, const char *kind)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->device, m->device, HASH_LEN);
	h->epoch = m->epoch;
	h->has_prev = m->has_last;
	if (m->has_last) {
		h->seq = m->last.epoch == m->epoch ? m->last.seq + 1 : 0;
		memcpy(h->prev, m->last_hash, HASH_LEN);
		h->has_log = m->last.has_log;
		memcpy(h->log, m->last.log, HASH_LEN);
		h->anchor_size = m->last.anchor_size;
		memcpy(h->anchor_root, m->last.anchor_root, HASH_LEN);
		memcpy(h->anchor_note, m->last.anchor_note, HASH_LEN);
	}
	(void)snprintf(h->place, sizeof(h->place), "%s", m->place);
	(void)snprintf(h->kind, sizeof(h->kind), "%s", kind);
	(void)snprintf(h->actor, sizeof(h->actor), "device");
	h->wall = WALL_FROM + m->made * 1000;
	h->mono = m->made * 1000;
	h->clock = CLOCK_NTP;
	memset(h->boot, m->seed, sizeof(h->boot));
	if (m->person != NULL) {
		(void)snprintf(h->actor, sizeof(h->actor), "cadre-1");
		h->has_actor_key = 1;
		memcpy(h->actor_key, signer_keyhash(m->person), HASH_LEN);
	}
	if (strcmp(kind, "record") == 0 || strcmp(kind, "correction") == 0) {
		h->has_form = 1;
		(void)snprintf(h->form, sizeof(h->form), "roof");
		(void)snprintf(h->form_version, sizeof(h->form_version), "1");
		sha256(h->form_hash, "<form/>", 7);
	}
}

int
maker_sign(struct maker *m, struct journal_entry *x, const struct entry *h, const char *payload, const char *personal)
{
	journal_entry_init(x);
	x->h = *h;
	x->h.payload_len = strlen(payload);
	sha256(x->h.payload_hash, payload, strlen(payload));
	(void)buf_puts(&x->payload, payload);
	if (personal != NULL) {
		x->has_personal = 1;
		memset(x->salt, (int)(m->made + 1), sizeof(x->salt));
		(void)buf_puts(&x->personal, personal);
		x->h.personal_len = strlen(personal);
		entry_personal_hash(x->h.personal_hash, x->salt, personal, strlen(personal));
	}
	if (entry_print(&x->header, &x->h) != 0 || !buf_ok(&x->payload) || !buf_ok(&x->personal))
		return -1;
	entry_hash(x->hash, x->header.data, x->header.len);
	memcpy(x->sig[0].keyhash, signer_keyhash(m->signer), HASH_LEN);
	x->nsigs = 1;
	if (dsse_sign(x->sig[0].sig, m->signer, DSSE_ENTRY, x->header.data, x->header.len) != 0)
		return -1;
	if (m->person != NULL && x->h.has_actor_key) {
		memcpy(x->sig[1].keyhash, signer_keyhash(m->person), HASH_LEN);
		x->nsigs = 2;
		if (dsse_sign(x->sig[1].sig, m->person, DSSE_ENTRY, x->header.data, x->header.len) != 0)
			return -1;
	}
	m->has_last = 1;
	m->last = x->h;
	memcpy(m->last_hash, x->hash, HASH_LEN);
	m->made++;
	return 0;
}

static int
sign_open(struct maker *m, struct journal_entry *x, const struct entry *h, const struct epoch_open *o)
{
	struct buf payload;
	int rc;

	buf_init(&payload, 1024);
	rc = epoch_open_print(&payload, o, h->epoch) == 0 ? maker_sign(m, x, h, buf_str(&payload), NULL) : -1;
	buf_free(&payload);
	return rc;
}

int
maker_genesis(struct maker *m, struct journal_entry *x)
{
	struct epoch_open o;
	struct entry h;

	memset(&o, 0, sizeof(o));
	memcpy(o.key, signer_public(m->signer), KEY_LEN);
	memcpy(o.place, m->place, sizeof(o.place));
	maker_header(m, &h, "epoch-open");
	return sign_open(m, x, &h, &o);
}

int
maker_epoch(struct maker *m, struct journal_entry *x, uint32_t epoch, const char *reason)
{
	struct signer *key = make_key(m->seed, (uint8_t)epoch);
	struct epoch_open o;
	struct entry h;
	struct buf text;
	int rc;

	if (key == NULL)
		return -1;
	memset(&o, 0, sizeof(o));
	memcpy(o.key, signer_public(key), KEY_LEN);
	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	o.has_former = 1;
	buf_init(&text, 1024);
	rc = epoch_endorsement(&text, m->device, epoch, o.key, m->last_hash);
	if (rc == 0)
		rc = dsse_sign(o.former, m->signer, DSSE_ENROL, text.data, text.len);
	buf_free(&text);
	signer_free(m->signer);
	m->signer = key;
	m->epoch = epoch;
	maker_header(m, &h, "epoch-open");
	return rc == 0 ? sign_open(m, x, &h, &o) : -1;
}

static int
numbered(struct maker *m, struct journal_entry *x, const char *personal)
{
	struct entry h;
	char payload[64];

	maker_header(m, &h, "record");
	(void)snprintf(payload, sizeof(payload), "{\"house\":\"%u\",\"stage\":\"roof\"}", m->made);
	return maker_sign(m, x, &h, payload, personal);
}

int
maker_record(struct maker *m, struct journal_entry *x)
{
	return numbered(m, x, NULL);
}

int
maker_personal(struct maker *m, struct journal_entry *x)
{
	return numbered(m, x, "{\"name\":\"Li Si\"}");
}

int
maker_tmp(char *out, size_t size)
{
	const char *top = getenv("TMPDIR");
	int n = snprintf(out, size, "%s/tally-test-XXXXXX", top != NULL ? top : "/tmp");

	return n > 0 && (size_t)n < size && mkdtemp(out) != NULL ? 0 : -1;
}

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

void
maker_rm(const char *dir)
{
	(void)nftw(dir, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
maker_sql(const char *dir, const char *sql)
{
	sqlite3 *h = NULL;
	char path[512], *why = NULL;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	rc = sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_exec(h, sql, NULL, NULL, &why)) != SQLITE_OK)
		(void)fprintf(stderr, "%s: %s\n", sql, why);
	sqlite3_free(why);
	(void)sqlite3_close(h);
	return rc == SQLITE_OK ? 0 : -1;
}
