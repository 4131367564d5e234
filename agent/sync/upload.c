#include "agent/sync/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/aside.h"
#include "agent/sync/budget.h"
#include "agent/sync/link.h"
#include "agent/sync/outgoing.h"
#include "agent/thumb.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "sync/device.h"

#define TYPE_SEALED "application/vnd.tallystick.sealed"
#define SLOW_MS 1000  /* a part that takes so long goes over a link worth sparing */
#define STUCK_MAX 4   /* answers in a row that bring it no further */
#define DROPPED_MAX 2 /* times that the county dropped all of it */

struct later { uint8_t hash[HASH_LEN]; int64_t at, pause; };

struct uploads {
	struct agent *ag;
	size_t n;
	struct attachment want[ANSWER_WANTS_MAX]; /* in the order in which they go */
	int open;                  /* the first of them is under way: */
	struct outgoing o;
	uint64_t offset;
	int sure;                  /* of the offset */
	unsigned stuck, dropped;
	size_t part;
	uint64_t pace;             /* bytes a second; 0: not known, or fast */
	size_t nlater;
	struct later later[ASIDE_MAX]; /* set aside by this process: not before */
	int tidied;
};

struct uploads *
uploads_new(struct agent *ag)
{
	struct uploads *u = lapsed(calloc(1, sizeof(*u)));

	if (u == NULL)
		return NULL;
	u->ag = ag;
	u->part = UPLOAD_PART_FIRST;
	return u;
}

static void
close_one(struct uploads *u)
{
	if (u->open)
		outgoing_close(&u->o);
	u->open = u->sure = 0;
	u->offset = 0;
	u->stuck = u->dropped = 0;
}

void
uploads_free(struct uploads *u)
{
	if (u == NULL)
		return;
	close_one(u);
	free(u);
}

/* The first one is done with. */
static void
next_one(struct uploads *u)
{
	close_one(u);
	u->n--;
	memmove(u->want, u->want + 1, u->n * sizeof(u->want[0]));
}

static struct later *
find_later(struct uploads *u, const uint8_t hash[HASH_LEN])
{
	for (size_t i = 0; i < u->nlater; i++)
		if (memcmp(u->later[i].hash, hash, HASH_LEN) == 0)
			return &u->later[i];
	return NULL;
}

/* Not again for an hour, two, four ... a day; by this process's memory, so a restart tries once more. */
static void
put_later(struct uploads *u, const uint8_t hash[HASH_LEN])
{
	struct later *l = find_later(u, hash);

	if (l == NULL) {
		l = &u->later[u->nlater < ASIDE_MAX ? u->nlater++ : 0];
		memcpy(l->hash, hash, HASH_LEN);
		l->pause = ASIDE_FIRST_MS / 2;
	}
	l->pause = l->pause * 2 > ASIDE_LAST_MS ? ASIDE_LAST_MS : l->pause * 2;
	l->at = clock_mono() + l->pause;
}

static void
set_aside(struct uploads *u, enum aside_reason why, const char *text)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, u->want[0].hash, HASH_LEN);
	log_msg(LOG_WARN, "photo %.8s is set aside, the others go on: %s", hex, text);
	aside_put(u->ag, u->want[0].hash, why);
	put_later(u, u->want[0].hash);
	next_one(u);
}

struct wanted { struct uploads *u; const uint8_t (*want)[HASH_LEN]; size_t n; };

static int
add_wanted(void *ctx, const struct attachment *a)
{
	struct wanted *w = ctx;
	struct later *l;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (memcmp(w->want[i], a->hash, HASH_LEN) == 0)
			break;
	/* not ours: the county may want it from another device */
	if (i == w->n || ((l = find_later(w->u, a->hash)) != NULL && clock_mono() < l->at))
		return 0;
	w->u->want[w->u->n++] = *a;
	return w->u->n == ANSWER_WANTS_MAX;
}

struct rank { struct uploads *u; const uint8_t *first; };

static int
key_of(const struct rank *r, const struct attachment *a)
{
	if (aside_why(r->u->ag, a->hash) != 0)
		return 3;
	if (thumb_is(a))
		return 0;
	return r->first != NULL && memcmp(a->hash, r->first, HASH_LEN) == 0 ? 1 : 2;
}

