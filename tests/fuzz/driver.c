/*
 * Runs a fuzz target without libFuzzer: fuzz_X [-s SECONDS] [-n RUNS] [-o FOLDER] PATH...
 * Every file at the paths (folders are walked) is run as it is; then, with -s
 * or -n, mutations of them.  Built with -fsanitize-coverage=trace-pc, inputs
 * that reach new code are kept and mutated further.  The sequence is the same
 * every time.  An input that fails is written to FOLDER/crash-TARGET.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/mutate.h"

#define INPUT_MAX (256U << 10)
#define INPUTS_MAX 8192
#define SEEN (1U << 16)
#define RUN_SECONDS 20 /* one input may not take longer */

static struct {
	uint8_t *p;
	size_t n;
} input[INPUTS_MAX];
static size_t ninputs;
static uint8_t now[INPUT_MAX];
static size_t now_len;
static char crash_path[4096];

/* The compiler puts a call to this at every branch; which pairs of places were seen? */
static uint8_t seen[SEEN];
static size_t fresh;
static uintptr_t last;

void __sanitizer_cov_trace_pc(void);
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

void
__sanitizer_cov_trace_pc(void)
{
	uintptr_t at = ((uintptr_t)__builtin_return_address(0) - (uintptr_t)LLVMFuzzerTestOneInput) * 0x9e3779b1U >> 4;
	size_t i = (at ^ last) % SEEN;

	last = at >> 1;
	fresh += !seen[i];
	seen[i] = 1;
}

const char *
__asan_default_options(void)
{
	return "abort_on_error=1:max_allocation_size_mb=256:allocator_may_return_null=1";
}

const char *
__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void
on_signal(int sig)
{
	FILE *f = fopen(crash_path, "w");

	if (f) {
		(void)fwrite(now, 1, now_len, f);
		(void)fclose(f);
	}
	(void)fprintf(stderr, "signal %d; the input is in %s\n", sig, crash_path);
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

static void
run(void)
{
	uint8_t *copy = malloc(now_len ? now_len : 1); /* of its very length, so that reads beyond are caught */

	if (!copy)
		abort();
	memcpy(copy, now, now_len);
	last = 0;
	(void)alarm(RUN_SECONDS);
	(void)LLVMFuzzerTestOneInput(copy, now_len);
	(void)alarm(0);
	free(copy);
}

static void
keep(void)
{
	if (ninputs == INPUTS_MAX || (input[ninputs].p = malloc(now_len ? now_len : 1)) == NULL)
		return;
	memcpy(input[ninputs].p, now, now_len);
	input[ninputs++].n = now_len;
}

/* Run every file at or below the path, and keep it. */
static void
walk(const char *path)
{
	char **names = NULL, child[4096];
	size_t n = 0;
	struct stat st;
	struct buf b;

	if (stat(path, &st) != 0) {
		(void)fprintf(stderr, "%s: not there\n", path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		buf_init(&b, INPUT_MAX);
		if (file_read(path, &b, NULL) == 0) {
			memcpy(now, buf_str(&b), b.len);
			now_len = b.len;
			run();
			keep();
		}
		buf_free(&b);
		return;
	}
	if (file_names(path, &names, &n, INPUTS_MAX, NULL))
		exit(2);
	for (size_t i = 0; i < n; i++)
		if (file_path(child, sizeof(child), path, names[i]) == 0)
			walk(child);
	file_names_free(names, n);
}

/* The next input: one that is kept, at times joined with another, changed a little. */
static void
next(uint64_t *state)
{
	size_t a = (size_t)(rnd_next(state) % ninputs), b = (size_t)(rnd_next(state) % ninputs), head, tail;

	head = input[a].n;
	memcpy(now, input[a].p, head);
	if (rnd_next(state) % 8 == 0 && input[b].n > 0) {
		head = (size_t)(rnd_next(state) % (head + 1));
		tail = (size_t)(rnd_next(state) % input[b].n);
		if (head + input[b].n - tail <= INPUT_MAX) {
			memcpy(now + head, input[b].p + tail, input[b].n - tail);
			head += input[b].n - tail;
		}
	}
	now_len = mutate(now, head, INPUT_MAX, state);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	const char *folder = ".", *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	unsigned long runs = 0, most = 0, kept;
	double limit = 0, start = seconds();
	uint64_t state = 1;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:o:")) != -1)
		switch (opt) {
		case 's': limit = atof(optarg); break;
		case 'n': most = strtoul(optarg, NULL, 10); break;
		case 'o': folder = optarg; break;
		default: return 2;
		}
	(void)snprintf(crash_path, sizeof(crash_path), "%s/crash-%s", folder, name);
	(void)signal(SIGABRT, on_signal);
	(void)signal(SIGALRM, on_signal);
	for (int i = optind; i < argc; i++)
		walk(argv[i]);
	if (ninputs == 0)
		keep();
	kept = ninputs;
	while ((most && runs < most) || (limit > 0 && seconds() - start < limit)) {
		next(&state);
		fresh = 0;
		run();
		runs++;
		if (fresh)
			keep();
	}
	(void)printf("%s: %lu files, %lu mutations, %zu of them reached new code, %.0f s\n", name, kept, runs, ninputs - kept, seconds() - start);
	for (size_t i = 0; i < ninputs; i++)
		free(input[i].p);
	return 0;
}
