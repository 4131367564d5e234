#include "agent/people/phones.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "crypto/sign.h"
#include "store/state.h"

struct link {
	uint8_t hash[HASH_LEN];
	char name[PHONE_NAME_MAX + 1];
	int64_t made;
	int waits;
};

struct phones {
	char path[4096], origin[PHONE_ORIGIN_MAX];
	int collect;
	pthread_mutex_t change;    /* one change at a time; held while the disk is written */
	pthread_mutex_t lock;      /* table; never held while the disk is written */
	struct phones_table table;
	struct link link[PHONE_LINKS_MAX]; /* under ${change} */
	struct guesses guesses;
};

static void
load(struct phones *p, struct err *e)
{
	struct err why = { "" };
	struct buf b;
	int rc;

	e->text[0] = '\0';
	buf_init(&b, STATE_MAX);
	rc = state_load(p->path, &b, &why);
	if (rc > 0 && (memchr(b.data, '\0', b.len) != NULL || phones_parse(&p->table, buf_str(&b)) != 0)) {
		(void)err_set(&why, "%.200s: not the phones as they are written here", p->path);
		rc = -1;
	}
	if (rc < 0) {
		memset(&p->table, 0, sizeof(p->table));
		(void)err_set(e, "%.300s; no phone is let in any more: pair each one again", why.text);
	} else if (rc == 2) {
		(void)err_set(e, "%.300s; its previous copy is used: a phone paired last may have to be paired again", why.text);
	}
	buf_free(&b);
}

struct phones *
phones_open(const char *dir, struct err *e)
{
	struct phones *p = lapsed(calloc(1, sizeof(*p)));

	if (p == NULL || file_path(p->path, sizeof(p->path), dir, "phones") != 0) {
		(void)err_set(e, p == NULL ? "out of memory" : "data directory: its name is too long");
		free(p);
		return NULL;
	}
	(void)pthread_mutex_init(&p->change, NULL);
	(void)pthread_mutex_init(&p->lock, NULL);
	guesses_init(&p->guesses);
	load(p, e);
	return p;
}

void
phones_free(struct phones *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_destroy(&p->change);
	(void)pthread_mutex_destroy(&p->lock);
	guesses_end(&p->guesses);
	wipe(p, sizeof(*p));
	free(p);
}

void
phones_serve(struct phones *p, const char *origin, int collect)
{
	p->collect = collect;
	(void)snprintf(p->origin, sizeof(p->origin), "%s", origin);
}

int
phones_collect(const struct phones *p)
{
	return p->collect;
}

const char *
phones_origin(const struct phones *p)
{
	return p->origin;
}

/* Under ${change}.  ${twice}: nothing of what was may come back from the previous copy. */
static int
save(struct phones *p, const struct phones_table *t, int twice, struct err *e)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, STATE_MAX);
	phones_print(&b, t);
	if (!buf_ok(&b))
		(void)err_set(e, "out of memory");
	else
		rc = (twice ? state_save_twice : state_save)(p->path, b.data, b.len, e);
	buf_free(&b);
	return rc;
}

/* Under ${change}: what holds from now on. */
static void
adopt(struct phones *p, const struct phones_table *t)
{
	(void)pthread_mutex_lock(&p->lock);
	p->table = *t;
	(void)pthread_mutex_unlock(&p->lock);
}

int
phones_invite(struct phones *p, const char *name, int64_t now, char link[PHONE_LINK_HEX + 1], struct err *e)
{
	uint8_t bits[PHONE_LINK_HEX / 2];
	struct link *l = p->link;
	int rc = -1;
	size_t i;

	(void)pthread_mutex_lock(&p->change);
	for (i = 1; i < PHONE_LINKS_MAX; i++)
		if (l->waits && (!p->link[i].waits || p->link[i].made < l->made))
			l = &p->link[i];
	if (!phones_name_ok(name)) {
		(void)err_set(e, "a phone's name: up to %d bytes of text on one line", PHONE_NAME_MAX);
	} else if (p->table.n == PHONES_MAX) {
		(void)err_set(e, "%d phones are paired, which is the most: revoke one first (pair --list, pair --revoke N)", PHONES_MAX);
	} else {
		random_bytes(bits, sizeof(bits));
		enc_hex(link, bits, sizeof(bits));
		sha256(l->hash, link, PHONE_LINK_HEX);
		(void)strcpy(l->name, name);
		l->made = now;
		l->waits = 1;
		wipe(bits, sizeof(bits));
		rc = 0;
	}
	(void)pthread_mutex_unlock(&p->change);
	return rc;
}

/* Under ${change}: the link that waits under this hash, not older than it may be; NULL. */
static struct link *
find_link(struct phones *p, const uint8_t hash[HASH_LEN], int64_t now)
{
	struct link *l, *found = NULL;

	for (l = p->link; l < p->link + PHONE_LINKS_MAX; l++) {
		if (now < l->made || now - l->made >= PHONE_LINK_MS)
			l->waits = 0;
		if (l->waits && equal_ct(l->hash, hash, HASH_LEN))
			found = l;
	}
	return found;
}

