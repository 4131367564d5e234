#include <stdlib.h>
#include <string.h>

#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "sync/upper_internal.h"

/* The items of a request: leaf by leaf judged, appended group by group under the county's own signed heads. */

#define GROUP_MAX 65536
#define FORK_TEXT "these leaves and the signed head above them do not extend what is held: the log was rewritten, or they were altered"

static int
edge_of(const struct tree_reader *r, uint64_t size, struct tree_edge *t)
{
	uint64_t at = 0;

	tree_edge_init(t);
	for (unsigned level = TREE_HEIGHT_MAX; level-- > 0;) {
		if ((size >> level & 1) == 0)
			continue;
		if (r->get(r->ctx, level, at >> level, t->node[t->n++]) != 0)
			return -1;
		at += UINT64_C(1) << level;
	}
	t->size = size;
	return 0;
}

static void
group_reset(struct group *g)
{
	for (size_t i = 0; i < g->nx; i++)
		free(g->x[i]);
	for (size_t i = 0; i < g->npersonal; i++)
		buf_free(&g->personal[i]);
	g->nx = g->npersonal = g->npeople = 0;
	ingest_free(&g->in);
	answer_free(&g->a);
	answer_init(&g->a);
	memset(&g->r, 0, sizeof(g->r));
	memset(&g->stats, 0, sizeof(g->stats));
	g->in = (struct ingest){ .c = &g->c, .r = &g->r, .a = &g->a, .stats = &g->stats };
	g->received = 0;
	g->waits = 0;
	g->first = g->edge.size;
}

static int
group_begin(struct group *g, struct upper *u, struct err *e)
{
	uint64_t size;
	uint8_t root[HASH_LEN];

	g->u = u;
	g->e = e;
	g->c.l = u->l;
	memcpy(g->c.keys.log_id, u->log_id, HASH_LEN);
	g->keys = u->keys;
	g->has_keys = u->has_keys;
	g->records = u->records;
	answer_init(&g->a);
	if (ledger_head(u->l, &size, root) != 0 || edge_of(ledger_reader(u->l), size, &g->edge) != 0)
		return group_broken(g, "the copy's tree cannot be read");
	group_reset(g);
	return 0;
}

static void
group_end(struct group *g)
{
	group_reset(g);
	ingest_free(&g->in);
	answer_free(&g->a);
	free(g->x);
	free(g->personal);
}

/* --- leaves */

static int
add_leaf(struct group *g, const struct upward_item *it)
{
	struct ledger_item item = { .record = it->p, .record_len = it->n };
	uint8_t hash[HASH_LEN];

	if (g->waits)
		return group_refused(g, "the entry behind the leaf before is missing");
	if (it->n == 0 || it->n > LEAF_MAX || g->edge.size - g->first >= GROUP_MAX)
		return group_refused(g, "too long, or more leaves than one transaction can have had");
	if (leaf_is_record(it->p, it->n)) {
		if (group_record(g, g->edge.size, it->p, it->n) != 0)
			return -1;
		if (ingest_add(&g->in, &item, g->e) != 0)
			return group_broken(g, "out of memory");
	} else if (leaf_entry_parse(&g->le, it->p, it->n) != 0) {
		return group_refused(g, "is neither an entry's nor a record's");
	} else if (g->received != 0 && g->le.received != g->received) {
		return group_refused(g, "was not received with the others under the same signed head");
	} else {
		g->received = g->le.received;
		g->waits = 1;
	}
	tree_leaf_hash(hash, it->p, it->n);
	tree_edge_add(&g->edge, hash);
	return 0;
}

/* The device whose entries follow. */
static int
turn_to(struct group *g, const uint8_t device[HASH_LEN])
{
	int rc;

	if (g->nx > 0 && memcmp(g->r.device, device, HASH_LEN) == 0)
		return 0;
	memcpy(g->r.device, device, HASH_LEN);
	memcpy(g->r.log, g->u->log_id, HASH_LEN);
	g->in.key_epoch = 0;
	g->in.nfresh = 0;
	g->in.has_last = 0;
	if ((rc = ledger_device(g->u->l, device, &g->in.dev)) == 1)
		return 0;
	return rc < 0 ? group_broken(g, "the copy cannot be read") : group_refused(g, "no record below it enrols its device");
}

static struct frame_entry *
new_entry(struct group *g)
{
	size_t room = g->room ? 2 * g->room : 64;
	struct frame_entry **more;

	if (g->nx == g->room) {
		if ((more = reallocarray(g->x, room, sizeof(struct frame_entry *))) == NULL)
			return NULL;
		g->x = more;
		g->room = room;
	}
	return (g->x[g->nx] = calloc(1, sizeof(struct frame_entry)));
}

static int
add_entry(struct group *g, const struct upward_item *it)
{
	struct frame_entry *x;
	const struct leaf_entry *le = &g->le;
	uint64_t refusals = g->stats.refused;

	if (!g->waits)
		return group_refused(g, "an entry without its leaf");
	g->waits = 0;
	if (turn_to(g, le->device) != 0)
		return -1;
	if ((x = new_entry(g)) == NULL)
		return group_broken(g, "out of memory");
	g->nx++;
	if (upward_entry(it, &x->header, &x->header_len, &x->payload, &x->payload_len) != 0)
		return group_refused(g, "its entry is cut");
	entry_hash(x->hash, x->header, x->header_len);
	if (memcmp(x->hash, le->entry, HASH_LEN) != 0)
		return group_refused(g, "the header is not that of its entry");
	if (entry_parse(&x->h, x->header, x->header_len, g->e) != 0 || entry_payload_ok(&x->h, x->payload, x->payload_len, g->e) != 0)
		return err_add(g->e, "leaf %llu", (unsigned long long)g->edge.size - 1);
	if (memcmp(x->h.device, le->device, HASH_LEN) != 0 || x->h.epoch != le->epoch || x->h.seq != le->seq || !x->h.has_actor_key != !le->has_person)
		return group_refused(g, "device, epoch, seq or person are not the header's");
	memcpy(x->sig, le->sig, SIG_LEN);
	memcpy(x->person, le->person, SIG_LEN);
	if (ingest_entries(&g->in, x, 1, g->e) != 0)
		return group_broken(g, "the copy cannot be read");
	if (g->stats.refused != refusals)
		return group_refused(g, g->a.nrefusals > 0 ? g->a.refusal[g->a.nrefusals - 1].code : "refused");
	return 0;
}

