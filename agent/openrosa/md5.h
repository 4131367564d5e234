#ifndef AGENT_OPENROSA_MD5_H
#define AGENT_OPENROSA_MD5_H

#include <stddef.h>
#include <stdint.h>

/** md5(out, p, n): MD5 (RFC 1321), because OpenRosa's form lists name files by it.  It says that a copy is the same, to who trusts the sender; never evidence. */
void md5(uint8_t out[16], const void *p, size_t n);

#endif
