#ifndef AGENT_STICK_H
#define AGENT_STICK_H

#include "agent/agent.h"

/** The same sync over a stick (docs/format.md 12, docs/protocol.md). */

#define STICK_MAX ((size_t)256 << 20) /* bytes of a bundle */

struct stick_written {
	uint64_t entries, attachments; /* in it */
	int more;                      /* entries or photos wait that did not fit */
};

/**
 * stick_write(ag, answerable, out, w, e):
 * A bundle for the county: what it has not confirmed, sealed to it.  With
 * ${answerable} what it takes to judge the answer is on disk before this
 * returns (the 16 newest are kept).  Photos stop at ${photos_max} bytes
 * together.  0 or -1 (also: not enrolled).
 */
int stick_write(struct agent *ag, int answerable, uint64_t photos_max, struct buf *out, struct stick_written *w, struct err *e);

/** stick_expect(ag, counter, nonce, size, e): a bundle may come that answers a request which this device did not write as a bundle (an enrolment).  Durable on 0; -1. */
int stick_expect(struct agent *ag, uint64_t counter, const uint8_t nonce[16], uint64_t size, struct err *e);

struct stick_read {
	uint64_t confirmed, records, forms, damaged;
	int succeeded;                 /* it showed that the county's log goes on as another, and brought nothing else: what is missing goes with the next bundle */
};

/**
 * stick_read(ag, p, n, got, e):
 * Judge a bundle from the county as sync judges an answer, and keep what it
 * brings.  0; 1: not for this device, not signed by its county, its answer is
 * lost, or older than what this device heard since (${e} says which; nothing
 * changed); -1.
 */
int stick_read(struct agent *ag, const void *p, size_t n, struct stick_read *got, struct err *e);

#endif
