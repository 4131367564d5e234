#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/local.h"
#include "tests/lib/maker.h"

static char dir[128];

static int
setup(void **state)
{
	(void)state;
	return maker_tmp(dir, sizeof(dir));
}

static int
teardown(void **state)
{
	(void)state;
	maker_rm(dir);
	return 0;
}

static char *
word(const char *s)
{
	char *p = strdup(s);

	assert_non_null(p);
	return p;
}

/*
 * The calling process: in a folder of its own, its standard input from a pipe
 * that says "in", its output into the files out and err.  Exits with what
 * local_send() told.
 */
static pid_t
caller(const char *data, const char *arg)
{
	pid_t pid = fork();
	char *argv[3];
	struct err e = {""};
	int in[2], status = 99, rc;

	if (pid != 0)
		return pid;
	if (chdir(dir) != 0 || pipe(in) != 0 || write(in[1], "in", 2) != 2 || close(in[1]) != 0 || dup2(in[0], 0) < 0 ||
	    dup2(open("out", O_WRONLY | O_CREAT, 0600), 1) < 0 || dup2(open("err", O_WRONLY | O_CREAT, 0600), 2) < 0)
		_exit(90);
	argv[0] = word("tally-agent");
	argv[1] = word(arg);
	argv[2] = NULL;
	rc = local_send(data, 2, argv, &status, &e);
	free(argv[0]);
	free(argv[1]);
	if (rc == -1 && e.text[0] == '\0')
		_exit(91);
	_exit(rc == 1 ? status : rc == 0 ? 80 : 81);
}

static int
finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
assert_file(const char *name, const char *want)
{
	char path[256], got[64];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_non_null(f = fopen(path, "r"));
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	(void)fclose(f);
	assert_string_equal(got, want);
}

