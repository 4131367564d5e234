#include "agent/record/photo.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "agent/record/pixels.h"
#include "base/lapse.h"

#define QUALITY 78
#define EXIF_MARKER (JPEG_APP0 + 1)

/* libjpeg reports errors by leaving: come back here instead of exit(). */
struct bail {
	struct jpeg_error_mgr mgr;
	struct jpeg_progress_mgr progress;
	jmp_buf back;
	const char *rule;         /* ours that was broken, or NULL */
	char text[JMSG_LENGTH_MAX];
};

/* All that outlives a leap: in the caller's frame, so that its values hold. */
struct work {
	struct bail bail;
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct jpeg_destination_mgr dest;
	uint8_t block[16384];     /* on its way to ->made */
	struct buf made;          /* what was compressed */
	uint8_t *row;
	struct shrink shrink;
	struct pixels pixels;
	unsigned orientation;
	int small;                /* already as it is to be stored */
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

static _Noreturn void
break_rule(struct bail *b, const char *rule)
{
	b->rule = rule;
	longjmp(b->back, 1);
}

/* A few bytes can ask for the whole picture again in every scan. */
static void
count_scans(j_common_ptr c)
{
	const struct jpeg_decompress_struct *in = (const struct jpeg_decompress_struct *)c;

	if (c->is_decompressor && in->input_scan_number > PHOTO_SCANS_MAX)
		break_rule((struct bail *)c->err, "it has more scans than a camera makes");
}

static void
work_init(struct work *w)
{
	memset(w, 0, sizeof(*w));
	buf_init(&w->made, PHOTO_MAX);
	w->in.err = w->out.err = jpeg_std_error(&w->bail.mgr);
	w->bail.mgr.error_exit = bail_out;
	w->bail.mgr.emit_message = bail_on_warning;
	w->bail.progress.progress_monitor = count_scans;
}

/* Release all; 0, or -1 and why. */
static int
work_end(struct work *w, int rc, struct err *e)
{
	jpeg_destroy_compress(&w->out);
	jpeg_destroy_decompress(&w->in);
	buf_free(&w->made);
	free(w->row);
	shrink_end(&w->shrink);
	if (rc == 0)
		return 0;
	pixels_free(&w->pixels);
	if (w->bail.rule != NULL)
		return err_set(e, "photo: %s", w->bail.rule);
	return w->bail.text[0] != '\0' ? err_set(e, "photo: not a whole JPEG (%s)", w->bail.text) : -1;
}

/* Header read, limits judged. */
static void
open_in(struct work *w, const void *p, size_t n)
{
	jpeg_create_decompress(&w->in);
	w->in.progress = &w->bail.progress;
	w->in.mem->max_memory_to_use = PHOTO_MEMORY_MAX;
	jpeg_save_markers(&w->in, EXIF_MARKER, 0xffff);
	jpeg_mem_src(&w->in, p, (unsigned long)n);
	(void)jpeg_read_header(&w->in, TRUE);
	if ((uint64_t)w->in.image_width * w->in.image_height > PHOTO_PIXELS_MAX)
		break_rule(&w->bail, "it has more than 50 million pixels");
	if (w->in.num_components != 1 && w->in.num_components != 3)
		break_rule(&w->bail, "it is neither grey nor in colours");
}

/* Where libjpeg's own writer into memory goes on, an error leaves it with memory that it gave back already: so one of ours. */
static void
dest_begin(j_compress_ptr c)
{
	struct work *w = c->client_data;

	w->dest.next_output_byte = w->block;
	w->dest.free_in_buffer = sizeof(w->block);
}

static void
dest_flush(struct work *w, size_t n)
{
	if (n > 0 && buf_put(&w->made, w->block, n) != 0)
		break_rule(&w->bail, "it is too large when compressed");
}

static boolean
dest_full(j_compress_ptr c)
{
	dest_flush(c->client_data, sizeof(((struct work *)c->client_data)->block));
	dest_begin(c);
	return TRUE;
}

static void
dest_end(j_compress_ptr c)
{
	struct work *w = c->client_data;

	dest_flush(w, sizeof(w->block) - w->dest.free_in_buffer);
}

static void
open_out(struct work *w)
{
	jpeg_create_compress(&w->out);
	w->dest.init_destination = dest_begin;
	w->dest.empty_output_buffer = dest_full;
	w->dest.term_destination = dest_end;
	w->out.dest = &w->dest;
	w->out.client_data = w;
}

static int
close_out(struct work *w, struct buf *out, struct err *e)
{
	jpeg_finish_compress(&w->out);
	return buf_put(out, w->made.data, w->made.len) == 0 ? 0 : err_set(e, "photo: larger than %zu bytes", out->max);
}

static int
copy(struct work *w, struct buf *out, const void *p, size_t n, struct err *e)
{
	jvirt_barray_ptr *coefficients;

	if (setjmp(w->bail.back) != 0)
		return -1;
	open_in(w, p, n);
	open_out(w);
	/* the coefficients as they are; markers that were saved are not written */
	coefficients = jpeg_read_coefficients(&w->in);
	jpeg_copy_critical_parameters(&w->in, &w->out);
	w->out.optimize_coding = TRUE;
	jpeg_write_coefficients(&w->out, coefficients);
	return close_out(w, out, e);
}

int
photo_clean(struct buf *out, const void *p, size_t n, struct err *e)
{
	struct work w;
	int rc;

	work_init(&w);
	rc = copy(&w, out, p, n, e);
	return work_end(&w, rc, e);
}

static void
read_orientation(struct work *w)
{
	const struct jpeg_marker_struct *m;

	w->orientation = 1;
	for (m = w->in.marker_list; m != NULL && w->orientation == 1; m = m->next)
		w->orientation = pixels_orientation(m->data, m->data_length);
}

/* The least eighths of the size that still have ${side} pixels. */
static unsigned
eighths(unsigned long_side, unsigned side)
{
	unsigned k = 1;

	while (k < 8 && (uint64_t)long_side * k / 8 < side)
		k++;
	return k;
}

/* Decode and shrink into w->pixels, unless the picture is small and upright.  0 or -1. */
static int
decode(struct work *w, const void *p, size_t n, unsigned side)
{
	unsigned long_side;
	JSAMPROW row;

	if (setjmp(w->bail.back) != 0)
		return -1;
	open_in(w, p, n);
	read_orientation(w);
	long_side = w->in.image_width > w->in.image_height ? w->in.image_width : w->in.image_height;
	if ((w->small = long_side <= side && w->orientation == 1) != 0)
		return 0;
	w->in.scale_num = eighths(long_side, side);
	w->in.scale_denom = 8;
	w->in.out_color_space = w->in.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	(void)jpeg_start_decompress(&w->in);
	if ((w->row = lapsed(malloc((size_t)w->in.output_width * 3))) == NULL ||
	    shrink_begin(&w->shrink, &w->pixels, w->in.output_width, w->in.output_height, w->in.num_components == 1 ? 1 : 3, side) != 0)
		break_rule(&w->bail, "out of memory");
	for (row = w->row; w->in.output_scanline < w->in.output_height;) {
		(void)jpeg_read_scanlines(&w->in, &row, 1);
		shrink_row(&w->shrink, w->row);
	}
	(void)jpeg_finish_decompress(&w->in);
	return 0;
}

static int
encode(struct work *w, struct buf *out, const struct pixels *px, int quality, struct err *e)
{
	JSAMPROW row;

	if (setjmp(w->bail.back) != 0)
		return -1;
	open_out(w);
	w->out.image_width = px->width;
	w->out.image_height = px->height;
	w->out.input_components = (int)px->channels;
	w->out.in_color_space = px->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&w->out);
	jpeg_set_quality(&w->out, quality, TRUE);
	w->out.optimize_coding = TRUE;
	jpeg_start_compress(&w->out, TRUE);
	while (w->out.next_scanline < w->out.image_height) {
		row = px->data + (size_t)w->out.next_scanline * px->width * px->channels;
		(void)jpeg_write_scanlines(&w->out, &row, 1);
	}
	return close_out(w, out, e);
}

