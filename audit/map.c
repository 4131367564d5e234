#include "audit/map.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sign.h"

#define FIRST_SLOTS 64
#define ITEMS_MAX (UINT32_C(1) << 31)

void
map_init(struct map *m, size_t size)
{
	memset(m, 0, sizeof(*m));
	m->size = size;
	random_bytes(m->mix, sizeof(m->mix));
}

void
map_free(struct map *m)
{
	size_t size = m->size;

	free(m->item);
	free(m->slot);
	map_init(m, size);
}

void *
map_at(const struct map *m, uint32_t i)
{
	return m->item + (size_t)i * m->size;
}

static uint64_t
first_slot(const struct map *m, const uint8_t key[32])
{
	uint64_t h = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t word;

		memcpy(&word, key + 8 * i, sizeof(word));
		h += (word ^ (word >> 32)) * (m->mix[i] | 1);
	}
	return (h >> 20) & (m->nslots - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static uint64_t
find_slot(const struct map *m, const uint8_t key[32])
{
	uint64_t s = first_slot(m, key);

	while (m->slot[s] != 0 && memcmp(map_at(m, m->slot[s] - 1), key, 32) != 0)
		s = (s + 1) & (m->nslots - 1);
	return s;
}

uint32_t
map_find(const struct map *m, const uint8_t key[32])
{
	uint64_t s;

	if (m->nslots == 0)
		return MAP_NONE;
	s = find_slot(m, key);
	return m->slot[s] ? m->slot[s] - 1 : MAP_NONE;
}

void *
map_get(const struct map *m, const uint8_t key[32])
{
	uint32_t i = map_find(m, key);

	return i == MAP_NONE ? NULL : map_at(m, i);
}

static int
grow_slots(struct map *m)
{
	uint64_t nslots = m->nslots ? 2 * m->nslots : FIRST_SLOTS;
	uint32_t *old = m->slot, *slot = calloc(nslots, sizeof(*slot));

	if (slot == NULL)
		return -1;
	m->slot = slot;
	m->nslots = nslots;
	for (uint32_t i = 0; i < m->n; i++)
		slot[find_slot(m, map_at(m, i))] = i + 1;
	free(old);
	return 0;
}

static int
grow_items(struct map *m)
{
	uint32_t cap = m->cap ? 2 * m->cap : FIRST_SLOTS / 2;
	uint8_t *item;

	if (m->cap >= ITEMS_MAX || (item = reallocarray(m->item, cap, m->size)) == NULL)
		return -1;
	m->item = item;
	m->cap = cap;
	return 0;
}

uint32_t
map_add(struct map *m, const uint8_t key[32])
{
	uint64_t s;

	if ((m->nslots == 0 || m->n >= m->nslots / 4 * 3) && grow_slots(m) != 0)
		return MAP_NONE;
	s = find_slot(m, key);
	if (m->slot[s] != 0)
		return m->slot[s] - 1;
	if (m->n == m->cap && grow_items(m) != 0)
		return MAP_NONE;
	memset(map_at(m, m->n), 0, m->size);
	memcpy(map_at(m, m->n), key, 32);
	m->slot[s] = ++m->n;
	return m->n - 1;
}
