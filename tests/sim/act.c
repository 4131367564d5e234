#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/record/recorder.h"
#include "agent/sync/stick.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/tree.h"
#include "county/cmd/commands.h"
#include "sync/county.h"
#include "sync/request.h"
#include "tests/sim/sim.h"

/* What happens: cadres record, links break, devices are switched off, copied and put back, sticks travel. */

static int failing;

static void
disks(int fail)
{
	failing = fail;
	sim_disk_full(!fail ? -1 : sim_roll(2) ? 0 : (int64_t)sim_roll(200000));
}

/* One that is switched on. */
struct node *
act_pick(void)
{
	unsigned i = (unsigned)sim_roll(sim.nodes), k;

	for (k = 0; k < sim.nodes; k++) {
		struct node *n = &sim.node[(i + k) % sim.nodes];

		if (n->retired)
			continue;
		sim_node_open(n);
		truth_device(n);
		if (n->ag->s != NULL)
			return n;
	}
	sim_fail("no device is left");
}

/* Some bytes that are a photo to whoever only stores and sends it. */
static int
photo(struct node *n, struct draft *d, cJSON *answers, struct err *e)
{
	size_t len = 200 + sim_roll(20000), i;
	struct attachment *a = &d->att[d->natt];
	char hex[2 * HASH_LEN + 1];
	uint8_t *p = malloc(len);
	int rc;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)sim_roll(256);
	memset(a, 0, sizeof(*a));
	if ((rc = journal_attachment_put(n->ag->j, p, len, a->hash, e)) == 0) {
		a->len = len;
		(void)strcpy(a->mediatype, "image/jpeg");
		d->natt++;
		enc_hex(hex, a->hash, HASH_LEN);
		(void)cJSON_AddStringToObject(answers, "photo", hex);
	}
	free(p);
	return rc;
}

/* An entry of this device that may be corrected or withdrawn: the newest of its last few.  1 or 0. */
static int
recent(struct node *n, struct journal_entry *x)
{
	uint8_t hash[HASH_LEN], by[HASH_LEN];
	uint32_t epoch;
	uint64_t seq, back;
	int withdrawn;

	if (journal_head(n->ag->j, &epoch, &seq, hash) != 1 || seq == 0)
		return 0;
	back = sim_roll(seq < 6 ? seq : 6);
	if (journal_by_seq(n->ag->j, epoch, seq - back, x) != 1 || (strcmp(x->h.kind, "record") != 0 && strcmp(x->h.kind, "correction") != 0))
		return 0;
	return journal_superseded_by(n->ag->j, x->hash, by, &withdrawn) == 0;
}

static void
fill(struct node *n, struct draft *d, struct err *e, const char *subject)
{
	struct form_findings findings = { 0 };
	char name[64], date[16], remark[128];
	cJSON *answers = cJSON_CreateObject();

	(void)snprintf(name, sizeof(name), "%s-%02u-%u", n->place, (unsigned)(n - sim.node), n->subjects++);
	clock_date(clock_wall() - 86400000, date);
	(void)cJSON_AddStringToObject(answers, "subject", subject != NULL ? subject : name);
	(void)cJSON_AddStringToObject(answers, "stage", sim_roll(2) ? "begun" : "done");
	(void)cJSON_AddNumberToObject(answers, "persons", (double)sim_roll(900));
	(void)snprintf(remark, sizeof(remark), "屋主 %llu", (unsigned long long)sim_roll(1000000));
	if (sim_chance(40))
		(void)cJSON_AddStringToObject(answers, "remark", remark);
	if (sim_chance(8) && photo(n, d, answers, e) != 0)
		cJSON_DeleteItemFromObject(answers, "photo");
	if (recorder_fill(n->ag, d, n->form, answers, &findings, e) != 0 && !sim.storm)
		sim_fail("%s: answers refused: %s", n->dir, e->text);
	form_findings_free(&findings);
	cJSON_Delete(answers);
}

static size_t
drafts(struct node *n, struct draft *d, size_t max, struct err *e)
{
	static uint64_t ids;
	size_t count = sim_chance(5) ? max : 1 + sim_roll(3), i;
	struct journal_entry x;

	for (i = 0; i < count; i++) {
		journal_entry_init(&x);
		if (i == 0 && sim_chance(15) && recent(n, &x)) {
			int out = sim_chance(30);

			draft_init(&d[i], out ? "withdrawal" : "correction", n->ag);
			d[i].has_supersedes = 1;
			memcpy(d[i].supersedes, x.hash, HASH_LEN);
			if (out) {
				(void)buf_puts(&d[i].payload, "{}");
				(void)buf_puts(&d[i].personal, "{\"reason\":\"twice\"}");
			} else {
				d[i].form = n->form;
				fill(n, &d[i], e, x.subject);
			}
		} else {
			draft_init(&d[i], "record", n->ag);
			d[i].form = n->form;
			fill(n, &d[i], e, NULL);
		}
		journal_entry_free(&x);
		(void)snprintf(d[i].id, sizeof(d[i].id), "id-%llu", (unsigned long long)++ids);
	}
	return count;
}

