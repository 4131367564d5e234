#include "county/upward/lower.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/line.h"
#include "evidence/value.h"

/* Accepted counties: what was pinned, and what was last heard. */

#define FOLDER "counties"
#define WHAT "accepted"
#define ACCEPTED_MAX 65536
#define FACT "heard"

static int
folder(char *out, size_t size, const char *data, const char *log)
{
	int n = snprintf(out, size, "%s/" FOLDER "/%s", data, log);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

static int
read_pin(struct lower *x, const struct buf *text, struct err *e)
{
	struct cursor c;
	struct field log, place, word, keys;
	struct county_keys k;

	cursor_init(&c, text->data, text->len);
	if (value_line(&c, WHAT, "tallystick/accepted/v1", NULL, 0, e) != 0 || value_line_b64(&c, WHAT, "root", x->u.root, KEY_LEN, e) != 0 ||
	    value_line(&c, WHAT, "log", &log, 1, e) != 0 || value_line(&c, WHAT, "place", &place, 1, e) != 0 || value_line(&c, WHAT, "personal", &word, 1, e) != 0 ||
	    value_line_int(&c, WHAT, "at", &x->accepted, e) != 0 || value_line(&c, WHAT, "keys", &keys, 1, e) != 0)
		return -1;
	if (vkey_parse(&x->u.log, log.p, log.len, e) != 0 || field_copy(place, x->place, sizeof(x->place)) != 0)
		return -1;
	if (strcmp(x->place, "-") == 0)
		x->place[0] = '\0';
	x->u.personal = field_is(word, "included");
	vkey_hash(&x->u.log, x->u.log_id);
	buf_init(&x->keys_text, KEYS_MAX);
	for (size_t at = 0; at < keys.len; at += 64) {
		uint8_t piece[48];
		size_t n;

		if (dec_b64(piece, sizeof(piece), &n, keys.p + at, keys.len - at < 64 ? keys.len - at : 64) != 0 || buf_put(&x->keys_text, piece, n) != 0)
			return err_set(e, WHAT ": its county.keys cannot be read");
	}
	if (keys_parse(&k, x->keys_text.data, x->keys_text.len, e) != 0)
		return -1;
	(void)strcpy(x->name, k.name);
	return 0;
}

static int
write_pin(const struct lower *x, struct err *e)
{
	char path[OFFICE_PATH_MAX + 16];
	struct buf b;
	int rc;

	buf_init(&b, ACCEPTED_MAX);
	(void)buf_puts(&b, "tallystick/accepted/v1\n");
	(void)value_put_b64(&b, "root", x->u.root, KEY_LEN);
	(void)buf_puts(&b, "log ");
	(void)vkey_print(&b, &x->u.log);
	(void)buf_printf(&b, "\nplace %s\npersonal %s\nat %llu\n", x->place[0] != '\0' ? x->place : "-", x->u.personal ? "included" : "withheld", (unsigned long long)x->accepted);
	(void)value_put_b64(&b, "keys", x->keys_text.data, x->keys_text.len);
	(void)snprintf(path, sizeof(path), "%s/accepted", x->dir);
	rc = buf_ok(&b) ? file_write(path, b.data, b.len, 0600, e) : err_set(e, "out of memory");
	buf_free(&b);
	return rc;
}

static int
open_copy(struct lower *x, int create, struct err *e)
{
	char url[OFFICE_PATH_MAX + 32], guard[OFFICE_PATH_MAX + 16];

	(void)snprintf(url, sizeof(url), "sqlite:%s/ledger.db", x->dir);
	(void)snprintf(guard, sizeof(guard), "%s/guard", x->dir);
	x->u.l = create ? ledger_create(url, guard, e) : ledger_open(url, guard, e);
	if (x->u.l == NULL || (create && ledger_set(x->u.l, UPPER_COPY, x->u.log.name, strlen(x->u.log.name), e) != 0))
		return -1;
	return upper_load(&x->u, e) == 0 && ledger_head(x->u.l, &x->size, x->root) == 0 ? 0 : -1;
}

static void
read_heard(struct lower *x)
{
	struct field f[4];
	struct cursor c;
	struct field why;
	struct buf b;
	size_t n;
	char **names;
	char path[OFFICE_PATH_MAX + 16];

	buf_init(&b, 4096);
	if (ledger_get(x->u.l, FACT, &b) == 1) {
		cursor_init(&c, b.data, b.len);
		if (cursor_fields(&c, "heard", f, 4) == 0 && field_u64(f[0], &x->received) == 0 && field_u64(f[1], &x->tried) == 0 && field_u64(f[2], &x->head_time) == 0)
			for (int i = 0; i < UPWARD_STATUSES; i++)
				if (field_is(f[3], upward_status_name((enum upward_status)i)))
					x->status = (enum upward_status)i;
		if (cursor_line(&c, &why) == 1)
			(void)field_copy(why, x->why, sizeof(x->why));
	}
	buf_free(&b);
	(void)snprintf(path, sizeof(path), "%s/evidence", x->dir);
	if (file_exists(path) && file_names(path, &names, &n, LOWER_MAX, NULL) == 0) {
		x->evidence = n;
		file_names_free(names, n);
	}
}

int
lower_open(struct lower *x, const char *data, const char *log, struct err *e)
{
	char path[OFFICE_PATH_MAX + 16];
	struct buf text;
	int rc = -1;

	memset(x, 0, sizeof(*x));
	if (folder(x->dir, sizeof(x->dir), data, log) != 0)
		return err_set(e, "%.64s...: path too long", data);
	(void)snprintf(path, sizeof(path), "%s/accepted", x->dir);
	if (!file_exists(path))
		return 0;
	buf_init(&text, ACCEPTED_MAX);
	if (file_read(path, &text, e) == 0 && read_pin(x, &text, e) == 0 && open_copy(x, 0, e) == 0) {
		read_heard(x);
		rc = 1;
	}
	buf_free(&text);
	if (rc < 0) {
		lower_close(x);
		(void)err_add(e, "%s", path);
	}
	return rc;
}

void
lower_close(struct lower *x)
{
	ledger_close(x->u.l);
	buf_free(&x->keys_text);
	x->u.l = NULL;
}

int
lower_accept(const struct office *o, const void *keys, size_t n, const char *place, int personal, struct lower *x, struct err *e)
{
	char log[2 * HASH_LEN + 1], path[OFFICE_PATH_MAX + 16];
	struct county_keys k;
	int had;

	memset(x, 0, sizeof(*x));
	if (keys_parse(&k, keys, n, e) != 0)
		return -1;
	if (memcmp(k.log_id, o->c.keys.log_id, HASH_LEN) == 0)
		return err_set(e, "these are this server's own keys; give the county.keys of the county below");
	enc_hex(log, k.log_id, HASH_LEN);
	if ((had = lower_open(x, o->dir, log, e)) < 0)
		return -1;
	if (had == 1 && memcmp(x->u.root, k.root, KEY_LEN) != 0) {
		lower_close(x);
		return err_set(e, "%s: was accepted under another root key", k.log.name);
	}
	if (had == 0) {
		memset(x, 0, sizeof(*x));
		memcpy(x->u.root, k.root, KEY_LEN);
		x->u.log = k.log;
		memcpy(x->u.log_id, k.log_id, HASH_LEN);
		x->accepted = (uint64_t)clock_wall();
	}
	(void)strcpy(x->name, k.name);
	(void)strcpy(x->place, place);
	x->u.personal = personal;
	buf_free(&x->keys_text);
	buf_init(&x->keys_text, KEYS_MAX);
	(void)snprintf(path, sizeof(path), "%s/evidence", x->dir);
	if (buf_put(&x->keys_text, keys, n) == 0 && folder(x->dir, sizeof(x->dir), o->dir, log) == 0 && file_mkdirs(x->dir, 0700, e) == 0 &&
	    (had == 1 || open_copy(x, 1, e) == 0) && write_pin(x, e) == 0)
		return 0;
	lower_close(x);
	return -1;
}

int
lower_each(const char *data, int (*cb)(void *ctx, struct lower *x), void *ctx, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	char **names = NULL;
	struct lower x;
	size_t n = 0;
	int rc = 0, here;

	if (file_path(path, sizeof(path), data, FOLDER) != 0 || !file_exists(path))
		return 0;
	if (file_names(path, &names, &n, LOWER_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		if ((here = lower_open(&x, data, names[i], e)) < 0)
			rc = -1;
		else if (here == 1) {
			rc = cb(ctx, &x);
			lower_close(&x);
		}
	}
	file_names_free(names, n);
	return rc;
}

struct seek { const char *origin; char log[2 * HASH_LEN + 1]; int found; };

static int
seek_origin(void *ctx, struct lower *x)
{
	struct seek *s = ctx;

	if (strcmp(x->u.log.name, s->origin) != 0)
		return 0;
	enc_hex(s->log, x->u.log_id, HASH_LEN);
	return s->found = 1;
}

int
lower_find(struct lower *x, const char *data, const char *origin, struct err *e)
{
	struct seek s = { .origin = origin };

	memset(x, 0, sizeof(*x));
	if (lower_each(data, seek_origin, &s, e) < 0)
		return -1;
	if (!s.found)
		return err_set(e, "%.128s: no county of this origin was accepted here (tally-county mirror list)", origin);
	return lower_open(x, data, s.log, e) == 1 ? 0 : -1;
}

int
lower_any(const char *data)
{
	char path[OFFICE_PATH_MAX];

	return file_path(path, sizeof(path), data, FOLDER) == 0 && file_exists(path);
}

int
lower_silent(const struct lower *x, uint64_t now)
{
	return x->received == 0 || x->received + LOWER_SILENT_MS < now;
}

int
lower_heard(struct lower *x, const struct upward_answer *a, uint64_t head_time, uint64_t now, struct err *e)
{
	struct buf b;
	int rc;

	x->tried = now;
	/* a head that only asks where the copy stands proves nothing, and takes nothing back */
	if (a->status == UPWARD_OK && a->settled)
		x->received = now;
	if (a->status != UPWARD_OK || a->settled) {
		x->status = a->status;
		(void)strcpy(x->why, a->why);
	}
	if (head_time > x->head_time)
		x->head_time = head_time;
	buf_init(&b, 4096);
	(void)buf_printf(&b, "heard %llu %llu %llu %s\n%s\n", (unsigned long long)x->received, (unsigned long long)x->tried, (unsigned long long)x->head_time,
	    upward_status_name(x->status), x->why);
	rc = buf_ok(&b) ? ledger_set(x->u.l, FACT, b.data, b.len, e) : err_set(e, "out of memory");
	buf_free(&b);
	return rc;
}

int
lower_evidence(const struct lower *x, const char *word, const uint8_t *body, size_t used, size_t n, struct err *e)
{
	char path[OFFICE_PATH_MAX + 160], hex[2 * HASH_LEN + 1];
	size_t count, same = 0, most = strcmp(word, "strange") == 0 ? LOWER_STRANGE_MAX : LOWER_EVIDENCE_MAX;
	uint8_t hash[HASH_LEN];
	char **names;

	(void)snprintf(path, sizeof(path), "%s/evidence", x->dir);
	if (file_mkdirs(path, 0700, e) != 0 || file_names(path, &names, &count, LOWER_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		same += (strncmp(names[i], "strange", 7) == 0) == (strcmp(word, "strange") == 0);
	file_names_free(names, count);
	if (same >= most)
		return 0;
	if (n > LOWER_PIECE_MAX)
		n = used;
	sha256(hash, body, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "%s/evidence/%s-%s", x->dir, word, hex);
	return file_exists(path) ? 0 : file_write(path, body, n, 0600, e);
}
