#include "agent/calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/host/duty.h"
#include "base/log.h"
#include "store/local.h"

/* Commands that reach the running agent over its socket. */

struct call {
	struct agent *ag;
	struct local_call c;
};

static struct {
	struct agent *ag;
	int listen_fd;
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	unsigned n;
} calls = { .lock = PTHREAD_MUTEX_INITIALIZER, .fewer = PTHREAD_COND_INITIALIZER };

static void
write_all(int fd, const char *p, size_t n)
{
	ssize_t k = 0;

	for (; n > 0; p += k, n -= (size_t)k)
		if ((k = write(fd, p, n)) < 0) {
			if (errno != EINTR)
				return; /* who asked is gone */
			k = 0;
		}
}

/* A question is seen at once. */
static void
prompt(void *caller, const char *text)
{
	const struct local_call *c = caller;

	write_all(c->fd[2], text, strlen(text));
}

static int
lend(void *caller, const char *path, struct err *e)
{
	return local_lend(caller, path, e);
}

static int
deliver(void *caller, const char *from, const char *to, struct err *e)
{
	return local_deliver(caller, from, to, e);
}

/* Run a command line for another process, with its files; what it writes waits until the agent is not locked any more. */
static int
run_call(struct agent *ag, struct local_call *c)
{
	char *text[2] = { NULL, NULL };
	size_t len[2] = { 0, 0 }, i;
	FILE *in = fdopen(dup(c->fd[0]), "r"), *out = open_memstream(&text[0], &len[0]), *err = open_memstream(&text[1], &len[1]);
	struct opt_io io = { in, out, err, isatty(c->fd[1]), c->cwd, ag->dir, c, lend, deliver, prompt };
	int status = EXIT_USAGE;

	if (in != NULL && out != NULL && err != NULL) {
		agent_lock();
		status = opt_run(&agent_program, &io, c->argc, c->argv);
		agent_unlock();
	}
	if (in != NULL)
		(void)fclose(in);
	/* a pager or a stopped terminal at the other end holds up this command alone */
	if (out != NULL && fclose(out) != 0)
		status = EXIT_USAGE; /* not all of it could be kept */
	if (err != NULL)
		(void)fclose(err);
	for (i = 0; i < 2; i++) {
		if (text[i] != NULL)
			write_all(c->fd[i + 1], text[i], len[i]);
		free(text[i]);
	}
	return status;
}

static void *
call_thread(void *ctx)
{
	struct call *k = ctx;

	local_answer(&k->c, run_call(k->ag, &k->c));
	free(k);
	(void)pthread_mutex_lock(&calls.lock);
	calls.n--;
	(void)pthread_cond_signal(&calls.fewer);
	(void)pthread_mutex_unlock(&calls.lock);
	return NULL;
}

/* Run it in a thread of its own; in this one where there is none to be had. */
static void
hand_over(struct call *k)
{
	pthread_attr_t attr;
	pthread_t thread;
	int made;

	(void)pthread_mutex_lock(&calls.lock);
	while (calls.n >= CALLS_MAX)
		(void)pthread_cond_wait(&calls.fewer, &calls.lock);
	calls.n++;
	(void)pthread_mutex_unlock(&calls.lock);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	made = pthread_create(&thread, &attr, call_thread, k) == 0;
	(void)pthread_attr_destroy(&attr);
	if (!made)
		(void)call_thread(k);
}

static void *
accept_thread(void *ctx)
{
	struct call *k = NULL;
	struct err e;

	(void)ctx;
	for (;;) {
		if (k == NULL && (k = calloc(1, sizeof(*k))) == NULL) {
			if (duty_pause(100))
				return NULL;
			continue;
		}
		k->ag = calls.ag;
		if (local_accept(calls.listen_fd, &k->c, &e) == 0) {
			hand_over(k);
			k = NULL;
			continue;
		}
		if (duty_halting())
			break;
		log_msg(LOG_WARN, "command refused: %s", e.text);
		if (errno != EPERM && errno != EPROTO && duty_pause(100))
			break;
	}
	free(k);
	return NULL;
}

int
calls_start(struct agent *ag, int listen_fd)
{
	pthread_t thread;

	calls.ag = ag;
	calls.listen_fd = listen_fd;
	return pthread_create(&thread, NULL, accept_thread, NULL) == 0 ? 0 : -1;
}
