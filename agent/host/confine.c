#include "agent/host/confine.h"

#include <stdio.h>
#include <string.h>

#include "agent/host/sandbox.h"
#include "base/log.h"
#include "web/address.h"

/* Options of `run` that name something outside the data folder. */
static const struct { const char *opt; int write, parent; } named[] = {
	{ "second-copy", 1, 0 }, { "metrics-file", 1, 1 }, { "lan-cert", 0, 0 }, { "lan-key", 0, 0 }
};
static const char *const listens[] = { "listen", "lan" };

#define NAMED (sizeof(named) / sizeof(named[0]))

/* A file that is written anew each time needs its folder. */
static int
place_of(const struct args *a, size_t i, char *out, size_t size, struct err *e)
{
	char *slash;

	if (opt_path(a, opt_get(a, named[i].opt), out, size) != 0)
		return err_set(e, "--%s: too long a path", named[i].opt);
	if (!named[i].parent)
		return 0;
	slash = strrchr(out, '/');
	if (slash == NULL)
		(void)snprintf(out, size, ".");
	else
		slash[slash == out] = '\0';
	return 0;
}

static int
add_port(const struct args *a, struct sandbox *s, size_t i, struct err *e)
{
	const char *text = opt_get(a, listens[i]);
	struct sockaddr_storage addr;

	if (address_parse(&addr, text == NULL ? "127.0.0.1:8470" : text, e) != 0)
		return err_add(e, "--%s", listens[i]);
	if (address_port(&addr) == 0)
		s->any_port = 1;
	s->port[i] = (uint16_t)address_port(&addr);
	return 0;
}

int
confine_files(const struct args *a, const char *data, struct err *e)
{
	static char path[NAMED][4096];
	struct sandbox s = { .write = { data } };
	size_t i, nwrite = 1, nread = 0;
	int rc;

	if (opt_get(a, "no-sandbox") != NULL)
		return 0;
	for (i = 0; i < NAMED; i++) {
		if (opt_get(a, named[i].opt) == NULL)
			continue;
		if (place_of(a, i, path[i], sizeof(path[i]), e) != 0)
			return -1;
		if (named[i].write)
			s.write[nwrite++] = path[i];
		else
			s.read[nread++] = path[i];
	}
	for (i = 0; i < sizeof(listens) / sizeof(listens[0]); i++)
		if ((i == 0 || opt_get(a, listens[i]) != NULL) && add_port(a, &s, i, e) != 0)
			return -1;
	if ((rc = sandbox_files(&s, e)) == 1)
		log_msg(LOG_WARN, "this kernel has no Landlock: the agent is not held to its own folders");
	return rc < 0 ? -1 : 0;
}

int
confine_calls(const struct args *a, struct err *e)
{
	int rc = opt_get(a, "no-sandbox") != NULL ? 0 : sandbox_calls(e);

	if (rc == 1)
		log_msg(LOG_WARN, "no seccomp here: the agent is not held to its own system calls");
	return rc < 0 ? -1 : 0;
}
