#include <pthread.h>
#include <string.h>

#include "agent/agent.h"
#include "base/lapse.h"
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

/* Where memory ran out meanwhile, neither a yes nor a refusal nor what was printed can be relied on. */
static int
run_whole(const struct args *a, struct agent *ag, int (*fn)(const struct args *a, struct agent *ag))
{
	unsigned long lapses = lapse_count();
	int status = fn(a, ag);
	struct err e;

	if (status == EXIT_USAGE || lapse_count() == lapses)
		return status;
	(void)err_set(&e, "memory or disk failed meanwhile: what was said may not be whole; try again (with the same --id)");
	return opt_fail(&e);
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
	status = run_whole(a, ag, fn);
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
		return run_whole(a, running, fn); /* the caller, agent/run.c, holds the lock */
	if ((rc = local_send(a->data, own_argc, own_argv, &status, &e)) == 1)
		return status;
	if (rc < 0)
		return opt_fail(&e);
	return with_opened(a, fn);
}
