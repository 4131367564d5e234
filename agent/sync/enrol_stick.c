#include "agent/sync/enrol_stick.h"

#include <stdio.h>
#include <string.h>

#include "agent/sync/erasure.h"
#include "agent/sync/stick.h"
#include "base/file.h"
#include "evidence/checkpoint.h"
#include "evidence/enrol.h"
#include "sync/client.h"
#include "sync/device.h"

/* What was asked for on sticks: root, nonce; the newest first.  The token's secret is not kept: the request was proved with it. */
#define OUT_KEY "enrol-asked"
#define OUT_KEPT 4
#define OUT_LEN (HASH_LEN + 16)
#define ANSWER_FILE_MAX STICK_MAX

static int
remember(struct agent *ag, const struct enrol_request *r, struct err *e)
{
	struct buf was, now;
	int rc;

	buf_init(&was, (size_t)OUT_KEPT * OUT_LEN);
	buf_init(&now, (size_t)OUT_KEPT * OUT_LEN);
	if ((rc = journal_get(ag->j, OUT_KEY, &was)) < 0)
		(void)err_set(e, "the journal cannot be read");
	else if (buf_put(&now, r->st.root, HASH_LEN) == 0 && buf_put(&now, r->nonce, sizeof(r->nonce)) == 0 &&
	    buf_put(&now, was.data, was.len > (OUT_KEPT - 1) * OUT_LEN ? (OUT_KEPT - 1) * OUT_LEN : was.len) == 0)
		rc = journal_set(ag->j, OUT_KEY, now.data, now.len, e);
	else
		rc = err_set(e, "out of memory");
	buf_free(&was);
	buf_free(&now);
	return rc < 0 ? -1 : 0;
}

/* The statement names the root key: which log that key stands for now, only the answer tells. */
static int
make(struct agent *ag, const struct token *t, struct enrol_request *r, struct buf *out, struct err *e)
{
	struct journal_entry x;
	int rc;

	memset(r, 0, sizeof(*r));
	r->st.by_root = 1;
	memcpy(r->st.root, t->root, HASH_LEN);
	memcpy(r->st.device, ag->device, HASH_LEN);
	r->st.epoch = ag->epoch;
	memcpy(r->st.key, signer_public(ag->s), KEY_LEN);
	(void)strcpy(r->st.place, ag->place);
	random_bytes(r->nonce, sizeof(r->nonce));
	journal_entry_init(&x);
	rc = journal_by_seq(ag->j, ag->epoch, 0, &x);
	memcpy(r->st.genesis, x.hash, HASH_LEN);
	journal_entry_free(&x);
	if (rc != 1)
		return err_set(e, "the journal has no genesis entry");
	return enrol_request_make(out, r, t->secret, ag->s) == 0 ? 0 : err_set(e, "out of memory");
}

static int
request(const struct args *a, struct agent *ag, const char *file)
{
	const char *token = opt_get(a, "token");
	struct enrol_request r;
	struct err e = { "" };
	struct token t;
	struct buf out;
	char to[4096];
	int rc = -1;

	buf_init(&out, ENROL_MAX);
	if (token == NULL)
		(void)err_set(&e, "enrol --request FILE: say --token TOKEN");
	else if (token_parse(&t, token, &e) == 0 && agent_can_sign(ag, &e) == 0 && make(ag, &t, &r, &out, &e) == 0 && remember(ag, &r, &e) == 0 &&
	    (a->npos == 0 || journal_set(ag->j, "enrol-url", a->pos[0], strlen(a->pos[0]), &e) == 0) &&
	    opt_stage(a, file, to, sizeof(to), &e) == 0 && file_create(to, out.data, out.len, 0644, &e) == 0)
		rc = opt_deliver(a, to, file, &e);
	wipe(&t, sizeof(t));
	buf_free(&out);
	if (rc != 0)
		return opt_fail(&e);
	(void)fprintf(a->io->err, "%s: carry it to the county; its 'tally-county bundle read' makes the answer, to be read here with 'enrol --answer'\n", file);
	return EXIT_YES;
}

/* The signed answer ends with its signature line, the first after the only empty line; a bundle down may follow. */
static size_t
answer_length(const char *p, size_t n)
{
	const char *empty = memmem(p, n, "\n\n", 2), *lf;

	if (empty == NULL || (lf = memchr(empty + 2, '\n', n - (size_t)(empty + 2 - p))) == NULL)
		return n;
	return (size_t)(lf + 1 - p);
}

