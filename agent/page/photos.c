#include "agent/page/photos.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/admit.h"
#include "agent/page/fields.h"
#include "base/enc.h"
#include "base/log.h"

static const struct { const char *rule, *text; } texts[] = {
	{ "photo-png", N_("This is a picture of the screen or of a program (PNG). Send a photo as the camera makes it (JPEG).") },
	{ "photo-heic", N_("The phone keeps photos in a form of its own (HEIC). Set its camera to JPEG, often called most compatible, and take the photo again.") },
	{ "photo-other", N_("This is no photo (JPEG).") },
	{ "photo-damaged", N_("The photo is damaged, or too large to be read here.") },
	{ "photo-full", N_("This device is short of room: photos are not taken until some is freed. Record without, and add the photo by a correction later.") },
	{ "photo-many", N_("Too many photos at once; send the others after these.") },
};

const char *
photos_words(const struct page_call *c, const char *rule)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].rule, rule) == 0)
			return tr(c->lang, texts[i].text);
	return NULL;
}

static const char *
reduce(const struct formfield *x, struct buf *out)
{
	static const char *const rules[] = { NULL, "photo-png", "photo-heic", "photo-other" };
	enum photo_kind kind = photo_kind(x->value, x->len);
	struct err e = { "" };

	if (kind != PHOTO_JPEG)
		return rules[kind];
	if (photo_reduce(out, x->value, x->len, PHOTO_SIDE, &e) == 0)
		return NULL;
	log_msg(LOG_WARN, "page: %s", e.text);
	return "photo-damaged";
}

void
photos_take(const struct page_call *c, struct photos *ph)
{
	const struct formfield *x;
	size_t i, n = strlen(FIELDS_NAME);

	memset(ph, 0, sizeof(*ph));
	for (i = 0; i < c->form->n; i++) {
		x = &c->form->field[i];
		if (!x->is_file || x->len == 0 || strncmp(x->name, FIELDS_NAME, n) != 0 || strlen(x->name) - n >= sizeof(ph->photo[0].path))
			continue;
		if (ph->n == PHOTOS_MAX) {
			ph->photo[PHOTOS_MAX - 1].rule = "photo-many";
			break;
		}
		(void)strcpy(ph->photo[ph->n].path, x->name + n);
		buf_init(&ph->photo[ph->n].bytes, PHOTO_MAX);
		ph->photo[ph->n].rule = reduce(x, &ph->photo[ph->n].bytes);
		ph->n++;
	}
}

void
photos_free(struct photos *ph)
{
	size_t i;

	for (i = 0; i < ph->n; i++)
		buf_free(&ph->photo[i].bytes);
	ph->n = 0;
}

int
photos_keep(struct page_call *c, struct photos *ph, struct filling *fl, struct err *e)
{
	const struct form_field *f;
	char hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	size_t i;

	for (i = 0; i < ph->n; i++) {
		f = filling_field(fl, ph->photo[i].path);
		if (ph->photo[i].rule != NULL || f == NULL || f->type != FIELD_BINARY)
			continue;
		if (admit_photo(c->ag, e) != 0) {
			log_msg(LOG_WARN, "page: %s", e->text);
			ph->photo[i].rule = "photo-full";
			continue;
		}
		if (journal_attachment_put(c->ag->j, ph->photo[i].bytes.data, ph->photo[i].bytes.len, hash, e) != 0)
			return -1;
		enc_hex(hex, hash, HASH_LEN);
		if (strcmp(filling_get(fl, ph->photo[i].path), hex) != 0)
			filling_forget(c->ag, fl, ph->photo[i].path);
		if (filling_set(fl, ph->photo[i].path, hex) != 0)
			return err_set(e, "out of memory");
	}
	return 0;
}

void
photos_send(struct page_call *c, const char *hex, unsigned side)
{
	uint8_t hash[HASH_LEN];
	struct buf bytes, small;
	struct err e = { "" };

	buf_init(&bytes, PHOTO_MAX);
	buf_init(&small, PHOTO_MAX);
	if (dec_hex(hash, HASH_LEN, hex, strlen(hex)) != 0 || journal_attachment_get(c->ag->j, hash, &bytes, &e) != 0) {
		page_error(c, 404, tr(c->lang, "There is no such photo here."));
	} else if (side > 0 && photo_reduce(&small, bytes.data, bytes.len, side, &e) != 0) {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, tr(c->lang, "The photo is damaged, or too large to be read here."));
	} else {
		buf_reset(c->b);
		(void)buf_put(c->b, side > 0 ? small.data : bytes.data, side > 0 ? small.len : bytes.len);
		c->res->type = "image/jpeg";
	}
	buf_free(&bytes);
	buf_free(&small);
}
