#ifndef WEB_ADDRESS_H
#define WEB_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/err.h"

/** address_parse(a, s, e): ADDR:PORT or [ADDR]:PORT, numeric; "localhost" is 127.0.0.1.  0 or -1. */
int address_parse(struct sockaddr_storage *a, const char *s, struct err *e);

/** address_print(a, out, size): "ADDR:PORT" or "[ADDR]:PORT". */
void address_print(const struct sockaddr_storage *a, char *out, size_t size);

/** address_loopback(a): 1 for 127.0.0.0/8, ::1 and the former mapped into IPv6, else 0. */
int address_loopback(const struct sockaddr *a);

/** address_listen(a, e): a socket that listens at ${a}, also while no interface of this machine has that address yet (Wi-Fi comes up later, or goes and comes again).  The descriptor, or -1. */
int address_listen(const struct sockaddr_storage *a, struct err *e);

/** address_port(a): the port. */
unsigned address_port(const struct sockaddr_storage *a);

#endif
