#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/** file_read(path, out, e): append the whole file to ${out} (bounded by its max).  0, or -1 with ${e} naming the file and the reason. */
int file_read(const char *path, struct buf *out, struct err *e);

/** file_read_fd(fd, name, out, e): append what can still be read from ${fd}, which stays open; ${name} is for the error.  0 or -1. */
int file_read_fd(int fd, const char *name, struct buf *out, struct err *e);

/**
 * file_write(path, p, n, mode, e):
 * Replace ${path} with ${n} bytes so that after any power cut it holds either
 * the old or the new content: temporary file in the same folder, fsync,
 * rename, fsync of the folder.  Durable on return 0; on -1 the old content
 * stands (or the new one, if only the folder's fsync failed).  A cut may
 * leave the temporary file "PATH.??????" behind.  The mode is set as given,
 * whatever the umask.
 */
int file_write(const char *path, const void *p, size_t n, unsigned mode, struct err *e);

/** file_create(path, p, n, mode, e): as file_write, but -1 if anything is there already, which then stays. */
int file_create(const char *path, const void *p, size_t n, unsigned mode, struct err *e);

/** file_remove(path, e): take ${path} away for good: durable on 0, also when nothing is there.  -1. */
int file_remove(const char *path, struct err *e);

/**
 * file_sweep(dir, age_s):
 * Remove what cuts left of file_write() in a folder whose files have names of
 * small letters, digits and "-" and no dot ("NAME.??????"), where it is older than ${age_s} seconds by the
 * system's clock (0: all).  How many went; 0 also where there is no folder.
 */
size_t file_sweep(const char *dir, long age_s);

/** file_mkdirs(path, mode, e): make the folder and its parents; an existing folder is fine.  0 or -1. */
int file_mkdirs(const char *path, unsigned mode, struct err *e);

/** file_exists(path): 1 when anything is there (also a dangling link), else 0. */
int file_exists(const char *path);

/** file_path(out, size, dir, name): "DIR/NAME".  0, or -1 if it does not fit. */
int file_path(char *out, size_t size, const char *dir, const char *name);

/** file_names(dir, names, n, max, e): the sorted names in a folder (without . and ..), each to be freed, the array too.  0 or -1. */
int file_names(const char *dir, char ***names, size_t *n, size_t max, struct err *e);

/** file_names_free(names, n): release what file_names() gave; NULL is allowed. */
void file_names_free(char **names, size_t n);

/** file_sync_parent(path): fsync of the folder that holds ${path}: only then does a new name there last.  0 or -1. */
int file_sync_parent(const char *path);

#endif
