#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "forms/xlsform/xlsform_in.h"

/* Sheets and their heads. */

#define SURVEY 1U
#define CHOICES 2U
#define SETTINGS 4U
#define INDICATORS 8U

static const struct {
	const char *name;
	unsigned sheets;
	enum xcol what;
} known[] = {
	{ "type", SURVEY, X_TYPE }, { "name", SURVEY | CHOICES | INDICATORS, X_NAME }, { "value", CHOICES, X_NAME },
	{ "label", SURVEY | CHOICES | INDICATORS, X_LABEL }, { "caption", SURVEY, X_LABEL }, { "hint", SURVEY, X_HINT },
	{ "required", SURVEY, X_REQUIRED }, { "bind::required", SURVEY, X_REQUIRED },
	{ "required_message", SURVEY, X_REQUIRED_MSG }, { "bind::jr:requiredMsg", SURVEY, X_REQUIRED_MSG },
	{ "constraint", SURVEY, X_CONSTRAINT }, { "bind::constraint", SURVEY, X_CONSTRAINT },
	{ "constraint_message", SURVEY, X_CONSTRAINT_MSG }, { "bind::jr:constraintMsg", SURVEY, X_CONSTRAINT_MSG },
	{ "relevant", SURVEY, X_RELEVANT }, { "relevance", SURVEY, X_RELEVANT }, { "bind::relevant", SURVEY, X_RELEVANT },
	{ "calculation", SURVEY, X_CALCULATION }, { "calculate", SURVEY, X_CALCULATION }, { "bind::calculate", SURVEY, X_CALCULATION },
	{ "default", SURVEY, X_DEFAULT }, { "readonly", SURVEY, X_READONLY }, { "read_only", SURVEY, X_READONLY }, { "bind::readonly", SURVEY, X_READONLY },
	{ "appearance", SURVEY, X_APPEARANCE }, { "choice_filter", SURVEY, X_FILTER }, { "repeat_count", SURVEY, X_COUNT },
	{ "parameters", SURVEY, X_PARAMETERS }, { "bind::type", SURVEY, X_BIND_TYPE }, { "body::accuracyThreshold", SURVEY, X_ACCURACY },
	{ "bind::tally:personal", SURVEY, X_PERSONAL }, { "bind::tally:unit", SURVEY, X_UNIT }, { "bind::tally:subject", SURVEY, X_SUBJECT },
	{ "bind::tally:stage", SURVEY, X_STAGE }, { "bind::tally:final", SURVEY, X_FINAL },
	{ "list_name", CHOICES, X_LIST },
	{ "form_id", SETTINGS, X_FORM_ID }, { "id_string", SETTINGS, X_FORM_ID }, { "version", SETTINGS, X_VERSION },
	{ "form_title", SETTINGS, X_TITLE }, { "title", SETTINGS, X_TITLE }, { "default_language", SETTINGS, X_DEFAULT_LANGUAGE },
	{ "instance_name", SETTINGS, X_INSTANCE_NAME },
	{ "kind", INDICATORS, X_KIND }, { "field", INDICATORS, X_FIELD }, { "where", INDICATORS, X_WHERE }, { "distinct", INDICATORS, X_DISTINCT },
	{ "numerator", INDICATORS, X_NUMERATOR }, { "denominator", INDICATORS, X_DENOMINATOR }, { "group", INDICATORS, X_GROUP },
	{ "groups", INDICATORS, X_GROUPS }, { "period", INDICATORS, X_PERIOD },
	{ "plus", INDICATORS, X_PLUS }, { "minus", INDICATORS, X_MINUS }, { "rest", INDICATORS, X_REST },
};

/* Columns that XLSForm has and this compiler has not. */
static const char *const unsupported[] = {
	"guidance_hint", "trigger", "save_to", "media", "image", "audio", "video", "big-image", "instance", "body", "bind", "disabled",
	"public_key", "submission_url", "auto_send", "auto_delete", "allow_choice_duplicates", "style", "client_editable", "entities", "geometry",
};

int
xls_oom(struct xls *x)
{
	x->oom = 1;
	return -1;
}

static void
say(struct xls *x, int warning, const struct grid *g, unsigned row, int col, const char *fmt, va_list ap)
{
	char text[512];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	faults_add(x->faults, warning, g == NULL || g->sheet == NULL ? NULL : g->sheet->name, row, col, g == NULL || col < 0 ? NULL : g->head[col], text);
}

int
xls_say(struct xls *x, const struct grid *g, unsigned row, int col, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(x, 0, g, row, col, fmt, ap);
	va_end(ap);
	return -1;
}

void
xls_warn(struct xls *x, const struct grid *g, unsigned row, int col, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(x, 1, g, row, col, fmt, ap);
	va_end(ap);
}

int
xls_at(const struct cells *c, enum xcol what)
{
	return c->v[what] != NULL || (what < X_TRANSLATED && c->translated[what]) ? c->col[what] : c->col[what] >= 0 ? c->col[what] : -1;
}

