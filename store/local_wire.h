#ifndef STORE_LOCAL_WIRE_H
#define STORE_LOCAL_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_FDS_MAX 3

/* Bytes and descriptors over a Unix socket, for store/local*.c only. */

/** wire_send(fd, p, n): all ${n} bytes.  0 or -1. */
int wire_send(int fd, const uint8_t *p, size_t n);

/** wire_recv(fd, p, n): exactly ${n} bytes.  0, or -1 (also: the peer is gone). */
int wire_recv(int fd, uint8_t *p, size_t n);

/** wire_send_fds(conn, p, n, fd, nfds): the same with ${nfds} (1 to WIRE_FDS_MAX) descriptors beside the first byte.  0 or -1. */
int wire_send_fds(int conn, const uint8_t *p, size_t n, const int *fd, size_t nfds);

/** wire_recv_fds(conn, p, n, fd, nfds): exactly ${n} bytes and exactly ${nfds} descriptors beside the first, close-on-exec, the caller's to close.  0; 1 when the bytes came without them (${fd} is left as it was); -1 (${fd} may hold them). */
int wire_recv_fds(int conn, uint8_t *p, size_t n, int *fd, size_t nfds);

/** local_favour(conn, dir, argc, argv, head): do what the agent asks of its caller; ${head} is the 8 bytes that began it.  0; -1 when the connection broke. */
int local_favour(int conn, const char *dir, int argc, char **argv, const uint8_t head[8]);

#endif
