#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/host/sandbox.h"
#include "agent/host/sandbox_state.h"

/*
 * Landlock.  The numbers are the kernel's (include/uapi/linux/landlock.h);
 * Debian 12's header knows only the first two versions of it.
 */
enum {
	FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3, FS_REMOVE_DIR = 1 << 4, FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7, FS_MAKE_REG = 1 << 8, FS_MAKE_SOCK = 1 << 9, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14,
	FS_READ = FS_READ_FILE | FS_READ_DIR,
	FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_REFER | FS_TRUNCATE,
	FS_OF_FILES = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
	NET_BIND_TCP = 1, SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2,
	RULE_PATH = 1, RULE_PORT = 2, WHICH_VERSION = 1
};

struct ruleset { uint64_t fs, net, scoped; };
struct path_rule { uint64_t access; int32_t parent_fd; } __attribute__((packed));
struct port_rule { uint64_t access, port; };

/* The rights each version of Landlock knows about. */
static const uint64_t fs_known[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };

/* What libraries read: names and addresses, certificates, devices and figures of the kernel.  What is not there is no loss. */
static const char *const system_read[] = { "/etc", "/usr", "/lib", "/lib64", "/proc", "/sys", "/run/systemd/resolve", "/run/resolvconf",
	"/run/NetworkManager", "/dev/urandom", "/dev/random", "/tmp/resolv.conf", "/tmp/resolv.conf.d", NULL };
static const char *const system_write[] = { "/dev/null", NULL };

struct sandbox_state sandbox_state;

static int
allow_path(int rules, const char *path, uint64_t access, uint64_t handled)
{
	struct path_rule r = { 0 };
	struct stat st;
	int rc = -1;

	if ((r.parent_fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(r.parent_fd, &st) == 0) {
		r.access = access & handled & (S_ISDIR(st.st_mode) ? ~(uint64_t)0 : (uint64_t)FS_OF_FILES);
		rc = (int)syscall(SYS_landlock_add_rule, rules, RULE_PATH, &r, 0);
	}
	(void)close(r.parent_fd);
	return rc;
}

static int
allow_paths(int rules, const struct sandbox *s, uint64_t handled, struct err *e)
{
	const char *clock_file = getenv("TALLY_CLOCK");
	size_t i;

	for (i = 0; system_read[i] != NULL; i++)
		(void)allow_path(rules, system_read[i], FS_READ, handled);
	for (i = 0; system_write[i] != NULL; i++)
		(void)allow_path(rules, system_write[i], FS_OF_FILES, handled);
	if (clock_file != NULL)
		(void)allow_path(rules, clock_file, FS_READ, handled);
	for (i = 0; i < SANDBOX_PATHS_MAX && s->write[i] != NULL; i++)
		if (allow_path(rules, s->write[i], FS_WRITE, handled) != 0)
			return err_set(e, "%s: cannot be opened for the sandbox: %s", s->write[i], strerror(errno));
	for (i = 0; i < SANDBOX_PATHS_MAX && s->read[i] != NULL; i++)
		if (allow_path(rules, s->read[i], FS_READ, handled) != 0)
			return err_set(e, "%s: cannot be opened for the sandbox: %s", s->read[i], strerror(errno));
	return 0;
}

static int
allow_ports(int rules, const struct sandbox *s, struct err *e)
{
	struct port_rule r = { NET_BIND_TCP, 0 };
	size_t i;

	for (i = 0; i < SANDBOX_PORTS_MAX && s->port[i] != 0; i++) {
		r.port = s->port[i];
		if (syscall(SYS_landlock_add_rule, rules, RULE_PORT, &r, 0) != 0)
			return err_set(e, "port %u: the sandbox cannot allow it: %s", s->port[i], strerror(errno));
	}
	return 0;
}

static int
confine(const struct sandbox *s, long version, struct err *e)
{
	static const size_t sizes[] = { 0, 8, 8, 8, 16, 16, 24 };
	const char *notify = getenv("NOTIFY_SOCKET");
	size_t v = version > 6 ? 6 : (size_t)version;
	struct ruleset r = { fs_known[v > 5 ? 5 : v], 0, 0 };
	int rules, rc = -1;

	if (v >= 4 && !s->any_port)
		r.net = NET_BIND_TCP;
	if (v >= 6) /* a service manager may be told of our state over an abstract socket */
		r.scoped = SCOPE_SIGNAL | (notify != NULL && notify[0] == '@' ? 0 : SCOPE_ABSTRACT_UNIX);
	if ((rules = (int)syscall(SYS_landlock_create_ruleset, &r, sizes[v], 0)) < 0)
		return err_set(e, "the sandbox: Landlock %ld: %s", version, strerror(errno));
	if (allow_paths(rules, s, r.fs, e) == 0 && (r.net == 0 || allow_ports(rules, s, e) == 0)) {
		rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
		if (rc != 0)
			(void)err_set(e, "the sandbox: Landlock %ld: %s", version, strerror(errno));
	}
	(void)close(rules);
	return rc;
}

int
sandbox_files(const struct sandbox *s, struct err *e)
{
	const struct rlimit none = { 0, 0 };
	long version;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(e, "the sandbox: no new privileges: %s", strerror(errno));
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	sandbox_state.tried = 1;
	if ((version = syscall(SYS_landlock_create_ruleset, NULL, 0, WHICH_VERSION)) < 1)
		return 1;
	if (confine(s, version, e) != 0)
		return -1;
	sandbox_state.landlock = (int)version;
	return 0;
}
