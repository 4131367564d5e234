#ifndef STORE_LOCAL_H
#define STORE_LOCAL_H

#include "base/err.h"

/**
 * The socket by which commands reach a running agent: DIR/agent.sock (Unix,
 * 0600).  The command's arguments travel with its three file descriptors and
 * its working directory; the agent runs the command and answers with the exit
 * status, so a command acts the same whether an agent runs or not.
 */
#define LOCAL_ARGS_MAX 4096
#define LOCAL_BYTES_MAX (1U << 20)

struct local_call {
	int fd[3];      /* the caller's stdin, stdout, stderr; closed by local_answer */
	char *cwd;
	int argc;
	char **argv;    /* argv[0] is the program's name */
	int conn;       /* for local_answer */
};

/** local_listen(dir, e): bind and listen; replaces a socket nobody answers on.  The listening descriptor, or -1 (also: another agent runs). */
int local_listen(const char *dir, struct err *e);

/** local_unlisten(dir, fd): close and remove the socket. */
void local_unlisten(const char *dir, int fd);

/**
 * local_accept(fd, c, e):
 * Take the next call; blocks; only from our own user or root, and a caller has
 * five seconds to say what it wants.  0 (release with local_answer), or -1: with
 * errno EPERM or EPROTO only this call came to nothing, take the next one;
 * else the socket itself failed.
 */
int local_accept(int fd, struct local_call *c, struct err *e);

/**
 * local_lend(c, path, e):
 * Have the caller open its file ${path}, which must stand among its arguments
 * (whole, or behind a '='), for reading.  The descriptor, or -1 with the
 * caller's reason.
 */
int local_lend(struct local_call *c, const char *path, struct err *e);

/**
 * local_deliver(c, from, to, e):
 * Have the caller copy ${from}, a file or folder in the data directory's
 * "out", to its own path ${to}, which must stand among its arguments.  Durable
 * on 0; -1 with the caller's reason.
 */
int local_deliver(struct local_call *c, const char *from, const char *to, struct err *e);

/** local_answer(c, status): tell the exit status (0 to 255), close everything, release. */
void local_answer(struct local_call *c, int status);

/**
 * local_send(dir, argc, argv, status, e):
 * Reach a running agent and have it run this command on our descriptors.
 * 1 and *${status} when it did; 0 when none runs (or the socket is stale);
 * -1 when the connection broke in mid-command: the outcome is unknown, retry
 * with the same id (also when the agent may not be reached, or the arguments
 * are too many: nothing was done then).
 */
int local_send(const char *dir, int argc, char **argv, int *status, struct err *e);

#endif
