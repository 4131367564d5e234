#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/tree.h"
#include "tests/sim/sim.h"

/*
 * simulation [--seed N] [--seconds S] [--syncs N] [--steps N] [--villages N]: storms and calms, one
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

uint64_t
sim_roll(uint64_t n)
{
	return n == 0 ? 0 : next(&state) % n;
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
	state = seed;
	sodium_state = ~seed;
	sim.step = 0;
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
}

static int
run(uint64_t seed, uint64_t syncs, uint64_t steps, unsigned villages, double limit)
{
	double end = seconds() + limit;
	uint64_t made = 0, worlds = 0;

	for (; seconds() < end && made < syncs; seed++, worlds++) {
		pid_t child;
		int status, p[2];

		(void)fflush(stdout);
		if (pipe(p) != 0 || (child = fork()) < 0)
			return 1;
		if (child == 0) {
			(void)snprintf(sim.top, sizeof(sim.top), "%s/tally-sim-XXXXXX", getenv("TALLY_SIM_DIR") != NULL ? getenv("TALLY_SIM_DIR") : getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
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
	uint64_t seed = (uint64_t)time(NULL), syncs = UINT64_MAX, steps = 700;
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
		else if (strcmp(argv[i], "--steps") == 0)
			steps = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--villages") == 0)
			villages = (unsigned)strtoul(argv[i + 1], NULL, 10);
	}
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	log_level_set(LOG_ERROR);
	if (randombytes_set_implementation(&generator) != 0 || crypto_init(NULL) != 0)
		return 2;
	(void)printf("# seed %llu\n", (unsigned long long)seed);
	return run(seed, syncs, steps, villages, limit);
}
