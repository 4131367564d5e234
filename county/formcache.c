#include "county/formcache.h"

#include <stdlib.h>
#include <string.h>

void
formcache_init(struct formcache *fc)
{
	*fc = (struct formcache){ NULL, 0 };
}

void
formcache_free(struct formcache *fc)
{
	size_t i;

	for (i = 0; i < fc->n; i++)
		form_free(fc->form[i].f);
	free(fc->form);
	formcache_init(fc);
}

const struct form *
formcache_get(struct formcache *fc, struct ledger *l, const uint8_t hash[HASH_LEN])
{
	struct formcache_form *more;
	struct form *f = NULL;
	struct buf xml;
	size_t i;

	for (i = 0; i < fc->n; i++)
		if (memcmp(fc->form[i].hash, hash, HASH_LEN) == 0)
			return fc->form[i].f;
	if ((more = reallocarray(fc->form, fc->n + 1, sizeof(*more))) == NULL)
		return NULL;
	fc->form = more;
	buf_init(&xml, FORM_BYTES_MAX);
	if (ledger_form_body(l, hash, &xml) == 1 && (f = form_parse(xml.data, xml.len, NULL)) != NULL)
		memcpy(f->hash, hash, HASH_LEN);
	buf_free(&xml);
	memcpy(fc->form[fc->n].hash, hash, HASH_LEN);
	fc->form[fc->n++].f = f;
	return f;
}
