#include "audit/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

#define DETAIL_MAX 512

static const struct {
	const char *name, *meaning;
} CODE[CODES] = {
	[BAD_EXPORT] = { "bad-export", "The folder is not what its MANIFEST signs, or not laid out as an export is." },
	[BAD_KEY] = { "bad-key", "A key must not be trusted: malformed, not signed by the root, or not the one your policy names." },
	[BAD_CHECKPOINT] = { "bad-checkpoint", "A checkpoint is not this log's, or lacks signatures that it must have." },
	[BAD_COSIGNATURE] = { "bad-cosignature", "A line claims to be a witness's signature and is not." },
	[INCONSISTENT_LOG] = { "inconsistent-log", "The county has signed two histories that cannot both be true." },
	[BAD_INCLUSION] = { "bad-inclusion", "The log's content does not give the root that the county signed." },
	[BAD_RECORD] = { "bad-record", "A county's own act in the log breaks a rule or is not signed as it must be." },
	[SUCCESSION] = { "succession", "This log continues a lost one. Compare the old log's last checkpoint with what you kept." },
	[BAD_SIGNATURE] = { "bad-signature", "The entry is not signed by its device." },
	[BAD_PERSON_SIGNATURE] = { "bad-person-signature", "The entry names a person who did not sign it." },
	[BAD_CHAIN] = { "bad-chain", "The entry does not follow from the one before it." },
	[BAD_ANCHOR] = { "bad-anchor", "The entry refers to a checkpoint that was never released, or goes back in the log." },
	[BAD_PAYLOAD] = { "bad-payload", "What the entry says is not what was signed." },
	[BAD_PERSONAL] = { "bad-personal", "The personal part is not what was signed." },
	[BAD_ATTACHMENT] = { "bad-attachment", "An attachment's bytes are not those that were signed." },
	[MISSING_ATTACHMENT] = { "missing-attachment", "An attachment that was signed is not in the export." },
	[BAD_FORM] = { "bad-form", "The form was not published before the entry, or its file is wrong or absent." },
	[BAD_DICTIONARY] = { "bad-dictionary", "A compression dictionary of the log is wrong or absent." },
	[BAD_ERASURE] = { "bad-erasure", "A personal part is absent without an erase record, or there in spite of one." },
	[GAP] = { "gap", "Entries are missing and no loss was declared." },
	[FORK] = { "fork", "One device signed two different entries for the same place: cloned, restored, or dishonest." },
	[NOT_IN_LOG] = { "not-in-log", "The entry is not in the county's log." },
	[UNEXPLAINED_LEAF] = { "unexplained-leaf", "The log holds something that the entries do not account for." },
	[UNKNOWN_DEVICE] = { "unknown-device", "The log never enrolled this device, or not before the entry." },
	[UNLISTED_DEVICE] = { "unlisted-device", "The device is not in your inventory." },
	[REVOKED_DEVICE] = { "revoked-device", "The entry arrived after its device was revoked, and nobody reviewed it." },
	[WRONG_PLACE] = { "wrong-place", "The device was not assigned to the entry's place, and nobody reviewed it." },
	[BAD_RECEIPT] = { "bad-receipt", "A village's receipt does not prove what it says." },
	[CLOCK_OUTSIDE_BOUNDS] = { "clock-outside-bounds", "The device's clock is more than a day outside what the log allows." },
	[UNANCHORED_WINDOW] = { "unanchored-window", "The time of the entry is known less closely than you asked for." },
};

const char *
code_name(enum code c)
{
	return CODE[c].name;
}

const char *
code_meaning(enum code c)
{
	return CODE[c].meaning;
}

/* Names in a hostile folder may hold anything; what is shown may not. */
static void
make_harmless(char *s)
{
	int utf8 = utf8_ok(s, strlen(s));

	for (; *s != '\0'; s++)
		if ((uint8_t)*s < 0x20 || *s == 0x7f || ((uint8_t)*s >= 0x80 && !utf8))
			*s = '?';
}

void
findings_add(struct findings *l, enum code code, const struct place *at, const char *fmt, ...)
{
	struct finding *f;
	char text[DETAIL_MAX];
	va_list ap;

	l->total++;
	if (l->n == FINDINGS_MAX)
		return;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;

		if ((f = reallocarray(l->f, cap, sizeof(*f))) == NULL)
			return;
		l->f = f;
		l->cap = cap;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_harmless(text);
	f = &l->f[l->n];
	memset(f, 0, sizeof(*f));
	f->code = code;
	if ((f->detail = strdup(text)) == NULL)
		return;
	if (at != NULL && at->device != NULL) {
		f->depth = at->depth;
		memcpy(f->device, at->device, sizeof(f->device));
		f->epoch = at->depth > 1 ? at->epoch : 0;
		f->seq = at->depth > 2 ? at->seq : 0;
		if (at->code != NULL)
			(void)snprintf(f->place, sizeof(f->place), "%s", at->code);
	}
	l->n++;
}

static int
compare(const void *x, const void *y)
{
	const struct finding *a = x, *b = y;
	int d;

	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	if (a->depth == 0 || b->depth == 0)
		return a->depth == b->depth ? strcmp(a->detail, b->detail) : a->depth == 0 ? -1 : 1;
	if ((d = memcmp(a->device, b->device, sizeof(a->device))) != 0)
		return d;
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return strcmp(a->detail, b->detail);
}

void
findings_sort(struct findings *l)
{
	size_t kept = 0;

	if (l->n == 0)
		return;
	qsort(l->f, l->n, sizeof(*l->f), compare);
	for (size_t i = 1; i < l->n; i++) {
		if (compare(&l->f[kept], &l->f[i]) == 0)
			free(l->f[i].detail);
		else
			l->f[++kept] = l->f[i];
	}
	l->n = kept + 1;
}

size_t
findings_count(const struct findings *l, enum code c)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->f[i].code == c;
	return n;
}

void
findings_free(struct findings *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->f[i].detail);
	free(l->f);
	memset(l, 0, sizeof(*l));
}
