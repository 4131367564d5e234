#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/line.h"
#include "evidence/export.h"

#define PATH_LEN_MAX 4096
#define SIGS 2                   /* the epoch key's, the person's */
#define SIG_GROUP_MAX (SIGS * 160)
#define SALT_CHARS (2 * ENTRY_SALT_LEN)

/* One of the four files; ${b} holds what was read last. */
struct part {
	FILE *f;
	const char *name;
	int between; /* an empty line was read: another group must follow */
	struct buf b;
};

enum { HEADERS, SIGFILE, PAYLOADS, PERSONALS, PARTS };

struct export_reader {
	struct part part[PARTS];
	struct sigline sigs[SIGS];
	uint8_t salt[ENTRY_SALT_LEN];
	uint64_t n; /* entries read */
};

/* Append a line with its LF: 1; 0 at the end; -1 if too long, without LF, or unreadable. */
static int
read_line(struct part *t, size_t *len)
{
	size_t from = t->b.len;
	int c = EOF;

	while (c != '\n' && (c = getc_unlocked(t->f)) != EOF)
		if (buf_putc(&t->b, (uint8_t)c) != 0)
			return -1;
	*len = t->b.len - from;
	if (c == '\n')
		return 1;
	return ferror(t->f) || *len > 0 ? -1 : 0;
}

/* The lines up to an empty line or the end, without the empty line: 1; 0 at the end; -1 if malformed. */
static int
read_group(struct part *t)
{
	size_t len;
	int got;

	buf_reset(&t->b);
	while ((got = read_line(t, &len)) == 1) {
		if (len > 1)
			continue;
		if (t->b.len == 1)
			return -1; /* an empty line with nothing before it */
		t->b.len--;
		t->between = 1;
		return 1;
	}
	if (got < 0)
		return -1;
	if (t->b.len == 0)
		return t->between ? -1 : 0;
	t->between = 0;
	return 1;
}

/* One line, kept without its LF: 1; 0 at the end; -1 if malformed (also when empty). */
static int
read_single(struct part *t)
{
	size_t len;
	int got;

	buf_reset(&t->b);
	if ((got = read_line(t, &len)) != 1)
		return got;
	t->b.len--;
	return len > 1 ? 1 : -1;
}

/* "SALT JSON" or "-".  0 or -1. */
static int
parse_personal(struct export_entry *x, uint8_t salt[ENTRY_SALT_LEN], struct field line)
{
	if (field_is(line, "-"))
		return 0;
	if (line.len < SALT_CHARS + 2 || line.len > SALT_CHARS + 1 + ENTRY_PERSONAL_MAX || line.p[SALT_CHARS] != ' ')
		return -1;
	if (field_hex((struct field){ line.p, SALT_CHARS }, salt, ENTRY_SALT_LEN) != 0)
		return -1;
	x->salt = salt;
	x->personal = line.p + SALT_CHARS + 1;
	x->personal_len = line.len - SALT_CHARS - 1;
	return 0;
}

/* Signature lines that each end with LF, one or two of them.  0 or -1. */
static int
parse_sigs(struct export_entry *x, struct sigline *sigs, const char *p, size_t n)
{
	struct field line;
	struct cursor c;
	int got;

	cursor_init(&c, p, n);
	x->sigs = sigs;
	for (x->nsigs = 0; (got = cursor_line(&c, &line)) == 1; x->nsigs++)
		if (x->nsigs == SIGS || sigline_parse(&sigs[x->nsigs], line.p, line.len) != 0)
			return -1;
	return got == 0 && x->nsigs > 0 ? 0 : -1;
}

static int
parse_payload(struct export_entry *x, struct field line)
{
	if (line.len == 0 || line.len > ENTRY_PAYLOAD_MAX)
		return -1;
	if (field_is(line, "-"))
		return 0;
	x->payload = line.p;
	x->payload_len = line.len;
	return 0;
}

/* A plain file for reading: no link, and no pipe that would keep us waiting. */
static FILE *
open_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, "%s: is not a file", path);
		goto fail;
	}
	if ((f = fdopen(fd, "r")) != NULL)
		return f;
	err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
fail:
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

