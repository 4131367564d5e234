/* An entry bundle is put together again as it was taken apart; the first line is also read as a tile's path, which has one spelling. */
#include <stdio.h>
#include <string.h>

#include "evidence/tile.h"
#include "tests/fuzz/fuzz.h"

static void
judge_path(const uint8_t *p, size_t n)
{
	char path[128], again[128];
	unsigned width;
	uint64_t index;
	int level;

	(void)snprintf(path, sizeof(path), "%.*s", (int)(n < sizeof(path) ? n : sizeof(path) - 1), (const char *)p);
	path[strcspn(path, "\n")] = '\0';
	if (tile_path_parse(path, &level, &index, &width))
		return;
	fuzz_must(tile_path(again, sizeof(again), level, index, width) == 0 && strcmp(path, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *at = p, *end = p + n, *leaf;
	struct buf b;
	size_t used, len;

	judge_path(p, n);
	buf_init(&b, n);
	while (at < end && (used = tile_get_leaf(at, end, &leaf, &len)) > 0) {
		fuzz_must(used <= (size_t)(end - at) && leaf >= at && leaf + len == at + used);
		fuzz_must(tile_put_leaf(&b, leaf, len) == 0);
		at += used;
	}
	fuzz_same(&b, p, (size_t)(at - p));
	return 0;
}
