#include "county/office.h"

#include <stdio.h>
#include <string.h>

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

static struct signer *
load(const struct office *o, const char *name, const uint8_t *want, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct signer *s;

	if (file_path(path, sizeof(path), o->dir, name) != 0 || (s = signer_load(path, e)) == NULL)
		return NULL;
	if (memcmp(signer_public(s), want, KEY_LEN) == 0)
		return s;
	(void)err_set(e, "%s: is not the key that county.keys names", path);
	signer_free(s);
	return NULL;
}

static int
load_secrets(struct office *o, struct err *e)
{
	char path[OFFICE_PATH_MAX];

	if ((o->c.log = load(o, "log.key", o->c.keys.log.key, e)) == NULL ||
	    (o->c.service = load(o, "service.key", o->c.keys.service, e)) == NULL)
		return -1;
	if (file_path(path, sizeof(path), o->dir, "sealing.key") != 0 || (o->c.sealing = sealer_load(path, e)) == NULL)
		return -1;
	if (memcmp(sealer_public(o->c.sealing), o->c.keys.sealing, KEY_LEN) != 0)
		return err_set(e, "%s: is not the key that county.keys names", path);
	return 0;
}

int
office_open(struct office *o, const char *dir, unsigned what, struct err *e)
{
	memset(o, 0, sizeof(*o));
	if (strlen(dir) >= sizeof(o->dir) || file_path(o->guard, sizeof(o->guard), dir, "guard") != 0)
		return err_set(e, "%.64s...: path too long", dir);
	(void)strcpy(o->dir, dir);
	if (read_url(o, e) == 0 && read_keys(o, e) == 0 && ((what & OFFICE_SIGN) == 0 || load_secrets(o, e) == 0) &&
	    (o->c.l = ledger_open(o->url, o->guard, e)) != NULL)
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
