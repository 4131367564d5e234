#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/record/admit.h"
#include "agent/agent.h"
#include "agent/sync/enrol_stick.h"
#include "agent/sync/exchange.h"
#include "agent/show.h"
#include "base/clock.h"
#include "base/enc.h"
#include "evidence/enrol.h"
#include "sync/device.h"

static int64_t
elapsed_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };

	agent_unlock();
	(void)nanosleep(&t, NULL);
	agent_lock();
}

/* Until nothing is left, or time is up.  A person waits for this: short pauses, doubling to 8 s at most. */
static int
sync_until(struct exchange *x, struct totals *t, int64_t deadline, struct err *e)
{
	unsigned failures = 0;
	int64_t wait, left;
	int rc;

	for (;;) {
		rc = exchange_once(x, t, e);
		if (rc == 0 || rc == -2)
			return rc;
		failures = rc < 0 ? failures + 1 : 0;
		if ((left = deadline - elapsed_ms()) <= 0)
			return rc < 0 ? rc : -1;
		if (rc < 0 && exchange_retry_after(x) > left)
			return rc;
		wait = failures == 0 ? 0 : exchange_retry_after(x) + exchange_wait(1) * (INT64_C(1) << (failures < 6 ? failures : 6)) / 40;
		if (wait > 0)
			pause_ms(wait < left ? wait : left);
	}
}

static int
report(const struct args *a, struct agent *ag, const struct totals *t, int rc, const struct err *e)
{
	struct journal_counts c = { 0 };
	cJSON *o;

	if (journal_count(ag->j, &c) != 0) {
		(void)fprintf(a->io->err, "tally-agent: the journal cannot be read%s%s\n", rc != 0 ? ": " : "", rc != 0 ? e->text : "");
		return EXIT_USAGE;
	}
	if (a->json) {
		o = cJSON_CreateObject();
		(void)cJSON_AddNumberToObject(o, "sent", (double)t->sent);
		(void)cJSON_AddNumberToObject(o, "confirmed", (double)t->confirmed);
		(void)cJSON_AddNumberToObject(o, "waiting", (double)c.waiting);
		(void)cJSON_AddNumberToObject(o, "bytes_up", (double)t->bytes_up);
		(void)cJSON_AddNumberToObject(o, "bytes_down", (double)t->bytes_down);
		(void)cJSON_AddNumberToObject(o, "requests", (double)t->requests);
		show_json(a->io->out, o);
	} else {
		(void)fprintf(a->io->out, "confirmed now %llu, still waiting %llu (requests %llu, %llu bytes up, %llu down)\n", (unsigned long long)t->confirmed,
		    (unsigned long long)c.waiting, (unsigned long long)t->requests, (unsigned long long)t->bytes_up, (unsigned long long)t->bytes_down);
	}
	if (rc != 0)
		(void)fprintf(a->io->err, "tally-agent: %s\n", e->text);
	return rc == 0 && c.waiting == 0 && c.attachments_waiting == 0 ? EXIT_YES : EXIT_NO;
}

static int
sync_all(const struct args *a, struct agent *ag)
{
	struct err e = { "" };
	struct totals t = { 0 };
	struct exchange *x;
	const char *timeout = opt_get(a, "timeout");
	uint64_t seconds = 120;
	int rc, status;

	if (timeout != NULL && (dec_u64(&seconds, timeout, strlen(timeout)) != 0 || seconds > 86400)) {
		(void)err_set(&e, "--timeout %s: not a number of seconds up to 86400", timeout);
		return opt_fail(&e);
	}
	if ((x = exchange_open(ag, opt_get(a, "allow-http") != NULL, &e)) == NULL)
		return opt_fail(&e);
	rc = sync_until(x, &t, elapsed_ms() + (int64_t)seconds * 1000, &e);
	status = report(a, ag, &t, rc, &e);
	exchange_close(x);
	return status;
}

