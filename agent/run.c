#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/record/admit.h"
#include "agent/agent.h"
#include "agent/sync/budget.h"
#include "agent/people/cabinet.h"
#include "agent/calls.h"
#include "agent/sync/exchange.h"
#include "agent/host/confine.h"
#include "agent/host/duty.h"
#include "agent/host/heartbeat.h"
#include "agent/host/linkup.h"
#include "agent/host/metrics.h"
#include "agent/host/notify.h"
#include "agent/host/rest.h"
#include "agent/host/room.h"
#include "agent/host/second.h"
#include "agent/host/watch.h"
#include "agent/openrosa/kept.h"
#include "agent/page/lan.h"
#include "agent/page/serve.h"
#include "agent/people/phones.h"
#include "agent/people/roster.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/log.h"
#include "store/local.h"

/* The agent itself: commands over the socket, the local page, and sync in the background. */

#define SYNC_GAP_MS INT64_C(10000)

struct runner {
	struct agent *ag;
	int listen_fd;
	int allow_http;
	int64_t interval_ms;
	struct exchange *x; /* the sync duty's */
	unsigned failures;
	struct watch watch;
	struct heartbeat heartbeat;
	char metrics[4096]; /* "": no file */
	char second[4096];         /* folder of the second copy; "" for none */
};

void
agent_wake(void)
{
	duty_soon("sync");
	second_soon();
}

/* One round: as long as there is something to do and it works.  What exchange_once said last. */
static int
sync_round(struct runner *r)
{
	struct totals t = { 0 };
	struct err e = { "" };
	int rc;

	if (r->x == NULL)
		r->x = exchange_open(r->ag, r->allow_http, &e);
	rc = r->x == NULL ? -1 : 1;
	while (rc == 1 && !duty_halting())
		rc = exchange_once(r->x, &t, &e);
	if (rc < 0 && r->x != NULL)
		log_msg(LOG_WARN, "sync: %s", e.text);
	if (t.confirmed > 0)
		log_msg(LOG_INFO, "sync: %llu entries confirmed", (unsigned long long)t.confirmed);
	return rc;
}

/* After a failure the pause is kept, whatever is recorded meanwhile. */
static int64_t
sync_duty(void *ctx)
{
	struct runner *r = ctx;
	struct buf log;
	int64_t wait, asked;
	int enrolled;

	buf_init(&log, HASH_LEN);
	enrolled = journal_get(r->ag->j, "log", &log) == 1;
	buf_free(&log);
	if (!enrolled)
		return 0; /* nobody to sync with is no failure */
	r->failures = sync_round(r) < 0 ? r->failures + 1 : 0;
	metrics_synced(r->failures);
	if (r->failures == 0)
		return 0;
	duty_soon("space"); /* perhaps a receipt could not be written */
	wait = exchange_wait(r->failures);
	/* jitter comes on top: all who were sent away together do not come back together */
	if ((asked = exchange_retry_after(r->x)) > 0)
		return DUTY_FIRM(asked + wait + 1);
	return DUTY_FIRM(wait > r->interval_ms && r->interval_ms < 60000 ? r->interval_ms : wait + 1);
}

static int
wait_for_signal(const sigset_t *set)
{
	int sig;

	while (sigwait(set, &sig) != 0)
		;
	return sig;
}

static int
set_log_level(const char *s, struct err *e)
{
	static const struct { const char *name; enum log_level level; } levels[] = {
		{ "error", LOG_ERROR }, { "warn", LOG_WARN }, { "info", LOG_INFO }, { "debug", LOG_DEBUG } };
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(s, levels[i].name) == 0) {
			log_level_set(levels[i].level);
			return 0;
		}
	return err_set(e, "--log-level %s: not error, warn, info or debug", s);
}

