#ifndef EVIDENCE_EXPORT_TILES_H
#define EVIDENCE_EXPORT_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/tile.h"
#include "evidence/tree.h"

/* All tiles and entry bundles of a tree (C2SP tlog-tiles), made as its leaves come, in constant memory. */

#define EXPORT_TILES_LEVELS 8 /* 256^8 leaves */

struct export_tiles {
	int (*put)(void *ctx, const char *path, const void *p, size_t n, struct err *e);
	void *ctx;
	struct tree_edge edge;
	struct buf bundle;  /* the leaves of the newest entry bundle */
	struct {
		uint64_t index; /* of the tile that is being filled */
		unsigned width; /* hashes in it so far, 0 to 255 between calls */
		uint8_t hash[TILE_WIDTH * HASH_LEN];
	} level[EXPORT_TILES_LEVELS];
};

/** export_tiles_init(t, put, ctx): an empty tree; ${put} is called with each finished file's path ("log/tile/...") and content, 0 or -1. */
void export_tiles_init(struct export_tiles *t, int (*put)(void *ctx, const char *path, const void *p, size_t n, struct err *e), void *ctx);

/** export_tiles_add(t, leaf, n, e): the next leaf.  0 or -1. */
int export_tiles_add(struct export_tiles *t, const void *leaf, size_t n, struct err *e);

/** export_tiles_end(t, e): put the partial tiles; nothing may be added behind them.  0 or -1. */
int export_tiles_end(struct export_tiles *t, struct err *e);

/** export_tiles_free(t): release the memory. */
void export_tiles_free(struct export_tiles *t);

#endif
