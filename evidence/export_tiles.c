#include "evidence/export_tiles.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_TILE 96

void
export_tiles_init(struct export_tiles *t, int (*put)(void *ctx, const char *path, const void *p, size_t n, struct err *e), void *ctx)
{
	memset(t, 0, sizeof(*t));
	t->put = put;
	t->ctx = ctx;
	tree_edge_init(&t->edge);
	buf_init(&t->bundle, TILE_WIDTH * (TILE_LEAF_MAX + 2));
}

static int
put_file(struct export_tiles *t, int level, uint64_t index, unsigned width, const void *p, size_t n, struct err *e)
{
	char tile[PATH_MAX_TILE], path[PATH_MAX_TILE + 4];

	if (tile_path(tile, sizeof(tile), level, index, width) != 0)
		return err_set(e, "export: no path for tile %d/%llu", level, (unsigned long long)index);
	(void)snprintf(path, sizeof(path), "log/%s", tile);
	return t->put(t->ctx, path, p, n, e);
}

/* What is in the tile of ${level}, and at level 0 in the bundle beside it. */
static int
put_tile(struct export_tiles *t, unsigned level, struct err *e)
{
	uint64_t index = t->level[level].index;
	unsigned width = t->level[level].width;

	if (put_file(t, (int)level, index, width, t->level[level].hash, width * HASH_LEN, e) != 0)
		return -1;
	return level > 0 ? 0 : put_file(t, -1, index, width, t->bundle.data, t->bundle.len, e);
}

int
export_tiles_add(struct export_tiles *t, const void *leaf, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (tile_put_leaf(&t->bundle, leaf, n) != 0)
		return err_set(e, "export: leaf %llu is longer than %d bytes, or out of memory", (unsigned long long)t->edge.size, TILE_LEAF_MAX);
	tree_leaf_hash(hash, leaf, n);
	tree_edge_add(&t->edge, hash);
	/* a full tile is put, and its root is the next hash one level up */
	for (unsigned l = 0; l < EXPORT_TILES_LEVELS; l++) {
		memcpy(t->level[l].hash + t->level[l].width++ * HASH_LEN, hash, HASH_LEN);
		if (t->level[l].width < TILE_WIDTH)
			return 0;
		if (put_tile(t, l, e) != 0)
			return -1;
		if (l == 0)
			buf_reset(&t->bundle);
		tree_root(hash, t->level[l].hash, TILE_WIDTH);
		t->level[l].index++;
		t->level[l].width = 0;
	}
	return 0;
}

int
export_tiles_end(struct export_tiles *t, struct err *e)
{
	for (unsigned l = 0; l < EXPORT_TILES_LEVELS; l++)
		if (t->level[l].width > 0 && put_tile(t, l, e) != 0)
			return -1;
	return 0;
}

void
export_tiles_free(struct export_tiles *t)
{
	buf_free(&t->bundle);
}
