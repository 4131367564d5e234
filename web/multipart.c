#include "web/multipart.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"

#define BOUNDARY_MAX 70
#define ABSENT SIZE_MAX
#define TOKEN "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define BCHARS "'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* A stretch of text with a place in it. */
struct scan {
	const char *p, *end;
};

static void
blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

/* Take ${c} with blanks around it.  1 when it was there. */
static int
take(struct scan *s, char c)
{
	blanks(s);
	if (s->p == s->end || *s->p != c)
		return 0;
	s->p++;
	blanks(s);
	return 1;
}

/* The length of a token of RFC 9110 at the front. */
static size_t
token(const struct scan *s)
{
	size_t n = 0;

	while (s->p + n < s->end && s->p[n] != '\0' && strchr(TOKEN, s->p[n]) != NULL)
		n++;
	return n;
}

/* A token or quoted string, appended to ${out} with a NUL.  0, or -1 when it is none, has control characters or more than ${max} bytes. */
static int
value(struct scan *s, struct buf *out, size_t max)
{
	size_t n = token(s), from = out->len;

	if (s->p == s->end || *s->p != '"') {
		(void)buf_put(out, s->p, n);
		s->p += n;
		return n > 0 && n <= max ? buf_putc(out, 0) : -1;
	}
	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		/* a backslash is an escape only before what needs one: file names of old browsers have others */
		if (*s->p == '\\' && s->p + 1 < s->end && (s->p[1] == '"' || s->p[1] == '\\'))
			s->p++;
		if ((unsigned char)*s->p < 0x20 || *s->p == 0x7f || buf_putc(out, (uint8_t)*s->p) != 0)
			return -1;
	}
	if (s->p == s->end || out->len - from > max)
		return -1;
	s->p++;
	return out->len > from && !utf8_ok(out->data + from, out->len - from) ? -1 : buf_putc(out, 0);
}

/* "type/subtype" at the front, in lower case with a NUL.  0 or -1. */
static int
media_type(struct scan *s, struct buf *out)
{
	struct scan at = *s;
	size_t n = token(&at), m = 0;

	at.p += n;
	if (n > 0 && at.p < at.end && *at.p == '/') {
		at.p++;
		m = token(&at);
	}
	if (m == 0 || n + 1 + m > MULTIPART_TYPE_MAX)
		return -1;
	for (; s->p < at.p + m; s->p++)
		(void)buf_putc(out, (uint8_t)(*s->p >= 'A' && *s->p <= 'Z' ? *s->p + 'a' - 'A' : *s->p));
	return buf_putc(out, 0);
}

/* The next "; NAME=VALUE": the name's bounds, and where the value stands in ${out}.  1, 0 at the end, or -1. */
static int
parameter(struct scan *s, struct scan *name, struct buf *out, size_t *at, size_t max)
{
	blanks(s);
	if (s->p == s->end)
		return 0;
	if (!take(s, ';'))
		return -1;
	name->p = s->p;
	name->end = s->p + token(s);
	s->p = name->end;
	*at = out->len;
	return name->end > name->p && take(s, '=') && value(s, out, max) == 0 ? 1 : -1;
}

static int
is(const struct scan *s, const char *word)
{
	return (size_t)(s->end - s->p) == strlen(word) && strncasecmp(s->p, word, strlen(word)) == 0;
}

