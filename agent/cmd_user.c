#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "agent/host/duty.h"
#include "agent/show.h"
#include "agent/users.h"
#include "base/log.h"

/* user add, reset, disable, list. */

#define PIN_LINE 128
#define PIN_FILE_MAX 4096

/* Where PINs come from: the terminal, or lines that were given. */
struct pins {
	const struct args *a;
	struct buf file;
	size_t at;
	int from_file;
};

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

static int
pins_open(struct pins *p, const struct args *a, struct err *e)
{
	const char *name = opt_get(a, "pin-file");
	char line[PIN_LINE];
	int rc = 0;

	memset(p, 0, sizeof(*p));
	p->a = a;
	buf_init(&p->file, PIN_FILE_MAX);
	if ((p->from_file = name != NULL) == 0)
		return 0;
	if (strcmp(name, "-") != 0)
		return opt_read(a, name, &p->file, e);
	agent_unlock();
	while (rc == 0 && fgets(line, sizeof(line), a->io->in) != NULL)
		rc = buf_puts(&p->file, line);
	agent_lock();
	wipe(line, sizeof(line));
	return rc == 0 ? 0 : err_set(e, "--pin-file -: more than %d bytes", PIN_FILE_MAX);
}

static void
pins_close(struct pins *p)
{
	if (p->file.data != NULL)
		wipe(p->file.data, p->file.cap);
	buf_free(&p->file);
}

/* The next PIN: the file's next line, or as it is typed, a new one twice.  0 or -1. */
static int
pins_next(struct pins *p, const char *prompt, int twice, char out[PIN_LINE], struct err *e)
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

static int
status_of(enum users_answer a, const struct err *e)
{
	return a == USERS_OK ? EXIT_YES : a == USERS_FAILED ? opt_fail(e) : opt_refuse(e);
}

typedef enum users_answer (*change)(struct agent *ag, const char *id, const char *name, const char *pin, const struct users_by *by, struct err *e);

static enum users_answer
do_add(struct agent *ag, const char *id, const char *name, const char *pin, const struct users_by *by, struct err *e)
{
	return users_add(ag, id, name, pin, by, NULL, e);
}

static enum users_answer
do_reset(struct agent *ag, const char *id, const char *name, const char *pin, const struct users_by *by, struct err *e)
{
	(void)name;
	return users_reset(ag, id, pin, by, NULL, e);
}

/* Who vouches, then the new PIN, then the change; the agent goes on meanwhile. */
static int
with_pin(const struct args *a, struct agent *ag, change fn)
{
	struct users_by by = { .id = opt_get(a, "as"), .code = opt_get(a, "code") };
	char voucher[PIN_LINE] = "", pin[PIN_LINE] = "";
	enum users_answer answer = USERS_FAILED;
	struct err e = { "" };
	struct pins p;

	if (by.id != NULL && by.code != NULL)
		(void)err_set(&e, "--as or --code: one of them vouches");
	else if (pins_open(&p, a, &e) == 0) {
		if ((by.id == NULL || pins_next(&p, "PIN of who vouches", 0, voucher, &e) == 0) && pins_next(&p, "new PIN", 1, pin, &e) == 0) {
			by.pin = voucher;
			agent_unlock();
			answer = fn(ag, a->pos[0], opt_get(a, "name"), pin, &by, &e);
			agent_lock();
		}
		pins_close(&p);
	}
	wipe(voucher, sizeof(voucher));
	wipe(pin, sizeof(pin));
	if (answer == USERS_OK)
		duty_soon("cabinet");
	if (answer == USERS_OK)
		(void)fprintf(a->io->err, "%s has a PIN now\n", a->pos[0]);
	if (answer == USERS_OK && users_code_there(ag) == 0)
		(void)fprintf(a->io->err, "the county holds no code for this device yet: it is made at the first sign-in after enrolment\n");
	return status_of(answer, &e);
}

static int
add(const struct args *a, struct agent *ag)
{
	return with_pin(a, ag, do_add);
}

static int
reset(const struct args *a, struct agent *ag)
{
	return with_pin(a, ag, do_reset);
}

static int
disable(const struct args *a, struct agent *ag)
{
	struct err e = { "" };
	enum users_answer answer = users_disable(ag, a->pos[0], &e);

	if (answer == USERS_OK)
		(void)fprintf(a->io->err, "%s may not sign in any more\n", a->pos[0]);
	return status_of(answer, &e);
}

static int
list_one(void *ctx, const struct user *x)
{
	const struct args *a = ctx;
	const char *state = x->disabled ? "disabled" : x->locked_out ? "locked-out" : x->wait_ms > 0 ? "waiting" : "active";
	cJSON *o;

	if (!a->json) {
		(void)fprintf(a->io->out, "%-24s %-10s %u wrong in a row%s%s\n", x->id, state, x->fails, x->name[0] ? "  " : "", x->name);
		return 0;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "id", x->id);
	(void)cJSON_AddStringToObject(o, "name", x->name);
	(void)cJSON_AddStringToObject(o, "state", state);
	(void)cJSON_AddNumberToObject(o, "fails", x->fails);
	(void)cJSON_AddNumberToObject(o, "wait_ms", (double)x->wait_ms);
	show_json(a->io->out, o);
	return 0;
}

static int
list(const struct args *a, struct agent *ag)
{
	struct args copy = *a;

	(void)users_each(ag, list_one, &copy);
	return EXIT_YES;
}

int
cmd_user_add(const struct args *a)
{
	return agent_with(a, add);
}

int
cmd_user_reset(const struct args *a)
{
	return agent_with(a, reset);
}

int
cmd_user_disable(const struct args *a)
{
	return agent_with(a, disable);
}

int
cmd_user_list(const struct args *a)
{
	return agent_with(a, list);
}
