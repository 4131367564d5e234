/* Goal: a thumbnail stands behind its photo and takes no photo's place; on every way thumbnails go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jpeglib.h>

#include "agent/record/photo.h"
#include "agent/sync/stick.h"
#include "agent/thumb.h"
#include "agent/sync/upload.h"
#include "base/enc.h"
#include "tests/lib/village.h"

#define PLACE "451224102201"

static struct hall hall;
static struct village v;
static struct agent *ag;

static int
begin(void **state)
{
	(void)state;
	hall_open(&hall);
	village_open(&v, &hall, 1, PLACE);
	ag = calloc(1, sizeof(*ag));
	assert_non_null(ag);
	(void)snprintf(ag->dir, sizeof(ag->dir), "%s", v.dir);
	ag->j = v.j;
	ag->s = v.m.signer;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(ag);
	village_close(&v);
	hall_close(&hall);
	return 0;
}

/* A noisy picture, another for each ${seed}, into the journal. */
static struct attachment
put_photo(uint32_t seed, unsigned side, int personal)
{
	struct attachment a = { .personal = personal, .mediatype = "image/jpeg" };
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *bytes = NULL;
	unsigned long n = 0;
	uint8_t row[512];
	JSAMPROW p = row;
	unsigned i;

	assert_true(side <= sizeof(row));
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &n);
	c.image_width = c.image_height = side;
	c.input_components = 1;
	c.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < side) {
		for (i = 0; i < side; i++)
			row[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		(void)jpeg_write_scanlines(&c, &p, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	a.len = n;
	assert_int_equal(journal_attachment_put(v.j, bytes, n, a.hash, NULL), 0);
	free(bytes);
	return a;
}

static void
list(struct entry *h, const struct attachment *photo, size_t n)
{
	struct thumb_memo m = { .has = 0 };
	struct err e = { "" };

	memset(h, 0, sizeof(*h));
	if (thumb_list(ag, &m, photo, n, h, &e) != 0)
		fail_msg("%s", e.text);
}

static void
test_behind(void **state)
{
	struct attachment p[3] = { put_photo(1, 400, 1), put_photo(2, 40, 0), put_photo(3, 400, 0) };
	struct entry h;

	(void)state;
	assert_true(p[1].len <= PHOTO_THUMB_BYTES && p[0].len > PHOTO_THUMB_BYTES);
	list(&h, p, 3);
	assert_int_equal(h.natt, 5);
	assert_memory_equal(h.att[0].hash, p[0].hash, HASH_LEN);
	assert_ptr_equal(thumb_of(&h, 0), &h.att[1]);
	assert_int_equal(h.att[1].personal, 1);
	assert_true(h.att[1].len > 0 && h.att[1].len <= PHOTO_THUMB_BYTES);
	assert_null(thumb_of(&h, 1)); /* has none itself */
	assert_null(thumb_of(&h, 2)); /* small */
	assert_ptr_equal(thumb_of(&h, 3), &h.att[4]);
	assert_int_equal(h.att[4].personal, 0);
	assert_null(thumb_of(&h, 4));
	assert_memory_not_equal(h.att[1].hash, h.att[4].hash, HASH_LEN);
}

static void
test_room(void **state)
{
	struct attachment p[ENTRY_ATTS_MAX];
	struct entry h;
	size_t i;

	(void)state;
	for (i = 0; i < ENTRY_ATTS_MAX; i++)
		p[i] = put_photo((uint32_t)i, 200, 0);
	list(&h, p, ENTRY_ATTS_MAX);
	assert_int_equal(h.natt, ENTRY_ATTS_MAX);
	assert_memory_equal(h.att, p, sizeof(p)); /* every photo, no thumbnail */
	list(&h, p, ENTRY_ATTS_MAX - 1);
	assert_int_equal(h.natt, ENTRY_ATTS_MAX);
	assert_true(thumb_is(&h.att[1]));
	for (i = 1; i < ENTRY_ATTS_MAX - 1; i++)
		assert_memory_equal(&h.att[i + 1], &p[i], sizeof(p[i]));
	list(&h, p, 0);
	assert_int_equal(h.natt, 0);
}

static void
test_no_picture(void **state)
{
	struct attachment a = { .len = 5000, .mediatype = "image/jpeg" };
	uint8_t junk[5000] = { 0xff, 0xd8, 0xff };
	struct entry h;

	(void)state;
	assert_int_equal(journal_attachment_put(v.j, junk, sizeof(junk), a.hash, NULL), 0);
	list(&h, &a, 1);
	assert_int_equal(h.natt, 1); /* the entry is made without */
}

static void
record(const struct attachment *photo, struct entry *h)
{
	struct entry made;

	list(h, photo, 1);
	village_header(&v, &made, "record");
	made.natt = h->natt;
	memcpy(made.att, h->att, sizeof(made.att));
	village_put(&v, &made, "{\"house\":\"1\"}", NULL);
}

/* Which one is asked about or sent now; the line dies then. */
static int
line_dies(void *ctx, const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n,
    struct buf *out, struct client_result *r, struct err *e)
{
	(void)method, (void)type, (void)u, (void)body, (void)n, (void)out, (void)e;
	memset(r, 0, sizeof(*r));
	(void)snprintf(ctx, 65, "%.64s", path + strlen("/v1/attachment/"));
	return -1;
}

static void
goes(struct uploads *u, const struct attachment *want, size_t n, const struct attachment *first)
{
	uint8_t hash[8][HASH_LEN];
	struct county_keys k;
	struct err e = { "" };
	char got[65] = "", hex[65];
	size_t i;

	assert_int_equal(device_keys(v.j, &k, &e), 0);
	for (i = 0; i < n; i++)
		memcpy(hash[i], want[i].hash, HASH_LEN);
	assert_int_equal(uploads_want(u, (const uint8_t (*)[HASH_LEN])hash, n), 0);
	(void)uploads_step(u, &k, line_dies, got, &e);
	enc_hex(hex, first->hash, HASH_LEN);
	assert_string_equal(got, hex);
}

static void
test_first_up(void **state)
{
	struct attachment a = put_photo(1, 400, 0), b = put_photo(2, 300, 0), wanted[4];
	struct uploads *u = uploads_new(ag);
	struct entry ha, hb;

	(void)state;
	assert_non_null(u);
	record(&a, &ha);
	record(&b, &hb);
	assert_true(b.len < a.len);
	wanted[0] = a;
	goes(u, wanted, 1, &a);
	wanted[1] = b;
	goes(u, wanted, 2, &a);             /* under way, though longer */
	wanted[2] = hb.att[1];
	goes(u, wanted, 3, &hb.att[1]);     /* a thumbnail goes before it all the same */
	wanted[1] = hb.att[1];
	wanted[2] = b;
	goes(u, wanted + 2, 1, &b);
	goes(u, wanted, 3, &hb.att[1]);
	uploads_free(u);
}

static void
test_first_on_stick(void **state)
{
	struct attachment a = put_photo(1, 400, 0), b = put_photo(2, 400, 0);
	struct stick_written w;
	struct err e = { "" };
	struct entry h;
	struct buf out;

	(void)state;
	record(&a, &h);
	record(&b, &h);
	memcpy(ag->device, v.m.device, HASH_LEN);
	buf_init(&out, STICK_MAX);
	if (stick_write(ag, 0, 2 * PHOTO_THUMB_BYTES + a.len, &out, &w, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(w.attachments, 3); /* both thumbnails, and one photo */
	buf_reset(&out);
	assert_int_equal(stick_write(ag, 0, a.len + 100, &out, &w, &e), 0);
	assert_int_equal(w.attachments, 2);
	assert_int_equal(w.more, 1);
	assert_true(out.len < a.len);       /* both of them thumbnails: neither photo is in it */
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_behind, begin, end), cmocka_unit_test_setup_teardown(test_room, begin, end),
		cmocka_unit_test_setup_teardown(test_no_picture, begin, end), cmocka_unit_test_setup_teardown(test_first_up, begin, end),
		cmocka_unit_test_setup_teardown(test_first_on_stick, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
