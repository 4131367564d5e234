#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/keybox.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "store/archive.h"

/* backup, restore: one file, and back (docs/format.md 18). */

#define DATA_NAMES_MAX 4096
#define UNFINISHED "restore.unfinished" /* store.url under another name, as long as not all is there */

/* What lies beside the ledger and is no secret. */
static const char *const beside[] = { "county.keys", "policy.txt" };

static int
read_passphrase(const struct args *a, struct buf *word, struct err *e)
{
	const char *path = opt_get(a, "passphrase-file");
	size_t n;

	if (path == NULL)
		return err_set(e, "--passphrase-file FILE is needed: the keys are kept under a passphrase (its first line)");
	if (opt_read(a, path, word, e) != 0)
		return -1;
	n = strcspn(buf_str(word), "\r\n");
	if (n < KEYBOX_WORD_MIN)
		return err_set(e, "%s: a passphrase of at least %d bytes is needed", path, KEYBOX_WORD_MIN);
	word->len = n;
	return 0;
}

static int
put_beside(struct archive *r, const struct office *o, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf b;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(beside) / sizeof(beside[0]); i++) {
		buf_init(&b, KEYS_MAX);
		rc = file_path(path, sizeof(path), o->dir, beside[i]) != 0 || file_read(path, &b, e) != 0 || archive_put(r, beside[i], b.data, b.len, e) != 0 ? -1 : 0;
		buf_free(&b);
	}
	return rc;
}

static int
put_keys(struct archive *r, const struct office *o, const struct buf *word, struct err *e)
{
	struct buf box;
	int rc;

	buf_init(&box, KEYBOX_MAX);
	rc = keybox_make(&box, o, word->data, word->len, e) != 0 ? -1 : archive_put(r, "keys", box.data, box.len, e);
	buf_free(&box);
	return rc;
}

static int
backed_up(const struct args *a, struct office *o, int keys)
{
	uint8_t root[HASH_LEN];
	uint64_t size = 0;
	struct buf b;

	(void)ledger_head(o->c.l, &size, root);
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "origin", o->c.keys.log.name);
		json_put_u64(&b, "size", size);
		json_put_bool(&b, "keys", keys);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s: a log of %llu leaves or a few less, read again and whole\n", a->pos[0], (unsigned long long)size);
	}
	if (!keys)
		out_say(a, "The keys (log.key, service*.key, sealing*.key, officer.key, people/) are NOT in it: without them a restored county can neither sign nor open anything. Keep them elsewhere, or use --with-keys.");
	return out_put(a, &b);
}

int
cmd_backup(const struct args *a)
{
	int keys = opt_get(a, "with-keys") != NULL, rc = EXIT_USAGE;
	char path[OFFICE_PATH_MAX];
	struct archive *r = NULL;
	struct office o;
	struct buf word;
	struct err e = { "" };

	if (opt_path(a, a->pos[0], path, sizeof(path)) != 0) {
		(void)err_set(&e, "%.64s...: path too long", a->pos[0]);
		return opt_fail(&e);
	}
	buf_init(&word, 4096);
	if (office_open(&o, a->data, OFFICE_READ, &e) != 0) {
		buf_free(&word);
		return opt_fail(&e);
	}
	if ((keys && read_passphrase(a, &word, &e) != 0) || (r = archive_make(o.c.l, path, &e)) == NULL)
		rc = opt_fail(&e);
	else if (put_beside(r, &o, &e) != 0 || (keys && put_keys(r, &o, &word, &e) != 0)) {
		archive_close(r);
		(void)remove(path);
		rc = opt_fail(&e);
	} else if (archive_finish(r, &e) != 0)
		rc = opt_fail(&e);
	else
		rc = backed_up(a, &o, keys);
	wipe(word.data, word.data != NULL ? word.len : 0);
	buf_free(&word);
	office_close(&o);
	return rc;
}

/* --- restore */

