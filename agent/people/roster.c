#include "agent/people/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "store/journal_roster.h"

/* The roster as this process has it in memory; NULL in the agent until it is needed. */
struct roster {
	struct search *s;
	uint64_t generation;       /* of the vault, when it was read */
};

static int
is_locked(struct agent *ag)
{
	struct vault *v = journal_vault(ag->j);

	return vault_has_cabinet(v) && !vault_is_open(v);
}

void
roster_settle(struct agent *ag)
{
	if (ag->roster != NULL && (is_locked(ag) || vault_generation(journal_vault(ag->j)) != ag->roster->generation))
		roster_close(ag);
}

void
roster_close(struct agent *ag)
{
	if (ag->roster == NULL)
		return;
	search_free(ag->roster->s);
	free(ag->roster);
	ag->roster = NULL;
}

int
roster_count(struct agent *ag, uint64_t *households)
{
	return journal_roster_count(ag->j, households);
}

/* All members of one household into the index.  0 or -1. */
static int
index_one(struct search *s, const struct household *h)
{
	const struct member *m;
	size_t i;

	for (i = 0; i < h->n; i++) {
		m = &h->m[i];
		if (search_add(s, &(struct search_person){ h->id, m->id, h->group != NULL ? h->group : "", member_get(m, MEMBER_NAME),
		    member_get(m, MEMBER_RELATION), member_get(m, MEMBER_BIRTH), member_get(m, MEMBER_ID_NUMBER), member_get(m, MEMBER_PHONE) }) != 0)
			return -1;
	}
	return 0;
}

struct walk {
	int (*cb)(void *ctx, const struct household *h);
	void *ctx;
	uint64_t unread;
};

#define WALK_LOCKED 1000

static int
walk_one(void *ctx, const char *id, enum vault_answer answer, const char *p, size_t n)
{
	struct walk *w = ctx;
	struct household h;
	int rc;

	if (answer == VAULT_LOCKED)
		return WALK_LOCKED;
	if (answer != VAULT_OPEN || household_parse(&h, id, p, n) != 0) {
		w->unread++;
		return 0;
	}
	rc = w->cb(w->ctx, &h);
	household_free(&h);
	return rc;
}

int
roster_each(struct agent *ag, int (*cb)(void *ctx, const struct household *h), void *ctx, struct err *e)
{
	struct walk w = { cb, ctx, 0 };
	int rc;

	if (is_locked(ag))
		return ROSTER_LOCKED;
	if ((rc = journal_roster_each(ag->j, walk_one, &w)) < 0)
		return err_set(e, "the roster cannot be read");
	if (w.unread > 0)
		log_msg(LOG_WARN, "roster: %llu households cannot be read: their key is lost, or their bytes were altered", (unsigned long long)w.unread);
	return rc == WALK_LOCKED ? ROSTER_LOCKED : rc;
}

static int
index_cb(void *ctx, const struct household *h)
{
	return index_one(ctx, h) == 0 ? 0 : -1;
}

/* The index is there and holds what the journal holds.  0, ROSTER_LOCKED or -1. */
static int
ready(struct agent *ag, struct err *e)
{
	int rc;

	roster_settle(ag);
	if (is_locked(ag))
		return ROSTER_LOCKED;
	if (ag->roster != NULL)
		return 0;
	if ((ag->roster = lapsed(calloc(1, sizeof(*ag->roster)))) == NULL || (ag->roster->s = search_new()) == NULL) {
		roster_close(ag);
		return err_set(e, "out of memory");
	}
	ag->roster->generation = vault_generation(journal_vault(ag->j));
	if ((rc = roster_each(ag, index_cb, ag->roster->s, e)) != 0)
		roster_close(ag);
	return rc;
}

int
roster_find(struct agent *ag, const char *query, const char *group, size_t from, size_t max, struct search_hit *hits, size_t *total, struct err *e)
{
	int rc = ready(ag, e);

	*total = 0;
	if (rc != 0)
		return rc == ROSTER_LOCKED ? -ROSTER_LOCKED : -1;
	if ((rc = search_find(ag->roster->s, query, group, from, max, hits, total)) < 0)
		(void)err_set(e, "out of memory");
	return rc;
}

int
roster_groups(struct agent *ag, void (*cb)(void *ctx, const char *group, size_t members), void *ctx, struct err *e)
{
	int rc = ready(ag, e);

	if (rc == 0)
		search_groups(ag->roster->s, cb, ctx);
	return rc;
}

