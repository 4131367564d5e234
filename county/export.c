#include "county/export.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "county/export_entries.h"
#include "county/hashset.h"
#include "county/upward/lower.h"
#include "evidence/checkpoint.h"
#include "evidence/export.h"
#include "evidence/policy.h"
#include "evidence/record.h"
#include "sync/dict.h"

/* What makes a copy's export another one than the county's own. */
struct packing {
	const struct county *above; /* whose server packs it; NULL: the county itself */
	const struct buf *policy;   /* from the log; NULL: policy.txt */
};

/* The record that the log leaves the house: of the head as it was before. */
static int
record_export(struct office *o, int personal, struct err *e)
{
	uint8_t root[HASH_LEN];
	uint64_t size;
	struct buf b;

	if (ledger_head(o->c.l, &size, root) != 0)
		return err_set(e, "the ledger cannot be read");
	office_begin(o, &b, RECORD_EXPORT);
	(void)buf_printf(&b, "size %llu\nroot ", (unsigned long long)size);
	(void)buf_b64(&b, root, HASH_LEN);
	(void)buf_printf(&b, "\npersonal %s\nsince 0\n", personal ? "included" : "withheld");
	return office_append(o, &b, NULL, NULL, e);
}

/* county.keys and policy.txt as they lie in the data directory. */
static int
put_texts(struct office *o, const struct packing *p, struct export_writer *w, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf b;
	int rc = -1;

	buf_init(&b, POLICY_MAX);
	if (p->policy != NULL)
		rc = export_put(w, "policy.txt", p->policy->data, p->policy->len, e);
	else if (file_path(path, sizeof(path), o->dir, "policy.txt") == 0 && file_read(path, &b, e) == 0)
		rc = export_put(w, "policy.txt", b.data, b.len, e);
	if (rc == 0)
		rc = export_put(w, "county.keys", o->c.keys_text.data, o->c.keys_text.len, e);
	if (rc == 0 && p->above != NULL)
		rc = export_put(w, "mirror.keys", p->above->keys_text.data, p->above->keys_text.len, e);
	buf_free(&b);
	return rc;
}

struct notes {
	struct export_writer *w;
	uint64_t size;
	struct err *e;
};

static int
put_note(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct notes *k = ctx;
	char path[128], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];

	if (size > k->size)
		return 0;
	sha256(hash, note, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "log/checkpoints/%llu-%s", (unsigned long long)size, hex);
	return export_put(k->w, path, note, n, k->e);
}

static int
put_leaf(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct notes *k = ctx;

	(void)index;
	return export_leaf(k->w, leaf, n, k->e);
}

struct forms {
	struct office *o;
	struct export_writer *w;
	uint64_t size;
	struct hashset dicts;
	struct err *e;
};

static int
put_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct forms *k = ctx;
	char path[128] = "forms/";
	struct buf xml;
	int rc;

	if (index >= k->size)
		return 0;
	buf_init(&xml, 2U << 20);
	enc_hex(path + 6, hash, HASH_LEN);
	(void)strcat(path, ".xml");
	if (ledger_form_body(k->o->c.l, hash, &xml) != 1)
		rc = err_set(k->e, "form %s %s: its bytes are not in the ledger", id, version);
	else
		rc = export_put(k->w, path, xml.data, xml.len, k->e);
	buf_free(&xml);
	return rc;
}

