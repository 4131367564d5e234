#include "audit/half.h"

#include <stdlib.h>
#include <string.h>

#include "audit/layout.h"

#define CHUNK 65536

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

struct file *
half_find(const struct half *h, const char *path)
{
	size_t lo = 0, hi = h->nfiles;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strcmp(path, h->file[mid].path);

		if (d == 0)
			return &h->file[mid];
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static int
add_file(void *arg, const char *path, int plain)
{
	struct half *h = arg;
	struct file *f;

	if (h->nfiles == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 64;

		if ((f = reallocarray(h->file, cap, sizeof(*f))) == NULL)
			return h->failed = 1;
		h->file = f;
		h->cap = cap;
	}
	f = &h->file[h->nfiles];
	memset(f, 0, sizeof(*f));
	if ((f->path = strdup(path)) == NULL)
		return h->failed = 1;
	f->plain = plain;
	h->nfiles++;
	return 0;
}

static void
sum_differs(struct half *h, const struct file *f)
{
	if (f->listed && memcmp(f->want, f->got, sizeof(f->want)) != 0)
		findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: its sum is not MANIFEST's", h->label, f->path);
}

static int
unreadable(struct half *h, struct file *f, const char *why)
{
	f->summed = 1;
	memset(f->got, 0, sizeof(f->got));
	findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: %s", h->label, f->path, why);
	return -1;
}

int
half_load(struct half *h, struct file *f, struct buf *b, uint64_t max)
{
	struct source_file in;
	uint8_t chunk[CHUNK];
	ssize_t n = 0;

	buf_reset(b);
	if (!f->plain || source_open(h->src, f->path, &in, NULL) != 0)
		return unreadable(h, f, "is not a plain file");
	if (in.size <= max)
		while ((n = source_read(&in, chunk, sizeof(chunk))) > 0 && (uint64_t)b->len + (uint64_t)n <= max)
			if (buf_put(b, chunk, (size_t)n) != 0)
				break;
	source_close(&in);
	if (in.size > max || n != 0 || !buf_ok(b))
		return unreadable(h, f, "cannot be read, or is too long");
	sha256(f->got, b->len ? b->data : (const void *)"", b->len);
	f->size = b->len;
	f->summed = 1;
	sum_differs(h, f);
	return 0;
}

int
half_sum(struct half *h, struct file *f)
{
	struct source_file in;
	struct sha256_ctx c;
	uint8_t chunk[CHUNK];
	ssize_t n;

	if (f->summed)
		return 0;
	if (!f->plain || source_open(h->src, f->path, &in, NULL) != 0)
		return unreadable(h, f, "is not a plain file");
	if (in.size > HALF_SUM_MAX) {
		source_close(&in);
		return unreadable(h, f, "is too long");
	}
	sha256_init(&c);
	/* no longer than it was when opened: a file that grows must not hold us up */
	for (f->size = 0; f->size <= in.size && (n = source_read(&in, chunk, sizeof(chunk))) > 0; f->size += (uint64_t)n)
		sha256_add(&c, chunk, (size_t)n);
	sha256_end(&c, f->got);
	source_close(&in);
	f->summed = 1;
	sum_differs(h, f);
	return 0;
}

void
half_finish(struct half *h)
{
	for (size_t i = 0; i < h->nfiles; i++)
		if (h->file[i].role != ROLE_MANIFEST && h->file[i].plain && !h->file[i].summed)
			(void)half_sum(h, &h->file[i]);
}

/* Lay MANIFEST's lines beside the folder's files; both are sorted. */
static void
compare_lists(struct half *h)
{
	size_t j = 0;

	for (size_t i = 0; i < h->nfiles; i++) {
		struct file *f = &h->file[i];
		int d = 1;

		while (j < h->m.nfiles && (d = strcmp(h->m.files[j].path, f->path)) < 0)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: missing", h->label, h->m.files[j++].path);
		if (j < h->m.nfiles && d == 0) {
			f->listed = 1;
			memcpy(f->want, h->m.files[j++].hash, sizeof(f->want));
		} else if (f->role != ROLE_MANIFEST) {
			findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: not in MANIFEST", h->label, f->path);
		}
	}
	for (; j < h->m.nfiles; j++)
		findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: missing", h->label, h->m.files[j].path);
}

static void
read_manifest(struct half *h)
{
	struct file *f = half_find(h, "MANIFEST");
	struct err e;

	if (f == NULL) {
		findings_add(h->findings, BAD_EXPORT, NULL, "%sMANIFEST: missing", h->label);
		return;
	}
	if (half_load(h, f, &h->manifest, MANIFEST_BYTES_MAX) != 0)
		return;
	if (manifest_parse(&h->m, buf_str(&h->manifest), h->manifest.len, &e) != 0) {
		findings_add(h->findings, BAD_EXPORT, NULL, "%s%s", h->label, e.text);
		return;
	}
	h->has_manifest = 1;
	h->village = h->m.village;
	compare_lists(h);
}

int
half_open(struct half *h, const struct source *src, const char *label, struct findings *findings, struct err *e)
{
	int tiles = 0;

	memset(h, 0, sizeof(*h));
	buf_init(&h->manifest, MANIFEST_BYTES_MAX);
	h->src = src;
	h->label = label;
	h->findings = findings;
	if (source_list(src, add_file, h, e) != 0)
		return -1;
	if (h->failed)
		return err_set(e, "out of memory");
	if (h->nfiles > 1)
		qsort(h->file, h->nfiles, sizeof(*h->file), by_path);
	for (size_t i = 0; i < h->nfiles; i++) {
		layout_role(&h->file[i]);
		tiles |= h->file[i].role == ROLE_TILE || h->file[i].role == ROLE_BUNDLE;
	}
	h->village = !tiles; /* for want of a MANIFEST that says it */
	read_manifest(h);
	for (size_t i = 0; i < h->nfiles; i++) {
		const struct file *f = &h->file[i];

		if (!layout_fits(f, h->village, h->has_manifest && h->m.mirror))
			findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: no part of an export", h->label, f->path);
		else if (!f->plain)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s%s: is not a plain file", h->label, f->path);
	}
	return 0;
}

void
half_close(struct half *h)
{
	for (size_t i = 0; i < h->nfiles; i++)
		free(h->file[i].path);
	free(h->file);
	buf_free(&h->manifest);
	if (h->has_manifest)
		manifest_free(&h->m);
	memset(h, 0, sizeof(*h));
}
