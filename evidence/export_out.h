#ifndef EVIDENCE_EXPORT_OUT_H
#define EVIDENCE_EXPORT_OUT_H

#include <stdio.h>

#include "base/err.h"
#include "crypto/hash.h"
#include "evidence/manifest.h"

/* One new file of an export, summed as it is written. */

#define EXPORT_DIR_MAX 2048
#define EXPORT_FULL_MAX (EXPORT_DIR_MAX + MANIFEST_PATH_MAX + 1)

struct export_out {
	FILE *f;
	struct sha256_ctx sum;
	char path[MANIFEST_PATH_MAX]; /* within the export */
};

/** export_out_open(o, dir, path, e): create DIR/PATH (which must not be there), with its folders.  0 or -1. */
int export_out_open(struct export_out *o, const char *dir, const char *path, struct err *e);

/** export_out_put(o, p, n): append; what fails is told by export_out_close(). */
void export_out_put(struct export_out *o, const void *p, size_t n);

/** export_out_close(o, list, e): close, and add the file to ${list}.  0 or -1; closed all the same.  Not yet durable. */
int export_out_close(struct export_out *o, struct manifest *list, struct err *e);

/** export_out_drop(o): close, if open, and say nothing. */
void export_out_drop(struct export_out *o);

#endif
