#include "agent/record/formcache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lapse.h"

/* A form that several may use at once. */
struct shared {
	struct shared *next;
	struct form *f;
	size_t bytes;             /* of its XML */
	unsigned users;
	int kept;                 /* may be found; else it goes with its last user */
	int64_t used;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared *all;

/* Take out what nobody uses and nobody may find.  With the lock held. */
static void
sweep(void)
{
	struct shared **at = &all, *x;

	while ((x = *at) != NULL) {
		if (x->kept || x->users > 0) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		form_free(x->f);
		free(x);
	}
}

/* The oldest go until the others are within bounds. */
static void
trim(void)
{
	struct shared *x, *oldest;
	size_t n, bytes;

	for (;;) {
		n = bytes = 0;
		oldest = NULL;
		for (x = all; x != NULL; x = x->next) {
			if (!x->kept)
				continue;
			n++;
			bytes += x->bytes;
			if (oldest == NULL || x->used <= oldest->used)
				oldest = x;
		}
		if (n <= FORMCACHE_COUNT && bytes <= FORMCACHE_BYTES)
			break;
		oldest->kept = 0;
	}
	sweep();
}

static struct shared *
named(const uint8_t hash[HASH_LEN])
{
	struct shared *x;

	for (x = all; x != NULL; x = x->next)
		if (x->kept && memcmp(x->f->hash, hash, HASH_LEN) == 0)
			return x;
	return NULL;
}

const struct form *
formcache_find(const uint8_t hash[HASH_LEN])
{
	struct shared *x;

	(void)pthread_mutex_lock(&lock);
	if ((x = named(hash)) != NULL) {
		x->users++;
		x->used = clock_mono();
	}
	(void)pthread_mutex_unlock(&lock);
	return x != NULL ? x->f : NULL;
}

/* Only what was published under that hash may be found by it.  Without memory the form is its caller's alone. */
static void
keep(struct form *f, const void *xml, size_t n)
{
	struct shared *x;
	uint8_t sum[HASH_LEN];

	if (n < FORMCACHE_LEAST)
		return;
	sha256(sum, xml, n);
	if (memcmp(sum, f->hash, HASH_LEN) != 0 || (x = lapsed(calloc(1, sizeof(*x)))) == NULL)
		return;
	x->f = f;
	x->bytes = n;
	x->users = 1;
	x->used = clock_mono();
	(void)pthread_mutex_lock(&lock);
	x->kept = named(f->hash) == NULL; /* two threads may have read it at once */
	x->next = all;
	all = x;
	trim();
	(void)pthread_mutex_unlock(&lock);
}

const struct form *
formcache_form(const uint8_t hash[HASH_LEN], const void *xml, size_t n, struct err *e)
{
	const struct form *there = formcache_find(hash);
	struct form *f;

	if (there != NULL || (f = form_parse(xml, n, e)) == NULL)
		return there;
	memcpy(f->hash, hash, HASH_LEN);
	keep(f, xml, n);
	return f;
}

void
formcache_drop(const struct form *f)
{
	struct shared *x;

	if (f == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	for (x = all; x != NULL && x->f != f; x = x->next)
		;
	if (x != NULL) {
		x->users--;
		x->used = clock_mono();
		sweep();
	}
	(void)pthread_mutex_unlock(&lock);
	if (x == NULL)
		form_free((struct form *)(uintptr_t)f); /* its caller's alone, and const only to the caller */
}

void
formcache_rest(int64_t ms)
{
	struct shared *x;
	int64_t now = clock_mono();

	(void)pthread_mutex_lock(&lock);
	for (x = all; x != NULL; x = x->next)
		if (x->users == 0 && now - x->used >= ms)
			x->kept = 0;
	sweep();
	(void)pthread_mutex_unlock(&lock);
}

size_t
formcache_kept(void)
{
	struct shared *x;
	size_t n = 0;

	(void)pthread_mutex_lock(&lock);
	for (x = all; x != NULL; x = x->next)
		n += x->kept != 0;
	(void)pthread_mutex_unlock(&lock);
	return n;
}
