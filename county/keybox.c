#include "county/keybox.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/box.h"
#include "crypto/keyfile.h"
#include "store/vault.h"

#define NAMES_MAX 65536
#define FILE_MAX 65536
#define WRAP_LEN (8 + sizeof(((struct vault_wrap *)0)->salt) + sizeof(((struct vault_wrap *)0)->nonce) + sizeof(((struct vault_wrap *)0)->box))

/* --- the files, one behind the other: u16 length of the name, name, u32 length, bytes */

static int
is_key(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".key") == 0 && strcmp(name, "root.key") != 0 && strchr(name, '/') == NULL && name[0] != '.';
}

static int
put_file(struct buf *b, const char *dir, const char *prefix, const char *name, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct buf f;
	int rc = -1;

	buf_init(&f, FILE_MAX);
	if (file_path(path, sizeof(path), dir, name) == 0 && file_read(path, &f, e) == 0) {
		(void)buf_be(b, strlen(prefix) + strlen(name), 2);
		(void)buf_puts(b, prefix);
		(void)buf_puts(b, name);
		(void)buf_be(b, f.len, 4);
		rc = buf_put(b, f.data, f.len);
	}
	wipe(f.data, f.data != NULL ? f.len : 0);
	buf_free(&f);
	return rc;
}

static int
put_folder(struct buf *b, const char *dir, const char *prefix, struct err *e)
{
	char **names;
	size_t n;
	int rc = 0;

	if (file_names(dir, &names, &n, NAMES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (is_key(names[i]))
			rc = put_file(b, dir, prefix, names[i], e);
	file_names_free(names, n);
	return rc;
}

int
keybox_make(struct buf *out, const struct office *o, const void *word, size_t n, struct err *e)
{
	uint8_t secret[VAULT_KEY_LEN];
	char people[OFFICE_PATH_MAX];
	struct box_key *k = NULL;
	struct vault_wrap w;
	struct buf b;
	int rc = -1;

	buf_init(&b, KEYBOX_MAX);
	random_bytes(secret, sizeof(secret));
	if (put_folder(&b, o->dir, "", e) != 0 || file_path(people, sizeof(people), o->dir, "people") != 0 ||
	    (file_exists(people) && put_folder(&b, people, "people/", e) != 0) || vault_wrap(&w, secret, word, n, e) != 0 || (k = box_key_new(secret)) == NULL)
		goto out;
	(void)buf_be(out, w.passes, 4);
	(void)buf_be(out, w.kib, 4);
	(void)buf_put(out, w.salt, sizeof(w.salt));
	(void)buf_put(out, w.nonce, sizeof(w.nonce));
	(void)buf_put(out, w.box, sizeof(w.box));
	rc = box_put(k, out, b.data, b.len);
	if (rc != 0)
		(void)err_set(e, "the keys do not fit into a box");
out:
	wipe(secret, sizeof(secret));
	wipe(b.data, b.data != NULL ? b.len : 0);
	box_key_free(k);
	buf_free(&b);
	return rc;
}

/* One that an attempt which was cut short left is the same. */
static int
take_file(const char *path, const uint8_t *p, size_t n, struct err *e)
{
	struct buf b;
	int rc;

	if (!file_exists(path))
		return file_create(path, p, n, 0600, e);
	buf_init(&b, n + 1);
	rc = file_read(path, &b, NULL) == 0 && b.len == n && memcmp(b.data, p, n) == 0 ? 0 : err_set(e, "%s: another key is there", path);
	wipe(b.data, b.data != NULL ? b.len : 0);
	buf_free(&b);
	return rc;
}

static int
take_files(const char *dir, const struct buf *b, struct err *e)
{
	const uint8_t *p = b->data, *end = b->data + b->len;
	char path[OFFICE_PATH_MAX], name[256];
	const char *base;
	size_t n;

	while (end - p > 2) {
		n = (size_t)dec_be(p, 2);
		if (n >= sizeof(name) || n + 6 > (size_t)(end - p))
			break;
		memcpy(name, p + 2, n);
		name[n] = '\0';
		p += 2 + n;
		n = (size_t)dec_be(p, 4);
		base = strncmp(name, "people/", 7) == 0 ? name + 7 : name;
		if (n > (size_t)(end - p) - 4 || strlen(name) == 0 || !is_key(base))
			break;
		if (base != name && (file_path(path, sizeof(path), dir, "people") != 0 || file_mkdirs(path, 0700, e) != 0))
			return -1;
		if (file_path(path, sizeof(path), dir, name) != 0 || take_file(path, p + 4, n, e) != 0)
			return -1;
		p += 4 + n;
	}
	return p == end ? 0 : err_set(e, "the keys in this backup are not what was put there");
}

int
keybox_open(const char *dir, const void *p, size_t n, const void *word, size_t len, struct err *e)
{
	const uint8_t *at = p;
	uint8_t secret[VAULT_KEY_LEN];
	struct vault_wrap w;
	struct box_key *k = NULL;
	struct buf b;
	int rc = -1, opened;

	if (n < WRAP_LEN)
		return err_set(e, "the keys in this backup are cut");
	w.passes = (uint32_t)dec_be(at, 4);
	w.kib = (uint32_t)dec_be(at + 4, 4);
	memcpy(w.salt, at + 8, sizeof(w.salt));
	memcpy(w.nonce, at + 8 + sizeof(w.salt), sizeof(w.nonce));
	memcpy(w.box, at + 8 + sizeof(w.salt) + sizeof(w.nonce), sizeof(w.box));
	if ((opened = vault_unwrap(&w, secret, word, len, e)) != 1)
		return opened < 0 ? -1 : err_set(e, "the keys in this backup are under another passphrase");
	buf_init(&b, KEYBOX_MAX);
	if ((k = box_key_new(secret)) == NULL || box_get(k, &b, at + WRAP_LEN, n - WRAP_LEN) != 0)
		(void)err_set(e, "the keys in this backup are damaged");
	else
		rc = take_files(dir, &b, e);
	wipe(secret, sizeof(secret));
	wipe(b.data, b.data != NULL ? b.len : 0);
	box_key_free(k);
	buf_free(&b);
	return rc;
}
