/* Goal: a photo is stored upright, no larger than set, with nothing but the picture in it; what claims or hides too much is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include <jpeglib.h>

#include "agent/record/photo.h"
#include "agent/record/pixels.h"

/* A picture of four quarters: red, green, blue, white. */
static void
fill_row(uint8_t *row, unsigned y, unsigned w, unsigned h)
{
	static const uint8_t colour[2][2][3] = { { { 230, 20, 20 }, { 20, 200, 20 } }, { { 20, 20, 230 }, { 240, 240, 240 } } };
	unsigned x;

	for (x = 0; x < w; x++)
		memcpy(row + 3 * (size_t)x, colour[y >= h / 2][x >= w / 2], 3);
}

/* A JPEG as a camera makes it, with EXIF that states an orientation (0: none). */
static void
camera(struct buf *out, unsigned w, unsigned h, unsigned orientation, int progressive)
{
	static const uint8_t head[] = "Exif\0\0MM\0*\0\0\0\x08\0\2\1\x0f\0\2\0\0\0\4abc\0\1\x12\0\3\0\0\0\1\0";
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *bytes = NULL;
	unsigned long n = 0;
	uint8_t *row = malloc(3 * (size_t)w), exif[64] = { 0 };
	unsigned y;

	assert_non_null(row);
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &n);
	c.image_width = w;
	c.image_height = h;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	if (progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	memcpy(exif, head, sizeof(head) - 1);
	exif[sizeof(head) - 1] = (uint8_t)orientation;
	if (orientation > 0)
		jpeg_write_marker(&c, JPEG_APP0 + 1, exif, sizeof(head) + 6);
	jpeg_write_marker(&c, JPEG_COM, (const uint8_t *)"a comment of the phone", 22);
	for (y = 0; y < h; y++) {
		fill_row(row, y, w, h);
		(void)jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	assert_int_equal(buf_put(out, bytes, n), 0);
	free(bytes);
	free(row);
}

/* Decode wholly: size, and the colours in the middle of the four quarters as one of "rgbw". */
static void
look(const struct buf *jpeg, unsigned *w, unsigned *h, char seen[5])
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr err;
	uint8_t *all, *row, *px;
	unsigned i;

	d.err = jpeg_std_error(&err);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, jpeg->data, (unsigned long)jpeg->len);
	assert_int_equal(jpeg_read_header(&d, TRUE), JPEG_HEADER_OK);
	d.out_color_space = JCS_RGB;
	(void)jpeg_start_decompress(&d);
	*w = d.output_width;
	*h = d.output_height;
	all = malloc(3 * (size_t)*w * *h);
	assert_non_null(all);
	while (d.output_scanline < *h) {
		row = all + 3 * (size_t)*w * d.output_scanline;
		(void)jpeg_read_scanlines(&d, &row, 1);
	}
	for (i = 0; i < 4; i++) {
		px = all + 3 * ((size_t)*w * (*h / 4 + i / 2 * (*h / 2)) + *w / 4 + i % 2 * (*w / 2));
		seen[i] = px[0] > 150 && px[1] > 150 ? 'w' : px[0] > 150 ? 'r' : px[1] > 150 ? 'g' : 'b';
	}
	seen[4] = '\0';
	(void)jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
	free(all);
}

static void
check(unsigned w, unsigned h, unsigned orientation, int progressive, unsigned side, unsigned want_w, unsigned want_h, const char *want)
{
	struct buf in, out;
	struct err e = { "" };
	unsigned gw, gh;
	char seen[8] = "";

	buf_init(&in, PHOTO_MAX);
	buf_init(&out, PHOTO_MAX);
	camera(&in, w, h, orientation, progressive);
	if (photo_reduce(&out, in.data, in.len, side, &e) != 0)
		fail_msg("%s", e.text);
	look(&out, &gw, &gh, seen);
	assert_int_equal(gw, want_w);
	assert_int_equal(gh, want_h);
	assert_string_equal(seen, want);
	assert_null(memmem(out.data, out.len, "Exif", 4));
	assert_null(memmem(out.data, out.len, "comment", 7));
	buf_free(&in);
	buf_free(&out);
}

