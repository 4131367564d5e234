#include "agent/photo.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

/* libjpeg reports errors by leaving: come back here instead of exit(). */
struct bail {
	struct jpeg_error_mgr mgr;
	jmp_buf back;
	char text[JMSG_LENGTH_MAX];
};

static void
bail_out(j_common_ptr c)
{
	struct bail *b = (struct bail *)c->err;

	c->err->format_message(c, b->text);
	longjmp(b->back, 1);
}

/* A warning means damaged data: a photo that proves something is whole. */
static void
bail_on_warning(j_common_ptr c, int level)
{
	if (level < 0)
		bail_out(c);
}

int
photo_clean(struct buf *out, const void *p, size_t n, struct err *e)
{
	struct jpeg_decompress_struct in = { 0 };
	struct jpeg_compress_struct clean = { 0 };
	struct bail bail;
	unsigned char *volatile bytes = NULL;
	unsigned char *grown = NULL;
	unsigned long size = 0;
	volatile int rc = -1;

	in.err = clean.err = jpeg_std_error(&bail.mgr);
	bail.mgr.error_exit = bail_out;
	bail.mgr.emit_message = bail_on_warning;
	jpeg_create_decompress(&in);
	jpeg_create_compress(&clean);
	if (setjmp(bail.back) == 0) {
		jpeg_mem_src(&in, p, (unsigned long)n);
		(void)jpeg_read_header(&in, TRUE);
		jpeg_mem_dest(&clean, &grown, &size);
		/* the coefficients as they are; no marker was asked to be saved, so none is copied */
		jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&in);
		jpeg_copy_critical_parameters(&in, &clean);
		clean.optimize_coding = TRUE;
		jpeg_write_coefficients(&clean, coefficients);
		jpeg_finish_compress(&clean);
		bytes = grown;
		rc = buf_put(out, bytes, size);
		if (rc != 0)
			(void)err_set(e, "photo: larger than %zu bytes", out->max);
	} else {
		(void)err_set(e, "photo: not a whole JPEG (%s)", bail.text);
	}
	jpeg_destroy_compress(&clean);
	jpeg_destroy_decompress(&in);
	free(grown);
	return rc;
}
