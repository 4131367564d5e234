#include "web/peers.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "web/http_parts.h"
#include "web/share.h"

#define NEWCOMER_BYTES 2000.0 /* what one that has just come is believed to move */

#define LOOKS_MAX 16          /* at connections, until one goes */

struct peer {
	struct peer *next, **prev;
	int fd;
	int64_t since;        /* when the present request or response began; 0: not counted */
	int64_t span;         /* when the present span of it began */
	uint64_t base, at;    /* bytes moved at these two, */
	uint64_t moved;       /* and when last looked at */
	struct share *share;  /* of its address */
};

struct peers {
	struct peers_limits limits;
	struct shares *shares;
	pthread_t thread;
	pthread_mutex_t lock; /* what follows, and the shares */
	pthread_cond_t tick;
	struct peer *first;
	unsigned n;
	int stopping;
};

double
peer_worth(uint64_t moved, int64_t ms, unsigned holders)
{
	return ((double)moved + NEWCOMER_BYTES) / ((double)ms / 1000.0 + 1.0) / (holders > 0 ? holders : 1);
}

/* Bytes that came, and that went out and were acknowledged: headers, TLS and all. */
static uint64_t
moved(const struct peer *p)
{
	struct tcp_info t = { 0 };
	socklen_t n = sizeof(t);

	return getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &t, &n) == 0 ? t.tcpi_bytes_received + t.tcpi_bytes_acked : p->moved;
}

static void
start_clock(struct peer *p)
{
	p->since = p->span = parts_clock();
	p->base = p->at = p->moved = moved(p);
}

/* One that is shut down is counted no more; the server's own thread closes and removes it. */
static void
drop(struct peer *p)
{
	(void)shutdown(p->fd, SHUT_RDWR);
	p->since = 0;
}

static void
look(const struct peers *ps, struct peer *p, int64_t now)
{
	const struct peers_limits *l = &ps->limits;

	if (p->since == 0)
		return;
	p->moved = moved(p);
	if (now - p->since >= l->total_ms || (l->slow_bytes > 0 && now - p->span >= l->slow_ms && p->moved - p->at < l->slow_bytes)) {
		drop(p);
	} else if (now - p->span >= l->slow_ms) {
		p->span = now;
		p->at = p->moved;
	}
}

static struct peer *
least_useful(const struct peers *ps, const struct peer *own, int64_t now)
{
	struct peer *p, *worst = NULL;
	double w, least = 0;

	for (p = ps->first; p != NULL; p = p->next) {
		if (p == own || p->since == 0)
			continue;
		w = peer_worth(p->moved - p->base, now - p->since, share_holders(p->share));
		if (worst == NULL || w <= least) {
			worst = p;
			least = w;
		}
	}
	return worst;
}

/* The least useful one but ${own} goes: by what it has moved by now, not when the sweep last came by. */
static void
make_room(const struct peers *ps, const struct peer *own)
{
	int64_t now = parts_clock();
	struct peer *p, *before = NULL;
	unsigned tries = 0;

	while ((p = least_useful(ps, own, now)) != NULL && p != before && tries++ < LOOKS_MAX) {
		p->moved = moved(p);
		before = p;
	}
	if (p != NULL)
		drop(p);
}

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
			look(ps, p, now);
		until = (struct timespec){ .tv_sec = now / 1000 + 1, .tv_nsec = now % 1000 * 1000000 };
		(void)pthread_cond_timedwait(&ps->tick, &ps->lock, &until);
	}
	(void)pthread_mutex_unlock(&ps->lock);
	return NULL;
}

struct peers *
peers_start(const struct peers_limits *limits, struct err *e)
{
	struct peers *ps = calloc(1, sizeof(*ps));
	pthread_condattr_t attr;

	if (ps == NULL || (ps->shares = shares_new(2 * (size_t)limits->most, 0)) == NULL) {
		free(ps);
		(void)err_set(e, "out of memory");
		return NULL;
	}
	ps->limits = *limits;
	(void)pthread_mutex_init(&ps->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&ps->tick, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&ps->thread, NULL, sweep, ps) == 0)
		return ps;
	(void)err_set(e, "no thread can be started");
	shares_free(ps->shares);
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
	shares_free(ps->shares);
	free(ps);
}

struct peer *
peer_add(struct peers *ps, int fd, const struct sockaddr *a)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fd = fd;
	start_clock(p);
	(void)pthread_mutex_lock(&ps->lock);
	p->share = a != NULL ? share_join(ps->shares, a) : NULL;
	if ((p->next = ps->first) != NULL)
		p->next->prev = &p->next;
	p->prev = &ps->first;
	ps->first = p;
	if (++ps->n > ps->limits.most)
		make_room(ps, p);
	if (ps->n == 1) /* the sweep sleeps while there is nobody */
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
	if (on)
		start_clock(p);
	else
		p->since = 0;
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
	share_leave(p->share);
	ps->n--;
	(void)pthread_mutex_unlock(&ps->lock);
	free(p);
}
