#ifndef AGENT_GUESS_H
#define AGENT_GUESS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Wrong tokens of each address of the village's network, as PINs are counted:
 * after GUESS_FREE in a row that address waits, from a minute to an hour, and
 * what it shows meanwhile is not looked at.  In memory alone; at most
 * GUESS_PEERS addresses, the one that was silent longest makes room.  Safe from
 * several threads, and never waits for the disk.
 */
#define GUESS_PEERS 64
#define GUESS_FREE 5
#define GUESS_FIRST_MS INT64_C(60000)
#define GUESS_MOST_MS INT64_C(3600000)

struct guess_peer { uint8_t at[16]; unsigned fails; int64_t last; };
struct guesses {
	pthread_mutex_t lock;
	struct guess_peer peer[GUESS_PEERS];
	size_t n;
};

/** guesses_init(g) / guesses_end(g): nobody has guessed yet; release the lock. */
void guesses_init(struct guesses *g);
void guesses_end(struct guesses *g);

/** guesses_wait(g, at, now): milliseconds of clock_mono() until what this address shows is looked at again; 0: at once. */
int64_t guesses_wait(struct guesses *g, const uint8_t at[16], int64_t now);

/** guesses_wrong(g, at, now): it showed a wrong one.  guesses_right(g, at): a right one, its count is over. */
void guesses_wrong(struct guesses *g, const uint8_t at[16], int64_t now);
void guesses_right(struct guesses *g, const uint8_t at[16]);

/** guesses_forget(g): all counts are over (a phone was paired anew, by somebody at the device). */
void guesses_forget(struct guesses *g);

#endif
