#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bench/world.h"
#include "evidence/dsse.h"
#include "sync/request.h"

/*
 * Ingest beside its floor: county_sync() over requests prepared beforehand, a
 * village each, against libsodium's verification and SHA-256 of the same
 * entries.  Floor and measured take turns, request by request; each round
 * starts from a copy of the same ledger.
 *
 *     ingest DIR CORPUS ROUNDS [measured]
 *
 * With the last word the floor does not run, for profiles.
 */

#define ROUNDS_MAX 64
#define FILE_CAP (256U << 20)

struct job {
	struct buf request;
	struct proof_of { struct buf pae; const struct bench_row *row; uint8_t sig[SIG_LEN]; } *entry;
	size_t n;
	uint8_t key[KEY_LEN];
};

/* What the floor needs of one entry. */
static int
keep(void *ctx, const struct journal_entry *x)
{
	struct job *job = ctx;
	struct proof_of *p;

	if (x->h.seq == 0)
		return 0;
	p = &job->entry[x->h.seq - 1];
	buf_init(&p->pae, 8192);
	memcpy(p->sig, x->sig[0].sig, SIG_LEN);
	return dsse_pae(&p->pae, DSSE_ENTRY, x->header.data, x->header.len);
}

static void
prepare(struct job *job, struct world *w, const struct bench_row *row, size_t n)
{
	struct device_request r;
	struct village v;
	struct err e = {""};
	size_t i;

	village_open(&v, w, row[0].place);
	village_record(&v, row, n);
	if (device_request(&r, v.j, v.s, REQUEST_MAX, &e) != 0 || r.entries != n)
		die("%s: request: %s", v.place, e.text);
	job->request = r.bytes;
	job->n = n;
	memcpy(job->key, signer_public(v.s), KEY_LEN);
	if ((job->entry = calloc(n, sizeof(*job->entry))) == NULL || journal_each(v.j, keep, job) != 0)
		die("%s: the journal cannot be read", v.place);
	for (i = 0; i < n; i++)
		job->entry[i].row = &row[i];
	village_close(&v);
}

static void
copy(const char *from, const char *to)
{
	struct err e = {""};
	struct buf b;

	buf_init(&b, FILE_CAP);
	if (file_exists(from) && (file_read(from, &b, &e) != 0 || file_write(to, b.data, b.len, 0600, &e) != 0))
		die("%s", e.text);
	buf_free(&b);
}

/* A copy of the ledger as it was before any of the requests. */
static void
fresh(struct world *w, unsigned round)
{
	char from[600], to[700];
	struct err e = {""};

	(void)snprintf(to, sizeof(to), "%s/county/ledger-%u.db", w->dir, round);
	(void)snprintf(from, sizeof(from), "%s/county/ledger.db", w->dir);
	copy(from, to);
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s", to);
	(void)snprintf(to, sizeof(to), "%s/county/guard-%u", w->dir, round);
	copy(w->guard, to);
	if ((w->c.l = ledger_open(w->url, to, &e)) == NULL)
		die("%s", e.text);
}

struct cost { double floor, cpu, wall; };

static void
one(struct world *w, const struct job *job, int with_floor, struct cost *c)
{
	struct county_stats st;
	struct err e = {""};
	struct buf answer;
	uint64_t t0 = cpu_ns(), t1, w1;
	size_t i;

	for (i = 0; with_floor && i < job->n; i++) {
		const struct proof_of *p = &job->entry[i];

		floor_entry(job->key, p->sig, p->pae.data, p->pae.len, p->row->payload, p->row->payload_len, p->row->personal, p->row->personal_len);
	}
	t1 = cpu_ns();
	w1 = now_ns();
	buf_init(&answer, ANSWER_MAX);
	if (county_sync(&w->c, job->request.data, job->request.len, w->now, &answer, &st, &e) != 0 || st.entries != job->n)
		die("county_sync: %s (%llu of %zu entries)", e.text, (unsigned long long)st.entries, job->n);
	c->floor += (double)(t1 - t0);
	c->cpu += (double)(cpu_ns() - t1);
	c->wall += (double)(now_ns() - w1);
	buf_free(&answer);
}

static void
measure(struct world *w, const struct job *job, size_t jobs, unsigned rounds, int with_floor)
{
	static double floor[ROUNDS_MAX], cpu[ROUNDS_MAX], wall[ROUNDS_MAX], ratio[ROUNDS_MAX];
	size_t i, entries = 0;
	unsigned k;

	for (i = 0; i < jobs; i++)
		entries += job[i].n;
	for (k = 0; k < rounds; k++) {
		struct cost c = {0, 0, 0};

		fresh(w, k);
		for (i = 0; i < jobs; i++)
			one(w, &job[i], with_floor, &c);
		ledger_close(w->c.l);
		w->c.l = NULL;
		floor[k] = c.floor / (double)entries;
		cpu[k] = c.cpu / (double)entries;
		wall[k] = c.wall / (double)entries;
		ratio[k] = c.floor / c.cpu;
	}
	(void)printf("entries %zu\nrequests %zu\nrounds %u\nfloor-us %.1f\ncpu-us %.1f\nwall-us %.1f\nratio %.3f\n", entries, jobs, rounds,
	    median(floor, rounds) / 1e3, median(cpu, rounds) / 1e3, median(wall, rounds) / 1e3, median(ratio, rounds));
}

int
main(int argc, char **argv)
{
	struct corpus c;
	struct world w;
	struct job *job;
	size_t jobs = 0, from, to, i;
	unsigned rounds;

	if (argc < 4 || (rounds = (unsigned)strtoul(argv[3], NULL, 10)) == 0 || rounds > ROUNDS_MAX)
		die("usage: ingest DIR CORPUS ROUNDS [measured]");
	corpus_load(&c, argv[2]);
	world_open(&w, argv[1]);
	if ((job = calloc(c.n, sizeof(*job))) == NULL)
		die("out of memory");
	for (from = 0; from < c.n; from = to) {
		to = corpus_village(&c, from);
		prepare(&job[jobs++], &w, &c.row[from], to - from);
	}
	ledger_close(w.c.l);
	measure(&w, job, jobs, rounds, argc == 4);
	while (jobs-- > 0) {
		for (i = 0; i < job[jobs].n; i++)
			buf_free(&job[jobs].entry[i].pae);
		free(job[jobs].entry);
		buf_free(&job[jobs].request);
	}
	free(job);
	world_close(&w);
	corpus_free(&c);
	return 0;
}