/* As roster_get() for a household's own id. */
static int
load(struct agent *ag, const char *id, struct household *h, struct err *e)
{
	enum vault_answer answer = VAULT_DAMAGED;
	struct buf text;
	int rc;

	buf_init(&text, JOURNAL_HOUSEHOLD_MAX);
	if ((rc = journal_roster_get(ag->j, id, &text, &answer)) < 0)
		(void)err_set(e, "the roster cannot be read");
	else if (rc == 1 && answer == VAULT_LOCKED)
		rc = ROSTER_LOCKED;
	else if (rc == 1 && (answer != VAULT_OPEN || household_parse(h, id, buf_str(&text), text.len) != 0))
		rc = err_set(e, "household %.64s: it cannot be read any more: its key is lost, or its bytes were altered", id);
	if (text.data != NULL)
		wipe(text.data, text.cap);
	buf_free(&text);
	return rc;
}

int
roster_get(struct agent *ag, const char *id, struct household *h, const struct member **member, struct err *e)
{
	char parent[ID_MAX + 1];
	const char *dash = strrchr(id, '-');
	size_t i;
	int rc;

	household_init(h);
	if (member != NULL)
		*member = NULL;
	if ((rc = load(ag, id, h, e)) != 0 || dash == NULL || dash == id || (size_t)(dash - id) >= sizeof(parent))
		return rc;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(dash - id), id);
	if ((rc = load(ag, parent, h, e)) != 1)
		return rc;
	for (i = 0; i < h->n; i++)
		if (strcmp(h->m[i].id, id) == 0) {
			if (member != NULL)
				*member = &h->m[i];
			return 1;
		}
	household_free(h);
	return 0;
}

/* PLACE-device4-serial, as subjects of forms have it, from one counter. */
static int
give_ids(struct agent *ag, struct household *h, size_t n, struct err *e)
{
	char hex[5], id[ID_MAX + 1];
	uint64_t serial;
	size_t i, fresh = 0;

	for (i = 0; i < n; i++)
		fresh += h[i].id[0] == '\0';
	if (fresh > 0 && (journal_get_u64(ag->j, "subject-serial", &serial) < 0 || journal_set_u64(ag->j, "subject-serial", serial + fresh, e) != 0))
		return err_set(e, "the journal cannot be written");
	enc_hex(hex, ag->device, 2);
	for (i = 0; i < n; i++) {
		if (h[i].id[0] == '\0')
			(void)snprintf(id, sizeof(id), "%s-%s-%llu", ag->place, hex, (unsigned long long)++serial);
		else
			(void)memcpy(id, h[i].id, sizeof(id));
		if (household_name(&h[i], id) != 0)
			return err_set(e, "household %.64s: the id is too long", id);
	}
	return 0;
}

static void
reindex(struct agent *ag, const struct household *h, size_t n)
{
	size_t i;
	int rc = 0;

	roster_settle(ag);
	for (i = 0; ag->roster != NULL && i < n && rc == 0; i++) {
		search_drop(ag->roster->s, h[i].id);
		rc = index_one(ag->roster->s, &h[i]);
	}
	if (rc != 0)
		roster_close(ag); /* it is read anew when it is needed */
}

int
roster_put_all(struct agent *ag, struct household *h, size_t n, struct err *e)
{
	struct journal_household *rows = lapsed(calloc(n + 1, sizeof(*rows)));
	char **text = lapsed(calloc(n + 1, sizeof(*text)));
	int rc = -1;
	size_t i;

	if (rows == NULL || text == NULL)
		goto memory;
	if (give_ids(ag, h, n, e) != 0)
		goto out;
	for (i = 0; i < n; i++) {
		rows[i].id = h[i].id;
		if (h[i].n > 0 && (text[i] = household_text(&h[i], &rows[i].n)) == NULL)
			goto memory;
		rows[i].p = text[i];
	}
	if ((rc = journal_roster_put(ag->j, rows, n, e)) == 0)
		reindex(ag, h, n);
	goto out;
memory:
	(void)err_set(e, "out of memory");
out:
	for (i = 0; text != NULL && rows != NULL && i < n; i++) {
		if (text[i] != NULL)
			wipe(text[i], rows[i].n);
		free(text[i]);
	}
	free(text);
	free(rows);
	return rc;
}

int
roster_put(struct agent *ag, struct household *h, struct err *e)
{
	return roster_put_all(ag, h, 1, e);
}
