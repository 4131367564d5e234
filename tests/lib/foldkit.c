#include "tests/lib/foldkit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"

#define XML_MAX (1U << 20)

void
foldkit_catalogue(const char *name, struct buf *out)
{
	const char *top = getenv("TALLY_TOP");
	struct err e = { "" };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/forms/catalogue/%s.xml", top == NULL ? "." : top, name);
	if (file_read(path, out, &e) != 0)
		fail_msg("%s", e.text);
}

void
foldkit_publish(struct foldkit *f, const void *xml, size_t n, const char *id, const char *version)
{
	char hex[2 * HASH_LEN + 1];

	sha256(f->form, xml, n);
	enc_hex(hex, f->form, HASH_LEN);
	assert_int_equal(ledger_form_add(f->k.l, f->form, xml, n, &f->k.e), 0);
	assert_true(kit_put(&f->k, RECORD_FORM, "form %s %s %s\nstate published\n", id, version, hex) > 0);
	(void)snprintf(f->id, sizeof(f->id), "%s", id);
	(void)snprintf(f->version, sizeof(f->version), "%s", version);
}

static void
enrol(struct foldkit *f, int dev, const char *place)
{
	struct journal_entry x;

	assert_int_equal(maker_init(&f->m[dev], (uint8_t)(70 + dev), place), 0);
	assert_true(kit_enrol(&f->k, &f->m[dev], place, (uint8_t)(1 + dev)) > 0);
	assert_int_equal(maker_genesis(&f->m[dev], &x), 0);
	foldkit_put(f, &x);
}

void
foldkit_open(struct foldkit *f)
{
	struct buf xml;

	memset(f, 0, sizeof(*f));
	kit_open(&f->k);
	buf_init(&xml, XML_MAX);
	foldkit_catalogue("housing-rebuild", &xml);
	foldkit_publish(f, xml.data, xml.len, "housing-rebuild", "2026110101");
	buf_free(&xml);
	enrol(f, 0, FOLDKIT_A);
	enrol(f, 1, FOLDKIT_B);
}

void
foldkit_close(struct foldkit *f)
{
	maker_free(&f->m[0]);
	maker_free(&f->m[1]);
	kit_close(&f->k);
}

void
foldkit_make(struct foldkit *f, int dev, struct journal_entry *x, const char *kind, const uint8_t *old, const char *payload)
{
	struct entry h;

	maker_header(&f->m[dev], &h, kind);
	if (h.has_form) {
		(void)snprintf(h.form, sizeof(h.form), "%s", f->id);
		(void)snprintf(h.form_version, sizeof(h.form_version), "%s", f->version);
		memcpy(h.form_hash, f->form, HASH_LEN);
	}
	if (old != NULL) {
		h.has_supersedes = 1;
		memcpy(h.supersedes, old, HASH_LEN);
	}
	assert_int_equal(maker_sign(&f->m[dev], x, &h, payload, f->personal), 0);
}

void
foldkit_put(struct foldkit *f, struct journal_entry *x)
{
	if (kit_append(&f->k, x, 1, NULL) != 0)
		fail_msg("%s", f->k.e.text);
	journal_entry_free(x);
}

void
foldkit_add(struct foldkit *f, int dev, const char *kind, const uint8_t *old, const char *payload, uint8_t *hash)
{
	struct journal_entry x;

	foldkit_make(f, dev, &x, kind, old, payload);
	if (hash != NULL)
		memcpy(hash, x.hash, HASH_LEN);
	foldkit_put(f, &x);
}

void
foldkit_review(struct foldkit *f, const uint8_t hash[HASH_LEN], const char *verdict)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, hash, HASH_LEN);
	assert_true(kit_put(&f->k, RECORD_REVIEW, "entry %s\nverdict %s\nnote -\n", hex, verdict) > 0);
}
