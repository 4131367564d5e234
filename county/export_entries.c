#include "county/export_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/hashset.h"

#define ATTACHMENT_MAX (256U << 20)

/* One device's chain as it is told by epoch, seq and log index. */
struct walk {
	struct office *o;
	struct export_writer *w;
	uint64_t size;
	int personal;
	struct export_done *done;
	struct err *e;
	/* the main branch so far */
	int has_tip;
	uint32_t epoch;
	uint64_t seq;
	uint8_t tip[HASH_LEN];
	/* entries of the present place in the chain, until it is known which of them is main */
	struct group { struct ledger_entry *x; size_t n, cap; } group;
	struct hashset forks;       /* entries beside it */
	struct hashset attachments; /* written */
};

static int
put_attachments(struct walk *k, const struct entry *h)
{
	char path[128] = "attachments/";
	struct buf b;
	size_t i;
	int rc = 0, held, personal;

	for (i = 0; i < h->natt && rc == 0; i++) {
		personal = h->att[i].personal;
		/* another entry may have called it personal */
		if (!k->personal && !personal && ledger_attachment_wanted(k->o->c.l, h->att[i].hash, NULL, &personal) < 0)
			return err_set(k->e, "the ledger cannot be read");
		if ((personal && !k->personal) || (rc = hashset_add(&k->attachments, h->att[i].hash)) == 0)
			continue;
		if (rc < 0)
			return err_set(k->e, "out of memory");
		buf_init(&b, ATTACHMENT_MAX);
		enc_hex(path + 12, h->att[i].hash, HASH_LEN);
		held = ledger_attachment_get(k->o->c.l, h->att[i].hash, &b);
		rc = 0;
		if (held == 1) {
			rc = export_put(k->w, path, b.data, b.len, k->e);
			k->done->attachments++;
		}
		buf_free(&b);
	}
	return rc;
}

static int
put_entry(struct walk *k, const struct ledger_entry *x, int fork)
{
	struct sigline sig[2];
	struct export_entry out = { .header = x->header.data, .header_len = x->header.len, .sigs = sig, .nsigs = 1,
		.payload = x->payload.data, .payload_len = x->payload.len };
	uint8_t key[KEY_LEN];

	if (ledger_device_key(k->o->c.l, x->h.device, x->h.epoch, key) != 1)
		return err_set(k->e, "the ledger does not know the key of a device it has entries of");
	sha256(sig[0].keyhash, key, KEY_LEN);
	memcpy(sig[0].sig, x->sig, SIG_LEN);
	if (x->has_person) {
		memcpy(sig[1].keyhash, x->h.actor_key, HASH_LEN);
		memcpy(sig[1].sig, x->person, SIG_LEN);
		out.nsigs = 2;
	}
	/* a device's code opens its cabinet: it is read out to one cadre, and shown to nobody else */
	if (k->personal && x->has_personal && !x->erased && strcmp(x->h.kind, "reset-code") != 0) {
		out.salt = x->salt;
		out.personal = x->personal.data;
		out.personal_len = x->personal.len;
	}
	k->done->entries++;
	k->done->forks += fork ? 1 : 0;
	if (put_attachments(k, &x->h) != 0)
		return -1;
	if (fork)
		return export_fork(k->w, x->h.device, x->h.epoch, x->h.seq, x->hash, &out, k->e);
	return export_entry(k->w, x->h.device, x->h.epoch, &out, k->e);
}

/* Which of the group continues the main branch: the first in the log that follows the tip, or, behind a hole or at a beginning, the first that no fork leads to.  n: none. */
static size_t
choose(const struct walk *k)
{
	const struct ledger_entry *first = &k->group.x[0];
	int follows = k->has_tip && k->epoch == first->h.epoch && k->seq + 1 == first->h.seq;
	size_t i;

	for (i = 0; i < k->group.n; i++) {
		const struct entry *h = &k->group.x[i].h;

		if (follows ? h->has_prev && memcmp(h->prev, k->tip, HASH_LEN) == 0 :
		    h->seq == 0 || !h->has_prev || !hashset_has(&k->forks, h->prev))
			return i;
	}
	return k->group.n;
}

static void
drop_group(struct walk *k)
{
	size_t i;

	for (i = 0; i < k->group.n; i++)
		ledger_entry_free(&k->group.x[i]);
	k->group.n = 0;
}

/* All entries of one place in the chain are there. */
static int
settle(struct walk *k)
{
	size_t i, main;
	int rc = 0;

	if (k->group.n == 0)
		return 0;
	main = choose(k);
	for (i = 0; i < k->group.n && rc == 0; i++) {
		const struct ledger_entry *x = &k->group.x[i];

		if (i == main) {
			k->has_tip = 1;
			k->epoch = x->h.epoch;
			k->seq = x->h.seq;
			memcpy(k->tip, x->hash, HASH_LEN);
		} else if (hashset_add(&k->forks, x->hash) < 0) {
			rc = err_set(k->e, "out of memory");
			break;
		}
		rc = put_entry(k, x, i != main);
	}
	drop_group(k);
	return rc;
}

static int
keep(struct walk *k, const struct ledger_entry *x)
{
	struct group *g = &k->group;
	struct ledger_entry *more, *to;
	size_t cap = g->cap ? 2 * g->cap : 4;

	if (g->n == g->cap) {
		if ((more = reallocarray(g->x, cap, sizeof(*more))) == NULL)
			return err_set(k->e, "out of memory");
		g->x = more;
		g->cap = cap;
	}
	to = &g->x[g->n];
	*to = *x;
	buf_init(&to->header, x->header.max);
	buf_init(&to->payload, x->payload.max);
	buf_init(&to->personal, x->personal.max);
	g->n++;
	if (buf_put(&to->header, x->header.data, x->header.len) != 0 || buf_put(&to->payload, x->payload.data, x->payload.len) != 0 ||
	    buf_put(&to->personal, x->personal.data, x->personal.len) != 0)
		return err_set(k->e, "out of memory");
	return 0;
}

static int
each_entry(void *ctx, const struct ledger_entry *x)
{
	struct walk *k = ctx;
	const struct ledger_entry *had = k->group.x;

	if (x->index >= k->size)
		return 0;
	if (k->group.n > 0 && (had->h.epoch != x->h.epoch || had->h.seq != x->h.seq) && settle(k) != 0)
		return -1;
	return keep(k, x);
}

static int
each_device(void *ctx, const struct ledger_device *d)
{
	struct walk *k = ctx;

	k->has_tip = 0;
	if (ledger_each_of_device(k->o->c.l, d->device, each_entry, k) != 0)
		return -1;
	return settle(k);
}

int
export_entries(struct office *o, struct export_writer *w, uint64_t size, int personal, struct export_done *done, struct err *e)
{
	struct walk k = { .o = o, .w = w, .size = size, .personal = personal, .done = done, .e = e };
	int rc;

	hashset_init(&k.forks);
	hashset_init(&k.attachments);
	rc = ledger_each_device(o->c.l, each_device, &k);
	drop_group(&k);
	free(k.group.x);
	hashset_free(&k.forks);
	hashset_free(&k.attachments);
	return rc == 0 ? 0 : -1;
}