/* Heads are compared without regard to case, "list name" as "list_name". */
static int
same_head(const char *a, size_t n, const char *b)
{
	size_t i;

	if (strlen(b) != n)
		return 0;
	for (i = 0; i < n; i++)
		if (strncasecmp(a + i, b + i, 1) != 0 && !(a[i] == ' ' && b[i] == '_'))
			return 0;
	return 1;
}

static long
find_lang(struct xls *x, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < x->nlangs; i++)
		if (strlen(x->lang[i]) == n && memcmp(x->lang[i], s, n) == 0)
			return (long)i;
	if (x->nlangs == LANGS_MAX || (x->lang[x->nlangs] = arena_text(&x->b.a, s, n)) == NULL)
		return -1;
	return (long)x->nlangs++;
}

/* The head up to its language: "label::中文 (zh)" is label; of "bind::..." all. */
static size_t
base_of(const char *head, const char **lang)
{
	const char *p = strstr(head, "::");
	size_t n;

	*lang = NULL;
	if (p != NULL && strncasecmp(head, "bind::", 6) == 0)
		p = strstr(p + 2, "::");
	if (p == NULL || strncasecmp(head, "body::", 6) == 0 || strncasecmp(head, "media::", 7) == 0 || strncasecmp(head, "instance::", 10) == 0)
		return strlen(head);
	*lang = p + 2 + strspn(p + 2, " ");
	for (n = (size_t)(p - head); n > 0 && head[n - 1] == ' '; n--)
		continue;
	return n;
}

