#include "county/report/plan.h"
#include "sync/upper.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/json.h"
#include "county/cmd/out.h"

/* Plans out of the log. */

static const char version[] = "tallystick/plan/v1\n";

struct key { const char *form, *place, *subject; };

static int
same_key(const void *item, const void *key)
{
	const struct plan_line *x = item;
	const struct key *k = key;

	return strcmp(x->form, k->form) == 0 && strcmp(x->place, k->place) == 0 && strcmp(x->subject, k->subject) == 0;
}

static uint64_t
hash_of(const struct key *k)
{
	uint8_t hash[HASH_LEN];
	struct buf b;
	uint64_t v;

	buf_init(&b, 1024);
	(void)buf_printf(&b, "%s %s %s", k->form, k->place, k->subject);
	sha256(hash, b.data, b.len);
	v = dec_be(hash, 8);
	buf_free(&b);
	return v;
}

const struct plan_line *
plan_find(const struct plan *p, const char *form, const char *place, const char *subject)
{
	const struct key k = { form, place, subject };

	return map_get(&p->by_key, hash_of(&k), same_key, &k);
}

int
plan_take(struct plan *p, struct plan_line *x)
{
	const struct key k = { x->form, x->place, x->subject };
	size_t room = p->room ? 2 * p->room : 256;
	struct plan_line *old = map_get(&p->by_key, hash_of(&k), same_key, &k), was, **more;

	if (old != NULL) {
		was = *old;
		*old = *x;
		*x = was;
		plan_line_free(x);
		return 0;
	}
	if (p->n == p->room) {
		if ((more = reallocarray(p->line, room, sizeof(struct plan_line *))) == NULL)
			return -1;
		p->line = more;
		p->room = room;
	}
	if (map_put(&p->by_key, hash_of(&k), x) != 0)
		return -1;
	p->line[p->n++] = x;
	return 0;
}

void
plan_line_free(struct plan_line *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->ntargets; i++) {
		free(x->target[i].path);
		free(x->target[i].value);
	}
	free(x->target);
	free(x->name);
	free(x);
}

void
plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		plan_line_free(p->line[i]);
	free(p->line);
	map_free(&p->by_key, NULL);
	memset(p, 0, sizeof(*p));
}

void
plan_text_begin(struct buf *b)
{
	(void)buf_puts(b, version);
}

void
plan_line_put(struct buf *b, const struct plan_line *x)
{
	struct buf one;
	char date[16];

	buf_init(&one, FORM_BYTES_MAX);
	json_begin(&one);
	json_put_str(&one, "place", x->place);
	if (x->subject[0] != '\0')
		json_put_str(&one, "subject", x->subject);
	if (x->name != NULL)
		json_put_str(&one, "name", x->name);
	if (x->due > 0) {
		fold_date(x->due, date);
		json_put_str(&one, "due", date);
	}
	if (x->subject[0] == '\0')
		json_put_u64(&one, "count", x->count);
	if (x->dropped)
		json_put_bool(&one, "dropped", 1);
	if (x->ntargets > 0)
		json_put_raw(&one, "target", "{");
	for (size_t i = 0; i < x->ntargets; i++)
		json_put_str(&one, x->target[i].path, x->target[i].value);
	if (x->ntargets > 0)
		(void)buf_putc(&one, '}');
	json_end(&one);
	if (!buf_ok(&one))
		b->failed = 1;
	(void)buf_put(b, one.data, one.len);
	buf_free(&one);
}

int
plan_line_same(const struct plan_line *a, const struct plan_line *b)
{
	struct buf x, y;
	int same;

	buf_init(&x, FORM_BYTES_MAX);
	buf_init(&y, FORM_BYTES_MAX);
	plan_line_put(&x, a);
	plan_line_put(&y, b);
	same = buf_ok(&x) && buf_ok(&y) && strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_free(&x);
	buf_free(&y);
	return same;
}

/* From a text to lines. */

static const char *
text_at(const cJSON *root, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(root, name);

	return cJSON_IsString(m) ? m->valuestring : NULL;
}

static int
read_targets(struct plan_line *x, const cJSON *m)
{
	const cJSON *one = NULL;
	int n = cJSON_GetArraySize(m);

	if (m == NULL || n == 0)
		return 0;
	if (!cJSON_IsObject(m) || n > FORM_FIELDS_MAX || (x->target = calloc((size_t)n, sizeof(*x->target))) == NULL)
		return -1;
	cJSON_ArrayForEach(one, m) {
		if (!cJSON_IsString(one))
			return -1;
		x->target[x->ntargets].path = strdup(one->string);
		x->target[x->ntargets].value = strdup(one->valuestring);
		x->ntargets++;
		if (x->target[x->ntargets - 1].path == NULL || x->target[x->ntargets - 1].value == NULL)
			return -1;
	}
	return 0;
}

