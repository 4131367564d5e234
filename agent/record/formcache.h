#ifndef AGENT_FORMCACHE_H
#define AGENT_FORMCACHE_H

#include <stdint.h>

#include "crypto/hash.h"
#include "forms/form.h"

/**
 * Large forms stay parsed for a while: one of 100,000 choices takes half a
 * second of processor to read, and a page asks for it with every answer.  They
 * are found by the SHA-256 of their bytes, so what is found is what was
 * published, whatever happens to the journal meanwhile.
 *
 * A form is not changed after form_parse() and its hash: that is why it can be
 * shared, and why it is handed out const.  What libxml2 keeps in a compiled
 * expression while it runs (the functions that it has looked up) is the same
 * for everybody, but not safe in two threads at once: expressions are run with
 * agent_lock() held.  The functions here may be called from any thread.
 */

#define FORMCACHE_LEAST (64U << 10)           /* bytes of XML: a smaller one is read in a millisecond */
#define FORMCACHE_COUNT 4                     /* forms kept that nobody uses */
#define FORMCACHE_BYTES FORM_BYTES_MAX        /* and their XML together; parsed they take some three times as much */
#define FORMCACHE_IDLE_MS INT64_C(120000)     /* not used for so long: given back by rest_now() */

/** formcache_find(hash): the form of that hash if it is here, else NULL.  Release with formcache_drop(). */
const struct form *formcache_find(const uint8_t hash[HASH_LEN]);

/** formcache_form(hash, xml, n, e): the same, else read from its bytes, its hash filled in; kept when it is large and the bytes are those of ${hash}.  NULL when it is no form.  Release with formcache_drop(). */
const struct form *formcache_form(const uint8_t hash[HASH_LEN], const void *xml, size_t n, struct err *e);

/** formcache_drop(f): a form of this module is not used any more; NULL is allowed. */
void formcache_drop(const struct form *f);

/** formcache_rest(ms): free what nobody has used for ${ms}; 0: all that is not in use. */
void formcache_rest(int64_t ms);

/** formcache_kept(): how many are kept, in use or not. */
size_t formcache_kept(void);

#endif