struct export_reader *
export_open(const char *dir, const char *device_hex, const char *epoch, struct err *e)
{
	/* each with room for the empty line that ends a group */
	static const struct { const char *name; size_t max; } FILES[PARTS] = {
		{ "headers", ENTRY_HEADER_MAX + 1 },
		{ "sigs", SIG_GROUP_MAX + 1 },
		{ "payloads", ENTRY_PAYLOAD_MAX + 1 },
		{ "personals", SALT_CHARS + 1 + ENTRY_PERSONAL_MAX + 1 },
	};
	struct export_reader *r = calloc(1, sizeof(*r));
	char path[PATH_LEN_MAX];
	int n;

	if (r == NULL) {
		err_set(e, "export: out of memory");
		return NULL;
	}
	for (int i = 0; i < PARTS; i++) {
		r->part[i].name = FILES[i].name;
		buf_init(&r->part[i].b, FILES[i].max);
	}
	for (int i = 0; i < PARTS; i++) {
		n = snprintf(path, sizeof(path), "%s/entries/%s/%s/%s", dir, device_hex, epoch, FILES[i].name);
		if (n < 0 || (size_t)n >= sizeof(path)) {
			err_set(e, "export: %.64s: path too long", dir);
			goto fail;
		}
		if ((r->part[i].f = open_file(path, e)) == NULL)
			goto fail;
	}
	return r;
fail:
	export_close(r);
	return NULL;
}

static struct field
content(const struct part *t)
{
	return (struct field){ (const char *)t->b.data, t->b.len };
}

int
export_next(struct export_reader *r, struct export_entry *x, struct err *e)
{
	int got[PARTS];

	memset(x, 0, sizeof(*x));
	for (int i = 0; i < PARTS; i++) {
		got[i] = i == HEADERS || i == SIGFILE ? read_group(&r->part[i]) : read_single(&r->part[i]);
		if (got[i] < 0)
			return err_set(e, "%s: entry %llu is malformed", r->part[i].name, (unsigned long long)r->n);
	}
	for (int i = 1; i < PARTS; i++)
		if (got[i] != got[0])
			return err_set(e, "%s: %s entries than headers at entry %llu", r->part[i].name, got[i] ? "more" : "fewer", (unsigned long long)r->n);
	if (!got[0])
		return 0;
	x->header = r->part[HEADERS].b.data;
	x->header_len = r->part[HEADERS].b.len;
	if (parse_sigs(x, r->sigs, (const char *)r->part[SIGFILE].b.data, r->part[SIGFILE].b.len) != 0)
		return err_set(e, "sigs: entry %llu is not one or two signature lines", (unsigned long long)r->n);
	if (parse_payload(x, content(&r->part[PAYLOADS])) != 0)
		return err_set(e, "payloads: line %llu is malformed", (unsigned long long)r->n + 1);
	if (parse_personal(x, r->salt, content(&r->part[PERSONALS])) != 0)
		return err_set(e, "personals: line %llu is neither SALT JSON nor -", (unsigned long long)r->n + 1);
	r->n++;
	return 1;
}

void
export_close(struct export_reader *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < PARTS; i++) {
		if (r->part[i].f != NULL)
			(void)fclose(r->part[i].f);
		buf_free(&r->part[i].b);
	}
	free(r);
}

/* The line at *${p} without its LF; moves behind it.  0 or -1. */
static int
take_line(struct field *line, const char **p, const char *end)
{
	const char *lf = *p < end ? memchr(*p, '\n', (size_t)(end - *p)) : NULL;

	if (lf == NULL)
		return -1;
	*line = (struct field){ *p, (size_t)(lf - *p) };
	*p = lf + 1;
	return 0;
}

/* Lines up to an empty line; moves behind that.  0 or -1. */
static int
take_group(struct field *group, const char **p, const char *end)
{
	const char *sep = *p < end && **p != '\n' ? memmem(*p, (size_t)(end - *p), "\n\n", 2) : NULL;

	if (sep == NULL)
		return -1;
	*group = (struct field){ *p, (size_t)(sep - *p) + 1 };
	*p = sep + 2;
	return 0;
}

int
export_fork_parse(struct export_entry *x, struct sigline *sigs, uint8_t *salt, void *p, size_t n, struct err *e)
{
	struct field header, group, payload, personal;
	const char *at = p, *end = at + n;

	memset(x, 0, sizeof(*x));
	if (take_group(&header, &at, end) != 0 || header.len > ENTRY_HEADER_MAX)
		return err_set(e, "forked entry: no header followed by an empty line");
	if (take_group(&group, &at, end) != 0 || parse_sigs(x, sigs, group.p, group.len) != 0)
		return err_set(e, "forked entry: no one or two signature lines followed by an empty line");
	if (take_line(&payload, &at, end) != 0 || parse_payload(x, payload) != 0)
		return err_set(e, "forked entry: the payload line is malformed");
	if (take_line(&personal, &at, end) != 0 || parse_personal(x, salt, personal) != 0)
		return err_set(e, "forked entry: the personal line is neither SALT JSON nor -");
	if (at != end)
		return err_set(e, "forked entry: nothing may follow the personal line");
	x->header = header.p;
	x->header_len = header.len;
	return 0;
}
