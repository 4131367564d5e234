#include "agent/record/pixels.h"

#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3

/* ${side} of a picture whose longer side becomes ${to} of ${from}, at least 1. */
static unsigned
scaled(unsigned side, unsigned to, unsigned from)
{
	unsigned v = (unsigned)(((uint64_t)side * to + from / 2) / from);

	return v > 0 ? v : 1;
}

int
shrink_begin(struct shrink *s, struct pixels *to, unsigned width, unsigned height, unsigned channels, unsigned long_side)
{
	unsigned from = width > height ? width : height;
	unsigned side = from < long_side ? from : long_side;

	memset(s, 0, sizeof(*s));
	memset(to, 0, sizeof(*to));
	if (width == 0 || height == 0 || side == 0)
		return -1;
	to->width = scaled(width, side, from);
	to->height = scaled(height, side, from);
	to->channels = channels;
	s->to = to;
	s->width = width;
	s->height = height;
	to->data = lapsed(calloc((size_t)to->width * to->height, channels));
	s->sum = lapsed(calloc((size_t)to->width * channels, sizeof(*s->sum)));
	if (to->data != NULL && s->sum != NULL)
		return 0;
	pixels_free(to);
	shrink_end(s);
	return -1;
}

/*
 * Every pixel counts by the area it shares with the one it goes into: along a
 * row of W pixels that become w, pixel x covers [x w, (x+1) w) and pixel o
 * of the new row [o W, (o+1) W).  So for columns; the weights add up to W H.
 */
static void
add_row(struct shrink *s, const uint8_t *row, uint64_t weight)
{
	unsigned n = s->to->channels, x, o = 0, c;
	uint64_t at = 0, end, part, edge = s->width;
	uint64_t *sum = s->sum;

	for (x = 0; x < s->width; x++, row += n) {
		for (end = at + s->to->width; at < end && o < s->to->width; at += part) {
			part = (end < edge ? end : edge) - at;
			for (c = 0; c < n; c++)
				sum[c] += row[c] * part * weight;
			if (at + part == edge) {
				edge += s->width;
				sum += n;
				o++;
			}
		}
	}
}

static void
emit_row(struct shrink *s)
{
	size_t n = (size_t)s->to->width * s->to->channels, i;
	uint64_t whole = (uint64_t)s->width * s->height;
	uint8_t *out = s->to->data + n * s->out;

	for (i = 0; i < n; i++)
		out[i] = (uint8_t)((s->sum[i] + whole / 2) / whole);
	memset(s->sum, 0, n * sizeof(*s->sum));
	s->out++;
}

void
shrink_row(struct shrink *s, const uint8_t *row)
{
	uint64_t at = (uint64_t)s->row * s->to->height, end = at + s->to->height, edge, part;

	for (; at < end && s->out < s->to->height; at += part) {
		edge = (uint64_t)(s->out + 1) * s->height;
		part = (end < edge ? end : edge) - at;
		add_row(s, row, part);
		if (at + part == edge)
			emit_row(s);
	}
	s->row++;
}

void
shrink_end(struct shrink *s)
{
	free(s->sum);
	s->sum = NULL;
}

int
pixels_turn(struct pixels *p, unsigned orientation)
{
	/* which way the old columns and rows run in what is looked at: mirrored across, mirrored down, then sides exchanged */
	static const struct { uint8_t across, down, swap; } how[] = {
		{ 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0, 1, 1 }, { 1, 1, 1 }, { 1, 0, 1 },
	};
	unsigned w, h, x, y, ox, oy, k = orientation - 1;
	uint8_t *out;

	if (orientation < 2 || orientation > 8)
		return 0;
	w = how[k].swap ? p->height : p->width;
	h = how[k].swap ? p->width : p->height;
	if ((out = lapsed(malloc((size_t)w * h * p->channels))) == NULL)
		return -1;
	for (y = 0; y < h; y++)
		for (x = 0; x < w; x++) {
			ox = how[k].swap ? y : x;
			oy = how[k].swap ? x : y;
			ox = how[k].across ? p->width - 1 - ox : ox;
			oy = how[k].down ? p->height - 1 - oy : oy;
			memcpy(out + ((size_t)y * w + x) * p->channels, p->data + ((size_t)oy * p->width + ox) * p->channels, p->channels);
		}
	free(p->data);
	p->data = out;
	p->width = w;
	p->height = h;
	return 0;
}

void
pixels_free(struct pixels *p)
{
	free(p->data);
	memset(p, 0, sizeof(*p));
}

/* An integer of ${bytes} bytes at ${at} of a TIFF, in its byte order; 0 beyond its end. */
static uint32_t
tiff_int(const uint8_t *p, size_t n, size_t at, unsigned bytes, int big)
{
	uint32_t v = 0;
	unsigned i;

	if (at > n || n - at < bytes)
		return 0;
	for (i = 0; i < bytes; i++)
		v |= (uint32_t)p[at + i] << 8 * (big ? bytes - 1 - i : i);
	return v;
}

unsigned
pixels_orientation(const uint8_t *p, size_t n)
{
	uint32_t at, entries, i, v;
	int big;

	if (n < 14 || memcmp(p, "Exif\0", 6) != 0)
		return 1;
	p += 6;
	n -= 6;
	big = memcmp(p, "MM\0*", 4) == 0;
	if (!big && memcmp(p, "II*\0", 4) != 0)
		return 1;
	at = tiff_int(p, n, 4, 4, big);
	entries = tiff_int(p, n, at, 2, big);
	for (i = 0; i < entries && at < n; i++) {
		if (tiff_int(p, n, (size_t)at + 2 + 12 * (size_t)i, 2, big) != TAG_ORIENTATION)
			continue;
		v = tiff_int(p, n, (size_t)at + 2 + 12 * (size_t)i + 8, 2, big);
		return tiff_int(p, n, (size_t)at + 2 + 12 * (size_t)i + 2, 2, big) == TYPE_SHORT && v >= 1 && v <= 8 ? v : 1;
	}
	return 1;
}