static int
read_members(struct plan_line *x, const cJSON *root)
{
	const char *place = text_at(root, "place"), *subject = text_at(root, "subject"), *name = text_at(root, "name"), *due = text_at(root, "due");
	const cJSON *count = cJSON_GetObjectItemCaseSensitive(root, "count");

	if (place == NULL || strlen(place) > PLACE_MAX || (subject != NULL && (subject[0] == '\0' || strlen(subject) > ID_MAX)))
		return -1;
	(void)strcpy(x->place, place);
	(void)strcpy(x->subject, subject ? subject : "");
	if (name != NULL && (x->name = strdup(name)) == NULL)
		return -1;
	x->due = due ? fold_day(due) : 0;
	x->count = subject != NULL ? 1 : cJSON_IsNumber(count) && count->valuedouble >= 0 && count->valuedouble <= PLAN_COUNT_MAX ? (uint64_t)count->valuedouble : 0;
	x->dropped = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "dropped"));
	return read_targets(x, cJSON_GetObjectItemCaseSensitive(root, "target"));
}

static int
read_line(struct plan *p, const char *form, const char *s, size_t n, struct err *e)
{
	struct plan_line *x = calloc(1, sizeof(*x));
	cJSON *root = json_parse(s, n, JSON_OBJECT, e);
	int rc = -1;

	if (x != NULL && root != NULL) {
		(void)strcpy(x->form, form);
		rc = read_members(x, root) == 0 && plan_take(p, x) == 0 ? 0 : err_set(e, "a line of it cannot be read, or out of memory");
	}
	cJSON_Delete(root);
	if (rc != 0)
		plan_line_free(x);
	return rc;
}

static int
read_text(struct plan *p, const char *form, const char *s, struct err *e)
{
	size_t n;

	if (strncmp(s, version, sizeof(version) - 1) != 0)
		return err_set(e, "its text is of an unknown version");
	for (s += sizeof(version) - 1; *s != '\0'; s += n + 1) {
		if ((n = strcspn(s, "\n")) == 0 || s[n] != '\n')
			return err_set(e, "its text has an empty line or no end");
		if (read_line(p, form, s, n, e) != 0)
			return -1;
	}
	return 0;
}

struct loading {
	struct plan *p;
	struct ledger *l;
	uint64_t at;
	const char *form;
	struct err *e;
};

/* In a county's copy at the server above: the text as the county sent it, without the names.  1, 0 or -1. */
static int
nameless(struct ledger *l, const uint8_t hash[HASH_LEN], struct buf *text)
{
	char name[sizeof(UPPER_PLAN) + 2 * HASH_LEN] = UPPER_PLAN;

	enc_hex(name + strlen(UPPER_PLAN), hash, HASH_LEN);
	return ledger_get(l, name, text);
}

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct loading *w = ctx;
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN];
	char form[ID_MAX + 1];
	struct record r;
	struct buf text;
	int rc = -1, held;

	if (index >= w->at)
		return 0;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, w->e) != 0)
		return -1;
	buf_init(&text, PLAN_TEXT_MAX);
	if (record_text(&r, "form", form, sizeof(form)) != 0 || record_hash(&r, "plan", hash) != 0)
		(void)err_set(w->e, "its lines cannot be read");
	else if (w->form != NULL && strcmp(w->form, form) != 0)
		rc = 0;
	else if ((held = ledger_salted_get(w->l, hash, salt, &text)) == 0 && (held = nameless(w->l, hash, &text)) == 0)
		(void)err_set(w->e, "its text is not held here");
	else if (held == 1)
		rc = read_text(w->p, form, buf_str(&text), w->e);
	if (rc != 0)
		(void)err_add(w->e, "plan, record %llu", (unsigned long long)index);
	buf_free(&text);
	record_free(&r);
	return rc;
}

int
plan_load(struct plan *p, struct ledger *l, uint64_t at, const char *form, struct err *e)
{
	struct err why = { "" };
	struct loading w = { p, l, at, form, &why };

	memset(p, 0, sizeof(*p));
	if (ledger_each_record_of(l, RECORD_PLAN, 0, read_record, &w) == 0)
		return 0;
	plan_free(p);
	return err_set(e, "%s", why.text[0] != '\0' ? why.text : "the ledger's plans cannot be read");
}
