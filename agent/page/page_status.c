#include <string.h>

#include "agent/sync/aside.h"
#include "agent/page/room.h"
#include "agent/page/routes.h"
#include "agent/page/serve.h"
#include "agent/status.h"
#include "base/clock.h"
#include "base/enc.h"

/* The machine, for who looks after it.  Nothing personal: shown without sign-in. */

static void
item(struct page_call *c, const char *name, const char *value, int bad)
{
	page_raw(c, "<dt>");
	page_text(c, name);
	page_raw(c, bad ? "</dt><dd class=\"bad\">" : "</dt><dd>");
	page_text(c, value);
	page_raw(c, "</dd>\n");
}

static void
put_machine(struct page_call *c, const struct status *s)
{
	char now[32], space[32] = "";

	page_raw(c, "<div class=\"card\"><dl>\n");
	item(c, tr(c->lang, "Clock"), s->clock_set ? page_when(now, (uint64_t)clock_wall()) : tr(c->lang, "clock not set"), !s->clock_set);
	item(c, tr(c->lang, "Clock is set"), s->clock_set ? tr(c->lang, "yes") : tr(c->lang, "no"), !s->clock_set);
	item(c, tr(c->lang, "Storage"), s->storage.name, !s->storage_safe);
	item(c, tr(c->lang, "Keeps its promises when the power fails"), s->storage_safe ? tr(c->lang, "yes") : tr(c->lang, "no"), !s->storage_safe);
	item(c, tr(c->lang, "Free space"), page_bytes(space, s->room.free), s->space != SPACE_OK);
	item(c, tr(c->lang, "Takes"), tr(c->lang, s->space == SPACE_OK ? N_("entries and photos") : s->space == SPACE_NO_PHOTOS ? N_("entries, no photos") : N_("nothing until room is freed")), s->space != SPACE_OK);
	item(c, tr(c->lang, "Version"), TALLY_VERSION, 0);
	page_raw(c, "</dl></div>\n");
}

static void
put_county(struct page_call *c, const struct status *s)
{
	char device[2 * HASH_LEN + 1], n[32], when[32];

	enc_hex(device, c->ag->device, HASH_LEN);
	page_raw(c, "<h2>");
	page_say(c, "County", NULL);
	page_raw(c, "</h2>\n<div class=\"card\"><dl>\n");
	item(c, tr(c->lang, "County"), s->origin[0] ? s->origin : tr(c->lang, "not enrolled yet"), s->origin[0] == '\0');
	item(c, tr(c->lang, "Last contact"), s->heard > 0 ? page_when(when, s->heard) : tr(c->lang, "never"), 0);
	item(c, tr(c->lang, "Link"), s->trouble == LINK_OK ? tr(c->lang, "nothing in the way when last tried") : link_words(s->trouble, c->lang), s->trouble != LINK_OK);
	item(c, tr(c->lang, "Paid by the megabyte"), s->metered ? tr(c->lang, "yes") : tr(c->lang, "no"), 0);
	item(c, tr(c->lang, "Last confirmed"), s->counts.has_last ? page_when(when, s->counts.last_confirmed) : tr(c->lang, "never"), 0);
	item(c, tr(c->lang, "Size of the county's log when last seen"), page_number(n, s->county_size), 0);
	item(c, tr(c->lang, "Alarms"), page_number(n, s->alarms), s->alarms > 0);
	item(c, tr(c->lang, "Revoked"), s->revoked ? tr(c->lang, "yes") : tr(c->lang, "no"), s->revoked);
	item(c, tr(c->lang, "Place"), c->ag->place, 0);
	item(c, tr(c->lang, "Device"), device, 0);
	item(c, tr(c->lang, "Epoch"), page_number(n, c->ag->epoch), 0);
	page_raw(c, "</dl></div>\n");
}

static int
put_photo(void *ctx, const uint8_t hash[HASH_LEN], enum aside_reason why)
{
	struct page_call *c = ctx;
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, hash, HASH_LEN);
	hex[12] = '\0';
	item(c, hex, aside_words(why, c->lang), 1);
	return 0;
}

static void
put_entries(struct page_call *c, const struct status *s)
{
	char n[32];

	page_raw(c, "<h2>");
	page_say(c, "Records", NULL);
	page_raw(c, "</h2>\n<div class=\"card\"><dl>\n");
	item(c, tr(c->lang, "Saved here"), page_number(n, s->counts.entries), 0);
	item(c, tr(c->lang, "Confirmed"), page_number(n, s->counts.confirmed), 0);
	item(c, tr(c->lang, "Waiting"), page_number(n, s->counts.waiting), 0);
	item(c, tr(c->lang, "Set aside"), page_number(n, s->counts.set_aside), s->counts.set_aside > 0);
	item(c, tr(c->lang, "Photos waiting"), page_number(n, s->counts.photos_waiting), 0);
	if (s->wait != WAIT_NOT)
		item(c, tr(c->lang, "Photos wait"), budget_words(s->wait, c->lang), 0);
	if (s->photos_aside > 0) {
		item(c, tr(c->lang, "Photos set aside"), page_number(n, (uint64_t)s->photos_aside), 1);
		(void)aside_each(c->ag, put_photo, c);
	}
	page_raw(c, "</dl></div>\n");
}

static void
status(struct page_call *c)
{
	struct status s;

	if (status_take(c->ag, &s) != 0) {
		page_error(c, 503, tr(c->lang, "The journal cannot be read now."));
		return;
	}
	page_begin(c, tr(c->lang, "Machine"));
	if (c->ag->new_epoch.text[0] != '\0')
		page_notice(c, PAGE_WARN, c->ag->new_epoch.text);
	room_notice(c);
	put_machine(c, &s);
	put_county(c, &s);
	put_entries(c, &s);
	page_end(c);
}

static void
script(struct page_call *c)
{
	c->res->type = "text/javascript; charset=utf-8";
	c->res->cache = "no-cache";
	(void)buf_puts(c->b, page_script);
}

const struct page_route page_routes_status[] = {
	{ "GET", "/status", PAGE_PLAIN, 0, status },
	{ "GET", "/static/page.js", PAGE_MACHINE | PAGE_UNLOCKED | PAGE_PLAIN, 0, script },
	{ NULL, NULL, 0, 0, NULL }
};
