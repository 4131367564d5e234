#include "agent/host/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/enc.h"

static struct sockaddr_un to;
static socklen_t to_len; /* 0: nobody listens */
static int fd = -1;
static int64_t watchdog_ms;

static uint64_t
number(const char *name)
{
	const char *s = getenv(name);
	uint64_t v;

	return s != NULL && dec_u64(&v, s, strlen(s)) == 0 ? v : 0;
}

static void
set_address(const char *s)
{
	size_t n = strlen(s);

	if ((s[0] != '/' && s[0] != '@') || n < 2 || n >= sizeof(to.sun_path))
		return; /* other kinds (vsock) are for virtual machines */
	to.sun_family = AF_UNIX;
	memcpy(to.sun_path, s, n + 1);
	if (s[0] == '@')
		to.sun_path[0] = '\0';
	to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (s[0] == '@' ? 0 : 1));
}

void
notify_open(void)
{
	const char *s = getenv("NOTIFY_SOCKET");
	uint64_t usec = number("WATCHDOG_USEC"), pid = number("WATCHDOG_PID");

	if (s != NULL && (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0)
		set_address(s);
	if (to_len > 0 && (pid == 0 || pid == (uint64_t)getpid()) && usec / 1000 <= INT64_MAX)
		watchdog_ms = (int64_t)(usec / 1000);
	/* a child would speak in our name */
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

int
notify_wanted(void)
{
	return to_len > 0;
}

int64_t
notify_watchdog_ms(void)
{
	return watchdog_ms;
}

int
notify_send(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	ssize_t n;
	int len;

	if (to_len == 0)
		return -1;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		return -1;
	n = sendto(fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&to, to_len);
	return n == len ? 0 : -1;
}
