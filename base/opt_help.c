#include "base/opt_help.h"

#include <string.h>

#define COLUMN 30 /* where the descriptions start */

/* "  LEFT   help", the help on a line of its own when LEFT is too long. */
static void
entry(FILE *f, const char *left, const char *help)
{
	int n = (int)strlen(left);

	if (n + 4 <= COLUMN)
		(void)fprintf(f, "  %-*s%s\n", COLUMN - 2, left, help ? help : "");
	else
		(void)fprintf(f, "  %s\n%*s%s\n", left, COLUMN, "", help ? help : "");
}

static void
option(FILE *f, const struct opt *o)
{
	char left[128];

	(void)snprintf(left, sizeof(left), "%s%s%s%s%s", o->name[1] != '\0' ? "--" : "-", o->name, o->arg ? " " : "",
	    o->arg ? o->arg : "", o->many ? "..." : "");
	entry(f, left, o->help);
}

static void
common(FILE *f)
{
	(void)fprintf(f, "\nCommon options:\n");
	entry(f, "-D DIR, --data DIR", "the data directory (or the environment variable TALLY_DATA)");
	entry(f, "--json", "print JSON on stdout, one object a line");
	entry(f, "--help", "this text; after a command, that command's");
	entry(f, "--version", "the version");
}

static void
command(FILE *f, const struct cmd *c)
{
	char left[256], help[256];

	(void)snprintf(left, sizeof(left), "%s%s%s", c->name, c->usage && *c->usage ? " " : "", c->usage ? c->usage : "");
	(void)snprintf(help, sizeof(help), "%s%s", c->help ? c->help : "", c->run ? "" : " (not built yet)");
	entry(f, left, help);
}

static void
whole(FILE *f, const struct program *p)
{
	const struct cmd *c;

	(void)fprintf(f, "%s: %s\n\nUsage: %s COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n", p->name, p->about, p->name);
	for (c = p->cmds; c->name != NULL; c++)
		command(f, c);
	common(f);
}

void
opt_print_group(FILE *f, const struct program *p, const char *word)
{
	const struct cmd *c;
	size_t n = strlen(word);

	(void)fprintf(f, "Usage: %s %s COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n", p->name, word);
	for (c = p->cmds; c->name != NULL; c++)
		if (strncmp(c->name, word, n) == 0 && c->name[n] == ' ')
			command(f, c);
	common(f);
}

void
opt_print_help(FILE *f, const struct program *p, const struct cmd *cmd)
{
	const struct opt *o;

	if (cmd == NULL) {
		whole(f, p);
		return;
	}
	(void)fprintf(f, "Usage: %s %s%s%s\n\n%s\n", p->name, cmd->name, cmd->usage && *cmd->usage ? " " : "",
	    cmd->usage ? cmd->usage : "", cmd->help ? cmd->help : "");
	if (cmd->run == NULL)
		(void)fprintf(f, "(not built yet)\n");
	if (cmd->opts != NULL && cmd->opts->name != NULL)
		(void)fprintf(f, "\nOptions:\n");
	for (o = cmd->opts; o != NULL && o->name != NULL; o++)
		option(f, o);
	common(f);
}
