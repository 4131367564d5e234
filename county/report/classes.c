#include "county/report/classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static int
by_name(const void *a, const void *b)
{
	const struct class_of *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : strcmp(x->place, y->place);
}

static int
add(struct classes *k, size_t *room, const char *place, const char *name, struct err *e)
{
	size_t digits = strlen(place), len = strlen(name), more_room = *room ? 2 * *room : 256;
	struct class_of *more;

	if (digits < 2 || digits > PLACE_MAX || strspn(place, "0123456789") != digits)
		return err_set(e, "code: is not a place's code of 2 to 12 digits");
	if (len == 0 || len > ID_MAX || strspn(name, NAME_CHARACTERS) != len)
		return err_set(e, "class: is not 1 to 64 of A-Z a-z 0-9 . _ -");
	if (k->n == *room) {
		if (k->n >= CLASSES_MAX || (more = reallocarray(k->c, more_room, sizeof(*more))) == NULL)
			return err_set(e, "more than %u lines, or out of memory", CLASSES_MAX);
		k->c = more;
		*room = more_room;
	}
	(void)strcpy(k->c[k->n].name, name);
	(void)strcpy(k->c[k->n++].place, place);
	return 0;
}

static void
settle(struct classes *k)
{
	size_t n = 0;

	if (k->n > 1)
		qsort(k->c, k->n, sizeof(*k->c), by_name);
	for (size_t i = 0; i < k->n; i++)
		if (n == 0 || by_name(&k->c[n - 1], &k->c[i]) != 0)
			k->c[n++] = k->c[i];
	k->n = n;
}

int
classes_read(struct classes *k, char *text, size_t n, struct err *e)
{
	struct csv csv;
	size_t room = 0;
	int code, name, rc;

	memset(k, 0, sizeof(*k));
	if (csv_init(&csv, text, n, e) != 0 || csv_row(&csv, e) != 1)
		return err_add(e, "classes");
	code = csv_column(&csv, "code");
	name = csv_column(&csv, "class");
	if (code < 0 || name < 0)
		return err_set(e, "classes: row 1: the column %s is missing", code < 0 ? "code" : "class");
	while ((rc = csv_row(&csv, e)) == 1) {
		if ((size_t)code >= csv.n || (size_t)name >= csv.n)
			rc = err_set(e, "row %u: is too short", csv.row);
		else if ((rc = add(k, &room, csv.cell[code], csv.cell[name], e)) != 0)
			(void)err_add(e, "row %u", csv.row);
		if (rc != 0)
			break;
	}
	if (rc != 0) {
		classes_free(k);
		return err_add(e, "classes");
	}
	settle(k);
	return 0;
}

void
classes_free(struct classes *k)
{
	free(k->c);
	memset(k, 0, sizeof(*k));
}

/* The first line of a class or behind it. */
static size_t
first_of(const struct classes *k, const char *name)
{
	size_t low = 0, high = k->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(k->c[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int
classes_know(const struct classes *k, const char *name)
{
	size_t i = first_of(k, name);

	return i < k->n && strcmp(k->c[i].name, name) == 0;
}

int
classes_has(const struct classes *k, const char *name, const char *place)
{
	struct class_of want;

	(void)strcpy(want.name, name);
	(void)strcpy(want.place, place);
	/* the place, then each that it lies in */
	for (size_t n = strlen(place); n >= 2; n--) {
		want.place[n] = '\0';
		if (k->n > 0 && bsearch(&want, k->c, k->n, sizeof(want), by_name) != NULL)
			return 1;
	}
	return 0;
}

size_t
classes_count(const struct classes *k, const char *name, const char *within)
{
	size_t n = 0;

	for (size_t i = first_of(k, name); i < k->n && strcmp(k->c[i].name, name) == 0; i++)
		n += strncmp(k->c[i].place, within, strlen(within)) == 0 ? 1 : 0;
	return n;
}
