#ifndef AGENT_PAGE_KEY_H
#define AGENT_PAGE_KEY_H

#include "agent/page/serve.h"
#include "agent/people/phones.h"

/**
 * ODK Collect at our doors: it keeps no cookie, so its token stands in the path
 * ("/key/TOKEN/formList"), and what comes behind it is OpenRosa's alone.
 */

/** key_rest(path, token): what stands behind "/key/TOKEN", with its '/'; NULL when the path does not begin so.  ${token} is "" when it has not the length of one. */
const char *key_rest(const char *path, char token[PHONE_TOKEN_HEX + 1]);

/** key_openrosa(path): 1 when a path, with a token or without, is one of OpenRosa's; such get envelopes. */
int key_openrosa(const char *path);

/** key_admit(d, r, res, body_max): a request's head on the network's door that is OpenRosa's or shows a token: 0 to go on, -1 when ${res} says why not; wrong tokens are counted. */
int key_admit(const struct page_door *d, const struct http_request *r, struct http_response *res, size_t *body_max);

/** key_enter(c, inner, who): a call whose path shows a token goes on as ${inner} without it, for the phone ${who}, both the caller's.  0, or -1 when it is answered. */
int key_enter(struct page_call *c, struct http_request *inner, struct phone *who);

#endif
