#include "store/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/enc.h"
#include "store/local_wire.h"

/*
 * A call: "TALC", version, length of what follows (u32), number of arguments
 * (u32), then the working directory and the arguments, each with its NUL; the
 * three descriptors travel with the first byte.  The answer: "TALA", exit
 * status (u32); before it, favours (store/local_lend.c).
 */
#define SOCKET_NAME "agent.sock"
#define CALL_MAGIC "TALC"
#define ANSWER_MAGIC "TALA"
#define VERSION 1
#define CALL_HEAD 16
#define ANSWER_LEN 8
#define BACKLOG 16
#define SLOW_PEER_S 5   /* to send its whole call */
#define CWD_MAX 4096

/*
 * The address of the socket in ${dir}.  A path too long for it goes by way of
 * the open folder, *${fd}, which is to be closed afterwards.
 */
static int
address(struct sockaddr_un *a, const char *dir, int *fd, struct err *e)
{
	int n;

	*fd = -1;
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	n = snprintf(a->sun_path, sizeof(a->sun_path), "%s/" SOCKET_NAME, dir);
	if (n > 0 && (size_t)n < sizeof(a->sun_path))
		return 0;
	if ((*fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "%s: cannot be opened: %s", dir, strerror(errno));
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/" SOCKET_NAME, *fd);
	return 0;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int
try_connect(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), why;

	if (fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)a, sizeof(*a)) != 0) {
		why = errno;
		close_fd(&fd);
		errno = why;
	}
	return fd;
}

int
local_listen(const char *dir, struct err *e)
{
	struct sockaddr_un a;
	int dirfd, fd = -1, other, rc = -1;

	if (address(&a, dir, &dirfd, e) != 0)
		return -1;
	if ((other = try_connect(&a)) >= 0) {
		close_fd(&other);
		err_set(e, "%s: another agent runs here", dir);
		goto out;
	}
	/* left behind by one that is gone */
	if (errno == ECONNREFUSED && unlink(a.sun_path) != 0 && errno != ENOENT) {
		err_set(e, "%s/" SOCKET_NAME ": a stale socket cannot be removed: %s", dir, strerror(errno));
		goto out;
	}
	/* the mode is set before the name is there */
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 || fchmod(fd, 0600) != 0 ||
	    bind(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) != 0 || chmod(a.sun_path, 0600) != 0 || listen(fd, BACKLOG) != 0)
		err_set(e, "%s/" SOCKET_NAME ": cannot listen: %s", dir, strerror(errno));
	else
		rc = 0;
out:
	close_fd(&dirfd);
	if (rc != 0)
		close_fd(&fd);
	return fd;
}

void
local_unlisten(const char *dir, int fd)
{
	struct sockaddr_un a;
	int dirfd;

	if (fd < 0)
		return;
	if (address(&a, dir, &dirfd, NULL) == 0)
		(void)unlink(a.sun_path);
	close_fd(&dirfd);
	(void)close(fd);
}

static int
may_call(int conn)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && n == sizeof(who) && (who.uid == 0 || who.uid == geteuid());
}

/* Split the body into the working directory and exactly argc arguments; argv points behind cwd into one allocation. */
static int
split(struct local_call *c, char *body, size_t n, size_t argc)
{
	char *p = body, *end = body + n;
	size_t i;

	if (n == 0 || end[-1] != '\0' || argc < 1 || argc > LOCAL_ARGS_MAX || (c->argv = calloc(argc + 1, sizeof(char *))) == NULL)
		return -1;
	for (i = 0; i <= argc; i++) {
		if (p >= end)
			return -1;
		if (i > 0)
			c->argv[i - 1] = p;
		p += strlen(p) + 1;
	}
	c->argc = (int)argc;
	return p == end ? 0 : -1;
}

static int
recv_call(struct local_call *c)
{
	uint8_t head[CALL_HEAD];
	size_t n;

	if (wire_recv_fds(c->conn, head, CALL_HEAD, c->fd, 3) != 0 || memcmp(head, CALL_MAGIC, 4) != 0 || dec_be(head + 4, 4) != VERSION)
		return -1;
	n = (size_t)dec_be(head + 8, 4);
	if (n == 0 || n > LOCAL_BYTES_MAX || (c->cwd = malloc(n)) == NULL || wire_recv(c->conn, (uint8_t *)c->cwd, n) != 0)
		return -1;
	return split(c, c->cwd, n, (size_t)dec_be(head + 12, 4));
}

static void
release(struct local_call *c)
{
	int i;

	for (i = 0; i < 3; i++)
		close_fd(&c->fd[i]);
	close_fd(&c->conn);
	free(c->cwd);
	free(c->argv);
	memset(c, 0, sizeof(*c));
	c->fd[0] = c->fd[1] = c->fd[2] = c->conn = -1;
}

