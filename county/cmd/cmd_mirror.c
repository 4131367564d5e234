#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/cmd/out.h"
#include "county/upward/upward_print.h"

/* mirror add, drop, push, list at a county; mirror accept, counties at the server above it. */

static void
fingerprint(const struct args *a, const char *what, const struct county_keys *k)
{
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct buf vkey;

	keys_root_hash(k, hash);
	enc_hex(hex, hash, HASH_LEN);
	buf_init(&vkey, 1024);
	(void)vkey_print(&vkey, &k->log);
	out_say(a, "%s: %s (%s)\n  root key  %s\n  log key   %s\ncompare both with what its office shows (tally-county keys)", what, k->name, k->log.name, hex, buf_str(&vkey));
	buf_free(&vkey);
}

static int
add(const struct args *a, struct office *o, struct mirrors *m, const uint8_t *root, struct err *e)
{
	struct mirror_to *t = NULL, was;
	const char *url = a->pos[0];

	if (strlen(url) > MIRROR_URL_MAX || strpbrk(url, " \t\n") != NULL)
		return err_set(e, "%.64s...: is no URL of at most %d characters", url, MIRROR_URL_MAX);
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->at[i].url, url) == 0)
			t = &m->at[i];
	if (t == NULL && m->n == MIRRORS_MAX)
		return err_set(e, "the log goes to %d servers already; drop one first", MIRRORS_MAX);
	was = t != NULL ? *t : (struct mirror_to){ .size = 0 };
	if (t == NULL) {
		t = &m->at[m->n++];
		memset(t, 0, sizeof(*t));
		buf_init(&t->keys_text, KEYS_MAX);
		(void)strcpy(t->url, url);
	}
	t->personal = opt_get(a, "with-personal") != NULL;
	t->allow_http = opt_get(a, "allow-http") != NULL;
	if (mirror_fetch_keys(t, root, e) != 0)
		return -1;
	if (memcmp(t->keys.log_id, o->c.keys.log_id, HASH_LEN) == 0)
		return err_set(e, "%s: is this county itself", url);
	if (was.url[0] != '\0' && memcmp(was.keys.root, t->keys.root, KEY_LEN) != 0 && root == NULL)
		return err_set(e, "%s: has another root key than when it was added; if that is right, name it with --root", url);
	if (mirrors_save(m, o->c.l, e) != 0)
		return -1;
	fingerprint(a, "mirrored to", &t->keys);
	return 0;
}

