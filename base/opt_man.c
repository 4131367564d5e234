#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/opt_help.h"

/* A manual page in the man(7) macros, from the same tables as the help. */

/* Text as roff shows it: no line begins with a control character, hyphens are ones that can be copied. */
static void
text(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			(void)fputs("\\e", f);
		else if (*s == '-')
			(void)fputs("\\-", f);
		else if (*s == '\'')
			(void)fputs("\\(aq", f);
		else
			(void)fputc(*s, f);
	}
}

static void
option(FILE *f, const struct opt *o)
{
	(void)fputs(".TP\n\\fB", f);
	text(f, o->name[1] != '\0' ? "--" : "-");
	text(f, o->name);
	(void)fputs("\\fR", f);
	if (o->arg != NULL) {
		(void)fputs(" \\fI", f);
		text(f, o->arg);
		(void)fputs("\\fR", f);
	}
	(void)fputs(o->many ? " ...\n" : "\n", f);
	text(f, o->help != NULL ? o->help : "");
	(void)fputc('\n', f);
}

static void
command(FILE *f, const struct cmd *c)
{
	const struct opt *o;

	(void)fputs(".SS \"", f);
	text(f, c->name);
	(void)fputs("\"\n.nf\n\\fB", f);
	text(f, c->name);
	(void)fputs("\\fR ", f);
	text(f, c->usage != NULL ? c->usage : "");
	(void)fputs("\n.fi\n.PP\n", f);
	text(f, c->help != NULL ? c->help : "");
	(void)fputs(c->run != NULL ? ".\n" : " (not built yet).\n", f);
	for (o = c->opts; o != NULL && o->name != NULL; o++)
		option(f, o);
}

static void
rest(FILE *f, const char *name)
{
	(void)fputs(".SH COMMON OPTIONS\n.TP\n\\fB\\-D\\fR \\fIDIR\\fR, \\fB\\-\\-data\\fR \\fIDIR\\fR\nThe data directory; else TALLY_DATA, else /var/lib/", f);
	text(f, name);
	(void)fputs(" for root and $XDG_STATE_HOME/", f);
	text(f, name);
	(void)fputs(" for others.\n.TP\n\\fB\\-\\-json\\fR\nOne JSON object (one a line for lists) on standard output and nothing else there.\n"
		    ".TP\n\\fB\\-\\-help\\fR, \\fB\\-\\-version\\fR\nHelp, also behind a command; the version.\n"
		    ".SH ENVIRONMENT AND SETTINGS\nThe options of the command \\fBrun\\fR may also stand in variables (\\fB\\-\\-lan\\-cert\\fR is TALLY_LAN_CERT) and in the file that TALLY_CONFIG names, "
		    "else in /etc/tallystick/", f);
	text(f, name);
	(void)fputs(".ini: lines \\fIname\\fR = \\fIvalue\\fR, yes or no for an option without a value. The command line comes first, then the variables.\n"
		    ".SH EXIT STATUS\n0 done, or yes; 1 a negative answer; 2 usage, or it could not be done.\n", f);
}

void
opt_print_man(FILE *f, const struct program *p)
{
	const struct cmd *c;
	const char *s;

	(void)fputs(".TH ", f);
	for (s = p->name; *s != '\0'; s++)
		(void)fputc(toupper((unsigned char)*s), f);
	(void)fprintf(f, " 1 \"\" \"Tallystick %s\"\n.SH NAME\n", TALLY_VERSION);
	text(f, p->name);
	(void)fputs(" \\- ", f);
	text(f, p->about);
	(void)fputs("\n.SH SYNOPSIS\n\\fB", f);
	text(f, p->name);
	(void)fputs("\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.SH COMMANDS\n", f);
	for (c = p->cmds; c->name != NULL; c++)
		command(f, c);
	rest(f, p->name);
}
