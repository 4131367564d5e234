#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/collect.h"
#include "agent/openrosa/settings.h"
#include "agent/people/phones.h"
#include "agent/cmd/pin_input.h"
#include "agent/show.h"
#include "agent/people/users.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/line.h"
#include "web/qr.h"

/* pair: a phone's link, or its settings of Collect; which are paired; one no more. */

static void
draw(const struct args *a, const char *text)
{
	struct buf qr;

	buf_init(&qr, 262144);
	if ((a->io->out_tty ? qr_terminal : qr_paper)(&qr, text) == 0)
		(void)fprintf(a->io->out, "%s", buf_str(&qr));
	buf_free(&qr);
	(void)fprintf(a->io->out, "%s\n", text);
}

static void
say_link(const struct args *a, const char *url)
{
	cJSON *o;

	if (a->json) {
		o = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(o, "link", url);
		(void)cJSON_AddNumberToObject(o, "seconds", (double)(PHONE_LINK_MS / 1000));
		show_json(a->io->out, o);
		return;
	}
	draw(a, url);
	(void)fprintf(a->io->err, "open it on the phone within %d minutes; it works once\n", (int)(PHONE_LINK_MS / 60000));
}

static int
invite(const struct args *a, struct phones *p)
{
	char link[PHONE_LINK_HEX + 1], url[PHONE_ORIGIN_MAX + sizeof(link) + 8];
	struct err e = { "" };

	if (p == NULL || phones_origin(p)[0] == '\0')
		(void)err_set(&e, "pair: the page is not on the village's network: start the agent with 'run --lan ADDR:PORT'");
	else if (phones_invite(p, opt_get(a, "name") ? opt_get(a, "name") : "", clock_mono(), link, &e) == 0) {
		(void)snprintf(url, sizeof(url), "%s/pair/%s", phones_origin(p), link);
		say_link(a, url);
		return EXIT_YES;
	}
	return opt_fail(&e);
}

/* What the command line says of Collect's phone.  0 or -1. */
static int
take_phone(const struct args *a, struct phone *x, struct err *e)
{
	const char *number = opt_get(a, "phone"), *user = opt_get(a, "user"), *place = opt_get(a, "place"), *name = opt_get(a, "name");
	uint64_t n = 0;

	memset(x, 0, sizeof(*x));
	if (number != NULL && (dec_u64(&n, number, strlen(number)) != 0 || n == 0 || n > UINT32_MAX))
		return err_set(e, "--phone %.40s: not a phone's number (pair --list)", number);
	if (user != NULL && !field_id((struct field){ user, strlen(user) }, ID_MAX))
		return err_set(e, "--user %.80s: not a cadre's id", user);
	if (place != NULL && !field_place((struct field){ place, strlen(place) }))
		return err_set(e, "--place %.40s: a place code has 2, 4, 6, 9 or 12 digits", place);
	if (name != NULL && strlen(name) > PHONE_NAME_MAX)
		return err_set(e, "--name: up to %d bytes", PHONE_NAME_MAX);
	x->number = (uint32_t)n;
	(void)snprintf(x->user, sizeof(x->user), "%s", user ? user : "");
	(void)snprintf(x->place, sizeof(x->place), "%s", place ? place : "");
	(void)snprintf(x->name, sizeof(x->name), "%s", name ? name : "");
	return 0;
}

/* The cadre vouches with the PIN: what the phone sends is then theirs.  EXIT_YES, or the status of the failure. */
static int
vouch(const struct args *a, struct agent *ag, const char *user)
{
	char pin[PIN_LINE] = "";
	enum users_answer answer = USERS_FAILED;
	struct err e = { "" };
	struct pin_input p;
	int64_t wait = 0;

	if (pin_input_open(&p, a, &e) != 0)
		return opt_fail(&e);
	if (pin_input_next(&p, "PIN", 0, pin, &e) == 0) {
		agent_unlock();
		answer = users_check_pin(ag, user, pin, &wait, &e);
		agent_lock();
		if (answer == USERS_WRONG)
			(void)err_set(&e, "%s: the id or the PIN is wrong", user);
	}
	pin_input_close(&p);
	wipe(pin, sizeof(pin));
	return answer == USERS_OK ? EXIT_YES : answer == USERS_FAILED ? opt_fail(&e) : opt_refuse(&e);
}