int
cmd_mirror_add(const struct args *a)
{
	const char *hex = opt_get(a, "root");
	uint8_t root[HASH_LEN];
	struct mirrors m = { .n = 0 };
	struct office o;
	struct err e = { "" };
	struct buf b;
	int rc;

	if (hex != NULL && dec_hex(root, HASH_LEN, hex, strlen(hex)) != 0) {
		(void)err_set(&e, "--root %.80s: is not the SHA-256 of a root key (64 hex digits, lower case)", hex);
		return opt_fail(&e);
	}
	if (hex == NULL && opt_get(a, "with-personal") != NULL) {
		(void)err_set(&e, "--with-personal: personal parts go only to a server whose root key is named with --root");
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (mirrors_load(&m, o.c.l, &e) != 0 || add(a, &o, &m, hex != NULL ? root : NULL, &e) != 0)
		rc = opt_fail(&e);
	else {
		buf_init(&b, OUT_MAX);
		if (a->json)
			mirrors_json(&b, &m);
		if (a->json)
			(void)buf_putc(&b, '\n');
		rc = out_put(a, &b);
	}
	mirrors_free(&m);
	office_close(&o);
	return rc;
}

int
cmd_mirror_drop(const struct args *a)
{
	struct mirrors m;
	struct office o;
	struct err e = { "" };
	size_t i;
	int rc = -1;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (mirrors_load(&m, o.c.l, &e) == 0) {
		for (i = 0; i < m.n && strcmp(m.at[i].url, a->pos[0]) != 0; i++)
			continue;
		if (i == m.n)
			(void)err_set(&e, "%.128s: the log is not mirrored there", a->pos[0]);
		else {
			buf_free(&m.at[i].keys_text);
			memmove(&m.at[i], &m.at[i + 1], (m.n - i - 1) * sizeof(m.at[0]));
			m.n--;
			rc = mirrors_save(&m, o.c.l, &e);
		}
		mirrors_free(&m);
	}
	office_close(&o);
	return rc == 0 ? EXIT_YES : opt_fail(&e);
}

int
cmd_mirror_list(const struct args *a)
{
	struct mirrors m;
	struct office o;
	struct err e = { "" };
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&b, OUT_MAX);
	if (mirrors_load(&m, o.c.l, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		if (a->json)
			mirrors_json(&b, &m);
		else
			mirrors_text(&b, &m);
		if (a->json)
			(void)buf_putc(&b, '\n');
		rc = out_put(a, &b);
		mirrors_free(&m);
	}
	office_close(&o);
	return rc;
}

static void
pushed(struct buf *b, const struct mirror_to *t, const struct mirror_round *r, int rc)
{
	json_begin(b);
	json_put_str(b, "url", t->url);
	json_put_bool(b, "confirmed", rc == 0);
	json_put_u64(b, "size", t->size);
	json_put_u64(b, "sent", r->sent);
	json_put_u64(b, "attachments", r->attachments);
	json_put_u64(b, "requests", r->requests);
	json_put_u64(b, "bytes_up", r->up);
	json_put_u64(b, "bytes_down", r->down);
	if (t->why[0] != '\0')
		json_put_str(b, "why", t->why);
	json_end(b);
}

int
cmd_mirror_push(const struct args *a)
{
	struct mirror_round r;
	struct mirrors m;
	struct office o;
	struct err e = { "" };
	struct buf b;
	int rc, all = EXIT_YES;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if (mirrors_load(&m, o.c.l, &e) != 0) {
		office_close(&o);
		return opt_fail(&e);
	}
	buf_init(&b, OUT_MAX);
	for (size_t i = 0; i < m.n; i++) {
		e.text[0] = '\0';
		if ((rc = mirror_round(&o.c, &m.at[i], NULL, &r, &e)) != 0) {
			out_say(a, "%s", e.text);
			all = EXIT_NO;
		}
		if (mirror_said(&m.at[i], o.c.l, &e) != 0 || mirrors_save(&m, o.c.l, &e) != 0)
			out_say(a, "%s", e.text);
		if (a->json)
			pushed(&b, &m.at[i], &r, rc);
		else if (rc == 0)
			(void)buf_printf(&b, "%s: holds all %llu leaves (%llu sent, %llu attachments, %llu bytes up)\n", m.at[i].url, (unsigned long long)m.at[i].size,
			    (unsigned long long)r.sent, (unsigned long long)r.attachments, (unsigned long long)r.up);
	}
	if (m.n == 0)
		out_say(a, "the log is mirrored to no server (tally-county mirror add URL)");
	mirrors_free(&m);
	office_close(&o);
	rc = out_put(a, &b);
	return rc != EXIT_YES ? rc : all;
}

int
cmd_mirror_accept(const struct args *a)
{
	const char *place = opt_get(a, "place") != NULL ? opt_get(a, "place") : "";
	struct county_keys k;
	struct lower x;
	struct office o;
	struct err e = { "" };
	struct buf keys, b;
	int rc;

	if (*place != '\0' && !field_place((struct field){ place, strlen(place) })) {
		(void)err_set(&e, "--place %.32s: not 2, 4, 6, 9 or 12 digits", place);
		return opt_fail(&e);
	}
	buf_init(&keys, KEYS_MAX);
	if (opt_read(a, a->pos[0], &keys, &e) != 0 || office_open(&o, a->data, OFFICE_READ, &e) != 0) {
		buf_free(&keys);
		return opt_fail(&e);
	}
	if (lower_accept(&o, buf_str(&keys), keys.len, place, opt_get(a, "with-personal") != NULL, &x, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		if (keys_parse(&k, keys.data, keys.len, NULL) == 0)
			fingerprint(a, "accepted", &k);
		buf_init(&b, OUT_MAX);
		if (a->json)
			(void)lower_json(&b, &x, (uint64_t)clock_wall());
		rc = out_put(a, &b);
		lower_close(&x);
	}
	buf_free(&keys);
	office_close(&o);
	return rc;
}

static int
one_line(void *ctx, struct lower *x)
{
	return lower_json(ctx, x, (uint64_t)clock_wall());
}

int
cmd_mirror_counties(const struct args *a)
{
	struct office o;
	struct err e = { "" };
	struct buf b;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&b, OUT_MAX);
	if ((a->json ? lower_each(o.dir, one_line, &b, &e) : lowers_text(&b, o.dir, (uint64_t)clock_wall(), &e)) != 0) {
		buf_free(&b);
		rc = opt_fail(&e);
	} else {
		rc = out_put(a, &b);
	}
	office_close(&o);
	return rc;
}
