#include "audit/item.h"

#include <string.h>

#include "audit/state.h"
#include "evidence/leaf.h"

#define SALT_CHARS (2 * ENTRY_SALT_LEN)

void
rows_init(struct rows *r, const struct buf b[4])
{
	for (unsigned i = 0; i < 4; i++) {
		r->part[i].p = buf_str(&b[i]);
		r->part[i].end = r->part[i].p + b[i].len;
		r->part[i].more = b[i].len > 0;
	}
}

/* The text up to an empty line, with its LF; behind an empty line another text must follow. */
static void
take_group(struct rows *r, unsigned i, struct field *f)
{
	const char *p = r->part[i].p, *end = r->part[i].end;
	const char *sep = p < end ? memmem(p, (size_t)(end - p), "\n\n", 2) : NULL;

	*f = (struct field){ p, sep ? (size_t)(sep - p) + 1 : (size_t)(end - p) };
	r->part[i].more = sep != NULL;
	r->part[i].p = sep ? sep + 2 : end;
}

/* A line without its LF.  0, or -1 if the LF is not there. */
static int
take_line(struct rows *r, unsigned i, struct field *f)
{
	const char *p = r->part[i].p, *end = r->part[i].end;
	const char *lf = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

	if (lf == NULL)
		return -1;
	*f = (struct field){ p, (size_t)(lf - p) };
	r->part[i].p = lf + 1;
	r->part[i].more = lf + 1 < end;
	return 0;
}

int
rows_next(struct rows *r, struct raw *raw)
{
	unsigned more = 0;

	for (unsigned i = 0; i < 4; i++)
		more += r->part[i].more != 0;
	if (more != 4)
		return more == 0 ? 0 : -1;
	take_group(r, 0, &raw->header);
	take_group(r, 1, &raw->sigs);
	return take_line(r, 2, &raw->payload) != 0 || take_line(r, 3, &raw->personal) != 0 ? -1 : 1;
}

int
item_fork(struct raw *raw, const char *p, size_t n)
{
	struct rows r = { .part = { { p, p + n, n > 0 } } };

	take_group(&r, 0, &raw->header);
	if (!r.part[0].more)
		return -1;
	take_group(&r, 0, &raw->sigs);
	if (!r.part[0].more || take_line(&r, 0, &raw->payload) != 0 || take_line(&r, 0, &raw->personal) != 0)
		return -1;
	return r.part[0].p == p + n ? 0 : -1;
}

int
item_read(struct work *w, struct item *it, const struct raw *raw, struct err *e)
{
	memset(it, 0, sizeof(*it));
	it->raw = *raw;
	it->k = MAP_NONE;
	if (entry_parse(&it->h, raw->header.p, raw->header.len, e) != 0)
		return -1;
	it->at = (struct place){ it->h.device, 3, it->h.epoch, it->h.seq, it->h.place };
	buf_reset(&w->pae);
	if (dsse_pae(&w->pae, DSSE_ENTRY, raw->header.p, raw->header.len) != 0) {
		w->oom = 1;
		return err_set(e, "out of memory");
	}
	sha256(it->hash, w->pae.data, w->pae.len);
	return 0;
}

static int
parse_sigs(struct item *it)
{
	const char *p = it->raw.sigs.p, *end = p + it->raw.sigs.len;

	for (it->nsigs = 0; p < end; it->nsigs++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL || it->nsigs == ITEM_SIGS_MAX || sigline_parse(&it->sig[it->nsigs], p, (size_t)(lf - p)) != 0)
			return -1;
		p = lf + 1;
	}
	return it->nsigs > 0 ? 0 : -1;
}

/* "SALT JSON", or "-". */
static int
parse_personal(struct item *it)
{
	struct field f = it->raw.personal;

	if (field_is(f, "-"))
		return 0;
	if (f.len < SALT_CHARS + 2 || f.p[SALT_CHARS] != ' ' || field_hex((struct field){ f.p, SALT_CHARS }, it->salt, sizeof(it->salt)) != 0)
		return -1;
	it->has_personal = 1;
	it->personal = (struct field){ f.p + SALT_CHARS + 1, f.len - SALT_CHARS - 1 };
	return 0;
}

void
item_beside(struct work *w, struct item *it)
{
	if (parse_sigs(it) != 0) {
		it->nsigs = 0;
		work_found(w, BAD_SIGNATURE, &it->at, it->k, "its signature lines are malformed");
	}
	if (parse_personal(it) != 0)
		work_found(w, BAD_PERSONAL, &it->at, it->k, "its personal line is not \"SALT JSON\" or \"-\"");
}

/* Over the header, as item_read() left it in w->pae. */
static int
sig_ok(const struct work *w, const struct sigline *l, const uint8_t hash[32], const uint8_t key[KEY_LEN])
{
	return memcmp(l->keyhash, hash, HASH_LEN) == 0 && verify(l->sig, w->pae.data, w->pae.len, key);
}

static void
person_signature(struct work *w, struct item *it)
{
	const struct person *p;

	if (it->nsigs != 2 || memcmp(it->sig[1].keyhash, it->h.actor_key, HASH_LEN) != 0) {
		work_found(w, BAD_PERSON_SIGNATURE, &it->at, it->k, "the signature of the person whom it names is missing, or another's");
		return;
	}
	if (!w->has_tree)
		return; /* a village's half alone: the log knows the person, not we */
	p = state_person(w, it->h.actor_key);
	if (p == NULL || strcmp(p->actor, it->h.actor) != 0)
		work_found(w, BAD_PERSON_SIGNATURE, &it->at, it->k, "the log does not know %s with that key", it->h.actor);
	else if (!p->ok || !sig_ok(w, &it->sig[1], p->hash, p->key))
		work_found(w, BAD_PERSON_SIGNATURE, &it->at, it->k, "not signed by %s", it->h.actor);
	else
		it->person_ok = 1;
}

void
item_signatures(struct work *w, struct item *it, const struct epoch_key *key)
{
	if (it->nsigs == 0)
		; /* said already */
	else if (key == NULL || !key->ok)
		work_found(w, BAD_SIGNATURE, &it->at, it->k, "no key of its epoch is known");
	else if (!sig_ok(w, &it->sig[0], key->hash, key->key))
		work_found(w, BAD_SIGNATURE, &it->at, it->k, "not signed by its epoch's key");
	else
		it->sig_ok = 1;
	if (it->h.has_actor_key) {
		person_signature(w, it);
	} else if (it->nsigs > 1) {
		work_found(w, BAD_SIGNATURE, &it->at, it->k, "a signature line too many");
		it->sig_ok = 0;
	}
}

void
item_leaf(const struct item *it, uint64_t received, uint8_t hash[32])
{
	struct leaf_entry l = { .epoch = it->h.epoch, .seq = it->h.seq, .received = received, .has_person = it->nsigs == 2 };
	uint8_t space[LEAF_ENTRY_PERSON_LEN + 1];
	/* a leaf fits, so the buffer never asks for memory */
	struct buf b = { .data = space, .cap = sizeof(space), .max = LEAF_ENTRY_PERSON_LEN };

	memcpy(l.entry, it->hash, HASH_LEN);
	memcpy(l.device, it->h.device, HASH_LEN);
	memcpy(l.sig, it->sig[0].sig, SIG_LEN);
	memcpy(l.person, it->sig[1].sig, SIG_LEN);
	(void)leaf_entry_print(&b, &l);
	tree_leaf_hash(hash, b.data, b.len);
}

int
item_is(const struct item *it, const char *kind)
{
	return strcmp(it->h.kind, kind) == 0;
}
