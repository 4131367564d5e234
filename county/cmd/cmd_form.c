#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/lists.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "forms/media.h"

struct publish {
	const struct args *a;
	struct office *o;
	struct buf out;
};

static void
told(struct publish *p, const char *id, const char *version, const uint8_t hash[HASH_LEN], const char *state)
{
	if (p->a->json) {
		json_begin(&p->out);
		json_put_str(&p->out, "form", id);
		json_put_str(&p->out, "version", version);
		json_put_hex(&p->out, "hash", hash, HASH_LEN);
		json_put_str(&p->out, "state", state);
		json_end(&p->out);
		return;
	}
	(void)buf_printf(&p->out, "%s %s ", id, version);
	(void)buf_hex(&p->out, hash, HASH_LEN);
	(void)buf_printf(&p->out, " %s\n", state);
}

/* Append the form's record, its bytes kept first. */
static int
record_form_of(struct office *o, const struct form *f, const struct buf *xml, struct err *e)
{
	struct buf b;

	if (ledger_form_add(o->c.l, f->hash, xml->data, xml->len, e) != 0)
		return -1;
	office_begin(o, &b, RECORD_FORM);
	(void)buf_printf(&b, "form %s %s ", f->id, f->version);
	(void)buf_hex(&b, f->hash, HASH_LEN);
	(void)buf_puts(&b, "\nstate published\n");
	return office_append(o, &b, NULL, NULL, e);
}

/* A file that --media names, by its name without folders; NULL when there is none. */
static const char *
media_path(const struct args *a, const char *name)
{
	const char *path, *base;
	size_t i;

	for (i = 0; i < opt_count(a, "media"); i++) {
		path = opt_nth(a, "media", i);
		base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
		if (strcmp(base, name) == 0)
			return path;
	}
	return NULL;
}

/* The files that the form names, kept before its record is made; those that the county holds already need not come again.  0; 1 refused; -1. */
static int
keep_media(struct publish *p, const char *path, const struct form *f, struct err *e)
{
	struct buf b;
	size_t i;
	int rc = 0;

	for (i = 0; i < f->nmedia && rc == 0; i++) {
		const char *from = media_path(p->a, f->media[i].name);

		buf_init(&b, FORM_MEDIA_BYTES_MAX);
		if (from != NULL)
			rc = opt_read(p->a, from, &b, e) != 0 ? -1 : lists_keep(p->o->c.l, &f->media[i], b.data, b.len, e);
		else if ((rc = ledger_form_body(p->o->c.l, f->media[i].hash, &b)) >= 0)
			rc = rc == 1 ? 0 : err_set(e, "%s: the file %s beside it is not here; give it with --media FILE", path, f->media[i].name) + 2;
		buf_free(&b);
	}
	return rc != 0 ? rc : lists_note(p->o->c.l, f, e);
}

/* A list from outside comes from a file that the form names by its hash, or from the device itself.  0, or 1 with the words. */
static int
check_sources(const char *path, const struct form *f, struct err *e)
{
	char name[FORM_MEDIA_NAME_MAX + 1];
	const char *src;
	size_t i;

	for (i = 0; (src = media_of(f, i)) != NULL; i++) {
		if (media_find(f, src) != NULL || (media_source(src, name) == 0 && media_own(name)))
			continue;
		(void)err_set(e, "%s: %s comes from no device, and the form does not name its bytes; compile it with --media FILE, or put "
		    "<tally:media name=\"...\" sha256=\"...\"/> into its head", path, src);
		return 1;
	}
	return 0;
}

