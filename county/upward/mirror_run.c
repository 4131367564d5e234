#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "county/upward/mirror.h"

/* The thread that mirrors whenever the log has grown. */

#define LOOK_MS 1000
#define FIRST_MS INT64_C(5000)
#define MOST_MS INT64_C(1800000)

struct mirroring {
	const struct office *o;
	struct county c;           /* a desk of its own */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news;
	int stopping;
	struct turn { char url[MIRROR_URL_MAX + 1]; int64_t next; unsigned failures; uint64_t size; } turn[MIRRORS_MAX];
};

/* Full jitter: many counties that lost the same line do not come back together. */
static int64_t
pause_ms(unsigned failures, long retry_after)
{
	int64_t most = FIRST_MS, after = retry_after > 0 ? (int64_t)retry_after * 1000 : 0;
	uint64_t r;

	for (; failures > 1 && most < MOST_MS; failures--)
		most *= 2;
	random_bytes(&r, sizeof(r));
	return (int64_t)(r % (uint64_t)(most < MOST_MS ? most : MOST_MS)) + (after < MOST_MS ? after : MOST_MS);
}

static struct turn *
turn_of(struct mirroring *p, const struct mirror_to *t)
{
	struct turn *free_one = &p->turn[0];

	for (size_t i = 0; i < MIRRORS_MAX; i++) {
		if (strcmp(p->turn[i].url, t->url) == 0)
			return &p->turn[i];
		if (p->turn[i].url[0] == '\0')
			free_one = &p->turn[i];
	}
	memset(free_one, 0, sizeof(*free_one));
	(void)strcpy(free_one->url, t->url);
	free_one->size = UINT64_MAX;
	return free_one;
}

static void
one_turn(struct mirroring *p, struct mirrors *m, struct mirror_to *t, uint64_t size)
{
	struct turn *turn = turn_of(p, t);
	int64_t now = clock_mono();
	uint64_t version = t->keys.version;
	struct mirror_round r;
	struct err e = { "" };
	int rc;

	if (turn->failures > 0 ? now < turn->next : turn->size == size && now < turn->next)
		return;
	rc = mirror_round(&p->c, t, &p->stopping, &r, &e);
	now = clock_mono();
	if (rc == 0) {
		if (turn->failures > 0 || turn->size == UINT64_MAX)
			log_msg(LOG_INFO, "%s holds all %llu leaves", t->url, (unsigned long long)r.size);
		turn->failures = 0;
		turn->size = r.size;
		turn->next = now + MIRROR_QUIET_MS;
	} else if (!p->stopping) {
		turn->failures++;
		turn->next = now + pause_ms(turn->failures, r.retry_after);
		log_msg(rc > 0 ? LOG_ERROR : LOG_WARN, "mirror: %s", e.text);
	}
	if (mirror_said(t, p->c.l, &e) != 0 || (t->keys.version != version && mirrors_save(m, p->c.l, &e) != 0))
		log_msg(LOG_ERROR, "mirror: %s", e.text);
}

static void
look(struct mirroring *p)
{
	struct mirrors m;
	struct err e = { "" };
	uint64_t size;
	uint8_t root[HASH_LEN];

	if (ledger_head(p->c.l, &size, root) != 0 || mirrors_load(&m, p->c.l, &e) != 0) {
		log_msg(LOG_ERROR, "mirror: the ledger cannot be read");
		return;
	}
	for (size_t i = 0; i < m.n && !p->stopping; i++)
		one_turn(p, &m, &m.at[i], size);
	mirrors_free(&m);
}

static void *
run(void *arg)
{
	struct mirroring *p = arg;
	struct timespec until;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		(void)pthread_mutex_unlock(&p->lock);
		look(p);
		(void)pthread_mutex_lock(&p->lock);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += LOOK_MS / 1000;
		if (!p->stopping)
			(void)pthread_cond_timedwait(&p->news, &p->lock, &until);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct mirroring *
mirror_start(const struct office *o, struct err *e)
{
	struct mirroring *p = calloc(1, sizeof(*p));
	pthread_condattr_t monotonic;

	if (p == NULL || office_desk(o, &p->c, e) != 0) {
		if (p == NULL)
			(void)err_set(e, "out of memory");
		free(p);
		return NULL;
	}
	p->o = o;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&p->news, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&p->thread, NULL, run, p) == 0)
		return p;
	(void)err_set(e, "no thread can be started");
	ledger_close(p->c.l);
	free(p);
	return NULL;
}

void
mirror_stop(struct mirroring *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = 1;
	(void)pthread_cond_broadcast(&p->news);
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	(void)pthread_cond_destroy(&p->news);
	(void)pthread_mutex_destroy(&p->lock);
	ledger_close(p->c.l);
	free(p);
}
