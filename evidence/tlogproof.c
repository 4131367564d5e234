#include "evidence/tlogproof.h"

#include <string.h>

#include "base/line.h"
#include "evidence/note.h"

#define VERSION_LINE "c2sp.org/tlog-proof@v1"
#define PATH_LEN_MAX (TREE_HEIGHT_MAX + 1)

static int
extra_ok(const char *s, size_t n)
{
	size_t len;

	return n > 0 && note_b64(s, n, NULL, 0, &len) == 0;
}

int
tlogproof_print(struct buf *b, const struct tlogproof *t)
{
	if (t->path.n > PATH_LEN_MAX || t->note_len == 0 || t->note_len > NOTE_MAX || (t->extra && !extra_ok(t->extra, t->extra_len)))
		return -1;
	(void)buf_puts(b, VERSION_LINE "\n");
	if (t->extra) {
		(void)buf_puts(b, "extra ");
		(void)buf_put(b, t->extra, t->extra_len);
		(void)buf_putc(b, '\n');
	}
	(void)buf_printf(b, "index %llu\n", (unsigned long long)t->index);
	for (size_t i = 0; i < t->path.n; i++) {
		(void)buf_b64(b, t->path.hash[i], HASH_LEN);
		(void)buf_putc(b, '\n');
	}
	(void)buf_putc(b, '\n');
	return buf_put(b, t->note, t->note_len);
}

/* The hashes up to and with the empty line. */
static int
parse_path(struct proof *path, struct cursor *c, struct err *e)
{
	struct field f;

	for (path->n = 0;; path->n++) {
		if (cursor_line(c, &f) != 1)
			return err_set(e, "tlog-proof: no empty line between hashes and checkpoint");
		if (f.len == 0)
			return 0;
		if (path->n == PATH_LEN_MAX)
			return err_set(e, "tlog-proof: more than %d hashes", PATH_LEN_MAX);
		if (field_b64(f, path->hash[path->n], HASH_LEN))
			return err_set(e, "tlog-proof: line %u is not base64 of a hash", c->lineno);
	}
}

int
tlogproof_parse(struct tlogproof *t, const void *p, size_t n, struct err *e)
{
	struct cursor c;
	struct field f;

	memset(t, 0, sizeof(*t));
	cursor_init(&c, p, n);
	if (cursor_line(&c, &f) != 1 || !field_is(f, VERSION_LINE))
		return err_set(e, "tlog-proof: line 1 is not %s", VERSION_LINE);
	if (cursor_peek(&c, "extra")) {
		if (cursor_fields(&c, "extra", &f, 1) || !extra_ok(f.p, f.len))
			return err_set(e, "tlog-proof: extra is not base64");
		t->extra = f.p;
		t->extra_len = f.len;
	}
	if (cursor_fields(&c, "index", &f, 1) || field_u64(f, &t->index))
		return err_set(e, "tlog-proof: line %u is not index N", c.lineno);
	if (parse_path(&t->path, &c, e))
		return -1;
	t->note = c.p;
	t->note_len = (size_t)(c.end - c.p);
	if (t->note_len == 0 || t->note_len > NOTE_MAX)
		return err_set(e, "tlog-proof: the checkpoint is empty or longer than %d bytes", NOTE_MAX);
	return 0;
}
