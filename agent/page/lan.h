#ifndef AGENT_PAGE_LAN_H
#define AGENT_PAGE_LAN_H

#include "agent/page/page.h"
#include "base/opt.h"

/**
 * The page on the village's own network, off unless `run --lan` names an
 * address.  Only a paired phone (agent/people/phones.h) gets anything there but a
 * refusal, and without TLS only what says nothing of anybody.
 */

/** What everybody hears who is not paired, whatever they ask for. */
#define LAN_WORDS "这部手机尚未与本设备配对：请在设备上运行 tally-agent pair，并用手机打开它给出的链接。\n" \
	"This phone is not paired with this device: run tally-agent pair on the device and open its link on the phone."

/** lan_plain_words(lang): what a paired phone hears where TLS is wanted; static. */
const char *lan_plain_words(const char *lang);

/** What is said of a phone's cookie: 400 days, the most that browsers keep. */
#define LAN_COOKIE "; HttpOnly; Max-Age=34560000"

/** lan_start(p, a, e): serve where the options of `run` say; before the sandbox's system calls, and nothing without --lan.  0 or -1. */
int lan_start(struct page *p, const struct args *a, struct err *e);

/** lan_expire(p): sessions of phones that were revoked end; a duty calls it each minute. */
void lan_expire(struct page *p);

/** lan_peer(c, r): which paired phone asks, into c->peer; 0.  -1: none does, and ${r} is not the page where one is paired; or ${r} is for this machine alone. */
int lan_peer(struct page_call *c, const struct page_route *r);

#endif
