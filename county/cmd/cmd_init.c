#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "evidence/leaf.h"
#include "evidence/value.h"

/* What a county's beginning consists of. */
struct start {
	struct office o;
	const struct args *a;
	struct signer *root, *officer;
	struct buf policy;
	struct buf leaf[3];
};

static const char *const traces[] = { "root.key", "log.key", "service.key", "sealing.key", "officer.key", "people", "county.keys",
	"policy.txt", "store.url", "restore.unfinished", "keys.lock", "guard", "guard.lock", "ledger.db", "ledger.db-wal" };

static int
refuse_traces(const char *dir, const char *url, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		if (file_path(path, sizeof(path), dir, traces[i]) != 0)
			return err_set(e, "%.64s...: path too long", dir);
		if (file_exists(path))
			return err_set(e, "%s: a trace of a county is here already; init makes a new one only where none was", path);
	}
	if (file_exists(strchr(url, ':') + 1))
		return err_set(e, "%s: is there already", url);
	return 0;
}

static int
save_signer(const struct start *s, const struct signer *key, const char *name, struct err *e)
{
	char path[OFFICE_PATH_MAX];

	return file_path(path, sizeof(path), s->o.dir, name) == 0 ? signer_save(key, path, e) : err_set(e, "%s: path too long", name);
}

static int
read_pins(struct start *s, struct county_keys *k, struct err *e)
{
	size_t i, n = opt_count(s->a, "tls-pin");
	const char *pin;

	if (n > KEYS_TLS_MAX)
		return err_set(e, "--tls-pin: at most %d", KEYS_TLS_MAX);
	for (i = 0; i < n; i++) {
		pin = opt_nth(s->a, "tls-pin", i);
		if (dec_hex(k->tls[i], HASH_LEN, pin, strlen(pin)) != 0)
			return err_set(e, "--tls-pin %.80s: is not a SHA-256 (64 hex digits, lower case)", pin);
	}
	k->ntls = n;
	return 0;
}

static int
make_keys(struct start *s, const char *origin, const char *name, struct err *e)
{
	struct county *c = &s->o.c;
	struct county_keys *k = &c->keys;
	const struct field text = { name, strlen(name) };

	s->root = signer_new(NULL);
	s->officer = signer_new(NULL);
	c->log = signer_new(NULL);
	c->service = signer_new(NULL);
	c->sealing = sealer_new(NULL);
	if (!s->root || !s->officer || !c->log || !c->service || !c->sealing)
		return err_set(e, "out of memory");
	if (!value_text(text) || text.len >= sizeof(k->name))
		return err_set(e, "--name: 1 to %zu bytes without control characters", sizeof(k->name) - 1);
	if (vkey_make(&k->log, origin, NOTE_ED25519, signer_public(c->log)) != 0)
		return err_set(e, "--origin %.200s: is no name for a log (no spaces, no '+', at most %d bytes)", origin, NOTE_NAME_MAX - 1);
	if (read_pins(s, k, e) != 0)
		return -1;
	(void)strcpy(k->name, name);
	k->version = 1;
	k->issued = (uint64_t)clock_wall();
	memcpy(k->root, signer_public(s->root), KEY_LEN);
	memcpy(k->service, signer_public(c->service), KEY_LEN);
	memcpy(k->sealing, sealer_public(c->sealing), KEY_LEN);
	vkey_hash(&k->log, k->log_id);
	buf_init(&c->keys_text, KEYS_MAX);
	buf_init(&s->policy, 4096);
	(void)buf_puts(&s->policy, "log ");
	(void)vkey_print(&s->policy, &k->log);
	(void)buf_puts(&s->policy, "\nquorum none\n");
	return keys_print(&c->keys_text, k, s->root) == 0 && buf_ok(&s->policy) ? 0 : err_set(e, "county.keys cannot be made");
}

/* The leaves a log begins with: county.keys, policy.txt, the first officer. */
static int
make_records(struct start *s, struct err *e)
{
	struct buf b;
	size_t i;
	int rc = 0;

	for (i = 0; i < 3 && rc == 0; i++) {
		office_begin(&s->o, &b, RECORD_KEY);
		if (i == 0) {
			(void)buf_puts(&b, "what county\nversion 1\nkeys ");
			(void)buf_b64(&b, s->o.c.keys_text.data, s->o.c.keys_text.len);
		} else if (i == 1) {
			(void)buf_puts(&b, "what policy\npolicy ");
			(void)buf_b64(&b, s->policy.data, s->policy.len);
		} else {
			(void)buf_puts(&b, "what person\nactor " OFFICE_ADMIN "\nkey ");
			(void)buf_b64(&b, signer_public(s->officer), KEY_LEN);
			(void)buf_puts(&b, "\nrole admin\nplace -\nstate active");
		}
		(void)buf_putc(&b, '\n');
		buf_init(&s->leaf[i], LEAF_MAX);
		rc = record_seal(&s->leaf[i], &b, s->o.c.service, NULL, e);
		buf_free(&b);
	}
	return rc;
}

