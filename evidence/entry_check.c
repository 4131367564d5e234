#include <string.h>

#include "base/json.h"
#include "base/line.h"
#include "evidence/entry.h"

/* What one header alone can break (docs/format.md 4.1, 4.2). */

enum need { NO, YES };

static const struct kind {
	const char *name;
	enum need form, supersedes;
} KINDS[] = {
	{ "epoch-open", NO, NO },
	{ "record", YES, NO },
	{ "correction", YES, YES },
	{ "withdrawal", NO, YES },
	{ "heartbeat", NO, NO },
	{ "clock-step", NO, NO },
	{ "loss", NO, NO },
	{ "handover", NO, NO },
	{ "erasure-ack", NO, NO },
	{ "reset-code", NO, NO },
};

static int
bad(struct err *e, const char *name, const char *rule)
{
	return err_set(e, "entry header: line \"%s\": %s", name, rule);
}

/* A C string in ${size} bytes as a field; one without its NUL comes out too long. */
static struct field
text(const char *s, size_t size)
{
	return (struct field){ s, strnlen(s, size) };
}

/* Only lower-case letters and characters of ${others}. */
static int
only(struct field f, const char *others)
{
	for (size_t i = 0; i < f.len; i++)
		if (!(f.p[i] >= 'a' && f.p[i] <= 'z') && strchr(others, f.p[i]) == NULL)
			return 0;
	return 1;
}

static int
check_numbers(const struct entry *h, struct err *e)
{
	const uint64_t max = JSON_INT_MAX;

	if (h->epoch < 1)
		return bad(e, "epoch", "counts from 1");
	if (h->seq > max)
		return bad(e, "seq", "beyond 2^53-1");
	if (h->wall > max)
		return bad(e, "wall", "beyond 2^53-1");
	if (h->mono > max)
		return bad(e, "mono", "beyond 2^53-1");
	if (h->anchor_size > max)
		return bad(e, "anchor", "size beyond 2^53-1");
	if (h->payload_len < 2 || h->payload_len > ENTRY_PAYLOAD_MAX)
		return bad(e, "payload", "length is not 2 to 65536");
	if (h->personal_len > ENTRY_PERSONAL_MAX)
		return bad(e, "personal", "length beyond 16384");
	return 0;
}

static int
check_words(const struct entry *h, struct err *e)
{
	struct field kind = text(h->kind, sizeof(h->kind));

	if (!field_place(text(h->place, sizeof(h->place))))
		return bad(e, "place", "not a code of 2, 4, 6, 9 or 12 digits");
	if (entry_clock_name(h->clock) == NULL)
		return bad(e, "clock", "not one of the clocks");
	if (!field_id(text(h->actor, sizeof(h->actor)), ID_MAX))
		return bad(e, "actor", "not an ID");
	if (h->has_form && !field_id(text(h->form, sizeof(h->form)), ID_MAX))
		return bad(e, "form", "not an ID");
	if (h->has_form && !field_id(text(h->form_version, sizeof(h->form_version)), VERSION_MAX))
		return bad(e, "form", "not a version");
	if (kind.len < 1 || kind.len > KIND_MAX || kind.p[0] == '-' || !only(kind, "-"))
		return bad(e, "kind", "not 1 to 32 characters a-z - that start with a letter");
	return 0;
}

static int
check_attachments(const struct entry *h, struct err *e)
{
	if (h->natt > ENTRY_ATTS_MAX)
		return bad(e, "att", "more than 16");
	for (size_t i = 0; i < h->natt; i++) {
		struct field type = text(h->att[i].mediatype, sizeof(h->att[i].mediatype));

		if (h->att[i].len > (uint64_t)JSON_INT_MAX)
			return err_set(e, "entry header: attachment %zu: length beyond 2^53-1", i + 1);
		if (type.len < 1 || type.len > MEDIATYPE_MAX || !only(type, "0123456789/.+-"))
			return err_set(e, "entry header: attachment %zu: not a media type", i + 1);
	}
	return 0;
}

/* Where it stands in the chain, and what its kind needs. */
static int
check_kind(const struct entry *h, struct err *e)
{
	const struct kind *k = NULL;

	if (!!h->has_prev == (h->epoch == 1 && h->seq == 0))
		return bad(e, "prev", "is - exactly in epoch 1 seq 0");
	if ((h->seq == 0) != (strcmp(h->kind, "epoch-open") == 0))
		return bad(e, "kind", "is epoch-open exactly at seq 0");
	for (size_t i = 0; k == NULL && i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (strcmp(h->kind, KINDS[i].name) == 0)
			k = &KINDS[i];
	if (k == NULL)
		return 0;
	if ((k->form == YES) != !!h->has_form)
		return bad(e, "form", k->form == YES ? "this kind needs one" : "this kind has none");
	if ((k->supersedes == YES) != !!h->has_supersedes)
		return bad(e, "supersedes", k->supersedes == YES ? "this kind needs one" : "this kind has none");
	return 0;
}

int
entry_check(const struct entry *h, struct err *e)
{
	if (check_numbers(h, e) != 0 || check_words(h, e) != 0 || check_attachments(h, e) != 0)
		return -1;
	return check_kind(h, e);
}
