#include <stdlib.h>

#include "county/report/fold_internal.h"

/* Open addressing; hashes come from SHA-256, so that nobody can make them collide. */

static struct map_slot *
seek(const struct fold_map *m, uint64_t hash, int (*same)(const void *item, const void *key), const void *key)
{
	size_t i = (size_t)hash & (m->room - 1);

	while (m->slot[i].item != NULL && (m->slot[i].hash != hash || !same(m->slot[i].item, key)))
		i = (i + 1) & (m->room - 1);
	return &m->slot[i];
}

static int
never(const void *item, const void *key)
{
	(void)item;
	(void)key;
	return 0;
}

static int
grow(struct fold_map *m)
{
	struct fold_map old = *m;

	m->room = old.room ? 2 * old.room : 64;
	if ((m->slot = calloc(m->room, sizeof(*m->slot))) == NULL) {
		*m = old;
		return -1;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i].item != NULL)
			*seek(m, old.slot[i].hash, never, NULL) = old.slot[i];
	free(old.slot);
	return 0;
}

void *
map_get(const struct fold_map *m, uint64_t hash, int (*same)(const void *item, const void *key), const void *key)
{
	return m->room ? seek(m, hash, same, key)->item : NULL;
}

int
map_put(struct fold_map *m, uint64_t hash, void *item)
{
	if (4 * m->n >= 3 * m->room && grow(m) != 0)
		return -1;
	*seek(m, hash, never, NULL) = (struct map_slot){ hash, item };
	m->n++;
	return 0;
}

void
map_free(struct fold_map *m, void (*release)(void *item))
{
	for (size_t i = 0; release != NULL && i < m->room; i++)
		release(m->slot[i].item);
	free(m->slot);
	*m = (struct fold_map){ 0 };
}
