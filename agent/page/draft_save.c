#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page/draft.h"
#include "agent/page/fields.h"
#include "agent/page/room.h"
#include "agent/record/places.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"

/* From a form that was filled in to the entry. */

void
draft_finding(struct form_findings *out, const char *path, const char *rule)
{
	struct form_finding *p = lapsed(realloc(out->f, (out->n + 1) * sizeof(*p)));

	if (p == NULL)
		return;
	out->f = p;
	memset(&p[out->n], 0, sizeof(*p));
	(void)snprintf(p[out->n].path, sizeof(p[out->n].path), "%s", path);
	(void)snprintf(p[out->n].rule, sizeof(p[out->n].rule), "%s", rule);
	out->n++;
}

const char *
draft_full(struct page_call *c)
{
	enum room r = room_look(c->ag);

	return r == ROOM_NO_PHOTOS ? NULL : room_words(c, r);
}

/* Was what a correction corrects itself replaced meanwhile? */
static int
stands(struct page_call *c, const struct filling *fl)
{
	const char *over = filling_fact(fl, "supersedes");
	uint8_t hash[HASH_LEN], by[HASH_LEN];
	int withdrawn;

	if (*over == '\0')
		return 1;
	return dec_hex(hash, HASH_LEN, over, strlen(over)) == 0 && journal_superseded_by(c->ag->j, hash, by, &withdrawn) == 0;
}

static void
nothing_changed(struct page_call *c, const struct filling *fl)
{
	char path[16 + 2 * HASH_LEN];

	(void)snprintf(path, sizeof(path), "/entry/%.64s", filling_fact(fl, "supersedes"));
	(void)filling_drop(c->ag, fl, NULL);
	page_flash(c, N_("Nothing was changed, so nothing was recorded."));
	page_redirect(c, path);
}

static void
append(struct page_call *c, const struct filling *fl, const struct draft *d, struct form_findings *found)
{
	char path[16 + 2 * HASH_LEN] = "/entry/";
	struct err e = { "" };
	struct recorded r;
	int rc = recorder_append(c->ag, d, 1, &r, &e);

	if (rc == 0) {
		(void)filling_drop(c->ag, fl, NULL);
		enc_hex(path + strlen(path), r.entry, HASH_LEN);
		page_flash(c, fl->kind == FILLING_CORRECTION ? N_("The correction is recorded.") : N_("Recorded."));
		page_redirect(c, path);
		return;
	}
	log_msg(LOG_WARN, "page: %s", e.text);
	if (rc == 1 && places_may(c->ag, d->place, NULL) == 1) {
		page_error(c, 409, tr(c->lang, "The county does not let this device record for this place, or not any more: it would not count. Nothing was recorded; ask the county."));
		return;
	}
	draft_show(c, fl, found, 0, 0);
	c->res->status = 503;
}

void
draft_save(struct page_call *c, const struct filling *fl)
{
	struct form_findings found = { 0, NULL };
	struct err e = { "" };
	const char *full;
	char late[128];
	struct draft d;
	int rc;

	if (!stands(c, fl)) {
		page_error(c, 409, tr(c->lang, "The entry was corrected or withdrawn meanwhile; look at it again."));
		return;
	}
	if (!filling_changed(fl)) {
		nothing_changed(c, fl);
		return;
	}
	if ((full = draft_full(c)) != NULL) {
		page_error(c, 507, full);
		return;
	}
	draft_init(&d, fl->kind == FILLING_CORRECTION ? "correction" : "record", c->ag);
	rc = filling_draft(c->ag, fl, NULL, "", c->cadre, &d, &found, &e);
	if (filling_fact(fl, "late")[0] == '\0' && fields_future(c->ag, fl, late)) {
		draft_finding(&found, late, "future");
		rc = rc == 0 ? 1 : rc;
	}
	if (rc == 0) {
		append(c, fl, &d, &found);
	} else if (rc == 1) {
		draft_show(c, fl, &found, 1, 0);
		c->res->status = 422;
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, tr(c->lang, "This cannot be recorded now. What you typed is kept; try again."));
	}
	draft_free(&d);
	form_findings_free(&found);
}