static void
act_record(void)
{
	struct draft d[40];
	struct recorded rec[40], again[40];
	struct node *n = act_pick();
	struct err e = { "" };
	int broken = sim.storm && sim_chance(6), rc;
	size_t count, i;

	sim_clock(n);
	count = drafts(n, d, 40, &e);
	if (broken)
		disks(1);
	rc = recorder_append(n->ag, d, count, rec, &e);
	disks(0);
	if (rc > 0)
		sim_fail("%s: refused: %s", n->dir, e.text);
	if (rc < 0 && !broken)
		sim_fail("%s: not recorded: %s", n->dir, e.text);
	if (rc < 0) {
		/* not known to be on disk: the same again, perhaps after a restart, is there once */
		if (sim_chance(50)) {
			sim_node_close(n);
			sim_node_open(n);
		}
		sim_clock(n);
		if (recorder_append(n->ag, d, count, rec, &e) != 0) {
			sim_node_close(n);
			sim_node_open(n);
			if (recorder_append(n->ag, d, count, rec, &e) != 0)
				sim_fail("%s: a disk that works again does not help: %s", n->dir, e.text);
		}
	}
	if (sim_chance(5) && (recorder_append(n->ag, d, count, again, &e) != 0 || memcmp(again[count - 1].entry, rec[count - 1].entry, HASH_LEN) != 0))
		sim_fail("%s: the same id again gave something else: %s", n->dir, e.text);
	for (i = 0; i < count; i++)
		draft_free(&d[i]);
	truth_device(n);
}

/* One exchange, whatever comes of it. */
static char last[sizeof(((struct err *)0)->text)];

int
act_exchange(struct node *n)
{
	struct totals t = { 0 };
	struct err e = { "" };
	int rc;

	if (n->x == NULL && (n->x = exchange_open(n->ag, 1, &e)) == NULL)
		return -2;
	sim_clock(n);
	agent_lock();
	rc = exchange_once(n->x, &t, &e);
	agent_unlock();
	sim_clock(n);
	memcpy(last, e.text, sizeof(last));
	if (strstr(e.text, "ALARM") != NULL)
		sim_fail("%s: %s", n->dir, e.text);
	if (rc == -2 && !sim.storm)
		sim_fail("%s: no use trying: %s", n->dir, e.text);
	if (failing)
		return rc; /* nothing can be said now */
	truth_device(n);
	truth_county();
	return rc;
}

static void
act_sync(void)
{
	struct node *n = act_pick();
	int k = 1 + (int)sim_roll(4), broken = sim.storm && sim_chance(3);

	if (broken)
		disks(1);
	while (k-- > 0 && act_exchange(n) == 1)
		continue;
	disks(0);
	truth_device(n);
	truth_county();
}

static void
act_power(void)
{
	struct node *n = act_pick();

	sim_node_close(n);
	if (sim_chance(50)) { /* the machine with it: its clock counts from nothing */
		n->boots++;
		n->booted = sim.now;
	}
	sim_node_open(n);
	truth_device(n);
}

static void
act_backup(void)
{
	struct node *n = act_pick();
	unsigned i = (unsigned)sim_roll(SIM_BACKUPS);
	char path[SIM_PATH];

	sim_node_close(n);
	(void)snprintf(path, sizeof(path), "%.300s.backup-%u", n->dir, i);
	memcpy(n->backup[i], path, sizeof(path));
	sim_copy(n->dir, n->backup[i]);
}

