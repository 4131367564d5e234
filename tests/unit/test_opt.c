/* Goal: a command line is read one way, misuse is named on stderr with status 2, help comes from the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/opt.h"

#define TEXT_MAX 8192

static char out[TEXT_MAX], err[TEXT_MAX];
static char seen[512]; /* what the command saw */

/* Writes down everything a command can see. */
static int
show(const struct args *a)
{
	size_t i, n = 0;

	n += (size_t)snprintf(seen + n, sizeof(seen) - n, "%s data=%s json=%d", a->cmd->name, a->data, a->json);
	for (i = 0; i < a->npos; i++)
		n += (size_t)snprintf(seen + n, sizeof(seen) - n, " [%s]", a->pos[i]);
	for (i = 0; i < a->nvals; i++)
		n += (size_t)snprintf(seen + n, sizeof(seen) - n, " %s=%s", a->vals[i].opt->name, a->vals[i].val);
	return EXIT_NO;
}

static int
look_up(const struct args *a)
{
	assert_int_equal(opt_count(a, "photo"), 2);
	assert_string_equal(opt_nth(a, "photo", 0), "a");
	assert_string_equal(opt_nth(a, "photo", 1), "b");
	assert_null(opt_nth(a, "photo", 2));
	assert_string_equal(opt_get(a, "photo"), "b");
	assert_string_equal(opt_get(a, "late"), "");
	assert_null(opt_get(a, "place"));
	assert_int_equal(opt_count(a, "place"), 0);
	assert_null(opt_get(a, "no such option"));
	return EXIT_YES;
}

static int
fails(const struct args *a)
{
	struct err e = { "the log is shorter than before" };

	return a->npos > 0 ? opt_refuse(&e) : opt_fail(&e);
}

static const struct opt record_opts[] = {
	{ "photo", "FIELD=FILE", "a photo", 1 },
	{ "place", "CODE", "another place", 0 },
	{ "json", "FILE|-", "records from a file", 0 },
	{ "o", "FILE", "where to write", 0 },
	{ "late", NULL, "a flag", 0 },
	{ NULL, NULL, NULL, 0 },
};

static const struct cmd cmds[] = {
	{ "record", "FORM [FIELD=VALUE]...", "write a record", record_opts, 1, SIZE_MAX, show },
	{ "log", "", "about the log", NULL, 0, 0, show },
	{ "log check", "", "recompute the log", NULL, 0, 1, show },
	{ "device list", "", "the devices", NULL, 0, 0, show },
	{ "look", "", "look up", record_opts, 0, 9, look_up },
	{ "run", "", "the daemon", record_opts, 0, 9, show },
	{ "fail", "[X]", "fails", NULL, 0, 1, fails },
	{ "later", "", "is planned", NULL, 0, 0, NULL },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL },
};

static const struct program prog = { "tally-test", "a program for tests", cmds };

static void
slurp(FILE *f, char *text)
{
	size_t n;

	rewind(f);
	n = fread(text, 1, TEXT_MAX - 1, f);
	text[n] = '\0';
	(void)fclose(f);
}

/* Runs the words of ${line} (split at spaces) with stdout and stderr caught. */
static int
run(const char *line)
{
	char copy[512], name[] = "tally-test", *argv[40] = { name }, *save = NULL, *word;
	FILE *fo = tmpfile(), *fe = tmpfile();
	int argc = 1, so, se, rc;

	assert_true(fo != NULL && fe != NULL);
	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	seen[0] = '\0';
	(void)fflush(stdout);
	so = dup(STDOUT_FILENO);
	se = dup(STDERR_FILENO);
	assert_true(dup2(fileno(fo), STDOUT_FILENO) >= 0 && dup2(fileno(fe), STDERR_FILENO) >= 0);
	rc = opt_main(&prog, argc, argv);
	(void)fflush(stdout);
	assert_true(dup2(so, STDOUT_FILENO) >= 0 && dup2(se, STDERR_FILENO) >= 0);
	(void)close(so);
	(void)close(se);
	slurp(fo, out);
	slurp(fe, err);
	return rc;
}

static void
sees(const char *line, const char *want)
{
	if (run(line) != EXIT_NO)
		fail_msg("%s: %s", line, err);
	assert_string_equal(seen, want);
	assert_string_equal(out, "");
	assert_string_equal(err, "");
}

static void
refused(const char *line, const char *why)
{
	assert_int_equal(run(line), EXIT_USAGE);
	if (strstr(err, why) == NULL)
		fail_msg("%s: said \"%s\", not \"%s\"", line, err, why);
	assert_memory_equal(err, "tally-test: ", 12);
	assert_string_equal(out, "");
	assert_string_equal(seen, "");
}

