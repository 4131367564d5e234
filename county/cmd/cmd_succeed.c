#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "evidence/checkpoint.h"
#include "evidence/leaf.h"

/*
 * log succeed: what was signed after the backup is lost.  The leaves that are
 * left go on under another name and another log key; the first record behind
 * them, signed by the root key, says which log they are the beginning of.
 */

#define VERSIONS_MAX 60 /* tried anew so often: office.c looks for sealing keys so far ahead */

struct succession {
	struct office o;
	const struct args *a;
	struct county next;          /* its keys and signers */
	struct signer *root;
	struct buf text, policy, leaf[3];
	uint64_t size;
};

static int
load_root(struct succession *s, struct err *e)
{
	const char *given = opt_get(s->a, "root");
	char path[OFFICE_PATH_MAX];

	if (given == NULL)
		return err_set(e, "log succeed: --root FILE is needed: where the root key lies");
	if (opt_path(s->a, given, path, sizeof(path)) != 0 || (s->root = signer_load(path, e)) == NULL)
		return -1;
	return memcmp(signer_public(s->root), s->o.c.keys.root, KEY_LEN) == 0 ? 0 : err_set(e, "%s: is not this county's root key", path);
}

/* "county.example/log" is followed by "county.example/log/2", that by "county.example/log/3". */
static void
next_name(const char *old, char *out, size_t size)
{
	const char *slash = strrchr(old, '/');
	unsigned n = 0;
	int used = 0;

	if (slash != NULL && sscanf(slash + 1, "%u%n", &n, &used) == 1 && slash[1 + used] == '\0' && n >= 2)
		(void)snprintf(out, size, "%.*s/%u", (int)(slash - old), old, n + 1);
	else
		(void)snprintf(out, size, "%s/2", old);
}

static int
save(const struct succession *s, const char *name, const struct signer *key, struct err *e)
{
	char path[OFFICE_PATH_MAX];

	if (office_key_path(&s->o, name, s->next.keys.version, path, sizeof(path)) != 0)
		return err_set(e, "%s: path too long", name);
	return signer_save(key, path, e);
}

/* The next version that no key file is of: those may be of an attempt that was cut short, or of a rotation that is lost, and what was sealed to them may still come. */
static uint64_t
free_version(const struct office *o)
{
	static const char *const names[] = { "log", "service", "sealing" };
	char path[OFFICE_PATH_MAX];
	uint64_t v = o->c.keys.version + 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		while (v < o->c.keys.version + VERSIONS_MAX && office_key_path(o, names[i], v, path, sizeof(path)) == 0 && file_exists(path)) {
			v++;
			i = 0;
		}
	return v;
}

/* A new log key, and new service and sealing keys: the old ones may be lost with the machine. */
static int
make_keys(struct succession *s, struct err *e)
{
	struct county_keys *k = &s->next.keys;
	char name[NOTE_NAME_MAX + 16], path[OFFICE_PATH_MAX];
	const char *origin = opt_get(s->a, "origin");

	*k = s->o.c.keys;
	k->version = free_version(&s->o);
	k->issued = (uint64_t)clock_wall();
	next_name(k->log.name, name, sizeof(name));
	if ((s->next.log = signer_new(NULL)) == NULL || (s->next.service = signer_new(NULL)) == NULL || (s->next.sealing = sealer_new(NULL)) == NULL)
		return err_set(e, "out of memory");
	if (origin != NULL && strcmp(origin, s->o.c.keys.log.name) == 0)
		return err_set(e, "--origin %.200s: is the old log's name; a new log has a new one", origin);
	if (vkey_make(&k->log, origin != NULL ? origin : name, NOTE_ED25519, signer_public(s->next.log)) != 0)
		return err_set(e, "--origin %.200s: is no name for a log", origin != NULL ? origin : name);
	vkey_hash(&k->log, k->log_id);
	memcpy(k->service, signer_public(s->next.service), KEY_LEN);
	memcpy(k->sealing, sealer_public(s->next.sealing), KEY_LEN);
	buf_init(&s->text, KEYS_MAX);
	buf_init(&s->policy, 4096);
	(void)buf_puts(&s->policy, "log ");
	(void)vkey_print(&s->policy, &k->log);
	(void)buf_puts(&s->policy, "\nquorum none\n");
	if (keys_print(&s->text, k, s->root) != 0 || !buf_ok(&s->policy))
		return err_set(e, "county.keys cannot be made");
	if (office_key_path(&s->o, "sealing", k->version, path, sizeof(path)) != 0)
		return err_set(e, "sealing: path too long");
	return save(s, "log", s->next.log, e) == 0 && save(s, "service", s->next.service, e) == 0 && sealer_save(s->next.sealing, path, e) == 0 ? 0 : -1;
}

