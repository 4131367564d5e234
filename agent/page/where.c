#include "agent/page/where.h"

#include <string.h>

#include "agent/record/places.h"

int
where_several(struct page_call *c)
{
	const struct places *p = places_of(c->ag);

	return p != NULL && p->n > 1;
}

void
where_put(struct page_call *c, const struct filling *fl)
{
	const struct places *p = places_of(c->ag);
	const char *now = filling_fact(fl, "place");
	struct page_option option[PLACES_MAX + 1];
	struct page_field f = { .name = "place", .label = tr(c->lang, "Place"), .value = now, .option = option, .hint = tr(c->lang, "This device records for several places.") };

	if (p == NULL || p->n < 2 || fl->kind == FILLING_CORRECTION)
		return;
	/* inside a place that it was given there are others, which ids of subjects name */
	if (!places_has(p, now))
		option[f.n++] = (struct page_option){ now, now, 1 };
	for (size_t i = 0; i < p->n; i++)
		option[f.n++] = (struct page_option){ p->code[i], p->code[i], 0 };
	page_select(c, &f);
}

int
where_take(struct page_call *c, struct filling *fl, struct err *e)
{
	const char *code = page_posted(c, "place"), *now = filling_fact(fl, "place"), *path = fl->form->subject;
	const struct places *p = places_of(c->ag);
	char number[ID_MAX + 1];
	size_t n = strlen(now);

	if (*code == '\0' || strcmp(code, now) == 0 || p == NULL || fl->kind == FILLING_CORRECTION || !places_has(p, code))
		return 0;
	/* a number that was given, and not typed, goes along */
	if (fl->kind == FILLING_RECORD && path != NULL && filling_fact(fl, "subject")[0] == '\0' && strncmp(filling_get(fl, path), now, n) == 0 && filling_get(fl, path)[n] == '-') {
		if (recorder_new_subject(c->ag, code, number, e) != 0)
			return -1;
		if (filling_set(fl, path, number) != 0)
			return err_set(e, "out of memory");
	}
	return filling_set_fact(fl, "place", code) == 0 ? 0 : err_set(e, "out of memory");
}
