#ifndef STORE_LEDGER_MIRROR_H
#define STORE_LEDGER_MIRROR_H

#include "store/ledger/ledger_impl.h"
#include "store/ledger/mirror.h"

/*
 * What a mirror's batches hold (docs/format.md 17): items of kind u8, length
 * u32, bytes.  For store/ledger/ledger_mirror.c and store/ledger/ledger_replay.c.
 */
enum mirror_item {
	MIRROR_BODY = 1, /* a form's or dictionary's bytes, before the record that names them */
	MIRROR_LEAF,     /* a leaf's bytes */
	MIRROR_ENTRY,    /* behind an entry's leaf: header, payload (u32 length each), subject, late (u8 length each) */
	MIRROR_NOTE      /* behind the leaf that completes its tree: a checkpoint note */
};

/* In a box: a record's salted texts; an entry's is salt16 || JSON. */
#define MIRROR_SALTED_HEAD (HASH_LEN + ENTRY_SALT_LEN + 4)

#endif
