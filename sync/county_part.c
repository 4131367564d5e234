#include "sync/county_part.h"

/* Is it wanted, and of the length that its entry names?  PART_MORE, PART_STORED when it is held, or why not. */
static enum part_verdict
judge(struct county *c, const struct part *p, int *sealed, uint64_t *len, struct err *e)
{
	int personal, wanted = ledger_attachment_wanted(c->l, p->hash, len, &personal);

	if (wanted < 0 || wanted == 0) {
		(void)err_set(e, wanted < 0 ? "attachment: the ledger cannot be read" : "attachment: no logged entry names it");
		return wanted < 0 ? PART_FAILED : PART_UNKNOWN;
	}
	*sealed = p->total == *len + SEAL_OVERHEAD;
	if ((!*sealed && p->total != *len) || p->total > COUNTY_PART_MAX) {
		(void)err_set(e, "Upload-Length: neither as long as its entry says nor the same sealed");
		return PART_REFUSED;
	}
	if (personal && !*sealed) {
		(void)err_set(e, "attachment: a personal one must come sealed");
		return PART_REFUSED;
	}
	return wanted == 2 ? PART_STORED : PART_MORE;
}

enum part_verdict
county_part_here(struct county *c, const struct part *p, uint64_t *size, struct err *e)
{
	enum part_verdict v;
	uint64_t len = 0;
	int sealed;

	*size = 0;
	if ((v = judge(c, p, &sealed, &len, e)) == PART_STORED)
		*size = p->total;
	if (v == PART_MORE && part_size(c->l, p, size) != 0) {
		(void)err_set(e, "attachment: what is here of it cannot be looked at");
		v = PART_FAILED;
	}
	return v;
}

/* All of it is here: is it what was signed? */
static enum part_verdict
finish(struct county *c, const struct part *p, int sealed, uint64_t now, struct buf *out, struct err *e)
{
	enum part_verdict v = PART_FAILED;
	struct buf all;
	int rc;

	buf_init(&all, (size_t)p->total);
	if (part_read(c->l, p, &all, e) == 0 && (rc = county_attachment(c, p->hash, all.data, all.len, sealed, now, out, e)) >= 0)
		v = rc == 0 ? PART_STORED : PART_WRONG;
	buf_free(&all);
	if (v == PART_WRONG)
		(void)part_drop(c->l, p);
	if (v == PART_STORED)
		(void)parts_drop_all(c->l, p->hash);
	return v;
}

/* It is held already, from another device or before an answer was lost: said again. */
static enum part_verdict
say_held(struct county *c, const struct part *p, uint64_t len, uint64_t now, struct buf *out, struct err *e)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, (size_t)len + 1);
	rc = ledger_attachment_get(c->l, p->hash, &bytes);
	buf_free(&bytes);
	if (rc == 1 && stored_print(out, c->keys.log_id, p->hash, len, now, c->service) == 0)
		return PART_STORED;
	(void)err_set(e, "attachment: held, but it cannot be read now");
	return PART_FAILED;
}

enum part_verdict
county_part(struct county *c, const struct part *p, uint64_t offset, const void *bytes, size_t n, uint64_t now, struct buf *out, uint64_t *size,
    struct err *e)
{
	enum part_verdict v;
	uint64_t len = 0;
	int sealed, rc;

	*size = 0;
	v = judge(c, p, &sealed, &len, e);
	if (v == PART_STORED)
		return say_held(c, p, len, now, out, e);
	if (v != PART_MORE)
		return v;
	if (offset > p->total || n > p->total - offset) {
		(void)err_set(e, "attachment: longer than its Upload-Length");
		return PART_REFUSED;
	}
	if ((rc = part_append(c->l, p, offset, bytes, n, (int64_t)(now / 1000), size, e)) < 0)
		return PART_FAILED;
	if (rc > 0)
		return rc == 1 ? PART_GAP : PART_FULL;
	return *size == p->total ? finish(c, p, sealed, now, out, e) : PART_MORE;
}
