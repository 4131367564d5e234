#include "county/office.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "evidence/leaf.h"
#include "evidence/value.h"

int
office_url(const char *dir, const char *url, char *out, size_t size)
{
	static const char sqlite[] = "sqlite:";
	size_t n = sizeof(sqlite) - 1;
	int rc;

	if (strncmp(url, sqlite, n) == 0 && url[n] != '/')
		rc = snprintf(out, size, "sqlite:%s/%s", dir, url + n);
	else
		rc = snprintf(out, size, "%s", url);
	return rc >= 0 && (size_t)rc < size ? 0 : -1;
}

/* store.url: one line. */
static int
read_url(struct office *o, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf b;
	size_t n;
	int rc = -1;

	buf_init(&b, OFFICE_PATH_MAX);
	if (file_path(path, sizeof(path), o->dir, "store.url") != 0 || !file_exists(path)) {
		(void)err_set(e, "%s: no county is here (tally-county init makes one)", o->dir);
	} else if (file_read(path, &b, e) == 0) {
		n = strcspn(buf_str(&b), "\n");
		if (b.len == 0 || n + 1 != b.len)
			(void)err_set(e, "%s: is not one line", path);
		else if (b.data[n] = '\0', office_url(o->dir, buf_str(&b), o->url, sizeof(o->url)) != 0)
			(void)err_set(e, "%s: too long", path);
		else
			rc = 0;
	}
	buf_free(&b);
	return rc;
}

static int
read_keys(struct office *o, struct err *e)
{
	char path[OFFICE_PATH_MAX];

	buf_init(&o->c.keys_text, KEYS_MAX);
	if (file_path(path, sizeof(path), o->dir, "county.keys") != 0 || file_read(path, &o->c.keys_text, e) != 0)
		return -1;
	if (keys_parse(&o->c.keys, o->c.keys_text.data, o->c.keys_text.len, e) != 0)
		return err_add(e, "%s", path);
	return 0;
}

/* A restored county may have key files of versions that its log will know again only when it has caught up with its mirror. */
#define KEYS_AHEAD 64

int
office_key_path(const struct office *o, const char *name, uint64_t version, char *out, size_t size)
{
	int n;

	if (version <= 1)
		n = snprintf(out, size, "%s/%s.key", o->dir, name);
	else
		n = snprintf(out, size, "%s/%s-%llu.key", o->dir, name, (unsigned long long)version);
	return n >= 0 && (size_t)n < size ? 0 : -1;
}

/* The signing key that county.keys names: of its version, or of an older one that was not changed since. */
static struct signer *
load(const struct office *o, const char *name, const uint8_t *want, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct signer *s;

	for (uint64_t v = o->c.keys.version; v > 0; v--) {
		if (office_key_path(o, name, v, path, sizeof(path)) != 0 || !file_exists(path))
			continue;
		if ((s = signer_load(path, e)) == NULL)
			return NULL;
		if (memcmp(signer_public(s), want, KEY_LEN) == 0)
			return s;
		signer_free(s);
	}
	(void)err_set(e, "%s: no file %s.key, nor %s-N.key, holds the key that county.keys (version %llu) names", o->dir, name, name,
	    (unsigned long long)o->c.keys.version);
	return NULL;
}

/* The sealing key, and behind it the older ones: what was sealed to those may still be on its way. */
static int
load_sealing(struct office *o, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct sealer *s, *older = NULL;

	for (uint64_t v = o->c.keys.version + KEYS_AHEAD; v > 0; v--) {
		if (office_key_path(o, "sealing", v, path, sizeof(path)) != 0 || !file_exists(path))
			continue;
		if ((s = sealer_load(path, e)) == NULL) {
			sealer_free(older);
			return -1;
		}
		if (o->c.sealing == NULL && memcmp(sealer_public(s), o->c.keys.sealing, KEY_LEN) == 0)
			o->c.sealing = s;
		else if (older == NULL)
			older = s;
		else
			sealer_older(older, s);
	}
	if (o->c.sealing == NULL) {
		sealer_free(older);
		return err_set(e, "%s: no file sealing.key, nor sealing-N.key, holds the key that county.keys (version %llu) names", o->dir,
		    (unsigned long long)o->c.keys.version);
	}
	if (older != NULL)
		sealer_older(o->c.sealing, older);
	return 0;
}

static int
load_secrets(struct office *o, struct err *e)
{
	if ((o->c.log = load(o, "log", o->c.keys.log.key, e)) == NULL || (o->c.service = load(o, "service", o->c.keys.service, e)) == NULL)
		return -1;
	return load_sealing(o, e);
}

