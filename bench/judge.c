#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bench/world.h"
#include "forms/engine.h"
#include "forms/submission.h"
#include "forms/xlsform.h"

/*
 * What forms cost beside libxml2 reading the same bytes and nothing more:
 * judging a submission as a phone sends it, compiling a sheet of the
 * catalogue, reading a form.  Floor and measured take turns.
 *
 *     judge FOLDER CORPUS ROUNDS     FOLDER: the catalogue
 */

#define ROUNDS_MAX 64
#define KINDS 3

struct kind {
	char id[ID_MAX + 1];
	struct form *f;
};

struct sent {
	const struct kind *k;
	struct buf xml;
};

static void
put_text(struct buf *b, const char *s)
{

	for (; *s != '\0'; s++)
		(void)(*s == '&' ? buf_puts(b, "&amp;") : *s == '<' ? buf_puts(b, "&lt;") : buf_putc(b, (uint8_t)*s));
}

static void
put_members(struct buf *b, const cJSON *obj)
{
	const cJSON *v, *one;

	cJSON_ArrayForEach(v, obj) {
		if (cJSON_IsArray(v) && cJSON_IsObject(v->child)) {
			cJSON_ArrayForEach(one, v) {
				(void)buf_printf(b, "<%s>", v->string);
				put_members(b, one);
				(void)buf_printf(b, "</%s>", v->string);
			}
			continue;
		}
		(void)buf_printf(b, "<%s>", v->string);
		if (cJSON_IsObject(v))
			put_members(b, v);
		else if (cJSON_IsString(v))
			put_text(b, v->valuestring);
		else if (cJSON_IsNumber(v))
			(void)buf_printf(b, "%.0f", v->valuedouble);
		for (one = cJSON_IsArray(v) ? v->child : NULL; one != NULL; one = one->next) {
			put_text(b, one->valuestring);
			(void)buf_puts(b, one->next == NULL ? "" : " ");
		}
		(void)buf_printf(b, "</%s>", v->string);
	}
}

/* A row of the corpus as a phone would send it. */
static void
make(struct sent *s, const struct kind *kinds, const struct bench_row *r, size_t i)
{
	cJSON *payload = cJSON_ParseWithLength(r->payload, r->payload_len), *personal = cJSON_ParseWithLength(r->personal, r->personal_len);
	cJSON *answers = form_join(payload, personal);

	for (s->k = kinds; strcmp(s->k->id, r->form) != 0; s->k++)
		if (s->k == kinds + KINDS - 1)
			die("%s: not a form of the corpus", r->form);
	buf_init(&s->xml, SUBMISSION_BYTES_MAX);
	(void)buf_printf(&s->xml, "<?xml version='1.0' ?><data id=\"%s\" version=\"%s\" xmlns:orx=\"http://openrosa.org/xforms\">", s->k->f->id, s->k->f->version);
	put_members(&s->xml, answers);
	(void)buf_printf(&s->xml, "<orx:meta><orx:instanceID>uuid:00000000-0000-4000-8000-%012zu</orx:instanceID></orx:meta></data>", i);
	if (answers == NULL || !buf_ok(&s->xml))
		die("out of memory");
	cJSON_Delete(answers);
	cJSON_Delete(payload);
	cJSON_Delete(personal);
}

