#include "sync/county_files.h"

#include <string.h>

#include "base/enc.h"

#define FILES_MAX 16             /* beside one form */
#define FILE_BYTES_MAX (8U << 20)

void
county_files_key(const uint8_t form[HASH_LEN], char key[COUNTY_FILES_KEY])
{
	(void)strcpy(key, "form-files:");
	enc_hex(key + strlen(key), form, HASH_LEN);
}

int
county_files_each(struct ledger *l, const uint8_t form[HASH_LEN], int (*cb)(void *ctx, const struct buf *file), void *ctx)
{
	char key[COUNTY_FILES_KEY];
	struct buf names, file;
	size_t at;
	int rc;

	county_files_key(form, key);
	buf_init(&names, FILES_MAX * HASH_LEN);
	buf_init(&file, FILE_BYTES_MAX);
	rc = ledger_get(l, key, &names) < 0 ? -1 : 0;
	for (at = 0; rc == 0 && at + HASH_LEN <= names.len; at += HASH_LEN) {
		buf_reset(&file);
		if ((rc = ledger_form_body(l, names.data + at, &file)) == 1)
			rc = cb(ctx, &file);
	}
	buf_free(&names);
	buf_free(&file);
	return rc;
}
