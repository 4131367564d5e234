#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/lapse.h"
#include "forms/sheet.h"

/* Zip through libzip, with the caps of forms/sheet.h: what a part says of its size is checked before and while it is unpacked. */

struct zip_file {
	zip_t *z;
	size_t total;
};

struct zip_file *
zip_file_open(const void *p, size_t n, struct err *e)
{
	struct zip_file *f = lapsed(calloc(1, sizeof(*f)));
	zip_source_t *src = f == NULL ? NULL : zip_source_buffer_create(p, n, 0, NULL);

	if (src == NULL || (f->z = zip_open_from_source(src, ZIP_RDONLY, NULL)) == NULL) {
		(void)err_set(e, src == NULL ? "out of memory" : "damaged: not a zip file");
		zip_source_free(src);
		free(f);
		return NULL;
	}
	if (zip_get_num_entries(f->z, 0) > ZIP_ENTRIES_MAX) {
		(void)err_set(e, "more than %d parts", ZIP_ENTRIES_MAX);
		zip_file_close(f);
		return NULL;
	}
	return f;
}

void
zip_file_close(struct zip_file *f)
{
	if (f == NULL)
		return;
	zip_discard(f->z);
	free(f);
}

static int
check_size(struct zip_file *f, const char *name, const zip_stat_t *st, struct err *e)
{
	if ((st->valid & (ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE)) != (ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE))
		return err_set(e, "%s: damaged: no size", name);
	if (st->encryption_method != ZIP_EM_NONE)
		return err_set(e, "%s: protected by a password", name);
	if (st->size > ZIP_PART_MAX || st->size > ZIP_TOTAL_MAX - f->total)
		return err_set(e, "%s: unpacks to %llu bytes, more than the %u of a part or %u in all", name, (unsigned long long)st->size, ZIP_PART_MAX, ZIP_TOTAL_MAX);
	if (st->size > ZIP_RATIO_FROM && st->size / ZIP_RATIO_MAX > st->comp_size)
		return err_set(e, "%s: unpacks to more than %u times its size", name, ZIP_RATIO_MAX);
	return 0;
}

int
zip_file_part(struct zip_file *f, const char *name, struct buf *out, struct err *e)
{
	char block[65536];
	zip_file_t *part;
	zip_stat_t st;
	zip_int64_t n, at = zip_name_locate(f->z, name, ZIP_FL_NOCASE);
	size_t from = out->len;

	if (at < 0)
		return 0;
	if (zip_stat_index(f->z, (zip_uint64_t)at, 0, &st) != 0 || (part = zip_fopen_index(f->z, (zip_uint64_t)at, 0)) == NULL)
		return err_set(e, "%s: damaged, or packed in a way that is not supported", name);
	if (check_size(f, name, &st, e) != 0) {
		(void)zip_fclose(part);
		return -1;
	}
	while ((n = zip_fread(part, block, sizeof(block))) > 0 && out->len - from + (size_t)n <= st.size)
		if (buf_put(out, block, (size_t)n) != 0)
			break;
	f->total += out->len - from;
	(void)zip_fclose(part);
	if (!buf_ok(out))
		return err_set(e, "out of memory");
	return n == 0 && out->len - from == st.size ? 1 : err_set(e, "%s: damaged: other bytes than it says", name);
}
