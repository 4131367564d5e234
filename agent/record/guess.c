#include "agent/record/guess.h"

#include <string.h>

void
guesses_init(struct guesses *g)
{
	memset(g->peer, 0, sizeof(g->peer));
	g->n = 0;
	(void)pthread_mutex_init(&g->lock, NULL);
}

void
guesses_end(struct guesses *g)
{
	(void)pthread_mutex_destroy(&g->lock);
}

static struct guess_peer *
find(struct guesses *g, const uint8_t at[16])
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (memcmp(g->peer[i].at, at, 16) == 0)
			return &g->peer[i];
	return NULL;
}

int64_t
guesses_wait(struct guesses *g, const uint8_t at[16], int64_t now)
{
	const struct guess_peer *x;
	int64_t wait = 0;
	unsigned k;

	(void)pthread_mutex_lock(&g->lock);
	if ((x = find(g, at)) != NULL && x->fails >= GUESS_FREE) {
		wait = GUESS_FIRST_MS;
		for (k = GUESS_FREE; k < x->fails && wait < GUESS_MOST_MS; k++)
			wait *= 2;
		wait = (wait > GUESS_MOST_MS ? GUESS_MOST_MS : wait) - (now - x->last);
	}
	(void)pthread_mutex_unlock(&g->lock);
	return wait > 0 ? wait : 0;
}

void
guesses_wrong(struct guesses *g, const uint8_t at[16], int64_t now)
{
	struct guess_peer *x;
	size_t i;

	(void)pthread_mutex_lock(&g->lock);
	if ((x = find(g, at)) == NULL) {
		x = g->peer;
		for (i = 1; i < g->n; i++)
			if (g->peer[i].last < x->last)
				x = &g->peer[i];
		if (g->n < GUESS_PEERS)
			x = &g->peer[g->n++];
		memset(x, 0, sizeof(*x));
		memcpy(x->at, at, 16);
	}
	x->fails += x->fails < 1000;
	x->last = now;
	(void)pthread_mutex_unlock(&g->lock);
}

void
guesses_right(struct guesses *g, const uint8_t at[16])
{
	struct guess_peer *x;

	(void)pthread_mutex_lock(&g->lock);
	if ((x = find(g, at)) != NULL)
		*x = g->peer[--g->n];
	(void)pthread_mutex_unlock(&g->lock);
}

void
guesses_forget(struct guesses *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->n = 0;
	(void)pthread_mutex_unlock(&g->lock);
}
