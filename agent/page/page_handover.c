#include <string.h>

#include "agent/people/handover.h"
#include "agent/page/begin.h"
#include "agent/page/pins.h"
#include "agent/page/returned.h"
#include "agent/page/room.h"
#include "agent/page/routes.h"
#include "agent/page/rows.h"
#include "agent/page/serve.h"
#include "base/log.h"
#include "store/journal_list.h"

/* One cadre hands over to the next: both look at what waits, the next one's PIN says so, and an entry is signed. */

#define LISTED 50          /* of what waits for a link */

struct others {
	const char *not;
	struct page_option option[USERS_MAX];
	char id[USERS_MAX][ID_MAX + 1], label[USERS_MAX][ID_MAX + USER_NAME_MAX + 4];
	size_t n;
};

static int
add_other(void *ctx, const struct user *x)
{
	struct others *o = ctx;

	if (x->disabled || o->n == USERS_MAX || strcmp(x->id, o->not) == 0)
		return 0;
	(void)strcpy(o->id[o->n], x->id);
	(void)snprintf(o->label[o->n], sizeof(o->label[0]), x->name[0] ? "%s (%s)" : "%s%s", x->name[0] ? x->name : x->id, x->name[0] ? x->id : "");
	o->option[o->n] = (struct page_option){ .value = o->id[o->n], .label = o->label[o->n] };
	o->n++;
	return 0;
}

struct waiting { struct rows rows; uint64_t n; };

static int
add_waiting(void *ctx, const struct journal_entry *x)
{
	struct waiting *w = ctx;

	if (w->n++ < LISTED)
		(void)rows_add(&w->rows, x);
	return 0;
}

/* What the next cadre takes over, as both see it. */
static void
put_waiting(struct page_call *c)
{
	struct journal_weight weight;
	struct waiting w = { .n = 0 };
	uint64_t returned = 0;
	char n[32];

	if (journal_weigh_waiting(c->ag->j, &weight) != 0 || journal_count_told(c->ag->j, "returned", &returned) != 0)
		return;
	page_raw(c, "<h2>");
	page_say(c, "Sent back by the county: {1}", page_number(n, returned), NULL);
	page_raw(c, "</h2>\n");
	returned_put(c, LISTED);
	begin_drafts(c, NULL);
	page_raw(c, "<h2>");
	page_say(c, "Waiting for a link: {1}", page_number(n, weight.entries), NULL);
	page_raw(c, "</h2>\n");
	if (weight.attachments > 0) {
		page_raw(c, "<p>");
		page_say(c, "Photos waiting: {1}", page_number(n, weight.attachments), NULL);
		page_raw(c, "</p>\n");
	}
	if (weight.entries == 0)
		return;
	rows_begin(&w.rows, c, LISTED);
	(void)journal_each_unconfirmed(c->ag->j, add_waiting, &w);
	rows_end(&w.rows);
	if (w.n > LISTED) {
		page_raw(c, "<p>");
		page_say(c, "And {1} more.", page_number(n, w.n - LISTED), NULL);
		page_raw(c, "</p>\n");
	}
}

static void
put_page(struct page_call *c, const char *error)
{
	struct others o = { .not = c->cadre };
	struct page_field to = { .name = "to", .label = tr(c->lang, "Who takes over?"), .value = page_posted(c, "to"), .option = o.option, .required = 1 };
	const struct page_field pin = { .name = "pin", .label = tr(c->lang, "PIN of who takes over"), .type = "password", .mode = "numeric", .error = error, .required = 1, .max = PIN_MAX,
		.hint = tr(c->lang, "With it the next cadre says: I have looked at this list.") };

	(void)users_each(c->ag, add_other, &o);
	to.n = o.n;
	page_begin(c, tr(c->lang, "Hand over"));
	room_notice(c);
	page_raw(c, "<p>");
	page_say(c, "Look at this list together. A signed entry then says who handed over to whom, and you are signed out.", NULL);
	page_raw(c, "</p>\n");
	put_waiting(c);
	page_raw(c, "<h2>");
	page_say(c, "Hand over", NULL);
	page_raw(c, "</h2>\n");
	if (o.n == 0) {
		page_notice(c, PAGE_INFO, tr(c->lang, "There is nobody else yet: add the next cadre first."));
		page_raw(c, "<p>");
		page_link(c, "/people", tr(c->lang, "Add a cadre"));
		page_raw(c, "</p>\n");
	} else {
		page_form(c, "/handover", 0);
		page_select(c, &to);
		page_input(c, &pin);
		page_button(c, NULL, NULL, tr(c->lang, "Hand over and sign out"));
		page_form_end(c);
	}
	page_end(c);
}

static void
show_handover(struct page_call *c)
{
	put_page(c, NULL);
}

static int
count_one(void *ctx, const struct journal_entry *x)
{
	(void)x;
	++*(uint64_t *)ctx;
	return 0;
}

static int
append(struct page_call *c, const char *to)
{
	struct err e = { "" };
	uint64_t waiting = 0;
	struct recorded r;
	struct draft d;
	int rc;

	draft_init(&d, "handover", c->ag);
	rc = journal_each_unconfirmed(c->ag->j, count_one, &waiting) == 0 && handover_fill(&d, c->cadre, to, waiting) == 0 ? recorder_append(c->ag, &d, 1, &r, &e) : -1;
	if (rc != 0)
		log_msg(LOG_WARN, "page: %s", e.text);
	draft_free(&d);
	return rc;
}

static void
handed(struct page_call *c, const char *to)
{
	agent_lock();
	if (room_closed(c)) {
		agent_unlock();
	} else if (append(c, to) != 0) {
		page_error(c, 503, tr(c->lang, "This cannot be recorded now; try again."));
		agent_unlock();
	} else {
		agent_unlock();
		page_sign_out(c);
		page_redirect(c, "/sign-in?handed=1");
	}
}

static void
hand_over(struct page_call *c)
{
	const char *to = page_posted(c, "to");
	char why[PINS_WORDS];
	struct err e = { "" };
	int64_t wait = 0;
	enum users_answer a;
	struct user x;

	if (strcmp(to, c->cadre) == 0 || users_get(c->ag, to, &x) != 1 || x.disabled) {
		agent_lock();
		put_page(c, tr(c->lang, "Choose who takes over."));
		agent_unlock();
		c->res->status = 422;
	} else if ((a = users_check_pin(c->ag, to, page_posted(c, "pin"), &wait, &e)) == USERS_OK) {
		handed(c, to);
	} else {
		agent_lock();
		put_page(c, pins_words(c, a, wait, &e, why));
		agent_unlock();
	}
}

const struct page_route page_routes_handover[] = {
	{ "GET", "/handover", PAGE_CADRE, 0, show_handover },
	{ "POST", "/handover", PAGE_CADRE | PAGE_UNLOCKED, 4096, hand_over },
	{ NULL, NULL, 0, 0, NULL }
};
