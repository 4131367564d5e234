#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/world.h"
#include "county/report/report.h"
#include "sync/request.h"

/*
 * A report beside its floor: fold_run() and report_make() over all entries of
 * a ledger, against bare SQLite reading the same rows and one parse of each
 * payload.  They take turns.
 *
 *     fold DIR CORPUS ROUNDS
 */

#define ROUNDS_MAX 64

static void
fill(struct world *w, const struct corpus *c)
{
	struct village v;

	for (size_t from = 0, to; from < c->n; from = to) {
		to = corpus_village(c, from);
		village_open(&v, w, c->row[from].place);
		village_record(&v, &c->row[from], to - from);
		if (village_sync(&v, w, REQUEST_MAX, NULL, NULL) != to - from)
			die("%s: not everything was confirmed", v.place);
		village_close(&v);
	}
}

static double
bare(const struct world *w, size_t want)
{
	uint64_t t0 = cpu_ns();
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	cJSON *answers;
	size_t n = 0;

	if (sqlite3_open_v2(strchr(w->url, ':') + 1, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT hash, header, payload, subject FROM entry ORDER BY idx", -1, &st, NULL) != SQLITE_OK)
		die("%s: %s", w->url, sqlite3_errmsg(db));
	for (; sqlite3_step(st) == SQLITE_ROW; n++) {
		answers = cJSON_ParseWithLength(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2));
		cJSON_Delete(answers);
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	if (n < want)
		die("%s: %zu rows of %zu", w->url, n, want);
	return (double)(cpu_ns() - t0);
}

static double
folded(struct world *w, size_t want, int doubles)
{
	const struct fold_params p = { .at = UINT64_MAX, .doubles = doubles };
	struct report r = { 0 };
	struct err e = { "" };
	uint64_t t0, subjects = 0;
	struct fold *f;

	if ((w->c.l = ledger_open(w->url, w->guard, &e)) == NULL)
		die("%s", e.text);
	t0 = cpu_ns();
	f = fold_run(w->c.l, &p, &e);
	if (f == NULL || report_make(&r, f, w->c.l, BY_TOWNSHIP, 1, &e) != 0)
		die("report: %s", e.text);
	for (size_t i = 0; i < r.n; i++)
		subjects += r.row[i].subjects;
	report_free(&r);
	fold_free(f);
	t0 = cpu_ns() - t0;
	if (subjects == 0 || subjects > want)
		die("report: %llu subjects of %zu entries", (unsigned long long)subjects, want);
	ledger_close(w->c.l);
	w->c.l = NULL;
	return (double)t0;
}

int
main(int argc, char **argv)
{
	static double floor[ROUNDS_MAX], cpu[ROUNDS_MAX], doubles[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct corpus c;
	struct world w;
	unsigned rounds;

	if (argc != 4 || (rounds = (unsigned)strtoul(argv[3], NULL, 10)) == 0 || rounds > ROUNDS_MAX)
		die("usage: fold DIR CORPUS ROUNDS");
	corpus_load(&c, argv[2]);
	world_open(&w, argv[1]);
	fill(&w, &c);
	ledger_close(w.c.l);
	w.c.l = NULL;
	for (unsigned k = 0; k < rounds; k++) {
		floor[k] = bare(&w, c.n) / (double)c.n;
		cpu[k] = folded(&w, c.n, 0) / (double)c.n;
		doubles[k] = folded(&w, c.n, 1) / (double)c.n;
		ratio[k] = floor[k] / cpu[k];
	}
	(void)printf("entries %zu\nrounds %u\nfloor-us %.2f\ncpu-us %.2f\ndoubles-us %.2f\nratio %.3f\n", c.n, rounds, median(floor, rounds) / 1e3, median(cpu, rounds) / 1e3, median(doubles, rounds) / 1e3,
	    median(ratio, rounds));
	world_close(&w);
	corpus_free(&c);
	return 0;
}