/* Why a head that is not known is not. */
static void
refuse_head(struct xls *x, struct grid *g, unsigned row, int col)
{
	const char *head = g->head[col];
	size_t i, n = strcspn(head, ":");

	g->what[col] = X_REFUSED;
	for (i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (same_head(head, n, unsupported[i])) {
			(void)xls_say(x, g, row, col, "the column %s is not supported", head);
			return;
		}
	(void)xls_say(x, g, row, col, "unknown column %s (a column of notes begins with #)", head);
}

static void
translated_head(struct xls *x, struct grid *g, unsigned row, int col, enum xcol what, const char *lang)
{
	long l;

	if (lang == NULL)
		lang = x->set.v[X_DEFAULT_LANGUAGE] != NULL ? x->set.v[X_DEFAULT_LANGUAGE] : "default";
	if (*lang == '\0' || (l = find_lang(x, lang, strlen(lang))) < 0) {
		(void)xls_say(x, g, row, col, "the head %s: a language is missing, or there are more than %d", g->head[col], LANGS_MAX);
		g->what[col] = X_REFUSED;
		return;
	}
	g->what[col] = (unsigned char)what;
	g->lang[col] = (unsigned char)l;
}

/* One head: what its column means. */
static void
read_head(struct xls *x, struct grid *g, unsigned sheet, unsigned row, int col)
{
	const char *head = g->head[col], *lang;
	size_t n = base_of(head, &lang), i;
	int other;

	if (*head == '#') {
		g->what[col] = X_IGNORED;
		return;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((known[i].sheets & sheet) != 0 && same_head(head, n, known[i].name))
			break;
	if (i == sizeof(known) / sizeof(known[0])) {
		if (sheet == CHOICES && lang == NULL && xls_name_ok(head) && strcmp(head, "image") != 0 && strcmp(head, "audio") != 0 && strcmp(head, "video") != 0)
			g->what[col] = X_EXTRA;
		else
			refuse_head(x, g, row, col);
		return;
	}
	if (known[i].what < X_TRANSLATED) {
		translated_head(x, g, row, col, known[i].what, lang);
	} else if (lang != NULL) {
		g->what[col] = X_REFUSED;
		(void)xls_say(x, g, row, col, "the column %.*s has no translations", (int)n, head);
	} else {
		g->what[col] = (unsigned char)known[i].what;
	}
	for (other = 0; other < col; other++)
		if (g->head[other] != NULL && g->what[other] == g->what[col] && g->what[col] < X_COLS && g->lang[other] == g->lang[col])
			(void)xls_say(x, g, row, col, "the column %s stands twice", head);
	if (g->what[col] < X_COLS && g->col[g->what[col]] < 0)
		g->col[g->what[col]] = col;
}

static void
read_heads(struct xls *x, struct grid *g, unsigned sheet)
{
	const struct sheet_row *r;
	unsigned i;

	if (g->sheet == NULL || g->sheet->nrows == 0)
		return;
	r = &g->sheet->row[0];
	memset(g->head, 0, sizeof(g->head));
	for (i = 0; i < r->ncells; i++)
		g->head[r->cell[i].col] = r->cell[i].text;
	for (i = 0; i < r->ncells; i++)
		read_head(x, g, sheet, r->number, (int)r->cell[i].col);
}

static void
find_sheet(struct xls *x, const char *name, struct grid *g)
{
	size_t i;

	for (i = 0; i < X_COLS; i++)
		g->col[i] = -1;
	for (i = 0; i < x->b.nsheets; i++) {
		if (strcasecmp(x->b.sheet[i].name, name) != 0)
			continue;
		if (g->sheet != NULL)
			(void)xls_say(x, g, 0, -1, "the sheet %s stands twice", name);
		g->sheet = &x->b.sheet[i];
	}
}

/* Sheets that are not read: XLSForm's own are refused, others only named. */
static void
other_sheets(struct xls *x)
{
	static const char *const ours[] = { "survey", "choices", "settings", "indicators" };
	static const char *const theirs[] = { "entities", "external_choices", "osm", "cascades" };
	size_t i, k;

	for (i = 0; i < x->b.nsheets; i++) {
		const char *name = x->b.sheet[i].name;

		for (k = 0; k < 4 && strcasecmp(name, ours[k]) != 0 && strcasecmp(name, theirs[k]) != 0; k++)
			continue;
		if (k < 4 && strcasecmp(name, ours[k]) == 0)
			continue;
		if (x->b.sheet[i].nrows > 0)
			faults_add(x->faults, k == 4 && name[0] == '#', name, 0, -1, NULL, k < 4 ? "this sheet is not supported" : name[0] == '#' ? "this sheet is not read"
			    : "unknown sheet (survey, choices, settings and indicators are read; a sheet of notes begins with #)");
	}
}

int
xls_heads(struct xls *x)
{
	const struct sheet_row *r;
	unsigned i, k;

	other_sheets(x);
	find_sheet(x, "survey", &x->survey);
	find_sheet(x, "choices", &x->choices);
	find_sheet(x, "settings", &x->settings);
	find_sheet(x, "indicators", &x->indicators);
	/* the default language first: heads without a language mean it */
	for (k = 0; x->settings.sheet != NULL && x->settings.sheet->nrows > 1 && k < x->settings.sheet->row[0].ncells; k++) {
		r = x->settings.sheet->row;
		if (same_head(r->cell[k].text, strlen(r->cell[k].text), "default_language"))
			for (i = 0; i < r[1].ncells; i++)
				if (r[1].cell[i].col == r->cell[k].col)
					x->set.v[X_DEFAULT_LANGUAGE] = r[1].cell[i].text;
	}
	read_heads(x, &x->survey, SURVEY);
	read_heads(x, &x->choices, CHOICES);
	read_heads(x, &x->settings, SETTINGS);
	read_heads(x, &x->indicators, INDICATORS);
	if (x->survey.sheet == NULL || x->survey.sheet->nrows == 0)
		return xls_say(x, NULL, 0, -1, "there is no sheet survey, or it is empty");
	if (x->settings.sheet == NULL || x->settings.sheet->nrows < 2)
		return xls_say(x, NULL, 0, -1, "there is no sheet settings with form_id and version");
	for (i = 0; i < x->nlangs && x->set.v[X_DEFAULT_LANGUAGE] != NULL; i++)
		if (strcmp(x->lang[i], x->set.v[X_DEFAULT_LANGUAGE]) == 0)
			break;
	if (x->set.v[X_DEFAULT_LANGUAGE] != NULL && i == x->nlangs)
		(void)xls_say(x, &x->settings, x->settings.sheet->row[1].number, x->settings.col[X_DEFAULT_LANGUAGE], "no column is in the language %s", x->set.v[X_DEFAULT_LANGUAGE]);
	x->main_lang = i < x->nlangs ? i : 0;
	return 0;
}

void
xls_cells(const struct xls *x, const struct grid *g, const struct sheet_row *r, struct cells *c)
{
	unsigned i, col, what;

	(void)x;
	memset(c, 0, sizeof(*c));
	c->row = r->number;
	memcpy(c->col, g->col, sizeof(c->col));
	for (i = 0; i < r->ncells; i++) {
		if (g->head[col = r->cell[i].col] == NULL || (what = g->what[col]) >= X_COLS)
			continue;
		if (what < X_TRANSLATED) {
			c->t[what][g->lang[col]] = r->cell[i].text;
			c->col[what] = c->translated[what] ? c->col[what] : (int)col;
			c->translated[what] = 1;
		} else {
			c->v[what] = r->cell[i].text;
			c->col[what] = (int)col;
		}
	}
}

int
xls_yes(const char *s)
{
	static const char *const yes[] = { "yes", "true", "true()", "1", "是" }, *const no[] = { "no", "false", "false()", "0", "否" };
	size_t i;

	for (i = 0; i < 5; i++) {
		if (strcasecmp(s, yes[i]) == 0)
			return 1;
		if (strcasecmp(s, no[i]) == 0)
			return 0;
	}
	return -1;
}

int
xls_name_ok(const char *s)
{
	const char *first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	return *s != '\0' && strchr(first, *s) != NULL && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-.") == strlen(s);
}
