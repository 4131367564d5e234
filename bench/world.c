#include "bench/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "evidence/dsse.h"
#include "evidence/enrol.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "forms/form.h"

#define SALT 40                          /* of the county's fixed keys */
#define START UINT64_C(1760000000000)    /* MS, when the county begins */
#define DAYS UINT64_C(86400000)

static const char *const forms[BENCH_FORMS] = {"housing-rebuild", "water-works", "dew-training"};

static void
add_record(struct world *w, struct buf *body, const struct signer *officer, uint64_t *index)
{
	struct err e = {""};

	if (!buf_ok(body) || county_record(&w->c, body, officer, w->now, index, &e) != 0)
		die("record: %s", e.text);
	buf_free(body);
}

static void
begin(const struct world *w, struct buf *body, enum record_kind kind)
{
	buf_init(body, LEAF_MAX);
	(void)record_begin(body, kind, w->keys.keys.log_id, w->now);
}

static void
b64_line(struct buf *b, const char *name, const void *p, size_t n)
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_b64(b, p, n);
	(void)buf_putc(b, '\n');
}

static void
publish(struct world *w, struct bench_form *f, const char *id)
{
	char path[300];
	struct err e = {""};
	struct form *form;
	struct buf b;

	(void)snprintf(path, sizeof(path), "forms/catalogue/%s.xml", id);
	buf_init(&f->xml, FORM_BYTES_MAX);
	if (file_read(path, &f->xml, &e) != 0 || (form = form_parse(f->xml.data, f->xml.len, &e)) == NULL)
		die("%s", e.text);
	(void)snprintf(f->id, sizeof(f->id), "%s", form->id);
	(void)snprintf(f->version, sizeof(f->version), "%s", form->version);
	form_free(form);
	sha256(f->hash, f->xml.data, f->xml.len);
	if (ledger_form_add(w->c.l, f->hash, f->xml.data, f->xml.len, &e) != 0)
		die("%s", e.text);
	begin(w, &b, RECORD_FORM);
	(void)buf_printf(&b, "form %s %s ", f->id, f->version);
	(void)buf_hex(&b, f->hash, HASH_LEN);
	(void)buf_puts(&b, "\nstate published\n");
	add_record(w, &b, w->keys.officer, &f->index);
}

static void
first_records(struct world *w)
{
	struct buf b;
	uint64_t index;
	size_t i;

	begin(w, &b, RECORD_KEY);
	(void)buf_puts(&b, "what county\nversion 1\n");
	b64_line(&b, "keys", w->c.keys_text.data, w->c.keys_text.len);
	add_record(w, &b, NULL, &index);
	begin(w, &b, RECORD_KEY);
	(void)buf_puts(&b, "what policy\n");
	b64_line(&b, "policy", w->policy.data, w->policy.len);
	add_record(w, &b, NULL, &index);
	begin(w, &b, RECORD_KEY);
	(void)buf_puts(&b, "what person\nactor office\n");
	b64_line(&b, "key", signer_public(w->keys.officer), KEY_LEN);
	(void)buf_puts(&b, "role admin\nplace -\nstate active\n");
	add_record(w, &b, NULL, &index);
	for (i = 0; i < BENCH_FORMS; i++)
		publish(w, &w->form[i], forms[i]);
}

void
world_open(struct world *w, const char *dir)
{
	struct err e = {""};
	uint8_t secret[32];

	memset(w, 0, sizeof(*w));
	memset(secret, SALT, sizeof(secret));
	w->now = START;
	(void)snprintf(w->dir, sizeof(w->dir), "%s", dir);
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s/county/ledger.db", dir);
	(void)snprintf(w->guard, sizeof(w->guard), "%s/county/guard", dir);
	buf_init(&w->c.keys_text, KEYS_MAX);
	buf_init(&w->policy, 4096);
	if (county_make(&w->keys, SALT) != 0 || (w->c.sealing = sealer_new(secret)) == NULL ||
	    keys_print(&w->c.keys_text, &w->keys.keys, w->keys.root) != 0 || file_mkdirs(w->guard, 0700, &e) != 0 || remove(w->guard) != 0)
		die("the county cannot be made: %s", e.text);
	(void)buf_puts(&w->policy, "log ");
	(void)vkey_print(&w->policy, &w->keys.keys.log);
	(void)buf_puts(&w->policy, "\nquorum none\n");
	w->c.keys = w->keys.keys;
	w->c.log = w->keys.log;
	w->c.service = w->keys.service;
	if ((w->c.l = ledger_create(w->url, w->guard, &e)) == NULL)
		die("%s", e.text);
	first_records(w);
}

void
world_close(struct world *w)
{
	size_t i;

	ledger_close(w->c.l);
	sealer_free(w->c.sealing);
	buf_free(&w->c.keys_text);
	buf_free(&w->policy);
	for (i = 0; i < BENCH_FORMS; i++)
		buf_free(&w->form[i].xml);
	county_free(&w->keys);
}