static void
test_reduce(void **state)
{
	(void)state;
	check(1000, 600, 0, 0, 400, 400, 240, "rgbw");
	check(600, 1000, 0, 0, 400, 240, 400, "rgbw");
	check(1000, 600, 0, 1, 400, 400, 240, "rgbw");
	check(400, 300, 0, 0, 400, 400, 300, "rgbw"); /* as it is */
	check(4000, 16, 0, 0, 1600, 1600, 6, "rgbw");
}

/* What each orientation looks like when the camera's sensor saw "rg/bw". */
static void
test_orientation(void **state)
{
	static const char *const want[] = { "rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb" };
	unsigned o;

	(void)state;
	for (o = 1; o <= 8; o++) {
		check(800, 480, o, 0, 200, o < 5 ? 200 : 120, o < 5 ? 120 : 200, want[o - 1]);
		check(160, 96, o, 0, 200, o < 5 ? 160 : 96, o < 5 ? 96 : 160, want[o - 1]); /* small, but to be turned */
	}
	check(160, 96, 9, 0, 200, 160, 96, "rgbw");
}

static void
test_exif_bounds(void **state)
{
	static const uint8_t little[] = "Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0";
	uint8_t cut[sizeof(little)];
	size_t n;

	(void)state;
	assert_int_equal(pixels_orientation(little, sizeof(little)), 6);
	for (n = 0; n < 24; n++) {
		memcpy(cut, little, n);
		assert_int_equal(pixels_orientation(cut, n), 1);
	}
	memcpy(cut, little, sizeof(little));
	cut[10] = 0xff; /* the directory beyond the end */
	assert_int_equal(pixels_orientation(cut, sizeof(cut)), 1);
	memcpy(cut, little, sizeof(little));
	cut[14] = cut[15] = 0xff; /* more entries than there are, the right one is still found first */
	assert_int_equal(pixels_orientation(cut, sizeof(cut)), 6);
	cut[16] = 0;
	assert_int_equal(pixels_orientation(cut, sizeof(cut)), 1);
}

static void
refused(const void *p, size_t n, const char *rule)
{
	struct buf out;
	struct err e = { "" };

	buf_init(&out, PHOTO_MAX);
	assert_int_equal(photo_reduce(&out, p, n, 400, &e), -1);
	assert_int_equal(out.len, 0);
	if (strstr(e.text, rule) == NULL)
		fail_msg("wanted \"%s\", got \"%s\"", rule, e.text);
	buf_free(&out);
}

/* The frame's size as its header claims it. */
static void
claim(struct buf *jpeg, unsigned w, unsigned h)
{
	uint8_t *p = memmem(jpeg->data, jpeg->len, "\xff\xc0\0\x11\x08", 5);

	if (p == NULL)
		p = memmem(jpeg->data, jpeg->len, "\xff\xc2\0\x11\x08", 5);
	assert_non_null(p);
	p[5] = (uint8_t)(h >> 8);
	p[6] = (uint8_t)h;
	p[7] = (uint8_t)(w >> 8);
	p[8] = (uint8_t)w;
}

static void
test_refused(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, PHOTO_MAX);
	camera(&in, 800, 600, 0, 0);
	refused("", 0, "JPEG");
	refused("\x89PNG\r\n\x1a\n", 8, "JPEG");
	refused(in.data, in.len / 2, "JPEG");
	claim(&in, 65000, 65000);
	refused(in.data, in.len, "50 million");
	buf_reset(&in);
	camera(&in, 800, 600, 0, 1);
	claim(&in, 7000, 7000); /* few bytes that want 150 MB of coefficients */
	refused(in.data, in.len, "store not supported");
	buf_free(&in);
}

static void
test_kind(void **state)
{
	(void)state;
	assert_int_equal(photo_kind("\xff\xd8\xff\xe0", 4), PHOTO_JPEG);
	assert_int_equal(photo_kind("\x89PNG\r\n\x1a\n", 8), PHOTO_PNG);
	assert_int_equal(photo_kind("\0\0\0\x18" "ftypheic", 12), PHOTO_HEIC);
	assert_int_equal(photo_kind("GIF89a", 6), PHOTO_OTHER);
	assert_int_equal(photo_kind("", 0), PHOTO_OTHER);
}

