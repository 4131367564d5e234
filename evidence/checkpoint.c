#include "evidence/checkpoint.h"

#include <string.h>

#include "base/line.h"

#define TEXT_MAX (NOTE_NAME_MAX + 96) /* origin, 20 digits, 44 characters, three LF */

static int
origin_ok(const char *s, size_t n)
{
	return n > 0 && n < NOTE_NAME_MAX && !memchr(s, '\n', n) && note_chars_ok(s, n);
}

int
checkpoint_text(struct buf *b, const struct checkpoint *c)
{
	if (!origin_ok(c->origin, strnlen(c->origin, sizeof(c->origin))))
		return -1;
	(void)buf_printf(b, "%s\n%llu\n", c->origin, (unsigned long long)c->size);
	(void)buf_b64(b, c->root, sizeof(c->root));
	return buf_putc(b, '\n');
}

int
checkpoint_parse(struct checkpoint *c, const char *text, size_t n, struct err *e)
{
	struct cursor cur;
	struct field f;

	memset(c, 0, sizeof(*c));
	cursor_init(&cur, text, n);
	if (cursor_line(&cur, &f) != 1 || !origin_ok(f.p, f.len) || field_copy(f, c->origin, sizeof(c->origin)))
		return err_set(e, "checkpoint: line 1 is not an origin of 1 to %d bytes", NOTE_NAME_MAX - 1);
	if (cursor_line(&cur, &f) != 1 || field_u64(f, &c->size))
		return err_set(e, "checkpoint of %s: line 2 is not a tree size", c->origin);
	if (cursor_line(&cur, &f) != 1 || field_b64(f, c->root, sizeof(c->root)))
		return err_set(e, "checkpoint of %s: line 3 is not base64 of a %zu-byte root", c->origin, sizeof(c->root));
	if (!cursor_end(&cur))
		return err_set(e, "checkpoint of %s: extension lines are not allowed", c->origin);
	return 0;
}

int
checkpoint_open(struct checkpoint *c, const void *note, size_t n, const struct vkey *log, struct err *e)
{
	struct note parts;
	int ok;

	memset(c, 0, sizeof(*c));
	if (note_parse(&parts, note, n, e))
		return -1;
	/* Nothing is read from the text before the log is known to have signed it. */
	ok = note_verify(&parts, log, NULL);
	if (ok == 0)
		return err_set(e, "checkpoint: not signed by the log %s", log->name);
	if (ok < 0)
		return err_set(e, "checkpoint: a signature of the log %s is wrong", log->name);
	if (checkpoint_parse(c, parts.text, parts.text_len, e))
		return -1;
	if (strcmp(c->origin, log->name) != 0)
		return err_set(e, "checkpoint: its origin is %s, not the log %s", c->origin, log->name);
	return 0;
}

int
checkpoint_sign(struct buf *b, const struct checkpoint *c, const struct vkey *log, const struct signer *s)
{
	struct buf text, note;
	int ret = -1;

	buf_init(&text, TEXT_MAX);
	buf_init(&note, NOTE_MAX);
	if (strcmp(c->origin, log->name) != 0 || checkpoint_text(&text, c))
		goto out;
	if (note_sign(&note, text.data, text.len, log, s) == 0)
		ret = buf_put(b, note.data, note.len);
out:
	buf_free(&note);
	buf_free(&text);
	return ret;
}