int
cmd_sync(const struct args *a)
{
	return agent_with(a, sync_all);
}

/* county.keys, fetched before anything can be pinned: it proves itself against the token's root. */
static int
fetch_keys(struct client *c, const struct token *t, struct county_keys *k, struct err *e)
{
	struct client_result r;
	struct buf b;
	uint8_t root[HASH_LEN];
	int rc;

	buf_init(&b, KEYS_MAX);
	rc = client_call(c, "GET", "/v1/keys", NULL, NULL, 0, &b, &r, e);
	if (rc == 0 && (r.status != 200 || keys_parse(k, b.data, b.len, e) != 0))
		rc = err_add(e, "what answered (HTTP %ld) is no county", r.status);
	if (rc == 0) {
		keys_root_hash(k, root);
		if (memcmp(root, t->root, HASH_LEN) != 0)
			rc = err_set(e, "county %s: its root key is not the one the token names; this is another county, or somebody in between", k->log.name);
	}
	buf_free(&b);
	return rc;
}

static int
make_statement(struct agent *ag, const struct county_keys *k, struct enrol_request *r, struct err *e)
{
	struct journal_entry x;
	int rc;

	memset(r, 0, sizeof(*r));
	memcpy(r->st.log, k->log_id, HASH_LEN);
	memcpy(r->st.device, ag->device, HASH_LEN);
	r->st.epoch = ag->epoch;
	memcpy(r->st.key, signer_public(ag->s), KEY_LEN);
	(void)strcpy(r->st.place, ag->place);
	random_bytes(r->nonce, sizeof(r->nonce));
	journal_entry_init(&x);
	rc = journal_by_seq(ag->j, ag->epoch, 0, &x);
	memcpy(r->st.genesis, x.hash, HASH_LEN);
	journal_entry_free(&x);
	return rc == 1 ? 0 : err_set(e, "the journal has no genesis entry");
}

/* Send the request, judge the answer, keep it. */
static int
ask(struct agent *ag, const char *url, const struct client_options *o, const struct token *t, const struct county_keys *k, struct err *e)
{
	struct client_options pinned = *o;
	struct enrol_request r;
	struct enrolled a;
	struct client_result http;
	struct client *c = NULL;
	struct buf body, out;
	int rc = -1;

	buf_init(&body, ENROL_MAX);
	buf_init(&out, ENROLLED_MAX);
	enrolled_init(&a);
	pinned.npins = k->ntls;
	pinned.pin = (const uint8_t(*)[HASH_LEN])k->tls;
	if (make_statement(ag, k, &r, e) != 0 || enrol_request_make(&body, &r, t->secret, ag->s) != 0 || (c = client_new(url, &pinned, e)) == NULL)
		goto out;
	if (client_call(c, "POST", "/v1/enrol", "application/vnd.tallystick.enrol.v1", body.data, body.len, &out, &http, e) != 0)
		goto out;
	if (http.status == 403)
		rc = 1, (void)err_set(e, "the county says: %.*s", (int)strcspn(buf_str(&out), "\r\n") < 300 ? (int)strcspn(buf_str(&out), "\r\n") : 300, buf_str(&out));
	else if (enrolled_parse(&a, out.data, out.len, t->root, r.nonce, e) != 0)
		(void)err_add(e, "what answered (HTTP %ld) did not enrol this device", http.status);
	else
		rc = device_enrolled(ag->j, &a, url, e);
out:
	client_free(c);
	enrolled_free(&a);
	buf_free(&body);
	buf_free(&out);
	return rc;
}

