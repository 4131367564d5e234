#include "evidence/record_table.h"

#include <string.h>

#include "evidence/entry.h"
#include "evidence/value.h"

static const struct record_rule RULES[] = {
	{ RECORD_KEY, {
		{ "what", TYPE_WORD, "county" }, { "version", TYPE_POSITIVE, NULL }, { "keys", TYPE_B64, NULL } } },
	{ RECORD_KEY, {
		{ "what", TYPE_WORD, "policy" }, { "policy", TYPE_B64, NULL } } },
	{ RECORD_KEY, {
		{ "what", TYPE_WORD, "person" }, { "actor", TYPE_ID, NULL }, { "key", TYPE_KEY, NULL },
		{ "role", TYPE_WORD, "cadre|viewer|reviewer|officer|admin" }, { "place", TYPE_PLACE_OPT, NULL },
		{ "state", TYPE_WORD, "active|disabled" } } },
	{ RECORD_ENROL, {
		{ "device", TYPE_HASH, NULL }, { "epoch", TYPE_EPOCH, NULL }, { "key", TYPE_KEY, NULL },
		{ "place", TYPE_PLACE, NULL }, { "genesis", TYPE_HASH, NULL }, { "proof", TYPE_SIG, NULL },
		{ "secret", TYPE_HASH, NULL }, { "for", TYPE_HASH_OPT, NULL }, { "expires", TYPE_INT, NULL },
		{ "officer", TYPE_HASH, NULL }, { "invitation", TYPE_SIG, NULL } } },
	{ RECORD_ASSIGN, {
		{ "device", TYPE_HASH, NULL }, { "place", TYPE_PLACE, NULL }, { "from", TYPE_INT, NULL },
		{ "to", TYPE_INT_OPT, NULL } } },
	{ RECORD_REVOKE, {
		{ "device", TYPE_HASH, NULL }, { "order", TYPE_HASH_OPT, NULL } } },
	{ RECORD_FORM, {
		{ "form", TYPE_FORM, NULL }, { "state", TYPE_WORD, "published|retired" } } },
	{ RECORD_PLAN, {
		{ "form", TYPE_ID, NULL }, { "place", TYPE_PLACE, NULL }, { "rows", TYPE_INT, NULL },
		{ "plan", TYPE_HASH, NULL } } },
	{ RECORD_DICTIONARY, {
		{ "dict", TYPE_HASH, NULL }, { "len", TYPE_INT, NULL } } },
	{ RECORD_REVIEW, {
		{ "entry", TYPE_HASH, NULL }, { "verdict", TYPE_WORD, "accept|return" }, { "note", TYPE_HASH_OPT, NULL } } },
	{ RECORD_LINK, {
		{ "from", TYPE_ID, NULL }, { "to", TYPE_ID, NULL }, { "state", TYPE_WORD, "linked|unlinked" },
		{ "order", TYPE_HASH_OPT, NULL } } },
	{ RECORD_PLACE_MAP, {
		{ "old", TYPE_PLACE, NULL }, { "new", TYPE_PLACE, NULL }, { "from", TYPE_DATE, NULL },
		{ "order", TYPE_HASH_OPT, NULL } } },
	{ RECORD_PERIOD, {
		{ "period", TYPE_MONTH, NULL }, { "size", TYPE_INT, NULL }, { "report", TYPE_HASH, NULL } } },
	{ RECORD_POSTING, {
		{ "form", TYPE_ID, NULL }, { "place", TYPE_PLACE, NULL }, { "size", TYPE_INT, NULL },
		{ "list", TYPE_HASH, NULL } } },
	{ RECORD_ERASE, {
		{ "order", TYPE_HASH_OPT, NULL }, { "entries", TYPE_COUNT, NULL }, { "entry", TYPE_REPEATED, NULL } } },
	{ RECORD_FORK, {
		{ "device", TYPE_HASH, NULL }, { "epoch", TYPE_EPOCH, NULL }, { "seq", TYPE_INT, NULL },
		{ "a", TYPE_B64, NULL }, { "a-sig", TYPE_SIG, NULL }, { "b", TYPE_B64, NULL }, { "b-sig", TYPE_SIG, NULL } } },
	{ RECORD_LATE, {
		{ "entry", TYPE_HASH, NULL }, { "why", TYPE_WORD, "late|revoked|wrong-place|invalid|unknown-form" } } },
	{ RECORD_EXPORT, {
		{ "size", TYPE_INT, NULL }, { "root", TYPE_KEY, NULL }, { "personal", TYPE_WORD, "included|withheld" },
		{ "since", TYPE_INT, NULL } } },
	{ RECORD_SUCCESSION, {
		{ "old-log", TYPE_HASH, NULL }, { "old-size", TYPE_INT, NULL }, { "old-root", TYPE_KEY, NULL },
		{ "old-note", TYPE_HASH, NULL } } },
	{ RECORD_MESSAGE, {
		{ "device", TYPE_HASH_OPT, NULL }, { "place", TYPE_PLACE_OPT, NULL }, { "text", TYPE_HASH, NULL } } },
};

