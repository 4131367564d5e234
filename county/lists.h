#ifndef COUNTY_LISTS_H
#define COUNTY_LISTS_H

#include "base/json.h"
#include "forms/form.h"
#include "store/ledger.h"

/**
 * The lists from outside that the county has when it judges an entry
 * (docs/forms.md, "Lists from outside"): the files published beside the form,
 * and places.  What only a device knows (roster, subjects, last) is not
 * served, so nothing that looks at it is judged.
 */
struct lists {
	struct ledger *l;
	const struct form *f;
	const struct ledger_entry *x; /* the entry that is judged */
	const cJSON *payload;
};

/** lists_rows(ctx, id, src): form_env.rows; ${ctx} is a struct lists. */
cJSON *lists_rows(void *ctx, const char *id, const char *src);

/** lists_keep(l, m, p, len, e): keep the bytes of one of a form's files.  0 (durable); 1 when they are not those that the form names, or can be no rows; -1. */
int lists_keep(struct ledger *l, const struct form_media *m, const void *p, size_t len, struct err *e);

/** lists_note(l, f, e): write down which files go with the form of ${f}->hash, for those who cannot read forms (bundles).  Durable on 0; -1. */
int lists_note(struct ledger *l, const struct form *f, struct err *e);

#endif
