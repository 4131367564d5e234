#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/seal.h"
#include "evidence/checkpoint.h"
#include "evidence/keys.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "store/ledger/ledger_mirror.h"

/*
 * A ledger that is behind its mirror takes from there what it lacks: group by
 * group as they were signed, through the same transaction that appends, whose
 * new root must be the one of the signed note.
 */

#define GROUP_MAX 65536

struct replay {
	struct ledger *l;
	struct mirror *m;
	const struct sealer *open;
	struct county_keys keys;   /* whose log key signs at this place: a succession changes it */
	struct err *e;
	struct tree_edge edge;     /* over the mirror's leaves */
	uint8_t root[HASH_LEN];    /* of the database when we began */
	uint64_t size, box;        /* its size; where to look for the next box */
	struct ledger_item *item;
	struct entry *head;
	struct own { uint8_t hash[HASH_LEN], sig[SIG_LEN], person[SIG_LEN]; char subject[ID_MAX + 1]; } *own;
	struct buf *personal;
	size_t n;
	uint64_t received;
	uint64_t done;             /* leaves appended */
	const uint8_t *note;
	size_t note_len;
};

static int
bad(struct replay *p, const char *what)
{
	return err_set(p->e, "log mirror: leaf %llu: %s", (unsigned long long)p->edge.size, what);
}

/* --- what a box holds */

static int
take_salted(struct replay *p, const struct buf *b)
{
	size_t at = 0, n;

	while (at + MIRROR_SALTED_HEAD <= b->len) {
		n = (size_t)dec_be(b->data + at + HASH_LEN + ENTRY_SALT_LEN, 4);
		if (n > b->len - at - MIRROR_SALTED_HEAD)
			return bad(p, "its texts are not what was sealed");
		if (ledger_salted(p->l, b->data + at, b->data + at + HASH_LEN, b->data + at + MIRROR_SALTED_HEAD, n, p->e) != 0)
			return -1;
		at += MIRROR_SALTED_HEAD + n;
	}
	return 0;
}

/* The opened box of a leaf: 1, 0 when there is none or it was erased, -1. */
static int
open_box(struct replay *p, uint64_t index, struct buf *out)
{
	struct buf box;
	int rc;

	buf_init(&box, MIRROR_BOX_MAX);
	rc = mirror_find(p->m, &p->box, index, &box, p->e);
	if (rc == 1 && (p->open == NULL || unseal(p->open, out, box.data, box.len) != 0))
		rc = 0;
	buf_free(&box);
	return rc;
}

/* --- a group */

static void
group_free(struct replay *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_free(&p->personal[i]);
	p->n = 0;
	p->received = 0;
}

static int
add_record(struct replay *p, const uint8_t *leaf, size_t n)
{
	struct ledger_item *it = &p->item[p->n];
	struct buf *b = &p->personal[p->n];
	int rc;

	memset(it, 0, sizeof(*it));
	buf_init(b, MIRROR_BOX_MAX);
	it->record = leaf;
	it->record_len = n;
	p->n++;
	if ((rc = open_box(p, p->edge.size, b)) == 1)
		rc = take_salted(p, b);
	return rc;
}

static int
add_leaf(struct replay *p, const uint8_t *leaf, size_t n)
{
	struct ledger_item *it = &p->item[p->n];
	struct own *own = &p->own[p->n];
	struct leaf_entry le;

	if (p->n == GROUP_MAX)
		return bad(p, "more leaves than one transaction can have had");
	if (leaf_is_record(leaf, n))
		return add_record(p, leaf, n);
	if (leaf_entry_parse(&le, leaf, n) != 0 || (p->received != 0 && le.received != p->received))
		return bad(p, "is no leaf of this transaction");
	memset(it, 0, sizeof(*it));
	buf_init(&p->personal[p->n], ENTRY_PERSONAL_MAX + ENTRY_SALT_LEN);
	memcpy(own->hash, le.entry, HASH_LEN);
	memcpy(own->sig, le.sig, SIG_LEN);
	memcpy(own->person, le.person, SIG_LEN);
	it->hash = own->hash;
	it->sig = own->sig;
	it->person = le.has_person ? own->person : NULL;
	p->received = le.received;
	p->n++;
	return 0;
}

static int
words(struct replay *p, struct ledger_item *it, const uint8_t *at, const uint8_t *end)
{
	static const char *const reasons[] = { "late", "revoked", "wrong-place", "invalid", "unknown-form" };
	char *subject = p->own[p->n - 1].subject;
	size_t n = at < end ? *at++ : 0;

	if (n > ID_MAX || n >= (size_t)(end - at))
		return bad(p, "its subject does not fit");
	memcpy(subject, at, n);
	subject[n] = '\0';
	it->subject = subject;
	at += n;
	n = *at++;
	if (n > (size_t)(end - at))
		return bad(p, "the reason why it was parked does not fit");
	for (size_t i = 0; n > 0 && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strlen(reasons[i]) == n && memcmp(reasons[i], at, n) == 0)
			it->late = reasons[i];
	return 0;
}

