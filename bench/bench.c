#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "bench/world.h"

/* The corpus, clocks, and the floor of an entry. */

#define CORPUS_MAX (64U << 20)

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* The next field of a line; ends it with NUL. */
static char *
field(char **p, const char *ends)
{
	char *s = *p, *end = s + strcspn(s, ends);

	if (*end == '\0')
		die("the corpus is cut");
	*end = '\0';
	*p = end + 1;
	return s;
}

static void
take(char *out, size_t size, const char *s)
{
	if (snprintf(out, size, "%s", s) >= (int)size)
		die("%s: too long", s);
}

void
corpus_load(struct corpus *c, const char *path)
{
	struct err e = {""};
	struct bench_row *r;
	struct buf b;
	char *p;
	size_t lines = 0;

	buf_init(&b, CORPUS_MAX);
	if (file_read(path, &b, &e) != 0 || (c->text = (char *)buf_take(&b)) == NULL)
		die("%s", e.text);
	for (p = c->text; *p != '\0'; p++)
		lines += *p == '\n';
	if ((c->row = calloc(lines + 1, sizeof(*c->row))) == NULL)
		die("out of memory");
	for (c->n = 0, p = c->text; *p != '\0'; c->n++) {
		r = &c->row[c->n];
		take(r->place, sizeof(r->place), field(&p, "\t"));
		take(r->form, sizeof(r->form), field(&p, "\t"));
		take(r->subject, sizeof(r->subject), field(&p, "\t"));
		r->payload = field(&p, "\t");
		r->payload_len = strlen(r->payload);
		r->personal = field(&p, "\n");
		r->personal_len = strlen(r->personal);
	}
	if (c->n == 0)
		die("%s: empty", path);
}

void
corpus_free(struct corpus *c)
{
	free(c->text);
	free(c->row);
}

size_t
corpus_village(const struct corpus *c, size_t from)
{
	size_t i;

	for (i = from; i < c->n && strcmp(c->row[i].place, c->row[from].place) == 0; i++)
		continue;
	return i;
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t
now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t
cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int
by_value(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void
floor_entry(const uint8_t key[KEY_LEN], const uint8_t sig[SIG_LEN], const void *signed_bytes, size_t n, const void *payload, size_t pn,
    const void *personal, size_t qn)
{
	static uint8_t out[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state st;

	if (crypto_sign_verify_detached(sig, signed_bytes, n, key) != 0)
		die("the floor's own verification failed");
	(void)crypto_hash_sha256_init(&st);
	(void)crypto_hash_sha256_update(&st, signed_bytes, n);
	(void)crypto_hash_sha256_update(&st, payload, pn);
	(void)crypto_hash_sha256_update(&st, personal, qn);
	(void)crypto_hash_sha256_final(&st, out);
}
