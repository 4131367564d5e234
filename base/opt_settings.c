#include "base/opt_settings.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

static const struct opt data_opt = { "data", "DIR", NULL, 0 };

struct reading {
	const struct opt *opts;
	struct opt_settings *out;
	size_t from_environment; /* these the file does not change */
	struct err why;
};

static const struct opt *
find(const struct opt *opts, const char *name)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		if (strcmp(opts->name, name) == 0)
			return opts;
	return strcmp(name, data_opt.name) == 0 ? &data_opt : NULL;
}

static size_t
count(const struct opt_settings *s, size_t from, size_t to, const char *name)
{
	size_t n = 0;

	for (; from < to; from++)
		n += strcmp(s->s[from].name, name) == 0;
	return n;
}

/* Keep one value; a flag that says no is not kept.  0, or -1 with the rule. */
static int
keep(struct opt_settings *s, const struct opt *o, const char *val, struct err *e)
{
	int yes = strcmp(val, "yes") == 0 || strcmp(val, "1") == 0 || strcmp(val, "true") == 0;
	int no = strcmp(val, "no") == 0 || strcmp(val, "0") == 0 || strcmp(val, "false") == 0;

	if (o->arg == NULL && !yes && !no)
		return err_set(e, "%s: yes or no, not %s", o->name, val);
	if (o->arg == NULL && no)
		return 0;
	if (o->arg != NULL && *val == '\0')
		return err_set(e, "%s: without a value", o->name);
	if (s->n == OPT_SETTINGS_MAX)
		return err_set(e, "more than %d settings", OPT_SETTINGS_MAX);
	s->s[s->n].name = lapsed(strdup(o->name));
	s->s[s->n].val = lapsed(strdup(o->arg == NULL ? "" : val));
	s->n++;
	return s->s[s->n - 1].name != NULL && s->s[s->n - 1].val != NULL ? 0 : err_set(e, "out of memory");
}

static int
from_environment(const struct opt *opts, struct opt_settings *out, struct err *e)
{
	char name[80];
	const char *val;
	size_t i;

	for (; opts != NULL && opts->name != NULL; opts++) {
		(void)snprintf(name, sizeof(name), "TALLY_%s", opts->name);
		for (i = 6; name[i] != '\0'; i++)
			name[i] = (char)(name[i] == '-' ? '_' : toupper((unsigned char)name[i]));
		if ((val = getenv(name)) != NULL && *val != '\0' && keep(out, opts, val, e) != 0)
			return err_add(e, "%s", name);
	}
	return 0;
}

/* One line of the file; 0 stops the reading and names its line. */
static int
from_line(void *ctx, const char *section, const char *name, const char *val)
{
	struct reading *r = ctx;
	const struct opt *o = find(r->opts, name);

	(void)section;
	if (o == NULL)
		return err_set(&r->why, "unknown setting: %s", name) == 0;
	if (count(r->out, 0, r->from_environment, name) > 0)
		return 1;
	if (!o->many && count(r->out, r->from_environment, r->out->n, name) > 0)
		return err_set(&r->why, "given twice: %s", name) == 0;
	return keep(r->out, o, val, &r->why) == 0;
}

int
opt_settings_read(const char *program, const struct opt *opts, struct opt_settings *out, struct err *e)
{
	const char *named = getenv("TALLY_CONFIG");
	struct reading r = { .opts = opts, .out = out };
	char path[256];
	FILE *f;
	int line;

	memset(out, 0, sizeof(*out));
	if (from_environment(opts, out, e) != 0)
		return -1;
	r.from_environment = out->n;
	(void)snprintf(path, sizeof(path), "/etc/tallystick/%s.ini", program);
	if ((f = fopen(named != NULL ? named : path, "re")) == NULL)
		return named == NULL && errno == ENOENT ? 0 : err_set(e, "%s: cannot be opened: %s", named != NULL ? named : path, strerror(errno));
	line = ini_parse_file(f, from_line, &r);
	(void)fclose(f);
	if (line == 0)
		return 0;
	if (line < 0 || r.why.text[0] == '\0')
		(void)err_set(&r.why, "not a line NAME = VALUE");
	return err_set(e, "%s line %d: %s", named != NULL ? named : path, line < 0 ? 0 : line, r.why.text);
}

void
opt_settings_free(struct opt_settings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->s[i].name);
		free(s->s[i].val);
	}
	s->n = 0;
}