static int
add_entry(struct replay *p, const uint8_t *at, size_t n)
{
	struct ledger_item *it = &p->item[p->n > 0 ? p->n - 1 : 0];
	struct buf *b = &p->personal[p->n > 0 ? p->n - 1 : 0];
	const uint8_t *end = at + n;
	uint8_t hash[HASH_LEN];
	int rc;

	if (p->n == 0 || it->record != NULL || it->header != NULL)
		return bad(p, "an entry without its leaf");
	for (int i = 0; i < 2; i++) {
		if (end - at < 4 || (n = (size_t)dec_be(at, 4)) > (size_t)(end - at) - 4)
			return bad(p, "its entry is cut");
		*(i == 0 ? &it->header : &it->payload) = at + 4;
		*(i == 0 ? &it->header_len : &it->payload_len) = n;
		at += 4 + n;
	}
	entry_hash(hash, it->header, it->header_len);
	if (entry_parse(&p->head[p->n - 1], it->header, it->header_len, p->e) != 0 || memcmp(hash, it->hash, HASH_LEN) != 0)
		return bad(p, "is not of its entry");
	it->h = &p->head[p->n - 1];
	if (words(p, it, at, end) != 0)
		return -1;
	if ((rc = open_box(p, p->edge.size - 1, b)) == 1 && b->len >= ENTRY_SALT_LEN) {
		entry_personal_hash(hash, b->data, b->data + ENTRY_SALT_LEN, b->len - ENTRY_SALT_LEN);
		if (memcmp(hash, it->h->personal_hash, HASH_LEN) == 0) {
			it->salt = b->data;
			it->personal = b->data + ENTRY_SALT_LEN;
			it->personal_len = b->len - ENTRY_SALT_LEN;
		}
	}
	return rc < 0 ? -1 : 0;
}

static int
sign(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note)
{
	struct replay *p = ctx;

	(void)size;
	(void)root;
	return buf_put(note, p->note, p->note_len);
}

/* county.keys in a record says who signs the heads from the next one on, when the county's root key signed it. */
static void
follow_keys(struct replay *p, const uint8_t *leaf, size_t n)
{
	struct county_keys k;
	struct record r;
	struct buf b;

	if (!leaf_is_record(leaf, n) || record_parse(&r, leaf + 1, n - 1, NULL) != 0)
		return;
	buf_init(&b, KEYS_MAX);
	if (r.kind == RECORD_KEY && record_is(&r, "what", "county") && record_bytes(&r, "keys", &b) == 0 && keys_parse(&k, b.data, b.len, NULL) == 0 &&
	    memcmp(k.root, p->keys.root, KEY_LEN) == 0)
		p->keys = k;
	buf_free(&b);
	record_free(&r);
}

/* A signed head closes a group; what it signs must be what the group gives. */
static int
close_group(struct replay *p, const uint8_t *note, size_t n)
{
	struct checkpoint c;
	struct buf out;
	uint8_t root[HASH_LEN];
	uint64_t first, count;
	int rc = 0;

	if (checkpoint_open(&c, note, n, &p->keys.log, p->e) != 0)
		return err_add(p->e, "log mirror: the head of %llu leaves", (unsigned long long)p->edge.size);
	tree_edge_root(&p->edge, root);
	if (c.size != p->edge.size || memcmp(c.root, root, HASH_LEN) != 0)
		return bad(p, "a signed head says another root than the leaves give");
	if (c.size <= p->size)
		return 0;
	p->note = note;
	p->note_len = n;
	buf_init(&out, NOTE_MAX);
	if (ledger_append(p->l, p->item, p->n, p->received, sign, p, &first, &count, &out, p->e) != 0)
		rc = -1;
	else if (first + count != c.size)
		rc = bad(p, "was in the database already, at another place");
	else
		p->done += count;
	buf_free(&out);
	group_free(p);
	return rc;
}

