#include "web/formdata.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

void
formdata_init(struct formdata *fd)
{
	memset(fd, 0, sizeof(*fd));
}

/* The block of a field: its name, then its text, or its file's name and type, each with a NUL. */
static size_t
block_size(const struct formfield *f)
{
	return strlen(f->name) + 1 + (f->is_file ? strlen(f->filename) + 1 + strlen(f->type) + 1 : f->len + 1);
}

void
formdata_free(struct formdata *fd)
{
	size_t i;

	if (fd == NULL)
		return;
	for (i = 0; i < fd->n; i++) {
		explicit_bzero(fd->field[i].own, block_size(&fd->field[i])); /* PINs and personal parts are typed into forms */
		free(fd->field[i].own);
	}
	free(fd->field);
	formdata_init(fd);
}

static int
clean(const char *what, const char *s, size_t n, size_t max, struct err *e)
{
	if (n > max)
		return err_set(e, "form: %s is longer than %zu bytes", what, max);
	if ((n > 0 && memchr(s, '\0', n) != NULL) || !utf8_ok(s, n))
		return err_set(e, "form: %s is not clean UTF-8", what);
	return 0;
}

/* Room for one field more with a block of ${size} bytes. */
static struct formfield *
new_field(struct formdata *fd, size_t size, struct err *e)
{
	size_t room = fd->room ? 2 * fd->room : 16;
	struct formfield *p;

	if (fd->n == FORMDATA_FIELDS_MAX) {
		(void)err_set(e, "form: more than %d fields", FORMDATA_FIELDS_MAX);
		return NULL;
	}
	if (fd->n == fd->room) {
		if ((p = reallocarray(fd->field, room, sizeof(*p))) == NULL)
			goto no_memory;
		fd->field = p;
		fd->room = room;
	}
	p = &fd->field[fd->n];
	memset(p, 0, sizeof(*p));
	if ((p->own = calloc(1, size)) == NULL)
		goto no_memory;
	p->filename = p->type = "";
	return p;
no_memory:
	(void)err_set(e, "form: out of memory");
	return NULL;
}

/* Line ends of all systems become LF.  The bytes written. */
static size_t
put_lines(char *out, const char *s, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			continue;
		out[k++] = s[i];
		if (s[i] == '\r')
			out[k - 1] = '\n';
	}
	return k;
}

int
formdata_add_text(struct formdata *fd, const char *name, size_t namelen, const char *value, size_t len, struct err *e)
{
	struct formfield *f;
	char *p;

	if (clean("a name", name, namelen, FORMDATA_NAME_MAX, e) != 0 || clean("a text", value, len, FORMDATA_TEXT_MAX, e) != 0 ||
	    (f = new_field(fd, namelen + len + 2, e)) == NULL)
		return -1;
	p = f->own;
	if (namelen > 0)
		memcpy(p, name, namelen);
	f->name = p;
	f->value = p + namelen + 1;
	f->len = put_lines(p + namelen + 1, value, len);
	fd->n++;
	return 0;
}

int
formdata_add_file(struct formdata *fd, const char *name, size_t namelen, const char *filename, size_t filenamelen, const char *type, const void *value, size_t len,
    struct err *e)
{
	struct formfield *f;
	size_t typelen = strlen(type);
	char *p;

	if (clean("a name", name, namelen, FORMDATA_NAME_MAX, e) != 0 || clean("a file's name", filename, filenamelen, FORMDATA_NAME_MAX, e) != 0 ||
	    clean("a file's type", type, typelen, FORMDATA_NAME_MAX, e) != 0 || (f = new_field(fd, namelen + filenamelen + typelen + 3, e)) == NULL)
		return -1;
	p = f->own;
	if (namelen > 0)
		memcpy(p, name, namelen);
	f->name = p;
	p += namelen + 1;
	if (filenamelen > 0)
		memcpy(p, filename, filenamelen);
	f->filename = p;
	p += filenamelen + 1;
	memcpy(p, type, typelen);
	f->type = p;
	f->value = value;
	f->len = len;
	f->is_file = 1;
	fd->n++;
	return 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode one name or value.  The bytes written, or -1 when a %XX is broken or it does not fit. */
static long
decode(char *out, size_t max, const char *s, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++, k++) {
		if (k == max)
			return -1;
		if (s[i] != '%') {
			out[k] = s[i] == '+' ? ' ' : s[i];
			continue;
		}
		if (i + 2 >= n || digit(s[i + 1]) < 0 || digit(s[i + 2]) < 0)
			return -1;
		out[k] = (char)(digit(s[i + 1]) * 16 + digit(s[i + 2]));
		i += 2;
	}
	return (long)k;
}

/* name=value, still encoded. */
static int
add_pair(struct formdata *fd, char *scratch, const char *s, size_t n, struct err *e)
{
	const char *eq = memchr(s, '=', n);
	size_t namelen = eq ? (size_t)(eq - s) : n;
	char *value = scratch + FORMDATA_NAME_MAX;
	long nn = decode(scratch, FORMDATA_NAME_MAX, s, namelen);
	long nv = eq ? decode(value, FORMDATA_TEXT_MAX, eq + 1, n - namelen - 1) : 0;

	if (nn < 0 || nv < 0)
		return err_set(e, "form: a field is too long or badly encoded");
	return formdata_add_text(fd, scratch, (size_t)nn, value, (size_t)nv, e);
}

int
formdata_urlencoded(struct formdata *fd, const void *body, size_t n, struct err *e)
{
	const char *p = body, *end = p + n, *amp;
	char *scratch = malloc(FORMDATA_NAME_MAX + FORMDATA_TEXT_MAX);
	int rc = 0;

	if (scratch == NULL)
		return err_set(e, "form: out of memory");
	for (; n > 0 && p < end && rc == 0; p = amp + 1) {
		if ((amp = memchr(p, '&', (size_t)(end - p))) == NULL)
			amp = end;
		if (amp > p)
			rc = add_pair(fd, scratch, p, (size_t)(amp - p), e);
	}
	explicit_bzero(scratch, FORMDATA_NAME_MAX + FORMDATA_TEXT_MAX);
	free(scratch);
	return rc;
}

const struct formfield *
formdata_next(const struct formdata *fd, const char *name, size_t *at)
{
	while (*at < fd->n)
		if (strcmp(fd->field[(*at)++].name, name) == 0)
			return &fd->field[*at - 1];
	return NULL;
}

const char *
formdata_get(const struct formdata *fd, const char *name)
{
	const struct formfield *f;
	size_t at = 0;

	while ((f = formdata_next(fd, name, &at)) != NULL)
		if (!f->is_file)
			return f->value;
	return NULL;
}

const struct formfield *
formdata_file(const struct formdata *fd, const char *name)
{
	const struct formfield *f;
	size_t at = 0;

	while ((f = formdata_next(fd, name, &at)) != NULL)
		if (f->is_file && f->len > 0)
			return f;
	return NULL;
}
