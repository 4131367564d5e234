#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/line.h"

#define CLOCK_FILE_MAX 512
#define DAY_MS INT64_C(86400000)
#define ERA_DAYS 146097U /* 400 years */
#define SHANGHAI_MS (INT64_C(8) * 3600 * 1000)
/* 0000-01-01 and the last millisecond of 9999, so that a date always has ten characters. */
#define DATE_MIN_MS INT64_C(-62167219200000)
#define DATE_MAX_MS INT64_C(253402300799999)

/* The start of a small file: its length, or -1. */
static ssize_t
read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, size);
	(void)close(fd);
	return n;
}

/* The value of ${name} in the file TALLY_CLOCK names: 1 if there, else 0. */
static int
test_clock(const char *name, char *out, size_t size)
{
	const char *path = getenv("TALLY_CLOCK");
	char text[CLOCK_FILE_MAX];
	struct cursor c;
	struct field line, f[2];
	ssize_t n;

	if (path == NULL || (n = read_small(path, text, sizeof(text))) < 0)
		return 0;
	cursor_init(&c, text, (size_t)n);
	while (cursor_line(&c, &line) == 1)
		if (field_split(line, f, 2) == 2 && field_is(f[0], name))
			return field_copy(f[1], out, size) == 0;
	return 0;
}

static int64_t
now(const char *name, clockid_t id)
{
	struct timespec ts = { 0, 0 };
	char text[32];
	int64_t ms;

	if (test_clock(name, text, sizeof(text)) && dec_i64(&ms, text, strlen(text)) == 0)
		return ms;
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
	return now("wall", CLOCK_REALTIME);
}

int64_t
clock_mono(void)
{
	return now("mono", CLOCK_BOOTTIME);
}

int
clock_boot(uint8_t out[16])
{
	char text[64], hex[33];
	size_t i, n = 0;
	ssize_t got;

	if (test_clock("boot", hex, sizeof(hex)) && dec_hex(out, 16, hex, strlen(hex)) == 0)
		return 0;
	got = read_small("/proc/sys/kernel/random/boot_id", text, sizeof(text));
	for (i = 0; got > 0 && i < (size_t)got && n < 32; i++)
		if (text[i] != '-')
			hex[n++] = text[i];
	if (dec_hex(out, 16, hex, n) == 0)
		return 0;
	memset(out, 0, 16);
	return -1;
}

struct civil {
	unsigned year, month, day, hour, min, sec;
};

/*
 * Shanghai's civil time; ${ms} beyond the years 0 to 9999 counts as their
 * edge.  Counted by hand, since time_t has 32 bits on some of our machines.
 */
static struct civil
civil(int64_t ms)
{
	unsigned s, day, era, year, month;
	struct civil c;

	if (ms < DATE_MIN_MS - SHANGHAI_MS)
		ms = DATE_MIN_MS - SHANGHAI_MS;
	if (ms > DATE_MAX_MS - SHANGHAI_MS)
		ms = DATE_MAX_MS - SHANGHAI_MS;
	ms += SHANGHAI_MS - DATE_MIN_MS;
	s = (unsigned)(ms % DAY_MS / 1000);
	c.hour = s / 3600;
	c.min = s / 60 % 60;
	c.sec = s % 60;
	/* counted from March of the year -400, so that the leap day comes last in its year */
	day = (unsigned)(ms / DAY_MS) + ERA_DAYS - 60;
	era = day / ERA_DAYS;
	day %= ERA_DAYS;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	c.day = day - (153 * month + 2) / 5 + 1;
	c.month = month < 10 ? month + 3 : month - 9;
	c.year = year + 400 * era - 400 + (c.month <= 2);
	return c;
}

void
clock_date(int64_t ms, char out[16])
{
	struct civil c = civil(ms);

	(void)snprintf(out, 16, "%04u-%02u-%02u", c.year % 10000, c.month % 100, c.day % 100);
}

void
clock_datetime(int64_t ms, char out[32])
{
	struct civil c = civil(ms);

	(void)snprintf(out, 32, "%04u-%02u-%02u %02u:%02u:%02u", c.year % 10000, c.month % 100, c.day % 100, c.hour % 100,
	    c.min % 100, c.sec % 100);
}
