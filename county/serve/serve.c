#include "county/serve/serve.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "county/judge.h"
#include "evidence/dsse.h"
#include "evidence/enrol.h"
#include "sync/request.h"
#include "sync/upward.h"

const struct http_route serve_routes[] = {
	{ "GET", "/", 0, NULL, 0, page_status },
	{ "GET", "/report", 0, NULL, 0, page_report },
	{ "GET", "/metrics", 0, NULL, 0, route_metrics },
	{ "GET", "/checkpoint", 0, NULL, 0, route_checkpoint },
	{ "GET", "/tile/*", 0, NULL, 0, route_tile },
	{ "GET", "/v1/keys", 0, NULL, 0, route_keys },
	{ "GET", "/v1/keys/*", 0, NULL, 0, route_keys_version },
	{ "GET", "/v1/succession", 0, NULL, 0, route_succession },
	{ "POST", "/v1/enrol", ENROL_MAX, "application/vnd.tallystick.enrol.v1", 0, route_enrol },
	{ "POST", "/v1/sync", REQUEST_MAX, "application/vnd.tallystick.request.v1", 1, route_sync },
	{ "POST", "/v1/mirror", UPWARD_BODY_MAX, UPWARD_TYPE, 0, route_mirror },
	{ "GET", "/v1/entry/*", 0, NULL, 0, route_entry },
	{ "POST", "/v2/sync", REQUEST_MAX, "application/vnd.tallystick.request.v2", 1, route_sync_packed },
	{ "GET", "/v1/form/*", 0, NULL, 0, route_form },
	{ "GET", "/v1/dict/*", 0, NULL, 0, route_dict },
	{ "GET", "/v1/note/*", 0, NULL, 0, route_note },
	{ "GET", "/v1/text/*", 0, NULL, 0, route_text },
	{ "PUT", "/v1/attachment/*", ATTACHMENT_BODY_MAX, NULL, 0, route_attachment },
	{ "GET", "/v1/attachment/*", 0, NULL, 0, route_part_here },
	{ "PATCH", "/v1/attachment/*", PART_BODY_MAX, NULL, 2, route_part },
	{ NULL, NULL, 0, NULL, 0, NULL }
};

struct desk *
serve_desk(struct serve *s)
{
	struct desk *d;

	(void)pthread_mutex_lock(&s->lock);
	while ((d = s->free) == NULL)
		(void)pthread_cond_wait(&s->news, &s->lock);
	s->free = d->next;
	(void)pthread_mutex_unlock(&s->lock);
	return d;
}

void
serve_leave(struct serve *s, struct desk *d)
{
	(void)pthread_mutex_lock(&s->lock);
	d->next = s->free;
	s->free = d;
	(void)pthread_cond_broadcast(&s->news);
	(void)pthread_mutex_unlock(&s->lock);
}

void
serve_news(struct serve *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->to_judge = 1;
	(void)pthread_cond_broadcast(&s->news);
	(void)pthread_mutex_unlock(&s->lock);
}

/* Judges whatever was logged, in the background. */
static void *
judge_thread(void *arg)
{
	struct serve *s = arg;
	struct desk *d = &s->desks[s->ndesks];
	struct err e;

	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->to_judge && !s->stopping)
			(void)pthread_cond_wait(&s->news, &s->lock);
		if (s->stopping)
			break;
		s->to_judge = 0;
		(void)pthread_mutex_unlock(&s->lock);
		if (judge_new(&d->c, (uint64_t)clock_wall(), &e) != 0)
			log_msg(LOG_ERROR, "judging entries against their forms: %s", e.text);
		(void)pthread_mutex_lock(&s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void
close_desks(struct serve *s, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		ledger_close(s->desks[i].c.l);
	county_group_free(s->group);
	ledger_close(s->writer.l);
}

int
serve_init(struct serve *s, struct office *o, unsigned threads, struct err *e)
{
	unsigned i = 0;

	memset(s, 0, sizeof(*s));
	s->o = o;
	s->to_judge = 1;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->news, NULL);
	if (office_desk(o, &s->writer, e) != 0 || ((s->group = county_group_new(&s->writer)) == NULL && err_set(e, "out of memory")))
		goto fail;
	for (; i <= threads; i++) {
		if (office_desk(o, &s->desks[i].c, e) != 0)
			goto fail;
		s->desks[i].c.group = s->group;
		if (i < threads) {
			s->desks[i].next = s->free;
			s->free = &s->desks[i];
			s->ndesks++;
		}
	}
	if (pthread_create(&s->judge, NULL, judge_thread, s) == 0)
		return 0;
	(void)err_set(e, "no thread can be started");
fail:
	close_desks(s, i);
	return -1;
}

void
serve_end(struct serve *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	(void)pthread_cond_broadcast(&s->news);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->judge, NULL);
	close_desks(s, s->ndesks + 1);
	(void)pthread_cond_destroy(&s->news);
	(void)pthread_mutex_destroy(&s->lock);
}
