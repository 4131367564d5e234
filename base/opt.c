#include "base/opt.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lapse.h"
#include "base/opt_help.h"
#include "base/opt_settings.h"

#define OPT_DATA_MAX 4096

static const struct opt opt_data = { "data", "DIR", NULL, 0 };
static const struct opt opt_D = { "D", "DIR", NULL, 0 };
static const struct opt opt_json = { "json", NULL, NULL, 0 };
static const struct opt opt_help = { "help", NULL, NULL, 0 };
static const struct opt opt_version = { "version", NULL, NULL, 0 };
static const struct opt opt_man = { "man", NULL, NULL, 0 }; /* for make install */
static const struct opt *const globals[] = { &opt_data, &opt_D, &opt_json, &opt_help, &opt_version, &opt_man };

static _Thread_local const char *program = "tally";
static _Thread_local struct opt_io io; /* of this thread's command; set by opt_run before anything else */

/* A command line while it is read. */
struct line {
	const struct program *p;
	char **argv;
	int argc, i;
	int help, version, man;
	struct opt_settings settings;
	const char *group; /* --help after the first word of commands that have two */
	struct args a;
};

static int
misuse(const struct line *l, const char *what, const char *name)
{
	(void)fprintf(io.err, "%s: %s%s%s\nTry: %s %s%s--help\n", l->p->name, what, name ? " " : "", name ? name : "",
	    l->p->name, l->a.cmd ? l->a.cmd->name : "", l->a.cmd ? " " : "");
	return -1;
}

