#include "base/csv.h"

#include <string.h>

#include "base/enc.h"

int
csv_init(struct csv *c, char *text, size_t n, struct err *e)
{
	*c = (struct csv){ .p = text, .end = text + n };
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c->p += 3;
	if (!utf8_ok(c->p, (size_t)(c->end - c->p)))
		return err_set(e, "is not UTF-8");
	if (memchr(text, '\0', n) != NULL)
		return err_set(e, "holds a NUL");
	return 0;
}

/* Read one cell; its text is written over itself without quotes.  The byte behind it in *${stop}: ',' '\n' or 0.  0 or -1. */
static int
cell(struct csv *c, const char **out, char *stop, struct err *e)
{
	char *w = c->p;
	int quoted = c->p < c->end && *c->p == '"';

	*out = w;
	c->p += quoted;
	while (c->p < c->end) {
		if (quoted && *c->p == '"') {
			if (c->p + 1 >= c->end || c->p[1] != '"')
				break;
			c->p++;
		} else if (!quoted && (*c->p == ',' || *c->p == '\n' || (*c->p == '\r' && c->p + 1 < c->end && c->p[1] == '\n'))) {
			break;
		} else if (!quoted && *c->p == '"') {
			return err_set(e, "row %u: a quote inside a cell that does not begin with one", c->row);
		}
		*w++ = *c->p++;
	}
	if (quoted && c->p++ >= c->end)
		return err_set(e, "row %u: a quoted cell is not closed", c->row);
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	*stop = c->p < c->end ? *c->p : '\0';
	if (c->p < c->end && *stop != ',' && *stop != '\n')
		return err_set(e, "row %u: text behind a closing quote", c->row);
	c->p += c->p < c->end;
	*w = '\0';
	return 0;
}

int
csv_row(struct csv *c, struct err *e)
{
	char stop = ',';

	while (c->p < c->end) {
		c->row++;
		for (c->n = 0, stop = ','; stop == ','; c->n++) {
			if (c->n == CSV_COLS_MAX)
				return err_set(e, "row %u: more than %d cells", c->row, CSV_COLS_MAX);
			if (cell(c, &c->cell[c->n], &stop, e) != 0)
				return -1;
		}
		if (c->n > 1 || c->cell[0][0] != '\0')
			return 1;
	}
	return 0;
}

int
csv_column(const struct csv *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->cell[i], name) == 0)
			return (int)i;
	return -1;
}