int
local_accept(int fd, struct local_call *c, struct err *e)
{
	const struct timeval slow = {SLOW_PEER_S, 0}, never = {0, 0};

	memset(c, 0, sizeof(*c));
	c->fd[0] = c->fd[1] = c->fd[2] = -1;
	do
		c->conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	while (c->conn < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (c->conn < 0)
		return err_set(e, "the agent's socket: cannot take a call: %s", strerror(errno));
	if (!may_call(c->conn)) {
		release(c);
		errno = EPERM;
		return err_set(e, "the agent's socket: a call by another user refused");
	}
	if (setsockopt(c->conn, SOL_SOCKET, SO_RCVTIMEO, &slow, sizeof(slow)) != 0 || recv_call(c) != 0 ||
	    setsockopt(c->conn, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof(never)) != 0) {
		release(c);
		errno = EPROTO;
		return err_set(e, "the agent's socket: a call that was cut, slow or not one");
	}
	return 0;
}

void
local_answer(struct local_call *c, int status)
{
	uint8_t answer[ANSWER_LEN] = ANSWER_MAGIC;
	unsigned u = (unsigned)status & 0xffU;

	answer[7] = (uint8_t)u;
	/* the caller may be gone */
	(void)wire_send(c->conn, answer, sizeof(answer));
	release(c);
}

static int
print_call(struct buf *b, int argc, char **argv, struct err *e)
{
	char cwd[CWD_MAX];
	struct buf body;
	int i;

	if (argc < 1 || argc > LOCAL_ARGS_MAX)
		return err_set(e, "more than %d arguments", LOCAL_ARGS_MAX);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_set(e, "the working directory: %s", strerror(errno));
	buf_init(&body, LOCAL_BYTES_MAX);
	buf_put(&body, cwd, strlen(cwd) + 1);
	for (i = 0; i < argc; i++)
		buf_put(&body, argv[i], strlen(argv[i]) + 1);
	buf_puts(b, CALL_MAGIC);
	buf_be(b, VERSION, 4);
	buf_be(b, body.len, 4);
	buf_be(b, (uint64_t)argc, 4);
	if (buf_ok(&body))
		buf_put(b, body.data, body.len);
	i = buf_ok(&body) && buf_ok(b) ? 0 : err_set(e, "arguments longer than %u bytes together", LOCAL_BYTES_MAX);
	buf_free(&body);
	return i;
}

/* Stand-ins for descriptors that the caller has closed, so that always three travel. */
static int
send_call(int conn, const struct buf *b)
{
	int fd[3], null = open("/dev/null", O_RDWR | O_CLOEXEC), i, rc;

	for (i = 0; i < 3; i++)
		fd[i] = fcntl(i, F_GETFD) >= 0 ? i : null;
	rc = wire_send_fds(conn, b->data, b->len, fd, 3);
	close_fd(&null);
	return rc;
}

/* Until the answer comes, give the agent the files it asks for. */
static int
serve_agent(int conn, const char *dir, int argc, char **argv, uint8_t answer[ANSWER_LEN])
{
	for (;;) {
		if (wire_recv(conn, answer, ANSWER_LEN) != 0)
			return -1;
		if (memcmp(answer, ANSWER_MAGIC, 4) == 0)
			return 0;
		if (local_favour(conn, dir, argc, argv, answer) != 0)
			return -1;
	}
}

int
local_send(const char *dir, int argc, char **argv, int *status, struct err *e)
{
	uint8_t answer[ANSWER_LEN];
	struct sockaddr_un a;
	struct buf call;
	int dirfd, conn = -1, rc = -1;

	buf_init(&call, LOCAL_BYTES_MAX + CALL_HEAD);
	if (address(&a, dir, &dirfd, e) != 0)
		return 0; /* no such folder: no agent */
	if ((conn = try_connect(&a)) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
			rc = 0;
		else
			err_set(e, "%s/" SOCKET_NAME ": the agent cannot be reached: %s", dir, strerror(errno));
		goto out;
	}
	if (print_call(&call, argc, argv, e) != 0)
		goto out;
	if (send_call(conn, &call) != 0 || serve_agent(conn, dir, argc, argv, answer) != 0) {
		err_set(e, "%s: the agent went away in mid-command: whether it was done is not known", dir);
		goto out;
	}
	*status = (int)dec_be(answer + 4, 4);
	rc = 1;
out:
	buf_free(&call);
	close_fd(&conn);
	close_fd(&dirfd);
	return rc;
}
