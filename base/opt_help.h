#ifndef BASE_OPT_HELP_H
#define BASE_OPT_HELP_H

#include <stdio.h>

#include "base/opt.h"

/** opt_print_help(f, p, cmd): the help of ${cmd}, or of the whole program when ${cmd} is NULL; made from the tables (for opt.c only). */
void opt_print_help(FILE *f, const struct program *p, const struct cmd *cmd);

/** opt_print_group(f, p, word): the commands of two words that begin with ${word} (for opt.c only). */
void opt_print_group(FILE *f, const struct program *p, const char *word);

/** opt_print_man(f, p): the program's manual page (section 1, man(7) macros). */
void opt_print_man(FILE *f, const struct program *p);

#endif