static void
runs_a_command(void **state)
{
	struct local_call c;
	struct err e = {""};
	struct stat st;
	char path[256], got[8], real[4096];
	int fd, status;
	pid_t pid;

	(void)state;
	assert_true((fd = local_listen(dir, &e)) >= 0);
	(void)snprintf(path, sizeof(path), "%s/agent.sock", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	pid = caller(dir, "two words\nand a line");
	if (local_accept(fd, &c, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(c.argc, 2);
	assert_string_equal(c.argv[0], "tally-agent");
	assert_string_equal(c.argv[1], "two words\nand a line");
	assert_null(c.argv[2]);
	assert_non_null(realpath(dir, real));
	assert_string_equal(c.cwd, real);
	assert_int_equal(read(c.fd[0], got, sizeof(got)), 2);
	assert_memory_equal(got, "in", 2);
	assert_int_equal(write(c.fd[1], "output", 6), 6);
	assert_int_equal(write(c.fd[2], "talk", 4), 4);
	assert_int_equal(fcntl(c.fd[1], F_GETFD), FD_CLOEXEC);
	local_answer(&c, 7);
	assert_int_equal(c.conn, -1);
	assert_int_equal(finish(pid), 7);
	assert_file("out", "output");
	assert_file("err", "talk");
	local_unlisten(dir, fd);
	assert_int_not_equal(stat(path, &st), 0);
	(void)status;
}

static void
nobody_there(void **state)
{
	struct err e;
	char *argv[2];
	int fd, status = 5;

	(void)state;
	argv[0] = word("tally-agent");
	argv[1] = NULL;
	assert_int_equal(local_send(dir, 1, argv, &status, &e), 0);
	assert_int_equal(local_send("/nowhere/at/all", 1, argv, &status, &e), 0);
	/* a socket whose agent is gone */
	assert_true((fd = local_listen(dir, &e)) >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(local_send(dir, 1, argv, &status, &e), 0);
	assert_int_equal(status, 5);
	/* is replaced; a live one is not */
	assert_true((fd = local_listen(dir, &e)) >= 0);
	assert_int_equal(local_listen(dir, &e), -1);
	assert_non_null(strstr(e.text, "another agent runs"));
	local_unlisten(dir, fd);
	free(argv[0]);
}

static void
broken_connection(void **state)
{
	struct local_call c;
	struct err e;
	pid_t pid;
	int fd, i;

	(void)state;
	assert_true((fd = local_listen(dir, &e)) >= 0);
	pid = caller(dir, "x");
	assert_int_equal(local_accept(fd, &c, &e), 0);
	/* the agent dies in mid-command */
	for (i = 0; i < 3; i++)
		(void)close(c.fd[i]);
	(void)close(c.conn);
	free(c.argv);
	free(c.cwd);
	assert_int_equal(finish(pid), 81);
	local_unlisten(dir, fd);
}

/* The caller goes away before it hears the answer: the agent lives on. */
static void
caller_gone(void **state)
{
	struct local_call c;
	struct err e;
	pid_t pid;
	int fd, status;

	(void)state;
	assert_true((fd = local_listen(dir, &e)) >= 0);
	pid = caller(dir, "x");
	assert_int_equal(local_accept(fd, &c, &e), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	local_answer(&c, 0);
	pid = caller(dir, "y");
	assert_int_equal(local_accept(fd, &c, &e), 0);
	local_answer(&c, 255);
	assert_int_equal(finish(pid), 255);
	local_unlisten(dir, fd);
}

static void
dial(int *conn)
{
	struct sockaddr_un a;

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.90s/agent.sock", dir);
	*conn = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(*conn, (const struct sockaddr *)(const void *)&a, sizeof(a)), 0);
}

/* Send these bytes with ${nfds} descriptors, and hang up. */
static void
garbage(int fd, const void *bytes, size_t n, int nfds)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec v;
	struct msghdr m;
	struct cmsghdr *c;
	struct local_call call;
	struct err e = {""};
	uint8_t copy[256];
	int conn, fds[8] = {0, 1, 2, 0, 1, 2, 0, 1};

	dial(&conn);
	memcpy(copy, bytes, n);
	v.iov_base = copy;
	v.iov_len = n;
	memset(&m, 0, sizeof(m));
	memset(control, 0, sizeof(control));
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	if (nfds > 0) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)nfds * sizeof(int));
	}
	if (n > 0)
		assert_int_equal(sendmsg(conn, &m, 0), (ssize_t)n);
	(void)close(conn);
	assert_int_equal(local_accept(fd, &call, &e), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(call.conn, -1);
}

static int
open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
refuses_garbage(void **state)
{
	static const char good[] = "TALC\0\0\0\1\0\0\0\4\0\0\0\1/\0a";
	char bad[sizeof(good)];
	struct local_call c;
	struct err e;
	int fd, before;
	pid_t pid;

	(void)state;
	assert_true((fd = local_listen(dir, &e)) >= 0);
	before = open_fds();
	garbage(fd, "", 0, 0);
	garbage(fd, "GET / HTTP/1.1\r\n\r\n", 18, 3);
	garbage(fd, good, 10, 3);              /* cut */
	garbage(fd, good, sizeof(good), 0);    /* no descriptors */
	garbage(fd, good, sizeof(good), 2);
	garbage(fd, good, sizeof(good), 4);
	garbage(fd, good, sizeof(good), 8);
	memcpy(bad, good, sizeof(good));
	bad[15] = 2;                           /* more arguments than there are */
	garbage(fd, bad, sizeof(bad), 3);
	bad[15] = 0;
	garbage(fd, bad, sizeof(bad), 3);
	bad[15] = 1;
	bad[18] = 'x';
	bad[19] = 'x';                         /* no NUL at the end */
	garbage(fd, bad, sizeof(bad), 3);
	memcpy(bad, good, sizeof(good));
	bad[8] = 1;                            /* 16 MiB */
	garbage(fd, bad, sizeof(bad), 3);
	bad[8] = 0;
	bad[7] = 2;                            /* another version */
	garbage(fd, bad, sizeof(bad), 3);
	assert_int_equal(open_fds(), before);
	pid = caller(dir, "y");
	assert_int_equal(local_accept(fd, &c, &e), 0);
	local_answer(&c, 3);
	assert_int_equal(finish(pid), 3);
	local_unlisten(dir, fd);
}

/* A data directory whose path is longer than a socket's address may be. */
static void
long_path(void **state)
{
	char deep[400];
	struct local_call c;
	struct err e = {""};
	pid_t pid;
	int fd;

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/%0200d", dir, 7);
	assert_int_equal(mkdir(deep, 0700), 0);
	if ((fd = local_listen(deep, &e)) < 0)
		fail_msg("%s", e.text);
	pid = caller(deep, "y");
	assert_int_equal(local_accept(fd, &c, &e), 0);
	local_answer(&c, 4);
	assert_int_equal(finish(pid), 4);
	local_unlisten(deep, fd);
	assert_int_equal(rmdir(deep), 0);
}

static void
many_arguments(void **state)
{
	char **argv = calloc(LOCAL_ARGS_MAX + 2, sizeof(*argv));
	struct local_call c;
	struct err e = {""};
	char *big = calloc(1, LOCAL_BYTES_MAX + 10);
	char *small = word("argument");
	int fd, i, status = 0;
	pid_t pid;

	(void)state;
	assert_non_null(argv);
	assert_non_null(big);
	assert_true((fd = local_listen(dir, &e)) >= 0);
	for (i = 0; i < LOCAL_ARGS_MAX + 1; i++)
		argv[i] = small;
	assert_int_equal(local_send(dir, LOCAL_ARGS_MAX + 1, argv, &status, &e), -1);
	assert_int_equal(local_accept(fd, &c, NULL), -1);
	memset(big, 'a', LOCAL_BYTES_MAX + 5);
	argv[0] = big;
	assert_int_equal(local_send(dir, 1, argv, &status, &e), -1);
	assert_int_equal(local_accept(fd, &c, NULL), -1);
	big[LOCAL_BYTES_MAX - 500] = '\0';
	if ((pid = fork()) == 0)
		_exit(local_send(dir, 1, argv, &status, &e) == 1 ? status : 90);
	assert_int_equal(local_accept(fd, &c, NULL), 0);
	assert_int_equal(strlen(c.argv[0]), LOCAL_BYTES_MAX - 500);
	local_answer(&c, 6);
	assert_int_equal(finish(pid), 6);
	local_unlisten(dir, fd);
	free(big);
	free(small);
	free(argv);
}

/* Another user may not call, even where it can reach the socket. */
static void
other_users(void **state)
{
	struct local_call c;
	struct err e = {""};
	char path[256];
	pid_t pid;
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_true((fd = local_listen(dir, &e)) >= 0);
	(void)snprintf(path, sizeof(path), "%s/agent.sock", dir);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	if ((pid = fork()) == 0) {
		if (setuid(65534) != 0)
			_exit(90);
		dial(&fd);
		_exit(0);
	}
	assert_int_equal(local_accept(fd, &c, &e), -1);
	assert_int_equal(errno, EPERM);
	assert_non_null(strstr(e.text, "another user"));
	assert_int_equal(finish(pid), 0);
	local_unlisten(dir, fd);
}

/* The agent's side of a call while the caller lives: lend the path, deliver a folder; what came of it. */
static void
favours(const char *arg, const char *path, int want_lent, const char *to, int want_delivered)
{
	struct local_call c;
	struct err e = {""};
	char data[160], got[8] = "", name[256];
	int fd, lent, rc;
	pid_t pid;

	(void)snprintf(data, sizeof(data), "%s/data", dir);
	(void)mkdir(data, 0700);
	fd = local_listen(data, &e);
	assert_true(fd >= 0);
	pid = caller(data, arg);
	assert_int_equal(local_accept(fd, &c, &e), 0);
	lent = local_lend(&c, path, &e);
	assert_int_equal(lent >= 0, want_lent);
	if (lent >= 0) {
		assert_int_equal(read(lent, got, 3), 3);
		assert_string_equal(got, "abc");
		(void)close(lent);
	} else
		assert_non_null(strstr(e.text, path));
	(void)snprintf(name, sizeof(name), "%s/out/made", data);
	rc = local_deliver(&c, name, to, &e);
	assert_int_equal(rc == 0, want_delivered);
	local_answer(&c, 7);
	assert_int_equal(finish(pid), 7);
	local_unlisten(data, fd);
}

static void
put_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
make_out(void)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/data", dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/data/out", dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/data/out/made", dir);
	(void)mkdir(path, 0700);
	put_file("data/out/made/x", "xyz");
	put_file("photo", "abc");
}

