#include "tests/lib/faultmem.h"

#include <libxml/xmlmemory.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The wrapped functions (ld --wrap); cJSON asks ours anyway. */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_sodium_malloc(size_t n);
void *__real_ZSTD_createDCtx(void);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
void *__wrap_sodium_malloc(size_t n);
void *__wrap_ZSTD_createDCtx(void);

static struct {
	int on, forever;
	unsigned long nth, seen, hits;
} armed;

static int
strike(void)
{
	if (!armed.on)
		return 0;
	armed.seen++;
	if (armed.nth == 0 || armed.seen < armed.nth || (armed.seen > armed.nth && !armed.forever))
		return 0;
	armed.hits++;
	return 1;
}

void
faultmem_arm(unsigned long nth, int forever)
{
	armed.on = 1;
	armed.forever = forever;
	armed.nth = nth;
	armed.seen = armed.hits = 0;
}

unsigned long
faultmem_disarm(void)
{
	armed.on = 0;
	return armed.hits;
}

unsigned long
faultmem_seen(void)
{
	return armed.seen;
}

void *
__wrap_malloc(size_t n)
{
	return strike() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return strike() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return strike() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = strike() ? NULL : __real_malloc(len + 1);

	if (p != NULL) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

char *
__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, strlen(s));
}

void *
__wrap_sodium_malloc(size_t n)
{
	return strike() ? NULL : __real_sodium_malloc(n);
}

void *
__wrap_ZSTD_createDCtx(void)
{
	return strike() ? NULL : __real_ZSTD_createDCtx();
}

/* SQLite asks how large a piece is: its length stands in front of it. */
#define HEAD 16

static void *
sql_malloc(int n)
{
	char *p = strike() ? NULL : __real_malloc((size_t)n + HEAD);

	if (p == NULL)
		return NULL;
	memcpy(p, &n, sizeof(n));
	return p + HEAD;
}

static void
sql_free(void *p)
{
	if (p != NULL)
		free((char *)p - HEAD);
}

static int
sql_size(void *p)
{
	int n = 0;

	if (p != NULL)
		memcpy(&n, (char *)p - HEAD, sizeof(n));
	return n;
}

static void *
sql_realloc(void *p, int n)
{
	char *q = strike() ? NULL : __real_realloc((char *)p - HEAD, (size_t)n + HEAD);

	if (q == NULL)
		return NULL;
	memcpy(q, &n, sizeof(n));
	return q + HEAD;
}

static int
sql_roundup(int n)
{
	return (n + 7) & ~7;
}

static int
sql_init(void *ctx)
{
	(void)ctx;
	return SQLITE_OK;
}

static void
sql_shutdown(void *ctx)
{
	(void)ctx;
}

static char *
xml_copy(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = __real_malloc(n);

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}

int
faultmem_install(void)
{
	static const sqlite3_mem_methods methods = {sql_malloc, sql_free, sql_realloc, sql_size, sql_roundup, sql_init, sql_shutdown, NULL};
	/* no pieces set apart beforehand that never fail */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
		return -1;
	/* libxml2 itself does not survive every failure (2.9.14: xmlParseDocument); forms/xml.c asks beforehand */
	return xmlMemSetup(free, __real_malloc, __real_realloc, xml_copy);
}