static void
commands(void **state)
{
	(void)state;
	sees("-D x log", "log data=x json=0");
	sees("-D x log check", "log check data=x json=0");
	sees("-D x log check y", "log check data=x json=0 [y]");
	sees("-D x device list", "device list data=x json=0");
	refused("bogus", "unknown command bogus\nTry: tally-test --help");
	refused("device frob", "unknown command device frob");
	refused("device", "second word");
	refused("devic list", "unknown command devic");
	refused("log chec", "too many: chec");
	refused("later", "later: not built yet");
	refused("later x --order y", "later: not built yet");
	assert_int_equal(run("device --help"), EXIT_YES);
	assert_non_null(strstr(out, "device list"));
	assert_null(strstr(out, "log check"));
	refused("--json", "command is missing");
	assert_int_equal(run(""), EXIT_USAGE);
	assert_non_null(strstr(err, "Usage: tally-test COMMAND"));
}

static void
options_anywhere(void **state)
{
	(void)state;
	sees("-D x --json record f", "record data=x json=1 [f]");
	sees("record f -D x --json", "record data=x json=1 [f]");
	sees("record --data=x f a=b", "record data=x json=0 [f] [a=b]");
	sees("record --data x f --place 52 --late a=b", "record data=x json=0 [f] [a=b] place=52 late=");
	sees("record -Dx f --place=52", "record data=x json=0 [f] place=52");
	sees("record -Dx f --place=", "record data=x json=0 [f] place=");
	sees("record -Dx f --place=a=b", "record data=x json=0 [f] place=a=b");
	sees("record -Dx f --place --late", "record data=x json=0 [f] place=--late");
	sees("record -Dx f --photo a --photo=b", "record data=x json=0 [f] photo=a photo=b");
	sees("record -Dx f -o g", "record data=x json=0 [f] o=g");
	sees("record -Dx f -og", "record data=x json=0 [f] o=g");
	sees("record -Dx -- f --place -D", "record data=x json=0 [f] [--place] [-D]");
	sees("record -Dx f -", "record data=x json=0 [f] [-]");
}

/* A command with a --json FILE of its own: the next word decides. */
static void
json_of_a_command(void **state)
{
	char path[] = "/tmp/tally-test-opt-XXXXXX", line[128], want[128];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(line, sizeof(line), "-D x record f --json %s", path);
	(void)snprintf(want, sizeof(want), "record data=x json=0 [f] json=%s", path);
	sees(line, want);
	(void)snprintf(line, sizeof(line), "--json -D x record f --json %s", path);
	(void)snprintf(want, sizeof(want), "record data=x json=1 [f] json=%s", path);
	sees(line, want);
	assert_int_equal(unlink(path), 0);
	sees("-D x record f --json -", "record data=x json=0 [f] json=-");
	sees("-D x record f --json=gone", "record data=x json=0 [f] json=gone");
	sees("-D x record f --json", "record data=x json=1 [f]");
	sees("-D x record f --json a=1", "record data=x json=1 [f] [a=1]");
	sees("-D x record f --json /", "record data=x json=1 [f] [/]");
	sees("-D x record f --json --late", "record data=x json=1 [f] late=");
}

static void
misuse(void **state)
{
	(void)state;
	refused("record f --bogus", "unknown option --bogus\nTry: tally-test record --help");
	refused("record f -x", "unknown option -x");
	refused("record f --o g", "unknown option --o");
	refused("record f --phot a", "unknown option --phot");
	refused("log --place 52", "unknown option --place");
	refused("--place 52 record f", "unknown option --place");
	refused("record f --place", "needs a value: --place");
	refused("record f --place a --place b", "given twice: --place");
	refused("record f --late=1", "no value: --late=1");
	refused("record f -D", "needs a value: -D");
	refused("record f --data=", "needs a folder");
	refused("-D x record f -D y", "given twice");
	refused("record", "argument is missing");
	refused("log check a b", "too many: b");
	refused("record f --=x", "unknown option");
}

static void
help_and_version(void **state)
{
	(void)state;
	assert_int_equal(run("--help"), EXIT_YES);
	assert_string_equal(err, "");
	assert_non_null(strstr(out, "tally-test: a program for tests"));
	assert_non_null(strstr(out, "  record FORM [FIELD=VALUE]..."));
	assert_non_null(strstr(out, "  log check                   recompute the log\n"));
	assert_non_null(strstr(out, "-D DIR, --data DIR"));
	assert_int_equal(run("record --help"), EXIT_YES);
	assert_non_null(strstr(out, "Usage: tally-test record FORM [FIELD=VALUE]..."));
	assert_non_null(strstr(out, "  --photo FIELD=FILE...       a photo\n"));
	assert_non_null(strstr(out, "  -o FILE                     where to write\n"));
	assert_non_null(strstr(out, "  --late                      a flag\n"));
	assert_null(strstr(out, "recompute"));
	assert_int_equal(run("--help log check"), EXIT_YES);
	assert_non_null(strstr(out, "Usage: tally-test log check\n"));
	assert_int_equal(run("later --help"), EXIT_YES);
	assert_int_equal(run("record a b --help --bogus"), EXIT_YES);
	assert_int_equal(run("--version"), EXIT_YES);
	assert_memory_equal(out, "tally-test ", 11);
	assert_true(strlen(out) > 12 && strchr(out, '\n') == out + strlen(out) - 1);
	assert_int_equal(run("record --version"), EXIT_YES);
	assert_string_equal(seen, "");
}

