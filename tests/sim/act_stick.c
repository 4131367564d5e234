#include <string.h>

#include "agent/sync/stick.h"
#include "sync/county.h"
#include "sync/request.h"
#include "tests/sim/sim.h"

/* Sticks on motorbikes: in any order, twice, damaged, to the wrong house. */

#define PILE_MAX 12

/* Bundles on their way. */
static struct { struct buf b; struct node *to; /* NULL: to the county */ } pile[PILE_MAX];
static size_t npile;

static void
put_on_pile(struct buf *b, struct node *to)
{
	size_t i = npile < PILE_MAX ? npile++ : sim_roll(PILE_MAX);

	buf_free(&pile[i].b);
	pile[i].b = *b;
	pile[i].to = to;
}

void
act_stick_up(void)
{
	struct node *n = act_pick();
	struct stick_written w;
	struct err e = { "" };
	struct buf b;

	sim_clock(n);
	buf_init(&b, STICK_MAX);
	if (stick_write(n->ag, 1, 1U << 20, &b, &w, &e) != 0)
		sim_fail("%s: no bundle: %s", n->dir, e.text);
	put_on_pile(&b, n);
	pile[npile - 1 < PILE_MAX ? npile - 1 : 0].to = NULL;
	truth_device(n);
}

/* A stick in a pocket loses some bytes now and then. */
static void
damage(struct buf *b)
{
	if (b->len == 0 || !sim_chance(25))
		return;
	if (sim_chance(30))
		b->len = sim_roll(b->len);
	else
		b->data[sim_roll(b->len)] ^= (uint8_t)(1 + sim_roll(255));
}

static void
at_county(const struct buf *b, struct node *back)
{
	struct county_carried got;
	struct err e = { "" };
	struct buf down;

	memset(&got, 0, sizeof(got));
	buf_init(&got.request, REQUEST_HEAD_MAX);
	sim_clock(NULL);
	if (county_bundle(&sim.office.c, b->data, b->len, (uint64_t)sim.now, &got, &e) < 0)
		sim_fail("a bundle could not be read: %s", e.text);
	buf_init(&down, STICK_MAX);
	if (got.request.len > 0 && county_bundle_down(&sim.office.c, got.request.data, got.request.len, (uint64_t)sim.now, &down, &e) == 0)
		put_on_pile(&down, back);
	else
		buf_free(&down);
	buf_free(&got.request);
	truth_county();
}

void
act_stick_arrives(void)
{
	size_t i = npile > 0 ? sim_roll(npile) : 0;
	struct stick_read got;
	struct err e = { "" };
	struct node *n;
	struct buf b;

	if (npile == 0)
		return;
	buf_init(&b, STICK_MAX);
	(void)buf_put(&b, pile[i].b.data, pile[i].b.len);
	damage(&b);
	if ((n = pile[i].to) == NULL) {
		if (sim.county_open)
			at_county(&b, act_pick());
	} else {
		/* whoever carries it may bring it to the wrong house */
		if (sim_chance(50))
			n = act_pick();
		sim_node_open(n);
		if (n->ag != NULL) {
			truth_device(n);
			sim_clock(n);
			if (stick_read(n->ag, b.data, b.len, &got, &e) < 0)
				sim_fail("%s: a bundle could not be read: %s", n->dir, e.text);
			if (strstr(e.text, "ALARM") != NULL)
				sim_fail("%s: %s", n->dir, e.text);
			truth_device(n);
		}
	}
	buf_free(&b);
}