/* The picture in ${px}, upright and no larger than ${side}; release with pixels_free().  1: it is so as it comes, and was not decoded; -1. */
static int
upright(struct pixels *px, const void *p, size_t n, unsigned side, struct err *e)
{
	struct work w;
	int rc;

	work_init(&w);
	rc = decode(&w, p, n, side);
	if (work_end(&w, rc, e) != 0)
		return -1;
	*px = w.pixels;
	if (w.small || pixels_turn(px, w.orientation) == 0)
		return w.small;
	pixels_free(px);
	return err_set(e, "photo: out of memory");
}

static int
compress(struct buf *out, const struct pixels *px, int quality, struct err *e)
{
	struct work w;
	int rc;

	work_init(&w);
	rc = encode(&w, out, px, quality, e);
	return work_end(&w, rc, e);
}

int
photo_reduce(struct buf *out, const void *p, size_t n, unsigned side, struct err *e)
{
	struct pixels px;
	int rc = upright(&px, p, n, side, e);

	if (rc != 0)
		return rc < 0 ? -1 : photo_clean(out, p, n, e);
	rc = compress(out, &px, QUALITY, e);
	pixels_free(&px);
	return rc;
}

int
photo_thumb(struct buf *out, const void *p, size_t n, struct err *e)
{
	static const int quality[] = { 75, 62, 50, 40, 30, 20, 10, 5 };
	struct pixels px;
	struct buf b;
	size_t i;
	int rc = upright(&px, p, n, PHOTO_THUMB_SIDE, e);

	if (rc != 0)
		return rc;
	buf_init(&b, PHOTO_MAX);
	for (i = 0, rc = 1; i < sizeof(quality) / sizeof(quality[0]) && rc == 1; i++) {
		buf_reset(&b);
		if ((rc = compress(&b, &px, quality[i], e)) == 0 && b.len > PHOTO_THUMB_BYTES)
			rc = 1;
	}
	if (rc == 0 && buf_put(out, b.data, b.len) != 0)
		rc = err_set(e, "photo: larger than %zu bytes", out->max);
	buf_free(&b);
	pixels_free(&px);
	return rc;
}

enum photo_kind
photo_kind(const void *p, size_t n)
{
	const uint8_t *b = p;

	if (n >= 3 && memcmp(b, "\xff\xd8\xff", 3) == 0)
		return PHOTO_JPEG;
	if (n >= 8 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0)
		return PHOTO_PNG;
	if (n >= 12 && memcmp(b + 4, "ftyp", 4) == 0 && (memcmp(b + 8, "hei", 3) == 0 || memcmp(b + 8, "hev", 3) == 0 || memcmp(b + 8, "mif1", 4) == 0 || memcmp(b + 8, "avif", 4) == 0))
		return PHOTO_HEIC;
	return PHOTO_OTHER;
}
