#include <string.h>

#include "base/enc.h"
#include "sync/upper_internal.h"

/* What stands beside the leaves: texts behind records, plans, forms, attachments. */

int
group_refused(struct group *g, const char *rule)
{
	return err_set(g->e, "leaf %llu: %s", (unsigned long long)g->edge.size, rule);
}

int
group_broken(struct group *g, const char *what)
{
	g->failed = 1;
	return err_set(g->e, "%s", what);
}

static int
keep_text(struct group *g, const uint8_t *p, size_t n)
{
	uint8_t hash[HASH_LEN];

	if (n < HASH_LEN + ENTRY_SALT_LEN)
		return group_refused(g, "a text that is cut");
	entry_personal_hash(hash, p + HASH_LEN, p + HASH_LEN + ENTRY_SALT_LEN, n - HASH_LEN - ENTRY_SALT_LEN);
	if (memcmp(hash, p, HASH_LEN) != 0)
		return group_refused(g, "a text is not the one that its record commits to");
	return ledger_salted(g->u->l, hash, p + HASH_LEN, p + HASH_LEN + ENTRY_SALT_LEN, n - HASH_LEN - ENTRY_SALT_LEN, g->e) == 0 ? 0 : group_broken(g, "the copy cannot be written");
}

int
group_sealed_text(struct group *g, const struct upward_item *it)
{
	struct buf b;
	int rc = 0;

	if (!g->u->personal || g->u->sealing == NULL)
		return 0;
	buf_init(&b, UPWARD_ITEMS_MAX);
	if (unseal(g->u->sealing, &b, it->p, it->n) != 0)
		rc = group_refused(g, "a record's text does not open");
	else
		rc = keep_text(g, b.data, b.len);
	buf_free(&b);
	return rc;
}

/* A plan without its names: kept by the hash in the record before, as what the county said. */
int
group_keep_plan(struct group *g, const struct upward_item *it)
{
	const struct ledger_item *item = g->in.nitems > 0 ? &g->in.items[g->in.nitems - 1] : NULL;
	char name[sizeof(UPPER_PLAN) + 2 * HASH_LEN] = UPPER_PLAN;
	uint8_t hash[HASH_LEN];
	struct record r;
	int plan;

	if (item == NULL || item->record == NULL || record_parse(&r, (const uint8_t *)item->record + 1, item->record_len - 1, NULL) != 0)
		return group_refused(g, "a plan without its record");
	plan = r.kind == RECORD_PLAN && record_hash(&r, "plan", hash) == 0;
	record_free(&r);
	if (!plan)
		return group_refused(g, "a plan without its record");
	enc_hex(name + strlen(UPPER_PLAN), hash, HASH_LEN);
	return ledger_set(g->u->l, name, it->p, it->n, g->e) == 0 ? 0 : group_broken(g, "the copy cannot be written");
}

int
group_keep_attachment(struct group *g, const struct upward_item *it)
{
	uint8_t got[HASH_LEN];
	uint64_t len = 0;
	struct buf b;
	int personal = 0, rc = 0;

	if (it->n < HASH_LEN)
		return group_refused(g, "an attachment that is cut");
	if ((rc = ledger_attachment_wanted(g->u->l, it->p, &len, &personal)) != 1)
		return rc < 0 ? group_broken(g, "the copy cannot be read") : 0;
	if (personal && (it->kind != UPWARD_SEALED_ATTACHMENT || !g->u->personal || g->u->sealing == NULL))
		return 0;
	buf_init(&b, (size_t)len + 1);
	rc = it->kind == UPWARD_SEALED_ATTACHMENT ? g->u->sealing != NULL ? unseal(g->u->sealing, &b, it->p + HASH_LEN, it->n - HASH_LEN) : -1 : buf_put(&b, it->p + HASH_LEN, it->n - HASH_LEN);
	if (rc == 0)
		sha256(got, b.data, b.len);
	if (rc != 0 || b.len != len || memcmp(got, it->p, HASH_LEN) != 0)
		rc = group_refused(g, "an attachment whose bytes are not those that were signed");
	else if (ledger_attachment_put(g->u->l, b.data, b.len, it->p, g->e) != 0)
		rc = group_broken(g, "the copy cannot be written");
	buf_free(&b);
	return rc;
}

int
group_keep_form(struct group *g, const struct upward_item *it)
{
	uint8_t hash[HASH_LEN];

	sha256(hash, it->p, it->n);
	return ledger_form_add(g->u->l, hash, it->p, it->n, g->e) == 0 ? 0 : group_broken(g, "the copy cannot be written");
}

int
group_text(struct group *g, const struct upward_item *it)
{
	return keep_text(g, it->p, it->n);
}
