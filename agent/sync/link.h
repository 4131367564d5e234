#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include "agent/agent.h"
#include "sync/client.h"

/**
 * What stands between this device and its county, by name.  Nothing here is
 * believed: it is said to people, so that they know where to look.  The newest
 * finding is kept in the journal and goes when the county answers.
 */
enum link_trouble {
	LINK_OK,
	LINK_NO_NAME,       /* the county's name is not found: no network, or a broken one */
	LINK_NO_ROUTE,      /* nobody takes the connection */
	LINK_SILENT,        /* connected, and nothing came */
	LINK_CUT,           /* it broke off */
	LINK_NO_TLS,        /* whoever answers does not speak TLS 1.3 */
	LINK_INTERCEPTED,   /* TLS with a key that is not the county's */
	LINK_PORTAL,        /* a page to sign in to a network */
	LINK_PROXY,         /* a proxy's page */
	LINK_TRUNCATED,     /* an answer that ends too early */
	LINK_REPLAYED,      /* the county's answer to another request */
	LINK_DOUBLED,       /* a request of ours arrived twice */
	LINK_OTHER_COUNTY,  /* another county's answer */
	LINK_ALTERED,       /* an answer whose signature does not hold */
	LINK_BUSY,          /* 429 or 503 */
	LINK_STRANGE,       /* something else */
	LINK_TROUBLES
};

/** link_judge(r, rc, body, log): what an exchange of client_call() came to, when no answer of the county could be made of it. */
enum link_trouble link_judge(const struct client_result *r, int rc, const struct buf *body, const uint8_t log[HASH_LEN]);

/** link_say(ag, t): keep it, when it is another than before; LINK_OK: the county was heard. */
void link_say(struct agent *ag, enum link_trouble t);

/** link_now(ag, since): the newest finding, and since when (ms of this device's clock; 0 unknown). */
enum link_trouble link_now(struct agent *ag, int64_t *since);

/** link_code(t) / link_words(t, lang): its name for machines ("" for LINK_OK); one sentence for people, "zh" or "en".  Static. */
const char *link_code(enum link_trouble t);
const char *link_words(enum link_trouble t, const char *lang);

#endif
