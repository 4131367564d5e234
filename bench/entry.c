#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/world.h"
#include "evidence/checkpoint.h"
#include "evidence/dsse.h"

/* Entries of a village: composed and signed as the recorder does it, with a clock of their own, so that every run makes the same headers. */

/* Log and anchor, as the journal holds them. */
static void
anchor(const struct village *v, struct entry *h)
{
	struct checkpoint cp;
	struct buf note;

	buf_init(&note, NOTE_MAX);
	if (journal_note_newest(v->j, &h->anchor_size, &note) == 1) {
		if (checkpoint_open(&cp, note.data, note.len, &v->w->c.keys.log, NULL) != 0)
			die("the newest note does not open");
		h->has_log = 1;
		memcpy(h->log, v->w->c.keys.log_id, HASH_LEN);
		memcpy(h->anchor_root, cp.root, HASH_LEN);
		sha256(h->anchor_note, note.data, note.len);
	}
	buf_free(&note);
}

/* Two minutes to half an hour from one entry to the next. */
static void
tick(struct village *v, struct entry *h)
{
	v->step = (v->step * 1103515245 + 12345) % 2147483648U;
	v->wall += 120000 + v->step % 1680000;
	v->mono += 120000 + v->step % 1680000;
	h->wall = v->wall;
	h->mono = v->mono;
	h->clock = CLOCK_NTP;
	memcpy(h->boot, v->device, sizeof(h->boot));
}

void
village_sign(struct village *v, struct journal_entry *x, const char *kind)
{
	struct entry *h = &x->h;
	struct err e = {""};

	memcpy(h->device, v->device, HASH_LEN);
	h->epoch = 1;
	h->has_prev = v->last.epoch != 0;
	h->seq = h->has_prev ? v->last.seq + 1 : 0;
	memcpy(h->prev, v->last_hash, HASH_LEN);
	memcpy(h->place, v->place, sizeof(h->place));
	(void)snprintf(h->actor, sizeof(h->actor), "device");
	(void)snprintf(h->kind, sizeof(h->kind), "%s", kind);
	h->payload_len = x->payload.len;
	sha256(h->payload_hash, x->payload.data, x->payload.len);
	h->personal_len = x->personal.len;
	if (h->personal_len > 0) {
		x->has_personal = 1;
		random_bytes(x->salt, sizeof(x->salt));
		entry_personal_hash(h->personal_hash, x->salt, x->personal.data, x->personal.len);
	}
	tick(v, h);
	if (entry_check(h, &e) != 0 || entry_print(&x->header, h) != 0)
		die("entry: %s", e.text);
	entry_hash(x->hash, x->header.data, x->header.len);
	x->nsigs = 1;
	memcpy(x->sig[0].keyhash, signer_keyhash(v->s), HASH_LEN);
	if (dsse_sign(x->sig[0].sig, v->s, DSSE_ENTRY, x->header.data, x->header.len) != 0)
		die("out of memory");
	v->last = *h;
	memcpy(v->last_hash, x->hash, HASH_LEN);
}

void
village_compose(struct village *v, const struct bench_row *r, struct journal_entry *x)
{
	size_t i;

	journal_entry_init(x);
	for (i = 0; i < BENCH_FORMS && strcmp(v->w->form[i].id, r->form) != 0; i++)
		continue;
	if (i == BENCH_FORMS)
		die("%s: no such form", r->form);
	x->h.has_form = 1;
	memcpy(x->h.form, v->w->form[i].id, sizeof(x->h.form));
	memcpy(x->h.form_version, v->w->form[i].version, sizeof(x->h.form_version));
	memcpy(x->h.form_hash, v->w->form[i].hash, HASH_LEN);
	anchor(v, &x->h);
	(void)snprintf(x->subject, sizeof(x->subject), "%s", r->subject);
	if (buf_put(&x->payload, r->payload, r->payload_len) != 0 || buf_put(&x->personal, r->personal, r->personal_len) != 0)
		die("out of memory");
	village_sign(v, x, "record");
}

void
village_record(struct village *v, const struct bench_row *r, size_t n)
{
	struct journal_entry *x = calloc(n, sizeof(*x));
	struct err e = {""};
	size_t i;

	for (i = 0; x != NULL && i < n; i++)
		village_compose(v, &r[i], &x[i]);
	if (x == NULL || journal_append(v->j, x, n, &e) != 0)
		die("%s: %s", v->dir, e.text);
	for (i = 0; i < n; i++)
		journal_entry_free(&x[i]);
	free(x);
}
