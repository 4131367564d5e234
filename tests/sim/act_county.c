#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "county/cmd/commands.h"
#include "tests/sim/sim.h"

/* What happens at the county: its machine stops, its disk is replaced, officers decide. */

/* An officer decides about an entry that came. */
void
act_office(void)
{
	struct ledger_entry x;
	uint8_t root[HASH_LEN], hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct buf leaf;
	uint64_t size;

	if (!sim.county_open || ledger_head(sim.office.c.l, &size, root) != 0)
		return;
	buf_init(&leaf, 65536);
	if (ledger_leaf(sim.office.c.l, sim_roll(size), &leaf) == 1 && leaf.len >= 34 && leaf.data[0] == 1) {
		memcpy(hash, leaf.data + 2, HASH_LEN);
		ledger_entry_init(&x);
		if (ledger_entry_get(sim.office.c.l, hash, &x) == 1 && strcmp(x.h.kind, "record") == 0) {
			enc_hex(hex, hash, HASH_LEN);
			if (sim_chance(40))
				(void)sim_county_cmd(NULL, "erase", hex, "--order", "模拟", NULL);
			else
				(void)sim_county_cmd(NULL, "review", sim_chance(50) ? "accept" : "return", hex, "--note", "请看", NULL);
		}
		ledger_entry_free(&x);
	}
	buf_free(&leaf);
	truth_county();
}

void
act_county_power(void)
{
	sim_county_close();
	if (sim.storm && sim_chance(50))
		return; /* for a while */
	sim_county_open();
	truth_county();
}

void
sim_county_roll_back(int guard)
{
	char a[SIM_PATH + 32], b[SIM_PATH + 32];

	(void)snprintf(a, sizeof(a), "%s/guard", sim.county_dir);
	(void)snprintf(b, sizeof(b), "%.300s/guard-kept", sim.top);
	sim_move(a, b);
	(void)snprintf(a, sizeof(a), "%s/attachments", sim.county_dir);
	(void)snprintf(b, sizeof(b), "%.300s/attachments-kept", sim.top);
	sim_move(a, b);
	sim_copy(sim.county_backup, sim.county_dir);
	(void)snprintf(a, sizeof(a), "%s/attachments", sim.county_dir);
	sim_move(b, a);
	/* as old as the database, only the mirror tells */
	(void)snprintf(a, sizeof(a), "%s/guard", sim.county_dir);
	(void)snprintf(b, sizeof(b), "%.300s/guard-kept", sim.top);
	if (guard)
		sim_move(b, a);
}

/* The county's disk is replaced and holds last week's database; the log's second place has the rest. */
void
act_county_restore(void)
{
	struct buf out;
	const char *why;

	sim_county_close();
	if (sim.county_backup[0] == '\0' || sim_chance(50)) {
		(void)snprintf(sim.county_backup, sizeof(sim.county_backup), "%.300s/county-backup", sim.top);
		sim_copy(sim.county_dir, sim.county_backup);
		sim_county_open();
		return;
	}
	sim_county_roll_back(sim_chance(50));
	sim_county_open();
	truth_county_restored();
	if (sim_chance(50) && truth_behind() && act_exchange(act_pick()) == 0 && ledger_may_sign(sim.office.c.l, &why))
		sim_fail("a county behind its mirror signs");
	sim_county_close();
	buf_init(&out, 1U << 20);
	if (sim_county_cmd(&out, "restore", "--from-mirror", sim.mirror, NULL) != 0)
		sim_fail("restore: %s", buf_str(&out));
	buf_free(&out);
	sim_county_open();
	truth_county();
}

/* New keys of the county (its root key is where init left it). */
void
act_keys(void)
{
	struct buf out;

	sim_county_close();
	buf_init(&out, 1U << 20);
	if (sim_county_cmd(&out, "keys", "rotate", NULL) != 0)
		sim_fail("keys rotate: %s", buf_str(&out));
	buf_free(&out);
	sim.county_backup[0] = '\0'; /* it does not have the new keys */
	sim_county_open();
	truth_county();
}

void
act_judge(void)
{
	if (!sim.county_open)
		sim_county_open();
	sim_judge();
	truth_county();
}