/* What a restore that was cut short made, and makes anew; keys stay, they are compared. */
static int
clear(const char *dir, struct err *e)
{
	static const char *const made[] = { "ledger.db", "ledger.db-journal", "ledger.db-wal", "ledger.db-shm", "county.keys", "policy.txt" };
	char path[OFFICE_PATH_MAX];

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (file_path(path, sizeof(path), dir, made[i]) != 0 || (remove(path) != 0 && errno != ENOENT))
			return err_set(e, "%s/%s: cannot be made anew", dir, made[i]);
	return 0;
}

/* 0 a backup may be restored here; 1 no; -1. */
static int
refuse_data(const char *dir, struct err *e)
{
	char path[OFFICE_PATH_MAX], **names;
	size_t n;

	if (file_path(path, sizeof(path), dir, UNFINISHED) != 0)
		return err_set(e, "%.64s...: path too long", dir);
	if (!file_exists(dir))
		return file_mkdirs(dir, 0700, e);
	if (file_exists(path))
		return clear(dir, e);
	if (file_names(dir, &names, &n, DATA_NAMES_MAX, e) != 0)
		return -1;
	/* the marker itself, cut short */
	if (n > 0 && !(n == 1 && strncmp(names[0], UNFINISHED, strlen(UNFINISHED)) == 0))
		(void)err_set(e, "%s: is not empty (%s is there): a backup is restored into an empty folder, never over anything (when it is whole already: tally-county restore --from-mirror DIR, without FILE)", dir, names[0]);
	else
		n = 0;
	file_names_free(names, n);
	return n > 0 ? 1 : 0;
}

static int
take_part(struct archive *r, const char *dir, const char *name, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf b;
	int rc = -1;

	buf_init(&b, KEYS_MAX);
	if (archive_get(r, name, &b) != 1)
		(void)err_set(e, "the backup holds no %s", name);
	else if (file_path(path, sizeof(path), dir, name) == 0)
		rc = file_create(path, b.data, b.len, 0644, e);
	buf_free(&b);
	return rc;
}

/* 1 the keys are back, 0 there are none in it, -1. */
static int
take_keys(const struct args *a, struct archive *r, const char *dir, struct err *e)
{
	struct buf box, word;
	int rc;

	buf_init(&box, KEYBOX_MAX);
	buf_init(&word, 4096);
	if ((rc = archive_get(r, "keys", &box)) == 1 && (read_passphrase(a, &word, e) != 0 || keybox_open(dir, box.data, box.len, word.data, word.len, e) != 0))
		rc = -1;
	wipe(word.data, word.data != NULL ? word.len : 0);
	buf_free(&word);
	buf_free(&box);
	return rc;
}

/* What is to be store.url is there first, under another name, and gets its own last: in between, a cut leaves what the same command makes anew. */
static int
marked(const char *dir, int whole, struct err *e)
{
	static const char url[] = "sqlite:ledger.db\n";
	char from[OFFICE_PATH_MAX], to[OFFICE_PATH_MAX];
	int fd, rc;

	if (file_path(from, sizeof(from), dir, UNFINISHED) != 0 || file_path(to, sizeof(to), dir, "store.url") != 0)
		return err_set(e, "%.64s...: path too long", dir);
	if (!whole)
		return file_write(from, url, strlen(url), 0600, e);
	if (rename(from, to) != 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "%s: cannot be made: %s", to, strerror(errno));
	rc = fsync(fd) == 0 ? 0 : err_set(e, "%s: cannot be synced: %s", dir, strerror(errno));
	(void)close(fd);
	return rc;
}

