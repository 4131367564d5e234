#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/people/users_internal.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "store/state.h"

/* Who may open the cabinet, on disk and for those who ask. */

struct member *
users_find(struct users *u, const char *id)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (strcmp(u->m[i].id, id) == 0)
			return &u->m[i];
	return NULL;
}

int
users_count(struct users *u, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, STATE_MAX);
	rc = users_print(&b, u, 1) == 0 ? state_save(u->path, b.data, b.len, e) : err_set(e, "%s: out of memory", u->path);
	buf_free(&b);
	return rc;
}

int
users_store(struct users *u, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, STATE_MAX);
	rc = users_print(&b, u, 1) == 0 ? state_save_twice(u->path, b.data, b.len, e) : err_set(e, "%s: out of memory", u->path);
	buf_reset(&b);
	if (rc == 0 && users_print(&b, u, 0) == 0 && journal_set(u->j, USERS_KEY, b.data, b.len, e) != 0)
		rc = -1;
	buf_free(&b);
	return rc;
}

/* The file, else the journal's copy, whose cadres have no PIN any more.  0, or -1 when it could not be looked at. */
static int
load(struct users *u, struct err *e)
{
	unsigned long lapses = lapse_count();
	struct err why = { "" };
	struct buf b;
	int rc;

	buf_init(&b, STATE_MAX);
	rc = state_load(u->path, &b, &why);
	if (rc == 2)
		log_msg(LOG_WARN, "%s", why.text);
	if (rc > 0 && users_parse(u, b.data, b.len, &why) != 0)
		rc = -1;
	if (rc < 0 && lapse_count() != lapses)
		(void)err_set(e, "%s", why.text);
	else if (rc <= 0) {
		if (rc < 0)
			log_msg(LOG_ERROR, "%s", why.text);
		buf_reset(&b);
		if ((rc = journal_get(u->j, USERS_KEY, &b)) == 1 && users_parse(u, b.data, b.len, e) == 0) {
			log_msg(LOG_ERROR, "%s is not there or damaged: no PIN is known any more; the county's code opens the cabinet (user reset ID --code CODE)", u->path);
			rc = 0;
		}
	}
	buf_free(&b);
	return rc < 0 ? -1 : 0;
}

struct users *
users_open(struct journal *j, struct err *e)
{
	struct users *u = lapsed(calloc(1, sizeof(*u)));

	if (u == NULL || file_path(u->path, sizeof(u->path), journal_dir(j), "users") != 0 || pthread_mutex_init(&u->mutex, NULL) != 0) {
		free(u);
		(void)err_set(e, "%.200s: out of memory, or the path is too long", journal_dir(j));
		return NULL;
	}
	u->j = j;
	u->v = journal_vault(j);
	if (load(u, e) != 0) {
		users_close(u);
		return NULL;
	}
	vault_set_cabinet(u->v, u->has_cabinet ? u->cabinet : NULL);
	return u;
}

int
users_keep(struct agent *ag, struct err *e)
{
	int rc;

	(void)pthread_mutex_lock(&ag->users->mutex);
	rc = ag->users->has_cabinet ? users_store(ag->users, e) : 0;
	(void)pthread_mutex_unlock(&ag->users->mutex);
	return rc;
}

void
users_close(struct users *u)
{
	if (u == NULL)
		return;
	(void)pthread_mutex_destroy(&u->mutex);
	free(u);
}

int
users_first(struct agent *ag)
{
	int rc;

	(void)pthread_mutex_lock(&ag->users->mutex);
	rc = !ag->users->has_cabinet;
	(void)pthread_mutex_unlock(&ag->users->mutex);
	return rc;
}

/* What may be told of a cadre; the name only while the cabinet is open. */
static void
tell(struct users *u, const struct member *m, struct user *x)
{
	struct buf name;

	memset(x, 0, sizeof(*x));
	(void)strcpy(x->id, m->id);
	x->disabled = m->disabled;
	x->fails = m->fails;
	x->locked_out = users_is_out(m);
	x->wait_ms = users_wait(m);
	buf_init(&name, USER_NAME_MAX);
	if (m->name_len > 0 && vault_get(u->v, m->name, m->name_len, &name) == VAULT_OPEN)
		memcpy(x->name, name.data, name.len);
	buf_free(&name);
}

int
users_each(struct agent *ag, int (*cb)(void *ctx, const struct user *x), void *ctx)
{
	struct users *u = ag->users;
	struct user x;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0; i++) {
		(void)pthread_mutex_lock(&u->mutex);
		if (i < u->n)
			tell(u, &u->m[i], &x);
		else
			rc = 1;
		(void)pthread_mutex_unlock(&u->mutex);
		if (rc == 1)
			return 0;
		rc = cb(ctx, &x);
	}
	return rc;
}

int
users_get(struct agent *ag, const char *id, struct user *x)
{
	struct users *u = ag->users;
	const struct member *m;

	(void)pthread_mutex_lock(&u->mutex);
	if ((m = users_find(u, id)) != NULL)
		tell(u, m, x);
	(void)pthread_mutex_unlock(&u->mutex);
	return m != NULL;
}

uint64_t
users_mark(struct agent *ag, const char *id)
{
	const struct member *m;
	uint64_t mark = 0;

	(void)pthread_mutex_lock(&ag->users->mutex);
	if ((m = users_find(ag->users, id)) != NULL && !m->disabled && m->has_wrap)
		mark = dec_be(m->wrap.salt, 8) | 1;
	(void)pthread_mutex_unlock(&ag->users->mutex);
	return mark;
}

uint64_t
users_code_there(struct agent *ag)
{
	uint64_t n;

	(void)pthread_mutex_lock(&ag->users->mutex);
	n = ag->users->code_ready ? ag->users->code : 0;
	(void)pthread_mutex_unlock(&ag->users->mutex);
	return n;
}
