#include "evidence/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "evidence/entry.h"
#include "evidence/leaf.h"
#include "evidence/record_table.h"
#include "evidence/value.h"

#define WHAT "record"
#define HEAD "tallystick/record/v1"
#define HEAD_LINES 4
#define LEAF_RECORD 0x02

static const char *const KINDS[RECORD_KINDS] = {
	[RECORD_KEY] = "key", [RECORD_ENROL] = "enrol", [RECORD_ASSIGN] = "assign", [RECORD_REVOKE] = "revoke",
	[RECORD_FORM] = "form", [RECORD_PLAN] = "plan", [RECORD_DICTIONARY] = "dictionary", [RECORD_REVIEW] = "review",
	[RECORD_LINK] = "link", [RECORD_PLACE_MAP] = "place-map", [RECORD_PERIOD] = "period", [RECORD_POSTING] = "posting",
	[RECORD_ERASE] = "erase", [RECORD_FORK] = "fork", [RECORD_LATE] = "late", [RECORD_EXPORT] = "export",
	[RECORD_SUCCESSION] = "succession", [RECORD_MESSAGE] = "message",
};

const char *
record_kind_name(enum record_kind k)
{
	return KINDS[k];
}

static int
find_kind(enum record_kind *k, struct field f)
{
	for (unsigned i = 0; i < RECORD_KINDS; i++) {
		*k = (enum record_kind)i;
		if (field_is(f, KINDS[i]))
			return 0;
	}
	return -1;
}

static int
parse_head(struct record *r, struct cursor *c, struct err *e)
{
	struct field f;

	if (value_line(c, WHAT, HEAD, NULL, 0, e) || value_line(c, WHAT, "log", &f, 1, e))
		return -1;
	if (field_hex(f, r->log, HASH_LEN))
		return value_bad(c, WHAT, "log", "is not a hash", e);
	if (value_line(c, WHAT, "kind", &f, 1, e))
		return -1;
	if (find_kind(&r->kind, f))
		return value_bad(c, WHAT, "kind", "is no kind of record", e);
	if (value_line(c, WHAT, "at", &f, 1, e))
		return -1;
	return value_int(f, &r->at) == 0 ? 0 : value_bad(c, WHAT, "at", "is not a time", e);
}

/* The rule of the record's kind; of a kind with variants, the next line (not consumed) tells which. */
static const struct record_rule *
find_rule(const struct record *r, const struct cursor *c, struct err *e)
{
	const char *variants = record_rule_variants(r->kind);
	const struct record_rule *rule;
	struct cursor ahead = *c;
	struct field what = { "", 0 };

	if (variants && value_line(&ahead, WHAT, "what", &what, 1, e))
		return NULL;
	rule = record_rule_find(r->kind, what);
	if (!rule)
		(void)err_set(e, WHAT ": line %u (what) is none of %s", ahead.lineno, variants);
	return rule;
}

static int
parse_line(struct record *r, const struct record_rule_line *l, struct cursor *c, struct err *e)
{
	const char *what = KINDS[r->kind], *wrong;
	struct field v;

	if (value_rest(c, what, l->name, &v, e))
		return -1;
	if ((wrong = record_rule_value(l, v)) != NULL)
		return value_bad(c, what, l->name, wrong, e);
	r->lines[r->nlines++] = (struct record_line){ l->name, v };
	return 0;
}

/* The kind's lines; ${room} is how many lines the body has left, so that nothing is counted on that is not there. */
static int
parse_lines(struct record *r, const struct record_rule *rule, struct cursor *c, size_t room, struct err *e)
{
	uint64_t count = 0;

	for (const struct record_rule_line *l = rule->line; l->name; l++) {
		uint64_t times = l->type == TYPE_REPEATED ? count : 1;

		if (times > room - r->nlines)
			return err_set(e, "%s: lines are missing at the end, from line %u (%s)", KINDS[r->kind], c->lineno + 1, l->name);
		while (times-- > 0)
			if (parse_line(r, l, c, e))
				return -1;
		if (l->type == TYPE_COUNT)
			(void)value_int(r->lines[r->nlines - 1].value, &count);
	}
	return cursor_end(c) ? 0 : err_set(e, "%s: line %u is one too many", KINDS[r->kind], c->lineno + 1);
}

static size_t
count_lines(const struct cursor *c)
{
	size_t n = 0;

	for (const char *p = c->p; p < c->end; p++)
		n += *p == '\n';
	return n;
}

