#include "agent/sync/renew.h"

#include <string.h>

#include "base/log.h"
#include "evidence/keys.h"
#include "sync/device.h"

#define RENEW_SECONDS 120
#define SUCCESSION_MAX ((size_t)1 << 20)

int
renew_due(const struct buf *out, const struct client_result *r)
{
	static const char head[] = "tallystick/answer/v1\n";

	return r->fault == CLIENT_PIN || (out->len > sizeof(head) && memcmp(out->data, head, sizeof(head) - 1) == 0);
}

/* The county speaks of another log: it has to show that the root key let it continue ours.  1 in force, -1. */
static int
another_log(struct agent *ag, struct client *c, const struct buf *keys, struct client_result *r, struct err *e)
{
	uint64_t up = r->up, down = r->down;
	struct buf text;
	int rc;

	buf_init(&text, SUCCESSION_MAX);
	agent_unlock();
	rc = client_call(c, "GET", "/v1/succession", NULL, NULL, 0, &text, r, e);
	agent_lock();
	r->up += up;
	r->down += down;
	if (rc == 0 && r->status != 200)
		rc = err_set(e, "county.keys: of another log, and nothing shows that it continues ours (HTTP %ld)", r->status);
	if (rc == 0)
		rc = renew_log(ag, keys->data, keys->len, text.data, text.len, e);
	buf_free(&text);
	return rc == 0 ? 1 : -1;
}

int
renew_log(struct agent *ag, const void *keys, size_t len, const void *p, size_t n, struct err *e)
{
	int rc = device_succeed(ag->j, keys, len, p, n, e);

	if (rc == 0)
		log_msg(LOG_ERROR, "ALARM: the county lost a part of its log and began a new one, signed by its root key; what it had confirmed of that part is kept as evidence in %s/alarms and sent again", ag->dir);
	return rc;
}

int
renew_keys(struct agent *ag, int allow_http, struct client_result *r, struct err *e)
{
	struct client_options o = { .allow_http = allow_http, .timeout = RENEW_SECONDS };
	struct client *c = NULL;
	struct county_keys keys;
	struct buf url, text;
	int rc = -1;

	memset(r, 0, sizeof(*r));
	buf_init(&url, 2048);
	buf_init(&text, KEYS_MAX);
	if (journal_get(ag->j, "url", &url) != 1)
		(void)err_set(e, "the journal does not know its county's address");
	else if ((c = client_new(buf_str(&url), &o, e)) != NULL) {
		agent_unlock();
		rc = client_call(c, "GET", "/v1/keys", NULL, NULL, 0, &text, r, e);
		agent_lock();
	}
	if (rc == 0 && r->status != 200)
		rc = err_set(e, "county.keys does not come: HTTP %ld", r->status);
	if (rc == 0 && (rc = device_take_keys(ag->j, text.data, text.len, e)) == 2)
		rc = another_log(ag, c, &text, r, e);
	if (rc == 1 && device_keys(ag->j, &keys, NULL) == 0)
		log_msg(LOG_WARN, "the county has new keys: county.keys version %llu, signed by its root key, is in force", (unsigned long long)keys.version);
	client_free(c);
	buf_free(&url);
	buf_free(&text);
	return rc;
}
