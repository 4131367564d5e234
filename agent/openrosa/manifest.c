#include "agent/openrosa/manifest.h"

#include <string.h>

#include "agent/openrosa/md5.h"
#include "base/enc.h"
#include "forms/media.h"
#include "store/journal_media.h"
#include "web/html.h"

#define FILE_MAX (32U << 20) /* bytes of one list as a file */

/* The file name of a form's list number ${i}: 1; 0 when phones cannot have it (no .csv or .xml); -1 when there are no more. */
static int
name_of(const struct form *f, size_t i, char name[FORM_MEDIA_NAME_MAX + 1], const char **src)
{
	if ((*src = media_of(f, i)) == NULL)
		return -1;
	return media_source(*src, name) == 0 && media_name_ok(name);
}

/* Two instances may be of one file: it is listed once. */
static int
stood_before(const struct form *f, size_t i, const char *name)
{
	char other[FORM_MEDIA_NAME_MAX + 1];
	const char *src;
	size_t k;

	for (k = 0; k < i; k++)
		if (name_of(f, k, other, &src) == 1 && strcmp(other, name) == 0)
			return 1;
	return 0;
}

static int
is_private(const struct form *f, const char *src, const char *name)
{
	return media_find(f, src) == NULL && media_own(name) && name[0] != 'p';
}

int
manifest_private(const struct form *f)
{
	char name[FORM_MEDIA_NAME_MAX + 1];
	const char *src;
	size_t i;
	int rc;

	for (i = 0; (rc = name_of(f, i, name, &src)) >= 0; i++)
		if (rc == 1 && is_private(f, src, name))
			return 1;
	return 0;
}

int
manifest_private_file(const struct form *f, const char *name)
{
	return media_named(f, name) == NULL && media_own(name) && name[0] != 'p';
}

static int
put_rows(struct agent *ag, const struct form *f, const char *src, const char *name, struct buf *out)
{
	struct instances in = { ag, f, "", NULL };
	cJSON *rows = instances_rows(&in, "", src);
	int rc;

	if (rows == NULL)
		return 0;
	rc = strcmp(name + strlen(name) - 4, ".xml") == 0 ? media_xml(rows, out) : media_csv(rows, out);
	cJSON_Delete(rows);
	return rc == 0 ? 1 : -1;
}

int
manifest_file(struct agent *ag, const struct form *f, const char *name, struct buf *out)
{
	char mine[FORM_MEDIA_NAME_MAX + 1];
	const struct form_media *m;
	const char *src;
	size_t i;
	int rc;

	for (i = 0; (rc = name_of(f, i, mine, &src)) >= 0; i++)
		if (rc == 1 && strcmp(mine, name) == 0)
			break;
	if (rc < 0)
		return 0;
	if ((m = media_find(f, src)) != NULL)
		return journal_media_get(ag->j, m->hash, out);
	return put_rows(ag, f, src, name, out);
}

static void
put_one(const char *name, const char *base, const struct buf *file, struct buf *out)
{
	char sum[2 * 16 + 1];
	uint8_t digest[16];

	md5(digest, file->data, file->len);
	enc_hex(sum, digest, sizeof(digest));
	(void)buf_printf(out, "<mediaFile><filename>%s</filename><hash>md5:%s</hash><downloadUrl>", name, sum);
	html_text(out, base);
	(void)buf_printf(out, "%s</downloadUrl></mediaFile>\n", name);
}

int
manifest_put(struct agent *ag, const struct form *f, const char *base, struct buf *out)
{
	char name[FORM_MEDIA_NAME_MAX + 1];
	const char *src;
	struct buf file;
	size_t i;
	int rc, got = 0;

	(void)buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n");
	buf_init(&file, FILE_MAX);
	for (i = 0; got >= 0 && (rc = name_of(f, i, name, &src)) >= 0; i++) {
		buf_reset(&file);
		if (rc == 1 && !stood_before(f, i, name) && (got = manifest_file(ag, f, name, &file)) == 1)
			put_one(name, base, &file, out);
	}
	buf_free(&file);
	(void)buf_puts(out, "</manifest>\n");
	return got < 0 || !buf_ok(out) ? -1 : 0;
}
