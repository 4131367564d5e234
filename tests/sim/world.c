#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/record/recorder.h"
#include "agent/people/users.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/tree.h"
#include "county/cmd/commands.h"
#include "county/judge.h"
#include "store/ledger/ledger_mirror.h"
#include "tests/sim/sim.h"

/* Folders, switching on and off, and tally-county's commands. */

#define STARTS INT64_C(1767225600000) /* 2026-01-01 */
#define WORDS 24

void wire_shut(void);

static const struct node *clock_of;

/* Every look at time goes through base/clock.h. */
int64_t __wrap_clock_wall(void);
int64_t
__wrap_clock_wall(void)
{
	return sim.now + (clock_of != NULL ? clock_of->skew : 0);
}

int64_t __wrap_clock_mono(void);
int64_t
__wrap_clock_mono(void)
{
	return sim.now - (clock_of != NULL && clock_of->boots > 0 ? clock_of->booted : STARTS) + 100000;
}

int __wrap_clock_boot(uint8_t out[16]);
int
__wrap_clock_boot(uint8_t out[16])
{
	memset(out, 7, 16);
	out[0] = clock_of != NULL ? (uint8_t)clock_of->boots : 0;
	return 0;
}

/* Machines and folders on them: a folder that was copied is another, whatever number the file system gives it. */
#define HOSTS_MAX 1024

static struct { ino_t folder; unsigned id; } host[HOSTS_MAX];
static unsigned nhosts, host_ids;

static unsigned *
host_of(const char *dir)
{
	struct stat st;
	unsigned i;

	if (stat(dir, &st) != 0)
		sim_fail("%s is not there", dir);
	for (i = 0; i < nhosts; i++)
		if (host[i].folder == st.st_ino)
			return &host[i].id;
	if (nhosts == HOSTS_MAX)
		sim_fail("too many folders");
	host[nhosts].folder = st.st_ino;
	host[nhosts].id = ++host_ids;
	return &host[nhosts++].id;
}

int __wrap_host_fingerprint(uint8_t out[HASH_LEN], const char *dir);
int
__wrap_host_fingerprint(uint8_t out[HASH_LEN], const char *dir)
{
	unsigned id = *host_of(dir);

	sha256(out, &id, sizeof(id));
	return 0;
}

void
sim_same_host(const char *as, const char *dir)
{
	unsigned id = *host_of(as);

	*host_of(dir) = id;
}

void
sim_clock(const struct node *n)
{
	clock_of = n;
}

void
sim_disk_full(int64_t left)
{
	struct rlimit r;

	(void)getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = left >= 0 ? (rlim_t)left : r.rlim_max;
	(void)setrlimit(RLIMIT_FSIZE, &r);
}

static void
path_of(char out[SIM_PATH], const char *name)
{
	if (snprintf(out, SIM_PATH, "%.400s/%.100s", sim.top, name) >= SIM_PATH)
		abort();
}

int
sim_county_cmd(struct buf *out, ...)
{
	char *argv[WORDS], name[] = "tally-county", *said = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&said, &len), *null = fopen("/dev/null", "r");
	struct opt_io io = { .in = null, .out = f, .err = f, .data = sim.county_dir };
	int argc = 1, rc;
	va_list ap;

	if (f == NULL || null == NULL)
		sim_fail("out of memory");
	argv[0] = name;
	va_start(ap, out);
	while (argc < WORDS - 1 && (argv[argc] = va_arg(ap, char *)) != NULL)
		argc++;
	va_end(ap);
	argv[argc] = NULL;
	sim_clock(NULL);
	rc = opt_run(&county_program, &io, argc, argv);
	(void)fclose(f);
	(void)fclose(null);
	if (out != NULL)
		(void)buf_put(out, said, len);
	free(said);
	sim_note(&rc, sizeof(rc));
	return rc;
}

void
sim_county_open(void)
{
	struct err e = { "" };

	sim_clock(NULL);
	if (office_open(&sim.office, sim.county_dir, OFFICE_SIGN, &e) != 0)
		sim_fail("the county does not open: %s", e.text);
	sim.county_open = 1;
}

void
sim_county_close(void)
{
	if (!sim.county_open)
		return;
	wire_shut();
	office_close(&sim.office);
	sim.county_open = 0;
}

void
sim_judge(void)
{
	struct err e = { "" };

	sim_clock(NULL);
	if (sim.county_open && judge_new(&sim.office.c, (uint64_t)sim.now, &e) != 0 && !sim.storm)
		sim_fail("judging: %s", e.text);
}

void
sim_node_open(struct node *n)
{
	struct err e = { "" };

	if (n->ag != NULL || n->retired)
		return;
	sim_clock(n);
	if ((n->ag = agent_open(n->dir, &e)) == NULL)
		sim_fail("%s does not open: %s", n->dir, e.text);
	n->ag->admitted = 1; /* what lies below is the simulation's own */
	if (n->enrolled && (n->x = exchange_open(n->ag, 1, &e)) == NULL && n->ag->s != NULL)
		sim_fail("%s: %s", n->dir, e.text);
}

void
sim_node_close(struct node *n)
{
	exchange_close(n->x);
	agent_close(n->ag);
	n->x = NULL;
	n->ag = NULL;
}

static void
copy_file(const char *from, const char *to)
{
	struct buf b;

	buf_init(&b, 256U << 20);
	if (file_read(from, &b, NULL) != 0 || file_write(to, b.data, b.len, 0600, NULL) != 0)
		sim_fail("%s cannot be copied", from);
	buf_free(&b);
}

