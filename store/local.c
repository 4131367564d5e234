#include "store/local.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/enc.h"

/*
 * On the wire: one message with three descriptors and u32 argc, u32 bytes;
 * then the bytes, "cwd NUL argv[0] NUL ..."; back comes one byte, the status.
 */
#define HEAD_LEN 8
#define SEND_SECONDS 10 /* a caller that connects and says nothing does not hold up the others */

static int
address(struct sockaddr_un *un, const char *dir)
{
	int n;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	n = snprintf(un->sun_path, sizeof(un->sun_path), "%s/agent.sock", dir);
	return n > 0 && (size_t)n < sizeof(un->sun_path) ? 0 : -1;
}

/* Connect; the descriptor, or -1. */
static int
dial(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

int
local_listen(const char *dir, struct err *e)
{
	struct sockaddr_un un;
	mode_t old;
	int fd, rc;

	if (address(&un, dir) != 0)
		return err_set(e, "%s/agent.sock: longer than a socket's name may be (%zu bytes)", dir, sizeof(un.sun_path) - 1);
	if ((fd = dial(&un)) >= 0) {
		(void)close(fd);
		return err_set(e, "%s: another agent runs here already", dir);
	}
	/* the journal's lock was taken before: a socket that nobody answers on is a leftover */
	(void)unlink(un.sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return err_set(e, "%s: %s", un.sun_path, strerror(errno));
	old = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&un, sizeof(un));
	(void)umask(old);
	if (rc != 0 || listen(fd, 16) != 0) {
		(void)err_set(e, "%s: %s", un.sun_path, strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

void
local_unlisten(const char *dir, int fd)
{
	struct sockaddr_un un;

	if (address(&un, dir) == 0)
		(void)unlink(un.sun_path);
	(void)shutdown(fd, SHUT_RDWR);
	(void)close(fd);
}

static int
read_all(int fd, void *p, size_t n)
{
	ssize_t k;
	char *at = p;

	for (; n > 0; at += k, n -= (size_t)k)
		if ((k = recv(fd, at, n, 0)) <= 0) {
			if (k < 0 && errno == EINTR) {
				k = 0;
				continue;
			}
			return -1;
		}
	return 0;
}

static int
write_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	ssize_t k;

	for (; n > 0; at += k, n -= (size_t)k)
		if ((k = send(fd, at, n, MSG_NOSIGNAL)) < 0) {
			if (errno != EINTR)
				return -1;
			k = 0;
		}
	return 0;
}

static void
close_fds(const int fd[3])
{
	int i;

	for (i = 0; i < 3; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
}

/* The first message: the head with exactly three descriptors. */
static int
take_head(int conn, uint8_t head[HEAD_LEN], int fd[3])
{
	union { struct cmsghdr align; char space[CMSG_SPACE(3 * sizeof(int))]; } control;
	struct iovec iov = { head, HEAD_LEN };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(conn, &m, MSG_CMSG_CLOEXEC);

	c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(3 * sizeof(int)) || (m.msg_flags & MSG_CTRUNC))
		return -1;
	memcpy(fd, CMSG_DATA(c), 3 * sizeof(int));
	return n == HEAD_LEN ? 0 : read_all(conn, head + n, HEAD_LEN - (size_t)n);
}

/* Point cwd and argv into one block of NUL-terminated strings; exactly argc + 1 of them. */
static int
split(struct local_call *c, char *block, size_t n, size_t argc)
{
	char *p = block, *end = block + n;
	size_t i;

	if (n == 0 || end[-1] != '\0' || (c->argv = calloc(argc + 1, sizeof(char *))) == NULL)
		return -1;
	c->cwd = p;
	for (i = 0; i < argc; i++) {
		p += strlen(p) + 1;
		if (p >= end)
			return -1;
		c->argv[i] = p;
	}
	c->argc = (int)argc;
	return p + strlen(p) + 1 == end ? 0 : -1;
}

static int
is_ours(int conn)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.uid == 0);
}

static int
take_call(struct local_call *c)
{
	struct timeval limit = { SEND_SECONDS, 0 };
	uint8_t head[HEAD_LEN];
	uint64_t argc, n;
	char *block;

	(void)setsockopt(c->conn, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!is_ours(c->conn) || take_head(c->conn, head, c->fd) != 0)
		return -1;
	argc = dec_be(head, 4);
	n = dec_be(head + 4, 4);
	if (argc < 1 || argc > LOCAL_ARGS_MAX || n > LOCAL_BYTES_MAX || (block = malloc((size_t)n + 1)) == NULL)
		return -1;
	if (read_all(c->conn, block, (size_t)n) != 0 || split(c, block, (size_t)n, (size_t)argc) != 0) {
		free(block);
		c->cwd = NULL;
		return -1;
	}
	return 0;
}

int
local_accept(int fd, struct local_call *c, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->fd[0] = c->fd[1] = c->fd[2] = -1;
	if ((c->conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
		return err_set(e, "agent.sock: %s", strerror(errno));
	if (take_call(c) == 0)
		return 0;
	close_fds(c->fd);
	free(c->argv);
	(void)close(c->conn);
	return err_set(e, "agent.sock: somebody else's call, or a malformed one");
}

void
local_answer(struct local_call *c, int status)
{
	uint8_t b = (uint8_t)status;

	/* the caller's streams close first, so that it sees all output before the status */
	close_fds(c->fd);
	(void)write_all(c->conn, &b, 1);
	(void)close(c->conn);
	free(c->argv);
	free(c->cwd);
}

static int
give_head(int conn, int argc, size_t n)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(3 * sizeof(int))]; } control;
	uint8_t head[HEAD_LEN];
	struct iovec iov = { head, HEAD_LEN };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space) };
	const int fds[3] = { 0, 1, 2 };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	unsigned i;

	for (i = 0; i < 4; i++) {
		head[i] = (uint8_t)((unsigned)argc >> (24 - 8 * i));
		head[4 + i] = (uint8_t)(n >> (24 - 8 * i));
	}
	memset(&control, 0, sizeof(control));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return sendmsg(conn, &m, MSG_NOSIGNAL) == HEAD_LEN ? 0 : -1;
}

static int
pack(struct buf *b, int argc, char **argv)
{
	char *cwd = getcwd(NULL, 0);
	int i;

	(void)buf_puts(b, cwd ? cwd : "/");
	(void)buf_putc(b, 0);
	for (i = 0; i < argc; i++) {
		(void)buf_puts(b, argv[i]);
		(void)buf_putc(b, 0);
	}
	free(cwd);
	return buf_ok(b) && argc <= LOCAL_ARGS_MAX ? 0 : -1;
}

int
local_send(const char *dir, int argc, char **argv, int *status, struct err *e)
{
	struct sockaddr_un un;
	struct buf b;
	uint8_t answer;
	int conn, rc = -1;

	if (address(&un, dir) != 0 || (conn = dial(&un)) < 0)
		return 0;
	buf_init(&b, LOCAL_BYTES_MAX);
	if (pack(&b, argc, argv) != 0)
		(void)err_set(e, "a running agent takes at most %d arguments of %u bytes together", LOCAL_ARGS_MAX, LOCAL_BYTES_MAX);
	else if (give_head(conn, argc, b.len) != 0 || write_all(conn, b.data, b.len) != 0 || read_all(conn, &answer, 1) != 0)
		(void)err_set(e, "%s: the running agent broke off; whether it was done is not known: try again with the same --id", dir);
	else
		*status = answer, rc = 1;
	buf_free(&b);
	(void)close(conn);
	return rc;
}
