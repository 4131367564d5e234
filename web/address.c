#include "web/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"

#define ADDRESS_TEXT_MAX 64

/* Cut "ADDR:PORT" in two.  0 or -1. */
static int
cut(const char *s, char addr[ADDRESS_TEXT_MAX], uint64_t *port)
{
	const char *colon = strrchr(s, ':');
	size_t n;

	if (colon == NULL || dec_u64(port, colon + 1, strlen(colon + 1)) != 0 || *port > 65535)
		return -1;
	n = (size_t)(colon - s);
	if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	} else if (memchr(s, ':', n) != NULL) {
		return -1; /* IPv6 without brackets is ambiguous */
	}
	if (n == 0 || n >= ADDRESS_TEXT_MAX)
		return -1;
	memcpy(addr, s, n);
	addr[n] = '\0';
	return 0;
}

int
address_parse(struct sockaddr_storage *a, const char *s, struct err *e)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char addr[ADDRESS_TEXT_MAX];
	uint64_t port;

	memset(a, 0, sizeof(*a));
	if (cut(s, addr, &port) != 0)
		return err_set(e, "%s: is not ADDR:PORT or [ADDR]:PORT with a port up to 65535", s);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (strcmp(addr, "localhost") == 0)
		(void)strcpy(addr, "127.0.0.1");
	if (inet_pton(AF_INET, addr, &v4.sin_addr) == 1)
		memcpy(a, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, addr, &v6.sin6_addr) == 1)
		memcpy(a, &v6, sizeof(v6));
	else
		return err_set(e, "%s: %s is not a numeric address", s, addr);
	return 0;
}

unsigned
address_port(const struct sockaddr_storage *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memcpy(&v4, a, sizeof(v4));
	memcpy(&v6, a, sizeof(v6));
	return ntohs(a->ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

void
address_print(const struct sockaddr_storage *a, char *out, size_t size)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	char text[INET6_ADDRSTRLEN] = "?";

	memcpy(&v4, a, sizeof(v4));
	memcpy(&v6, a, sizeof(v6));
	if (a->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
	(void)snprintf(out, size, a->ss_family == AF_INET ? "%s:%u" : "[%s]:%u", text, address_port(a));
}

int
address_loopback(const struct sockaddr *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
	}
	if (a->sa_family != AF_INET6)
		return 0;
	memcpy(&v6, a, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
	    (memcmp(&v6.sin6_addr, mapped, sizeof(mapped)) == 0 && v6.sin6_addr.s6_addr[12] == 127);
}

int
address_listen(const struct sockaddr_storage *a, struct err *e)
{
	socklen_t len = a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int fd = socket(a->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, rc;
	char name[80];

	rc = fd < 0 ? -1 : setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = rc != 0 ? rc : setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (rc == 0 && a->ss_family == AF_INET6)
		rc = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	rc = rc != 0 ? rc : bind(fd, (const struct sockaddr *)a, len);
	rc = rc != 0 ? rc : listen(fd, SOMAXCONN);
	if (rc == 0)
		return fd;
	address_print(a, name, sizeof(name));
	(void)err_set(e, "%s: cannot listen there: %s", name, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}
