#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "forms/logic.h"
#include "forms/media.h"
#include "forms/form/parse.h"

/* What a form says of files beside it: <tally:media name="prices.csv" sha256="HEX"/> in the head. */

static int
read_one(struct parse *p, const xmlNode *n, struct form_media *m)
{
	char *name = NULL, *hex = NULL;
	const xmlAttr *a;
	int rc = -1;

	for (a = n->properties; a != NULL; a = a->next)
		if (strcmp((const char *)a->name, "name") != 0 && strcmp((const char *)a->name, "sha256") != 0)
			return (xml_refuse(n, p->e, "media: unknown attribute %s", (const char *)a->name));
	if (xml_attr(n, NULL, "name", &name) != 0 || xml_attr(n, NULL, "sha256", &hex) != 0)
		rc = parse_oom(p);
	else if (name == NULL || !media_name_ok(name))
		rc = xml_refuse(n, p->e, "media: the name must be of A-Z a-z 0-9 . _ -, at most %d bytes, and end in .csv or .xml", FORM_MEDIA_NAME_MAX);
	else if (hex == NULL || dec_hex(m->hash, sizeof(m->hash), hex, strlen(hex)) != 0)
		rc = xml_refuse(n, p->e, "media %s: sha256 must be 64 hexadecimal digits", name);
	else if (media_named(p->f, name) != NULL)
		rc = xml_refuse(n, p->e, "media %s: stands twice", name);
	else
		rc = 0;
	if (rc == 0)
		(void)strcpy(m->name, name);
	free(name);
	free(hex);
	return (rc);
}

const char *
media_of(const struct form *f, size_t i)
{
	const struct form_logic *l = f->logic;
	size_t k;

	for (k = 0; k < l->nlists; k++)
		if (l->list[k].src != NULL && i-- == 0)
			return (l->list[k].src);
	return (NULL);
}

/* A file that no instance takes would be carried for nothing. */
static int
is_used(const struct form *f, const struct form_media *m)
{
	const struct form_logic *l = f->logic;
	size_t i;

	for (i = 0; i < l->nlists; i++)
		if (l->list[i].src != NULL && media_find(f, l->list[i].src) == m)
			return (1);
	return (0);
}

static int
names_roster(const struct form *f, const char *text)
{
	const struct form_logic *l = f->logic;
	char name[FORM_MEDIA_NAME_MAX + 1];
	const char *at;
	size_t i, n;

	for (i = 0; i < l->nlists && text != NULL; i++) {
		if (l->list[i].src == NULL || media_find(f, l->list[i].src) != NULL || media_source(l->list[i].src, name) != 0 ||
		    strncmp(name, MEDIA_ROSTER, strlen(MEDIA_ROSTER)) != 0 || !media_own(name))
			continue;
		n = strlen(l->list[i].id);
		for (at = text; (at = strstr(at, l->list[i].id)) != NULL; at++)
			if (at > text && strchr("'\"", at[-1]) != NULL && at[n] == at[-1])
				return (1);
	}
	return (0);
}

/* The roster's names are personal: a public answer is never made of them.  What is chosen from it is an id that says nothing. */
static int
check_roster(struct parse *p)
{
	const struct form_logic *l = p->f->logic;
	size_t i;

	for (i = 0; i < l->nfields; i++)
		if (!l->fields[i]->personal && names_roster(p->f, l->fields[i]->calculate))
			return (err_set(p->e, "form: %s: is calculated from the roster, so it must be marked tally:personal", l->fields[i]->path));
	for (i = 0; i < l->nactions; i++)
		if (l->action[i].value != NULL && !l->fields[l->action[i].field]->personal && names_roster(p->f, l->action[i].value->text))
			return (err_set(p->e, "form: %s: is set from the roster, so it must be marked tally:personal", l->fields[l->action[i].field]->path));
	return (0);
}

/* A row is taken from the roster by its id alone: another column as the value would put what it says into the answer. */
static int
check_values(struct parse *p)
{
	const struct form_logic *l = p->f->logic;
	size_t i;

	for (i = 0; i < l->nfields; i++)
		if (!l->fields[i]->personal && l->of[i].nodeset != NULL && names_roster(p->f, l->of[i].nodeset) && strcmp(l->of[i].value_ref, "name") != 0)
			return (err_set(p->e, "form: %s: takes its value from the roster's column %s; only name, which says nothing, is public", l->fields[i]->path, l->of[i].value_ref));
	return (0);
}

int
parse_media(struct parse *p)
{
	const xmlNode *n;
	size_t count = 0, i;

	for (n = xml_first(p->head); n != NULL; n = xml_next(n))
		count += xml_is(n, XML_NS_TALLY, "media") ? 1U : 0U;
	if (count > FORM_MEDIA_MAX)
		return (err_set(p->e, "form: more than %d files beside it", FORM_MEDIA_MAX));
	if (count > 0 && (p->f->media = lapsed(calloc(count, sizeof(*p->f->media)))) == NULL)
		return (parse_oom(p));
	for (n = xml_first(p->head); n != NULL; n = xml_next(n)) {
		if (!xml_is(n, XML_NS_TALLY, "media"))
			continue;
		if (xml_first(n) != NULL)
			return (xml_refuse(n, p->e, "media: must be empty"));
		if (read_one(p, n, &p->f->media[p->f->nmedia]) != 0)
			return (-1);
		p->f->nmedia++;
	}
	for (i = 0; i < p->f->nmedia; i++)
		if (!is_used(p->f, &p->f->media[i]))
			return (err_set(p->e, "form: media %s: no instance of the form takes it", p->f->media[i].name));
	return (check_roster(p) != 0 ? -1 : check_values(p));
}
