#ifndef AGENT_HOST_NOTIFY_H
#define AGENT_HOST_NOTIFY_H

#include <stdint.h>

/**
 * Telling a service manager how the agent is: sd_notify(3)'s datagrams to the
 * socket that NOTIFY_SOCKET names (a path, or '@' and a name), without
 * libsystemd.  Without that variable nothing is sent.
 */

/** notify_open(): read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and take them out of the environment.  Once, before threads. */
void notify_open(void);

/** notify_wanted(): 1 when somebody listens. */
int notify_wanted(void);

/** notify_watchdog_ms(): within how many ms the manager wants to hear WATCHDOG=1; 0: not at all. */
int64_t notify_watchdog_ms(void);

/** notify_send(fmt, ...): one datagram of "NAME=VALUE" lines.  0, or -1 when it could not be sent (or nobody listens). */
int notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