static double
bare(const struct buf *xml)
{
	uint64_t t0 = cpu_ns();
	xmlDocPtr doc = xmlReadMemory((const char *)xml->data, (int)xml->len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	if (doc == NULL)
		die("libxml2 does not read it");
	xmlFreeDoc(doc);
	return (double)(cpu_ns() - t0);
}

/* From the bytes to the verdict; *${judge} is the engine's part. */
static double
judged(const struct sent *s, double *judge)
{
	const struct form_env env = { .now_ms = 1795449600000 };
	struct form_findings found = { 0, NULL };
	struct err e = { "" };
	struct submission *sub;
	uint64_t t0 = cpu_ns(), t1;

	if ((sub = submission_open(s->xml.data, s->xml.len, &e)) == NULL || submission_answers(sub, s->k->f, &found) != 0)
		die("%s: %s", s->k->id, found.n > 0 ? found.f[0].text : e.text);
	t1 = cpu_ns();
	if (form_check_in(s->k->f, &env, sub->answers, &found) != 0)
		die("%s: %s", s->k->id, found.n > 0 ? found.f[0].text : "not judged");
	*judge += (double)(cpu_ns() - t1);
	submission_free(sub);
	return (double)(cpu_ns() - t0);
}

static void
judge_all(const struct kind *kinds, const struct corpus *c, unsigned rounds)
{
	static double floor[ROUNDS_MAX], engine[ROUNDS_MAX], whole[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct sent *s = calloc(c->n, sizeof(*s));
	size_t bytes = 0, i;
	double n = (double)c->n;

	for (i = 0; s != NULL && i < c->n; i++) {
		make(&s[i], kinds, &c->row[i], i);
		bytes += s[i].xml.len;
	}
	for (unsigned k = 0; s != NULL && k < rounds; k++) {
		for (i = 0; i < c->n; i++) {
			floor[k] += bare(&s[i].xml) / n;
			whole[k] += judged(&s[i], &engine[k]) / n;
		}
		engine[k] /= n;
		ratio[k] = whole[k] / floor[k];
	}
	(void)printf("submissions %zu\nbytes %.0f\nfloor-us %.2f\nengine-us %.2f\nwhole-us %.2f\nratio %.2f\n", c->n, (double)bytes / n, median(floor, rounds) / 1e3,
	    median(engine, rounds) / 1e3, median(whole, rounds) / 1e3, median(ratio, rounds));
	for (i = 0; s != NULL && i < c->n; i++)
		buf_free(&s[i].xml);
	free(s);
}

static void
read_all(struct buf *b, const char *folder, const char *name)
{
	struct err e = { "" };
	char path[4096];

	buf_init(b, FORM_BYTES_MAX);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (file_read(path, b, &e) != 0)
		die("%s", e.text);
}

static struct form *
read_form(const struct buf *xml)
{
	struct err e = { "" };
	struct form *f = form_parse(xml->data, xml->len, &e);

	if (f == NULL)
		die("%s", e.text);
	return f;
}

/* One sheet: what compiling it and reading its form take; its form's bytes. */
static size_t
compile(const char *folder, const char *name, double *floor, double *compiled, double *parsed)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct err e = { "" };
	struct buf csv, xml;
	uint64_t t0;
	size_t n;

	read_all(&csv, folder, name);
	buf_init(&xml, FORM_BYTES_MAX);
	t0 = cpu_ns();
	if (xlsform_compile(csv.data, csv.len, &xml, &faults, &e) != 0)
		die("%s: not compiled", name);
	*compiled += (double)(cpu_ns() - t0);
	*floor += bare(&xml);
	t0 = cpu_ns();
	form_free(read_form(&xml));
	*parsed += (double)(cpu_ns() - t0);
	n = xml.len;
	xls_faults_free(&faults);
	buf_free(&xml);
	buf_free(&csv);
	return n;
}

static void
compile_all(const char *folder, unsigned rounds)
{
	static double floor[ROUNDS_MAX], compiled[ROUNDS_MAX], parsed[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct err e = { "" };
	char **names = NULL;
	size_t n = 0, sheets = 0, bytes = 0, i;

	if (file_names(folder, &names, &n, 1000, &e) != 0)
		die("%s", e.text);
	for (unsigned k = 0; k < rounds; k++) {
		for (i = sheets = bytes = 0; i < n; i++)
			if (strstr(names[i], ".csv") != NULL) {
				bytes += compile(folder, names[i], &floor[k], &compiled[k], &parsed[k]);
				sheets++;
			}
		ratio[k] = compiled[k] / floor[k];
	}
	if (sheets == 0)
		die("%s: no sheets", folder);
	(void)printf("sheets %zu\nform-bytes %.0f\nxml-ms %.3f\ncompile-ms %.3f\nparse-ms %.3f\ncompile-ratio %.2f\n", sheets, (double)bytes / (double)sheets,
	    median(floor, rounds) / 1e6 / (double)sheets, median(compiled, rounds) / 1e6 / (double)sheets, median(parsed, rounds) / 1e6 / (double)sheets, median(ratio, rounds));
	file_names_free(names, n);
}

int
main(int argc, char **argv)
{
	static struct kind kinds[KINDS] = { { "housing-rebuild", NULL }, { "water-works", NULL }, { "dew-training", NULL } };
	struct corpus c;
	struct buf xml;
	unsigned rounds;
	char name[256];

	if (argc != 4 || (rounds = (unsigned)strtoul(argv[3], NULL, 10)) == 0 || rounds > ROUNDS_MAX)
		die("usage: judge FOLDER CORPUS ROUNDS");
	corpus_load(&c, argv[2]);
	for (size_t i = 0; i < KINDS; i++) {
		(void)snprintf(name, sizeof(name), "%.200s.xml", kinds[i].id);
		read_all(&xml, argv[1], name);
		kinds[i].f = read_form(&xml);
		buf_free(&xml);
	}
	judge_all(kinds, &c, rounds);
	compile_all(argv[1], rounds);
	for (size_t i = 0; i < KINDS; i++)
		form_free(kinds[i].f);
	corpus_free(&c);
	return 0;
}
