#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/world.h"
#include "county/office.h"
#include "evidence/dsse.h"
#include "web/address.h"

/*
 * Devices that wake together: all of them connect at once, each with entries
 * that wait, to a county that runs.  They are real ones, each with its key and
 * its journal, enrolled beforehand in the county's folder.
 *
 *     swarm DIR COUNTY CORPUS DEVICES ENTRIES
 *
 * prints "ready" when they are, reads the county's ADDR:PORT from stdin, prints
 * "asking" when the first connects, and at the end what it took.  A device that is refused or cut off waits as the agent
 * does: full jitter up to 5 s, doubled with each failure, and Retry-After.
 */

#define SWARM_MAX 2000
#define HEAD_MAX 65536
#define ALL_MS 120000.0          /* then it ends, whatever is left */
#define ROUNDS_MAX 8
#define WALL_BACK UINT64_C(43200000)

enum step { STEP_WAIT, STEP_SEND, STEP_READ, STEP_DONE };

struct conn {
	struct village v;
	struct device_request r;
	struct buf out, in;        /* the HTTP request; what came back */
	size_t sent, body;         /* body: where it begins in ${in} */
	enum step step;
	int fd;
	double began, until, took; /* ms */
	unsigned failures;
	uint64_t confirmed;
	int more;
};

static struct { unsigned long opened, refused, broken; } count;

static double
ms(void)
{
	return (double)now_ns() / 1e6;
}

/* The office's ledger and keys, as bench/world.h wants them. */
static int
take_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct world *w = ctx;
	size_t i;

	for (i = 0; i < BENCH_FORMS && w->form[i].id[0] != '\0' && strcmp(w->form[i].id, id) != 0; i++)
		continue;
	if (i == BENCH_FORMS)
		return 0;
	(void)snprintf(w->form[i].id, sizeof(w->form[i].id), "%s", id);
	(void)snprintf(w->form[i].version, sizeof(w->form[i].version), "%s", version);
	memcpy(w->form[i].hash, hash, HASH_LEN);
	w->form[i].index = index;
	buf_init(&w->form[i].xml, DEVICE_FORM_MAX);
	return ledger_form_body(w->c.l, hash, &w->form[i].xml) == 1 ? 0 : -1;
}

static void
open_office(struct office *o, struct world *w, const char *dir, const char *county)
{
	struct err e = {""};

	memset(w, 0, sizeof(*w));
	(void)snprintf(w->dir, sizeof(w->dir), "%s", dir);
	if (office_open(o, county, OFFICE_SIGN, &e) != 0 || (w->keys.officer = office_officer(o, NULL, &e)) == NULL)
		die("%s", e.text);
	w->c = o->c;
	w->now = (uint64_t)clock_wall();
	if (ledger_each_form(w->c.l, take_form, w) != 0)
		die("the forms cannot be read");
}

static void
prepare(struct conn *c, struct world *w, const struct bench_row *row, size_t n)
{
	village_open(&c->v, w, row[0].place);
	c->v.wall = w->now - WALL_BACK;
	if (n > 0)
		village_record(&c->v, row, n);
}

/* The next request of a device, as bytes of HTTP. */
static void
request(struct conn *c, const char *host)
{
	struct err e = {""};

	buf_free(&c->r.bytes);
	if (device_request(&c->r, c->v.j, c->v.s, 16384, &e) != 0)
		die("request: %s", e.text);
	buf_reset(&c->out);
	(void)buf_printf(&c->out,
	    "POST /v1/sync HTTP/1.1\r\nHost: %s\r\nContent-Type: application/vnd.tallystick.request.v1\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", host,
	    c->r.bytes.len);
	if (buf_put(&c->out, c->r.bytes.data, c->r.bytes.len) != 0)
		die("out of memory");
}

