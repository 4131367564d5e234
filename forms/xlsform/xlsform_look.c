#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* Appearances: they guide a screen; what would change the choices is refused, what nobody knows is said. */

static const char *const known[] = {
	"numbers", "thousands-sep", "url", "multiline", "counter", "masked", "minimal", "quick", "search", "columns", "columns-pack", "no-buttons", "likert", "label", "list-nolabel", "list",
	"image-map", "map", "maps", "placement-map", "signature", "draw", "annotate", "new", "new-front", "picker", "rating", "vertical", "no-ticks", "month-year", "year", "no-calendar", "ethiopian",
	"coptic", "islamic", "bikram-sambat", "myanmar", "persian", "buddhist", "field-list", "bearing", "printer", "compact", "quickcompact", "horizontal", "autocomplete", "hidden-answer",
	"table-list", "intent",
};

static int
is_known(const char *s, size_t n)
{
	size_t i;

	if (n > 8 && strncmp(s, "columns-", 8) == 0 && s[8] >= '1' && s[8] <= '9')
		return 1;
	if (n > 1 && s[0] == 'w' && s[1] >= '1' && s[1] <= '9') /* widths of a grid */
		return 1;
	if (n > 3 && strncmp(s, "ex:", 3) == 0)
		return 1;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == n && memcmp(known[i], s, n) == 0)
			return 1;
	return 0;
}

void
xls_appearance(struct xls *x, const struct cells *c)
{
	const char *s = c->v[X_APPEARANCE];
	size_t n;

	if (s == NULL)
		return;
	if (strstr(s, "search(") != NULL || strstr(s, "search (") != NULL) {
		(void)xls_say(x, &x->survey, c->row, c->col[X_APPEARANCE], "the appearance %s takes its choices from a file unseen; use select_one_from_file", s);
		return;
	}
	if (strncmp(s, "ex:", 3) == 0)
		return; /* with its arguments */
	for (; *s != '\0'; s += n, s += strspn(s, " ")) {
		n = strcspn(s, " ");
		if (!is_known(s, n))
			xls_warn(x, &x->survey, c->row, c->col[X_APPEARANCE], "unknown appearance %.*s", (int)n, s);
	}
}
