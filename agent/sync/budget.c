#include "agent/sync/budget.h"

#include <stdio.h>
#include <string.h>

#include "agent/host/linkup.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "web/tr.h"

#define FACT "data-spent"               /* "DAY BYTES" */
#define STORE_EACH (UINT64_C(64) << 10) /* bytes spent from one write to the next */
#define DAY_MS INT64_C(86400000)
#define EAST_MS INT64_C(28800000)       /* days begin in Beijing */

static struct budget now_in_force;
static struct { int loaded; int64_t day; uint64_t bytes, stored; } spent; /* with the agent locked */

static const struct { const char *code, *text; } waits[] = {
	[WAIT_NOT] = { "", "" },
	[WAIT_METERED] = { "metered", N_("Photos wait for a link that is not paid by the megabyte.") },
	[WAIT_SPENT] = { "budget", N_("Photos wait until tomorrow: today's data budget is used up.") },
	[WAIT_NEVER] = { "never", N_("Photos are not sent over a link: this device is set up so. Use a stick.") },
};

static int
choose(const struct args *a, const char *name, const char *const *words, size_t n, unsigned *got, struct err *e)
{
	const char *s = opt_get(a, name);
	size_t i;

	*got = 0;
	for (i = 0; s != NULL && i < n; i++)
		if (strcmp(s, words[i]) == 0) {
			*got = (unsigned)i;
			return 0;
		}
	return s == NULL ? 0 : err_set(e, "--%s %.32s: not %s, %s or %s", name, s, words[0], words[1], words[2]);
}

int
budget_options(const struct args *a, struct budget *b, struct err *e)
{
	static const char *const metered[] = { "auto", "yes", "no" }, *const photos[] = { "always", "unmetered", "never" };
	const char *s = opt_get(a, "data-budget");
	unsigned m, p;

	memset(b, 0, sizeof(*b));
	if (s != NULL && dec_u64(&b->a_day, s, strlen(s)) != 0)
		return err_set(e, "--data-budget %.32s: not a number of bytes", s);
	if (choose(a, "metered", metered, 3, &m, e) != 0 || choose(a, "photos", photos, 3, &p, e) != 0)
		return -1;
	b->metered = (enum budget_metered)m;
	b->photos = (enum budget_photos)p;
	return 0;
}

void
budget_set(const struct budget *b)
{
	now_in_force = *b;
}

int
budget_metered(void)
{
	return now_in_force.metered == METERED_AUTO ? linkup_is_modem() : now_in_force.metered == METERED_YES;
}

/* The day by this device's clock, or by what the county said if that is later: a clock that begins in 1970 with each start is no calendar. */
static int64_t
today(struct agent *ag)
{
	int64_t wall = clock_wall(), floor = floor_shown(ag);

	return ((wall > floor ? wall : floor) + EAST_MS) / DAY_MS;
}

static void
load(struct agent *ag)
{
	uint64_t day;
	struct buf b;
	size_t n;

	spent.loaded = 1;
	buf_init(&b, 64);
	if (journal_get(ag->j, FACT, &b) == 1) {
		n = strcspn(buf_str(&b), " ");
		if (n < b.len && dec_u64(&day, buf_str(&b), n) == 0 && day < INT64_MAX && dec_u64(&spent.bytes, buf_str(&b) + n + 1, b.len - n - 1) == 0)
			spent.day = (int64_t)day;
	}
	spent.stored = spent.bytes;
	buf_free(&b);
}

/* Another day than the one counted, also one before: a clock was set. */
static void
turn(struct agent *ag)
{
	int64_t day = today(ag);

	if (!spent.loaded)
		load(ag);
	if (day == spent.day)
		return;
	spent.day = day;
	spent.bytes = 0;
	spent.stored = UINT64_MAX;
}

void
budget_store(struct agent *ag)
{
	struct err e = { "" };
	char text[64];
	int n;

	if (now_in_force.a_day == 0 || !spent.loaded || spent.stored == spent.bytes)
		return;
	n = snprintf(text, sizeof(text), "%lld %llu", (long long)spent.day, (unsigned long long)spent.bytes);
	if (journal_set(ag->j, FACT, text, (size_t)n, &e) == 0)
		spent.stored = spent.bytes;
	else
		log_msg(LOG_WARN, "what was spent of the data budget cannot be stored: %s", e.text);
}

void
budget_spend(struct agent *ag, uint64_t bytes)
{
	if (now_in_force.a_day == 0)
		return;
	turn(ag);
	spent.bytes += bytes;
	if (spent.stored > spent.bytes || spent.bytes - spent.stored >= STORE_EACH)
		budget_store(ag);
}

uint64_t
budget_spent(struct agent *ag)
{
	turn(ag);
	return spent.bytes;
}

enum budget_wait
budget_photos_wait(struct agent *ag)
{
	if (now_in_force.photos == PHOTOS_NEVER)
		return WAIT_NEVER;
	if (now_in_force.photos == PHOTOS_UNMETERED && budget_metered())
		return WAIT_METERED;
	if (now_in_force.a_day > 0 && budget_spent(ag) >= now_in_force.a_day)
		return WAIT_SPENT;
	return WAIT_NOT;
}

const char *
budget_code(enum budget_wait w)
{
	return waits[w].code;
}

const char *
budget_words(enum budget_wait w, const char *lang)
{
	return w == WAIT_NOT ? "" : tr(lang, waits[w].text);
}