static void
say_code(const struct args *a, const struct phone *x, const char *code)
{
	cJSON *o;

	if (!a->json) {
		draw(a, code);
		(void)fprintf(a->io->err, "phone %" PRIu32 ": scan it in Collect (Add project, or Settings, Reconfigure with QR code); it is shown once, and whoever has it can send as %s\n",
		    x->number, x->user[0] ? x->user : "this device");
		return;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddNumberToObject(o, "phone", x->number);
	(void)cJSON_AddStringToObject(o, "user", x->user);
	(void)cJSON_AddStringToObject(o, "place", x->place);
	(void)cJSON_AddStringToObject(o, "settings", code);
	show_json(a->io->out, o);
}

static int
collect(const struct args *a, struct agent *ag)
{
	struct err e = { "" };
	struct phone x;
	struct buf code;
	int rc, status;

	if (take_phone(a, &x, &e) != 0)
		return opt_fail(&e);
	if (x.user[0] != '\0' && !users_first(ag) && (status = vouch(a, ag, x.user)) != EXIT_YES)
		return status;
	buf_init(&code, SETTINGS_MAX);
	if ((rc = collect_pair(ag, &x, &code, &e)) == 0)
		say_code(a, &x, buf_str(&code));
	if (code.data != NULL)
		wipe(code.data, code.cap);
	buf_free(&code);
	return rc == 0 ? EXIT_YES : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
}

static int
list(const struct args *a, struct phones *p)
{
	struct phone all[PHONES_MAX];
	size_t i, n = phones_list(p, all);
	char when[32];
	cJSON *o;

	for (i = 0; i < n; i++) {
		clock_datetime(all[i].since, when);
		if (a->json) {
			o = cJSON_CreateObject();
			(void)cJSON_AddNumberToObject(o, "phone", all[i].number);
			(void)cJSON_AddStringToObject(o, "name", all[i].name);
			(void)cJSON_AddStringToObject(o, "since", when);
			if (all[i].has_token) {
				(void)cJSON_AddStringToObject(o, "user", all[i].user);
				(void)cJSON_AddStringToObject(o, "place", all[i].place);
			}
			show_json(a->io->out, o);
		} else {
			(void)fprintf(a->io->out, "%" PRIu32 "  %s  %s%s%s%s%s\n", all[i].number, when, all[i].name, all[i].has_token ? "  Collect " : "",
			    all[i].has_token ? all[i].user : "", all[i].place[0] ? " " : "", all[i].place);
		}
	}
	return EXIT_YES;
}

static int
forget(const char *text, struct phones *p)
{
	struct err e = { "" };
	uint64_t n = 0;
	int rc;

	if (dec_u64(&n, text, strlen(text)) != 0 || n > UINT32_MAX) {
		(void)err_set(&e, "--revoke %.40s: not a phone's number (pair --list)", text);
		return opt_fail(&e);
	}
	if ((rc = phones_revoke(p, (uint32_t)n, &e)) > 0)
		return EXIT_YES;
	if (rc < 0)
		return opt_fail(&e);
	(void)err_set(&e, "--revoke %.40s: no such phone is paired", text);
	return opt_refuse(&e);
}

static int
pair(const struct args *a, struct agent *ag)
{
	const char *number = opt_get(a, "revoke");
	struct phones *p = ag->phones, *own = NULL;
	struct err e = { "" };
	int status;

	if (number == NULL && opt_get(a, "list") == NULL)
		return opt_get(a, "collect") != NULL ? collect(a, ag) : invite(a, p);
	if (p == NULL && (p = own = phones_open(ag->dir, &e)) == NULL)
		return opt_fail(&e);
	if (e.text[0] != '\0')
		(void)fprintf(a->io->err, "tally-agent: %s\n", e.text);
	status = number != NULL ? forget(number, p) : list(a, p);
	phones_free(own);
	return status;
}

int
cmd_pair(const struct args *a)
{
	return agent_with(a, pair);
}
