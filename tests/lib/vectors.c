#include "tests/lib/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *
vectors_dir(void)
{
	static char path[4096];
	const char *top = getenv("TALLY_TOP");

	(void)snprintf(path, sizeof(path), "%s/../shared/vectors", top ? top : ".");
	return access(path, R_OK) == 0 ? path : NULL;
}