static int
one_item(struct replay *p, enum mirror_item kind, const uint8_t *at, size_t n)
{
	uint8_t hash[HASH_LEN];
	int rc;

	switch (kind) {
	case MIRROR_BODY:
		sha256(hash, at, n);
		return ledger_form_add(p->l, hash, at, n, p->e);
	case MIRROR_LEAF:
		follow_keys(p, at, n);
		if (p->edge.size >= p->size && add_leaf(p, at, n) != 0)
			return -1;
		tree_leaf_hash(hash, at, n);
		tree_edge_add(&p->edge, hash);
		if (p->edge.size != p->size)
			return 0;
		tree_edge_root(&p->edge, hash);
		return memcmp(hash, p->root, HASH_LEN) == 0 ? 0 : bad(p, "the mirror's leaves up to here are not the database's: one of the two is another log, or was altered");
	case MIRROR_ENTRY:
		return p->edge.size > p->size ? add_entry(p, at, n) : 0;
	case MIRROR_NOTE:
		rc = close_group(p, at, n);
		return rc;
	}
	return bad(p, "an item of no known kind");
}

static int
one_batch(void *ctx, const uint8_t *items, size_t n, struct err *e)
{
	struct replay *p = ctx;
	size_t at = 0, len;

	(void)e;
	while (n - at >= 5) {
		len = (size_t)dec_be(items + at + 1, 4);
		if (len > n - at - 5)
			break;
		if (one_item(p, (enum mirror_item)items[at], items + at + 5, len) != 0)
			return -1;
		at += 5 + len;
	}
	if (at != n || p->n != 0)
		return bad(p, "a batch does not end with a signed head");
	return 0;
}

/* A guard, when the old one is lost: from here on it says what was signed. */
static int
guard_anew(struct ledger *l, struct err *e)
{
	struct ledger_head h;
	struct guard_state g = { .counter = 0 };

	if (ledger_head_read(l, &h) != 0)
		return err_set(e, "%s: its head cannot be read", l->url);
	if (l->guard == NULL && (l->guard = guard_create(l->guard_path, e)) == NULL)
		return -1;
	/* one that a cut left without a word, too */
	if (guard_read(l->guard, &g) == 0 && g.counter == 0 && ledger_guard_reach(l, &h, e) != 0)
		return -1;
	ledger_stand(l, &h);
	return l->may_sign ? 0 : err_set(e, "%s", l->why);
}

static int
replay(struct replay *p)
{
	struct mirror_head end;
	int rc = -1;

	if (mirror_lock(p->m, p->e) != 0 || mirror_end(p->m, &end, p->e) != 0)
		return -1;
	if (end.size < p->size)
		return err_set(p->e, "log mirror: holds %llu leaves, fewer than the database's %llu", (unsigned long long)end.size, (unsigned long long)p->size);
	p->item = calloc(GROUP_MAX, sizeof(*p->item));
	p->head = calloc(GROUP_MAX, sizeof(*p->head));
	p->own = calloc(GROUP_MAX, sizeof(*p->own));
	p->personal = calloc(GROUP_MAX, sizeof(*p->personal));
	if (p->item == NULL || p->head == NULL || p->own == NULL || p->personal == NULL)
		(void)err_set(p->e, "out of memory");
	else
		rc = mirror_each(p->m, one_batch, p, p->e);
	group_free(p);
	free(p->item);
	free(p->head);
	free(p->own);
	free(p->personal);
	return rc;
}

int
ledger_mirror_replay(struct ledger *l, const char *dir, const struct sealer *open, const struct county_keys *keys, uint64_t *leaves, struct err *e)
{
	struct replay p = { .l = l, .open = open, .keys = *keys, .e = e };
	struct ledger_head h;
	int rc = -1;

	if (l->guard_path == NULL || ledger_lock_open(l, e) != 0)
		return err_set(e, "%s: opened without a place for its guard", l->url);
	if (ledger_head_read(l, &h) != 0)
		return err_set(e, "%s: its head cannot be read", l->url);
	if ((p.m = mirror_open(dir, 1, e)) == NULL)
		return -1;
	if (open != NULL && !sealer_opens(open, mirror_key(p.m))) {
		mirror_close(p.m);
		return err_set(e, "log mirror %s: no sealing key here (sealing.key, sealing-N.key) opens what is personal in it: put that key back first, or it would be lost", dir);
	}
	tree_edge_init(&p.edge);
	p.size = h.size;
	memcpy(p.root, h.root, HASH_LEN);
	l->replaying = 1;
	rc = replay(&p);
	l->replaying = 0;
	mirror_close(p.m);
	if (rc != 0)
		return -1;
	*leaves = p.done;
	/* the folder is the ledger's from now on, and the guard says what is in both */
	if (ledger_lock(l, e) != 0)
		return -1;
	ledger_mirror_close(l);
	if ((l->mirror_dir = strdup(dir)) == NULL || ledger_set(l, "mirror", dir, strlen(dir), e) != 0)
		rc = -1;
	else
		rc = guard_anew(l, e);
	ledger_unlock(l);
	return rc;
}
