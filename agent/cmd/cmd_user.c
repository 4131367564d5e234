#include <stdio.h>
#include <string.h>

#include "agent/host/duty.h"
#include "agent/cmd/pin_input.h"
#include "agent/show.h"
#include "agent/people/users.h"
#include "base/log.h"

/* user add, reset, disable, list. */

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
	struct pin_input p;

	if (by.id != NULL && by.code != NULL)
		(void)err_set(&e, "--as or --code: one of them vouches");
	else if (pin_input_open(&p, a, &e) == 0) {
		if ((by.id == NULL || pin_input_next(&p, "PIN of who vouches", 0, voucher, &e) == 0) && pin_input_next(&p, "new PIN", 1, pin, &e) == 0) {
			by.pin = voucher;
			agent_unlock();
			answer = fn(ag, a->pos[0], opt_get(a, "name"), pin, &by, &e);
			agent_lock();
		}
		pin_input_close(&p);
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