static int
make_records(struct succession *s, struct err *e)
{
	uint8_t root[HASH_LEN], hash[HASH_LEN];
	uint64_t now = (uint64_t)clock_wall();
	struct buf note, b;
	int rc = 0;

	buf_init(&note, NOTE_MAX);
	if (ledger_head(s->o.c.l, &s->size, root) != 0 || ledger_note(s->o.c.l, UINT64_MAX, &note) != 1)
		rc = err_set(e, "the ledger cannot be read");
	sha256(hash, note.data, note.len);
	buf_free(&note);
	for (int i = 0; rc == 0 && i < 3; i++) {
		buf_init(&b, LEAF_MAX);
		(void)record_begin(&b, i == 0 ? RECORD_SUCCESSION : RECORD_KEY, s->next.keys.log_id, now);
		if (i == 0) {
			(void)buf_puts(&b, "old-log ");
			(void)buf_hex(&b, s->o.c.keys.log_id, HASH_LEN);
			(void)buf_printf(&b, "\nold-size %llu\nold-root ", (unsigned long long)s->size);
			(void)buf_b64(&b, root, HASH_LEN);
			(void)buf_puts(&b, "\nold-note ");
			(void)buf_hex(&b, hash, HASH_LEN);
		} else if (i == 1) {
			(void)buf_printf(&b, "what county\nversion %llu\nkeys ", (unsigned long long)s->next.keys.version);
			(void)buf_b64(&b, s->text.data, s->text.len);
		} else {
			(void)buf_puts(&b, "what policy\npolicy ");
			(void)buf_b64(&b, s->policy.data, s->policy.len);
		}
		(void)buf_putc(&b, '\n');
		buf_init(&s->leaf[i], LEAF_MAX);
		rc = record_seal(&s->leaf[i], &b, i == 0 ? s->root : s->next.service, NULL, e);
		buf_free(&b);
	}
	return rc;
}

static int
begin(struct succession *s, struct err *e)
{
	struct ledger_item item[3] = { { 0 } };

	for (int i = 0; i < 3; i++) {
		item[i].record = s->leaf[i].data;
		item[i].record_len = s->leaf[i].len;
	}
	s->next.l = s->o.c.l;
	return ledger_succeed(s->o.c.l, item, 3, (uint64_t)clock_wall(), county_sign_head, &s->next, e);
}

/* county.keys still names the old log. */
static int
read_old(struct succession *s, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf b;
	int rc = -1;

	buf_init(&b, KEYS_MAX);
	if (file_path(path, sizeof(path), s->o.dir, "county.keys") == 0 && file_read(path, &b, e) == 0)
		rc = keys_parse(&s->o.c.keys, b.data, b.len, e);
	buf_free(&b);
	return rc;
}

/* The log says by now what the new keys are. */
static int
finish(struct succession *s, struct err *e)
{
	struct office now;
	const char *why;
	int rc;

	if (office_open(&now, s->a->data, OFFICE_READ, e) != 0)
		return -1;
	if (!ledger_may_sign(now.c.l, &why))
		rc = ledger_succeed(now.c.l, NULL, 0, 0, NULL, NULL, e);
	else
		rc = 0;
	if (rc == 0)
		rc = office_settle(&now, e);
	s->next.keys = now.c.keys;
	office_close(&now);
	return rc;
}

/* Where an earlier attempt, which was cut short, has the new log begin. */
static int
begun(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	(void)leaf;
	(void)n;
	*(uint64_t *)ctx = index;
	return 0;
}

static int
told(const struct succession *s)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (s->a->json) {
		json_begin(&b);
		json_put_str(&b, "origin", s->next.keys.log.name);
		json_put_str(&b, "old_origin", s->o.c.keys.log.name);
		json_put_u64(&b, "old_size", s->size);
		json_put_u64(&b, "version", s->next.keys.version);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s goes on as %s, from leaf %llu on\n", s->o.c.keys.log.name, s->next.keys.log.name, (unsigned long long)s->size);
	}
	out_say(s->a, "Every device sends again what is missing. Tell auditors: their policy has to name the new log, and they report the succession.");
	out_say(s->a, "What officers and reviewers did after the backup is lost, and has to be done again. Start the server; a log mirror has to be named again (run --log-mirror).");
	return out_put(s->a, &b);
}

int
cmd_log_succeed(const struct args *a)
{
	struct succession s = { .a = a };
	const char *why;
	struct err e = { "" };
	int rc;

	if (opt_get(a, "accept-loss") == NULL) {
		(void)err_set(&e, "log succeed: what this county signed after the backup is lost for good, unless a log mirror has it (restore --from-mirror DIR); say --accept-loss");
		return opt_fail(&e);
	}
	if (office_open(&s.o, a->data, OFFICE_ALONE, &e) != 0)
		return opt_fail(&e);
	if (s.o.unfinished) {
		/* the new log has begun: an attempt that was cut short goes on, and no second one begins */
		if (read_old(&s, &e) != 0 || ledger_each_record_of(s.o.c.l, RECORD_SUCCESSION, 0, begun, &s.size) != 0 || finish(&s, &e) != 0)
			rc = opt_fail(&e);
		else
			rc = told(&s);
	} else if (ledger_may_sign(s.o.c.l, &why)) {
		(void)err_set(&e, "log succeed: this county's log is whole, and signs; there is nothing to succeed");
		rc = opt_refuse(&e);
	} else if (load_root(&s, &e) != 0 || make_keys(&s, &e) != 0 || make_records(&s, &e) != 0 || begin(&s, &e) != 0 || finish(&s, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		rc = told(&s);
	}
	signer_free(s.root);
	signer_free(s.next.log);
	signer_free(s.next.service);
	sealer_free(s.next.sealing);
	buf_free(&s.text);
	buf_free(&s.policy);
	for (int i = 0; i < 3; i++)
		buf_free(&s.leaf[i]);
	office_close(&s.o);
	return rc;
}
