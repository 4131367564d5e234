#include <pthread.h>
#include <string.h>

#include "agent/agent.h"
#include "store/local.h"

/* How a command reaches the one process that owns the journal. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct agent *running;
static int own_argc;
static char **own_argv;

void
agent_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

void
agent_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void
agent_set_running(struct agent *ag)
{
	running = ag;
}

void
agent_set_argv(int argc, char **argv)
{
	own_argc = argc;
	own_argv = argv;
}

static int
with_opened(const struct args *a, int (*fn)(const struct args *a, struct agent *ag))
{
	struct err e = { "" };
	struct agent *ag = agent_open(a->data, &e);
	int status;

	if (ag == NULL)
		return opt_fail(&e);
	agent_lock();
	status = fn(a, ag);
	agent_unlock();
	agent_close(ag);
	return status;
}

int
agent_with(const struct args *a, int (*fn)(const struct args *a, struct agent *ag))
{
	struct err e = { "" };
	int status = EXIT_USAGE, rc;

	if (running != NULL)
		return fn(a, running); /* the caller, agent/run.c, holds the lock */
	if ((rc = local_send(a->data, own_argc, own_argv, &status, &e)) == 1)
		return status;
	if (rc < 0)
		return opt_fail(&e);
	return with_opened(a, fn);
}
