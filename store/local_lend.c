#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/tree.h"
#include "store/local.h"
#include "store/local_wire.h"

/*
 * Favours.  The agent is confined to its own folders and may be another user
 * than its caller; the caller's files are opened and made by the caller.  Asked
 * for with "TALL" (lend) or "TALD" (deliver), the length of what follows (u32),
 * then the path the caller is to open, or the file's name in the data
 * directory's "out" and the path it is to have, each with its NUL.  Answered
 * with "TALR" and the length of a reason (u32), 0 for done; what is lent
 * travels as a descriptor beside an answer of 0.  The caller does it only for
 * paths that stand among its own arguments: an agent gone bad reaches no more
 * of the caller's files than the command line names.
 */
#define LEND "TALL"
#define DELIVER "TALD"
#define DONE "TALR"
#define HEAD 8
#define BODY_MAX 8192
#define PATIENCE_S 600 /* copying an export takes its time */

static int
is_argument(int argc, char **argv, const char *path)
{
	const char *eq;
	int i;

	for (i = 1; i < argc; i++)
		for (eq = argv[i]; eq != NULL; eq = strchr(eq, '='), eq = eq == NULL ? NULL : eq + 1)
			if (strcmp(eq, path) == 0)
				return 1;
	return 0;
}

static int
answer(int conn, const struct err *e, const int *fd)
{
	struct buf b;
	int rc;

	buf_init(&b, HEAD + sizeof(e->text));
	(void)buf_puts(&b, DONE);
	(void)buf_be(&b, strlen(e->text), 4);
	(void)buf_puts(&b, e->text);
	rc = fd != NULL && *fd >= 0 ? wire_send_fds(conn, b.data, b.len, fd, 1) : wire_send(conn, b.data, b.len);
	buf_free(&b);
	return rc;
}

static int
favour_lend(int conn, int argc, char **argv, const char *path)
{
	struct err e = { "" };
	int fd = -1, rc;

	if (!is_argument(argc, argv, path))
		(void)err_set(&e, "%s: not named in the command", path);
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		(void)err_set(&e, "%s: cannot be opened: %s", path, strerror(errno));
	rc = answer(conn, &e, &fd);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int
favour_deliver(int conn, const char *dir, int argc, char **argv, const char *name, const char *to)
{
	struct err e = { "" };
	char out[4096], from[4096];

	if (!is_argument(argc, argv, to))
		(void)err_set(&e, "%s: not named in the command", to);
	else if (name[0] == '.' || strchr(name, '/') != NULL || file_path(out, sizeof(out), dir, "out") != 0 || file_path(from, sizeof(from), out, name) != 0)
		(void)err_set(&e, "%s: not a file of the agent's to give", name);
	else
		(void)tree_copy(from, to, &e);
	return answer(conn, &e, NULL);
}

int
local_favour(int conn, const char *dir, int argc, char **argv, const uint8_t head[HEAD])
{
	size_t n = (size_t)dec_be(head + 4, 4), first;
	char *body;
	int rc = -1;

	if (n == 0 || n > BODY_MAX || (body = malloc(n)) == NULL)
		return -1;
	if (wire_recv(conn, (uint8_t *)body, n) == 0 && body[n - 1] == '\0') {
		first = strlen(body) + 1;
		if (memcmp(head, LEND, 4) == 0 && first == n)
			rc = favour_lend(conn, argc, argv, body);
		else if (memcmp(head, DELIVER, 4) == 0 && first < n && first + strlen(body + first) + 1 == n)
			rc = favour_deliver(conn, dir, argc, argv, body, body + first);
	}
	free(body);
	return rc;
}

/* Ask, and take the head of the answer; *${fd} when one is wanted.  0, or -1 with the caller's reason. */
static int
ask(struct local_call *c, const char *what, const char *a, const char *b, int *fd, struct err *e)
{
	const struct timeval patience = { PATIENCE_S, 0 }, never = { 0, 0 };
	uint8_t head[HEAD];
	char why[sizeof(e->text)] = "";
	struct buf q;
	size_t n;
	int rc;

	buf_init(&q, HEAD + BODY_MAX);
	(void)buf_puts(&q, what);
	(void)buf_be(&q, strlen(a) + 1 + (b == NULL ? 0 : strlen(b) + 1), 4);
	(void)buf_put(&q, a, strlen(a) + 1);
	if (b != NULL)
		(void)buf_put(&q, b, strlen(b) + 1);
	(void)setsockopt(c->conn, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rc = buf_ok(&q) ? wire_send(c->conn, q.data, q.len) : -1;
	buf_free(&q);
	memset(head, 0, sizeof(head));
	if (rc == 0) /* a refusal brings no descriptor */
		rc = fd == NULL ? wire_recv(c->conn, head, HEAD) : wire_recv_fds(c->conn, head, HEAD, fd, 1) < 0 ? -1 : 0;
	n = (size_t)dec_be(head + 4, 4);
	if (rc == 0 && (memcmp(head, DONE, 4) != 0 || n >= sizeof(why) || wire_recv(c->conn, (uint8_t *)why, n) != 0))
		rc = -1;
	(void)setsockopt(c->conn, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof(never));
	if (rc != 0)
		return err_set(e, "%s: who gave the command is gone", b != NULL ? b : a);
	if (why[0] != '\0')
		return err_set(e, "%s", why);
	return 0;
}

int
local_lend(struct local_call *c, const char *path, struct err *e)
{
	int fd = -1;

	if (ask(c, LEND, path, NULL, &fd, e) == 0 && fd < 0)
		(void)err_set(e, "%s: the caller's file did not come", path);
	else if (fd >= 0)
		return fd;
	return -1;
}

int
local_deliver(struct local_call *c, const char *from, const char *to, struct err *e)
{
	const char *slash = strrchr(from, '/');

	return ask(c, DELIVER, slash == NULL ? from : slash + 1, to, NULL, e);
}