static void
look_ups_and_failures(void **state)
{
	(void)state;
	assert_int_equal(run("look --photo a --late --photo b"), EXIT_YES);
	assert_int_equal(run("fail"), EXIT_USAGE);
	assert_string_equal(err, "tally-test: the log is shorter than before\n");
	assert_int_equal(run("fail x"), EXIT_NO);
	assert_string_equal(err, "tally-test: the log is shorter than before\n");
}

static void
data_folder(void **state)
{
	char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;

	(void)state;
	assert_int_equal(setenv("TALLY_DATA", "/from/env", 1), 0);
	sees("log", "log data=/from/env json=0");
	sees("-D x log", "log data=x json=0");
	assert_int_equal(setenv("TALLY_DATA", "", 1), 0);
	assert_int_equal(setenv("HOME", "/home/h", 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "/state", 1), 0);
	sees("log", geteuid() == 0 ? "log data=/var/lib/tally-test json=0" : "log data=/state/tally-test json=0");
	assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
	sees("log", geteuid() == 0 ? "log data=/var/lib/tally-test json=0" : "log data=/home/h/.local/state/tally-test json=0");
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("TALLY_DATA");
	if (home != NULL)
		(void)setenv("HOME", home, 1);
	free(home);
}

static void
settings_file(const char *text)
{
	char path[] = "/tmp/tally-opt-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	assert_int_equal(setenv("TALLY_CONFIG", path, 1), 0);
}

static void
settings_gone(void)
{
	(void)unlink(getenv("TALLY_CONFIG"));
	(void)unsetenv("TALLY_CONFIG");
}

/* Goal: every option of a daemon can stand in its INI file and in TALLY_* variables; the command line comes first, then these. */
static void
settings(void **state)
{
	(void)state;
	settings_file("; where\n[run]\ndata = /from/file\nplace = 52\nlate = yes\nphoto = a\nphoto = b\n");
	sees("run", "run data=/from/file json=0 place=52 late= photo=a photo=b");
	sees("run -D x --place 45", "run data=x json=0 place=45 late= photo=a photo=b");
	sees("log -D x", "log data=x json=0"); /* daemons alone */
	assert_int_equal(setenv("TALLY_PLACE", "11", 1), 0);
	assert_int_equal(setenv("TALLY_LATE", "no", 1), 0);
	sees("run -D x", "run data=x json=0 place=11 late= photo=a photo=b");
	assert_int_equal(setenv("TALLY_LATE", "maybe", 1), 0);
	refused("run -D x", "TALLY_LATE: late: yes or no, not maybe");
	(void)unsetenv("TALLY_LATE");
	(void)unsetenv("TALLY_PLACE");
	settings_gone();
	settings_file("place = 52\nplcae = 53\n");
	refused("run -D x", "line 2: unknown setting: plcae");
	settings_gone();
	settings_file("place = 52\nplace = 53\n");
	refused("run -D x", "line 2: given twice: place");
	settings_gone();
	settings_file("place\n");
	refused("run -D x", "line 1: not a line");
	settings_gone();
	assert_int_equal(setenv("TALLY_CONFIG", "/nowhere.ini", 1), 0);
	refused("run -D x", "/nowhere.ini: cannot be opened");
	(void)unsetenv("TALLY_CONFIG");
}

static void
manual(void **state)
{
	(void)state;
	assert_int_equal(run("--man"), EXIT_YES);
	assert_memory_equal(out, ".TH TALLY\\-TEST", 4);
	assert_non_null(strstr(out, ".SS \"log check\""));
	assert_non_null(strstr(out, "\\fB\\-\\-photo\\fR \\fIFIELD=FILE\\fR ..."));
	assert_null(strstr(out, "\n'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands),
	    cmocka_unit_test(options_anywhere),
	    cmocka_unit_test(json_of_a_command),
	    cmocka_unit_test(misuse),
	    cmocka_unit_test(help_and_version),
	    cmocka_unit_test(look_ups_and_failures),
	    cmocka_unit_test(data_folder),
	    cmocka_unit_test(settings),
	    cmocka_unit_test(manual),
	};

	(void)unsetenv("TALLY_DATA");
	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
