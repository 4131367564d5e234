#include <string.h>

#include "base/line.h"
#include "evidence/entry.h"

/* Field by field into the struct; what the values may be is entry_check()'s to judge. */

static int
bad(struct err *e, const char *name)
{
	return err_set(e, "entry header: line \"%s\" is missing or malformed", name);
}

/* device to log: where in which chain. */
static int
parse_chain(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[1];

	if (cursor_fields(c, "tallystick/entry/v1", NULL, 0) != 0)
		return bad(e, "tallystick/entry/v1");
	if (cursor_fields(c, "device", f, 1) != 0 || field_hex(f[0], h->device, HASH_LEN) != 0)
		return bad(e, "device");
	if (cursor_fields(c, "epoch", f, 1) != 0 || field_u32(f[0], &h->epoch) != 0)
		return bad(e, "epoch");
	if (cursor_fields(c, "seq", f, 1) != 0 || field_u64(f[0], &h->seq) != 0)
		return bad(e, "seq");
	if (cursor_fields(c, "prev", f, 1) != 0 || field_hex_opt(f[0], h->prev, HASH_LEN, &h->has_prev) != 0)
		return bad(e, "prev");
	if (cursor_fields(c, "log", f, 1) != 0 || field_hex_opt(f[0], h->log, HASH_LEN, &h->has_log) != 0)
		return bad(e, "log");
	return 0;
}

static int
parse_anchor(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[3];
	int root, note;

	if (cursor_fields(c, "anchor", f, 3) != 0 || field_u64(f[0], &h->anchor_size) != 0 ||
	    field_hex_opt(f[1], h->anchor_root, HASH_LEN, &root) != 0 || field_hex_opt(f[2], h->anchor_note, HASH_LEN, &note) != 0 ||
	    root != (h->anchor_size > 0) || note != (h->anchor_size > 0))
		return bad(e, "anchor");
	return 0;
}

/* place to actor: where, when and who. */
static int
parse_circumstances(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[2];
	char word[16];

	if (cursor_fields(c, "place", f, 1) != 0 || field_copy(f[0], h->place, sizeof(h->place)) != 0)
		return bad(e, "place");
	if (cursor_fields(c, "wall", f, 1) != 0 || field_u64(f[0], &h->wall) != 0)
		return bad(e, "wall");
	if (cursor_fields(c, "clock", f, 1) != 0 || field_copy(f[0], word, sizeof(word)) != 0 || entry_clock_parse(&h->clock, word) != 0)
		return bad(e, "clock");
	if (cursor_fields(c, "boot", f, 1) != 0 || field_hex(f[0], h->boot, sizeof(h->boot)) != 0)
		return bad(e, "boot");
	if (cursor_fields(c, "mono", f, 1) != 0 || field_u64(f[0], &h->mono) != 0)
		return bad(e, "mono");
	if (parse_anchor(h, c, e) != 0)
		return -1;
	if (cursor_fields(c, "actor", f, 2) != 0 || field_copy(f[0], h->actor, sizeof(h->actor)) != 0 ||
	    field_hex_opt(f[1], h->actor_key, HASH_LEN, &h->has_actor_key) != 0)
		return bad(e, "actor");
	return 0;
}

static int
parse_form(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[3];

	if (cursor_fields(c, "form", f, 3) != 0)
		return bad(e, "form");
	h->has_form = !field_is(f[0], "-");
	if (!h->has_form)
		return field_is(f[1], "-") && field_is(f[2], "-") ? 0 : bad(e, "form");
	if (field_copy(f[0], h->form, sizeof(h->form)) != 0 || field_copy(f[1], h->form_version, sizeof(h->form_version)) != 0 ||
	    field_hex(f[2], h->form_hash, HASH_LEN) != 0)
		return bad(e, "form");
	return 0;
}

/* form to event: what it is. */
static int
parse_kind(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[1];

	if (parse_form(h, c, e) != 0)
		return -1;
	if (cursor_fields(c, "kind", f, 1) != 0 || field_copy(f[0], h->kind, sizeof(h->kind)) != 0)
		return bad(e, "kind");
	if (cursor_fields(c, "supersedes", f, 1) != 0 || field_hex_opt(f[0], h->supersedes, HASH_LEN, &h->has_supersedes) != 0)
		return bad(e, "supersedes");
	if (cursor_fields(c, "event", f, 1) != 0 || field_hex_opt(f[0], h->event, sizeof(h->event), &h->has_event) != 0)
		return bad(e, "event");
	return 0;
}

static int
parse_attachment(struct attachment *a, struct cursor *c)
{
	struct field line, f[4];

	if (cursor_line(c, &line) != 1 || field_split(line, f, 4) != 4)
		return -1;
	a->personal = field_is(f[3], "personal");
	if (!a->personal && !field_is(f[3], "plain"))
		return -1;
	return field_u64(f[0], &a->len) != 0 || field_hex(f[1], a->hash, HASH_LEN) != 0 ||
	       field_copy(f[2], a->mediatype, sizeof(a->mediatype)) != 0 ? -1 : 0;
}

/* payload to the last attachment: what it commits to. */
static int
parse_content(struct entry *h, struct cursor *c, struct err *e)
{
	struct field f[2];
	uint64_t natt;
	int has;

	if (cursor_fields(c, "payload", f, 2) != 0 || field_u64(f[0], &h->payload_len) != 0 || field_hex(f[1], h->payload_hash, HASH_LEN) != 0)
		return bad(e, "payload");
	if (cursor_fields(c, "personal", f, 2) != 0 || field_u64(f[0], &h->personal_len) != 0 ||
	    field_hex_opt(f[1], h->personal_hash, HASH_LEN, &has) != 0 || has != (h->personal_len > 0))
		return bad(e, "personal");
	if (cursor_fields(c, "att", f, 1) != 0 || field_u64(f[0], &natt) != 0 || natt > ENTRY_ATTS_MAX)
		return bad(e, "att");
	for (h->natt = 0; h->natt < natt; h->natt++)
		if (parse_attachment(&h->att[h->natt], c) != 0)
			return err_set(e, "entry header: attachment %zu is missing or malformed", h->natt + 1);
	return 0;
}

int
entry_parse(struct entry *h, const void *p, size_t n, struct err *e)
{
	struct cursor c;

	memset(h, 0, sizeof(*h));
	if (n > ENTRY_HEADER_MAX)
		return err_set(e, "entry header: longer than %d bytes", ENTRY_HEADER_MAX);
	cursor_init(&c, p, n);
	if (parse_chain(h, &c, e) != 0 || parse_circumstances(h, &c, e) != 0 || parse_kind(h, &c, e) != 0 || parse_content(h, &c, e) != 0)
		return -1;
	if (!cursor_end(&c))
		return err_set(e, "entry header: line %u: nothing may follow the attachments", c.lineno + 1);
	return entry_check(h, e);
}
