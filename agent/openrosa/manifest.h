#ifndef AGENT_OPENROSA_MANIFEST_H
#define AGENT_OPENROSA_MANIFEST_H

#include "agent/record/instances.h"

/* The files that a phone needs beside a form: one for each of its lists from outside, of the same rows as the page has. */

/** manifest_private(f): 1 when any of them says more than the form itself does (roster, subjects, last): only for a cadre who showed a PIN.  manifest_private_file: is it that one? */
int manifest_private(const struct form *f);
int manifest_private_file(const struct form *f, const char *name);

/** manifest_put(ag, f, base, out): append OpenRosa's manifest; downloads are at ${base}NAME.  A file that is not served now is left out, as OpenRosa has it.  0 or -1. */
int manifest_put(struct agent *ag, const struct form *f, const char *base, struct buf *out);

/** manifest_file(ag, f, name, out): append the file's bytes: the office's own as published, others as CSV or XML by the end of their name.  1, 0 when it is none of the form's or not served now, -1. */
int manifest_file(struct agent *ag, const struct form *f, const char *name, struct buf *out);

#endif