/* The folder goes back to what it was; without the guard somebody copied the journal alone. */
static void
act_restore(void)
{
	struct node *n = act_pick();
	char *from = n->backup[sim_roll(SIM_BACKUPS)], a[SIM_PATH + 32], b[SIM_PATH + 32];
	struct buf guard;

	if (from[0] == '\0')
		return;
	sim_node_close(n);
	n->honest = 0;
	(void)snprintf(a, sizeof(a), "%s/guard", n->dir);
	(void)snprintf(b, sizeof(b), "%s/keys", sim.top);
	buf_init(&guard, 65536);
	if (sim_roll(2) && file_exists(a)) {
		(void)tree_remove(b, NULL);
		sim_copy(n->dir, b); /* guard and keys are not in backups */
		sim_copy(from, n->dir);
		if (file_read(a, &guard, NULL) == 0) {
			guard.len = 0;
			(void)snprintf(b, sizeof(b), "%s/keys/guard", sim.top);
			(void)(file_read(b, &guard, NULL) == 0 && file_write(a, guard.data, guard.len, 0600, NULL) == 0);
		}
	} else if (sim_chance(30)) { /* in place, guard and all: nothing here tells */
		(void)snprintf(a, sizeof(a), "%.300s/was", sim.top);
		sim_move(n->dir, a);
		sim_copy(from, n->dir);
		sim_same_host(a, n->dir);
	} else {
		sim_copy(from, n->dir);
	}
	buf_free(&guard);
	sim_node_open(n);
	truth_rolled_back(n);
}

static void
act_clone(void)
{
	struct node *n = act_pick(), *c = &sim.node[sim.nodes];
	char path[SIM_PATH];

	if (sim.nodes >= SIM_NODES)
		return;
	sim_node_close(n);
	*c = *n;
	memset(c->backup, 0, sizeof(c->backup));
	(void)snprintf(path, sizeof(path), "%.400s/copy-%u", sim.top, sim.nodes);
	memcpy(c->dir, path, sizeof(path));
	sim_copy(n->dir, c->dir);
	if (sim_chance(30))
		sim_same_host(n->dir, c->dir); /* nothing tells the two apart */
	n->honest = c->honest = 0;
	sim.nodes++;
	sim_node_open(n);
	truth_device(n);
	sim_node_open(c);
	truth_rolled_back(c);
}

static struct { unsigned weight; const char *name; void (*run)(void); unsigned n; } acts[] = {
	{ 300, "record", act_record, 0 }, { 420, "sync", act_sync, 0 }, { 60, "late message", wire_deliver_late, 0 }, { 30, "power", act_power, 0 }, { 12, "backup", act_backup, 0 },
	{ 9, "restore", act_restore, 0 }, { 2, "clone", act_clone, 0 }, { 20, "stick", act_stick_up, 0 }, { 30, "stick arrives", act_stick_arrives, 0 }, { 3, "office", act_office, 0 },
	{ 2, "county's backup", act_county_restore, 0 }, { 1, "keys", act_keys, 0 }, { 10, "county's power", act_county_power, 0 }, { 20, "judge", act_judge, 0 },
	{ 4, "clock", act_clock, 0 },
	/* only with --hard 1: seeds 4 and 21 still end with entries that wait or are set aside */
	{ 3, "lost key", act_lost_key, 0 }, { 1, "log succeed", act_succeed, 0 },
};
#define N_ACTS (sizeof(acts) / sizeof(acts[0]))

void
act(void)
{
	unsigned sum = 0, at;
	size_t i;

	if (!sim.hard)
		acts[N_ACTS - 2].weight = acts[N_ACTS - 1].weight = 0;
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		sum += acts[i].weight;
	at = (unsigned)sim_roll(sum);
	for (i = 0; at >= acts[i].weight; i++)
		at -= acts[i].weight;
	sim.now += 1 + (int64_t)sim_roll(90000);
	sim.doing = acts[i].name;
	acts[i].n++;
	acts[i].run();
}

void
act_print(void)
{
	size_t i;

	printf("#");
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		printf(" %s %u%s", acts[i].name, acts[i].n, i + 1 < sizeof(acts) / sizeof(acts[0]) ? "," : "\n");
}

void
act_settle(void)
{
	unsigned i, k;
	int rc;

	sim.storm = 0;
	sim.doing = "the storm is over";
	wire_faults(0);
	if (!sim.county_open)
		sim_county_open();
	for (i = 0; i < sim.nodes; i++) {
		if (sim.node[i].retired)
			continue;
		sim_node_open(&sim.node[i]);
		truth_device(&sim.node[i]);
		for (k = 0, rc = 1; rc != 0 && k < 400; k++) {
			sim.now += 1000;
			rc = act_exchange(&sim.node[i]);
		}
		/* known: two copies that both began the same epoch number before either was heard; the second must be invited anew */
		if (rc == -1 && !sim.node[i].honest && strstr(last, "HTTP 403") != NULL) {
			sim_node_close(&sim.node[i]);
			sim.node[i].retired = 1;
			rc = 0;
		}
		if (rc != 0)
			sim_fail("%s: after 400 exchanges it is still not done (%d: %s)", sim.node[i].dir, rc, last);
	}
	sim_judge();
}
