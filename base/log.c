#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum log_level level = LOG_INFO;

void
log_level_set(enum log_level l)
{
	level = l;
}

/* 1 when stderr is the stream that JOURNAL_STREAM=DEVICE:INODE names (systemd.exec(5)). */
static int
to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return 0;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void
log_msg(enum log_level l, const char *fmt, ...)
{
	char line[1024];
	size_t n = 0, i, from;
	va_list ap;
	int got;

	if (l > level)
		return;
	if (to_journal())
		n = (size_t)snprintf(line, sizeof(line), "<%d>", (int)l);
	from = n;
	va_start(ap, fmt);
	got = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (got < 0)
		return;
	n += strlen(line + n);
	/* one message is one line, whatever a peer put into it */
	for (i = from; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[n++] = '\n';
	/* in one write, so that threads do not mix their lines */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
