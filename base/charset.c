#include "base/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/enc.h"

#define GROWTH 3 /* bytes of UTF-8 for two of GB 18030 or UTF-16, at most, with room for the rest */

/* The whole of ${text} from ${from}, into ${out}.  0, or -1. */
static int
convert(const struct buf *text, const char *from, struct buf *out, struct err *e)
{
	char *in = (char *)text->data, piece[4096], *to;
	size_t left = text->len, room;
	iconv_t cd = iconv_open("UTF-8", from);
	int rc = 0;

	if (cd == (iconv_t)-1)
		return err_set(e, "is not UTF-8, and %s cannot be read on this machine", from);
	while (left > 0 && rc == 0) {
		to = piece;
		room = sizeof(piece);
		if (iconv(cd, &in, &left, &to, &room) == (size_t)-1 && errno != E2BIG)
			rc = err_set(e, "is neither UTF-8 nor %s (byte %zu)", from, text->len - left);
		if (buf_put(out, piece, sizeof(piece) - room) != 0)
			rc = err_set(e, "is too long");
	}
	explicit_bzero(piece, sizeof(piece));
	(void)iconv_close(cd);
	return rc;
}

static void
replace(struct buf *text, struct buf *by)
{
	if (text->data != NULL)
		explicit_bzero(text->data, text->cap);
	by->max = text->max;
	buf_free(text);
	*text = *by;
}

int
charset_utf8(struct buf *text, struct err *e)
{
	struct buf out;
	int rc = 0;

	buf_init(&out, text->max / 2 * GROWTH);
	if (text->len >= 2 && (memcmp(text->data, "\xff\xfe", 2) == 0 || memcmp(text->data, "\xfe\xff", 2) == 0))
		rc = convert(text, "UTF-16", &out, e);
	else if (text->len >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0)
		rc = buf_put(&out, text->data + 3, text->len - 3);
	else if (utf8_ok(text->data, text->len))
		return 0;
	else
		rc = convert(text, "GB18030", &out, e);
	if (rc != 0)
		out.len = 0;
	replace(text, &out);
	return rc;
}