/* Whichever of our requests it answers.  0 and the nonce; 1 with the reason; -1. */
static int
judge(struct agent *ag, struct enrolled *x, const void *p, size_t n, uint8_t nonce[16], struct err *e)
{
	struct err why = { "" };
	struct buf asked;
	size_t at;
	int rc;

	buf_init(&asked, (size_t)OUT_KEPT * OUT_LEN);
	if ((rc = journal_get(ag->j, OUT_KEY, &asked)) <= 0 || asked.len == 0) {
		buf_free(&asked);
		return rc < 0 ? err_set(e, "the journal cannot be read") : err_set(e, "this device asked for no enrolment over a stick: enrol --request comes first") + 2;
	}
	rc = 1;
	for (at = 0; rc == 1 && at + OUT_LEN <= asked.len; at += OUT_LEN) {
		enrolled_free(x);
		enrolled_init(x);
		memcpy(nonce, asked.data + at + HASH_LEN, 16);
		if (enrolled_parse(x, p, n, asked.data + at, nonce, &why) == 0)
			rc = 0;
		else if (at == 0)
			*e = why;
	}
	buf_free(&asked);
	if (rc == 0 && memcmp(x->device, ag->device, HASH_LEN) != 0)
		rc = err_set(e, "it enrols another device") + 2;
	return rc;
}

/* An old answer must not bring old keys back.  0; 1 with the reason. */
static int
is_older(struct agent *ag, const struct enrolled *x, struct err *e)
{
	struct county_keys held, fresh;

	if (device_keys(ag->j, &held, NULL) != 0 || keys_parse(&fresh, x->keys.data, x->keys.len, NULL) != 0 || memcmp(held.root, fresh.root, KEY_LEN) != 0 || fresh.version >= held.version)
		return 0;
	(void)err_set(e, "it is older than the county.keys that this device has now");
	return 1;
}

/* Forms, plans and what else stands behind the answer.  It does not undo the enrolment when it is damaged: the next stick brings it. */
static void
read_rest(const struct args *a, struct agent *ag, const uint8_t nonce[16], const struct enrolled *x, const void *p, size_t n)
{
	struct stick_read got;
	struct county_keys k;
	struct checkpoint cp;
	struct err e = { "" };

	if (n == 0)
		return;
	if (device_keys(ag->j, &k, &e) != 0 || checkpoint_open(&cp, x->note.data, x->note.len, &k.log, &e) != 0 || stick_expect(ag, 0, nonce, cp.size, &e) != 0 ||
	    stick_read(ag, p, n, &got, &e) != 0 || erasure_settle(ag, &e) < 0)
		(void)fprintf(a->io->err, "tally-agent: what stands behind the enrolment cannot be read, a later bundle brings it: %s\n", e.text);
	else
		(void)fprintf(a->io->err, "%llu forms came with it%s\n", (unsigned long long)got.forms, got.damaged ? "; parts of it are damaged, a later bundle brings them" : "");
}

static int
answer(const struct args *a, struct agent *ag, const char *file)
{
	struct enrolled x;
	struct err e = { "" };
	uint8_t nonce[16];
	struct buf b, url;
	size_t used = 0;
	int rc = -1;

	buf_init(&b, ANSWER_FILE_MAX);
	buf_init(&url, 2048);
	enrolled_init(&x);
	if (opt_read(a, file, &b, &e) == 0) {
		used = answer_length(buf_str(&b), b.len);
		if ((rc = judge(ag, &x, b.data, used, nonce, &e)) == 0)
			rc = is_older(ag, &x, &e);
		if (rc == 0 && (a->npos > 0 ? buf_puts(&url, a->pos[0]) != 0 : journal_get(ag->j, "enrol-url", &url) < 0))
			rc = err_set(&e, "the journal cannot be read");
		if (rc == 0 && (rc = device_enrolled(ag->j, &x, buf_str(&url), &e)) == 0)
			rc = journal_set(ag->j, OUT_KEY, "", 0, &e);
	}
	if (rc == 0) {
		buf_reset(&url);
		(void)journal_get(ag->j, "origin", &url);
		(void)fprintf(a->io->err, "enrolled with %s\n", buf_str(&url));
		read_rest(a, ag, nonce, &x, b.data + used, b.len - used);
	} else {
		(void)err_add(&e, "%s did not enrol this device", file);
	}
	enrolled_free(&x);
	buf_free(&b);
	buf_free(&url);
	return rc == 0 ? EXIT_YES : rc > 0 ? opt_refuse(&e) : opt_fail(&e);
}

int
enrol_stick(const struct args *a, struct agent *ag)
{
	const char *to = opt_get(a, "request"), *from = opt_get(a, "answer");
	struct err e;

	if (to != NULL && from != NULL) {
		(void)err_set(&e, "enrol: --request or --answer, one after the other");
		return opt_fail(&e);
	}
	return to != NULL ? request(a, ag, to) : answer(a, ag, from);
}

int
enrol_address(const struct args *a, struct agent *ag)
{
	struct client_options o = { .allow_http = opt_get(a, "allow-http") != NULL };
	struct err e = { "" };
	struct client *c = client_new(a->pos[0], &o, &e);
	int rc = c != NULL ? journal_set(ag->j, "url", a->pos[0], strlen(a->pos[0]), &e) : -1;

	client_free(c);
	if (rc != 0)
		return opt_fail(&e);
	(void)fprintf(a->io->err, "the county is reached at %s from now on\n", a->pos[0]);
	agent_wake();
	return EXIT_YES;
}