#define NRULES (sizeof(RULES) / sizeof(RULES[0]))

static int
has_variants(const struct record_rule *r)
{
	return strcmp(r->line[0].name, "what") == 0;
}

const struct record_rule *
record_rule_find(enum record_kind kind, struct field what)
{
	for (size_t i = 0; i < NRULES; i++)
		if (RULES[i].kind == kind && (!has_variants(&RULES[i]) || field_is(what, RULES[i].line[0].words)))
			return &RULES[i];
	return NULL;
}

const char *
record_rule_variants(enum record_kind kind)
{
	return kind == RECORD_KEY ? "county|policy|person" : NULL;
}

/* Is the field one of the words in "a|b|c"? */
static int
one_of(struct field f, const char *words)
{
	const char *bar;

	for (; (bar = strchr(words, '|')) != NULL; words = bar + 1)
		if (f.len == (size_t)(bar - words) && memcmp(f.p, words, f.len) == 0)
			return 1;
	return field_is(f, words);
}

static int
form_ok(struct field v)
{
	struct field f[3];
	uint8_t hash[HASH_LEN];

	return field_split(v, f, 3) == 3 && field_id(f[0], ID_MAX) && field_id(f[1], VERSION_MAX) &&
	    field_hex(f[2], hash, sizeof(hash)) == 0;
}

/* Does the value fit a type that allows no "-"? */
static int
fits(enum record_type type, const char *words, struct field v)
{
	uint8_t bytes[SIG_LEN];
	uint64_t n;
	uint32_t epoch;

	switch (type) {
	case TYPE_WORD:
		return one_of(v, words);
	case TYPE_INT: case TYPE_INT_OPT: case TYPE_COUNT:
		return value_int(v, &n) == 0;
	case TYPE_POSITIVE:
		return value_int(v, &n) == 0 && n > 0;
	case TYPE_EPOCH:
		return value_epoch(v, &epoch) == 0;
	case TYPE_HASH: case TYPE_HASH_OPT: case TYPE_REPEATED:
		return field_hex(v, bytes, HASH_LEN) == 0;
	case TYPE_KEY:
		return field_b64(v, bytes, KEY_LEN) == 0;
	case TYPE_SIG:
		return field_b64(v, bytes, SIG_LEN) == 0;
	case TYPE_B64:
		return value_b64(v, NULL);
	case TYPE_ID:
		return field_id(v, ID_MAX);
	case TYPE_PLACE: case TYPE_PLACE_OPT:
		return field_place(v);
	case TYPE_DATE: case TYPE_MONTH:
		return value_date(v, type == TYPE_DATE);
	case TYPE_FORM:
		return form_ok(v);
	case RECORD_TYPES:
		break;
	}
	return 0;
}

const char *
record_rule_value(const struct record_rule_line *l, struct field v)
{
	static const char *const wrong[RECORD_TYPES] = {
		[TYPE_WORD] = "is none of its words", [TYPE_INT] = "is not an integer", [TYPE_INT_OPT] = "is not an integer or \"-\"",
		[TYPE_POSITIVE] = "is not an integer above 0", [TYPE_EPOCH] = "is not an epoch", [TYPE_HASH] = "is not a hash",
		[TYPE_HASH_OPT] = "is not a hash or \"-\"", [TYPE_KEY] = "is not base64 of 32 bytes",
		[TYPE_SIG] = "is not base64 of 64 bytes", [TYPE_B64] = "is not base64", [TYPE_ID] = "is not an ID",
		[TYPE_PLACE] = "is not a place", [TYPE_PLACE_OPT] = "is not a place or \"-\"", [TYPE_DATE] = "is not a day",
		[TYPE_MONTH] = "is not a month", [TYPE_FORM] = "is not a form's ID, version and hash",
		[TYPE_COUNT] = "is not an integer", [TYPE_REPEATED] = "is not a hash",
	};

	if ((l->type == TYPE_INT_OPT || l->type == TYPE_HASH_OPT || l->type == TYPE_PLACE_OPT) && field_is(v, "-"))
		return NULL;
	return fits(l->type, l->words, v) ? NULL : wrong[l->type];
}
