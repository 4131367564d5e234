#include <string.h>

#include "base/clock.h"
#include "county/serve/serve.h"
#include "evidence/tile.h"

/* The log for everybody (C2SP tlog-tiles), and figures for a monitor. */

#define FOR_EVER "public, max-age=31536000, immutable"

/* Which logs this one continues: records that the root key signed. */
void
route_succession(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d = serve_desk(s);
	int rc = county_successions(d->c.l, &res->body);

	(void)r;
	serve_leave(s, d);
	res->type = "text/plain; charset=utf-8";
	if (rc != 0)
		http_error(res, 503, "the ledger cannot be read");
	else if (res->body.len == 0)
		http_error(res, 404, "this log continues no other");
}

void
route_checkpoint(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d = serve_desk(s);
	int rc = ledger_note(d->c.l, UINT64_MAX, &res->body);

	(void)r;
	serve_leave(s, d);
	if (rc != 1)
		http_error(res, 503, "the ledger cannot be read");
	else
		res->type = "text/plain; charset=utf-8";
}

static int
put_leaf(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	(void)index;
	return tile_put_leaf(ctx, leaf, n);
}

/* The content of one tile.  0, or -1 when it cannot be read. */
static int
fill(struct ledger *l, int level, uint64_t index, unsigned width, struct buf *out)
{
	const struct tree_reader *t = ledger_reader(l);
	uint8_t hash[HASH_LEN];
	unsigned i;

	if (level < 0)
		return ledger_each_leaf(l, index * TILE_WIDTH, index * TILE_WIDTH + width, put_leaf, out);
	for (i = 0; i < width; i++)
		if (t->get(t->ctx, 8U * (unsigned)level, index * TILE_WIDTH + i, hash) != 0 || buf_put(out, hash, HASH_LEN) != 0)
			return -1;
	return 0;
}

void
route_tile(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d;
	uint8_t root[HASH_LEN];
	uint64_t index, size;
	unsigned width;
	int level, rc;

	if (tile_path_parse(r->path + 1, &level, &index, &width) != 0) {
		http_error(res, 404, "not the path of a tile (c2sp.org/tlog-tiles)");
		return;
	}
	d = serve_desk(s);
	if ((rc = ledger_head(d->c.l, &size, root)) == 0) {
		if (level > 7 || width > tile_width(size, level < 0 ? 0 : (unsigned)level, index))
			rc = 1;
		else
			rc = fill(d->c.l, level, index, width, &res->body);
	}
	serve_leave(s, d);
	if (rc != 0) {
		http_error(res, rc > 0 ? 404 : 503, rc > 0 ? "the log is not that long yet" : "the ledger cannot be read");
		return;
	}
	res->type = "application/octet-stream";
	res->cache = FOR_EVER;
}

static void
figure(struct buf *b, const char *name, const char *type, const char *help, uint64_t v)
{
	(void)buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name, (unsigned long long)v);
}

void
route_metrics(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d = serve_desk(s);
	struct ledger_counts c;
	const char *why;
	uint64_t now = (uint64_t)clock_wall();
	int i, rc = ledger_count(d->c.l, now > SILENT_MS ? now - SILENT_MS : 0, &c), may = ledger_may_sign(d->c.l, &why);
	struct buf *b = &res->body;
	struct county_group_state g;

	(void)r;
	serve_leave(s, d);
	county_group_state(s->group, &g);
	if (rc != 0) {
		http_error(res, 503, "the ledger cannot be read");
		return;
	}
	res->type = "text/plain; version=0.0.4; charset=utf-8";
	figure(b, "tally_log_size", "gauge", "Leaves in the log.", c.size);
	figure(b, "tally_devices", "gauge", "Devices enrolled.", c.devices);
	figure(b, "tally_devices_silent", "gauge", "Devices not heard of for seven days.", c.silent);
	figure(b, "tally_devices_forked", "gauge", "Devices with more than one branch.", c.forked);
	figure(b, "tally_entries", "gauge", "Entries in the log.", c.entries);
	figure(b, "tally_entries_parked", "gauge", "Entries that do not count until a review.", c.parked);
	figure(b, "tally_entries_erased", "gauge", "Entries whose personal part was erased.", c.erased);
	figure(b, "tally_may_sign", "gauge", "1 when new heads can be signed.", may == 1 && g.may_sign);
	(void)pthread_mutex_lock(&s->lock);
	figure(b, "tally_received_total", "counter", "Entries logged since the start.", s->received);
	figure(b, "tally_enrolled_total", "counter", "Enrolments since the start.", s->enrolled);
	figure(b, "tally_attachments_total", "counter", "Attachments taken since the start.", s->stored);
	figure(b, "tally_grouped_requests_total", "counter", "Sync requests whose entries were appended since the start.", g.requests);
	figure(b, "tally_grouped_heads_total", "counter", "Heads signed for them: one for all that waited.", g.heads);
	(void)buf_puts(b, "# HELP tally_sync_total Sync requests since the start, by the status of their answer.\n# TYPE tally_sync_total counter\n");
	for (i = 0; i < 8; i++)
		(void)buf_printf(b, "tally_sync_total{status=\"%s\"} %llu\n", i < 7 ? answer_status_name((enum answer_status)i) : "none",
		    (unsigned long long)s->requests[i]);
	(void)pthread_mutex_unlock(&s->lock);
}
