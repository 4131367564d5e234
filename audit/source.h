#ifndef AUDIT_SOURCE_H
#define AUDIT_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Where an export's files come from: a folder, or memory (tests).  A folder
 * is hostile: no link is followed on the way to a file, nothing but plain
 * files is opened, nothing is ever written.
 */

#define SOURCE_FILES_MAX (4U << 20)
#define SOURCE_DEPTH_MAX 16
#define SOURCE_PATH_MAX 256 /* with its NUL; a longer name is not opened */

/** One file in memory; the bytes are the caller's. */
struct source_item {
	const char *path;
	const void *p;
	size_t n;
};

struct source {
	int dirfd;                      /* -1: memory */
	const struct source_item *item; /* sorted by path */
	size_t nitems;
};

/** source_folder(s, path, e): a folder, which may itself be reached by a link.  0 (release with source_end) or -1. */
int source_folder(struct source *s, const char *path, struct err *e);

/** source_memory(s, item, n): files that lie in memory, sorted by path (bytes), until ${s} is no longer used. */
void source_memory(struct source *s, const struct source_item *item, size_t n);

/** source_end(s): release; harmless on memory. */
void source_end(struct source *s);

/**
 * source_list(s, each, arg, e):
 * Call ${each} with the path of everything that is not a folder, in no order;
 * ${plain} is 0 for links, pipes, devices, folders too deep and names too
 * long.  Stops when ${each} returns other than 0.  0, or -1 if a folder could
 * not be read or there are more than SOURCE_FILES_MAX files.
 */
int source_list(const struct source *s, int (*each)(void *arg, const char *path, int plain), void *arg, struct err *e);

/** A file being read. */
struct source_file {
	int fd;
	const uint8_t *mem;
	uint64_t size; /* as it was when opened */
	uint64_t at;
};

/** source_open(s, path, f, e): a plain file.  0 (release with source_close) or -1. */
int source_open(const struct source *s, const char *path, struct source_file *f, struct err *e);

/** source_read(f, p, n): the next bytes, at most ${n}; 0 at the end, -1 if they cannot be read. */
ssize_t source_read(struct source_file *f, void *p, size_t n);

/** source_close(f): release. */
void source_close(struct source_file *f);

#endif
