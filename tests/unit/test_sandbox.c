#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/host/sandbox.h"
#include "tests/lib/maker.h"

/* Each test confines a child process and looks at what is left to it. */

static char dir[128], inside[160], outside[160];

static int
setup(void **state)
{
	(void)state;
	if (maker_tmp(dir, sizeof(dir)) != 0)
		return -1;
	(void)snprintf(inside, sizeof(inside), "%s/in", dir);
	(void)snprintf(outside, sizeof(outside), "%s/out", dir);
	return mkdir(inside, 0700) != 0 || mkdir(outside, 0700) != 0;
}

static int
teardown(void **state)
{
	(void)state;
	maker_rm(dir);
	return 0;
}

static int
make(const char *folder, const char *name)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0)
		(void)close(fd);
	return fd >= 0;
}

static int
can_bind(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), rc;

	/* the port may be in use: that is not the sandbox's doing */
	rc = bind(fd, (const struct sockaddr *)(const void *)&a, sizeof(a));
	rc = rc == 0 || errno == EADDRINUSE;
	(void)close(fd);
	return rc;
}

static void
files_child(void)
{
	const struct sandbox s = { .write = { inside }, .port = { 47811 } };
	struct err e;
	int fd;

	if (sandbox_files(&s, &e) == 1)
		_exit(77);
	if (!make(inside, "new") || make(outside, "new"))
		_exit(1);
	if ((fd = open("/etc/hostname", O_RDONLY)) < 0 || open("/etc/made-by-a-test", O_WRONLY | O_CREAT, 0600) >= 0 || open(dir, O_RDONLY | O_DIRECTORY) >= 0)
		_exit(2);
	if (strncmp(sandbox_text(), "landlock ", 9) != 0)
		_exit(3);
	if (sandbox_text()[9] >= '4' && sandbox_text()[9] <= '9' && (!can_bind(47811) || can_bind(47812)))
		_exit(4);
	_exit(0);
}

static void *
in_a_thread(void *ctx)
{
	*(int *)ctx = socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM;
	return NULL;
}

static void
calls_child(void)
{
	struct err e;
	pthread_t t;
	int refused = 0;

	if (sandbox_calls(&e) == 1)
		_exit(77);
	if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EPERM || fork() != -1)
		_exit(1);
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		_exit(2);
	if (pthread_create(&t, NULL, in_a_thread, &refused) != 0 || pthread_join(t, NULL) != 0 || !refused)
		_exit(3);
	if (!make(outside, "still"))
		_exit(4);
	_exit(0);
}

static pthread_mutex_t go = PTHREAD_MUTEX_INITIALIZER;

static void *
early_thread(void *ctx)
{
	(void)pthread_mutex_lock(&go);
	(void)pthread_mutex_unlock(&go);
	return in_a_thread(ctx);
}

/* Threads that were there before are held as well. */
static void
early_child(void)
{
	struct err e;
	pthread_t t;
	int refused = 0;

	(void)pthread_mutex_lock(&go);
	if (pthread_create(&t, NULL, early_thread, &refused) != 0)
		_exit(1);
	if (sandbox_calls(&e) == 1)
		_exit(77);
	(void)pthread_mutex_unlock(&go);
	(void)pthread_join(t, NULL);
	_exit(refused ? 0 : 2);
}

static void
exec_child(void)
{
	char *const argv[] = { NULL };
	struct err e;

	if (sandbox_calls(&e) == 1)
		_exit(77);
	(void)execve("/bin/true", argv, argv);
	_exit(1);
}

/* The child's exit status, or minus the signal that ended it. */
static int
confined(void (*child)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	if (status == 77)
		skip();
	return status;
}

static void
files(void **state)
{
	(void)state;
	assert_int_equal(confined(files_child), 0);
}

static void
calls(void **state)
{
	(void)state;
	assert_int_equal(confined(calls_child), 0);
	assert_int_equal(confined(early_child), 0);
}

static void
no_program_is_started(void **state)
{
	(void)state;
	assert_int_equal(confined(exec_child), -SIGSYS);
}

static void
a_folder_that_is_not_there(void **state)
{
	const struct sandbox s = { .write = { "/nowhere/at/all" } };
	struct err e = { "" };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(sandbox_files(&s, &e) == -1 && strstr(e.text, "/nowhere/at/all") != NULL ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || sandbox_text()[0] == '\0'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(files, setup, teardown),
	    cmocka_unit_test_setup_teardown(calls, setup, teardown),
	    cmocka_unit_test_setup_teardown(no_program_is_started, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_folder_that_is_not_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
