#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "agent/host/moment.h"
#include "crypto/sign.h"
#include "evidence/entry.h"
#include "store/journal.h"

/**
 * The open agent: the journal and the epoch's key, in the one process that
 * owns them.  A command either opens it for itself or is run by the agent that
 * already has it (agent/reach.c), so commands are written against this alone.
 */
struct agent {
	char dir[4096];
	struct journal *j;
	struct signer *s;            /* the key of the newest epoch */
	uint32_t epoch;
	uint8_t device[HASH_LEN];
	char place[PLACE_MAX + 1];
	enum journal_standing standing;
	struct err no_key;           /* why nothing can be signed; "" if it can */
	int unknown;                 /* the journal does not say whose it is */
	int salvaged;                /* the database was damaged; what could be saved from it is here */
	struct err new_epoch;        /* why an epoch was begun at this start; "" if none */
	struct users *users;         /* cadres (agent/people/users.h); their cabinet is journal_vault(j)'s */
	struct roster *roster;       /* agent/people/roster.c: what it takes to find a person, while the cabinet is open; NULL until needed */
	struct places *places;       /* agent/record/places.c: where it may record; NULL until needed */
	struct phones *phones;       /* agent/people/phones.h: while the page is served on the village's network, else NULL */
	int admitted;                /* its storage was looked at and may be recorded on (agent/record/admit.h) */
	struct anchor *anchor;       /* what recorder.c verified last and need not verify again; NULL at first */
	struct moment seen;          /* the clocks when the last entry was made, or when the agent was opened */
	int has_seen, has_county_time;
	int64_t county_time;         /* agent/host/moment.h */
	int64_t heard;               /* the county's time in its newest verified answer since the start; 0 when there was none */
};

/** agent_open(dir, e): open journal and key; begins a new epoch when the journal is not certain of its chain (guard), and says so in ->new_epoch.  NULL on failure. */
struct agent *agent_open(const char *dir, struct err *e);

/** agent_open_copy(dir, e): the same of a backup's journal in a folder of its own, without a key: always a new epoch, with a new key that nobody endorses ("restored"); for agent/restore.c. */
struct agent *agent_open_copy(const char *dir, struct err *e);

/** agent_restore(dir, p, n, e): a device of the ${n} bytes of a backup in a folder that has none; whole or not at all; it must be enrolled again (device invite --for DEVICE).  0; 1 refused (a trace of an identity is there); -1. */
int agent_restore(const char *dir, const void *p, size_t n, struct err *e);

/** agent_is_there(dir): 1 when anything in ${dir} could be an identity or a part of one. */
int agent_is_there(const char *dir);

/** agent_close(a): NULL is allowed. */
void agent_close(struct agent *a);

/** agent_init(dir, place, name, e): make keys, journal, guard and the genesis entry in a folder that has none; whole or not at all.  0; 1 refused (a trace of an identity is there); -1. */
int agent_init(const char *dir, const char *place, const char *name, struct err *e);

/** agent_new_epoch(a, reason, e): a new key and its epoch-open entry, endorsed by the former key if it is there (docs/format.md 4.2), and loss entries for what is missing.  Durable on 0. */
int agent_new_epoch(struct agent *a, const char *reason, struct err *e);

/** agent_can_sign(ag, e): 0, or -1 with the words when the key is lost (->no_key): then only reading is left. */
int agent_can_sign(const struct agent *ag, struct err *e);

/** agent_declare_losses(ag, e): a signed loss entry for every stretch that is missing and not declared yet.  Durable on 0. */
int agent_declare_losses(struct agent *ag, struct err *e);

/** agent_key_path(out, size, dir, epoch): where an epoch's key lies.  0 or -1. */
int agent_key_path(char *out, size_t size, const char *dir, uint32_t epoch);

/** agent_lock(a) / agent_unlock(a): one thread at a time works on the open agent; sync lets go while it waits for the network. */
void agent_lock(void);
void agent_unlock(void);

/**
 * agent_with(a, fn):
 * Run a command's function on the open agent: this process's if it is the
 * running agent, else by handing the whole command line to the running agent,
 * else on a journal opened for the occasion.  The exit status.
 */
int agent_with(const struct args *a, int (*fn)(const struct args *a, struct agent *ag));

/** agent_set_running(ag): this process is the agent; commands that come in are run on ${ag}. */
void agent_set_running(struct agent *ag);

/** agent_set_argv(argc, argv): what agent_with hands on. */
void agent_set_argv(int argc, char **argv);

/* The program's table, so that a running agent can run a command line (agent/main.c). */
extern const struct program agent_program;

/* agent_woken(): something was recorded; the background sync need not wait. */
void agent_wake(void);

/* Commands (agent/cmd_*.c); each takes its parsed command line and gives the exit status. */
int cmd_init(const struct args *a);
int cmd_enrol(const struct args *a);
int cmd_run(const struct args *a);
int cmd_record(const struct args *a);
int cmd_correct(const struct args *a);
int cmd_withdraw(const struct args *a);
int cmd_list(const struct args *a);
int cmd_show(const struct args *a);
int cmd_slip(const struct args *a);
int cmd_sync(const struct args *a);
int cmd_status(const struct args *a);
int cmd_messages(const struct args *a);
int cmd_verify(const struct args *a);
int cmd_export(const struct args *a);
int cmd_bundle_write(const struct args *a);
int cmd_bundle_read(const struct args *a);
int cmd_user_add(const struct args *a);
int cmd_user_reset(const struct args *a);
int cmd_user_disable(const struct args *a);
int cmd_user_list(const struct args *a);
int cmd_handover(const struct args *a);
int cmd_pair(const struct args *a);
int cmd_retention(const struct args *a);
int cmd_backup(const struct args *a);
int cmd_roster_import(const struct args *a);
int cmd_roster_list(const struct args *a);
int cmd_roster_search(const struct args *a);
int cmd_roster_add(const struct args *a);

#endif
