#include "agent/sync/outgoing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/host/space.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/seal.h"

#define PATH_LEN 4200
#define SECRET_LEN 32
#define COPIES_MAX 4096
#define ID_CONTEXT "tallystick/upload/v1"

/* "DIR/outgoing" or a file in it. */
static int
path_of(const struct agent *ag, const uint8_t *hash, char out[PATH_LEN])
{
	char hex[2 * HASH_LEN + 1] = "";
	int n;

	if (hash != NULL)
		enc_hex(hex, hash, HASH_LEN);
	n = snprintf(out, PATH_LEN, "%s/outgoing%s%s", ag->dir, hash != NULL ? "/" : "", hex);
	return n > 0 && n < PATH_LEN ? 0 : -1;
}

/* The device's secret for names of uploads: made once. */
static int
secret(struct agent *ag, uint8_t out[SECRET_LEN], struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, SECRET_LEN);
	rc = journal_get(ag->j, "upload-secret", &b);
	if (rc == 1 && b.len == SECRET_LEN) {
		memcpy(out, b.data, SECRET_LEN);
		rc = 0;
	} else if (rc >= 0) {
		random_bytes(out, SECRET_LEN);
		rc = journal_set(ag->j, "upload-secret", out, SECRET_LEN, e);
	}
	buf_free(&b);
	return rc;
}

/* HMAC under the secret over the bytes' own hash: stable for these bytes, unknown to everybody else. */
static int
name_it(struct outgoing *o, struct agent *ag, struct err *e)
{
	uint8_t key[SECRET_LEN], sum[HASH_LEN], mac[HASH_LEN];
	struct buf b;
	int rc = -1;

	buf_init(&b, 256);
	sha256(sum, o->body.data, o->body.len);
	if (secret(ag, key, e) == 0 && buf_puts(&b, ID_CONTEXT) == 0 && buf_put(&b, o->a.hash, HASH_LEN) == 0 && buf_put(&b, sum, HASH_LEN) == 0) {
		hmac_sha256(mac, key, SECRET_LEN, b.data, b.len);
		memcpy(o->id, mac, OUTGOING_ID_LEN);
		rc = 0;
	}
	wipe(key, sizeof(key));
	buf_free(&b);
	return rc;
}

/* The copy that was sealed before, if it is to the county's present key: 1; 0. */
static int
load_copy(struct outgoing *o, struct agent *ag, const struct county_keys *k)
{
	char path[PATH_LEN];
	struct buf b;
	int rc = 0;

	if (path_of(ag, o->a.hash, path) != 0 || !file_exists(path))
		return 0;
	buf_init(&b, KEY_LEN + (size_t)o->a.len + SEAL_OVERHEAD);
	if (file_read(path, &b, NULL) == 0 && b.len == KEY_LEN + (size_t)o->a.len + SEAL_OVERHEAD && memcmp(b.data, k->sealing, KEY_LEN) == 0)
		rc = buf_put(&o->body, b.data + KEY_LEN, b.len - KEY_LEN) == 0;
	buf_free(&b);
	return rc;
}

/* Without room for it the transfer begins anew after a restart, and that is all. */
static void
keep_copy(const struct outgoing *o, struct agent *ag, const struct county_keys *k)
{
	struct space_figures room;
	struct err e = { "" };
	char path[PATH_LEN];
	struct buf b;

	if (space_look(ag->dir, &room) != SPACE_OK || path_of(ag, NULL, path) != 0 || file_mkdirs(path, 0700, &e) != 0 || path_of(ag, o->a.hash, path) != 0)
		return;
	buf_init(&b, KEY_LEN + o->body.len);
	if (buf_put(&b, k->sealing, KEY_LEN) != 0 || buf_put(&b, o->body.data, o->body.len) != 0 || file_write(path, b.data, b.len, 0600, &e) != 0)
		log_msg(LOG_WARN, "a sealed photo is not kept for the next start: %s", e.text);
	buf_free(&b);
}

static int
seal_anew(struct outgoing *o, struct agent *ag, const struct county_keys *k, struct err *e)
{
	struct buf plain;
	int rc;

	buf_init(&plain, (size_t)o->a.len + 1);
	if ((rc = journal_attachment_get(ag->j, o->a.hash, &plain, e)) == 0) {
		o->fresh = 1;
		if (seal(&o->body, plain.data, plain.len, k->sealing) != 0)
			rc = err_set(e, "out of memory");
		else
			keep_copy(o, ag, k);
	}
	if (plain.data != NULL)
		wipe(plain.data, plain.cap);
	buf_free(&plain);
	return rc > 0 ? 1 : rc;
}

int
outgoing_open(struct outgoing *o, struct agent *ag, const struct county_keys *k, const struct attachment *a, struct err *e)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->a = *a;
	buf_init(&o->body, (size_t)a->len + 1 + SEAL_OVERHEAD);
	if (!a->personal)
		rc = journal_attachment_get(ag->j, a->hash, &o->body, e);
	else
		rc = load_copy(o, ag, k) ? 0 : seal_anew(o, ag, k, e);
	if (rc == 0)
		rc = name_it(o, ag, e);
	if (rc != 0)
		outgoing_close(o);
	return rc > 0 ? 1 : rc;
}

void
outgoing_close(struct outgoing *o)
{
	buf_free(&o->body);
}

void
outgoing_forget(struct agent *ag, const uint8_t hash[HASH_LEN])
{
	char path[PATH_LEN];

	if (path_of(ag, hash, path) == 0 && unlink(path) != 0 && errno != ENOENT)
		log_msg(LOG_WARN, "%s: cannot be removed: %s", path, strerror(errno));
}

struct waiting { const char *name; int found; };

static int
find_name(void *ctx, const struct attachment *a)
{
	struct waiting *w = ctx;
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, a->hash, HASH_LEN);
	w->found = strcmp(hex, w->name) == 0;
	return w->found;
}

void
outgoing_tidy(struct agent *ag)
{
	char folder[PATH_LEN], path[PATH_LEN], **names;
	struct waiting w;
	size_t n, i;

	if (path_of(ag, NULL, folder) != 0 || !file_exists(folder) || file_names(folder, &names, &n, COPIES_MAX, NULL) != 0)
		return;
	for (i = 0; i < n; i++) {
		w = (struct waiting){ names[i], 0 };
		if (journal_each_attachment(ag->j, 1, find_name, &w) >= 0 && !w.found && file_path(path, sizeof(path), folder, names[i]) == 0)
			(void)unlink(path);
	}
	file_names_free(names, n);
}
