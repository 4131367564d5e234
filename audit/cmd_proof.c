#include "audit/cmd.h"
int cmd_proof(const struct args *a) { (void)a; return EXIT_USAGE; }
