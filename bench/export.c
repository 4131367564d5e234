#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "bench/world.h"
#include "evidence/dsse.h"
#include "evidence/export.h"
#include "sync/request.h"

/*
 * An audit export of the corpus, and the floor of judging it.
 *
 *     export make DIR CORPUS OUT    a county's export of all entries in OUT; DIR is for the county and its villages
 *     export floor OUT              libsodium's verification and SHA-256 of each entry in OUT
 */

#define DEVICE_ENTRIES_MAX 10000

static struct err e;

static void
put(struct export_writer *w, const char *path, const struct buf *b)
{
	if (export_put(w, path, b->data, b->len, &e) != 0)
		die("%s", e.text);
}

static int
put_note(void *ctx, uint64_t size, const void *note, size_t n)
{
	char hex[2 * HASH_LEN + 1], path[200];
	uint8_t hash[HASH_LEN];

	sha256(hash, note, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "log/checkpoints/%llu-%s", (unsigned long long)size, hex);
	return export_put(ctx, path, note, n, &e);
}

static int
put_leaf(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	(void)index;
	return export_leaf(ctx, leaf, n, &e);
}

static int
put_entry(void *ctx, const struct ledger_entry *x)
{
	struct export_entry out = {.header = x->header.data, .header_len = x->header.len, .nsigs = 1, .payload = x->payload.data, .payload_len = x->payload.len};
	struct sigline sig;

	/* one key a device here: its own hash is the device's name */
	memcpy(sig.keyhash, x->h.device, HASH_LEN);
	memcpy(sig.sig, x->sig, SIG_LEN);
	out.sigs = &sig;
	if (x->has_personal) {
		out.salt = x->salt;
		out.personal = x->personal.data;
		out.personal_len = x->personal.len;
	}
	return export_entry(ctx, x->h.device, x->h.epoch, &out, &e);
}

struct devices { struct ledger *l; struct export_writer *out; };

static int
put_device(void *ctx, const struct ledger_device *d)
{
	const struct devices *v = ctx;

	return ledger_each_of_device(v->l, d->device, put_entry, v->out);
}

static void
write_export(struct world *w, const char *dir)
{
	struct manifest m = {.personal = 1, .made = w->now};
	struct export_writer *out = export_begin(dir, &e);
	struct devices v = {w->c.l, out};
	char path[200], hex[2 * HASH_LEN + 1];
	struct buf note;
	size_t i;

	buf_init(&note, NOTE_MAX);
	if (out == NULL || ledger_head(w->c.l, &m.size, m.root) != 0 || ledger_note(w->c.l, m.size, &note) != 1)
		die("%s: %s", dir, e.text);
	(void)snprintf(m.origin, sizeof(m.origin), "%s", w->c.keys.log.name);
	put(out, "policy.txt", &w->policy);
	put(out, "county.keys", &w->c.keys_text);
	put(out, "log/checkpoint", &note);
	for (i = 0; i < BENCH_FORMS; i++) {
		enc_hex(hex, w->form[i].hash, HASH_LEN);
		(void)snprintf(path, sizeof(path), "forms/%s.xml", hex);
		put(out, path, &w->form[i].xml);
	}
	if (ledger_each_note(w->c.l, put_note, out) != 0 || ledger_each_leaf(w->c.l, 0, m.size, put_leaf, out) != 0 ||
	    ledger_each_device(w->c.l, put_device, &v) != 0 || export_end(out, &m, m.origin, w->c.service, &e) != 0)
		die("%s: %s", dir, e.text);
	manifest_free(&m);
	buf_free(&note);
}

