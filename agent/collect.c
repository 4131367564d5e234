#include "agent/collect.h"

#include <stdio.h>
#include <string.h>

#include "agent/openrosa/settings.h"
#include "agent/record/places.h"
#include "agent/people/users.h"
#include "base/line.h"

static int
may(struct agent *ag, const struct phone *x, struct err *e)
{
	const struct places *p;
	struct user u;

	if (ag->phones == NULL || phones_origin(ag->phones)[0] == '\0')
		return err_set(e, "the page is not on the village's network: start the agent with 'run --lan ADDR:PORT'");
	if (!phones_collect(ag->phones))
		return err_set(e, "Collect sends over an encrypted connection only: start the agent with --lan-cert and --lan-key (docs/agent.md says which certificates Collect takes)");
	if (x->user[0] == '\0' && !users_first(ag))
		return err_set(e, "say whose records the phone sends: --user ID");
	if (x->user[0] != '\0' && (users_get(ag, x->user, &u) != 1 || u.disabled))
		return err_set(e, "%s: no such cadre may record here", x->user);
	if (x->place[0] != '\0' && (!field_place((struct field){ x->place, strlen(x->place) }) || (p = places_of(ag)) == NULL || !places_inside(p, x->place)))
		return err_set(e, "place %s: not one that this device records for, nor inside one", x->place);
	return 0;
}

int
collect_pair(struct agent *ag, struct phone *x, struct buf *code, struct err *e)
{
	char token[PHONE_TOKEN_HEX + 1], url[PHONE_ORIGIN_MAX + sizeof(token) + 8], name[PLACE_MAX + 16];
	int rc;

	if (may(ag, x, e) != 0)
		return 1;
	if ((rc = phones_give_token(ag->phones, x, token, e)) != 1)
		return rc < 0 ? -1 : (err_set(e, "no such phone is paired"), 1);
	(void)snprintf(url, sizeof(url), "%s/key/%s", phones_origin(ag->phones), token);
	(void)snprintf(name, sizeof(name), "Tallystick %s", x->place[0] != '\0' ? x->place : ag->place);
	rc = settings_code(code, url, name, e);
	wipe(token, sizeof(token));
	wipe(url, sizeof(url));
	return rc;
}
