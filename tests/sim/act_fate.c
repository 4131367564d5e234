#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/record/recorder.h"
#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "store/ledger/ledger_mirror.h"
#include "tests/sim/sim.h"

/* What happens seldom: keys and logs that are lost for good, clocks that jump. */

/* The signing keys are gone; the office invites the device anew. */
void
act_lost_key(void)
{
	struct node *n = act_pick();
	char path[SIM_PATH + 32];
	uint32_t epoch;

	if (!n->honest)
		return; /* of a copy the other half would have to be invited too */
	for (epoch = n->ag->epoch; epoch > 0; epoch--) {
		(void)snprintf(path, sizeof(path), "%s/device-%u.key", n->dir, epoch);
		(void)unlink(path);
	}
	sim_node_close(n);
	sim_node_open(n);
	if (n->ag->s == NULL && agent_new_epoch(n->ag, "lost-key", &(struct err){ "" }) != 0)
		sim_fail("%s: no epoch after a lost key", n->dir);
	memset(n->backup, 0, sizeof(n->backup)); /* a copy with the old key is another matter */
	sim_invite(n, 1);
	truth_device(n);
	truth_county();
}

/* The county's disk is lost, and so is the log's second place: what is left goes on as another log. */
void
act_succeed(void)
{
	static unsigned logs;
	char root[SIM_PATH + 32], a[SIM_PATH + 32], b[SIM_PATH + 32];
	struct err e = { "" };
	struct buf out;
	int rc;

	if (sim.county_backup[0] == '\0')
		return;
	sim_county_close();
	sim_county_roll_back(1);
	(void)snprintf(root, sizeof(root), "%s/root.key", sim.county_dir);
	buf_init(&out, 1U << 20);
	if ((rc = sim_county_cmd(&out, "log", "succeed", "--root", root, "--accept-loss", NULL)) == EXIT_USAGE)
		sim_fail("log succeed: %s", buf_str(&out));
	buf_free(&out);
	sim.county_backup[0] = '\0';
	sim_county_open();
	if (rc == EXIT_YES) {
		sim.successions++;
		(void)snprintf(a, sizeof(a), "%.300s/mirror", sim.top);
		(void)snprintf(b, sizeof(b), "%.300s/mirror-%u", sim.top, ++logs);
		memcpy(sim.mirror, b, sizeof(sim.mirror));
		truth_succeeded();
		if (ledger_mirror_set(sim.office.c.l, sim.mirror, sim.office.c.keys.sealing, &e) != 0)
			sim_fail("no log mirror: %s", e.text);
	}
	truth_county();
}

/* A clock is set wrong, years off or back, or right again. */
void
act_clock(void)
{
	struct node *n = act_pick();

	n->honest = 0; /* the auditor says how far off it was */
	sim.clocks_off = 1;
	n->skew = sim_chance(40) ? (int64_t)sim_roll(120000) - 60000 : ((int64_t)sim_roll(1500) - 750) * 86400000;
}
