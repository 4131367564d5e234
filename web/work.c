#include "web/work.h"

#include <pthread.h>
#include <stdlib.h>

#define WORK_THREADS_MAX 64

struct job {
	struct job *next;
	void (*fn)(void *arg);
	void *arg;
};

struct work {
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct job *first, **last;
	int stopping;
	unsigned n;
	pthread_t thread[WORK_THREADS_MAX];
};

static void *
work_thread(void *arg)
{
	struct work *w = arg;
	struct job *j;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		while ((j = w->first) == NULL && !w->stopping)
			(void)pthread_cond_wait(&w->news, &w->lock);
		if (j == NULL)
			break;
		if ((w->first = j->next) == NULL)
			w->last = &w->first;
		(void)pthread_mutex_unlock(&w->lock);
		j->fn(j->arg);
		free(j);
		(void)pthread_mutex_lock(&w->lock);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct work *
work_start(unsigned threads, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->news, NULL);
	w->last = &w->first;
	if (threads == 0)
		threads = 1;
	while (w->n < threads && w->n < WORK_THREADS_MAX && pthread_create(&w->thread[w->n], NULL, work_thread, w) == 0)
		w->n++;
	if (w->n > 0)
		return w;
	(void)err_set(e, "worker threads: none can be started");
	work_stop(w);
	return NULL;
}

int
work_put(struct work *w, void (*fn)(void *arg), void *arg)
{
	struct job *j = malloc(sizeof(*j));

	if (j == NULL)
		return -1;
	*j = (struct job){ .fn = fn, .arg = arg };
	(void)pthread_mutex_lock(&w->lock);
	*w->last = j;
	w->last = &j->next;
	(void)pthread_cond_signal(&w->news);
	(void)pthread_mutex_unlock(&w->lock);
	return 0;
}

void
work_stop(struct work *w)
{
	unsigned i;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = 1;
	(void)pthread_cond_broadcast(&w->news);
	(void)pthread_mutex_unlock(&w->lock);
	for (i = 0; i < w->n; i++)
		(void)pthread_join(w->thread[i], NULL);
	(void)pthread_cond_destroy(&w->news);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
