#ifndef SYNC_PACK_H
#define SYNC_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * Signed texts on their way: what is hexadecimal or base64 in them travels as
 * bytes, what the receiver has before its eyes already does not travel
 * (docs/format.md 10.7).  Unpacking gives the text back byte for byte, so
 * nothing that is signed changes; what does not unpack is as if nothing came.
 */

#define PACK_MAGIC_LEN 3
#define PACK_NONCE_LEN 4 /* of the request's nonce stand before an answer, so that an old one is recognised as such */

/** pack_request(out, p, n): append the packed form of a plain request (head and frames; the frames go as they are).  0 or -1. */
int pack_request(struct buf *out, const void *p, size_t n);

/** unpack_request(out, p, n, e): append the plain request that ${p} is the packed form of; a body cut behind its head is as the plain one cut there.  0 or -1. */
int unpack_request(struct buf *out, const void *p, size_t n, struct err *e);

/** pack_answer(out, p, n, request, len): append the packed form of an answer to the plain ${request}.  0 or -1. */
int pack_answer(struct buf *out, const void *p, size_t n, const void *request, size_t len);

/** unpack_answer(out, p, n, request, len, e): append the answer that ${p} is the packed form of, to that very request.  0 or -1. */
int unpack_answer(struct buf *out, const void *p, size_t n, const void *request, size_t len, struct err *e);

/** What can be told of a packed answer without opening it: it is none, cut, to a request with another nonce, or whole. */
enum pack_fault { PACK_NONE, PACK_CUT, PACK_OTHER, PACK_WHOLE };

/** packed_answer_fault(p, n, nonce): which; ${nonce} may be NULL.  Nobody signed this: it is for saying what is wrong with the link, nothing else. */
enum pack_fault packed_answer_fault(const void *p, size_t n, const uint8_t *nonce);

/** pack_text(out, p, n) / unpack_text(out, p, n): the first of the two steps alone.  0; -1: no text (control characters), malformed, or too long. */
int pack_text(struct buf *out, const void *p, size_t n);
int unpack_text(struct buf *out, const void *p, size_t n);

#endif
