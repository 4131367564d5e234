#include "agent/cmd/pin_input.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "agent/agent.h"
#include "crypto/sign.h"

#define PIN_FILE_MAX 4096

/* One line of the terminal, not shown while it is typed.  0 or -1. */
static int
ask(const struct args *a, const char *prompt, char out[PIN_LINE], struct err *e)
{
	struct termios was, quiet;
	char question[64];
	int fd = fileno(a->io->in), tty, ok;

	agent_unlock(); /* who types may take his time, and a terminal may be stopped */
	tty = isatty(fd) && tcgetattr(fd, &was) == 0;
	(void)snprintf(question, sizeof(question), "%s: ", prompt);
	opt_prompt(a, question);
	if (tty) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	}
	ok = fgets(out, PIN_LINE, a->io->in) != NULL;
	if (tty) {
		(void)tcsetattr(fd, TCSAFLUSH, &was);
		opt_prompt(a, "\n");
	}
	agent_lock();
	if (!ok)
		return err_set(e, "%s: nothing was typed", prompt);
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

int
pin_input_open(struct pin_input *p, const struct args *a, struct err *e)
{
	const char *name = opt_get(a, "pin-file");
	char line[PIN_LINE];
	int rc = 0;

	memset(p, 0, sizeof(*p));
	p->a = a;
	buf_init(&p->file, PIN_FILE_MAX);
	if ((p->from_file = name != NULL) == 0)
		return 0;
	if (strcmp(name, "-") == 0) {
		agent_unlock();
		while (rc == 0 && fgets(line, sizeof(line), a->io->in) != NULL)
			rc = buf_puts(&p->file, line);
		agent_lock();
		wipe(line, sizeof(line));
		if (rc != 0)
			(void)err_set(e, "--pin-file -: more than %d bytes", PIN_FILE_MAX);
	} else {
		rc = opt_read(a, name, &p->file, e);
	}
	if (rc != 0)
		pin_input_close(p);
	return rc == 0 ? 0 : -1;
}

void
pin_input_close(struct pin_input *p)
{
	if (p->file.data != NULL)
		wipe(p->file.data, p->file.cap);
	buf_free(&p->file);
}

int
pin_input_next(struct pin_input *p, const char *prompt, int twice, char out[PIN_LINE], struct err *e)
{
	char again[PIN_LINE];
	const char *line = buf_str(&p->file) + p->at;
	size_t n = strcspn(line, "\r\n");
	int rc;

	if (p->from_file) {
		if (n == 0 || n >= PIN_LINE)
			return err_set(e, "--pin-file: a line is missing for: %s", prompt);
		memcpy(out, line, n);
		out[n] = '\0';
		p->at += n + strspn(line + n, "\r\n");
		return 0;
	}
	if (ask(p->a, prompt, out, e) != 0)
		return -1;
	if (!twice)
		return 0;
	rc = ask(p->a, "once more", again, e);
	if (rc == 0 && strcmp(out, again) != 0)
		rc = err_set(e, "the two are not the same");
	wipe(again, sizeof(again));
	return rc;
}
