#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/world.h"
#include "sync/frame.h"
#include "sync/request.h"

/*
 * Bytes an entry on the way: real requests of a village that syncs every BATCH
 * entries, taken apart, and the answers to them.
 *
 *     bytes DIR CORPUS BATCH
 */

struct sums {
	double requests, frames, entries;
	double head, frame_head, public, personal, signatures; /* as sent */
	double payload, personal_plain;                        /* before compression and sealing */
	double up, down;
};

static void
add_frame(struct sums *s, const uint8_t *p, size_t n)
{
	size_t part[4];

	if (frame_parts(p, n, part) != 0)
		die("a frame that is none");
	s->frames++;
	s->frame_head += (double)part[0];
	s->public += (double)part[1];
	s->personal += (double)part[2];
	s->signatures += (double)part[3];
}

static void
add_request(struct sums *s, const struct buf *b)
{
	struct request r;
	struct err e = {""};
	const uint8_t *p;
	int64_t len;
	size_t used, n;

	if (request_parse(&r, &used, b->data, b->len, &e) != 0)
		die("%s", e.text);
	s->requests++;
	s->head += (double)used;
	for (p = b->data + used, n = b->len - used; (len = frame_length(p, n)) > 0; p += len, n -= (size_t)len)
		add_frame(s, p, (size_t)len);
	if (n != 0)
		die("a request with a frame that is none");
}

/* One sync of what waits, seen from outside. */
static void
one(struct sums *s, struct world *w, struct village *v, const struct bench_row *row, size_t n)
{
	struct device_outcome *o = calloc(1, sizeof(*o));
	struct device_request r;
	struct county_stats st;
	struct err e = {""};
	struct buf answer;
	size_t i;

	village_record(v, row, n);
	w->now = v->wall;
	buf_init(&answer, ANSWER_MAX);
	if (o == NULL || device_request(&r, v->j, v->s, REQUEST_MAX, &e) != 0 || county_sync(&w->c, r.bytes.data, r.bytes.len, w->now, &answer, &st, &e) != 0 ||
	    device_answer(o, v->j, &r, answer.data, answer.len, &e) != DEVICE_OK || o->confirmed != n)
		die("sync: %s", e.text);
	add_request(s, &r.bytes);
	for (i = 0; i < n; i++) {
		s->payload += (double)row[i].payload_len;
		s->personal_plain += (double)row[i].personal_len;
	}
	s->entries += (double)n;
	s->up += (double)r.bytes.len;
	s->down += (double)answer.len;
	buf_free(&r.bytes);
	buf_free(&answer);
	free(o);
}

static void
print(const struct sums *s)
{
	const struct { const char *name; double v; } line[] = {
	    {"payload", s->payload}, {"personal-plain", s->personal_plain}, {"head", s->head},
	    {"frame-head", s->frame_head}, {"public", s->public}, {"personal", s->personal}, {"signatures", s->signatures}, {"up", s->up}, {"down", s->down},
	};
	size_t i;

	(void)printf("entries %.0f\nrequests %.0f\nframes %.0f\n", s->entries, s->requests, s->frames);
	for (i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		(void)printf("%s %.1f\n", line[i].name, line[i].v / s->entries);
	(void)printf("sync-up %.0f\nsync-down %.0f\n", s->up / s->requests, s->down / s->requests);
}

int
main(int argc, char **argv)
{
	struct sums s;
	struct village v;
	struct corpus c;
	struct world w;
	size_t batch, from, to, i;

	if (argc != 4 || (batch = strtoul(argv[3], NULL, 10)) == 0)
		die("usage: bytes DIR CORPUS BATCH");
	memset(&s, 0, sizeof(s));
	corpus_load(&c, argv[2]);
	world_open(&w, argv[1]);
	for (from = 0; from < c.n; from = to) {
		to = corpus_village(&c, from);
		village_open(&v, &w, c.row[from].place);
		for (i = from; i + batch <= to; i += batch)
			one(&s, &w, &v, &c.row[i], batch);
		village_close(&v);
	}
	print(&s);
	world_close(&w);
	corpus_free(&c);
	return 0;
}