/* Thumbnails, then the photo that is under way, then the small ones before the large ones; last what was set aside. */
static int
by_rank(const void *x, const void *y, void *ctx)
{
	const struct attachment *a = x, *b = y;
	int i = key_of(ctx, a), k = key_of(ctx, b);

	if (i != k)
		return i - k;
	return a->len < b->len ? -1 : a->len > b->len;
}

int
uploads_want(struct uploads *u, const uint8_t (*want)[HASH_LEN], size_t n)
{
	struct wanted w = { u, want, n };
	struct rank r = { u, u->open ? u->o.a.hash : NULL };

	if (!u->tidied)
		outgoing_tidy(u->ag);
	u->tidied = 1;
	u->n = 0;
	if (n > 0 && journal_each_attachment(u->ag->j, 0, add_wanted, &w) < 0)
		return -1;
	qsort_r(u->want, u->n, sizeof(u->want[0]), by_rank, &r);
	if (u->open && (u->n == 0 || memcmp(u->want[0].hash, u->o.a.hash, HASH_LEN) != 0))
		close_one(u);
	return 0;
}

int
uploads_left(struct uploads *u)
{
	return u->n > 0 && budget_photos_wait(u->ag) == WAIT_NOT;
}

size_t
upload_next_part(size_t now, size_t bytes, int64_t ms)
{
	uint64_t n = ms > 0 ? (uint64_t)bytes * UPLOAD_PART_MS / (uint64_t)ms : UPLOAD_PART_MOST;

	n = n > 2 * (uint64_t)now ? 2 * (uint64_t)now : n;
	return n < UPLOAD_PART_LEAST ? UPLOAD_PART_LEAST : n > UPLOAD_PART_MOST ? UPLOAD_PART_MOST : (size_t)n;
}

static int
open_one(struct uploads *u, const struct county_keys *k, struct err *e)
{
	enum journal_writing before = journal_writing(u->ag->j);
	struct err why = { "" };
	int rc = outgoing_open(&u->o, u->ag, k, &u->want[0], &why);

	if (rc == 0) {
		u->open = 1;
		/* what was never begun needs no question where it stands; a short one costs less than the question */
		u->sure = u->o.fresh || u->o.body.len <= u->part / 2;
		return 0;
	}
	if (rc < 0 && journal_writing(u->ag->j) != before)
		return err_set(e, "%s", why.text) - 1;
	set_aside(u, rc < 0 ? ASIDE_DAMAGED : vault_is_open(journal_vault(u->ag->j)) ? ASIDE_LOST : ASIDE_LOCKED, why.text);
	return 1;
}

/* The county does not know of parts (an older one): all at once. */
static int
send_whole(struct uploads *u, const char *hash_path, upload_call call, void *ctx, struct buf *out, struct client_result *r, struct err *e)
{
	return call(ctx, "PUT", hash_path, u->want[0].personal ? TYPE_SEALED : NULL, NULL, u->o.body.data, u->o.body.len, out, r, e);
}

/* Signed by the county, it is there. */
static int
delivered(struct uploads *u, const struct buf *out, struct err *e)
{
	if (device_stored(u->ag->j, u->want[0].hash, u->want[0].len, out->data, out->len, e) != 0)
		return -1;
	outgoing_forget(u->ag, u->want[0].hash);
	aside_clear(u->ag, u->want[0].hash);
	next_one(u);
	return 1;
}

/* Where it stands, as somebody says who cannot be believed: a lie costs bytes and nothing more. */
static int
go_on_from(struct uploads *u, uint64_t offset, int asked)
{
	if (offset > u->o.body.len)
		return -1;
	u->stuck = offset > u->offset || asked ? 0 : u->stuck + 1;
	u->offset = offset;
	u->sure = 1;
	if (u->stuck >= STUCK_MAX)
		set_aside(u, ASIDE_REFUSED, "it gets no further");
	return 1;
}

static int
begin_anew(struct uploads *u)
{
	unsigned dropped = u->dropped + 1;
	struct attachment a = u->want[0];

	log_msg(LOG_WARN, "the county dropped what it had of a photo: its bytes are not those that were signed; it is sent anew");
	outgoing_forget(u->ag, a.hash);
	close_one(u);
	u->dropped = dropped;
	if (dropped >= DROPPED_MAX)
		set_aside(u, ASIDE_REFUSED, "the bytes that arrive are not those that were signed");
	return 1;
}

