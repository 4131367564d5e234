#ifndef AUDIT_CMD_H
#define AUDIT_CMD_H

#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/opt.h"

/* The commands of tally-audit; each returns its exit status. */

int cmd_verify(const struct args *a);
int cmd_inspect(const struct args *a);
int cmd_proof(const struct args *a);

/** What the options of a command bring: files read, folders opened. */
struct brought {
	struct audit_options o;
	struct buf policy, since;
	uint8_t (*inventory)[32];
	uint8_t root[32];
	struct audit_village *village;
};

/** cmd_bring(b, a, e): the folder in the first argument, and the options of "verify" that are there.  0 or -1; release with cmd_release() either way. */
int cmd_bring(struct brought *b, const struct args *a, struct err *e);

/** cmd_release(b): release. */
void cmd_release(struct brought *b);

#endif
