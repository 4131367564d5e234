#include <string.h>

#include "base/enc.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "evidence/checkpoint.h"
#include "evidence/tlogproof.h"

static int
newest(struct office *o, struct buf *note, struct checkpoint *c, struct err *e)
{
	if (ledger_note(o->c.l, UINT64_MAX, note) != 1)
		return err_set(e, "the ledger cannot be read");
	return checkpoint_open(c, note->data, note->len, &o->c.keys.log, e);
}

int
cmd_log_checkpoint(const struct args *a)
{
	struct office o;
	struct checkpoint c;
	struct buf note, b;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&note, NOTE_MAX);
	buf_init(&b, OUT_MAX);
	if (newest(&o, &note, &c, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		if (a->json) {
			json_begin(&b);
			json_put_str(&b, "origin", c.origin);
			json_put_u64(&b, "size", c.size);
			json_put_b64(&b, "root", c.root, HASH_LEN);
			json_put_str(&b, "note", buf_str(&note));
			json_end(&b);
		} else {
			(void)buf_put(&b, note.data, note.len);
		}
		rc = out_put(a, &b);
	}
	buf_free(&note);
	office_close(&o);
	return rc;
}

/* The proof of one leaf in the tree of the newest note. */
static int
make_proof(struct office *o, uint64_t index, struct buf *out, struct err *e)
{
	struct tlogproof t = { .index = index };
	struct checkpoint c;
	struct buf note;
	int rc;

	buf_init(&note, NOTE_MAX);
	if ((rc = newest(o, &note, &c, e)) == 0) {
		t.note = buf_str(&note);
		t.note_len = note.len;
		if (proof_inclusion(&t.path, ledger_reader(o->c.l), index, c.size) != 0 || tlogproof_print(out, &t) != 0)
			rc = err_set(e, "the ledger cannot be read");
	}
	buf_free(&note);
	return rc;
}

int
cmd_log_proof(const struct args *a)
{
	struct office o;
	struct ledger_entry x;
	struct buf b, proof;
	uint8_t hash[HASH_LEN];
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	ledger_entry_init(&x);
	buf_init(&b, OUT_MAX);
	buf_init(&proof, OUT_MAX);
	if (office_entry(&o, a->pos[0], hash, &e) != 0) {
		rc = opt_refuse(&e);
	} else if (ledger_entry_get(o.c.l, hash, &x) != 1 || make_proof(&o, x.index, &proof, &e) != 0) {
		if (e.text[0] == '\0')
			(void)err_set(&e, "the ledger cannot be read");
		rc = opt_fail(&e);
	} else {
		if (a->json) {
			json_begin(&b);
			json_put_hex(&b, "entry", hash, HASH_LEN);
			json_put_u64(&b, "index", x.index);
			json_put_str(&b, "proof", buf_str(&proof));
			json_end(&b);
		} else {
			(void)buf_put(&b, proof.data, proof.len);
		}
		rc = out_put(a, &b);
	}
	buf_free(&proof);
	ledger_entry_free(&x);
	office_close(&o);
	return rc;
}

struct check {
	const struct args *a;
	struct buf b;
};

static void
finding(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	struct check *k = ctx;

	if (k->a->json) {
		if (k->b.len > 0 && k->b.data[k->b.len - 1] == '}')
			(void)buf_putc(&k->b, ',');
		(void)buf_putc(&k->b, '{');
		json_put_str(&k->b, "code", code);
		if (device != NULL) {
			json_put_hex(&k->b, "device", device, HASH_LEN);
			json_put_u64(&k->b, "epoch", epoch);
			json_put_u64(&k->b, "seq", seq);
		}
		json_put_str(&k->b, "detail", detail ? detail : "");
		(void)buf_putc(&k->b, '}');
		return;
	}
	(void)buf_printf(&k->b, "%s", code);
	if (device != NULL) {
		(void)buf_puts(&k->b, " device ");
		(void)buf_hex(&k->b, device, HASH_LEN);
		(void)buf_printf(&k->b, " epoch %u seq %llu", epoch, (unsigned long long)seq);
	}
	(void)buf_printf(&k->b, ": %s\n", detail ? detail : "");
}

static int
told(struct check *k, uint64_t size, const uint8_t root[HASH_LEN], int found)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (k->a->json) {
		json_begin(&b);
		json_put_bool(&b, "ok", found == 0);
		json_put_u64(&b, "size", size);
		json_put_b64(&b, "root", root, HASH_LEN);
		(void)buf_printf(&b, ",\"findings\":[%s]", buf_str(&k->b));
		json_end(&b);
	} else {
		(void)buf_put(&b, buf_str(&k->b), k->b.len);
		(void)buf_printf(&b, "%s: %llu leaves, %d findings\n", found ? "NOT whole" : "whole", (unsigned long long)size, found);
	}
	return out_put(k->a, &b);
}

int
cmd_log_check(const struct args *a)
{
	struct check k = { .a = a };
	uint8_t root[HASH_LEN];
	uint64_t size;
	struct office o;
	const char *why;
	struct err e = { "" };
	int rc, found;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&k.b, OUT_MAX);
	if (ledger_head(o.c.l, &size, root) != 0 || (found = ledger_check(o.c.l, finding, &k)) < 0) {
		(void)err_set(&e, "the ledger cannot be read");
		rc = opt_fail(&e);
	} else {
		if (!ledger_may_sign(o.c.l, &why)) {
			finding(&k, "may-not-sign", NULL, 0, 0, why);
			found++;
		}
		rc = told(&k, size, root, found);
		rc = rc == EXIT_YES && found > 0 ? EXIT_NO : rc;
	}
	buf_free(&k.b);
	office_close(&o);
	return rc;
}
