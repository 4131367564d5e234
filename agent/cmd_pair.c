#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/phones.h"
#include "agent/show.h"
#include "base/clock.h"
#include "base/enc.h"
#include "web/qr.h"

/* pair: a phone's link; which are paired; one no more. */

static void
say_link(const struct args *a, const char *url)
{
	cJSON *o;
	struct buf qr;

	if (a->json) {
		o = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(o, "link", url);
		(void)cJSON_AddNumberToObject(o, "seconds", (double)(PHONE_LINK_MS / 1000));
		show_json(a->io->out, o);
		return;
	}
	buf_init(&qr, 65536);
	if ((a->io->out_tty ? qr_terminal : qr_paper)(&qr, url) == 0)
		(void)fprintf(a->io->out, "%s", buf_str(&qr));
	buf_free(&qr);
	(void)fprintf(a->io->out, "%s\n", url);
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
			show_json(a->io->out, o);
		} else {
			(void)fprintf(a->io->out, "%" PRIu32 "  %s  %s\n", all[i].number, when, all[i].name);
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
		return invite(a, p);
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
