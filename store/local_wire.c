#include "store/local_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int
wire_send(int fd, const uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = send(fd, p, n, MSG_NOSIGNAL);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int
wire_recv(int fd, uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = recv(fd, p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int
wire_send_fds(int conn, const uint8_t *p, size_t n, const int *fd, size_t nfds)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
	struct iovec v;
	struct cmsghdr *c;
	struct msghdr m;
	ssize_t got;

	/* sendmsg() only reads what it is given */
	memcpy(&v.iov_base, &p, sizeof(p));
	v.iov_len = n;
	memset(control, 0, sizeof(control));
	memset(&m, 0, sizeof(m));
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	m.msg_control = control;
	m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(c), fd, nfds * sizeof(int));
	do
		got = sendmsg(conn, &m, MSG_NOSIGNAL);
	while (got < 0 && errno == EINTR);
	return got > 0 ? wire_send(conn, p + got, n - (size_t)got) : -1;
}

/* Take the descriptors out of a control message; all but exactly ${nfds} are closed. */
static int
take_fds(struct msghdr *m, int *fd, size_t nfds)
{
	struct cmsghdr *c;
	int got[32], taken = 0;
	size_t n, i;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > sizeof(got) / sizeof(got[0]))
			n = sizeof(got) / sizeof(got[0]);
		memcpy(got, CMSG_DATA(c), n * sizeof(int));
		if (n == nfds && !taken && (m->msg_flags & MSG_CTRUNC) == 0) {
			memcpy(fd, got, nfds * sizeof(int));
			taken = 1;
			continue;
		}
		for (i = 0; i < n; i++)
			(void)close(got[i]);
	}
	return taken ? 0 : -1;
}

int
wire_recv_fds(int conn, uint8_t *p, size_t n, int *fd, size_t nfds)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
	struct iovec v = {p, n};
	struct msghdr m;
	ssize_t got;
	int without;

	memset(&m, 0, sizeof(m));
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	m.msg_control = control;
	m.msg_controllen = sizeof(control);
	do
		got = recvmsg(conn, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return -1;
	without = take_fds(&m, fd, nfds) != 0;
	return wire_recv(conn, p + got, n - (size_t)got) != 0 ? -1 : without;
}