static int
enrol(const struct args *a, struct agent *ag)
{
	struct client_options o = { .allow_http = opt_get(a, "allow-http") != NULL, .timeout = 120 };
	struct err e = { "" };
	struct county_keys k;
	struct totals totals = { 0 };
	struct exchange *x;
	struct client *c;
	struct token t;
	struct buf log;
	int rc;

	if (opt_get(a, "request") != NULL || opt_get(a, "answer") != NULL)
		return enrol_stick(a, ag);
	if (a->npos == 1 && opt_get(a, "token") == NULL && device_keys(ag->j, &k, &e) == 0)
		return enrol_address(a, ag);
	if (a->npos != 1 || opt_get(a, "token") == NULL) {
		(void)err_set(&e, "enrol: say URL and --token TOKEN");
		return opt_fail(&e);
	}
	if (token_parse(&t, opt_get(a, "token"), &e) != 0 || (c = client_new(a->pos[0], &o, &e)) == NULL)
		return opt_fail(&e);
	rc = fetch_keys(c, &t, &k, &e);
	client_free(c);
	if (rc == 0)
		rc = ask(ag, a->pos[0], &o, &t, &k, &e);
	wipe(&t, sizeof(t));
	if (rc != 0)
		return rc == 1 ? opt_refuse(&e) : opt_fail(&e);
	(void)fprintf(a->io->err, "enrolled with %s (%s)\n", k.log.name, k.name);
	/* a first sync brings the forms; enrolment stands without it */
	buf_init(&log, 1);
	if ((x = exchange_open(ag, o.allow_http, &e)) != NULL && sync_until(x, &totals, elapsed_ms() + 20000, &e) != 0)
		(void)fprintf(a->io->err, "tally-agent: the first sync is still to be done: %s\n", e.text);
	exchange_close(x);
	buf_free(&log);
	return EXIT_YES;
}

int
cmd_enrol(const struct args *a)
{
	return agent_with(a, enrol);
}

#define BACKUP_MAX ((size_t)2 << 30) /* bytes of a backup */

/* init --from FILE: the device that a backup was made of, with a new epoch. */
static int
restore(const struct args *a, const char *from)
{
	struct err e = { "" };
	struct agent *ag = NULL;
	struct buf b;
	int rc;

	buf_init(&b, BACKUP_MAX);
	if ((rc = opt_read(a, from, &b, &e)) == 0 && (rc = agent_restore(a->data, b.data, b.len, &e)) == 0 && (ag = agent_open(a->data, &e)) == NULL)
		rc = -1;
	buf_free(&b);
	if (rc != 0)
		return rc == 1 ? opt_refuse(&e) : opt_fail(&e);
	(void)fprintf(a->io->err, "the device of place %s was restored in %s with new epoch %u; enrol it again with a token of 'device invite --for' its number\n", ag->place, a->data, ag->epoch);
	agent_close(ag);
	return EXIT_YES;
}

int
cmd_init(const struct args *a)
{
	struct err e = { "" };
	const char *place = opt_get(a, "place"), *name = opt_get(a, "name"), *allowed = opt_get(a, "allow-storage");
	struct agent *ag = NULL;
	int rc;

	if (opt_get(a, "from") != NULL) {
		if (place == NULL && name == NULL)
			return admit_new(a->data, allowed, &e) != 0 ? opt_fail(&e) : restore(a, opt_get(a, "from"));
		(void)err_set(&e, "init --from FILE: place and name are the backup's");
		return opt_fail(&e);
	}
	if (place == NULL || !field_place((struct field){ place, strlen(place) })) {
		(void)err_set(&e, place ? "place %s: not 2, 4, 6, 9 or 12 digits" : "init: say --place CODE", place);
		return opt_fail(&e);
	}
	if (admit_new(a->data, allowed, &e) != 0)
		return opt_fail(&e);
	if ((rc = agent_init(a->data, place, name ? name : "", &e)) != 0)
		return rc == 1 ? opt_refuse(&e) : opt_fail(&e);
	if (allowed != NULL && ((ag = agent_open(a->data, &e)) == NULL || admit_open(ag, allowed, &e) != 0))
		return opt_fail(&e);
	agent_close(ag);
	(void)fprintf(a->io->err, "an agent for place %s was made in %s\n", place, a->data);
	return EXIT_YES;
}
