#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/tree.h"
#include "tests/sim/sim.h"

/*
 * simulation [--seed N] [--seconds S] [--syncs N] [--worlds N] [--hard 1] [--steps N] [--villages N]: storms and calms, one
 * after the other, each from its own seed, until the time is over or so many
 * syncs were made.  A storm that goes wrong is told with the seed that makes it again.
 */

struct sim sim;
static uint64_t state;

/* splitmix64: small, known, and the same everywhere */
static uint64_t
next(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t hash; /* of all that was decided, drawn, sent and answered */

/* For whoever looks for what two runs of one seed did differently: TALLY_SIM_TRACE=1. */
static void
trace(const char *what, uint64_t value)
{
	static int wanted = -1;

	if (wanted < 0)
		wanted = getenv("TALLY_SIM_TRACE") != NULL;
	if (wanted)
		(void)fprintf(stderr, "%llu %s: %s %llu %016llx\n", (unsigned long long)sim.step, sim.doing, what, (unsigned long long)value, (unsigned long long)hash);
}

void
sim_note(const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		hash = (hash ^ b[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	trace("bytes", n);
}

uint64_t
sim_roll(uint64_t n)
{
	uint64_t drawn = n == 0 ? 0 : next(&state) % n;

	sim_note(&n, sizeof(n));
	sim_note(&drawn, sizeof(drawn));
	trace("drawn", drawn);
	return drawn;
}

int
sim_chance(unsigned percent)
{
	return sim_roll(100) < percent;
}

void
sim_fail(const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)printf("# seed %llu, step %llu (%s): ", (unsigned long long)sim.seed, (unsigned long long)sim.step, sim.doing != NULL ? sim.doing : "-");
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)printf("\n# what it left lies in %s; the same again: simulation --seed %llu\n", sim.top, (unsigned long long)sim.seed);
	(void)printf("not ok 1 - nothing acknowledged is missing, nothing is doubled, every fork is known\n1..1\n");
	(void)fflush(stdout);
	_exit(1);
}

/* libsodium's generator: keys and nonces from the seed. */
static uint64_t sodium_state;

static const char *
generator_name(void)
{
	return "simulation";
}

static uint32_t
generator_random(void)
{
	return (uint32_t)(next(&sodium_state) >> 32);
}

static void
generator_buf(void *const p, const size_t n)
{
	uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (uint8_t)(next(&sodium_state) >> 56);
	sim_note(&n, sizeof(n));
	trace("random", n);
}

static struct randombytes_implementation generator = { generator_name, generator_random, NULL, NULL, generator_buf, NULL };

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One world from its making to its audit. */
static void
world(uint64_t seed, uint64_t steps, unsigned villages, double end)
{
	unsigned round;
	uint64_t i;

	sim.seed = seed;
	hash = UINT64_C(0xcbf29ce484222325);
	state = seed;
	sodium_state = ~seed;
	sim.step = 0;
	sim.now = 0;
	sim.syncs = 0;
	sim.doing = "beginning";
	sim_make(villages);
	for (round = 0; round < 3; round++) {
		sim.storm = 1;
		for (i = 0; i < steps && seconds() < end; i++, sim.step++) {
			if (i % 40 == 0)
				wire_faults((unsigned)sim_roll(70));
			act();
			if (i % 250 == 249)
				truth_all();
		}
		act_settle();
		truth_settled();
		truth_audit();
	}
	truth_print();
	act_print();
	printf("# seed %llu: all decisions %016llx\n", (unsigned long long)seed, (unsigned long long)hash);
}

/* Nothing here outlives the run: memory is the fastest disk, where there is room. */
static const char *
folder(void)
{
	struct statvfs v;

	if (getenv("TALLY_SIM_DIR") != NULL)
		return getenv("TALLY_SIM_DIR");
	if (statvfs("/dev/shm", &v) == 0 && access("/dev/shm", W_OK) == 0 && (uint64_t)v.f_bavail * v.f_bsize > UINT64_C(1) << 30)
		return "/dev/shm";
	return getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
}

static int
run(uint64_t seed, uint64_t most, uint64_t syncs, uint64_t steps, unsigned villages, double limit)
{
	double end = seconds() + limit;
	uint64_t made = 0, worlds = 0;

	for (; seconds() < end && made < syncs && worlds < most; seed++, worlds++) {
		pid_t child;
		int status, p[2];

		(void)fflush(stdout);
		if (pipe(p) != 0 || (child = fork()) < 0)
			return 1;
		if (child == 0) {
			(void)snprintf(sim.top, sizeof(sim.top), "%s/tally-sim-XXXXXX", folder());
			if (mkdtemp(sim.top) == NULL)
				_exit(2);
			world(seed, steps, villages, end);
			(void)tree_remove(sim.top, NULL);
			(void)fflush(stdout);
			_exit(write(p[1], &sim.syncs, sizeof(sim.syncs)) == sizeof(sim.syncs) ? 0 : 1);
		}
		(void)close(p[1]);
		if (read(p[0], &sim.syncs, sizeof(sim.syncs)) == sizeof(sim.syncs))
			made += sim.syncs;
		(void)close(p[0]);
		if (waitpid(child, &status, 0) == child && status == 0)
			continue;
		if (WIFSIGNALED(status))
			(void)printf("# seed %llu: ended by signal %d\nnot ok 1 - nothing acknowledged is missing, nothing is doubled\n1..1\n", (unsigned long long)seed, WTERMSIG(status));
		return 1;
	}
	(void)printf("# %llu worlds, %llu syncs\nok 1 - nothing acknowledged is missing, nothing is doubled, every fork is known, and the auditor agrees\n1..1\n", (unsigned long long)worlds, (unsigned long long)made);
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL), most = UINT64_MAX, syncs = UINT64_MAX, steps = 700;
	unsigned villages = 4;
	double limit = 1e9;
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seconds") == 0)
			limit = atof(argv[i + 1]);
		else if (strcmp(argv[i], "--syncs") == 0)
			syncs = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--worlds") == 0)
			most = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--hard") == 0)
			sim.hard = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--steps") == 0)
			steps = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--villages") == 0)
			villages = (unsigned)strtoul(argv[i + 1], NULL, 10);
	}
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setenv("TALLY_ALLOW_STORAGE", "tmpfs", 0); /* memory will do: no power is cut here */
	log_level_set(LOG_ERROR);
	if (randombytes_set_implementation(&generator) != 0 || crypto_init(NULL) != 0)
		return 2;
	(void)printf("# seed %llu\n", (unsigned long long)seed);
	return run(seed, most, syncs, steps, villages, limit);
}
