#ifndef BASE_OPT_SETTINGS_H
#define BASE_OPT_SETTINGS_H

#include "base/opt.h"

#define OPT_SETTINGS_MAX 64 /* values that a file and the environment may set together */

/** A value that did not stand on the command line: its option by name ("data" too), and the text, owned by whoever frees the list. */
struct opt_setting {
	char *name, *val;
};

struct opt_settings {
	size_t n;
	struct opt_setting s[OPT_SETTINGS_MAX];
};

/**
 * opt_settings_read(program, opts, out, e):
 * What TALLY_* variables and an INI file say of a daemon's options ${opts}
 * (ends with a NULL name) and of "data".  "lan-cert" is TALLY_LAN_CERT in the
 * environment, which comes before the file: TALLY_CONFIG, else
 * /etc/tallystick/PROGRAM.ini where that is.  Lines "name = value", sections
 * are passed over; a flag is yes or no; an unknown name, a doubled one that
 * may stand once, or a file that cannot be read is an error by file and line.
 * 0 or -1; release with opt_settings_free() either way.
 */
int opt_settings_read(const char *program, const struct opt *opts, struct opt_settings *out, struct err *e);

/** opt_settings_free(s): release the texts. */
void opt_settings_free(struct opt_settings *s);

#endif
