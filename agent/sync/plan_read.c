#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/plan_internal.h"
#include "base/json.h"
#include "base/lapse.h"

/* Plans' texts into lines. */

static const char version[] = "tallystick/plan/v1\n";

static int
each_line(const char *text, size_t n, int (*cb)(void *ctx, cJSON *line), void *ctx)
{
	const char *end = text + n, *lf;
	cJSON *line;
	int rc = 0;

	if (n < sizeof(version) - 1 || memcmp(text, version, sizeof(version) - 1) != 0)
		return 0;
	for (text += sizeof(version) - 1; rc == 0 && text < end && (lf = memchr(text, '\n', (size_t)(end - text))) != NULL; text = lf + 1)
		if ((line = json_parse(text, (size_t)(lf - text), JSON_OBJECT, NULL)) != NULL) {
			rc = cb(ctx, line);
			cJSON_Delete(line);
		}
	return rc;
}

static int
put_line(void *ctx, cJSON *line)
{
	struct buf *out = ctx;
	char *s;
	int rc = -1;

	cJSON_DeleteItemFromObjectCaseSensitive(line, "name");
	if ((s = cJSON_PrintUnformatted(line)) != NULL)
		rc = buf_puts(out, s) == 0 && buf_putc(out, '\n') == 0 ? 0 : -1;
	cJSON_free(s);
	return rc;
}

int
plan_without_names(struct buf *out, const char *text, size_t n)
{
	return buf_puts(out, version) == 0 ? each_line(text, n, put_line, out) : -1;
}

/* 0, 1 when it is not to be read, -1. */
static int
read_line(struct planned *x, const cJSON *line)
{
	const char *place = json_string(line, "place"), *subject = json_string(line, "subject"), *name = json_string(line, "name"), *due = json_string(line, "due");
	const cJSON *target = cJSON_GetObjectItemCaseSensitive(line, "target");
	int64_t count = 1;

	if (place == NULL || !field_place((struct field){ place, strlen(place) }) || (subject != NULL && !field_id((struct field){ subject, strlen(subject) }, ID_MAX)) ||
	    (subject == NULL && json_int(line, "count", &count) != 0) || count < 0 || (due != NULL && strlen(due) != 10))
		return 1;
	(void)snprintf(x->place, sizeof(x->place), "%s", place);
	(void)snprintf(x->subject, sizeof(x->subject), "%s", subject ? subject : "");
	(void)snprintf(x->due, sizeof(x->due), "%s", due ? due : "");
	x->count = (uint64_t)count;
	x->dropped = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "dropped"));
	if (name != NULL && (x->name = lapsed(strdup(name))) == NULL)
		return -1;
	return cJSON_IsObject(target) && (x->target = cJSON_PrintUnformatted(target)) == NULL ? -1 : 0;
}

struct reading { struct plan *p; const char *form; uint64_t index; };

static int
add_line(void *ctx, cJSON *line)
{
	struct reading *r = ctx;
	struct plan *p = r->p;
	struct planned *more, *x;
	size_t room = p->room ? 2 * p->room : 64;
	int rc;

	if (p->n == PLAN_LINES_MAX)
		return 0;
	if (p->n == p->room) {
		if ((more = lapsed(reallocarray(p->line, room, sizeof(*more)))) == NULL)
			return -1;
		p->line = more;
		p->room = room;
	}
	x = &p->line[p->n];
	memset(x, 0, sizeof(*x));
	rc = read_line(x, line);
	(void)snprintf(x->form, sizeof(x->form), "%s", r->form);
	x->at = p->n;
	if (rc == 0)
		p->n++;
	else
		planned_free(x);
	return rc < 0 ? -1 : 0;
}

int
plan_read_text(struct plan *p, const char *form, const char *text, size_t n)
{
	struct reading r = { .p = p, .form = form };

	return each_line(text, n, add_line, &r);
}

void
planned_free(struct planned *x)
{
	free(x->name);
	cJSON_free(x->target);
	x->name = x->target = NULL;
}