/* What is personal of the entry before: opened, and held against its commitment. */
static int
add_personal(struct group *g, const struct upward_item *it)
{
	size_t room = g->personal_room ? 2 * g->personal_room : 16;
	struct ledger_item *item = g->in.nitems > 0 ? &g->in.items[g->in.nitems - 1] : NULL;
	struct buf *more, *b;

	if (item == NULL || item->record != NULL || item->salt != NULL)
		return group_refused(g, "a personal part without its entry");
	if (!g->u->personal || g->u->sealing == NULL)
		return 0; /* not ordered here: not even opened */
	if (g->npersonal == g->personal_room) {
		if ((more = reallocarray(g->personal, room, sizeof(*more))) == NULL)
			return group_broken(g, "out of memory");
		g->personal = more;
		g->personal_room = room;
	}
	b = &g->personal[g->npersonal++];
	buf_init(b, ENTRY_PERSONAL_MAX + ENTRY_SALT_LEN);
	if (unseal(g->u->sealing, b, it->p, it->n) != 0 || b->len < ENTRY_SALT_LEN ||
	    entry_personal_ok(item->h, b->data, b->data + ENTRY_SALT_LEN, b->len - ENTRY_SALT_LEN, g->e) != 0)
		return group_refused(g, "its personal part does not open, or is not the one that was signed");
	item->salt = b->data;
	item->personal = b->data + ENTRY_SALT_LEN;
	item->personal_len = b->len - ENTRY_SALT_LEN;
	return 0;
}

/* --- the end of a group */

static int
same_note(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note)
{
	const struct upward_item *it = ctx;

	(void)size;
	(void)root;
	return buf_put(note, it->p, it->n);
}

static int
close_group(struct group *g, const struct upward_item *it)
{
	struct upward_item note = *it;
	struct checkpoint c;
	uint8_t root[HASH_LEN];
	uint64_t first, count, leaves = g->edge.size - g->first;
	struct buf out;
	int rc = 0;

	if (g->waits)
		return group_refused(g, "the entry behind the leaf before is missing");
	if (checkpoint_open(&c, it->p, it->n, &g->u->log, g->e) != 0)
		return err_add(g->e, "the head of %llu leaves", (unsigned long long)g->edge.size);
	tree_edge_root(&g->edge, root);
	if (leaves == 0 || c.size != g->edge.size || memcmp(c.root, root, HASH_LEN) != 0) {
		(void)err_set(g->e, FORK_TEXT);
		return GROUPS_FORK;
	}
	buf_init(&out, NOTE_MAX);
	if (ledger_append(g->u->l, g->in.items, g->in.nitems, g->received, same_note, &note, &first, &count, &out, g->e) != 0)
		rc = -1, g->failed = 1;
	else if (first != g->first || count != leaves)
		rc = group_refused(g, "a leaf of this group is in the copy already, at another place");
	buf_free(&out);
	group_reset(g);
	return rc;
}

static int
one_item(struct group *g, const struct upward_item *it)
{
	switch (it->kind) {
	case UPWARD_FORM:
		return group_keep_form(g, it);
	case UPWARD_LEAF:
		return add_leaf(g, it);
	case UPWARD_ENTRY:
		return add_entry(g, it);
	case UPWARD_NOTE:
		return close_group(g, it);
	case UPWARD_PERSONAL:
		return add_personal(g, it);
	case UPWARD_TEXT:
		return group_text(g, it);
	case UPWARD_SEALED_TEXT:
		return group_sealed_text(g, it);
	case UPWARD_PLAN:
		return group_keep_plan(g, it);
	case UPWARD_ATTACHMENT:
	case UPWARD_SEALED_ATTACHMENT:
		return group_keep_attachment(g, it);
	default:
		return group_refused(g, "an item of no known kind");
	}
}

static int
has_leaves(const uint8_t *p, size_t n)
{
	struct upward_item it;
	size_t at = 0;

	while (upward_next(p, n, &at, &it) == 1)
		if (it.kind == UPWARD_LEAF)
			return 1;
	return 0;
}

int
groups_take(struct upper *u, const struct upward_head *h, const uint8_t *p, size_t n, struct err *e)
{
	struct group *g = calloc(1, sizeof(*g));
	struct upward_item it;
	size_t at = 0;
	int more, rc;

	if (g == NULL)
		return err_set(e, "out of memory");
	/* leaves that are here already, or come too early: the answer says where to go on */
	if ((rc = group_begin(g, u, e)) == 0 && has_leaves(p, n) && h->from != g->edge.size)
		n = 0;
	while (rc == 0 && (more = upward_next(p, n, &at, &it)) != 0)
		rc = more < 0 ? group_refused(g, "an item that is cut, or of no known kind") : one_item(g, &it);
	if (rc == 0 && g->edge.size != g->first)
		rc = group_refused(g, "the last leaves have no signed head");
	if (rc < 0)
		rc = g->failed ? -1 : GROUPS_REFUSED;
	group_end(g);
	free(g);
	return rc;
}
