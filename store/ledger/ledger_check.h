#ifndef STORE_LEDGER_CHECK_H
#define STORE_LEDGER_CHECK_H

#include "evidence/keys.h"
#include "evidence/leaf.h"
#include "store/ledger/ledger_impl.h"

/* For store/ledger_check*.c only. */

typedef void ledger_finding(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail);

struct check {
	struct ledger *l;
	ledger_finding *cb;
	void *ctx;
	int found;
	struct tree_edge edge;     /* of the leaves seen so far */
	int broken;                /* a leaf or node was wrong: roots above it say nothing more */
	uint64_t received;         /* of the last entry's leaf */
	int has_log;
	struct county_keys keys;   /* from the log's own record */
};

/* Columns of LQ_CHECK_EACH. */
enum check_column {
	CHECK_INDEX, CHECK_DATA, CHECK_NODES, CHECK_HASH, CHECK_DEVICE, CHECK_EPOCH, CHECK_SEQ, CHECK_HEADER, CHECK_PAYLOAD,
	CHECK_SALT, CHECK_PERSONAL, CHECK_ERASED, CHECK_KEY
};

/** check_tell(c, code, le, fmt, ...): one finding, about the entry of leaf ${le} or (NULL) the log. */
void check_tell(struct check *c, const char *code, const struct leaf_entry *le, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** check_entry(c, r, le): an entry's row against its leaf. */
void check_entry(struct check *c, struct rows *r, const struct leaf_entry *le);

/** check_record(c, r): a record's leaf, and what the tables took from it. */
void check_record(struct check *c, struct rows *r);

#endif
