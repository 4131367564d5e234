#include "web/http_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "base/enc.h"

#define LATER_S 10U         /* who is sent away stays away for so long, ... */
#define LATER_SPREAD_S 61U  /* ... and up to a minute more */

void
parts_response_init(struct http_response *res)
{
	memset(res, 0, sizeof(*res));
	buf_init(&res->body, HTTP_RESPONSE_MAX);
	buf_init(&res->headers, HTTP_HEADERS_MAX);
}

void
parts_response_free(struct http_response *res)
{
	buf_free(&res->body);
	buf_free(&res->headers);
}

void
http_error(struct http_response *res, unsigned status, const char *text)
{
	res->status = status;
	res->type = "text/plain; charset=utf-8";
	res->disposition = NULL;
	res->cache = NULL;
	buf_reset(&res->body);
	(void)buf_puts(&res->body, text);
	(void)buf_putc(&res->body, '\n');
}

void
http_later(struct http_response *res, const char *text)
{
	char seconds[16];
	unsigned r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = (unsigned)parts_clock();
	http_error(res, 503, text);
	(void)snprintf(seconds, sizeof(seconds), "%u", LATER_S + r % LATER_SPREAD_S);
	(void)http_add_header(res, "Retry-After", seconds);
}

/* Header names are tokens; only what is needed of RFC 9110's alphabet. */
static int
name_ok(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

int
http_add_header(struct http_response *res, const char *name, const char *value)
{
	const char *p;

	if (!name_ok(name) || res->headers.len + strlen(name) + strlen(value) + 3 > res->headers.max)
		return -1;
	for (p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return -1;
	return buf_printf(&res->headers, "%s:%s\n", name, value);
}

int
parts_next_header(char **at, char **name, char **value)
{
	char *colon, *lf;

	if (*at == NULL || **at == '\0' || (colon = strchr(*at, ':')) == NULL || (lf = strchr(colon, '\n')) == NULL)
		return 0;
	*name = *at;
	*colon = '\0';
	*value = colon + 1;
	*lf = '\0';
	*at = lf + 1;
	return 1;
}

static int
matches(const struct http_route *r, const char *path)
{
	size_t n = strlen(r->path);

	if (n > 0 && r->path[n - 1] == '*')
		return strncmp(r->path, path, n - 1) == 0;
	return strcmp(r->path, path) == 0;
}

const struct http_route *
parts_route(const struct http_route *routes, const char *method, const char *path, struct buf *allow)
{
	const struct http_route *r;
	const char *want = strcmp(method, "HEAD") == 0 ? "GET" : method;

	for (r = routes; r->method != NULL; r++)
		if (matches(r, path) && strcmp(r->method, want) == 0)
			return r;
	for (r = routes; r->method != NULL; r++)
		if (matches(r, path))
			(void)buf_printf(allow, "%s%s", allow->len ? ", " : "", r->method);
	return NULL;
}

int
parts_path_ok(const char *path)
{
	const char *p;
	size_t n;

	if (path[0] != '/' || !utf8_ok(path, strlen(path)))
		return 0;
	for (p = path; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return 0;
	for (p = path; *p != '\0'; p += n) {
		p += *p == '/';
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return 0;
	}
	return 1;
}

void
parts_type(const char *value, char out[HTTP_TYPE_MAX])
{
	size_t n, i;

	out[0] = '\0';
	if (value == NULL)
		return;
	value += strspn(value, " \t");
	n = strcspn(value, "; \t");
	if (n >= HTTP_TYPE_MAX)
		return;
	for (i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)value[i]);
	out[n] = '\0';
}

static const char *
known(const char *s)
{
	if (s == NULL)
		return NULL;
	if (strcmp(s, "zh") == 0)
		return "zh";
	return strcmp(s, "en") == 0 ? "en" : NULL;
}

/* The weight of one element of Accept-Language, in thousandths. */
static int
weight(const char *p, size_t n)
{
	const char *q = memmem(p, n, "q=", 2);
	int v = 0, unit = 100;

	if (q == NULL)
		return 1000;
	if (q[2] == '1')
		return 1000;
	if (q[2] == '0' && q[3] == '.')
		for (q += 4; q < p + n && isdigit((unsigned char)*q) && unit > 0; q++, unit /= 10)
			v += (*q - '0') * unit;
	return v;
}

const char *
parts_lang(const char *query, const char *cookie, const char *accept)
{
	const char *p, *s;
	int zh = 0, en = 0, w;
	size_t n;

	if ((s = known(query)) != NULL || (s = known(cookie)) != NULL)
		return s;
	for (p = accept; p != NULL && *p != '\0'; p += n + (p[n] == ',')) {
		p += strspn(p, " \t");
		n = strcspn(p, ",");
		w = weight(p, n);
		if (strncasecmp(p, "zh", 2) == 0 && w > zh)
			zh = w;
		if (strncasecmp(p, "en", 2) == 0 && w > en)
			en = w;
	}
	return en > zh ? "en" : "zh";
}

int64_t
parts_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
