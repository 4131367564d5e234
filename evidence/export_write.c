#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/export.h"
#include "evidence/export_out.h"
#include "evidence/export_tiles.h"

#define FORK_MAX (ENTRY_HEADER_MAX + ENTRY_PAYLOAD_MAX + ENTRY_PERSONAL_MAX + 4096)

enum part { HEADERS, SIGS, PAYLOADS, PERSONALS, PARTS };
static const char *const PART_NAMES[PARTS] = { "headers", "sigs", "payloads", "personals" };

struct export_writer {
	char dir[EXPORT_DIR_MAX];
	struct manifest files;  /* only its list */
	int failed;             /* what was written is not whole: export_end() refuses */
	int in_epoch;           /* the four files below are open */
	uint8_t device[HASH_LEN];
	uint32_t epoch;
	struct export_out part[PARTS];
	struct export_tiles tiles;
};

int
export_put(struct export_writer *w, const char *path, const void *p, size_t n, struct err *e)
{
	struct export_out o;

	if (export_out_open(&o, w->dir, path, e) == 0) {
		export_out_put(&o, p, n);
		if (export_out_close(&o, &w->files, e) == 0)
			return 0;
	}
	w->failed = 1;
	return -1;
}

static int
put_tile(void *ctx, const char *path, const void *p, size_t n, struct err *e)
{
	return export_put(ctx, path, p, n, e);
}

struct export_writer *
export_begin(const char *dir, struct err *e)
{
	struct export_writer *w = NULL;
	size_t n = strlen(dir), listed = 0;
	char **names = NULL;

	if (n == 0 || n >= EXPORT_DIR_MAX) {
		err_set(e, "export: %.64s: path is empty or too long", dir);
		return NULL;
	}
	if (file_exists(dir)) {
		if (file_names(dir, &names, &listed, 1, e) != 0 || listed > 0) {
			file_names_free(names, listed);
			err_set(e, "export: %s: is not an empty folder", dir);
			return NULL;
		}
		file_names_free(names, listed);
	} else if (file_mkdirs(dir, 0700, e) != 0) {
		return NULL;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL) {
		err_set(e, "export: out of memory");
		return NULL;
	}
	memcpy(w->dir, dir, n + 1);
	export_tiles_init(&w->tiles, put_tile, w);
	return w;
}

static int
epoch_close(struct export_writer *w, struct err *e)
{
	int rc = 0;

	if (!w->in_epoch)
		return 0;
	for (int i = 0; i < PARTS; i++)
		if (export_out_close(&w->part[i], &w->files, e) != 0)
			rc = -1;
	w->in_epoch = 0;
	if (rc != 0)
		w->failed = 1;
	return rc;
}

static int
epoch_open(struct export_writer *w, const uint8_t device[HASH_LEN], uint32_t epoch, struct err *e)
{
	char path[MANIFEST_PATH_MAX], hex[2 * HASH_LEN + 1];
	int i;

	enc_hex(hex, device, HASH_LEN);
	for (i = 0; i < PARTS; i++) {
		(void)snprintf(path, sizeof(path), "entries/%s/%" PRIu32 "/%s", hex, epoch, PART_NAMES[i]);
		if (export_out_open(&w->part[i], w->dir, path, e) != 0)
			break;
	}
	if (i < PARTS) {
		while (i-- > 0)
			export_out_drop(&w->part[i]);
		w->failed = 1;
		return -1;
	}
	memcpy(w->device, device, HASH_LEN);
	w->epoch = epoch;
	w->in_epoch = 1;
	return 0;
}

static int
payload_ok(const struct export_entry *x)
{
	return x->payload == NULL || (x->payload_len > 0 && x->payload_len <= ENTRY_PAYLOAD_MAX && memchr(x->payload, '\n', x->payload_len) == NULL);
}

static int
personal_ok(const struct export_entry *x)
{
	return x->salt == NULL || (x->personal != NULL && x->personal_len > 0 && x->personal_len <= ENTRY_PERSONAL_MAX &&
	                           memchr(x->personal, '\n', x->personal_len) == NULL);
}

/* What a reader could not take apart again is not written. */
static int
shape_ok(struct export_writer *w, const struct export_entry *x, struct err *e)
{
	const char *h = x->header;

	if (x->header_len > 1 && x->header_len <= ENTRY_HEADER_MAX && h[0] != '\n' && h[x->header_len - 1] == '\n' &&
	    memmem(h, x->header_len, "\n\n", 2) == NULL && x->nsigs >= 1 && x->nsigs <= 2 && payload_ok(x) && personal_ok(x))
		return 1;
	w->failed = 1;
	err_set(e, "export: an entry that the format cannot hold");
	return 0;
}

static void
put_sigs(struct buf *b, const struct export_entry *x)
{
	for (size_t i = 0; i < x->nsigs; i++)
		(void)sigline_print(b, &x->sigs[i]);
}

static void
put_payload(struct buf *b, const struct export_entry *x)
{
	(void)(x->payload != NULL ? buf_put(b, x->payload, x->payload_len) : buf_putc(b, '-'));
	(void)buf_putc(b, '\n');
}

