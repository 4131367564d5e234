#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/tree.h"
#include "county/export.h"
#include "sync/device.h"
#include "tests/sim/sim.h"

/* What was acknowledged to whom: kept apart from all that is tested, and laid beside it. */

#define SLOTS (1U << 21)
#define EXPORT_NAME "export"

struct fact {
	uint8_t hash[HASH_LEN], device[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	uint32_t on;             /* bit i: node i has it */
	int64_t leaf;            /* -1: not at the county */
	int personal;
};

static struct {
	struct fact *slot[SLOTS];
	size_t n;
	struct { uint32_t epoch; int64_t seq; uint64_t entries; } known[SIM_NODES];
	uint64_t size;           /* leaves looked at */
	uint64_t leaves;         /* entries among them */
	int restored;            /* the database is an older one just now */
} truth;

static struct fact **
slot_of(const uint8_t hash[HASH_LEN])
{
	uint32_t at;

	memcpy(&at, hash, sizeof(at));
	for (at %= SLOTS; truth.slot[at] != NULL && memcmp(truth.slot[at]->hash, hash, HASH_LEN) != 0;)
		at = (at + 1) % SLOTS;
	return &truth.slot[at];
}

static const char *
name(const uint8_t *p)
{
	static char hex[2 * HASH_LEN + 1];

	enc_hex(hex, p, HASH_LEN);
	hex[12] = '\0';
	return hex;
}

static void
learn(const struct node *n, const struct journal_entry *x)
{
	struct fact **s = slot_of(x->hash), *f = *s;

	if (f == NULL) {
		if (++truth.n > SLOTS / 2 || (f = *s = calloc(1, sizeof(*f))) == NULL)
			sim_fail("too long a run");
		memcpy(f->hash, x->hash, HASH_LEN);
		memcpy(f->device, x->h.device, HASH_LEN);
		f->epoch = x->h.epoch;
		f->seq = x->h.seq;
		f->leaf = -1;
		f->personal = x->h.personal_len > 0;
	}
	f->on |= 1U << (n - sim.node);
}

static void
read_on(struct node *n, uint32_t to_epoch, uint64_t to_seq)
{
	size_t at = (size_t)(n - sim.node);
	struct journal_entry x;
	uint32_t epoch = truth.known[at].epoch;
	int64_t seq = truth.known[at].seq;
	int rc;

	while (epoch < to_epoch || (epoch == to_epoch && seq < (int64_t)to_seq)) {
		journal_entry_init(&x);
		rc = journal_by_seq(n->ag->j, epoch, (uint64_t)(seq + 1), &x);
		if (rc < 0)
			sim_fail("%s: its journal cannot be read", n->dir);
		if (rc == 1) {
			learn(n, &x);
			seq++;
			truth.known[at].entries++;
		} else if (epoch == to_epoch) {
			sim_fail("%s: epoch %u has a hole at %lld", n->dir, epoch, (long long)seq + 1);
		} else {
			epoch++;
			seq = -1;
		}
		journal_entry_free(&x);
	}
	truth.known[at].epoch = epoch;
	truth.known[at].seq = seq;
}

void
truth_device(struct node *n)
{
	size_t at = (size_t)(n - sim.node);
	struct journal_counts c;
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;

	if (n->ag == NULL)
		return;
	if (truth.known[at].epoch == 0) {
		truth.known[at].epoch = 1;
		truth.known[at].seq = -1;
	}
	if (journal_head(n->ag->j, &epoch, &seq, hash) != 1 || journal_count(n->ag->j, &c) != 0)
		sim_fail("%s: its journal cannot be read", n->dir);
	if (epoch < truth.known[at].epoch || (epoch == truth.known[at].epoch && (int64_t)seq < truth.known[at].seq))
		sim_fail("%s: acknowledged epoch %u seq %" PRId64 ", and its head is epoch %u seq %" PRIu64, n->dir, truth.known[at].epoch, truth.known[at].seq, epoch, seq);
	read_on(n, epoch, seq);
	if (c.entries != truth.known[at].entries)
		sim_fail("%s: %" PRIu64 " entries were acknowledged, it has %" PRIu64, n->dir, truth.known[at].entries, c.entries);
	if (*slot_of(hash) == NULL)
		sim_fail("%s: its head is no entry that was seen", n->dir);
}

void
truth_rolled_back(struct node *n)
{
	size_t at = (size_t)(n - sim.node), i;

	for (i = 0; i < SLOTS; i++)
		if (truth.slot[i] != NULL)
			truth.slot[i]->on &= ~(1U << at);
	memset(&truth.known[at], 0, sizeof(truth.known[at]));
	truth_device(n);
}

static int
see_leaf(void *ctx, const struct ledger_entry *x)
{
	struct fact *f = *slot_of(x->hash);

	(void)ctx;
	if (f == NULL)
		sim_fail("the log holds entry %s at %" PRIu64 ", which no device acknowledged", name(x->hash), x->index);
	if (f->leaf >= 0)
		sim_fail("entry %s is in the log twice: at %" PRId64 " and %" PRIu64, name(x->hash), f->leaf, x->index);
	f->leaf = (int64_t)x->index;
	truth.leaves++;
	return 0;
}

void
truth_county(void)
{
	uint8_t root[HASH_LEN];
	uint64_t size;

	if (!sim.county_open)
		return;
	if (ledger_head(sim.office.c.l, &size, root) != 0)
		sim_fail("the ledger cannot be read");
	if (truth.restored && size < truth.size)
		return;
	truth.restored = 0;
	if (size < truth.size)
		sim_fail("the log had %" PRIu64 " leaves and has %" PRIu64, truth.size, size);
	if (size > truth.size && ledger_each_entry(sim.office.c.l, truth.size, size, see_leaf, NULL) != 0)
		sim_fail("the ledger cannot be read");
	truth.size = size;
}

void
truth_county_restored(void)
{
	truth.restored = 1;
}

int
truth_behind(void)
{
	uint8_t root[HASH_LEN];
	uint64_t size;

	return ledger_head(sim.office.c.l, &size, root) == 0 && size < truth.size;
}

void
truth_succeeded(void)
{
	uint8_t root[HASH_LEN];
	uint64_t size;
	size_t i;

	if (ledger_head(sim.office.c.l, &size, root) != 0)
		sim_fail("the ledger cannot be read");
	for (i = 0; i < SLOTS; i++)
		if (truth.slot[i] != NULL)
			truth.slot[i]->leaf = -1;
	/* what is left is looked at anew; nothing of it may be there twice */
	truth.leaves = truth.size = 0;
	truth.restored = 0;
	truth_county();
}

/* Does the device still go by a log that the county has lost? */
static int
is_behind(const struct node *n)
{
	struct county_keys k;

	return sim.successions > 0 && (!sim.county_open || device_keys(n->ag->j, &k, NULL) != 0 || memcmp(k.log_id, sim.office.c.keys.log_id, HASH_LEN) != 0);
}

/* A receipt is the county's word: the entry must stand in the log, at that place. */
static int
see_entry(void *ctx, const struct journal_entry *x)
{
	const struct node *n = ctx;
	const struct fact *f = *slot_of(x->hash);

	if (f == NULL || (f->on >> (n - sim.node) & 1) == 0)
		sim_fail("%s: entry %s is nowhere acknowledged", n->dir, name(x->hash));
	if (x->has_receipt && !is_behind(n) && f->leaf != (int64_t)x->index)
		sim_fail("%s: entry %s is shown as confirmed at %" PRIu64 ", the log has it at %" PRId64, n->dir, name(x->hash), x->index, f->leaf);
	return 0;
}

static void
see_finding(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	sim_fail("%s: %s, epoch %u seq %" PRIu64 ": %s", ((const struct node *)ctx)->dir, code, epoch, seq, detail);
}

static void
see_ledger(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	(void)device;
	sim_fail("the log: %s, epoch %u seq %" PRIu64 ": %s", code, epoch, seq, detail);
}

static int
by_place(const void *a, const void *b)
{
	const struct fact *x = *(const struct fact *const *)a, *y = *(const struct fact *const *)b;
	int c = memcmp(x->device, y->device, HASH_LEN);

	if (c == 0)
		c = x->epoch < y->epoch ? -1 : x->epoch > y->epoch;
	return c != 0 ? c : x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Devices with two entries at one place, both at the county. */
static uint64_t
forked(void)
{
	const struct fact **all = calloc(truth.leaves + 1, sizeof(*all));
	uint64_t n = 0, found = 0;
	size_t i;

	for (i = 0; all != NULL && i < SLOTS; i++)
		if (truth.slot[i] != NULL && truth.slot[i]->leaf >= 0)
			all[n++] = truth.slot[i];
	if (all == NULL || n != truth.leaves)
		sim_fail("the simulation has lost count");
	qsort(all, n, sizeof(*all), by_place);
	for (i = 1; i < n; i++) {
		if (by_place(&all[i - 1], &all[i]) != 0)
			continue;
		found++;
		/* one device counts once */
		while (i + 1 < n && memcmp(all[i + 1]->device, all[i]->device, HASH_LEN) == 0)
			i++;
	}
	free(all);
	return found;
}

void
truth_all(void)
{
	struct ledger_counts c;
	unsigned i;

	truth_county();
	for (i = 0; i < sim.nodes; i++) {
		truth_device(&sim.node[i]);
		if (sim.node[i].ag != NULL && (journal_each(sim.node[i].ag->j, see_entry, &sim.node[i]) != 0 || journal_verify(sim.node[i].ag->j, see_finding, &sim.node[i]) != 0))
			sim_fail("%s: its journal cannot be read", sim.node[i].dir);
	}
	if (!sim.county_open)
		return;
	if (ledger_check(sim.office.c.l, see_ledger, NULL) != 0 || ledger_count(sim.office.c.l, 0, &c) != 0)
		sim_fail("the ledger cannot be read");
	if (c.entries != truth.leaves)
		sim_fail("the county counts %" PRIu64 " entries, %" PRIu64 " came", c.entries, truth.leaves);
	if (c.forked != forked())
		sim_fail("the county knows %" PRIu64 " forked devices, there are %" PRIu64, c.forked, forked());
	if (c.parked != 0)
		sim_fail("the county has parked %" PRIu64 " entries, and nobody did anything wrong", c.parked);
}

void
truth_settled(void)
{
	struct journal_counts c;
	uint32_t off = 0;
	unsigned i;
	size_t k;

	truth_all();
	for (i = 0; i < sim.nodes; i++)
		off |= sim.node[i].retired ? 1U << i : 0;
	for (i = 0; i < sim.nodes; i++) {
		if (sim.node[i].ag == NULL)
			continue;
		if (journal_count(sim.node[i].ag->j, &c) != 0 || c.waiting != 0 || c.set_aside != 0 || c.attachments_waiting != 0)
			sim_fail("%s: %" PRIu64 " entries and %" PRIu64 " attachments still wait, %" PRIu64 " are set aside", sim.node[i].dir, c.waiting, c.attachments_waiting, c.set_aside);
	}
	for (k = 0; k < SLOTS; k++)
		if (truth.slot[k] != NULL && (truth.slot[k]->on & ~off) != 0 && truth.slot[k]->leaf < 0)
			sim_fail("entry %s is not at the county", name(truth.slot[k]->hash));
}

/* Codes of the verdict's findings, each once. */
static void
codes_of(const char *json, char *out, size_t size)
{
	const char *p = json;
	char one[64];

	out[0] = '\0';
	while ((p = strstr(p, "\"code\":\"")) != NULL) {
		p += strlen("\"code\":\"");
		(void)snprintf(one, sizeof(one), " %.*s", (int)strcspn(p, "\""), p);
		if (strstr(out, one) == NULL && strlen(out) + strlen(one) < size)
			(void)strcat(out, one);
	}
}

static char *
without(char *codes, const char *one)
{
	char *p = strstr(codes, one);

	if (p != NULL)
		memmove(p, p + strlen(one), strlen(p + strlen(one)) + 1);
	return codes;
}

static int
agent_export(struct node *n, const char *dir)
{
	static char word0[] = "tally-agent", word1[] = "export", word2[] = "--audit";
	char *argv[] = { word0, word1, word2, (char *)(uintptr_t)dir, NULL };
	FILE *null = fopen("/dev/null", "r+");
	struct opt_io io = { .in = null, .out = null, .err = null, .data = n->dir };
	int rc;

	sim_clock(n);
	agent_set_running(n->ag);
	agent_lock();
	rc = opt_run(&agent_program, &io, 4, argv);
	agent_unlock();
	agent_set_running(NULL);
	(void)fclose(null);
	return rc;
}

void
truth_audit(void)
{
	const char *build = getenv("TALLY_BUILD");
	char dir[SIM_PATH], half[SIM_PATH], cmd[8192], codes[1024];
	uint64_t entries = 0, beside = forked();
	struct export_done done;
	struct err e = { "" };
	struct buf out;
	unsigned i;
	size_t n;
	FILE *f;

	(void)snprintf(dir, sizeof(dir), "%.400s/" EXPORT_NAME, sim.top);
	(void)tree_remove(dir, NULL);
	sim_clock(NULL);
	if (audit_export(&sim.office, dir, 1, &done, &e) != 0)
		sim_fail("export: %s", e.text);
	(void)snprintf(cmd, sizeof(cmd), "%s/bin/tally-audit verify %s --json", build != NULL ? build : "build", dir);
	for (i = 0; i < sim.villages; i++) {
		if (!sim.node[i].honest || sim.node[i].ag == NULL)
			continue;
		(void)snprintf(half, sizeof(half), "%.400s/half-%u", sim.top, i);
		(void)tree_remove(half, NULL);
		if (agent_export(&sim.node[i], half) != 0)
			sim_fail("%s: no export", sim.node[i].dir);
		n = strlen(cmd);
		(void)snprintf(cmd + n, sizeof(cmd) - n, " --village %s", half);
	}
	buf_init(&out, 16U << 20);
	if ((f = popen(cmd, "r")) == NULL)
		sim_fail("tally-audit cannot be run");
	while ((n = fread(half, 1, sizeof(half), f)) > 0)
		(void)buf_put(&out, half, n);
	(void)pclose(f);
	codes_of(buf_str(&out), codes, sizeof(codes));
	if (sscanf(strstr(buf_str(&out), "\"entries\":") != NULL ? strstr(buf_str(&out), "\"entries\":") : "", "\"entries\":%" SCNu64, &entries) != 1 || entries != truth.leaves)
		sim_fail("the auditor counts %" PRIu64 " entries, %" PRIu64 " came: %.2000s", entries, truth.leaves, buf_str(&out));
	if (strstr(codes, " fork") == NULL ? beside > 0 : beside == 0)
		sim_fail("the auditor finds%s, expected were %s forks: %.4000s", codes, beside > 0 ? "some" : "no", buf_str(&out));
	for (i = 0; i < sim.nodes; i++) {
		enc_hex(half, sim.node[i].device, HASH_LEN);
		if (sim.node[i].honest && strstr(strstr(buf_str(&out), "\"findings\""), half) != NULL)
			sim_fail("the auditor finds something of a device that nothing happened to: %.4000s", buf_str(&out));
	}
	/* a folder that was put back has no photos that came after it */
	if (sim.successions > 0 && strstr(codes, " succession") == NULL)
		sim_fail("the auditor does not tell of the new log: %.4000s", buf_str(&out));
	if (strcmp(without(without(without(codes, " fork"), " missing-attachment"), " succession"), "") != 0 && (!sim.clocks_off || strcmp(without(codes, " clock-outside-bounds"), "") != 0))
		sim_fail("the auditor finds%s: %.4000s", codes, buf_str(&out));
	buf_free(&out);
	truth_county();
}

void
truth_print(void)
{
	printf("# %zu entries made, %" PRIu64 " in the log of %" PRIu64 " leaves, %" PRIu64 " devices forked\n", truth.n, truth.leaves, truth.size, sim.county_open ? forked() : 0);
}
