#include <stdlib.h>
#include <string.h>

#include "audit/item.h"
#include "audit/shape.h"
#include "base/enc.h"

/* What an entry commits to beside its header. */

#define ATT_PATH "attachments/"

static void
payload(struct work *w, struct item *it)
{
	struct field p = it->raw.payload;
	struct epoch_open o;
	struct err e;
	int bad_key;

	if (entry_payload_ok(&it->h, p.p, p.len, &e) != 0 || shape_check(&it->h, p.p, p.len, &e) != 0) {
		work_found(w, BAD_PAYLOAD, &it->at, it->k, "%s", e.text);
		return;
	}
	if (!item_is(it, "epoch-open"))
		return;
	if (epoch_open_parse(&o, p.p, p.len, it->h.epoch, &e) != 0) {
		static const uint8_t zero[KEY_LEN];

		bad_key = memcmp(o.key, zero, KEY_LEN) != 0 && !key_ok(o.key);
		work_found(w, bad_key ? BAD_KEY : BAD_PAYLOAD, &it->at, it->k, "%s", e.text);
	} else if (it->h.epoch == 1 && strcmp(o.place, it->h.place) != 0) {
		work_found(w, BAD_PAYLOAD, &it->at, it->k, "epoch-open: its place is not the header's");
	}
}

/* Erased, as far as the records tell. */
static int
is_erased(const struct work *w, const struct item *it)
{
	return it->k != MAP_NONE && (known_at(w, it->k)->flags & KNOWN_ERASED) != 0;
}

static void
personal(struct work *w, const struct half *h, struct item *it)
{
	struct err e;
	int is_code = strcmp(it->h.kind, "reset-code") == 0; /* whose personal part is in no export */

	if (it->has_personal) {
		if (is_code)
			work_found(w, BAD_EXPORT, &it->at, it->k, "%sa device's code, which no export holds", h->label);
		if (entry_personal_ok(&it->h, it->salt, it->personal.p, it->personal.len, &e) != 0)
			work_found(w, BAD_PERSONAL, &it->at, it->k, "%s", e.text);
		if (is_erased(w, it))
			work_found(w, BAD_ERASURE, &it->at, it->k, "its personal part was erased and is there");
		if (h->has_manifest && !h->m.personal)
			work_found(w, BAD_EXPORT, &it->at, it->k, "%sa personal part in an export that says they are withheld", h->label);
	} else if (it->h.personal_len > 0 && !is_code && !h->village && h->has_manifest && h->m.personal && !is_erased(w, it)) {
		work_found(w, BAD_ERASURE, &it->at, it->k, "its personal part is absent and no record erased it");
	}
}

/* An attachment of an erased entry that is there, unless another entry needs it: judged when all were seen. */
static void
left_over(struct work *w, struct file *f, uint32_t k)
{
	struct left_over *left = array_grow(w, w->left, w->nleft, sizeof(*left));

	if (left == NULL)
		return;
	w->left = left;
	w->left[w->nleft++] = (struct left_over){ f, k };
}

static void
attachment(struct work *w, struct half *h, struct item *it, const struct attachment *a)
{
	char path[sizeof(ATT_PATH) + 2 * HASH_LEN] = ATT_PATH;
	int erased = a->personal && is_erased(w, it);
	struct file *f;

	enc_hex(path + sizeof(ATT_PATH) - 1, a->hash, HASH_LEN);
	if ((f = half_find(h, path)) == NULL) {
		if (!h->village && !erased && !(a->personal && h->has_manifest && !h->m.personal))
			work_found(w, MISSING_ATTACHMENT, &it->at, it->k, "%s", path);
		return;
	}
	if (erased)
		left_over(w, f, it->k);
	else
		f->used = 1;
	if (half_sum(h, f) == 0 && (memcmp(f->got, a->hash, HASH_LEN) != 0 || f->size != a->len))
		work_found(w, BAD_ATTACHMENT, &it->at, it->k, "%s: other bytes", path);
}

void
item_content(struct work *w, struct half *h, struct item *it)
{
	payload(w, it);
	personal(w, h, it);
	if (it->h.has_form && !h->village && map_add(&w->forms, it->h.form_hash) == MAP_NONE)
		w->oom = 1;
	for (size_t i = 0; i < it->h.natt; i++)
		attachment(w, h, it, &it->h.att[i]);
}
