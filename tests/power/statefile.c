/* Replaces two files in turn, one for each line it is given, and says so when that has returned: statefile FILE STATE
 * (file_write() and state_save(), as every state file of the agent is written). */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "store/state.h"

int
main(int argc, char **argv)
{
	static char text[20000], line[64];
	struct err e = {""};
	size_t n;
	int version, rc;

	for (version = 1; argc == 3 && fgets(line, sizeof(line), stdin) != NULL; version++) {
		/* lengths on both sides of a sector and of a block */
		n = 16 + (size_t)version * 1511 % (sizeof(text) - 16);
		memset(text, 'a' + version % 26, sizeof(text));
		(void)snprintf(text, sizeof(text), "version %d", version);
		text[n - 1] = '\n';
		rc = version % 2 == 0 ? state_save(argv[2], text, n, &e) : file_write(argv[1], text, n, 0600, &e);
		if (rc != 0) {
			(void)fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		(void)printf("%d\n", version);
		(void)fflush(stdout);
	}
	return 0;
}
