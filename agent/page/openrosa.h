#ifndef AGENT_PAGE_OPENROSA_H
#define AGENT_PAGE_OPENROSA_H

#include "agent/page/page.h"

/* What the files of OpenRosa's routes share. */

/** openrosa_speaks(c): the headers of every answer; 1 when the request speaks a version that we do, else it is answered. */
int openrosa_speaks(struct page_call *c);

/**
 * openrosa_sender(c, actor, open): SLOW
 * Who asks, by Basic authentication with a cadre's id and PIN ("device" while
 * no cadre has one); with ${open} the cabinet is open until users_sign_out(),
 * and there must be a cadre.  0, or -1 when it is answered.
 */
int openrosa_sender(struct page_call *c, char actor[ID_MAX + 1], int open);

/** openrosa_form(c, tail, out): is there a form whose hash stands in the first part of the path, with ${tail} behind it?  Its bytes into ${out} (unless NULL).  1, or 0 when it is answered. */
int openrosa_form(struct page_call *c, const char *tail, struct buf *out);

/** openrosa_address(c, hex, tail, out, size): an address of ours at the name by which the phone reached us: /forms/HEX and ${tail}. */
void openrosa_address(const struct page_call *c, const char *hex, const char *tail, char *out, size_t size);

#endif