/* Whoever signs holds the lock shared; who changes the keys, alone: nothing is ever signed with a key that a record has replaced. */
static int
lock_keys(struct office *o, unsigned what, struct err *e)
{
	int alone = (what & OFFICE_KEYS) == OFFICE_KEYS || (what & OFFICE_ALONE) != 0;
	struct flock whole = { .l_type = alone ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };
	char path[OFFICE_PATH_MAX];

	if (file_path(path, sizeof(path), o->dir, "keys.lock") != 0 || (o->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return err_set(e, "%s/keys.lock: cannot be opened: %s", o->dir, strerror(errno));
	for (int tries = 0; fcntl(o->lock, F_OFD_SETLK, &whole) != 0; tries++) {
		if ((errno != EAGAIN && errno != EACCES && errno != EINTR) || tries == 20)
			return err_set(e, alone ? "%s: in use: stop the server (tally-county run) first, its keys are to be changed" :
			    "%s: its keys are being changed; try again", o->dir);
		(void)usleep(50000);
	}
	return 0;
}

struct newest { struct county_keys keys; struct buf text; struct office *o; int found; };

static int
newer_keys(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct newest *w = ctx;
	struct county_keys k;
	struct record r;
	struct buf b;

	(void)index;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	buf_init(&b, KEYS_MAX);
	if (record_is(&r, "what", "county") && record_bytes(&r, "keys", &b) == 0 && keys_parse(&k, b.data, b.len, NULL) == 0 &&
	    k.version > w->keys.version && memcmp(k.root, w->keys.root, KEY_LEN) == 0) {
		w->o->unfinished |= memcmp(k.log_id, w->keys.log_id, HASH_LEN) != 0;
		w->keys = k;
		buf_reset(&w->text);
		w->found = buf_put(&w->text, b.data, b.len) == 0;
	}
	buf_free(&b);
	record_free(&r);
	return 0;
}

/* The log is what counts: county.keys follows its newest record (a cut came between the two, or it was restored). */
static int
follow_log(struct office *o, unsigned what, struct err *e)
{
	struct newest w = { .keys = o->c.keys, .o = o };
	char path[OFFICE_PATH_MAX];
	int rc;

	buf_init(&w.text, KEYS_MAX);
	rc = ledger_each_record_of(o->c.l, RECORD_KEY, 0, newer_keys, &w);
	if (rc < 0)
		(void)err_set(e, "the ledger cannot be read");
	if (rc == 0 && w.found) {
		o->c.keys = w.keys;
		buf_reset(&o->c.keys_text);
		rc = buf_put(&o->c.keys_text, w.text.data, w.text.len);
		if (rc == 0 && !o->unfinished && (what & OFFICE_SIGN) != 0 && (rc = file_path(path, sizeof(path), o->dir, "county.keys")) == 0)
			rc = file_write(path, w.text.data, w.text.len, 0644, e);
	}
	buf_free(&w.text);
	if (rc == 0 && o->unfinished && (what & OFFICE_SIGN) != 0 && (what & OFFICE_HALF) == 0)
		rc = err_set(e, "%s: a succession was cut short: its log goes on as %s already, but nothing was made known; finish it first: tally-county log succeed --root FILE --accept-loss",
		    o->dir, o->c.keys.log.name);
	return rc;
}

int
office_open(struct office *o, const char *dir, unsigned what, struct err *e)
{
	memset(o, 0, sizeof(*o));
	if (strlen(dir) >= sizeof(o->dir) || file_path(o->guard, sizeof(o->guard), dir, "guard") != 0)
		return err_set(e, "%.64s...: path too long", dir);
	(void)strcpy(o->dir, dir);
	o->lock = -1;
	if (read_url(o, e) == 0 && (what == OFFICE_READ || lock_keys(o, what, e) == 0) && read_keys(o, e) == 0 &&
	    (o->c.l = ledger_open(o->url, o->guard, e)) != NULL && follow_log(o, what, e) == 0 &&
	    ((what & OFFICE_SIGN) == 0 || load_secrets(o, e) == 0))
		return 0;
	office_close(o);
	return -1;
}

void
office_close(struct office *o)
{
	ledger_close(o->c.l);
	signer_free(o->c.log);
	signer_free(o->c.service);
	sealer_free(o->c.sealing);
	buf_free(&o->c.keys_text);
	if (o->lock > 0)
		(void)close(o->lock);
	memset(o, 0, sizeof(*o));
}

int
office_desk(const struct office *o, struct county *c, struct err *e)
{
	*c = o->c;
	c->l = ledger_open(o->url, o->guard, e);
	return c->l != NULL ? 0 : -1;
}

int
office_person_path(const struct office *o, const char *name, char *out, size_t size)
{
	int n;

	if (strcmp(name, OFFICE_ADMIN) == 0)
		n = snprintf(out, size, "%s/officer.key", o->dir);
	else
		n = snprintf(out, size, "%s/people/%s.key", o->dir, name);
	return n >= 0 && (size_t)n < size ? 0 : -1;
}

struct signer *
office_officer(struct office *o, const char *name, struct err *e)
{
	const struct field f = { name, name ? strlen(name) : 0 };
	char path[OFFICE_PATH_MAX];
	struct ledger_person person;
	struct signer *s;
	int rc;

	if (name != NULL && !field_id(f, ID_MAX)) {
		(void)err_set(e, "%.64s: is not the name of a person (1 to 64 of A-Z a-z 0-9 . _ -)", name);
		return NULL;
	}
	if (office_person_path(o, name ? name : OFFICE_ADMIN, path, sizeof(path)) != 0)
		return NULL;
	if (name != NULL && !file_exists(path)) {
		(void)err_set(e, "--as %s: no key of such a person is here (tally-county user list)", name);
		return NULL;
	}
	if ((s = signer_load(path, e)) == NULL)
		return NULL;
	if ((rc = ledger_person(o->c.l, signer_keyhash(s), &person)) == 1 && person.active)
		return s;
	(void)err_set(e, rc < 0 ? "%s: the ledger cannot be read" : "%s: the log knows no active person with this key", name ? name : OFFICE_ADMIN);
	signer_free(s);
	return NULL;
}

int
office_salted(struct office *o, const char *text, uint8_t hash[HASH_LEN], struct err *e)
{
	uint8_t salt[ENTRY_SALT_LEN];
	const struct field f = { text, strlen(text) };

	if (!value_text(f) || f.len > 4096)
		return err_set(e, "the text must be 1 to 4096 bytes without line breaks");
	random_bytes(salt, sizeof(salt));
	entry_personal_hash(hash, salt, text, f.len);
	return ledger_salted(o->c.l, hash, salt, text, f.len, e);
}

struct seek {
	const char *hex;
	size_t n;
	struct ledger_device *d;
	int found;
};

static int
seek_device(void *ctx, const struct ledger_device *d)
{
	struct seek *s = ctx;
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, d->device, HASH_LEN);
	if (strncmp(hex, s->hex, s->n) == 0) {
		*s->d = *d;
		s->found++;
	}
	return 0;
}

int
office_device(struct office *o, const char *hex, struct ledger_device *d, struct err *e)
{
	struct seek s = { .hex = hex, .n = strlen(hex), .d = d };

	if (s.n < 4 || s.n > 2 * HASH_LEN || strspn(hex, "0123456789abcdef") != s.n)
		return err_set(e, "%.80s: is not a device (4 to 64 hex digits, lower case)", hex);
	if (ledger_each_device(o->c.l, seek_device, &s) < 0)
		return err_set(e, "the ledger cannot be read");
	if (s.found != 1)
		return err_set(e, s.found ? "device %s: several begin so" : "device %s: not enrolled here", hex);
	return 0;
}

int
office_entry(struct office *o, const char *hex, uint8_t hash[HASH_LEN], struct err *e)
{
	switch (ledger_entry_by_prefix(o->c.l, hex, hash)) {
	case 1:
		return 0;
	case 0:
		return err_set(e, "entry %.80s: none in the ledger begins so (4 to 64 hex digits)", hex);
	case 2:
		return err_set(e, "entry %.80s: several begin so", hex);
	default:
		return err_set(e, "the ledger cannot be read");
	}
}

void
office_begin(const struct office *o, struct buf *b, enum record_kind kind)
{
	buf_init(b, LEAF_MAX);
	(void)record_begin(b, kind, o->c.keys.log_id, (uint64_t)clock_wall());
}

int
office_append(struct office *o, struct buf *b, const struct signer *officer, uint64_t *index, struct err *e)
{
	uint64_t at = 0;
	int rc = -1;

	if (!buf_ok(b))
		(void)err_set(e, "the record does not fit into a leaf");
	else
		rc = county_record(&o->c, b, officer, (uint64_t)clock_wall(), &at, e);
	buf_free(b);
	if (index != NULL)
		*index = at;
	return rc;
}
