#include "audit/cmd.h"
int cmd_inspect(const struct args *a) { (void)a; return EXIT_USAGE; }
