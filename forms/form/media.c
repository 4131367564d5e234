#include "forms/media.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/lapse.h"
#include "forms/engine.h"
#include "forms/xml.h"

/* Between files beside a form and the rows that expressions see. */

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

int
media_source(const char *src, char name[FORM_MEDIA_NAME_MAX + 1])
{
	static const char *const schemes[] = { "jr://file-csv/", "jr://file/", "jr://instance/" };
	size_t i, n;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		n = strlen(schemes[i]);
		if (strncmp(src, schemes[i], n) != 0 || src[n] == '\0' || strlen(src + n) > FORM_MEDIA_NAME_MAX)
			continue;
		(void)strcpy(name, src + n);
		return (0);
	}
	return (-1);
}

int
media_name_ok(const char *name)
{
	size_t n = strlen(name);

	return (n > 4 && n <= FORM_MEDIA_NAME_MAX && name[0] != '.' && strspn(name, NAME_CHARS) == n && strstr(name, "..") == NULL &&
	    (strcmp(name + n - 4, ".csv") == 0 || strcmp(name + n - 4, ".xml") == 0));
}

const struct form_media *
media_named(const struct form *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->nmedia; i++)
		if (strcmp(f->media[i].name, name) == 0)
			return (&f->media[i]);
	return (NULL);
}

const struct form_media *
media_find(const struct form *f, const char *src)
{
	char name[FORM_MEDIA_NAME_MAX + 1];

	return (media_source(src, name) == 0 ? media_named(f, name) : NULL);
}

int
media_own(const char *name)
{
	static const char *const own[] = { "places", MEDIA_ROSTER, "subjects", "last" };
	size_t n = strlen(name), i, k;

	if (n > 4 && (strcmp(name + n - 4, ".csv") == 0 || strcmp(name + n - 4, ".xml") == 0))
		n -= 4;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		k = strlen(own[i]);
		if (strncmp(name, own[i], k) == 0 && (n == k || (i >= 2 && n > k + 1 && name[k] == '-')))
			return (1);
	}
	return (0);
}

static int
head_ok(const char *s)
{

	return (*s != '\0' && strchr("0123456789.-", *s) == NULL && strspn(s, NAME_CHARS) == strlen(s));
}

static cJSON *
csv_rows(char *text, size_t n, struct err *e)
{
	cJSON *rows = cJSON_CreateArray(), *row;
	const char *head[CSV_COLS_MAX];
	size_t cols = 0, count = 0, i, k;
	struct csv c;
	int rc = rows == NULL || csv_init(&c, text, n, e) != 0 ? -1 : csv_row(&c, e);

	if (rc == 0)
		rc = err_set(e, "has no head");
	for (i = 0; rc == 1 && i < c.n; i++) {
		head[i] = c.cell[i];
		for (k = 0; k < i && strcmp(head[k], head[i]) != 0; k++)
			continue;
		if (!head_ok(head[i]) || k < i)
			rc = err_set(e, "column %zu: the head must be of A-Z a-z 0-9 . _ -, begin with a letter and stand once", i + 1);
		cols = i + 1;
	}
	while (rc == 1 && (rc = csv_row(&c, e)) == 1) {
		if (++count > FORM_ROWS_MAX || c.n > cols) {
			rc = err_set(e, "row %u: more than %d rows, or more cells than heads", c.row, FORM_ROWS_MAX);
			break;
		}
		if ((row = cJSON_CreateObject()) == NULL || !cJSON_AddItemToArray(rows, row))
			rc = -1;
		for (i = 0; i < c.n && rc == 1; i++)
			if (cJSON_AddStringToObject(row, head[i], c.cell[i]) == NULL)
				rc = -1;
	}
	if (rc == 0)
		return (rows);
	cJSON_Delete(rows);
	return (NULL);
}

