#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/sync/heads.h"
#include "agent/show.h"
#include "base/clock.h"
#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/export.h"
#include "sync/device.h"

/* The village's half: its entries, and the county's receipts for them (docs/format.md 13). */

struct half {
	struct agent *ag;
	struct export_writer *w;
	struct manifest m;
	struct err e;
	uint64_t entries, receipts;
	uint64_t withheld;         /* personal parts and photos that are locked */
};

static int
put_entry(void *ctx, const struct journal_entry *x)
{
	struct half *h = ctx;
	struct export_entry o = { .header = x->header.data, .header_len = x->header.len, .sigs = x->sig, .nsigs = x->nsigs,
	    .payload = x->payload.data, .payload_len = x->payload.len };

	if (x->h.personal_len > 0 && x->personal_locked)
		h->withheld++;
	if (x->has_personal && x->h.personal_len > 0 && strcmp(x->h.kind, "reset-code") != 0) {
		o.salt = x->salt;
		o.personal = x->personal.data;
		o.personal_len = x->personal.len;
	}
	h->entries++;
	return export_entry(h->w, x->h.device, x->h.epoch, &o, &h->e);
}

static int
put_receipt(void *ctx, const struct range *r, const void *text, size_t n)
{
	struct half *h = ctx;
	struct checkpoint cp;
	struct note note;
	uint8_t device[HASH_LEN];
	struct range again;
	const char *p;
	size_t len;
	char path[128];

	if (receipt_parse(device, &again, &p, &len, text, n, &h->e) != 0 || note_parse(&note, p, len, &h->e) != 0 ||
	    checkpoint_parse(&cp, note.text, note.text_len, &h->e) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "receipts/%llu-%llu-%llu", (unsigned long long)r->first, (unsigned long long)r->count, (unsigned long long)cp.size);
	h->receipts++;
	return export_put(h->w, path, text, n, &h->e);
}

static int
put_note(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct half *h = ctx;
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1], path[160];

	sha256(hash, note, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "log/checkpoints/%llu-%s", (unsigned long long)size, hex);
	return export_put(h->w, path, note, n, &h->e);
}

static int
put_seen(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct half *h = ctx;
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1], path[160];

	sha256(hash, note, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "log/seen/%llu-%s", (unsigned long long)size, hex);
	return export_put(h->w, path, note, n, &h->e);
}

static int
put_form(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	struct half *h = ctx;
	char path[128] = "forms/";

	(void)id;
	(void)version;
	enc_hex(path + 6, hash, HASH_LEN);
	(void)strcat(path, ".xml");
	return export_put(h->w, path, xml, n, &h->e);
}

static int
put_attachment(void *ctx, const struct attachment *a)
{
	struct half *h = ctx;
	char path[128] = "attachments/";
	struct buf b;
	int rc;

	buf_init(&b, (size_t)a->len + 1);
	enc_hex(path + 12, a->hash, HASH_LEN);
	/* in the cabinet, or its key is gone: withheld, as the personal part is */
	if ((rc = journal_attachment_get(h->ag->j, a->hash, &b, &h->e)) == 0)
		rc = export_put(h->w, path, b.data, b.len, &h->e);
	else if (rc > 0)
		rc = 0, h->withheld++;
	buf_free(&b);
	return rc;
}

/* What the county gave: its keys, policy as this village understands it, and every note verified. */
static int
put_county(struct half *h)
{
	struct county_keys k;
	struct checkpoint cp;
	struct buf keys, note, policy;
	uint64_t size;
	int rc = -1;

	buf_init(&keys, KEYS_MAX);
	buf_init(&note, NOTE_MAX);
	buf_init(&policy, 4096);
	(void)strcpy(h->m.origin, "-");
	tree_root(h->m.root, NULL, 0);
	if (journal_get(h->ag->j, "keys", &keys) != 1) {
		rc = 0; /* never enrolled: entries alone */
		goto out;
	}
	if (device_keys(h->ag->j, &k, &h->e) != 0 || journal_note_newest(h->ag->j, &size, &note) != 1 ||
	    checkpoint_open(&cp, note.data, note.len, &k.log, &h->e) != 0)
		goto out;
	(void)strcpy(h->m.origin, cp.origin);
	h->m.size = cp.size;
	memcpy(h->m.root, cp.root, HASH_LEN);
	(void)buf_puts(&policy, "log ");
	(void)vkey_print(&policy, &k.log);
	(void)buf_puts(&policy, "\nquorum none\n");
	if (export_put(h->w, "county.keys", keys.data, keys.len, &h->e) == 0 && export_put(h->w, "policy.txt", policy.data, policy.len, &h->e) == 0 &&
	    export_put(h->w, "log/checkpoint", note.data, note.len, &h->e) == 0)
		rc = 0;
out:
	buf_free(&keys);
	buf_free(&note);
	buf_free(&policy);
	return rc;
}

static int
export_half(const struct args *a, struct agent *ag)
{
	struct half h = { .ag = ag, .m = { .village = 1, .personal = 1 } };
	const char *to = opt_get(a, "audit");
	char dir[4096], name[2 * HASH_LEN + 1];
	int rc;

	if (to == NULL)
		(void)err_set(&h.e, "export: say --audit DIR");
	if (to == NULL || opt_stage(a, to, dir, sizeof(dir), &h.e) != 0 || (h.w = export_begin(dir, &h.e)) == NULL)
		return opt_fail(&h.e);
	h.m.made = (uint64_t)clock_wall();
	if (put_county(&h) != 0 || journal_each(ag->j, put_entry, &h) != 0 || journal_each_receipt(ag->j, put_receipt, &h) != 0 ||
	    journal_each_note(ag->j, put_note, &h) != 0 || journal_each_form(ag->j, put_form, &h) != 0 || heads_each_kept(ag, put_seen, &h, &h.e) != 0 ||
	    journal_each_attachment(ag->j, 0, put_attachment, &h) != 0) {
		export_abort(h.w);
		opt_unstage(a, dir);
		if (h.e.text[0] == '\0')
			(void)err_set(&h.e, "the journal cannot be read");
		return opt_fail(&h.e);
	}
	enc_hex(name, ag->device, HASH_LEN);
	rc = export_end(h.w, &h.m, name, ag->s, &h.e);
	manifest_free(&h.m);
	if (rc != 0)
		opt_unstage(a, dir);
	if (rc != 0 || opt_deliver(a, dir, to, &h.e) != 0)
		return opt_fail(&h.e);
	(void)fprintf(a->io->err, "%llu entries and %llu receipts in %s\n", (unsigned long long)h.entries, (unsigned long long)h.receipts, to);
	if (h.withheld > 0)
		(void)fprintf(a->io->err, "%llu personal parts and photos are locked (nobody is signed in) and not in it\n", (unsigned long long)h.withheld);
	return EXIT_YES;
}

int
cmd_export(const struct args *a)
{
	return agent_with(a, export_half);
}
