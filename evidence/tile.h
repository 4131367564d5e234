#ifndef EVIDENCE_TILE_H
#define EVIDENCE_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "evidence/tree.h"

/* C2SP tlog-tiles: paths and contents, tiles of height 8. */

#define TILE_WIDTH 256
#define TILE_LEAF_MAX 65535 /* bytes of one leaf in an entry bundle */

/** tile_path(out, size, level, index, width): "tile/L/N[.p/W]" ("tile/entries/N[.p/W]" when level is -1) for a tile of ${width} 1 to 256.  0, or -1 if it does not fit. */
int tile_path(char *out, size_t size, int level, uint64_t index, unsigned width);

/** tile_path_parse(path, level, index, width): the reverse, strict (the only spelling of each tile).  0 or -1. */
int tile_path_parse(const char *path, int *level, uint64_t *index, unsigned *width);

/** tile_width(size, level, index): how many hashes tile ${index} of ${level} (0 for entries too) has in a tree of ${size}: 0 to 256. */
unsigned tile_width(uint64_t size, unsigned level, uint64_t index);

/** tile_put_leaf(b, leaf, n): append one leaf to an entry bundle: length as big-endian u16, then the bytes.  0 or -1. */
int tile_put_leaf(struct buf *b, const void *leaf, size_t n);

/** tile_get_leaf(p, end, leaf, n): read the next leaf of a bundle; the bytes used, or 0 if cut. */
size_t tile_get_leaf(const uint8_t *p, const uint8_t *end, const uint8_t **leaf, size_t *n);

#endif
