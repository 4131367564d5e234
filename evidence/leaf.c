#include "evidence/leaf.h"

#include <string.h>

#include "base/enc.h"
#include "evidence/value.h"

#define LEAF_ENTRY 0x01
#define LEAF_RECORD 0x02
#define ALONE 0x01
#define WITH_PERSON 0x02

int
leaf_entry_print(struct buf *b, const struct leaf_entry *l)
{
	(void)buf_putc(b, LEAF_ENTRY);
	(void)buf_putc(b, l->has_person ? WITH_PERSON : ALONE);
	(void)buf_put(b, l->entry, HASH_LEN);
	(void)buf_put(b, l->sig, SIG_LEN);
	(void)buf_put(b, l->device, HASH_LEN);
	(void)buf_be(b, l->epoch, 4);
	(void)buf_be(b, l->seq, 8);
	(void)buf_be(b, l->received, 8);
	if (l->has_person)
		(void)buf_put(b, l->person, SIG_LEN);
	return buf_ok(b) ? 0 : -1;
}

int
leaf_entry_parse(struct leaf_entry *l, const void *p, size_t n)
{
	const uint8_t *at = p;

	if (n < 2 || at[0] != LEAF_ENTRY)
		return -1;
	if (!(at[1] == ALONE && n == LEAF_ENTRY_LEN) && !(at[1] == WITH_PERSON && n == LEAF_ENTRY_PERSON_LEN))
		return -1;
	memset(l, 0, sizeof(*l));
	l->has_person = at[1] == WITH_PERSON;
	at += 2;
	memcpy(l->entry, at, HASH_LEN);
	at += HASH_LEN;
	memcpy(l->sig, at, SIG_LEN);
	at += SIG_LEN;
	memcpy(l->device, at, HASH_LEN);
	at += HASH_LEN;
	l->epoch = (uint32_t)dec_be(at, 4);
	l->seq = dec_be(at + 4, 8);
	l->received = dec_be(at + 12, 8);
	if (l->has_person)
		memcpy(l->person, at + 20, SIG_LEN);
	/* numbers that no entry can have */
	return l->epoch >= 1 && l->seq <= VALUE_INT_MAX && l->received <= VALUE_INT_MAX ? 0 : -1;
}

int
leaf_is_record(const void *p, size_t n)
{
	const uint8_t *at = p;

	return n > 1 && n <= LEAF_MAX && at[0] == LEAF_RECORD;
}