static cJSON *
xml_rows(const void *p, size_t n, struct err *e)
{
	xmlDocPtr doc = xml_read(p, n, e);
	const xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement(doc), *r, *c;
	cJSON *rows = cJSON_CreateArray(), *row;
	size_t count = 0;
	int rc = root != NULL && rows != NULL ? 0 : -1;
	char *text;

	for (r = rc == 0 ? xml_first(root) : NULL; r != NULL && rc == 0; r = xml_next(r)) {
		if (++count > FORM_ROWS_MAX)
			rc = err_set(e, "more than %d rows", FORM_ROWS_MAX);
		if ((row = cJSON_CreateObject()) == NULL || !cJSON_AddItemToArray(rows, row))
			rc = -1;
		for (c = xml_first(r); c != NULL && rc == 0; c = xml_next(c)) {
			if (xml_first(c) != NULL || cJSON_GetObjectItemCaseSensitive(row, xml_name(c)) != NULL) {
				rc = xml_refuse(c, e, "%s is more than a text, or stands twice in its row", xml_name(c));
				break;
			}
			text = xml_text(c);
			rc = text != NULL && cJSON_AddStringToObject(row, xml_name(c), text) != NULL ? 0 : -1;
			free(text);
		}
	}
	xmlFreeDoc(doc);
	if (rc == 0)
		return (rows);
	cJSON_Delete(rows);
	return (NULL);
}

cJSON *
media_rows(const char *name, const void *p, size_t n, struct err *e)
{
	size_t len = strlen(name);
	cJSON *rows = NULL;
	char *text;

	e->text[0] = '\0';
	if (n > FORM_MEDIA_BYTES_MAX) {
		(void)err_set(e, "%s: longer than %u bytes", name, FORM_MEDIA_BYTES_MAX);
		return (NULL);
	}
	if (len > 4 && strcmp(name + len - 4, ".xml") == 0) {
		rows = xml_rows(p, n, e);
	} else if ((text = lapsed(malloc(n + 1))) != NULL) {
		if (n > 0)
			memcpy(text, p, n);
		text[n] = '\0';
		rows = csv_rows(text, n, e);
		free(text);
	}
	if (rows == NULL && e->text[0] == '\0')
		(void)err_set(e, "out of memory");
	if (rows == NULL)
		(void)err_add(e, "%s", name);
	return (rows);
}

static int
put_cell(struct buf *out, const char *s)
{

	if (s[strcspn(s, ",\"\r\n")] == '\0')
		return (buf_puts(out, s));
	(void)buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			(void)buf_putc(out, '"');
		(void)buf_putc(out, (uint8_t)*s);
	}
	return (buf_putc(out, '"'));
}

/* The heads, in the order in which they first appear. */
static size_t
heads(const cJSON *rows, const char *head[CSV_COLS_MAX])
{
	const cJSON *r, *c;
	size_t n = 2, i;

	head[0] = "name";
	head[1] = "label";
	cJSON_ArrayForEach(r, rows)
		cJSON_ArrayForEach(c, r) {
			for (i = 0; i < n && strcmp(head[i], c->string) != 0; i++)
				continue;
			if (i == n && n < CSV_COLS_MAX)
				head[n++] = c->string;
		}
	return (n);
}

int
media_csv(const cJSON *rows, struct buf *out)
{
	const char *head[CSV_COLS_MAX], *s;
	size_t n = heads(rows, head), i;
	const cJSON *r;

	for (i = 0; i < n; i++)
		(void)buf_printf(out, "%s%s", i > 0 ? "," : "", head[i]);
	(void)buf_putc(out, '\n');
	cJSON_ArrayForEach(r, rows) {
		for (i = 0; i < n; i++) {
			s = json_string(r, head[i]);
			if (i > 0)
				(void)buf_putc(out, ',');
			(void)put_cell(out, s != NULL ? s : "");
		}
		(void)buf_putc(out, '\n');
	}
	return (buf_ok(out) ? 0 : -1);
}

static void
put_text(struct buf *out, const char *s)
{

	for (; *s != '\0'; s++) {
		if (*s == '<' || *s == '>' || *s == '&')
			(void)buf_puts(out, *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : "&amp;");
		else
			(void)buf_putc(out, (uint8_t)*s);
	}
}

int
media_xml(const cJSON *rows, struct buf *out)
{
	const cJSON *r, *c;

	(void)buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root>\n");
	cJSON_ArrayForEach(r, rows) {
		(void)buf_puts(out, "<item>");
		cJSON_ArrayForEach(c, r) {
			if (!cJSON_IsString(c))
				continue;
			(void)buf_printf(out, "<%s>", c->string);
			put_text(out, c->valuestring);
			(void)buf_printf(out, "</%s>", c->string);
		}
		(void)buf_puts(out, "</item>\n");
	}
	return (buf_puts(out, "</root>\n"));
}
