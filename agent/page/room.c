#include "agent/page/room.h"

#include "agent/record/admit.h"
#include "agent/host/space.h"
#include "base/log.h"

enum room
room_look(struct agent *ag)
{
	struct space_figures f;
	struct err e = { "" };

	if (!ag->admitted && admit_open(ag, NULL, &e) != 0) {
		log_msg(LOG_WARN, "page: %s", e.text);
		return ROOM_REFUSED;
	}
	switch (space_look(ag->dir, &f)) {
	case SPACE_NO_ENTRIES:
		return ROOM_NO_ENTRIES;
	case SPACE_NO_PHOTOS:
		return ROOM_NO_PHOTOS;
	default:
		return ROOM_OK;
	}
}

const char *
room_words(const struct page_call *c, enum room r)
{
	switch (r) {
	case ROOM_NO_PHOTOS:
		return tr(c->lang, "This device is short of room: photos are not taken until some is freed. Everything else is recorded; add the photo by a correction later.");
	case ROOM_NO_ENTRIES:
		return tr(c->lang, "This device has no room left: nothing is recorded until some is freed. What you typed is kept, and what is recorded goes on to the county.");
	case ROOM_REFUSED:
		return tr(c->lang, "Nothing is recorded on this storage: it may lose data when the power fails. Tell who looks after the device.");
	default:
		return NULL;
	}
}

int
room_closed(struct page_call *c)
{
	enum room r = room_look(c->ag);

	if (r != ROOM_NO_ENTRIES && r != ROOM_REFUSED)
		return 0;
	page_error(c, 507, room_words(c, r));
	return 1;
}

void
room_notice(struct page_call *c)
{
	enum room r = room_look(c->ag);

	if (r != ROOM_OK)
		page_notice(c, r == ROOM_NO_PHOTOS ? PAGE_WARN : PAGE_BAD, room_words(c, r));
}
