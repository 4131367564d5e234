#include "agent/host/duty.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"

#define STACK_LEN ((size_t)1 << 20)
/* a machine that slept is late by this much at most: conditions count CLOCK_MONOTONIC, duties CLOCK_BOOTTIME */
#define SLEEP_MAX_MS INT64_C(300000)

enum { LANE_HERE, LANE_NETWORK, LANES };

struct task {
	struct duty d;
	int64_t due;      /* never sooner than this when firm */
	int64_t gap, ended;
	int64_t again;    /* asked for by duty_again() while it ran; 0: not */
	int asked, firm, running;
	uint64_t runs;
	int64_t longest;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct task task[DUTIES_MAX];
static size_t ntasks;
static pthread_t thread[LANES];
static int lanes[LANES] = { LANE_HERE, LANE_NETWORK };
static int started, halting;

static void
init(void)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&changed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
duty_due(int64_t now, int64_t ms)
{
	int64_t due = now + ms;

	return ms < DUTY_MARK_MS ? due : (due + DUTY_MARK_MS - 1) / DUTY_MARK_MS * DUTY_MARK_MS;
}

/* Wait for a change, ${ms} at most; with the table locked. */
static int
wait_change(int64_t ms)
{
	struct timespec until;

	if (ms > SLEEP_MAX_MS)
		ms = SLEEP_MAX_MS;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(&changed, &table_lock, &until);
}

/* The lane's task that is due now, or NULL and how long nothing is. */
static struct task *
next_task(int lane, int64_t now, int64_t *wait)
{
	struct task *t, *best = NULL;
	int64_t due;
	size_t i;

	*wait = SLEEP_MAX_MS;
	for (i = 0; i < ntasks; i++) {
		t = &task[i];
		if (t->d.network != lane || t->running)
			continue;
		due = t->due;
		if (t->asked && !t->firm && t->ended + t->gap < due)
			due = t->ended + t->gap;
		if (due <= now && (best == NULL || t->due < best->due))
			best = t;
		if (due - now < *wait)
			*wait = due - now;
	}
	return best;
}

/* With the table locked; lets go of it meanwhile. */
static void
run_task(struct task *t)
{
	int64_t (*run)(void *) = t->d.run;
	void *ctx = t->d.ctx;
	int64_t began, ended, next;

	t->asked = 0;
	t->running = 1;
	(void)pthread_mutex_unlock(&table_lock);
	agent_lock();
	began = read_clock(CLOCK_BOOTTIME);
	next = run(ctx);
	agent_unlock();
	(void)pthread_mutex_lock(&table_lock);
	t->ended = ended = read_clock(CLOCK_BOOTTIME);
	t->running = 0;
	t->runs++;
	t->longest = ended - began > t->longest ? ended - began : t->longest;
	t->firm = next < 0;
	next = next < 0 ? -next : next;
	t->due = duty_due(ended, next == 0 ? t->d.interval_ms : next);
	if (t->again != 0 && t->again < t->due) {
		t->due = t->again;
		t->firm = 0;
	}
	t->again = 0;
}

static void *
lane_thread(void *ctx)
{
	int lane = *(const int *)ctx;
	struct task *t;
	int64_t wait;

	(void)pthread_mutex_lock(&table_lock);
	while (!halting) {
		if ((t = next_task(lane, read_clock(CLOCK_BOOTTIME), &wait)) != NULL)
			run_task(t);
		else
			(void)wait_change(wait);
	}
	(void)pthread_mutex_unlock(&table_lock);
	return NULL;
}

int
duty_add(const struct duty *d)
{
	struct task *t;
	int rc = -1;

	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	if (ntasks < DUTIES_MAX) {
		t = &task[ntasks++];
		memset(t, 0, sizeof(*t));
		t->d = *d;
		t->d.network = d->network != 0;
		t->due = duty_due(read_clock(CLOCK_BOOTTIME), d->first_ms);
		(void)pthread_cond_broadcast(&changed);
		rc = 0;
	}
	(void)pthread_mutex_unlock(&table_lock);
	return rc;
}

void
duty_gap(const char *name, int64_t ms)
{
	size_t i;

	(void)pthread_mutex_lock(&table_lock);
	for (i = 0; i < ntasks; i++)
		if (strcmp(task[i].d.name, name) == 0)
			task[i].gap = ms;
	(void)pthread_mutex_unlock(&table_lock);
}

void
duty_soon(const char *name)
{
	size_t i;

	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	for (i = 0; i < ntasks; i++)
		if (strcmp(task[i].d.name, name) == 0 && !task[i].asked) {
			task[i].asked = 1;
			(void)pthread_cond_broadcast(&changed);
		}
	(void)pthread_mutex_unlock(&table_lock);
}

void
duty_within(const char *name, int64_t ms)
{
	int64_t due = duty_due(read_clock(CLOCK_BOOTTIME), ms);
	size_t i;

	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	for (i = 0; i < ntasks; i++)
		if (strcmp(task[i].d.name, name) == 0 && !task[i].firm && task[i].due > due) {
			task[i].due = due;
			(void)pthread_cond_broadcast(&changed);
		}
	(void)pthread_mutex_unlock(&table_lock);
}

void
duty_again(const char *name, int64_t ms)
{
	int64_t due = read_clock(CLOCK_BOOTTIME) + ms;
	size_t i;

	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	for (i = 0; i < ntasks; i++)
		if (strcmp(task[i].d.name, name) == 0 && task[i].running) {
			task[i].again = due;
		} else if (strcmp(task[i].d.name, name) == 0 && task[i].due > due) {
			task[i].due = due;
			task[i].firm = 0;
			(void)pthread_cond_broadcast(&changed);
		}
	(void)pthread_mutex_unlock(&table_lock);
}

int
duty_start(void)
{
	pthread_attr_t attr;
	int i, rc = 0;

	(void)pthread_once(&once, init);
	if (pthread_attr_init(&attr) != 0)
		return -1;
	(void)pthread_attr_setstacksize(&attr, STACK_LEN);
	for (i = 0; i < LANES && rc == 0; i++)
		if ((rc = pthread_create(&thread[i], &attr, lane_thread, &lanes[i])) == 0)
			started = i + 1;
	(void)pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : -1;
}

void
duty_halt(void)
{
	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	halting = 1;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&table_lock);
}