/* The token's other half: what the officer signed, kept by the county. */
static void
invite(struct world *w, const char *place, uint8_t secret[TOKEN_SECRET_LEN])
{
	struct ledger_invitation i = {.expires = w->now + DAYS};
	struct invitation text = {.expires = i.expires};
	struct err e = {""};
	struct buf b;

	random_bytes(secret, TOKEN_SECRET_LEN);
	memcpy(i.secret, secret, TOKEN_SECRET_LEN);
	token_secret_hash(i.secret_hash, secret);
	(void)snprintf(i.place, sizeof(i.place), "%s", place);
	memcpy(i.officer, signer_keyhash(w->keys.officer), HASH_LEN);
	memcpy(text.log, w->c.keys.log_id, HASH_LEN);
	memcpy(text.place, i.place, sizeof(text.place));
	memcpy(text.secret, i.secret_hash, HASH_LEN);
	buf_init(&b, 4096);
	if (invitation_print(&b, &text) != 0 || dsse_sign(i.sig, w->keys.officer, DSSE_ENROL, b.data, b.len) != 0 || ledger_invite(w->c.l, &i, &e) != 0)
		die("invitation: %s", e.text);
	buf_free(&b);
}

static void
enrol(struct village *v, struct world *w, const uint8_t genesis[HASH_LEN])
{
	uint8_t secret[TOKEN_SECRET_LEN], root[HASH_LEN];
	struct enrol_request r = {.st = {.epoch = 1}};
	struct enrolled a;
	struct buf ask, answer;
	struct err e = {""};

	invite(w, v->place, secret);
	memcpy(r.st.log, w->c.keys.log_id, HASH_LEN);
	memcpy(r.st.device, v->device, HASH_LEN);
	memcpy(r.st.key, signer_public(v->s), KEY_LEN);
	memcpy(r.st.place, v->place, sizeof(r.st.place));
	memcpy(r.st.genesis, genesis, HASH_LEN);
	random_bytes(r.nonce, sizeof(r.nonce));
	keys_root_hash(&w->c.keys, root);
	buf_init(&ask, 65536);
	buf_init(&answer, 1U << 20);
	enrolled_init(&a);
	if (enrol_request_make(&ask, &r, secret, v->s) != 0 || county_enrol(&w->c, ask.data, ask.len, w->now, &answer, &e) != 0 ||
	    enrolled_parse(&a, answer.data, answer.len, root, r.nonce, &e) != 0 || device_enrolled(v->j, &a, "http://127.0.0.1/", &e) != 0)
		die("enrolment: %s", e.text);
	enrolled_free(&a);
	buf_free(&ask);
	buf_free(&answer);
}

static void
genesis(struct village *v)
{
	struct epoch_open o;
	struct journal_entry x;
	struct err e = {""};

	memset(&o, 0, sizeof(o));
	memcpy(o.key, signer_public(v->s), KEY_LEN);
	memcpy(o.place, v->place, sizeof(o.place));
	journal_entry_init(&x);
	if (epoch_open_print(&x.payload, &o, 1) != 0)
		die("out of memory");
	village_sign(v, &x, "epoch-open");
	if (journal_append(v->j, &x, 1, &e) != 0)
		die("%s", e.text);
	journal_entry_free(&x);
}

void
village_open(struct village *v, struct world *w, const char *place)
{
	uint8_t seed[SEED_LEN] = {0};
	struct err e = {""};
	size_t i;

	memset(v, 0, sizeof(*v));
	v->w = w;
	seed[0] = (uint8_t)w->villages;
	seed[1] = (uint8_t)(w->villages++ >> 8);
	v->wall = w->now;
	v->mono = 100000 + 7919 * w->villages;
	(void)snprintf(v->place, sizeof(v->place), "%s", place);
	(void)snprintf(v->dir, sizeof(v->dir), "%s/village-%u", w->dir, w->villages);
	if ((v->s = signer_new(seed)) == NULL || (v->j = journal_create(v->dir, &e)) == NULL)
		die("%s: %s", v->dir, e.text);
	memcpy(v->device, signer_keyhash(v->s), HASH_LEN);
	if (journal_set(v->j, "device", v->device, HASH_LEN, &e) != 0)
		die("%s", e.text);
	genesis(v);
	enrol(v, w, v->last_hash);
	for (i = 0; i < BENCH_FORMS; i++) {
		if (journal_form_add(v->j, w->form[i].id, w->form[i].version, w->form[i].hash, w->form[i].index, w->form[i].xml.data, w->form[i].xml.len, &e) != 0)
			die("%s", e.text);
	}
	(void)village_sync(v, w, 1U << 20, NULL, NULL);
}

void
village_close(struct village *v)
{
	journal_close(v->j);
	signer_free(v->s);
}

uint64_t
village_sync(struct village *v, struct world *w, size_t max, size_t *up, size_t *down)
{
	struct device_outcome *o = calloc(1, sizeof(*o));
	struct device_request r;
	struct county_stats st;
	struct err e = {""};
	struct buf answer;
	uint64_t confirmed;
	int verdict;

	buf_init(&answer, ANSWER_MAX);
	if (o == NULL || device_request(&r, v->j, v->s, max, &e) != 0 || county_sync(&w->c, r.bytes.data, r.bytes.len, w->now, &answer, &st, &e) != 0 ||
	    st.refused != 0)
		die("%s: sync: %s (%.600s)", v->place, e.text, buf_str(&answer));
	if ((verdict = device_answer(o, v->j, &r, answer.data, answer.len, &e)) != DEVICE_OK)
		die("%s: the answer's verdict is %d: %s", v->place, verdict, e.text);
	if (up != NULL)
		*up = r.bytes.len;
	if (down != NULL)
		*down = answer.len;
	confirmed = o->confirmed;
	buf_free(&r.bytes);
	buf_free(&answer);
	free(o);
	return confirmed;
}
