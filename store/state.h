#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Small files of state that must outlive power cuts and a bad sector: text of
 * whole lines, closed by a line with its own SHA-256.  PATH is the live one,
 * PATH.new one being written, PATH.previous the one before.
 */

#define STATE_MAX (256U << 10) /* bytes of a body */

/**
 * state_save(path, p, n, e):
 * Write ${n} bytes (whole lines, at most STATE_MAX) as PATH.new, sync it,
 * move PATH to PATH.previous and PATH.new to PATH, sync the folder; 0600.
 * Durable on 0.  On -1 the content is what it was, or already the new one.
 */
int state_save(const char *path, const void *p, size_t n, struct err *e);

/** state_save_twice(path, p, n, e): the same, and the previous copy holds it too: a second copy of what never changes, and nothing left of what must be forgotten.  Durable on 0. */
int state_save_twice(const char *path, const void *p, size_t n, struct err *e);

/**
 * state_load(path, out, e):
 * Append the body of the first that is whole: live, new, previous.  1 the live
 * one; 2 another one (${e} says what was wrong with those before it); 0 when
 * none of the three is there; -1 when something is there and none is whole.
 */
int state_load(const char *path, struct buf *out, struct err *e);

/** state_remove(path): all three; those that are not there are fine.  0 or -1. */
int state_remove(const char *path);

#endif
