#include "agent/sync/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/checkpoint.h"
#include "sync/device.h"
#include "sync/heads.h"

#define KEPT_MAX 64    /* files in evidence/heads; the smallest go first */
#define CARRIED_MAX 8
#define ALARMS_MAX 64  /* files in alarms: the first ones are enough, and a county that goes on must not fill the disk */

struct looking {
	struct agent *ag;
	struct county_keys keys;
	struct heads_seen *got;
	struct checkpoint cp;      /* the one being judged */
	const void *note;
	size_t n;
	int same, other;           /* a head of its size was met, with its root, with another */
	struct err *e;
};

static int
folder(struct agent *ag, const char *name, char *out, size_t size, struct err *e)
{
	if (file_path(out, size, ag->dir, name) != 0)
		return err_set(e, "%s: too long a path", ag->dir);
	return file_mkdirs(out, 0700, e);
}

static int
is_full(const char *dir)
{
	char **names;
	size_t n;

	if (file_names(dir, &names, &n, 4 * ALARMS_MAX, NULL) != 0)
		return 1;
	file_names_free(names, n);
	return n >= ALARMS_MAX;
}

/* Both notes, whoever is right: an auditor needs no more. */
static int
alarm_with(struct looking *w, const void *theirs, size_t n)
{
	char dir[4200], path[4400], name[96], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	struct buf b;
	int rc;

	sha256(hash, w->note, w->n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(name, sizeof(name), "heads-%.64s", hex);
	if (folder(w->ag, "alarms", dir, sizeof(dir), w->e) != 0 || file_path(path, sizeof(path), dir, name) != 0)
		return -1;
	if (is_full(dir))
		return 0;
	buf_init(&b, 2 * NOTE_MAX);
	rc = buf_put(&b, theirs, n) == 0 && buf_put(&b, w->note, w->n) == 0 ? file_write(path, b.data, b.len, 0600, w->e) : err_set(w->e, "out of memory");
	buf_free(&b);
	return rc;
}

static int
compare(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct looking *w = ctx;
	struct checkpoint cp;

	if (size != w->cp.size || checkpoint_open(&cp, note, n, &w->keys.log, NULL) != 0 || cp.size != size)
		return 0;
	if (memcmp(cp.root, w->cp.root, HASH_LEN) == 0) {
		w->same = 1;
		return 0;
	}
	w->other = 1;
	return alarm_with(w, note, n) != 0 ? -1 : 1;
}

/* The smallest goes when there are too many: a larger one says more. */
static int
make_room(const char *dir, struct err *e)
{
	char **names, path[4400];
	unsigned long long size, least = 0;
	size_t n, i, at = 0;

	if (file_names(dir, &names, &n, 4 * KEPT_MAX, e) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (sscanf(names[i], "%llu-", &size) == 1 && (i == 0 || size < least)) {
			least = size;
			at = i;
		}
	if (n >= KEPT_MAX && file_path(path, sizeof(path), dir, names[at]) == 0)
		(void)unlink(path);
	file_names_free(names, n);
	return 0;
}

static int
keep(struct looking *w)
{
	char dir[4200], path[4400], name[128], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];

	sha256(hash, w->note, w->n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(name, sizeof(name), "%llu-%s", (unsigned long long)w->cp.size, hex);
	if (folder(w->ag, "evidence/heads", dir, sizeof(dir), w->e) != 0 || file_path(path, sizeof(path), dir, name) != 0)
		return -1;
	if (file_exists(path))
		return 0;
	if (make_room(dir, w->e) != 0 || file_write(path, w->note, w->n, 0600, w->e) != 0)
		return -1;
	w->got->kept++;
	return 0;
}

/* 0 to go on, -1. */
static int
look(void *ctx, const void *note, size_t n)
{
	struct looking *w = ctx;

	if (n > NOTE_MAX || checkpoint_open(&w->cp, note, n, &w->keys.log, NULL) != 0)
		return 0; /* another county's, or nobody's */
	w->got->seen++;
	w->note = note;
	w->n = n;
	w->same = w->other = 0;
	if (journal_each_note(w->ag->j, compare, w) < 0 || (!w->other && heads_each_kept(w->ag, compare, w, w->e) < 0))
		return -1;
	if (w->other) {
		w->got->alarm = 1;
		(void)err_set(w->e, "ALARM: the county's log key signed two different logs of %llu entries; both heads are in %s/alarms, show them to an auditor",
		    (unsigned long long)w->cp.size, w->ag->dir);
		return keep(w);
	}
	if (w->same) {
		w->got->known++;
		return 0;
	}
	return keep(w);
}

int
heads_take(struct agent *ag, const void *p, size_t n, struct heads_seen *got, struct err *e)
{
	struct looking w = { .ag = ag, .got = got, .e = e };
	struct buf own;
	int rc;

	memset(got, 0, sizeof(*got));
	buf_init(&own, KEYS_MAX);
	rc = journal_get(ag->j, "keys", &own); /* not enrolled: no log to compare with */
	buf_free(&own);
	if (rc == 0)
		return 0;
	if (rc < 0 || device_keys(ag->j, &w.keys, e) != 0)
		return -1;
	return heads_each(p, n, look, &w) < 0 ? -1 : got->alarm;
}

static int
again(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct looking *w = ctx;

	if (checkpoint_open(&w->cp, note, n, &w->keys.log, NULL) != 0 || w->cp.size != size)
		return 0;
	w->note = note;
	w->n = n;
	return journal_each_note(w->ag->j, compare, w) < 0 ? -1 : 0;
}

int
heads_check(struct agent *ag, struct err *e)
{
	struct heads_seen got = { 0 };
	struct looking w = { .ag = ag, .got = &got, .e = e };

	if (device_keys(ag->j, &w.keys, e) != 0 || heads_each_kept(ag, again, &w, e) < 0)
		return -1;
	if (w.other)
		(void)err_set(e, "ALARM: another village was shown a different log by this county; both heads are in %s/alarms, show them to an auditor", ag->dir);
	return w.other;
}

int
heads_each_kept(struct agent *ag, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx, struct err *e)
{
	char dir[4200], path[4400], **names;
	struct buf b;
	size_t n, i;
	uint64_t size;
	int rc = 0;

	if (file_path(dir, sizeof(dir), ag->dir, "evidence/heads") != 0 || !file_exists(dir))
		return 0;
	if (file_names(dir, &names, &n, 4 * KEPT_MAX, e) != 0)
		return -1;
	buf_init(&b, NOTE_MAX);
	for (i = 0; rc == 0 && i < n; i++) {
		buf_reset(&b);
		if (dec_u64(&size, names[i], strcspn(names[i], "-")) == 0 && file_path(path, sizeof(path), dir, names[i]) == 0 && file_read(path, &b, NULL) == 0)
			rc = cb(ctx, size, b.data, b.len);
	}
	buf_free(&b);
	file_names_free(names, n);
	return rc;
}

struct carrying { struct { uint64_t size; struct buf note; } head[CARRIED_MAX]; size_t n; };

/* The largest CARRIED_MAX. */
static int
choose(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct carrying *c = ctx;
	size_t i, least = 0;

	for (i = 1; i < c->n; i++)
		if (c->head[i].size < c->head[least].size)
			least = i;
	if (c->n < CARRIED_MAX)
		buf_init(&c->head[least = c->n++].note, NOTE_MAX);
	else if (c->head[least].size >= size)
		return 0;
	c->head[least].size = size;
	buf_reset(&c->head[least].note);
	return buf_put(&c->head[least].note, note, n);
}

int
heads_carry(struct agent *ag, struct buf *out)
{
	struct carrying c = { .n = 0 };
	struct buf own;
	uint64_t size;
	size_t i;
	int rc;

	buf_init(&own, NOTE_MAX);
	rc = journal_note_newest(ag->j, &size, &own) < 0 || heads_put(out, own.data, own.len) != 0 || heads_each_kept(ag, choose, &c, NULL) < 0 ? -1 : 0;
	for (i = 0; i < c.n; i++) {
		if (rc == 0)
			rc = heads_put(out, c.head[i].note.data, c.head[i].note.len);
		buf_free(&c.head[i].note);
	}
	buf_free(&own);
	return rc;
}