static void
make(const char *dir, const char *corpus, const char *out)
{
	struct village v;
	struct corpus c;
	struct world w;
	size_t from, to, i, n;

	corpus_load(&c, corpus);
	world_open(&w, dir);
	for (from = 0; from < c.n; from = to) {
		to = corpus_village(&c, from);
		village_open(&v, &w, c.row[from].place);
		for (i = from; i < to; i += n) {
			n = to - i < BENCH_REQUEST_ENTRIES ? to - i : BENCH_REQUEST_ENTRIES;
			village_record(&v, &c.row[i], n);
			w.now = v.wall;
			if (village_sync(&v, &w, REQUEST_MAX, NULL, NULL) != n)
				die("%s: not all entries were confirmed", v.place);
		}
		village_close(&v);
	}
	write_export(&w, out);
	world_close(&w);
	corpus_free(&c);
}

/* Copies of one entry's bytes; what an export's reader gives does not outlive the next. */
struct kept { struct buf pae, payload, personal; uint8_t sig[SIG_LEN]; };

static void
keep(struct kept *k, const struct export_entry *x)
{
	buf_init(&k->pae, 16384);
	buf_init(&k->payload, ENTRY_PAYLOAD_MAX);
	buf_init(&k->personal, ENTRY_PERSONAL_MAX);
	if (x->nsigs == 0 || dsse_pae(&k->pae, DSSE_ENTRY, x->header, x->header_len) != 0 || buf_put(&k->payload, x->payload, x->payload_len) != 0 ||
	    buf_put(&k->personal, x->personal, x->personal_len) != 0)
		die("an entry without signature");
	memcpy(k->sig, x->sigs[0].sig, SIG_LEN);
}

/* One device's epoch; its key stands in its first entry.  The CPU time of all its entries at once. */
static uint64_t
floor_of(const char *dir, const char *device, size_t *entries, size_t *bytes)
{
	struct export_reader *r = export_open(dir, device, "1", &e);
	struct kept *k = calloc(DEVICE_ENTRIES_MAX, sizeof(*k));
	struct export_entry x;
	struct epoch_open o = {.has_former = 0};
	size_t n = 0, i;
	uint64_t t;
	int rc = -1;

	while (r != NULL && k != NULL && n < DEVICE_ENTRIES_MAX && (rc = export_next(r, &x, &e)) == 1)
		keep(&k[n++], &x);
	export_close(r);
	if (rc != 0 || n == 0 || epoch_open_parse(&o, k[0].payload.data, k[0].payload.len, 1, &e) != 0)
		die("%s: %s", device, e.text);
	t = cpu_ns();
	for (i = 0; i < n; i++)
		floor_entry(o.key, k[i].sig, k[i].pae.data, k[i].pae.len, k[i].payload.data, k[i].payload.len, k[i].personal.data, k[i].personal.len);
	t = cpu_ns() - t;
	*entries += n;
	for (i = 0; i < n; i++) {
		*bytes += k[i].pae.len + k[i].payload.len + k[i].personal.len;
		buf_free(&k[i].pae);
		buf_free(&k[i].payload);
		buf_free(&k[i].personal);
	}
	free(k);
	return t;
}

static void
floor_all(const char *out)
{
	char path[4096], **names = NULL;
	size_t n = 0, i, entries = 0, bytes = 0;
	uint64_t ns = 0;

	if (file_path(path, sizeof(path), out, "entries") != 0 || file_names(path, &names, &n, 100000, &e) != 0)
		die("%s: %s", out, e.text);
	for (i = 0; i < n; i++)
		ns += floor_of(out, names[i], &entries, &bytes);
	file_names_free(names, n);
	(void)printf("entries %zu\nbytes %.0f\nfloor-seconds %.6f\n", entries, (double)bytes / (double)entries, (double)ns / 1e9);
}

int
main(int argc, char **argv)
{
	if (crypto_init(&e) != 0)
		die("%s", e.text);
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		make(argv[2], argv[3], argv[4]);
	else if (argc == 3 && strcmp(argv[1], "floor") == 0)
		floor_all(argv[2]);
	else
		die("usage: export make DIR CORPUS OUT | export floor OUT");
	return 0;
}