static int
unpack(const struct args *a, struct archive *r, int *keys, uint64_t *photos, struct err *e)
{
	char path[OFFICE_PATH_MAX], full[OFFICE_PATH_MAX + 8];
	struct ledger *l;
	int rc;

	if (chmod(a->data, 0700) != 0)
		return err_set(e, "%s: its mode cannot be set to 0700", a->data);
	if (marked(a->data, 0, e) != 0)
		return -1;
	if ((*keys = take_keys(a, r, a->data, e)) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (take_part(r, a->data, beside[i], e) != 0)
			return -1;
	if (file_path(path, sizeof(path), a->data, "ledger.db") != 0 || archive_ledger(r, path, e) != 0)
		return -1;
	(void)snprintf(full, sizeof(full), "sqlite:%s", path);
	if ((l = ledger_open(full, NULL, e)) == NULL)
		return -1;
	rc = archive_attachments(r, l, photos, e);
	ledger_close(l);
	return rc == 0 ? marked(a->data, 1, e) : -1;
}

static int
restored(const struct args *a, int keys, uint64_t photos, uint64_t replayed, int may_sign, const char *why)
{
	uint8_t root[HASH_LEN];
	struct office o;
	struct err e = { "" };
	struct buf b;
	uint64_t size;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (ledger_head(o.c.l, &size, root) != 0)
		size = 0;
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "origin", o.c.keys.log.name);
		json_put_u64(&b, "size", size);
		json_put_b64(&b, "root", root, HASH_LEN);
		json_put_bool(&b, "keys", keys);
		json_put_u64(&b, "attachments", photos);
		json_put_u64(&b, "from_mirror", replayed);
		json_put_bool(&b, "may_sign", may_sign);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "%s: %llu leaves, %llu attachments; %llu leaves came from the mirror\n", o.c.keys.log.name, (unsigned long long)size,
		    (unsigned long long)photos, (unsigned long long)replayed);
	}
	if (!may_sign) {
		out_say(a, "This county signs nothing yet: %s", why);
		out_say(a, "If it kept a log mirror:  tally-county restore --from-mirror DIR    If not:  tally-county log succeed --root FILE --accept-loss");
		if (!keys)
			out_say(a, "First put its keys back: log.key, service*.key, sealing*.key, officer.key, people/.");
	}
	office_close(&o);
	return out_put(a, &b);
}

/* What the mirror has and the database lacks; then the county signs on. */
static int
from_mirror(const struct args *a, uint64_t *leaves, struct err *e)
{
	const char *given = opt_get(a, "from-mirror");
	char dir[OFFICE_PATH_MAX];
	struct office o;
	int rc;

	if (opt_path(a, given, dir, sizeof(dir)) != 0)
		return err_set(e, "--from-mirror: path too long");
	if (office_open(&o, a->data, OFFICE_SIGN | OFFICE_HALF, e) != 0)
		return -1;
	rc = ledger_mirror_replay(o.c.l, dir, o.c.sealing, &o.c.keys, leaves, e);
	office_close(&o);
	if (rc != 0 || office_open(&o, a->data, OFFICE_ALONE, e) != 0)
		return -1;
	/* a succession came with what the mirror had */
	if (o.unfinished)
		rc = office_settle(&o, e);
	office_close(&o);
	return rc;
}

int
cmd_restore(const struct args *a)
{
	const char *mirror = opt_get(a, "from-mirror"), *why = "";
	uint64_t photos = 0, leaves = 0;
	char path[OFFICE_PATH_MAX];
	struct archive *r = NULL;
	struct err e = { "" };
	int rc, keys = 1;

	if (a->npos == 0 && mirror == NULL) {
		(void)err_set(&e, "restore: say FILE, a backup, or --from-mirror DIR, or both");
		return opt_fail(&e);
	}
	if (a->npos == 1) {
		if ((rc = refuse_data(a->data, &e)) != 0)
			return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
		if (opt_path(a, a->pos[0], path, sizeof(path)) != 0 || (r = archive_open(path, &e)) == NULL)
			return opt_fail(&e);
		rc = unpack(a, r, &keys, &photos, &e);
		archive_close(r);
		if (rc != 0)
			return opt_fail(&e);
		why = "what it signed after this backup was made is not in it, and two logs under one name must never be";
	}
	if (mirror != NULL && from_mirror(a, &leaves, &e) != 0) {
		(void)restored(a, keys, photos, leaves, 0, e.text);
		return opt_fail(&e);
	}
	return restored(a, keys, photos, leaves, mirror != NULL, why);
}
