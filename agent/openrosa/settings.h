#ifndef AGENT_OPENROSA_SETTINGS_H
#define AGENT_OPENROSA_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"

#define SETTINGS_MAX 2048 /* bytes of the code's text */

/**
 * settings_code(out, server, project, e):
 * Append what ODK Collect reads from a QR code: its settings as JSON
 * (general, admin, project), as a zlib stream, in base64.  ${server} is the
 * address with the phone's token in it, so the code is as good as the token.
 * 0, or -1 when it would be longer than a code takes.
 */
int settings_code(struct buf *out, const char *server, const char *project, struct err *e);

#endif
