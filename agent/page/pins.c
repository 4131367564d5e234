#include "agent/page/pins.h"

#include <string.h>

static int
take_person(struct page_call *c, struct pins_new *w)
{
	struct user x;

	memset(w, 0, sizeof(*w));
	w->id = page_posted(c, "id");
	w->name = page_posted(c, "name");
	if (w->id[0] == '\0' || strlen(w->id) > ID_MAX || strspn(w->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(w->id))
		w->id_error = tr(c->lang, "The sign-in id has small letters, digits and hyphens only.");
	else if (users_get(c->ag, w->id, &x) == 1)
		w->id_error = tr(c->lang, "This sign-in id is taken.");
	if (strlen(w->name) > USER_NAME_MAX)
		w->name_error = tr(c->lang, "This name is too long.");
	return (w->id_error != NULL) + (w->name_error != NULL);
}

int
pins_take_new(struct page_call *c, struct pins_new *w)
{
	w->pin = page_posted(c, "new");
	if (users_pin_ok(w->pin, NULL) != 0)
		w->pin_error = tr(c->lang, "A PIN has 6 to 64 digits and is not an easy one such as 123456 or 888888.");
	else if (strcmp(w->pin, page_posted(c, "again")) != 0)
		w->again_error = tr(c->lang, "The two are not the same.");
	return (w->pin_error != NULL) + (w->again_error != NULL);
}

int
pins_take(struct page_call *c, struct pins_new *w)
{
	int wrong = take_person(c, w);

	return wrong + pins_take_new(c, w);
}

void
pins_put_person(struct page_call *c, const struct pins_new *w)
{
	const struct page_field name = { .name = "name", .label = tr(c->lang, "Name"), .value = w->name, .error = w->name_error, .max = USER_NAME_MAX / 3,
		.hint = tr(c->lang, "Seen only by who is signed in here.") };
	const struct page_field id = { .name = "id", .label = tr(c->lang, "Sign-in id"), .value = w->id, .error = w->id_error, .required = 1, .max = ID_MAX,
		.hint = tr(c->lang, "Stands in every record as who made it, so not a real name. If the county gave you one, use that.") };

	page_input(c, &name);
	page_input(c, &id);
}

void
pins_put_new(struct page_call *c, const struct pins_new *w)
{
	const struct page_field pin = { .name = "new", .label = tr(c->lang, "New PIN"), .type = "password", .mode = "numeric", .complete = "new-password", .error = w->pin_error,
		.hint = tr(c->lang, "6 digits or more."), .required = 1, .max = PIN_MAX };
	const struct page_field again = { .name = "again", .label = tr(c->lang, "New PIN once more"), .type = "password", .mode = "numeric", .complete = "new-password",
		.error = w->again_error, .required = 1, .max = PIN_MAX };

	page_input(c, &pin);
	page_input(c, &again);
}

void
pins_put_own(struct page_call *c, const char *error)
{
	const struct page_field own = { .name = "own", .label = tr(c->lang, "Your own PIN"), .type = "password", .mode = "numeric", .complete = "current-password",
		.hint = tr(c->lang, "So that nobody does this at a device you left open."), .error = error, .required = 1, .max = PIN_MAX };

	page_input(c, &own);
}

static const char *
say_wait(const struct page_call *c, int64_t wait_ms, char out[PINS_WORDS])
{
	int64_t s = (wait_ms + 999) / 1000;
	struct buf b;
	char n[32];

	buf_init(&b, PINS_WORDS);
	if (s < 120)
		page_fill(&b, c->lang, "After several wrong attempts there is a pause. Try again in {1} seconds.", page_number(n, (uint64_t)s), NULL);
	else
		page_fill(&b, c->lang, "After several wrong attempts there is a pause. Try again in {1} minutes.", page_number(n, (uint64_t)(s + 59) / 60), NULL);
	(void)snprintf(out, PINS_WORDS, "%s", buf_str(&b));
	buf_free(&b);
	return out;
}

const char *
pins_words(const struct page_call *c, enum users_answer a, int64_t wait_ms, const struct err *e, char out[PINS_WORDS])
{
	switch (a) {
	case USERS_WRONG:
		return tr(c->lang, "This is not the PIN.");
	case USERS_WAIT:
		return say_wait(c, wait_ms, out);
	case USERS_LOCKED_OUT:
		return tr(c->lang, "This PIN is locked after too many wrong attempts. Another cadre can give a new one, or the county's one-time code.");
	case USERS_REFUSED:
		(void)snprintf(out, PINS_WORDS, "%s", e->text);
		return out;
	case USERS_FAILED:
	case USERS_OK:
		break;
	}
	return tr(c->lang, "That failed on this device: its disk or memory is full. Nothing was changed.");
}