int
duty_halting(void)
{
	int now;

	(void)pthread_mutex_lock(&table_lock);
	now = halting;
	(void)pthread_mutex_unlock(&table_lock);
	return now;
}

void
duty_end(void)
{
	int i;

	duty_halt();
	for (i = 0; i < started; i++)
		(void)pthread_join(thread[i], NULL);
	started = halting = 0;
	ntasks = 0;
}

int
duty_pause(int64_t ms)
{
	int64_t until = read_clock(CLOCK_MONOTONIC) + ms, now;
	int stop;

	(void)pthread_once(&once, init);
	(void)pthread_mutex_lock(&table_lock);
	while (!halting && (now = read_clock(CLOCK_MONOTONIC)) < until)
		(void)wait_change(until - now);
	stop = halting;
	(void)pthread_mutex_unlock(&table_lock);
	return stop;
}

void
duty_each(void (*cb)(void *ctx, const char *name, uint64_t runs, int64_t longest_ms), void *ctx)
{
	struct task copy[DUTIES_MAX];
	size_t i, n;

	(void)pthread_mutex_lock(&table_lock);
	n = ntasks;
	memcpy(copy, task, n * sizeof(copy[0]));
	(void)pthread_mutex_unlock(&table_lock);
	for (i = 0; i < n; i++)
		cb(ctx, copy[i].d.name, copy[i].runs, copy[i].longest);
}