static void
open_one(struct conn *c, const struct sockaddr_storage *a)
{
	socklen_t n = a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	count.opened++;
	c->sent = 0;
	buf_reset(&c->in);
	c->step = STEP_SEND;
	if ((c->fd = socket(a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		die("socket: %s", strerror(errno));
	if (connect(c->fd, (const struct sockaddr *)a, n) != 0 && errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
}

static long
header(const struct conn *c, const char *name)
{
	const char *p = strcasestr((const char *)c->in.data, name);

	return p != NULL && p < (const char *)c->in.data + c->body ? strtol(p + strlen(name), NULL, 10) : -1;
}

static void
over(struct conn *c, int good, long later)
{
	uint64_t r, most = 5000;
	unsigned k;

	(void)close(c->fd);
	c->fd = -1;
	if (good && c->took == 0)
		c->took = ms() - c->began;
	c->step = good ? STEP_DONE : STEP_WAIT;
	if (good)
		return;
	for (k = c->failures++; k > 0 && most < 1800000; k--)
		most *= 2;
	random_bytes(&r, sizeof(r));
	c->until = ms() + (double)(r % most) + (later > 0 ? 1000.0 * (double)later : 0);
}

/* Is the whole answer there? */
static void
look(struct conn *c, int ended)
{
	const char *end;
	long len, status;

	if (buf_putc(&c->in, 0) != 0)
		die("an answer is too long");
	c->in.len--;
	if ((end = strstr((const char *)c->in.data, "\r\n\r\n")) != NULL) {
		c->body = (size_t)(end + 4 - (const char *)c->in.data);
		len = header(c, "Content-Length:");
		status = strtol((const char *)c->in.data + sizeof("HTTP/1.1"), NULL, 10);
		if (len >= 0 && c->in.len >= c->body + (size_t)len) {
			if (status == 503 || status == 429)
				count.refused++;
			else if (status != 200)
				die("HTTP %ld: %.300s", status, (const char *)c->in.data + c->body);
			over(c, status == 200, header(c, "Retry-After:"));
			return;
		}
	}
	if (ended) {
		count.broken++;
		over(c, 0, 0);
	}
}

static void
move_bytes(struct conn *c)
{
	uint8_t p[16384];
	ssize_t n;

	if (c->step == STEP_SEND) {
		n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			count.broken++;
			over(c, 0, 0);
		} else if (n > 0 && (c->sent += (size_t)n) == c->out.len) {
			c->step = STEP_READ;
		}
		return;
	}
	n = recv(c->fd, p, sizeof(p), 0);
	if (n > 0 && buf_put(&c->in, p, (size_t)n) != 0)
		die("an answer is too long");
	if (n >= 0 || errno != EAGAIN)
		look(c, n <= 0);
}

/* All that are not done, at once, until they are or time is up. */
static void
storm(struct conn *c, size_t n, const struct sockaddr_storage *a, const char *host, double end)
{
	static struct pollfd p[SWARM_MAX];
	static struct conn *of[SWARM_MAX];
	size_t i, k, left = n;
	double now;

	while (left > 0) {
		if ((now = ms()) > end)
			die("time is up: %zu of %zu devices have no answer (%lu connections, %lu refused, %lu broken off)", left, n, count.opened, count.refused, count.broken);
		for (i = k = left = 0; i < n; i++) {
			left += c[i].step != STEP_DONE;
			if (c[i].step == STEP_WAIT && c[i].until <= now) {
				if (c[i].failures > 0) /* a counter is used once */
					request(&c[i], host);
				open_one(&c[i], a);
			}
			if (c[i].step != STEP_SEND && c[i].step != STEP_READ)
				continue;
			of[k] = &c[i];
			p[k++] = (struct pollfd){.fd = c[i].fd, .events = c[i].step == STEP_SEND ? POLLOUT : POLLIN};
		}
		if (poll(p, k, 10) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		for (i = 0; i < k; i++)
			if (p[i].revents != 0)
				move_bytes(of[i]);
	}
}

/* The answers into the journals.  Devices that are to ask again. */
static size_t
judge(struct conn *c, size_t n)
{
	struct device_outcome *o = calloc(1, sizeof(*o));
	struct err e = {""};
	size_t i, again = 0;
	int verdict;

	for (i = 0; o != NULL && i < n; i++) {
		if (c[i].in.len == 0)
			continue;
		if ((verdict = device_answer(o, c[i].v.j, &c[i].r, c[i].in.data + c[i].body, c[i].in.len - c[i].body, &e)) != DEVICE_OK)
			die("device %zu: the answer's verdict is %d: %s", i, verdict, e.text);
		c[i].confirmed += o->confirmed;
		c[i].more = o->more || c[i].r.unsent_left;
		buf_reset(&c[i].in);
		again += c[i].more != 0;
	}
	free(o);
	return again;
}

/* The floor: what cannot be left out of the same entries. */
struct floor {
	struct buf pae[ROUNDS_MAX * 64], bytes[ROUNDS_MAX * 64];
	struct bench_row row[ROUNDS_MAX * 64];
	uint8_t sig[ROUNDS_MAX * 64][SIG_LEN];
	size_t n;
	sqlite3 *db;
	double verify, each; /* ms in all */
};

static int
keep(void *ctx, const struct journal_entry *x)
{
	struct floor *f = ctx;

	if (x->h.seq == 0 || f->n == ROUNDS_MAX * 64)
		return 0;
	buf_init(&f->pae[f->n], 8192);
	buf_init(&f->bytes[f->n], 1U << 20);
	memcpy(f->sig[f->n], x->sig[0].sig, SIG_LEN);
	(void)buf_put(&f->bytes[f->n], x->header.data, x->header.len);
	(void)buf_put(&f->bytes[f->n], x->payload.data, x->payload.len);
	(void)buf_put(&f->bytes[f->n], x->personal.data, x->personal.len);
	return dsse_pae(&f->pae[f->n++], DSSE_ENTRY, x->header.data, x->header.len);
}

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die("the floor's database: %s", sqlite3_errmsg(db));
}

static void
floor_one(struct floor *f, const struct conn *c)
{
	sqlite3_stmt *st = NULL;
	double t0, t1;
	size_t i;

	f->n = 0;
	if (journal_each(c->v.j, keep, f) != 0)
		die("the journal cannot be read");
	t0 = ms();
	for (i = 0; i < f->n; i++)
		floor_entry(signer_public(c->v.s), f->sig[i], f->pae[i].data, f->pae[i].len, f->bytes[i].data, f->bytes[i].len, NULL, 0);
	t1 = ms();
	sql(f->db, "BEGIN IMMEDIATE");
	if (sqlite3_prepare_v2(f->db, "INSERT INTO row (bytes) VALUES (?1)", -1, &st, NULL) != SQLITE_OK)
		die("the floor's database: %s", sqlite3_errmsg(f->db));
	for (i = 0; i < f->n; i++) {
		(void)sqlite3_bind_blob(st, 1, f->bytes[i].data, (int)f->bytes[i].len, SQLITE_STATIC);
		if (sqlite3_step(st) != SQLITE_DONE || sqlite3_reset(st) != SQLITE_OK)
			die("the floor's database: %s", sqlite3_errmsg(f->db));
	}
	(void)sqlite3_finalize(st);
	sql(f->db, "COMMIT");
	f->verify += t1 - t0;
	f->each += ms() - t1;
	for (i = 0; i < f->n; i++) {
		buf_free(&f->pae[i]);
		buf_free(&f->bytes[i]);
	}
}

static void
measure_floor(const struct conn *c, size_t n, const char *dir)
{
	struct floor *f = calloc(1, sizeof(*f));
	char uri[600];
	size_t i;

	(void)snprintf(uri, sizeof(uri), "file:%s/floor.db?psow=0", dir);
	if (f == NULL || sqlite3_open_v2(uri, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
		die("the floor's database cannot be made");
	sql(f->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);");
	for (i = 0; i < n; i++)
		floor_one(f, &c[i]);
	(void)printf("floor-verify-ms %.1f\nfloor-commit-ms %.1f\n", f->verify, f->each);
	(void)sqlite3_close(f->db);
	free(f);
}

static void
report(const struct conn *c, size_t n, double all, unsigned rounds)
{
	static double took[SWARM_MAX];
	uint64_t confirmed = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		took[i] = c[i].took;
		confirmed += c[i].confirmed;
	}
	(void)median(took, n); /* sorts */
	(void)printf("devices %zu\nconfirmed %llu\np50-ms %.1f\np99-ms %.1f\nmax-ms %.1f\nall-ms %.1f\nrounds %u\nconnections %lu\nrefused %lu\nbroken %lu\n", n,
	    (unsigned long long)confirmed, took[n / 2], took[(n * 99 + 99) / 100 - 1], took[n - 1], all, rounds, count.opened, count.refused, count.broken);
}

/* Rounds of requests until no device has anything to ask; the first is measured. */
static void
run(struct conn *c, size_t n, const struct sockaddr_storage *a, const char *host)
{
	double began, all = 0;
	unsigned rounds = 0;
	size_t i;

	for (i = 0; i < n; i++)
		request(&c[i], host);
	(void)printf("asking\n");
	(void)fflush(stdout);
	began = ms();
	for (i = 0; i < n; i++) {
		c[i].began = began;
		c[i].step = STEP_WAIT;
	}
	for (;;) {
		storm(c, n, a, host, began + ALL_MS);
		all = all > 0 ? all : ms() - began;
		if (judge(c, n) == 0 || ++rounds == ROUNDS_MAX)
			break;
		for (i = 0; i < n; i++)
			if (c[i].more) {
				request(&c[i], host);
				c[i].failures = 0;
				c[i].until = 0;
				c[i].step = STEP_WAIT;
			}
	}
	report(c, n, all, rounds + 1);
}

static void
many_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
main(int argc, char **argv)
{
	static struct sockaddr_storage a;
	struct err e = {""};
	char host[128] = "";
	struct corpus rows;
	struct office o;
	struct conn *c;
	struct world w;
	size_t n, each, i;

	if (argc != 6 || (n = strtoul(argv[4], NULL, 10)) == 0 || n > SWARM_MAX || (each = strtoul(argv[5], NULL, 10)) == 0 || each > 64)
		die("usage: swarm DIR COUNTY CORPUS DEVICES ENTRIES");
	if (crypto_init(&e) != 0)
		die("%s", e.text);
	many_files();
	corpus_load(&rows, argv[3]);
	open_office(&o, &w, argv[1], argv[2]);
	if ((c = calloc(n, sizeof(*c))) == NULL)
		die("out of memory");
	for (i = 0; i < n; i++) {
		size_t from = i * each % (rows.n / each * each), most = corpus_village(&rows, from);

		prepare(&c[i], &w, &rows.row[from], from + each < most ? each : most - from);
		buf_init(&c[i].r.bytes, 0);
		buf_init(&c[i].out, 1U << 20);
		buf_init(&c[i].in, ANSWER_MAX + HEAD_MAX);
	}
	measure_floor(c, n, argv[1]);
	signer_free(w.keys.officer);
	office_close(&o);
	(void)printf("ready\n");
	(void)fflush(stdout);
	if (fgets(host, sizeof(host), stdin) == NULL)
		die("no address");
	host[strcspn(host, "\n")] = '\0';
	if (address_parse(&a, host, &e) != 0)
		die("%s", e.text);
	run(c, n, &a, host);
	for (i = 0; i < n; i++)
		village_close(&c[i].v);
	return 0;
}
