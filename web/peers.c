#include "web/peers.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "web/http_parts.h"

struct peer {
	struct peer *next, **prev;
	int fd;
	int64_t since; /* when the present request or response began; 0: not counted */
};

struct peers {
	int64_t limit;
	pthread_t thread;
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t tick;
	struct peer *first;
	int stopping;
};

static void *
sweep(void *arg)
{
	struct peers *ps = arg;
	struct timespec until;
	struct peer *p;
	int64_t now;

	(void)pthread_mutex_lock(&ps->lock);
	while (!ps->stopping) {
		if (ps->first == NULL) {
			(void)pthread_cond_wait(&ps->tick, &ps->lock);
			continue;
		}
		now = parts_clock();
		for (p = ps->first; p != NULL; p = p->next)
			if (p->since != 0 && now - p->since >= ps->limit) {
				(void)shutdown(p->fd, SHUT_RDWR);
				p->since = 0;
			}
		until = (struct timespec){ .tv_sec = now / 1000 + 1, .tv_nsec = now % 1000 * 1000000 };
		(void)pthread_cond_timedwait(&ps->tick, &ps->lock, &until);
	}
	(void)pthread_mutex_unlock(&ps->lock);
	return NULL;
}

struct peers *
peers_start(int64_t limit_ms, struct err *e)
{
	struct peers *ps = calloc(1, sizeof(*ps));
	pthread_condattr_t attr;

	if (ps == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	ps->limit = limit_ms;
	(void)pthread_mutex_init(&ps->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&ps->tick, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&ps->thread, NULL, sweep, ps) == 0)
		return ps;
	(void)err_set(e, "no thread can be started");
	free(ps);
	return NULL;
}

void
peers_stop(struct peers *ps)
{
	if (ps == NULL)
		return;
	(void)pthread_mutex_lock(&ps->lock);
	ps->stopping = 1;
	(void)pthread_cond_signal(&ps->tick);
	(void)pthread_mutex_unlock(&ps->lock);
	(void)pthread_join(ps->thread, NULL);
	(void)pthread_cond_destroy(&ps->tick);
	(void)pthread_mutex_destroy(&ps->lock);
	free(ps);
}

struct peer *
peer_add(struct peers *ps, int fd)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fd = fd;
	p->since = parts_clock();
	(void)pthread_mutex_lock(&ps->lock);
	if ((p->next = ps->first) != NULL)
		p->next->prev = &p->next;
	p->prev = &ps->first;
	ps->first = p;
	(void)pthread_cond_signal(&ps->tick);
	(void)pthread_mutex_unlock(&ps->lock);
	return p;
}

void
peer_clock(struct peers *ps, struct peer *p, int on)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&ps->lock);
	p->since = on ? parts_clock() : 0;
	(void)pthread_mutex_unlock(&ps->lock);
}

void
peer_remove(struct peers *ps, struct peer *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&ps->lock);
	if ((*p->prev = p->next) != NULL)
		p->next->prev = p->prev;
	(void)pthread_mutex_unlock(&ps->lock);
	free(p);
}