/* The option named by ${n} bytes at ${name}; a command's own stand before the global ones. */
static const struct opt *
find_opt(const struct cmd *cmd, const char *name, size_t n)
{
	const struct opt *o;
	size_t i;

	for (o = cmd ? cmd->opts : NULL; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	for (i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
		if (strlen(globals[i]->name) == n && memcmp(globals[i]->name, name, n) == 0)
			return globals[i];
	return NULL;
}

/* 1 when ${s} can be read from: "-", or anything there but a folder. */
static int
is_input(const struct args *a, const char *s)
{
	char path[OPT_DATA_MAX];
	struct stat st;
	int fd;

	if (s == NULL || strcmp(s, "-") == 0)
		return s != NULL;
	if (a->io->lend != NULL) {
		if ((fd = a->io->lend(a->io->caller, s, NULL)) >= 0)
			(void)close(fd);
		return fd >= 0;
	}
	return opt_path(a, s, path, sizeof(path)) == 0 && stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int
add_value(struct line *l, const struct opt *o, const char *val, const char *word)
{
	size_t i;

	for (i = 0; i < l->a.nvals; i++)
		if (l->a.vals[i].opt == o && !o->many)
			return misuse(l, "given twice:", word);
	l->a.vals[l->a.nvals].opt = o;
	l->a.vals[l->a.nvals].val = val;
	l->a.nvals++;
	return 0;
}

/* An option was read: note what it says. */
static int
take(struct line *l, const struct opt *o, const char *val, const char *word)
{
	if (o == &opt_help)
		l->help = 1;
	else if (o == &opt_version)
		l->version = 1;
	else if (o == &opt_man)
		l->man = 1;
	else if (o == &opt_json)
		l->a.json = 1;
	else if (o != &opt_data && o != &opt_D)
		return add_value(l, o, val, word);
	else if (*val == '\0')
		return misuse(l, "needs a folder:", word);
	else if (l->a.data != NULL)
		return misuse(l, "given twice:", word);
	else
		l->a.data = val;
	return 0;
}

/* The option at argv[i]: --name, --name=VALUE, --name VALUE, -n VALUE or -nVALUE.  Moves behind it. */
static int
read_opt(struct line *l)
{
	const char *word = l->argv[l->i++], *name = word + 1, *val = NULL, *next;
	const struct opt *o;
	size_t n = 1;

	if (word[1] == '-') {
		name = word + 2;
		n = strcspn(name, "=");
		val = name[n] == '=' ? name + n + 1 : NULL;
	} else if (name[1] != '\0') {
		val = name + 1;
	}
	/* one letter has one dash, longer names have two */
	if (n == 0 || (word[1] == '-') != (n > 1) || (o = find_opt(l->a.cmd, name, n)) == NULL)
		return l->a.cmd != NULL && l->a.cmd->run == NULL ? 0 : misuse(l, "unknown option", word);
	if (o->arg == NULL && val != NULL)
		return misuse(l, "takes no value:", word);
	if (o->arg == NULL || val != NULL)
		return take(l, o, val ? val : "", word);
	next = l->i < l->argc ? l->argv[l->i] : NULL;
	if (strcmp(o->name, opt_json.name) == 0 && !is_input(&l->a, next))
		return take(l, &opt_json, "", word);
	if (next == NULL)
		return misuse(l, "needs a value:", word);
	l->i++;
	return take(l, o, next, word);
}

/* 1 when ${name} is ${word}, or "${word} ${word2}". */
static int
is_cmd(const char *name, const char *word, const char *word2)
{
	size_t n = strlen(word);

	if (word2 == NULL)
		return strcmp(name, word) == 0;
	return strncmp(name, word, n) == 0 && name[n] == ' ' && strcmp(name + n + 1, word2) == 0;
}

/* The command at argv[i], two words before one.  Moves behind it. */
static int
read_cmd(struct line *l)
{
	const char *word = l->argv[l->i], *word2 = l->i + 1 < l->argc ? l->argv[l->i + 1] : NULL;
	const struct cmd *c;
	size_t n = strlen(word);
	int first = 0;

	for (c = l->p->cmds; c->name != NULL; c++) {
		if (word2 != NULL && is_cmd(c->name, word, word2)) {
			l->a.cmd = c;
			l->i += 2;
			return 0;
		}
		first |= strncmp(c->name, word, n) == 0 && c->name[n] == ' ';
	}
	for (c = l->p->cmds; c->name != NULL; c++) {
		if (!is_cmd(c->name, word, NULL))
			continue;
		l->a.cmd = c;
		l->i++;
		return 0;
	}
	if (first && word2 != NULL && strcmp(word2, "--help") == 0) {
		l->group = word;
		l->i = l->argc;
		return 0;
	}
	if (first && word2 == NULL)
		return misuse(l, "needs a second word:", word);
	if (first) {
		(void)fprintf(io.err, "%s: unknown command %s %s\nTry: %s --help\n", l->p->name, word, word2, l->p->name);
		return -1;
	}
	return misuse(l, "unknown command", word);
}

static int
read_line(struct line *l)
{
	int only_pos = 0;
	const char *word;

	for (l->i = 1; l->i < l->argc && !l->version && !(l->help && l->a.cmd != NULL);) {
		word = l->argv[l->i];
		if (!only_pos && strcmp(word, "--") == 0) {
			only_pos = 1;
			l->i++;
		} else if (!only_pos && word[0] == '-' && word[1] != '\0') {
			if (read_opt(l) != 0)
				return -1;
		} else if (l->a.cmd == NULL) {
			if (read_cmd(l) != 0)
				return -1;
		} else {
			l->a.pos[l->a.npos++] = word;
			l->i++;
		}
	}
	return 0;
}

static int
counts_ok(const struct line *l)
{
	const struct cmd *c = l->a.cmd;

	if (c == NULL)
		return misuse(l, "a command is missing", NULL);
	if (l->a.npos < c->pos_min)
		return misuse(l, l->a.npos ? "an argument is missing after" : "an argument is missing",
		    l->a.npos ? l->a.pos[l->a.npos - 1] : NULL);
	if (l->a.npos > c->pos_max)
		return misuse(l, "an argument too many:", l->a.pos[c->pos_max]);
	return 0;
}

/* Where the data lies when nobody said so. */
static int
default_data(struct args *a, const char *name)
{
	const char *env = getenv("TALLY_DATA"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *pw;
	int n;

	if (env != NULL && *env != '\0') {
		a->data = env;
		return 0;
	}
	if ((a->data_owned = lapsed(malloc(OPT_DATA_MAX))) == NULL)
		return -1;
	if ((home == NULL || *home != '/') && (pw = getpwuid(geteuid())) != NULL)
		home = pw->pw_dir;
	if (geteuid() == 0)
		n = snprintf(a->data_owned, OPT_DATA_MAX, "/var/lib/%s", name);
	else if (state != NULL && *state == '/')
		n = snprintf(a->data_owned, OPT_DATA_MAX, "%s/%s", state, name);
	else if (home != NULL)
		n = snprintf(a->data_owned, OPT_DATA_MAX, "%s/.local/state/%s", home, name);
	else
		return -1;
	a->data = a->data_owned;
	return n >= 0 && n < OPT_DATA_MAX ? 0 : -1;
}

/* What a daemon's settings say where the command line does not. */
static int
add_settings(struct line *l)
{
	const struct opt *o;
	struct err e;
	const char *env = getenv("TALLY_DATA");
	size_t i, k, own = l->a.nvals;
	int given;

	if (opt_settings_read(l->p->name, l->a.cmd->opts, &l->settings, &e) != 0) {
		(void)fprintf(io.err, "%s: %s\n", l->p->name, e.text);
		return -1;
	}
	for (i = 0; i < l->settings.n; i++) {
		if (strcmp(l->settings.s[i].name, opt_data.name) == 0) {
			if (l->a.data == NULL && (env == NULL || *env == '\0'))
				l->a.data = l->settings.s[i].val;
			continue;
		}
		o = find_opt(l->a.cmd, l->settings.s[i].name, strlen(l->settings.s[i].name));
		for (given = 0, k = 0; k < own; k++)
			given |= l->a.vals[k].opt == o;
		if (!given) {
			l->a.vals[l->a.nvals].opt = o;
			l->a.vals[l->a.nvals++].val = l->settings.s[i].val;
		}
	}
	return 0;
}

static int
run(struct line *l)
{
	if (read_line(l) != 0)
		return EXIT_USAGE;
	if (l->version)
		return fprintf(io.out, "%s %s\n", l->p->name, TALLY_VERSION) < 0 ? EXIT_USAGE : EXIT_YES;
	if (l->man) {
		opt_print_man(io.out, l->p);
		return EXIT_YES;
	}
	if (l->help) {
		opt_print_help(io.out, l->p, l->a.cmd);
		return EXIT_YES;
	}
	if (l->group != NULL) {
		opt_print_group(io.out, l->p, l->group);
		return EXIT_YES;
	}
	if (l->argc < 2) {
		opt_print_help(io.err, l->p, NULL);
		return EXIT_USAGE;
	}
	if (l->a.cmd != NULL && l->a.cmd->run == NULL) {
		(void)fprintf(io.err, "%s: %s: not built yet\n", l->p->name, l->a.cmd->name);
		return EXIT_USAGE;
	}
	if (counts_ok(l) != 0)
		return EXIT_USAGE;
	if (io.data != NULL)
		l->a.data = io.data;
	if (strcmp(l->a.cmd->name, "run") == 0 && add_settings(l) != 0)
		return EXIT_USAGE;
	if (l->a.data == NULL && default_data(&l->a, l->p->name) != 0) {
		(void)misuse(l, "no home folder known, say --data DIR", NULL);
		return EXIT_USAGE;
	}
	return l->a.cmd->run(&l->a);
}

int
opt_path(const struct args *a, const char *path, char *out, size_t size)
{
	int n;

	if (path[0] == '/' || a->io->cwd == NULL)
		n = snprintf(out, size, "%s", path);
	else
		n = snprintf(out, size, "%s/%s", a->io->cwd, path);
	return n >= 0 && (size_t)n < size ? 0 : -1;
}

int
opt_main(const struct program *p, int argc, char **argv)
{
	const struct opt_io own = { .in = stdin, .out = stdout, .err = stderr, .out_tty = isatty(STDOUT_FILENO) };

	return opt_run(p, &own, argc, argv);
}

int
opt_run(const struct program *p, const struct opt_io *with, int argc, char **argv)
{
	struct line l = { .p = p, .argv = argv, .argc = argc, .a.io = &io };
	size_t most = argc > 0 ? (size_t)argc : 1;
	int rc = EXIT_USAGE;

	program = p->name;
	io = *with;
	l.a.pos = lapsed(calloc(most, sizeof(*l.a.pos)));
	l.a.vals = lapsed(calloc(most + OPT_SETTINGS_MAX, sizeof(*l.a.vals)));
	if (l.a.pos != NULL && l.a.vals != NULL)
		rc = run(&l);
	else
		(void)fprintf(io.err, "%s: out of memory\n", p->name);
	free(l.a.pos);
	free(l.a.vals);
	opt_settings_free(&l.settings);
	free(l.a.data_owned);
	return rc;
}

void
opt_prompt(const struct args *a, const char *text)
{
	if (a->io->prompt != NULL) {
		a->io->prompt(a->io->caller, text);
		return;
	}
	(void)fputs(text, a->io->err);
	(void)fflush(a->io->err);
}

const char *
opt_nth(const struct args *a, const char *name, size_t i)
{
	size_t k;

	for (k = 0; k < a->nvals; k++)
		if (strcmp(a->vals[k].opt->name, name) == 0 && i-- == 0)
			return a->vals[k].val;
	return NULL;
}

size_t
opt_count(const struct args *a, const char *name)
{
	size_t k, n = 0;

	for (k = 0; k < a->nvals; k++)
		n += strcmp(a->vals[k].opt->name, name) == 0;
	return n;
}

const char *
opt_get(const struct args *a, const char *name)
{
	size_t n = opt_count(a, name);

	return n > 0 ? opt_nth(a, name, n - 1) : NULL;
}

int
opt_fail(const struct err *e)
{
	(void)fprintf(io.err ? io.err : stderr, "%s: %s\n", program, e->text);
	return EXIT_USAGE;
}

int
opt_refuse(const struct err *e)
{
	(void)fprintf(io.err ? io.err : stderr, "%s: %s\n", program, e->text);
	return EXIT_NO;
}
