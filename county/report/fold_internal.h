#ifndef COUNTY_FOLD_INTERNAL_H
#define COUNTY_FOLD_INTERNAL_H

#include "county/report/fold.h"

/* Between the files of the fold; nobody else includes this. */

/* Items by hash (county/report/fold_map.c). */

struct fold_map {
	struct map_slot { uint64_t hash; void *item; } *slot;
	size_t room, n;
};

/** map_get(m, hash, same, key): the item of that hash for which ${same} says 1, or NULL. */
void *map_get(const struct fold_map *m, uint64_t hash, int (*same)(const void *item, const void *key), const void *key);

/** map_put(m, hash, item): add an item (not NULL) that is not there yet.  0 or -1. */
int map_put(struct fold_map *m, uint64_t hash, void *item);

/** map_free(m, release): release the map, and each item unless ${release} is NULL. */
void map_free(struct fold_map *m, void (*release)(void *item));

/* Which entry takes which one's place (county/report/fold_edges.c). */

enum edge_state {
	EDGE_OPEN,
	EDGE_COUNTS,  /* a correction that stands, or whose own successor does */
	EDGE_TAKES,   /* a withdrawal that stands */
	EDGE_EMPTY,   /* a correction that was withdrawn itself */
	EDGE_VOID     /* parked, returned, or a withdrawal that was withdrawn */
};

struct fold_edge {
	uint8_t from[HASH_LEN], to[HASH_LEN];
	uint64_t index;            /* of ${from} in the log */
	uint8_t withdrawal, out;
	uint8_t wins;              /* of all that supersede ${to}, this one counts */
	enum edge_state state;
	size_t pending;
};

struct fold_edges {
	struct fold_edge *e;       /* once settled: by to, index */
	size_t *by_from;
	size_t n, room;
};

/** edges_add(t, x, out): remember the correction or withdrawal ${x}; ${out}: it has no effect of its own.  0 or -1. */
int edges_add(struct fold_edges *t, const struct ledger_entry *x, int out);

/** edges_settle(t): decide, once all were added.  0 or -1. */
int edges_settle(struct fold_edges *t);

/** edges_superseded(t, hash, rivals): 1 when something stands in the entry's place or took it out, else 0; *${rivals} = how many compete for that. */
int edges_superseded(const struct fold_edges *t, const uint8_t hash[HASH_LEN], size_t *rivals);

/** edges_rival(t, hash, i): of the standing ones that compete for the entry's place the ${i}-th, in the order of the log (the first counts), or NULL. */
const uint8_t *edges_rival(const struct fold_edges *t, const uint8_t hash[HASH_LEN], size_t i);

/** edges_wins(t, hash): 0 when the entry descends from a correction that lost to an earlier one, else 1. */
int edges_wins(const struct fold_edges *t, const uint8_t hash[HASH_LEN]);

/** edges_free(t): release. */
void edges_free(struct fold_edges *t);

/* How entries stood at a size of the log (county/report/fold_marks.c). */

struct fold_marks {
	struct fold_map by_entry;
	uint64_t at;
	int loaded;
};

struct standing {
	int parked, returned, erased;
	uint64_t accepted;         /* MS of the last review that accepted it; 0 none.  Only where marks were loaded. */
};

/** marks_load(m, l, at): read reviews, late records and erasures below ${at}.  0 or -1.  Without it an entry stands as the ledger says now. */
int marks_load(struct fold_marks *m, struct ledger *l, uint64_t at);

/** marks_of(m, x, s): how the entry stands. */
void marks_of(const struct fold_marks *m, const struct ledger_entry *x, struct standing *s);

/** marks_free(m): release. */
void marks_free(struct fold_marks *m);

/* Answers as texts (county/report/fold_text.c). */

/** text_of_answer(m, out): an answer as text: its own string, a whole number printed into ${out}, or "". */
const char *text_of_answer(const cJSON *m, char out[32]);

/** text_set(texts, at, path, set): put the numbers of all answers at a path below ${at} into *${set} (how many, then they; to be freed), through groups, repeats and selects.  0, or -1 if out of memory. */
int text_set(struct fold_map *texts, const cJSON *at, const char *path, uint32_t **set);

/** text_keys(texts): by number, a key of each text that is the same in every fold (of its SHA-256); to be freed.  NULL if out of memory. */
int64_t *text_keys(const struct fold_map *texts);

/* What is kept of a subject (county/report/fold_slot.c). */

#define INDEX_BITS 40 /* of an order; above them the day observed */

/** slots_make(f): the slots of ${f}->f.  0 or -1. */
int slots_make(struct fold_form *f);

/** slots_take(f, s, root, order): an entry that counts states what ${root} holds, from ${order} on.  0, or -1 if out of memory. */
int slots_take(struct fold_form *f, struct fold_subject *s, const cJSON *root, uint64_t order);

/** slots_free(f): release the slots; slots_drop(f, s): what the subject holds in them. */
void slots_free(struct fold_form *f);
void slots_drop(const struct fold_form *f, struct fold_subject *s);

/* Forms (county/report/fold_form.c). */

struct plan;

struct fold_version {
	uint8_t hash[HASH_LEN];
	char id[ID_MAX + 1];
	struct form *f;
	struct fold_form *of;
	const char *date, *fund;   /* names of the root's fields, or NULL */
	const struct form_field *groups; /* who a subject belongs to, or NULL */
};

struct fold_forms {
	struct fold_version *v;    /* by log index */
	size_t nv, room;
	struct fold_form **form;
	size_t n, form_room;
	size_t last;
	const struct plan *plan;   /* or NULL */
	uint64_t at;
	const char *only;
	int groups;
};

/** forms_load(t, l, at, p, e): all versions published below ${at} (of the one form that ${p} names, if any), and where it asks for them their target groups.  0 or -1. */
int forms_load(struct fold_forms *t, struct ledger *l, uint64_t at, const struct fold_params *p, struct err *e);

/** forms_version(t, hash): the version, or NULL when it is not known. */
const struct fold_version *forms_version(struct fold_forms *t, const uint8_t hash[HASH_LEN]);

/** forms_named(t, id): the form of that id, begun here if need be; NULL if out of memory. */
struct fold_form *forms_named(struct fold_forms *t, const char *id);

/** forms_choice(c, value): index of the choice, or -1. */
int forms_choice(const struct fold_choices *c, const char *value);

#define FOLD_ID_MAX ID_MAX

/** forms_subject(f, id): the form's subject of that id (at most FOLD_ID_MAX bytes), begun here if need be; NULL if out of memory. */
struct fold_subject *forms_subject(struct fold_form *f, const char *id);

/** forms_free(t): release. */
void forms_free(struct fold_forms *t);

#endif