/* A thumbnail of ${in}: its bounds, its sides, its four colours, twice the same. */
static void
check_thumb(const struct buf *in, unsigned want_w, unsigned want_h, const char *want)
{
	struct buf out, again;
	struct err e = { "" };
	unsigned gw, gh;
	char seen[8] = "";

	buf_init(&out, PHOTO_MAX);
	buf_init(&again, PHOTO_MAX);
	if (photo_thumb(&out, in->data, in->len, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(photo_thumb(&again, in->data, in->len, &e), 0);
	assert_true(out.len > 100 && out.len <= PHOTO_THUMB_BYTES);
	assert_int_equal(again.len, out.len);
	assert_memory_equal(again.data, out.data, out.len);
	look(&out, &gw, &gh, seen);
	assert_int_equal(gw, want_w);
	assert_int_equal(gh, want_h);
	if (want != NULL)
		assert_string_equal(seen, want);
	assert_null(memmem(out.data, out.len, "Exif", 4));
	assert_null(memmem(out.data, out.len, "comment", 7));
	buf_free(&out);
	buf_free(&again);
}

/* Nothing but noise, which compresses worst. */
static void
noise(struct buf *out, unsigned w, unsigned h, int channels)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *bytes = NULL;
	unsigned long n = 0;
	uint32_t seed = 7;
	uint8_t *row = malloc((size_t)w * (size_t)channels);
	unsigned i;

	assert_non_null(row);
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &n);
	c.image_width = w;
	c.image_height = h;
	c.input_components = channels;
	c.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < h) {
		for (i = 0; i < w * (unsigned)channels; i++)
			row[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		(void)jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	assert_int_equal(buf_put(out, bytes, n), 0);
	free(bytes);
	free(row);
}

static void
test_thumb(void **state)
{
	static const char *const want[] = { "rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb" };
	struct buf in, out;
	unsigned o;

	(void)state;
	buf_init(&in, PHOTO_MAX);
	buf_init(&out, PHOTO_MAX);
	for (o = 1; o <= 8; o++, buf_reset(&in)) {
		camera(&in, 1600, 960, o, 0);
		check_thumb(&in, o < 5 ? 160 : 96, o < 5 ? 96 : 160, want[o - 1]);
	}
	/* the worst that there is still fits */
	noise(&in, 1600, 1600, 3);
	check_thumb(&in, 160, 160, NULL);
	buf_reset(&in);
	noise(&in, 161, 161, 3);
	check_thumb(&in, 160, 160, NULL);
	buf_reset(&in);
	noise(&in, 200, 160, 1);
	check_thumb(&in, 160, 128, NULL);
	buf_reset(&in);
	camera(&in, 1600, 9, 0, 0);
	check_thumb(&in, 160, 2, NULL);
	buf_reset(&in);
	camera(&in, 160, 120, 0, 0);
	assert_int_equal(photo_thumb(&out, in.data, in.len, NULL), 1); /* no larger than one itself */
	assert_int_equal(out.len, 0);
	buf_free(&in);
	buf_free(&out);
}

static void
no_thumb(const void *p, size_t n)
{
	struct buf out;
	struct err e = { "" };

	buf_init(&out, PHOTO_MAX);
	assert_int_equal(photo_thumb(&out, p, n, &e), -1);
	assert_int_equal(out.len, 0);
	assert_true(e.text[0] != '\0');
	buf_free(&out);
}

static void
test_thumb_refused(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, PHOTO_MAX);
	camera(&in, 800, 600, 0, 0);
	no_thumb("", 0);
	no_thumb("\x89PNG\r\n\x1a\n", 8);
	no_thumb(in.data, in.len / 2);
	claim(&in, 65000, 65000);
	no_thumb(in.data, in.len);
	buf_reset(&in);
	camera(&in, 800, 600, 0, 1);
	claim(&in, 7000, 7000);
	no_thumb(in.data, in.len);
	buf_free(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reduce), cmocka_unit_test(test_orientation), cmocka_unit_test(test_exif_bounds),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_kind), cmocka_unit_test(test_thumb), cmocka_unit_test(test_thumb_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