static int
save_all(struct start *s, const char *url, struct err *e)
{
	struct office *o = &s->o;
	char path[OFFICE_PATH_MAX], line[OFFICE_PATH_MAX];
	int n = snprintf(line, sizeof(line), "%s\n", url);

	if (n < 0 || (size_t)n >= sizeof(line) || strchr(url, '\n') != NULL)
		return err_set(e, "--store: too long");
	if (save_signer(s, s->root, "root.key", e) != 0 || save_signer(s, o->c.log, "log.key", e) != 0 ||
	    save_signer(s, o->c.service, "service.key", e) != 0 || save_signer(s, s->officer, "officer.key", e) != 0)
		return -1;
	if (file_path(path, sizeof(path), o->dir, "sealing.key") != 0 || sealer_save(o->c.sealing, path, e) != 0 ||
	    file_path(path, sizeof(path), o->dir, "county.keys") != 0 ||
	    file_create(path, o->c.keys_text.data, o->c.keys_text.len, 0644, e) != 0 ||
	    file_path(path, sizeof(path), o->dir, "policy.txt") != 0 || file_create(path, s->policy.data, s->policy.len, 0644, e) != 0 ||
	    file_path(path, sizeof(path), o->dir, "store.url") != 0)
		return -1;
	return file_create(path, line, (size_t)n, 0600, e);
}

static int
begin_log(struct start *s, struct err *e)
{
	struct ledger_item item[3] = { { 0 } };
	struct buf note;
	uint64_t first, count;
	size_t i;
	int rc;

	if ((s->o.c.l = ledger_create(s->o.url, s->o.guard, e)) == NULL)
		return -1;
	for (i = 0; i < 3; i++) {
		item[i].record = s->leaf[i].data;
		item[i].record_len = s->leaf[i].len;
	}
	buf_init(&note, NOTE_MAX);
	rc = ledger_append(s->o.c.l, item, 3, (uint64_t)clock_wall(), county_sign_head, &s->o.c, &first, &count, &note, e);
	buf_free(&note);
	return rc;
}

static int
show(const struct start *s)
{
	uint8_t hash[HASH_LEN];
	struct buf b;

	keys_root_hash(&s->o.c.keys, hash);
	buf_init(&b, OUT_MAX);
	if (s->a->json) {
		json_begin(&b);
		json_put_str(&b, "origin", s->o.c.keys.log.name);
		json_put_hex(&b, "root", hash, HASH_LEN);
		json_put_str(&b, "data", s->o.dir);
		json_put_str(&b, "store", s->o.url);
		json_end(&b);
	} else {
		(void)buf_puts(&b, "root key fingerprint (SHA-256): ");
		(void)buf_hex(&b, hash, HASH_LEN);
		(void)buf_putc(&b, '\n');
	}
	out_say(s->a, "%s: the county %s is ready, log %s.", s->o.dir, s->o.c.keys.name, s->o.c.keys.log.name);
	out_say(s->a, "Now move %s/root.key to a stick and lock it away: the server does not need it, and whoever has it can be this county.", s->o.dir);
	return out_put(s->a, &b);
}

int
cmd_init(const struct args *a)
{
	const char *origin = opt_get(a, "origin"), *name = opt_get(a, "name"), *store = opt_get(a, "store");
	struct start s = { .a = a };
	struct err e = { "" };
	size_t i;
	int rc = EXIT_USAGE;

	if (origin == NULL || name == NULL) {
		(void)err_set(&e, "init: --origin NAME and --name TEXT are needed");
		return opt_fail(&e);
	}
	if (store != NULL && strncmp(store, "sqlite:", 7) != 0) {
		(void)err_set(&e, "--store %.200s: only sqlite:PATH is built yet", store);
		return opt_fail(&e);
	}
	if (store == NULL)
		store = "sqlite:ledger.db";
	if (strlen(a->data) >= sizeof(s.o.dir) || file_path(s.o.guard, sizeof(s.o.guard), a->data, "guard") != 0 ||
	    office_url(a->data, store, s.o.url, sizeof(s.o.url)) != 0) {
		(void)err_set(&e, "%.64s...: path too long", a->data);
		return opt_fail(&e);
	}
	(void)strcpy(s.o.dir, a->data);
	if (refuse_traces(a->data, s.o.url, &e) != 0)
		return opt_refuse(&e);
	if (make_keys(&s, origin, name, &e) == 0 && make_records(&s, &e) == 0 && file_mkdirs(a->data, 0700, &e) == 0 &&
	    (chmod(a->data, 0700) == 0 || err_set(&e, "%s: its mode cannot be set to 0700", a->data) == 0) &&
	    save_all(&s, store, &e) == 0 && begin_log(&s, &e) == 0)
		rc = show(&s);
	else
		(void)opt_fail(&e);
	signer_free(s.root);
	signer_free(s.officer);
	buf_free(&s.policy);
	for (i = 0; i < 3; i++)
		buf_free(&s.leaf[i]);
	office_close(&s.o);
	return rc;
}