int
phones_pair(struct phones *p, const char *link, int64_t now, int64_t since, char secret[PHONE_SECRET_HEX + 1], struct err *e)
{
	uint8_t hash[HASH_LEN], bits[PHONE_SECRET_HEX / 2];
	struct phones_table t;
	struct phone *x;
	struct link *l;
	int rc = 0;

	sha256(hash, link, strlen(link));
	(void)pthread_mutex_lock(&p->change);
	t = p->table; /* changed under ${change} alone */
	if ((l = find_link(p, hash, now)) == NULL) {
		;
	} else if (t.n == PHONES_MAX || t.last >= UINT32_MAX - 1) {
		rc = err_set(e, "%d phones are paired, which is the most", PHONES_MAX);
	} else {
		random_bytes(bits, sizeof(bits));
		enc_hex(secret, bits, sizeof(bits));
		x = &t.at[t.n++];
		*x = (struct phone){ .number = ++t.last, .since = since, .has_secret = 1 };
		(void)strcpy(x->name, l->name);
		sha256(x->hash, secret, PHONE_SECRET_HEX);
		if ((rc = save(p, &t, 0, e)) == 0) {
			adopt(p, &t);
			l->waits = 0;
			rc = 1;
		}
		wipe(bits, sizeof(bits));
	}
	(void)pthread_mutex_unlock(&p->change);
	return rc;
}

int
phones_find(struct phones *p, const char *secret, struct phone *out)
{
	uint8_t hash[HASH_LEN];
	int found = 0;
	size_t i;

	if (strlen(secret) != PHONE_SECRET_HEX)
		return 0;
	sha256(hash, secret, PHONE_SECRET_HEX);
	(void)pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->table.n; i++)
		if (p->table.at[i].has_secret && equal_ct(p->table.at[i].hash, hash, HASH_LEN)) {
			*out = p->table.at[i];
			found = 1;
		}
	(void)pthread_mutex_unlock(&p->lock);
	return found;
}

/* Under ${change}: the phone of ${t} that is to have a token, made when it is new.  1, 0, -1. */
static int
for_token(struct phones_table *t, const struct phone *x, struct phone **out, struct err *e)
{
	size_t i;

	for (i = 0; x->number != 0 && i < t->n; i++)
		if (t->at[i].number == x->number) {
			*out = &t->at[i];
			return 1;
		}
	if (x->number != 0)
		return 0;
	if (!phones_name_ok(x->name))
		return err_set(e, "a phone's name: up to %d bytes of text on one line", PHONE_NAME_MAX);
	if (t->n == PHONES_MAX || t->last >= UINT32_MAX - 1)
		return err_set(e, "%d phones are paired, which is the most: revoke one first (pair --list, pair --revoke N)", PHONES_MAX);
	*out = &t->at[t->n++];
	**out = (struct phone){ .number = ++t->last, .since = clock_wall() };
	(void)strcpy((*out)->name, x->name);
	return 1;
}

int
phones_give_token(struct phones *p, struct phone *x, char token[PHONE_TOKEN_HEX + 1], struct err *e)
{
	uint8_t bits[PHONE_TOKEN_HEX / 2];
	struct phones_table t;
	struct phone *at;
	int rc;

	(void)pthread_mutex_lock(&p->change);
	t = p->table;
	if ((rc = for_token(&t, x, &at, e)) == 1) {
		random_bytes(bits, sizeof(bits));
		enc_hex(token, bits, sizeof(bits));
		sha256(at->token, token, PHONE_TOKEN_HEX);
		at->has_token = 1;
		(void)strcpy(at->user, x->user);
		(void)strcpy(at->place, x->place);
		if (save(p, &t, x->number != 0, e) == 0) {
			adopt(p, &t);
			*x = *at;
			guesses_forget(&p->guesses);
		} else {
			rc = -1;
		}
		wipe(bits, sizeof(bits));
	}
	(void)pthread_mutex_unlock(&p->change);
	return rc;
}

struct guesses *
phones_guesses(struct phones *p)
{
	return &p->guesses;
}

int
phones_by_token(struct phones *p, const char *token, struct phone *out)
{
	uint8_t hash[HASH_LEN];
	int found = 0;
	size_t i;

	if (strlen(token) != PHONE_TOKEN_HEX)
		return 0;
	sha256(hash, token, PHONE_TOKEN_HEX);
	(void)pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->table.n; i++)
		if (p->table.at[i].has_token && equal_ct(p->table.at[i].token, hash, HASH_LEN)) {
			*out = p->table.at[i];
			found = 1;
		}
	(void)pthread_mutex_unlock(&p->lock);
	return found;
}

int
phones_revoke(struct phones *p, uint32_t number, struct err *e)
{
	struct phones_table t;
	size_t i;
	int rc = 0;

	(void)pthread_mutex_lock(&p->change);
	t = p->table;
	for (i = 0; i < t.n && t.at[i].number != number; i++)
		;
	if (i < t.n) {
		memmove(&t.at[i], &t.at[i + 1], (t.n - i - 1) * sizeof(t.at[0]));
		t.n--;
		adopt(p, &t); /* whatever the disk says: who revokes a phone has lost it */
		rc = save(p, &t, 1, e) == 0 ? 1 : -1;
	}
	(void)pthread_mutex_unlock(&p->change);
	return rc;
}

size_t
phones_list(struct phones *p, struct phone out[PHONES_MAX])
{
	size_t n;

	(void)pthread_mutex_lock(&p->lock);
	n = p->table.n;
	memcpy(out, p->table.at, n * sizeof(out[0]));
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}
