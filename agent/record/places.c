#include "agent/record/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "base/line.h"
#include "evidence/record.h"

struct walk { struct agent *ag; struct places *p; };

static void
add(struct places *p, const char *code)
{
	if (!places_has(p, code) && p->n < PLACES_MAX)
		(void)snprintf(p->code[p->n++], sizeof(p->code[0]), "%s", code);
}

static int
inside(char code[][PLACE_MAX + 1], size_t n, const char *at)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (place_inside(at, code[i]))
			return 1;
	return 0;
}

static void
drop(struct places *p, const char *code)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->code[i], code) == 0) {
			memmove(&p->code[i], &p->code[i + 1], (p->n - i - 1) * sizeof(p->code[0]));
			p->n--;
			return;
		}
}

static void
begin(struct places *p, const char *code)
{
	size_t i;

	add(p, code);
	for (i = 0; i < p->nended; i++)
		if (strcmp(p->ended[i], code) == 0)
			memmove(p->ended[i], p->ended[--p->nended], sizeof(p->ended[i]));
}

static void
end(struct places *p, const char *code)
{
	drop(p, code);
	if (!inside(p->ended, p->nended, code) && p->nended < PLACES_MAX)
		(void)snprintf(p->ended[p->nended++], sizeof(p->ended[0]), "%s", code);
}

/* The kind stands in a line of its own: most records need not be parsed. */
static int
look(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct walk *w = ctx;
	char code[PLACE_MAX + 1];
	uint8_t device[HASH_LEN];
	unsigned long lapses = lapse_count();
	struct record rec;
	int parsed;

	if (memmem(leaf, n, "\nkind enrol\n", 12) == NULL && memmem(leaf, n, "\nkind assign\n", 13) == NULL) {
		w->p->next = index + 1;
		return 0;
	}
	parsed = record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) == 0;
	if (!parsed && lapse_count() != lapses)
		return -1; /* looked at again when there is memory */
	w->p->next = index + 1;
	if (!parsed)
		return 0;
	if ((rec.kind == RECORD_ENROL || rec.kind == RECORD_ASSIGN) && record_hash(&rec, "device", device) == 0 && memcmp(device, w->ag->device, HASH_LEN) == 0 &&
	    record_text(&rec, "place", code, sizeof(code)) == 0) {
		w->p->given = 1;
		if (rec.kind == RECORD_ASSIGN && !record_is(&rec, "to", "-"))
			end(w->p, code);
		else
			begin(w->p, code);
	}
	record_free(&rec);
	return 0;
}

/* The device's own place comes first, as long as it is inside one that it was given. */
static void
own_first(struct places *p, const char *own)
{
	size_t i;

	for (i = 0; i < p->n && !place_inside(own, p->code[i]); i++)
		;
	if (i == p->n && p->given) {
		if (p->n == 0)
			(void)snprintf(p->code[0], sizeof(p->code[0]), "%s", own);
		return;
	}
	drop(p, own);
	if (p->n == PLACES_MAX)
		p->n--;
	memmove(&p->code[1], &p->code[0], p->n * sizeof(p->code[0]));
	(void)snprintf(p->code[0], sizeof(p->code[0]), "%s", own);
	p->n++;
}

const struct places *
places_of(struct agent *ag)
{
	struct walk w = { ag, ag->places };

	if (w.p == NULL && (w.p = ag->places = calloc(1, sizeof(*w.p))) == NULL)
		return NULL;
	if (journal_each_record(ag->j, w.p->next, look, &w) < 0)
		return NULL;
	own_first(w.p, ag->place);
	return w.p;
}

int
places_has(const struct places *p, const char *code)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->code[i], code) == 0)
			return 1;
	return 0;
}

int
places_inside(const struct places *p, const char *code)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (place_inside(code, p->code[i]))
			return 1;
	return 0;
}

int
places_may(struct agent *ag, const char *code, struct err *e)
{
	struct places *p = places_of(ag) == NULL ? NULL : ag->places;

	if (p == NULL)
		return err_set(e, "the journal cannot be read");
	if (places_inside(p, code) || !inside(p->ended, p->nended, code))
		return 0;
	(void)err_set(e, "place %s: the county does not let this device record there any more; it would not count", code);
	return 1;
}

void
places_for(struct agent *ag, const char *subject, const char *last, char out[PLACE_MAX + 1])
{
	const struct places *p = places_of(ag);
	size_t n = strcspn(subject, "-");

	(void)snprintf(out, PLACE_MAX + 1, "%s", p != NULL ? p->code[0] : ag->place);
	if (p == NULL)
		return;
	if (*last != '\0' && places_inside(p, last)) {
		(void)snprintf(out, PLACE_MAX + 1, "%s", last);
		return;
	}
	if (n <= PLACE_MAX && subject[n] == '-' && field_place((struct field){ subject, n })) {
		char code[PLACE_MAX + 1];

		(void)snprintf(code, sizeof(code), "%.*s", (int)n, subject);
		if (places_inside(p, code))
			(void)strcpy(out, code);
	}
}
