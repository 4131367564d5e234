#ifndef AGENT_ADMIT_H
#define AGENT_ADMIT_H

#include "agent/agent.h"

/* Storage that keeps no promise is refused, unless its name was allowed: by --allow-storage (kept in the journal) or in TALLY_ALLOW_STORAGE; names are separated by commas. */

/** admit_new(dir, allowed, e): before an identity is made in ${dir}, which need not be there yet; ${allowed} may be NULL.  0, or -1 with the reason. */
int admit_new(const char *dir, const char *allowed, struct err *e);

/** admit_open(ag, allowed, e): whenever the journal has been opened; an ${allowed} that is not NULL is kept in the journal first.  0, or -1 with the reason. */
int admit_open(struct agent *ag, const char *allowed, struct err *e);

/** admit_entry(ag, e): may an entry be recorded now: storage that keeps promises (looked at once), and room.  0, or -1 with the reason; nothing was recorded. */
int admit_entry(struct agent *ag, struct err *e);

/** admit_photo(ag, e): the same of a photo, which stops earlier. */
int admit_photo(struct agent *ag, struct err *e);

#endif
