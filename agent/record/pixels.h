#ifndef AGENT_PIXELS_H
#define AGENT_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* A picture as rows of pixels, reduced and turned; the part of photos that needs no library. */
struct pixels {
	unsigned width, height, channels; /* 1 grey, 3 colours */
	uint8_t *data;                    /* width * height * channels bytes, rows from the top */
};

/** Rows that come in one after another, averaged into a smaller picture. */
struct shrink {
	struct pixels *to;
	unsigned width, height;           /* of what comes in */
	unsigned row, out;                /* rows taken, rows made */
	uint64_t *sum;
};

/** shrink_begin(s, to, width, height, channels, long_side): make room in ${to} for ${width} x ${height} with its longer side at most ${long_side}, never enlarged.  0 (then shrink_end and pixels_free), or -1: out of memory, or a side is 0. */
int shrink_begin(struct shrink *s, struct pixels *to, unsigned width, unsigned height, unsigned channels, unsigned long_side);

/** shrink_row(s, row): take the next row (width * channels bytes); more than ${height} are passed over. */
void shrink_row(struct shrink *s, const uint8_t *row);

/** shrink_end(s): release what it worked with, not the picture. */
void shrink_end(struct shrink *s);

/** pixels_turn(p, orientation): as EXIF's orientation 1 to 8 says the picture is to be looked at; others change nothing.  0, or -1 if out of memory. */
int pixels_turn(struct pixels *p, unsigned orientation);

/** pixels_free(p): release and leave empty. */
void pixels_free(struct pixels *p);

/** pixels_orientation(p, n): the orientation that an EXIF segment ("Exif", two zero bytes, TIFF) states, 1 to 8; 1 when it states none or is malformed. */
unsigned pixels_orientation(const uint8_t *p, size_t n);

#endif