int
multipart_boundary(const char *type, char out[71], struct err *e)
{
	struct scan s = { type, type + strlen(type) }, name;
	struct buf b;
	size_t at, found = ABSENT, n;
	int rc = -1, more;

	buf_init(&b, MULTIPART_HEAD_MAX);
	if (media_type(&s, &b) != 0 || strcmp(buf_str(&b), "multipart/form-data") != 0) {
		(void)err_set(e, "the body is no multipart/form-data");
		goto out;
	}
	while ((more = parameter(&s, &name, &b, &at, 1024)) == 1)
		if (is(&name, "boundary")) {
			if (found != ABSENT)
				break;
			found = at;
		}
	n = more == 0 && found != ABSENT ? strlen((const char *)b.data + found) : 0;
	if (n == 0 || n > BOUNDARY_MAX || strspn((const char *)b.data + found, BCHARS) != n || b.data[found + n - 1] == ' ') {
		(void)err_set(e, "multipart/form-data: needs one boundary of 1 to %d characters (RFC 2046 5.1.1)", BOUNDARY_MAX);
		goto out;
	}
	memcpy(out, b.data + found, n + 1);
	rc = 0;
out:
	buf_free(&b);
	return rc;
}

/* One part's head while it is read: where its texts stand in m->text. */
struct head {
	size_t name, filename, type;
	int disposition;
};

static const char *
read_disposition(struct scan *s, struct head *h, struct buf *text)
{
	struct scan name, kind = { s->p, s->p + token(s) };
	size_t at;
	int more;

	if (h->disposition++ || !is(&kind, "form-data"))
		return "its Content-Disposition must be one, of form-data";
	s->p = kind.end;
	while ((more = parameter(s, &name, text, &at, MULTIPART_NAME_MAX)) == 1) {
		if (is(&name, "name") && h->name == ABSENT)
			h->name = at;
		else if (is(&name, "filename") && h->filename == ABSENT)
			h->filename = at;
		else
			return "its Content-Disposition has a parameter that is unknown or said twice";
	}
	return more == 0 ? NULL : "its Content-Disposition is badly formed, or a name is longer than 255 bytes or no UTF-8";
}

/* One header line.  NULL, or the rule it broke. */
static const char *
read_line(struct scan line, struct head *h, struct buf *text)
{
	struct scan name = { line.p, line.p + token(&line) };
	struct scan v = { name.end, line.end };
	const char *c;

	for (c = line.p; c < line.end; c++)
		if ((unsigned char)*c < 0x20 && *c != '\t')
			return "a header line has a control character";
	if (name.end == name.p || v.p == v.end || *v.p != ':')
		return "a header line is badly formed";
	v.p++;
	blanks(&v);
	while (v.end > v.p && (v.end[-1] == ' ' || v.end[-1] == '\t'))
		v.end--;
	if (is(&name, "content-disposition"))
		return read_disposition(&v, h, text);
	if (is(&name, "content-transfer-encoding"))
		return is(&v, "binary") || is(&v, "8bit") || is(&v, "7bit") ? NULL : "its transfer encoding is none of binary, 8bit and 7bit";
	if (!is(&name, "content-type"))
		return NULL;
	if (h->type != ABSENT)
		return "it has two content types";
	h->type = text->len;
	return media_type(&v, text) == 0 ? NULL : "its content type is badly formed";
}

/* Header lines to the empty one.  NULL with ${s} behind it, or the rule. */
static const char *
read_head(struct scan *s, struct head *h, struct buf *text)
{
	const char *limit = s->end - s->p > MULTIPART_HEAD_MAX ? s->p + MULTIPART_HEAD_MAX : s->end, *lf, *bad;
	struct scan line;

	for (;;) {
		if ((lf = memmem(s->p, (size_t)(limit - s->p), "\r\n", 2)) == NULL)
			return "its header lines do not end, or are longer than 2048 bytes";
		line.p = s->p;
		line.end = lf;
		s->p = lf + 2;
		if (line.p == line.end)
			break;
		if ((bad = read_line(line, h, text)) != NULL)
			return bad;
	}
	if (h->name == ABSENT)
		return "it has no name";
	/* offsets that no part has are filled in as NULL and text/plain */
	return text->failed ? "out of memory" : NULL;
}

