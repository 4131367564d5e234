#include "agent/host/linkup.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/host/duty.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/sign.h"

#define ROOM 16384            /* bytes of messages taken at once */
#define STACK_LEN ((size_t)256 << 10)
#define ROUNDS_MAX 64         /* datagrams of one dump of routes */

static int
came_up(const struct nlmsghdr *h)
{
	const struct ifinfomsg *i = NLMSG_DATA(h);
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	const struct rtmsg *r = NLMSG_DATA(h);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*i)) && !(i->ifi_flags & IFF_LOOPBACK) && (i->ifi_flags & IFF_RUNNING) && (i->ifi_change & (IFF_RUNNING | IFF_UP));
	case RTM_NEWADDR:
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*a)) && a->ifa_scope < RT_SCOPE_LINK;
	case RTM_NEWROUTE:
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*r)) && r->rtm_dst_len == 0 && r->rtm_type == RTN_UNICAST && r->rtm_table != RT_TABLE_LOCAL;
	default:
		return 0;
	}
}

int
linkup_judge(const void *p, size_t n)
{
	union { struct nlmsghdr h; uint8_t bytes[ROOM]; } m;
	const struct nlmsghdr *h;
	int any = 0;

	memcpy(m.bytes, p, n = n < ROOM ? n : ROOM);
	for (h = &m.h; n >= sizeof(*h) && h->nlmsg_len >= sizeof(*h) && h->nlmsg_len <= n;) {
		size_t step = NLMSG_ALIGN(h->nlmsg_len);

		any |= came_up(h);
		if (step >= n)
			break;
		n -= step;
		h = (const struct nlmsghdr *)(const void *)((const uint8_t *)h + step);
	}
	return any;
}

static void *
watch_thread(void *ctx)
{
	int fd = (int)(intptr_t)ctx;
	uint8_t bytes[ROOM] __attribute__((aligned(8)));
	int64_t woken = 0, now;
	uint32_t r;
	ssize_t n;

	for (;;) {
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			break;
		/* what was too much to be told was at least something */
		if (n >= 0 ? !linkup_judge(bytes, (size_t)n) : errno == EINTR)
			continue;
		now = clock_mono();
		if (woken != 0 && now - woken < LINKUP_GAP_MS)
			continue;
		woken = now;
		random_bytes(&r, sizeof(r));
		log_msg(LOG_DEBUG, "a link came up");
		duty_again("sync", LINKUP_LEAST_MS + (int64_t)(r % (LINKUP_MOST_MS - LINKUP_LEAST_MS)));
	}
	log_msg(LOG_WARN, "the kernel does not say any more when links come up");
	(void)close(fd);
	return NULL;
}

int
linkup_start(struct err *e)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	pthread_attr_t attr;
	pthread_t t;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), rc;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		(void)err_set(e, "the kernel does not say when links come up: %s", strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_LEN);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&t, &attr, watch_thread, (void *)(intptr_t)fd);
	(void)pthread_attr_destroy(&attr);
	if (rc == 0)
		return 0;
	(void)close(fd);
	return err_set(e, "no thread can be started");
}

/* The interface of a default route, or 0. */
static unsigned
route_interface(const struct nlmsghdr *h)
{
	const struct rtmsg *r = NLMSG_DATA(h);
	const struct rtattr *a;
	unsigned index = 0;
	size_t n;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof(*r)) || r->rtm_dst_len != 0 || r->rtm_type != RTN_UNICAST)
		return 0;
	n = h->nlmsg_len - NLMSG_LENGTH(sizeof(*r));
	for (a = RTM_RTA(r); RTA_OK(a, n); a = RTA_NEXT(a, n))
		if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) >= sizeof(index))
			memcpy(&index, RTA_DATA(a), sizeof(index));
	return index;
}

static int
is_modem(unsigned index)
{
	static const char *const names[] = { "wwan", "wwp", "ppp", "rmnet", "ccmni", "wwx" };
	char name[IF_NAMESIZE];
	size_t i;

	if (index == 0 || if_indextoname(index, name) == NULL)
		return 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return 1;
	return 0;
}

/* Go through one dump: 1 when it names a modem, 0 when it goes on, -1 at its end. */
static int
look_through(const uint8_t *bytes, size_t n, int *any, int *modem)
{
	const struct nlmsghdr *h;
	unsigned index;

	for (h = (const struct nlmsghdr *)(const void *)bytes; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return -1;
		if ((index = route_interface(h)) == 0)
			continue;
		*any = 1;
		*modem |= is_modem(index);
	}
	return 0;
}

int
linkup_is_modem(void)
{
	struct { struct nlmsghdr h; struct rtmsg r; } ask = { .h = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	uint8_t bytes[ROOM] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), any = 0, modem = 0, i;
	ssize_t n;

	if (fd < 0)
		return 0;
	if (send(fd, &ask, sizeof(ask), 0) == (ssize_t)sizeof(ask))
		for (i = 0; i < ROUNDS_MAX && (n = recv(fd, bytes, sizeof(bytes), 0)) > 0 && look_through(bytes, (size_t)n, &any, &modem) == 0; i++)
			;
	(void)close(fd);
	return any && modem;
}