static int
options(const struct args *a, struct runner *r, struct err *e)
{
	const char *s = opt_get(a, "interval"), *level = opt_get(a, "log-level"), *file = opt_get(a, "metrics-file");
	struct budget b;
	uint64_t v = 300;

	if (s != NULL && (dec_u64(&v, s, strlen(s)) != 0 || v < 1 || v > 86400))
		return err_set(e, "--interval %s: not a number of seconds from 1 to 86400", s);
	r->interval_ms = (int64_t)v * 1000;
	r->allow_http = opt_get(a, "allow-http") != NULL;
	if (file != NULL && opt_path(a, file, r->metrics, sizeof(r->metrics)) != 0)
		return err_set(e, "--metrics-file %.200s: the path is too long", file);
	if ((file = opt_get(a, "second-copy")) != NULL && (opt_path(a, file, r->second, sizeof(r->second)) != 0 || !file_exists(r->second)))
		return err_set(e, "--second-copy %.200s: no such folder", file);
	if (budget_options(a, &b, e) != 0)
		return -1;
	budget_set(&b);
	return level != NULL ? set_log_level(level, e) : 0;
}

/* All that the agent does by itself. */
static int
set_duties(struct runner *r)
{
	struct duty sync = { "sync", r->interval_ms, 0, 1, sync_duty, r };

	r->watch.ag = r->heartbeat.ag = r->ag;
	if (watch_duty(&r->watch) != 0 || heartbeat_duty(&r->heartbeat) != 0 || rest_duty(r->ag) != 0 || room_duty(r->ag) != 0 || cabinet_duty(r->ag) != 0 || kept_duty(r->ag) != 0 || roster_duty(r->ag) != 0 || duty_add(&sync) != 0)
		return -1;
	/* a cadre enters one after the other: a request for several costs the card and the link less */
	duty_gap("sync", r->interval_ms < SYNC_GAP_MS ? r->interval_ms : SYNC_GAP_MS);
	if (r->second[0] != '\0' && second_duty(r->ag, r->second) != 0)
		return -1;
	return r->metrics[0] != '\0' ? metrics_duty(r->ag, r->metrics) : 0;
}

/* Everything is open: serve until told to stop. */
static int
serve(const struct args *a, struct runner *r, struct err *e)
{
	struct page *page;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (confine_files(a, r->ag->dir, e) != 0)
		return -1;
	if ((page = page_start(opt_get(a, "listen") ? opt_get(a, "listen") : "127.0.0.1:8470", r->ag, e)) == NULL)
		return -1;
	if (lan_start(page, a, e) != 0) {
		page_stop(page);
		phones_free(r->ag->phones);
		r->ag->phones = NULL;
		return -1;
	}
	agent_set_running(r->ag);
	if (linkup_start(e) != 0)
		log_msg(LOG_WARN, "%s", e->text);
	if (set_duties(r) != 0 || duty_start() != 0 || calls_start(r->ag, r->listen_fd) != 0)
		abort();
	if (confine_calls(a, e) != 0) {
		log_msg(LOG_ERROR, "%s", e->text);
		_exit(EXIT_USAGE); /* threads are at work; nothing that was acknowledged needs closing */
	}
	(void)fprintf(a->io->err, "tally-agent: the local page is at http://%s/\n", page_address(page));
	if (r->ag->phones != NULL)
		(void)fprintf(a->io->err, "tally-agent: for paired phones at %s/\n", phones_origin(r->ag->phones));
	(void)wait_for_signal(&set);
	(void)notify_send("STOPPING=1");
	log_msg(LOG_DEBUG, "told to stop");
	duty_halt();
	page_stop(page);
	/* a command or an exchange under way may be anywhere: the journal is closed under the lock and the process ends */
	agent_lock();
	local_unlisten(r->ag->dir, r->listen_fd);
	journal_close(r->ag->j);
	/* not all streams: a command may wait in one of them */
	(void)fflush(stdout);
	(void)fflush(stderr);
	_exit(EXIT_YES);
}

int
cmd_run(const struct args *a)
{
	struct runner r = { .listen_fd = -1 };
	struct err e = { "" };

	notify_open();
	rest_begin();
	if (options(a, &r, &e) != 0 || (r.ag = agent_open(a->data, &e)) == NULL)
		return opt_fail(&e);
	if (admit_open(r.ag, opt_get(a, "allow-storage"), &e) == 0 && (r.listen_fd = local_listen(a->data, &e)) >= 0)
		(void)serve(a, &r, &e);
	if (r.listen_fd >= 0)
		local_unlisten(a->data, r.listen_fd);
	agent_close(r.ag);
	return opt_fail(&e);
}
