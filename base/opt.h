#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * Commands and options of a program as tables: the help text is made from
 * them and nowhere else.  Exit statuses: 0 done or yes, 1 a negative answer,
 * 2 usage or could not be done.
 */
#define EXIT_YES 0
#define EXIT_NO 1
#define EXIT_USAGE 2

struct opt {
	const char *name;  /* "photo": --photo; one letter, "o": -o */
	const char *arg;   /* the argument's name in the help, NULL for a flag */
	const char *help;  /* one line, English */
	int many;          /* may be given several times */
};

struct cmd;

/**
 * Where a command reads and writes.  A program's own streams, or, in an agent
 * that runs a command for another process, that process's.
 */
struct opt_io {
	FILE *in, *out, *err;
	int out_tty;             /* a person reads ${out}, which may be a buffer that goes there later */
	const char *cwd;         /* relative paths start here; NULL: the process's own folder */
	const char *data;        /* overrides every other data directory; NULL: none */
	void *caller;            /* handed to those below; all NULL in a process of one's own */
	int (*lend)(void *caller, const char *path, struct err *e);                    /* the caller's file ${path}, open for reading, or -1 */
	int (*deliver)(void *caller, const char *from, const char *to, struct err *e); /* copy a file or folder of the data directory to the caller's ${to} (nothing is there yet); 0 or -1 */
	void (*prompt)(void *caller, const char *text); /* show ${text} at once, before what was written to ${err}; NULL: ${err} is shown at once */
};

struct args {
	const struct cmd *cmd;
	const struct opt_io *io;
	const char *data;        /* -D / --data / TALLY_DATA / the default; owned */
	int json;                /* --json */
	const char **pos;        /* positional arguments, point into argv */
	size_t npos;
	struct optval { const struct opt *opt; const char *val; } *vals;
	size_t nvals;
	char *data_owned;
};

struct cmd {
	const char *name;   /* "record", or two words "log check" */
	const char *usage;  /* what follows the name in the help */
	const char *help;   /* one line, English */
	const struct opt *opts; /* ends with a NULL name; NULL for none */
	size_t pos_min, pos_max;
	int (*run)(const struct args *a); /* exit status; NULL: not built yet */
};

struct program {
	const char *name;       /* "tally-agent" */
	const char *about;      /* one line */
	const struct cmd *cmds; /* ends with a NULL name */
};

/**
 * opt_main(p, argc, argv):
 * Parse the command line against ${p}, handle --help and --version, run the
 * command and return its exit status.  Options and arguments mix freely;
 * "--" ends the options; "--name VALUE" and "--name=VALUE" are the same.  A
 * command's own option comes before a global one of its name, with one
 * exception: an own "json" with an argument (--json FILE) takes the next word
 * only if that is "-" or can be read as a file, and is else the global flag.  An unknown command, option or a wrong
 * count of arguments prints what is wrong and how to ask for help on stderr
 * and returns 2; a command without a function prints "not built yet" and
 * returns 2, whatever stands behind it, and says so in the help.  The first
 * word of commands with two, with --help, lists them.  The data directory defaults to /var/lib/PROGRAM for root, else
 * $XDG_STATE_HOME/PROGRAM or ~/.local/state/PROGRAM.  The options of the
 * command called "run", the daemon, may also stand in TALLY_* variables and an
 * INI file (base/opt_settings.h); the command line comes first.
 */
int opt_main(const struct program *p, int argc, char **argv);

/** opt_run(p, io, argc, argv): the same on other streams; from several threads at once if the commands allow it. */
int opt_run(const struct program *p, const struct opt_io *io, int argc, char **argv);

/** opt_path(a, path, out, size): ${path} as the caller of the command means it (relative to its folder).  0, or -1 if it does not fit. */
int opt_path(const struct args *a, const char *path, char *out, size_t size);

/** opt_read(a, path, out, e): append the file that the caller of the command calls ${path}: the agent itself may not be allowed to open it.  0 or -1. */
int opt_read(const struct args *a, const char *path, struct buf *out, struct err *e);

/**
 * opt_stage(a, path, out, size, e):
 * Where to make the file or folder that the caller wants at ${path}: there, or
 * in the data directory's "out" when the caller is another process.  0 or -1.
 * Afterwards opt_deliver() or, if it could not be made, opt_unstage().
 */
int opt_stage(const struct args *a, const char *path, char *out, size_t size, struct err *e);

/** opt_deliver(a, staged, path, e): what was made at ${staged} becomes the caller's ${path}, and nothing stays behind.  0 or -1. */
int opt_deliver(const struct args *a, const char *staged, const char *path, struct err *e);

/** opt_unstage(a, staged): nothing of it stays behind where it was staged. */
void opt_unstage(const struct args *a, const char *staged);

/** opt_prompt(a, text): show the caller ${text} now, a question; may wait for his terminal. */
void opt_prompt(const struct args *a, const char *text);

/** opt_get(a, name): the last value of --name ("" for a given flag), or NULL when not given. */
const char *opt_get(const struct args *a, const char *name);

/** opt_count(a, name) / opt_nth(a, name, i): how often --name was given, and its i-th value. */
size_t opt_count(const struct args *a, const char *name);
const char *opt_nth(const struct args *a, const char *name, size_t i);

/** opt_fail(e): print "PROGRAM: message" on the running command's err; returns EXIT_USAGE. */
int opt_fail(const struct err *e);

/** opt_refuse(e): the same; returns EXIT_NO. */
int opt_refuse(const struct err *e);

#endif
