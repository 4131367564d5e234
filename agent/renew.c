#include "agent/renew.h"

#include <string.h>

#include "base/log.h"
#include "evidence/keys.h"
#include "sync/device.h"

#define RENEW_SECONDS 120

int
renew_due(const struct buf *out, const struct client_result *r)
{
	static const char head[] = "tallystick/answer/v1\n";

	return r->fault == CLIENT_PIN || (out->len > sizeof(head) && memcmp(out->data, head, sizeof(head) - 1) == 0);
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
	if (rc == 0 && (rc = device_take_keys(ag->j, text.data, text.len, e)) == 1 && device_keys(ag->j, &keys, NULL) == 0)
		log_msg(LOG_WARN, "the county has new keys: county.keys version %llu, signed by its root key, is in force", (unsigned long long)keys.version);
	client_free(c);
	buf_free(&url);
	buf_free(&text);
	return rc;
}