static int
parse_body(struct record *r, struct cursor *c, struct err *e)
{
	const struct record_rule *rule;
	size_t room;

	if (parse_head(r, c, e) || (rule = find_rule(r, c, e)) == NULL)
		return -1;
	room = count_lines(c);
	if (room > RECORD_LINES_MAX)
		return err_set(e, "%s: more than %d lines", KINDS[r->kind], RECORD_LINES_MAX);
	r->lines = lapsed(calloc(room + 1, sizeof(*r->lines)));
	if (!r->lines)
		return err_set(e, WHAT ": out of memory");
	return parse_lines(r, rule, c, room, e);
}

int
record_parse(struct record *r, const void *p, size_t n, struct err *e)
{
	struct cursor c;

	memset(r, 0, sizeof(*r));
	if (n > LEAF_MAX - 1)
		return err_set(e, WHAT ": longer than a leaf can be (%d bytes with its first)", LEAF_MAX);
	if (sigtext_parse(&r->text, p, n, e))
		return err_add(e, WHAT);
	cursor_init(&c, r->text.body, r->text.body_len);
	if (parse_body(r, &c, e))
		goto fail;
	if (r->text.rest_len != 0) {
		(void)err_set(e, "%s: something follows the signature lines", KINDS[r->kind]);
		goto fail;
	}
	if (r->text.nsigs > (r->kind == RECORD_SUCCESSION ? 1 : 2)) {
		(void)err_set(e, "%s: too many signature lines", KINDS[r->kind]);
		goto fail;
	}
	return 0;
fail:
	record_free(r);
	return -1;
}

void
record_free(struct record *r)
{
	if (!r)
		return;
	free(r->lines);
	r->lines = NULL;
	r->nlines = 0;
}

struct field
record_value(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->nlines; i++)
		if (strcmp(r->lines[i].name, name) == 0)
			return r->lines[i].value;
	return (struct field){ NULL, 0 };
}

int
record_is(const struct record *r, const char *name, const char *word)
{
	struct field f = record_value(r, name);

	return f.p != NULL && field_is(f, word);
}

int
record_hash(const struct record *r, const char *name, uint8_t out[HASH_LEN])
{
	struct field f = record_value(r, name);

	return f.p == NULL ? -1 : field_hex(f, out, HASH_LEN);
}

int
record_u64(const struct record *r, const char *name, uint64_t *v)
{
	struct field f = record_value(r, name);

	return f.p == NULL ? -1 : value_int(f, v);
}

int
record_text(const struct record *r, const char *name, char *out, size_t size)
{
	struct field f = record_value(r, name);

	return f.p == NULL ? -1 : field_copy(f, out, size);
}

int
record_bytes(const struct record *r, const char *name, struct buf *out)
{
	struct field f = record_value(r, name);
	uint8_t *bytes;
	size_t n;
	int ret = -1;

	/* A value is no longer than its leaf, so this is bounded by LEAF_MAX. */
	if (f.p == NULL || (bytes = lapsed(malloc(f.len + 1))) == NULL)
		return -1;
	if (dec_b64(bytes, f.len, &n, f.p, f.len) == 0)
		ret = buf_put(out, bytes, n);
	free(bytes);
	return ret;
}

int
record_form(const struct record *r, char *id, char *version, uint8_t hash[HASH_LEN])
{
	struct field v = record_value(r, "form"), f[3];

	if (v.p == NULL || field_split(v, f, 3) != 3)
		return -1;
	if (field_copy(f[0], id, ID_MAX + 1) || field_copy(f[1], version, VERSION_MAX + 1))
		return -1;
	return field_hex(f[2], hash, HASH_LEN);
}

int
record_begin(struct buf *b, enum record_kind kind, const uint8_t log[HASH_LEN], uint64_t at)
{
	(void)buf_puts(b, HEAD "\nlog ");
	(void)buf_hex(b, log, HASH_LEN);
	return buf_printf(b, "\nkind %s\nat %llu\n", KINDS[kind], (unsigned long long)at);
}

int
record_seal(struct buf *leaf, const struct buf *body, const struct signer *first, const struct signer *officer, struct err *e)
{
	struct record check;
	struct buf text;
	int ret = -1;

	buf_init(&text, LEAF_MAX);
	if (!buf_ok(body) || buf_putc(&text, LEAF_RECORD) || sigtext_sign(&text, DSSE_RECORD, body->data, body->len, first) ||
	    (officer && sigtext_cosign(&text, DSSE_RECORD, body->data, body->len, officer))) {
		(void)err_set(e, WHAT ": does not fit into a leaf of %d bytes", LEAF_MAX);
		goto out;
	}
	if (record_parse(&check, text.data + 1, text.len - 1, e))
		goto out;
	record_free(&check);
	ret = buf_put(leaf, text.data, text.len);
	if (ret)
		(void)err_set(e, WHAT ": no room for the leaf");
out:
	buf_free(&text);
	return ret;
}