/* Names are offsets while the text still grows; now they become pointers. */
static void
settle(struct multipart *m, const struct head *h)
{
	const char *text = buf_str(&m->text);
	size_t i;

	for (i = 0; i < m->n; i++) {
		m->part[i].name = text + h[i].name;
		m->part[i].filename = h[i].filename == ABSENT ? NULL : text + h[i].filename;
		m->part[i].type = h[i].type == ABSENT ? "text/plain" : text + h[i].type;
	}
}

/* One part, ${s} behind its delimiter's line break; then ${s} stands behind the next delimiter.  NULL or the rule. */
static const char *
read_part(struct multipart *m, struct head *h, struct scan *s, const char *mark, size_t marklen, const struct multipart_limits *limits)
{
	struct multipart_part *p = &m->part[m->n];
	const char *bad, *end, *from;

	*h = (struct head){ ABSENT, ABSENT, ABSENT, 0 };
	if ((bad = read_head(s, h, &m->text)) != NULL)
		return bad;
	/* an empty part's delimiter takes the line break that ends the head */
	from = s->p - 2;
	if ((end = memmem(from, (size_t)(s->end - from), mark, marklen)) == NULL)
		return "it does not end (the body was cut off)";
	p->data = (const uint8_t *)s->p;
	p->len = end < s->p ? 0 : (size_t)(end - s->p);
	if (p->len > (h->filename == ABSENT ? limits->field : limits->file))
		return h->filename == ABSENT ? "the field is too long" : "the file is too large";
	s->p = end + marklen;
	m->n++;
	return NULL;
}

/* All parts, ${s} behind the first delimiter.  NULL or the rule. */
static const char *
read_parts(struct multipart *m, struct head *h, struct scan *s, const char *mark, size_t marklen, const struct multipart_limits *limits)
{
	const char *bad;

	for (;;) {
		if (s->end - s->p >= 2 && memcmp(s->p, "--", 2) == 0) {
			s->p += 2;
			return s->p == s->end || (s->end - s->p == 2 && memcmp(s->p, "\r\n", 2) == 0) ? NULL : "something stands behind the end";
		}
		if (s->end - s->p < 2 || memcmp(s->p, "\r\n", 2) != 0)
			return "a boundary is followed by something else than a line break";
		s->p += 2;
		if (m->n == limits->parts)
			return "there are too many parts";
		if ((bad = read_part(m, &h[m->n], s, mark, marklen, limits)) != NULL)
			return bad;
	}
}

int
multipart_parse(struct multipart *m, const char *boundary, const void *body, size_t n, const struct multipart_limits *limits, struct err *e)
{
	struct scan s = { body, (const char *)body + n };
	char mark[BOUNDARY_MAX + 5] = "\r\n--";
	size_t len = strlen(boundary), least;
	const char *bad = "does not begin with its boundary";
	struct head *h = NULL;

	memset(m, 0, sizeof(*m));
	buf_init(&m->text, limits->parts * MULTIPART_HEAD_MAX);
	if (len == 0 || len > BOUNDARY_MAX)
		return err_set(e, "multipart/form-data: improper boundary");
	memcpy(mark + 4, boundary, len + 1);
	/* no part is shorter than its delimiter: a short body cannot ask for room for many */
	least = n / (len + 4) + 1;
	least = least < limits->parts ? least : limits->parts;
	if ((m->part = calloc(least, sizeof(*m->part))) == NULL || (h = calloc(least, sizeof(*h))) == NULL)
		bad = "out of memory";
	else if (n >= len + 2 && memcmp(body, mark + 2, len + 2) == 0) {
		s.p += len + 2;
		bad = read_parts(m, h, &s, mark, len + 4, limits);
	}
	if (bad == NULL)
		settle(m, h);
	else
		(void)err_set(e, "multipart/form-data, part %zu: %s", m->n + 1, bad);
	free(h);
	if (bad != NULL)
		multipart_free(m);
	return bad == NULL ? 0 : -1;
}

void
multipart_free(struct multipart *m)
{
	free(m->part);
	buf_free(&m->text);
	m->part = NULL;
	m->n = 0;
}
