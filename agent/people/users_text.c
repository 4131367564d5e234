#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/people/users_internal.h"
#include "base/line.h"

/* DIR/users as text. */

#define HEAD "tallystick/users/v1"
#define FAILS_MAX 1000000

static void
print_wrap(struct buf *out, const struct vault_wrap *w)
{
	if (w == NULL) {
		(void)buf_puts(out, "wrap - - - - -\n");
		return;
	}
	(void)buf_printf(out, "wrap %" PRIu32 " %" PRIu32 " ", w->passes, w->kib);
	(void)buf_b64(out, w->salt, sizeof(w->salt));
	(void)buf_putc(out, ' ');
	(void)buf_b64(out, w->nonce, sizeof(w->nonce));
	(void)buf_putc(out, ' ');
	(void)buf_b64(out, w->box, sizeof(w->box));
	(void)buf_putc(out, '\n');
}

int
users_print(struct buf *out, const struct users *u, int pins)
{
	const struct member *x;
	size_t i;

	(void)buf_puts(out, HEAD "\ncabinet ");
	(void)buf_b64(out, u->cabinet, sizeof(u->cabinet));
	(void)buf_printf(out, "\nusers %zu\n", u->n);
	for (i = 0; i < u->n; i++) {
		x = &u->m[i];
		(void)buf_printf(out, "user %s %s %u ", x->id, x->disabled ? "disabled" : "active", x->fails);
		(void)buf_hex(out, x->boot, sizeof(x->boot));
		(void)buf_printf(out, " %" PRIu64 " ", x->mono);
		if (x->name_len > 0)
			(void)buf_hex(out, x->name, x->name_len);
		else
			(void)buf_putc(out, '-');
		(void)buf_putc(out, '\n');
		print_wrap(out, pins && x->has_wrap ? &x->wrap : NULL);
	}
	(void)buf_printf(out, "code %" PRIu64 " %s ", u->code, u->code_ready ? "ready" : "used");
	(void)buf_hex(out, u->code_for, sizeof(u->code_for));
	(void)buf_putc(out, '\n');
	print_wrap(out, u->code_ready ? &u->code_wrap : NULL);
	return buf_ok(out) ? 0 : -1;
}

static int
parse_wrap(struct cursor *c, struct vault_wrap *w, int *has)
{
	struct field f[5];

	memset(w, 0, sizeof(*w));
	if (cursor_fields(c, "wrap", f, 5) != 0)
		return -1;
	if ((*has = !field_is(f[0], "-")) == 0)
		return field_is(f[1], "-") && field_is(f[2], "-") && field_is(f[3], "-") && field_is(f[4], "-") ? 0 : -1;
	return field_u32(f[0], &w->passes) == 0 && field_u32(f[1], &w->kib) == 0 && field_b64(f[2], w->salt, sizeof(w->salt)) == 0 &&
	    field_b64(f[3], w->nonce, sizeof(w->nonce)) == 0 && field_b64(f[4], w->box, sizeof(w->box)) == 0 ? 0 : -1;
}

static int
parse_member(struct cursor *c, struct users *u, struct member *x)
{
	struct field f[6];
	uint32_t fails;

	if (cursor_fields(c, "user", f, 6) != 0 || !field_id(f[0], ID_MAX) || field_copy(f[0], x->id, sizeof(x->id)) != 0 || users_find(u, x->id) != NULL ||
	    !((x->disabled = field_is(f[1], "disabled")) || field_is(f[1], "active")) || field_u32(f[2], &fails) != 0 || fails > FAILS_MAX ||
	    field_hex(f[3], x->boot, sizeof(x->boot)) != 0 || field_u64(f[4], &x->mono) != 0)
		return -1;
	x->fails = fails;
	if (!field_is(f[5], "-")) {
		x->name_len = f[5].len / 2;
		if (x->name_len == 0 || x->name_len > sizeof(x->name) || field_hex(f[5], x->name, x->name_len) != 0)
			return -1;
	}
	return parse_wrap(c, &x->wrap, &x->has_wrap);
}

/* Into an empty ${u}.  0 or -1. */
static int
parse(struct users *u, struct cursor *c)
{
	struct field line, f[3];
	uint64_t n;

	if (cursor_line(c, &line) != 1 || !field_is(line, HEAD) || cursor_fields(c, "cabinet", f, 1) != 0 ||
	    field_b64(f[0], u->cabinet, sizeof(u->cabinet)) != 0 || cursor_fields(c, "users", f, 1) != 0 || field_u64(f[0], &n) != 0 || n > USERS_MAX)
		return -1;
	for (; n > 0; n--) {
		memset(&u->m[u->n], 0, sizeof(u->m[0]));
		if (parse_member(c, u, &u->m[u->n]) != 0)
			return -1;
		u->n++;
	}
	if (cursor_fields(c, "code", f, 3) != 0 || field_u64(f[0], &u->code) != 0 || !(field_is(f[1], "ready") || field_is(f[1], "used")) ||
	    field_hex(f[2], u->code_for, sizeof(u->code_for)) != 0 || parse_wrap(c, &u->code_wrap, &u->code_ready) != 0 ||
	    u->code_ready != field_is(f[1], "ready") || !cursor_end(c))
		return -1;
	u->has_cabinet = 1;
	return 0;
}

int
users_parse(struct users *u, const void *p, size_t n, struct err *e)
{
	struct cursor c;

	u->n = 0;
	u->has_cabinet = u->code_ready = 0;
	u->code = 0;
	cursor_init(&c, p, n);
	if (parse(u, &c) == 0)
		return 0;
	u->n = 0;
	u->has_cabinet = u->code_ready = 0;
	u->code = 0;
	return err_set(e, "%s: line %u is not one of a list of cadres", u->path, c.lineno);
}
