#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "agent/agent.h"
#include "agent/sync/exchange.h"
#include "county/office.h"
#include "forms/form.h"

/**
 * A county, its villages, sticks on the way between them and a bad network, in
 * one process and one thread: the agents' and the county's own code, over a
 * transport, clocks, disks and a random generator of the simulation's.  One
 * number, the seed, makes a run; the same seed makes the same steps.
 */

#define SIM_NODES 24     /* devices, copies and restored ones among them */
#define SIM_PATH 512
#define SIM_BACKUPS 3

/** One device, or what thinks it is one. */
struct node {
	char dir[SIM_PATH];      /* its folder */
	char backup[SIM_BACKUPS][SIM_PATH]; /* copies of the folder as it once was; "" for none */
	struct agent *ag;        /* NULL while it is switched off */
	struct exchange *x;
	const struct form *form; /* its form as published, parsed once */
	char place[PLACE_MAX + 1];
	uint8_t device[HASH_LEN];
	int64_t skew;            /* of its clock, MS */
	int enrolled;
	int honest;              /* never copied, restored or rolled back: its half must agree with the county's */
	int retired;             /* replaced by another under the same name: stays off */
	unsigned subjects;
	unsigned boots;          /* starts of its machine */
	int64_t booted;          /* MS: when it was last started */
};

struct sim {
	char top[SIM_PATH];      /* everything lies below */
	char county_dir[SIM_PATH], county_backup[SIM_PATH], mirror[SIM_PATH]; /* county_backup "": none yet */
	struct office office;
	int county_open;
	struct node node[SIM_NODES];
	unsigned nodes, villages; /* the first ${villages} began as devices of their own */
	uint64_t seed, step, syncs;
	int64_t now;             /* MS: the county's clock, and everybody's but for the skew */
	const char *doing;       /* the present step, for people */
	int clocks_off;          /* some clock was set wrong */
	unsigned successions;    /* times the county began another log */
	int hard;                /* with what is known to find open bugs: --hard 1 */
	int storm;               /* 0: the network and the disks behave */
};

extern struct sim sim;

/** sim_roll(n): 0 to n-1, from the seed.  sim_chance(percent): 1 or 0. */
uint64_t sim_roll(uint64_t n);
int sim_chance(unsigned percent);

/** sim_note(p, n): what is decided, drawn, sent and answered goes into the run's hash: two runs of a seed that differ anywhere differ in it.. */
void sim_note(const void *p, size_t n);

/** sim_fail(fmt, ...): say what is wrong, with seed and step, and end with status 1. */
void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* world.c: folders and processes */

/** sim_make(): the county with its forms, and the villages, enrolled. */
void sim_make(unsigned villages);
void sim_county_open(void);
void sim_county_close(void);
void sim_node_open(struct node *n);
void sim_node_close(struct node *n);

/** sim_county_cmd(out, word, ...): run tally-county on the folder, words up to NULL; what it printed is appended to ${out} unless NULL.  Its status. */
int sim_county_cmd(struct buf *out, ...) __attribute__((sentinel));

/** sim_invite(n, anew): the office invites the device, which enrols; ${anew}: one whose key is lost. */
void sim_invite(struct node *n, int anew);

/** sim_disk_full(left): no file grows beyond ${left} bytes; -1: any may. */
void sim_disk_full(int64_t left);

/** sim_county_roll_back(guard): the closed county's database is the backup's; its guard, too, unless ${guard}. */
void sim_county_roll_back(int guard);

/** sim_copy(from, to): a folder, whole; on another machine, until sim_same_host() says otherwise. */
void sim_copy(const char *from, const char *to);

/** sim_same_host(as, dir): ${dir} is on the machine, and in the place, that ${as} is: what an image of a whole disk makes. */
void sim_same_host(const char *as, const char *dir);

/** sim_move(from, to): a file or folder, in place of what was there. */
void sim_move(const char *from, const char *to);

/** sim_clock(n): from now on the clocks stand as they do at ${n} (NULL: the county). */
void sim_clock(const struct node *n);

/** sim_judge(): the county judges what came in, as its server does in the background. */
void sim_judge(void);

/* wire.c: the network */

enum wire_fault { WIRE_WELL, WIRE_NOBODY, WIRE_LOST, WIRE_CUT, WIRE_ANSWER_LOST, WIRE_ANSWER_CUT, WIRE_TWICE, WIRE_REPLAYED, WIRE_PORTAL, WIRE_LATER, WIRE_AGAIN, WIRE_BUSY, WIRE_PIN, WIRE_FAULTS };

/** wire_faults(percent): how many of the exchanges go wrong from now on. */
void wire_faults(unsigned percent);

/** wire_pause(on): nothing goes wrong meanwhile. */
void wire_pause(int on);

/** wire_deliver_late(): what the network held back arrives at the county now; nobody hears the answer. */
void wire_deliver_late(void);

/* truth.c: the simulation's own ledger */

/** truth_device(n): look at what the device acknowledged since the last look, and that nothing it acknowledged before is gone. */
void truth_device(struct node *n);

/** truth_rolled_back(n): the device's folder was replaced by an older one: what it has now is what counts. */
void truth_rolled_back(struct node *n);

/** truth_county(): look at the leaves that came since: each an entry that some device made, none twice. */
void truth_county(void);

/** truth_county_restored(): the county's database is an older one, until it has caught up. */
void truth_county_restored(void);

/** truth_behind(): has the county fewer leaves than it had? */
int truth_behind(void);

/** truth_succeeded(): a new log: of what the old one held, only the leaves still there count. */
void truth_succeeded(void);

/** truth_all(): everything against everything: receipts, forks, journals, ledger.  truth_audit(): the auditor's verdict against it. */
void truth_all(void);
void truth_audit(void);

/** truth_settled(): no faults any more and everybody synced: nothing is missing anywhere. */
void truth_settled(void);

void truth_print(void);

/* act.c: what happens */

/** act(): one step. */
void act(void);

/** act_print(): how often what happened. */
void act_print(void);

/** act_pick(): a device that is switched on and can sign.  act_exchange(n): one exchange of it, whatever comes of it; what exchange_once() said. */
struct node *act_pick(void);
int act_exchange(struct node *n);

/* act_stick.c, act_county.c, act_fate.c: single steps */
void act_stick_up(void);
void act_stick_arrives(void);
void act_office(void);
void act_county_power(void);
void act_county_restore(void);
void act_keys(void);
void act_lost_key(void);
void act_succeed(void);
void act_clock(void);
void act_judge(void);

/** act_settle(): the storm is over: everybody syncs until nothing is left. */
void act_settle(void);

#endif
