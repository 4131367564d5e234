#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/host/metrics.h"
#include "agent/host/notify.h"
#include "agent/host/rest.h"
#include "agent/host/watch.h"
#include "store/db.h"
#include "tests/lib/faultvfs.h"
#include "tests/lib/maker.h"

/* What the service manager is told, while the disk works and while it does not. */

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static char top[256], dir[300], path[300];
static int listener = -1;
static struct agent *ag;

static int
setup(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct err e = { "" };
	char pid[32];

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/agent", top);
	(void)snprintf(path, sizeof(path), "%.100s/notify", top);
	if (crypto_init(&e) != 0 || agent_init(dir, "532301001001", "", &e) != 0 || (ag = agent_open(dir, &e)) == NULL)
		return -1;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", path);
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) != 0)
		return -1;
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)setenv("NOTIFY_SOCKET", path, 1);
	(void)setenv("WATCHDOG_USEC", "60000000", 1);
	(void)setenv("WATCHDOG_PID", pid, 1);
	notify_open();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)faultvfs_disarm();
	agent_close(ag);
	(void)close(listener);
	faultvfs_forget();
	maker_rm(top);
	return 0;
}

/* What was sent since, a datagram a line. */
static const char *
heard(void)
{
	static char text[4096];
	size_t n = 0;
	ssize_t k;

	while ((k = recv(listener, text + n, sizeof(text) - n - 2, 0)) > 0) {
		n += (size_t)k;
		text[n++] = '\n';
	}
	text[n] = '\0';
	return text;
}

static void
test_environment(void **state)
{
	(void)state;
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_true(notify_wanted());
	assert_int_equal(notify_watchdog_ms(), 60000);
	/* with what a wait may grow by, within half of it */
	assert_true(watch_interval() + 10000 <= 30000);
}

static void
test_well(void **state)
{
	struct watch w = { .ag = ag };
	const char *said;

	(void)state;
	watch_beat(&w);
	said = heard();
	assert_non_null(strstr(said, "READY=1\n"));
	assert_non_null(strstr(said, "WATCHDOG=1\n"));
	assert_non_null(strstr(said, "STATUS=1 entries, 1 waiting, last confirmed never\n"));
	watch_beat(&w);
	assert_string_equal(heard(), "WATCHDOG=1\n");
}

/* An idle agent writes every six hours and not more often. */
static void
test_probes(void **state)
{
	struct watch w = { .ag = ag };
	uint64_t first, n;
	int64_t t;

	(void)state;
	assert_true(watch_well(&w, 5 * MINUTE));
	assert_int_equal(journal_get_u64(ag->j, "probe", &first), 1);
	for (t = 6 * MINUTE; t < 6 * HOUR + 5 * MINUTE; t += MINUTE)
		assert_true(watch_well(&w, t));
	assert_int_equal(journal_get_u64(ag->j, "probe", &n), 1);
	assert_int_equal(n, first);
	assert_true(watch_well(&w, t));
	assert_int_equal(journal_get_u64(ag->j, "probe", &n), 1);
	assert_int_equal(n, first + 1);
}

/* Somebody's write fails: from then on the watchdog hears nothing, until a write succeeds again. */
static void
test_disk_fails(void **state)
{
	struct watch w = { .ag = ag };

	(void)state;
	watch_beat(&w);
	(void)heard();
	faultvfs_arm(FAULT_WRITE | FAULT_SYNC, 1, 1, SQLITE_IOERR_WRITE);
	assert_int_equal(journal_set(ag->j, "name", "x", 1, NULL), -1);
	watch_beat(&w);
	assert_null(strstr(heard(), "WATCHDOG"));
	assert_false(watch_well(&w, w.probed + 7 * HOUR));
	(void)faultvfs_disarm();
	assert_true(watch_well(&w, w.probed + 2 * MINUTE));
	watch_beat(&w);
	assert_non_null(strstr(heard(), "WATCHDOG=1"));
}

/* It wrote, the disk took nothing: a probe finds out though nobody records. */
static void
test_probe_finds_out(void **state)
{
	struct watch w = { .ag = ag };

	(void)state;
	assert_true(watch_well(&w, MINUTE));
	faultvfs_arm(FAULT_SYNC, 1, 1, SQLITE_IOERR_FSYNC);
	assert_true(watch_well(&w, 5 * HOUR));
	assert_false(watch_well(&w, 7 * HOUR));
	(void)faultvfs_disarm();
}

/* A full disk is no reason to be restarted. */
static void
test_full(void **state)
{
	struct watch w = { .ag = ag };

	(void)state;
	watch_beat(&w);
	(void)heard();
	faultvfs_arm(FAULT_WRITE, 1, 0, SQLITE_FULL);
	assert_int_equal(journal_set(ag->j, "name", "y", 1, NULL), -1);
	assert_int_equal(journal_writing(ag->j), JOURNAL_NO_SPACE);
	watch_beat(&w);
	assert_non_null(strstr(heard(), "WATCHDOG=1"));
	(void)faultvfs_disarm();
}

/* READY waits until something can be stored. */
static void
test_not_ready(void **state)
{
	struct watch w = { .ag = ag };
	const char *said;

	(void)state;
	faultvfs_arm(FAULT_SYNC, 1, 1, SQLITE_IOERR_FSYNC);
	watch_beat(&w);
	said = heard();
	assert_null(strstr(said, "READY"));
	assert_null(strstr(said, "WATCHDOG"));
	assert_non_null(strstr(said, "STATUS=nothing can be stored"));
	(void)faultvfs_disarm();
	w.probed -= 2 * MINUTE;
	watch_beat(&w);
	assert_non_null(strstr(heard(), "READY=1"));
}

static void
test_metrics(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, METRICS_MAX);
	assert_int_equal(journal_set(ag->j, "name", "刘梅", 6, NULL), 0);
	assert_int_equal(metrics_print(&b, ag, 1), 0);
	assert_non_null(strstr(buf_str(&b), "\ntally_agent_entries 1\n"));
	assert_non_null(strstr(buf_str(&b), "\ntally_agent_entries_waiting 1\n"));
	assert_non_null(strstr(buf_str(&b), "\ntally_agent_writes_succeed 1\n"));
	assert_non_null(strstr(buf_str(&b), "\ntally_agent_storage_free_bytes "));
	assert_null(strstr(buf_str(&b), "532301"));
	assert_null(strstr(buf_str(&b), "刘"));
	buf_reset(&b);
	assert_int_equal(metrics_print(&b, ag, 0), 0);
	assert_null(strstr(buf_str(&b), "free_bytes"));
	assert_null(strstr(buf_str(&b), "uptime"));
	buf_free(&b);
}

static long
resident_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssFile: %ld", &kb) == 1)
			break;
	if (f != NULL)
		(void)fclose(f);
	return kb;
}

/* What the last work took is given back, and everything works as before. */
static void
test_rest(void **state)
{
	struct watch w = { .ag = ag };
	long before = resident_kb(), after;

	(void)state;
	rest_now(ag);
	after = resident_kb();
	if (before > 0)
		assert_true(after < before / 2);
	assert_true(watch_well(&w, MINUTE));
	assert_int_equal(journal_set(ag->j, "name", "z", 1, NULL), 0);
	assert_int_equal(journal_verify(ag->j, NULL, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_well, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probe_finds_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rest, setup, teardown),
	};

	return faultvfs_install() != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
