#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/people/search.h"
#include "base/buf.h"
#include "base/file.h"
#include "bench/world.h"
#include "crypto/sign.h"

/*
 * Finding a person in memory beside its floor: one memmem() for the same words
 * over the same people's rows as text, which is what a search of characters
 * alone would cost at least.  Queries of every kind take turns.
 *
 *     search FILE ROUNDS      FILE: rows of "household member group name relation birth id phone", tabs between
 */

#define FIELDS 8
#define HITS 50

static const char *const queries[] = { "刘", "秀英", "liuxiuying", "liu xiu ying", "lxy", "wgm", "qinxiu", "1234", "123X", "第3组", "韦 第7组", "zhangsan", "?秀", "lv", "451224102201-a1b2-77" };
#define QUERIES (sizeof(queries) / sizeof(queries[0]))

static uint64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void
fill(struct search *s, char *text)
{
	char *line, *cell[FIELDS], *save = NULL;
	size_t i;

	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		for (i = 0; i < FIELDS && line != NULL; i++)
			cell[i] = strsep(&line, "\t");
		if (i < FIELDS || search_add(s, &(struct search_person){ cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7] }) != 0)
			die("a row has less than %d fields, or no memory", FIELDS);
	}
}

static size_t
floor_pass(const struct buf *text, const char *query)
{
	const char *p = buf_str(text), *end = p + text->len, *hit;
	size_t n = 0, len = strlen(query);

	for (; (hit = memmem(p, (size_t)(end - p), query, len)) != NULL; n++)
		p = hit + len;
	return n;
}

static int
by_time(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	struct search_hit hit[HITS];
	struct search *s = search_new();
	struct buf text, copy;
	struct err e = { "" };
	double *floor_ns, *ns, build, worst = 0;
	size_t rounds, i, k, total, n = 0, found = 0;
	uint64_t t[3];

	if (argc < 3 || (rounds = strtoul(argv[2], NULL, 10)) == 0 || s == NULL)
		die("usage: search FILE ROUNDS");
	buf_init(&text, 64U << 20);
	buf_init(&copy, 64U << 20);
	if (file_read(argv[1], &text, &e) != 0 || buf_put(&copy, text.data, text.len) != 0)
		die("%s", e.text);
	(void)buf_str(&copy);
	t[0] = now();
	fill(s, (char *)copy.data);
	build = (double)(now() - t[0]);
	floor_ns = calloc(rounds * QUERIES, sizeof(double));
	ns = calloc(rounds * QUERIES, sizeof(double));
	if (floor_ns == NULL || ns == NULL)
		die("out of memory");
	for (i = 0; i < rounds; i++)
		for (k = 0; k < QUERIES; k++, n++) {
			t[0] = now();
			found += floor_pass(&text, queries[k]);
			t[1] = now();
			if (search_find(s, queries[k], NULL, 0, HITS, hit, &total) < 0)
				die("out of memory");
			t[2] = now();
			floor_ns[n] = (double)(t[1] - t[0]);
			ns[n] = (double)(t[2] - t[1]);
			found += total;
			worst = ns[n] > worst ? ns[n] : worst;
		}
	qsort(floor_ns, n, sizeof(double), by_time);
	qsort(ns, n, sizeof(double), by_time);
	(void)printf("people %zu\nbytes %zu\ntext %zu\nbuild-us %.1f\nfloor-us %.1f\nsearch-us %.1f\nworst-us %.1f\nratio %.2f\nfound %zu\n", search_count(s), search_bytes(s),
	    text.len, build / 1e3, floor_ns[n / 2] / 1e3, ns[n / 2] / 1e3, worst / 1e3, ns[n / 2] / floor_ns[n / 2], found);
	free(floor_ns);
	free(ns);
	buf_free(&text);
	buf_free(&copy);
	search_free(s);
	return 0;
}