/* 0; 1 refused; -1. */
static int
publish(struct publish *p, const char *path, const struct buf *xml, struct form *f, struct err *e)
{
	const struct field id = { f->id, strlen(f->id) }, v = { f->version, strlen(f->version) };
	char version[VERSION_MAX + 1];
	uint8_t had[HASH_LEN];
	int known, rc;

	if (!field_id(id, ID_MAX) || !field_id(v, VERSION_MAX)) {
		(void)err_set(e, "%s: id and version must be of A-Z a-z 0-9 . _ -, at most %d and %d characters", path, ID_MAX, VERSION_MAX);
		return 1;
	}
	sha256(f->hash, xml->data, xml->len);
	(void)strcpy(version, f->version);
	if ((known = ledger_form(p->o->c.l, f->id, version, had)) < 0)
		return err_set(e, "the ledger cannot be read");
	if (known == 1 && memcmp(had, f->hash, HASH_LEN) != 0) {
		(void)err_set(e, "%s: form %s version %s was published with other bytes; a changed form needs a new version", path, f->id, f->version);
		return 1;
	}
	/* one that was retired is published anew */
	if (known == 1 && ledger_form_retired(p->o->c.l, f->id, f->version) == 1)
		known = 0;
	if (known == 0 && (rc = check_sources(path, f, e)) != 0)
		return rc;
	if ((rc = keep_media(p, path, f, e)) != 0)
		return rc;
	if (known == 0 && record_form_of(p->o, f, xml, e) != 0)
		return err_add(e, "%s", path);
	told(p, f->id, f->version, f->hash, known ? "published before" : "published");
	return 0;
}

static int
publish_file(struct publish *p, const char *name, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	struct form *f = NULL;
	struct buf xml;
	int rc = -1;

	buf_init(&xml, FORM_BYTES_MAX);
	if (opt_path(p->a, name, path, sizeof(path)) != 0) {
		(void)err_set(e, "%.64s...: path too long", name);
	} else if (file_read(path, &xml, e) == 0) {
		if ((f = form_parse(xml.data, xml.len, e)) == NULL) {
			(void)err_add(e, "%s", name);
			rc = 1;
		} else {
			rc = publish(p, name, &xml, f, e);
		}
	}
	form_free(f);
	buf_free(&xml);
	return rc;
}

int
cmd_form_publish(const struct args *a)
{
	struct office o;
	struct publish p = { .a = a, .o = &o };
	struct err e = { "" };
	int rc = EXIT_YES, one;
	size_t i;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&p.out, OUT_MAX);
	for (i = 0; i < a->npos && rc != EXIT_USAGE; i++) {
		if ((one = publish_file(&p, a->pos[i], &e)) == 0)
			continue;
		one = one > 0 ? opt_refuse(&e) : opt_fail(&e);
		rc = one > rc ? one : rc;
	}
	one = out_put(a, &p.out);
	office_close(&o);
	return one > rc ? one : rc;
}

struct listing {
	const struct args *a;
	struct table t;
	struct buf b;
};

static int
list_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct listing *l = ctx;
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, hash, HASH_LEN);
	if (l->a->json) {
		json_begin(&l->b);
		json_put_str(&l->b, "form", id);
		json_put_str(&l->b, "version", version);
		json_put_str(&l->b, "hash", hex);
		json_put_u64(&l->b, "index", index);
		json_end(&l->b);
		return 0;
	}
	table_add(&l->t, id);
	table_add(&l->t, version);
	table_add(&l->t, hex);
	table_add_u64(&l->t, index);
	return 0;
}

int
cmd_form_list(const struct args *a)
{
	struct listing l = { .a = a };
	struct office o;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&l.b, OUT_MAX);
	table_init(&l.t, 4, 1U << 3);
	table_add(&l.t, "form");
	table_add(&l.t, "version");
	table_add(&l.t, "hash");
	table_add(&l.t, "record");
	if (ledger_each_form(o.c.l, list_form, &l) != 0 || (!a->json && table_print(&l.t, &l.b) != 0)) {
		(void)err_set(&e, "the ledger cannot be read");
		buf_free(&l.b);
		rc = opt_fail(&e);
	} else {
		rc = out_put(a, &l.b);
	}
	table_free(&l.t);
	office_close(&o);
	return rc;
}
