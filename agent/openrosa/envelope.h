#ifndef AGENT_OPENROSA_ENVELOPE_H
#define AGENT_OPENROSA_ENVELOPE_H

#include "web/http.h"

/** The envelope in which a phone finds words for people (OpenRosa 1.0), and the headers beside it. */

#define ENVELOPE_ASKED "10000000" /* bytes; beyond this a phone splits what it sends */
#define ENVELOPE_TYPE "text/xml; charset=utf-8"

/** envelope_headers(res): X-OpenRosa-Version and X-OpenRosa-Accept-Content-Length, once. */
void envelope_headers(struct http_response *res);

/** envelope_answer(res, status, nature, text): the whole answer: headers, and ${text} in an envelope of that nature ("submit_success", "submit_error", "error"). */
void envelope_answer(struct http_response *res, unsigned status, const char *nature, const char *text);

/** envelope_wrap(res, post): a refusal that is plain text so far, put into an envelope; anything else stays as it is. */
void envelope_wrap(struct http_response *res, int post);

#endif