/* Every dictionary the log names, once. */
static int
put_dict(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct forms *k = ctx;
	char path[128] = "dicts/";
	uint8_t hash[HASH_LEN];
	struct record rec;
	struct buf b;
	int rc = 0;

	if (index >= k->size || record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	buf_init(&b, DICT_MAX);
	if (record_hash(&rec, "dict", hash) == 0 && !hashset_has(&k->dicts, hash)) {
		enc_hex(path + strlen(path), hash, HASH_LEN);
		if (hashset_add(&k->dicts, hash) < 0 || ledger_form_body(k->o->c.l, hash, &b) != 1)
			rc = err_set(k->e, "dictionary %s: its bytes are not in the ledger", path + strlen("dicts/"));
		else
			rc = export_put(k->w, path, b.data, b.len, k->e);
	}
	buf_free(&b);
	record_free(&rec);
	return rc;
}

static int
put_log(struct office *o, struct export_writer *w, const struct checkpoint *c, const struct buf *note, struct err *e)
{
	struct notes k = { w, c->size, e };

	if (export_put(w, "log/checkpoint", note->data, note->len, e) != 0 || ledger_each_note(o->c.l, put_note, &k) != 0 ||
	    ledger_each_leaf(o->c.l, 0, c->size, put_leaf, &k) != 0)
		return -1;
	return 0;
}

static int
pack(struct office *o, const struct packing *p, const char *dir, int personal, struct export_done *done, struct err *e)
{
	const struct county *by = p->above != NULL ? p->above : &o->c;
	struct manifest m = { .personal = personal, .mirror = p->above != NULL, .made = (uint64_t)clock_wall() };
	struct forms forms = { .o = o, .e = e };
	struct export_writer *w = NULL;
	struct checkpoint c;
	struct buf note;
	int rc = -1;

	memset(done, 0, sizeof(*done));
	e->text[0] = '\0';
	buf_init(&note, NOTE_MAX);
	hashset_init(&forms.dicts);
	/* a copy's log is the county's: nothing is written to it */
	if ((w = export_begin(dir, e)) == NULL || (p->above == NULL && record_export(o, personal, e) != 0))
		goto out;
	if (ledger_note(o->c.l, UINT64_MAX, &note) != 1 || checkpoint_open(&c, note.data, note.len, &o->c.keys.log, e) != 0)
		goto out;
	(void)strcpy(m.origin, c.origin);
	m.size = done->size = forms.size = c.size;
	memcpy(m.root, c.root, HASH_LEN);
	forms.w = w;
	if (put_texts(o, p, w, e) != 0 || put_log(o, w, &c, &note, e) != 0 || ledger_each_form(o->c.l, put_form, &forms) != 0 ||
	    ledger_each_record_of(o->c.l, RECORD_DICTIONARY, 0, put_dict, &forms) != 0 ||
	    export_entries(o, w, c.size, personal, done, e) != 0)
		goto out;
	rc = export_end(w, &m, by->keys.log.name, by->service, e);
	w = NULL;
out:
	if (rc != 0 && e->text[0] == '\0')
		(void)err_set(e, "the ledger cannot be read");
	export_abort(w);
	manifest_free(&m);
	hashset_free(&forms.dicts);
	buf_free(&note);
	return rc;
}

int
audit_export(struct office *o, const char *dir, int personal, struct export_done *done, struct err *e)
{
	const struct packing p = { NULL, NULL };

	return pack(o, &p, dir, personal, done, e);
}

struct newest { struct buf keys, policy; };

/* county.keys and policy as the copy's newest records say them. */
static int
newest_texts(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct newest *k = ctx;
	struct record r;
	struct buf *to = NULL;
	int rc = 0;

	(void)index;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	if (record_is(&r, "what", "county"))
		to = &k->keys;
	else if (record_is(&r, "what", "policy"))
		to = &k->policy;
	if (to != NULL) {
		buf_reset(to);
		rc = record_bytes(&r, to == &k->keys ? "keys" : "policy", to);
	}
	record_free(&r);
	return rc;
}

int
audit_export_of(const struct office *o, const char *origin, const char *dir, int personal, struct export_done *done, struct err *e)
{
	struct packing p = { .above = &o->c };
	struct newest k;
	struct office as = { .lock = -1 };
	struct lower x;
	int rc = -1;

	if (lower_find(&x, o->dir, origin, e) != 0)
		return -1;
	buf_init(&k.keys, KEYS_MAX);
	buf_init(&k.policy, POLICY_MAX);
	p.policy = &k.policy;
	if (x.size == 0)
		(void)err_set(e, "%s: nothing was received from it yet", origin);
	else if (personal && !x.u.personal)
		(void)err_set(e, "%s: personal parts are not held here", origin);
	else if (ledger_each_record_of(x.u.l, RECORD_KEY, 0, newest_texts, &k) < 0 || keys_parse(&as.c.keys, k.keys.data, k.keys.len, e) != 0)
		(void)(e->text[0] != '\0' || err_set(e, "%s: the copy cannot be read", origin));
	else {
		as.c.l = x.u.l;
		as.c.keys_text = k.keys;
		rc = pack(&as, &p, dir, personal, done, e);
	}
	buf_free(&k.keys);
	buf_free(&k.policy);
	lower_close(&x);
	return rc;
}