void
sim_copy(const char *from, const char *to)
{
	char a[SIM_PATH], b[SIM_PATH];
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if (file_exists(to) && tree_remove(to, NULL) != 0)
		sim_fail("%s cannot be removed", to);
	if (mkdir(to, 0700) != 0 || (dir = opendir(from)) == NULL)
		sim_fail("%s cannot be copied", from);
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		(void)snprintf(a, sizeof(a), "%.250s/%.200s", from, d->d_name);
		(void)snprintf(b, sizeof(b), "%.250s/%.200s", to, d->d_name);
		if (lstat(a, &st) == 0 && S_ISDIR(st.st_mode))
			sim_copy(a, b);
		else if (S_ISREG(st.st_mode))
			copy_file(a, b);
	}
	(void)closedir(dir);
	*host_of(to) = ++host_ids;
}

void
sim_move(const char *from, const char *to)
{
	struct stat st;

	if (lstat(to, &st) == 0 && (S_ISDIR(st.st_mode) ? tree_remove(to, NULL) : unlink(to)) != 0)
		sim_fail("%s cannot be removed", to);
	if (rename(from, to) != 0)
		sim_fail("%s cannot be moved", from);
}

static void
need(int status, const struct buf *out, const char *what)
{
	if (status != 0)
		sim_fail("%s: %s", what, out->data != NULL ? (const char *)out->data : "");
}

static void
make_county(void)
{
	const char *top = getenv("TALLY_TOP");
	char form[SIM_PATH], xml[SIM_PATH];
	struct err e = { "" };
	struct buf out;

	buf_init(&out, 1U << 20);
	path_of(sim.county_dir, "county");
	(void)snprintf(form, sizeof(form), "%s/tests/sim/form.csv", top != NULL ? top : ".");
	path_of(xml, "form.xml");
	need(sim_county_cmd(&out, "init", "--origin", "county.example/sim", "--name", "模拟县", NULL), &out, "init");
	need(sim_county_cmd(&out, "form", "compile", form, "-o", xml, NULL), &out, "form compile");
	need(sim_county_cmd(&out, "form", "publish", xml, NULL), &out, "form publish");
	buf_free(&out);
	path_of(sim.mirror, "mirror");
	sim_county_open();
	if (ledger_mirror_set(sim.office.c.l, sim.mirror, sim.office.c.keys.sealing, &e) != 0)
		sim_fail("no log mirror: %s", e.text);
	sim_county_close();
}

/* What stands between quotes behind "token":. */
static void
token_of(const struct buf *out, char *token, size_t size)
{
	const char *p = out->data != NULL ? strstr((const char *)out->data, "\"token\":\"") : NULL;

	if (p == NULL)
		sim_fail("no token was made");
	p += strlen("\"token\":\"");
	(void)snprintf(token, size, "%.*s", (int)strcspn(p, "\""), p);
}

/* tally-agent's own command, in this process. */
static int
agent_cmd(struct node *n, const char *token)
{
	static char name[] = "tally-agent", enrol[] = "enrol", url[] = "http://127.0.0.1:1", opt[] = "--token";
	char *argv[] = { name, enrol, url, opt, (char *)(uintptr_t)token, NULL };
	char *said = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&said, &len), *null = fopen("/dev/null", "r");
	struct opt_io io = { .in = null, .out = f, .err = f, .data = n->dir };
	int rc;

	agent_set_running(n->ag);
	agent_lock();
	rc = opt_run(&agent_program, &io, 5, argv);
	agent_unlock();
	agent_set_running(NULL);
	(void)fclose(f);
	(void)fclose(null);
	if (rc != 0)
		sim_fail("%s was not enrolled: %s", n->dir, said);
	free(said);
	return rc;
}

void
sim_invite(struct node *n, int anew)
{
	char token[256], hex[2 * HASH_LEN + 1];
	struct buf out;

	buf_init(&out, 1U << 16);
	sim_county_close();
	enc_hex(hex, n->device, HASH_LEN);
	need(sim_county_cmd(&out, "device", "invite", "--place", n->place, "--unlisted", "--json", anew ? "--for" : NULL, hex, NULL), &out, "invite");
	token_of(&out, token, sizeof(token));
	buf_free(&out);
	sim_county_open();
	sim_clock(n);
	wire_pause(1);
	if (agent_cmd(n, token) != 0)
		sim_fail("%s was not enrolled", n->dir);
	wire_pause(0);
	sim.county_backup[0] = '\0'; /* it does not know of this */
}

static void
enrol(struct node *n)
{
	struct err e = { "" };

	sim_invite(n, 0);
	n->enrolled = 1;
	agent_lock();
	if ((n->x = exchange_open(n->ag, 1, &e)) == NULL || (n->form = recorder_form(n->ag, "sim", "", &e)) == NULL)
		sim_fail("%s: %s", n->dir, e.text);
	agent_unlock();
}

static void
make_village(struct node *n, unsigned i)
{
	struct err e = { "" };
	char name[32];

	(void)snprintf(name, sizeof(name), "village-%u", i);
	path_of(n->dir, name);
	(void)snprintf(n->place, sizeof(n->place), "4512241022%02u", i);
	n->honest = 1;
	n->skew = (int64_t)sim_roll(120000) - 60000;
	sim_clock(n);
	if (agent_init(n->dir, n->place, "", &e) != 0)
		sim_fail("%s: %s", n->dir, e.text);
	sim_node_open(n);
	memcpy(n->device, n->ag->device, HASH_LEN);
	enrol(n);
	truth_device(n);
}

void
sim_make(unsigned villages)
{
	unsigned i;

	sim.now = STARTS;
	sim.nodes = sim.villages = villages;
	make_county();
	sim_county_open();
	for (i = 0; i < villages; i++)
		make_village(&sim.node[i], i);
	truth_county();
}