static void
put_personal(struct buf *b, const struct export_entry *x)
{
	if (x->salt != NULL) {
		(void)buf_hex(b, x->salt, ENTRY_SALT_LEN);
		(void)buf_putc(b, ' ');
		(void)buf_put(b, x->personal, x->personal_len);
	} else {
		(void)buf_putc(b, '-');
	}
	(void)buf_putc(b, '\n');
}

int
export_entry(struct export_writer *w, const uint8_t device[HASH_LEN], uint32_t epoch, const struct export_entry *x, struct err *e)
{
	int same = w->in_epoch && w->epoch == epoch && memcmp(w->device, device, HASH_LEN) == 0;
	struct buf b;
	int rc = -1;

	if (!shape_ok(w, x, e))
		return -1;
	if (!same && (epoch_close(w, e) != 0 || epoch_open(w, device, epoch, e) != 0))
		return -1;
	if (same) {
		export_out_put(&w->part[HEADERS], "\n", 1);
		export_out_put(&w->part[SIGS], "\n", 1);
	}
	buf_init(&b, FORK_MAX);
	export_out_put(&w->part[HEADERS], x->header, x->header_len);
	put_sigs(&b, x);
	export_out_put(&w->part[SIGS], b.data, b.len);
	if (buf_ok(&b)) {
		buf_reset(&b);
		put_payload(&b, x);
		export_out_put(&w->part[PAYLOADS], b.data, b.len);
	}
	if (buf_ok(&b)) {
		buf_reset(&b);
		put_personal(&b, x);
		export_out_put(&w->part[PERSONALS], b.data, b.len);
	}
	if (buf_ok(&b))
		rc = 0;
	else {
		w->failed = 1;
		err_set(e, "export: out of memory");
	}
	buf_free(&b);
	return rc;
}

int
export_fork(struct export_writer *w, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t seq, const uint8_t hash[HASH_LEN], const struct export_entry *x, struct err *e)
{
	char path[MANIFEST_PATH_MAX], dev[2 * HASH_LEN + 1], hex[2 * HASH_LEN + 1];
	struct buf b;
	int rc;

	if (!shape_ok(w, x, e))
		return -1;
	enc_hex(dev, device, HASH_LEN);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "forks/%s-%" PRIu32 "-%" PRIu64 "/%s", dev, epoch, seq, hex);
	buf_init(&b, FORK_MAX);
	(void)buf_put(&b, x->header, x->header_len);
	(void)buf_putc(&b, '\n');
	put_sigs(&b, x);
	(void)buf_putc(&b, '\n');
	put_payload(&b, x);
	put_personal(&b, x);
	if (buf_ok(&b))
		rc = export_put(w, path, b.data, b.len, e);
	else
		rc = err_set(e, "export: out of memory");
	buf_free(&b);
	return rc;
}

int
export_leaf(struct export_writer *w, const void *leaf, size_t n, struct err *e)
{
	if (export_tiles_add(&w->tiles, leaf, n, e) == 0)
		return 0;
	w->failed = 1;
	return -1;
}

/* The leaves that were given must be the tree that the manifest speaks of (a village's export has none). */
static int
tree_ok(const struct export_writer *w, const struct manifest *m, struct err *e)
{
	const struct tree_edge *t = &w->tiles.edge;
	uint8_t root[HASH_LEN];

	if (t->size == 0 && (m->village || m->size == 0))
		return 0;
	tree_edge_root(t, root);
	if (t->size != m->size || memcmp(root, m->root, sizeof(root)) != 0)
		return err_set(e, "export: the %" PRIu64 " leaves given do not make the checkpoint's tree of %" PRIu64, t->size, m->size);
	return 0;
}

/* Everything under the folder is on disk before MANIFEST says so: one call for all files and folders. */
static int
sync_all(struct export_writer *w, struct err *e)
{
	int fd = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || syncfs(fd) != 0)
		rc = err_set(e, "export: %s: cannot be synced: %s", w->dir, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int
export_end(struct export_writer *w, struct manifest *m, const char *name, const struct signer *s, struct err *e)
{
	char path[EXPORT_FULL_MAX];
	struct buf b;
	int rc = -1;

	buf_init(&b, MANIFEST_BYTES_MAX);
	manifest_free(m);
	if (w->failed) {
		err_set(e, "export: %s: something could not be written before", w->dir);
		goto out;
	}
	if (epoch_close(w, e) != 0 || export_tiles_end(&w->tiles, e) != 0 || tree_ok(w, m, e) != 0 || sync_all(w, e) != 0)
		goto out;
	m->files = w->files.files;
	m->nfiles = w->files.nfiles;
	w->files = (struct manifest){ 0 };
	if (manifest_print(&b, m, name, s) != 0) {
		err_set(e, "export: %s: MANIFEST cannot be made (name, origin, or too many files)", w->dir);
		goto out;
	}
	(void)snprintf(path, sizeof(path), "%s/MANIFEST", w->dir);
	rc = file_create(path, b.data, b.len, 0600, e);
out:
	buf_free(&b);
	export_abort(w);
	return rc;
}

void
export_abort(struct export_writer *w)
{
	if (w == NULL)
		return;
	for (int i = 0; w->in_epoch && i < PARTS; i++)
		export_out_drop(&w->part[i]);
	export_tiles_free(&w->tiles);
	manifest_free(&w->files);
	free(w);
}