/* An answer without an offset that is not the county's word either. */
static int
judge_other(struct uploads *u, const struct client_result *r, const struct buf *out, const struct county_keys *k, struct err *e)
{
	enum link_trouble t = link_judge(r, 0, out, k->log_id);
	uint8_t log[HASH_LEN], hash[HASH_LEN];
	uint64_t len;

	if (t == LINK_ALTERED && stored_parse(log, hash, &len, out->data, out->len, k->service, NULL) == 0)
		t = LINK_REPLAYED; /* the county's own word, about another one */
	/* text of a server as ours says things: about this photo, not about the link */
	if ((r->status == 400 || r->status == 404 || r->status == 413) && strcmp(r->type, "text/plain") == 0 && t == LINK_STRANGE) {
		set_aside(u, ASIDE_REFUSED, r->status == 404 ? "the county knows no entry that names it" : "the county refuses it");
		return 1;
	}
	link_say(u->ag, t);
	return err_set(e, "%s (HTTP %ld)", link_words(t, "en"), r->status);
}

static int
judge_part(struct uploads *u, int rc, const struct client_result *r, const struct buf *out, const struct county_keys *k, int asked, struct err *e)
{
	struct err why = { "" };

	if (rc != 0) {
		u->sure = 0;
		u->part = u->part / 2 < UPLOAD_PART_LEAST ? UPLOAD_PART_LEAST : u->part / 2;
		link_say(u->ag, link_judge(r, rc, out, k->log_id));
		return -1;
	}
	if (r->status == 200 && out->len > 0 && delivered(u, out, &why) == 1)
		return 1;
	if ((r->status == 204 || r->status == 409 || (asked && r->status == 200)) && r->upload_offset >= 0 && go_on_from(u, (uint64_t)r->upload_offset, asked) == 1)
		return 1;
	if (r->status == 422 && r->upload_offset == 0)
		return begin_anew(u);
	u->sure = 0;
	return judge_other(u, r, out, k, e);
}

/* What the last part told about the link; half as much again may go next time, so that a better one is found. */
static void
learn(struct uploads *u, size_t bytes, int64_t ms)
{
	if (bytes < UPLOAD_PART_LEAST)
		return; /* a thumbnail's time is that of the way there and back */
	u->part = upload_next_part(u->part, bytes, ms);
	u->pace = ms >= SLOW_MS ? (uint64_t)bytes * 1500 / (uint64_t)ms : 0;
}

/* Ask where it stands, or send the next part. */
static int
one_call(struct uploads *u, upload_call call, void *ctx, struct buf *out, struct client_result *r, struct err *e)
{
	char path[160] = "/v1/attachment/", *id;
	struct client_upload up = { .length = u->o.body.len, .offset = u->offset, .pace = u->pace };
	size_t n = u->o.body.len - (size_t)u->offset;
	int64_t began = clock_mono();
	int rc;

	enc_hex(path + strlen(path), u->want[0].hash, HASH_LEN);
	id = path + strlen(path);
	*id = '/';
	enc_hex(id + 1, u->o.id, OUTGOING_ID_LEN);
	if (!u->sure) {
		rc = call(ctx, "HEAD", path, NULL, &up, NULL, 0, out, r, e);
		*id = rc == 0 && r->status == 405 ? '\0' : '/';
		return *id != '\0' ? rc : send_whole(u, path, call, ctx, out, r, e);
	}
	/* a rest shorter than half a part goes with it: a request more would cost more than it saves */
	n = n > u->part + u->part / 2 ? u->part : n;
	up.complete = u->offset + n == u->o.body.len;
	rc = call(ctx, "PATCH", path, NULL, &up, u->o.body.data + u->offset, n, out, r, e);
	if (rc == 0 && r->status == 405) {
		buf_reset(out);
		*id = '\0';
		return send_whole(u, path, call, ctx, out, r, e);
	}
	if (rc == 0)
		learn(u, n, clock_mono() - began);
	return rc;
}

int
uploads_step(struct uploads *u, const struct county_keys *k, upload_call call, void *ctx, struct err *e)
{
	struct client_result r;
	struct buf out;
	int rc, asked;

	if (!uploads_left(u))
		return 0;
	if (!u->open && (rc = open_one(u, k, e)) != 0)
		return rc;
	asked = !u->sure;
	buf_init(&out, 65536);
	rc = one_call(u, call, ctx, &out, &r, e);
	rc = judge_part(u, rc, &r, &out, k, asked, e);
	buf_free(&out);
	return rc;
}
