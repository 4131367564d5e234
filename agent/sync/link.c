#include "agent/sync/link.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "sync/answer.h"
#include "web/tr.h"

#define FACT "link-trouble" /* "CODE MS" */
#define FACT_MAX 64

static const struct { const char *code, *text; } table[LINK_TROUBLES] = {
	[LINK_OK] = { "", "" },
	[LINK_NO_NAME] = { "no-name", N_("The county's name is not found: there is no network, or it knows no names.") },
	[LINK_NO_ROUTE] = { "no-connection", N_("Nobody takes the connection to the county: there is no network, or the county is off.") },
	[LINK_SILENT] = { "silent", N_("Connected, but no answer came.") },
	[LINK_CUT] = { "cut", N_("The connection broke off.") },
	[LINK_NO_TLS] = { "no-tls", N_("What answers in the county's place does not speak its secure protocol (TLS 1.3).") },
	[LINK_INTERCEPTED] = { "intercepted", N_("Somebody in between opens secure connections: the key is not the county's. Nothing was sent.") },
	[LINK_PORTAL] = { "portal", N_("A sign-in page of the network answers in the county's place. Sign in to the network first.") },
	[LINK_PROXY] = { "proxy-page", N_("A proxy answers with a page of its own in the county's place.") },
	[LINK_TRUNCATED] = { "truncated", N_("The county's answer came cut off.") },
	[LINK_REPLAYED] = { "replayed", N_("An old answer of the county came again: something in between keeps answers.") },
	[LINK_DOUBLED] = { "doubled", N_("A request of this device reached the county twice: something in between repeats, or there is a copy of this device.") },
	[LINK_OTHER_COUNTY] = { "other-county", N_("Another county answered.") },
	[LINK_ALTERED] = { "altered", N_("An answer came whose signature is not the county's: it was changed on its way, or is a forgery.") },
	[LINK_BUSY] = { "busy", N_("The county may be busy or in trouble; it is tried again later.") },
	[LINK_STRANGE] = { "strange", N_("What answers is not the county.") },
};

static int
is_html(const struct client_result *r, const struct buf *body)
{
	size_t i = 0;

	while (i < body->len && strchr(" \t\r\n", body->data[i]) != NULL && body->data[i] != '\0')
		i++;
	return strstr(r->type, "html") != NULL || (body->len > i + 4 && (strncasecmp((const char *)body->data + i, "<!doc", 5) == 0 ||
	    strncasecmp((const char *)body->data + i, "<html", 5) == 0));
}

static enum link_trouble
judge_answer(const struct client_result *r, const struct buf *body, const uint8_t log[HASH_LEN])
{
	switch (answer_fault(body->data, body->len, log)) {
	case ANSWER_CUT:
		return LINK_TRUNCATED;
	case ANSWER_OTHER_LOG:
		return LINK_OTHER_COUNTY;
	case ANSWER_ALTERED:
		return LINK_ALTERED;
	case ANSWER_NONE:
		break;
	}
	if ((r->status >= 300 && r->status < 400) || r->status == 511)
		return LINK_PORTAL;
	if (r->status == 407 || r->status == 502 || r->status == 504)
		return LINK_PROXY;
	if (is_html(r, body))
		return r->status < 400 ? LINK_PORTAL : LINK_PROXY;
	return r->status == 429 || r->status == 503 ? LINK_BUSY : LINK_STRANGE;
}

enum link_trouble
link_judge(const struct client_result *r, int rc, const struct buf *body, const uint8_t log[HASH_LEN])
{
	static const enum link_trouble of[] = {
		[CLIENT_NO_NAME] = LINK_NO_NAME, [CLIENT_NO_ROUTE] = LINK_NO_ROUTE, [CLIENT_TLS] = LINK_NO_TLS, [CLIENT_PIN] = LINK_INTERCEPTED,
		[CLIENT_SILENT] = LINK_SILENT, [CLIENT_CUT] = LINK_CUT, [CLIENT_NOT_HTTP] = LINK_STRANGE, [CLIENT_LONG] = LINK_STRANGE };

	if (rc == 0 && r->fault == CLIENT_CAME)
		return judge_answer(r, body, log);
	/* what came of a page before it broke off tells more than that it did */
	if (r->fault == CLIENT_CUT && body->len > 0)
		return answer_fault(body->data, body->len, log) == ANSWER_CUT ? LINK_TRUNCATED : judge_answer(r, body, log);
	return r->fault > CLIENT_CAME && r->fault <= CLIENT_LONG ? of[r->fault] : LINK_CUT;
}

static enum link_trouble
read_fact(struct agent *ag, int64_t *since)
{
	enum link_trouble t = LINK_OK;
	size_t i, n;
	struct buf b;

	*since = 0;
	buf_init(&b, FACT_MAX);
	if (journal_get(ag->j, FACT, &b) == 1) {
		n = strcspn(buf_str(&b), " ");
		for (i = 1; i < LINK_TROUBLES; i++)
			if (strlen(table[i].code) == n && strncmp(table[i].code, buf_str(&b), n) == 0)
				t = (enum link_trouble)i;
		if (n < b.len)
			(void)dec_i64(since, buf_str(&b) + n + 1, b.len - n - 1);
	}
	buf_free(&b);
	return t;
}

void
link_say(struct agent *ag, enum link_trouble t)
{
	char text[FACT_MAX];
	struct err e = { "" };
	int64_t since;
	int n = 0;

	if (read_fact(ag, &since) == t)
		return;
	if (t != LINK_OK)
		n = snprintf(text, sizeof(text), "%s %lld", table[t].code, (long long)clock_wall());
	if (journal_set(ag->j, FACT, text, (size_t)n, &e) != 0)
		log_msg(LOG_WARN, "what stands between here and the county cannot be stored: %s", e.text);
}

enum link_trouble
link_now(struct agent *ag, int64_t *since)
{
	return read_fact(ag, since);
}

const char *
link_code(enum link_trouble t)
{
	return table[t].code;
}

const char *
link_words(enum link_trouble t, const char *lang)
{
	return t == LINK_OK ? "" : tr(lang, table[t].text);
}