/* Goal: the caller's files are opened and made by the caller, relative to its own folder. */
static void
lends_and_delivers(void **state)
{
	char path[256];
	struct stat st;

	(void)state;
	make_out();
	favours("photo=photo", "photo", 1, "photo", 0); /* there is something already */
	favours("photo", "photo", 1, "elsewhere", 0);
	make_out();
	favours("folder", "photo", 0, "folder", 1);
	(void)snprintf(path, sizeof(path), "%s/folder/x", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3);
}

/* Goal: an agent gone bad reaches no file of the caller's that the command does not name. */
static void
only_what_is_named(void **state)
{
	(void)state;
	make_out();
	favours("x=photos", "photo", 0, "photo2", 0);
	favours("--audit=new", "/etc/hostname", 0, "/etc/made", 0);
	favours("photo", "./photo", 0, "new", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(runs_a_command, setup, teardown),
	    cmocka_unit_test_setup_teardown(nobody_there, setup, teardown),
	    cmocka_unit_test_setup_teardown(broken_connection, setup, teardown),
	    cmocka_unit_test_setup_teardown(caller_gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(refuses_garbage, setup, teardown),
	    cmocka_unit_test_setup_teardown(long_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(many_arguments, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_users, setup, teardown),
	    cmocka_unit_test_setup_teardown(lends_and_delivers, setup, teardown),
	    cmocka_unit_test_setup_teardown(only_what_is_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
