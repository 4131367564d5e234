#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bench/world.h"
#include "crypto/hash.h"
#include "forms/engine.h"
#include "sync/frame.h"

/*
 * The recipe of sync/dict/default.zdict: made-up answers to the forms that are
 * named, put into frames as a village would, and a dictionary trained on the
 * sections of those frames.  Nothing in it comes from anybody's data, and the
 * same seed, forms and libzstd give the same bytes.
 *
 *     dict SEED OUT FROM FORM.xml...
 *
 * FROM gets what it was made from: libzstd's version, the seed, each form's and the dictionary's SHA-256.
 */

#define EACH 96                 /* entries of a form */
#define SIZE (24U << 10)        /* of the dictionary */
#define SAMPLES_MAX (64U << 20)
#define FORMS_MAX 64

/* Frames as they come: one entry alone, or several. */
static const size_t batches[] = { 1, 4, 1, 8, 1, 16 };

struct answers {
	struct form *form;
	struct form_run *run;
	char place[13];
};

struct one {
	char form[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	struct buf payload, personal;
	char place[13];
};

static uint64_t state;

static unsigned
below(unsigned n)
{
	state += 0x9e3779b97f4a7c15U;
	uint64_t z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9U;

	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (unsigned)((z ^ (z >> 31)) >> 11) % n;
}

static void
noise(uint8_t *p, size_t n)
{
	while (n-- > 0)
		*p++ = (uint8_t)below(256);
}

/* Texts are few and short: what people will write is not for a dictionary to know. */
static void
text_for(const struct form_field *f, const struct answers *a, char *out, size_t size)
{
	static const char *const words[] = { "韦", "兰", "黄", "村", "县", "项目", "农业", "合作社" };

	if (strcmp(f->name, "subject") == 0)
		(void)snprintf(out, size, "%s-%c%04u", a->place, 'a' + (int)below(26), below(10000));
	else if (strstr(f->name, "id_number") != NULL)
		(void)snprintf(out, size, "%s19%02u%02u%02u%04u", "000000", 30 + below(70), 1 + below(12), 1 + below(28), below(10000));
	else if (strstr(f->name, "phone") != NULL)
		(void)snprintf(out, size, "1%02u%08u", 30 + below(70), below(100000000));
	else if (strcmp(f->name, "class") == 0)
		(void)snprintf(out, size, "%u-%02u-%02u", 2024 + below(6), below(100), below(100));
	else if (strstr(f->name, "place") != NULL || strstr(f->name, "county") != NULL)
		(void)snprintf(out, size, "%.*s", strstr(f->name, "county") ? 6 : 12, a->place);
	else if (f->personal)
		(void)snprintf(out, size, "%s%s", words[below(8)], words[below(8)]);
	else
		(void)snprintf(out, size, "%s-%u", words[below(8)], below(1000));
}

static void
choice_for(struct answers *a, const char *path, const struct form_field *f, char *out, size_t size)
{
	const struct choice *c;
	long n = form_run_choices(a->run, path, &c), i, want = f->type == FIELD_SELECT ? 1 + (long)below(2) : 1;

	for (*out = '\0'; n > 0 && want > 0; want--) {
		i = (long)below((unsigned)n);
		if (form_run_offered(a->run, path, (size_t)i) != 1 || strlen(out) + strlen(c[i].value) + 2 > size)
			continue;
		if (*out != '\0')
			(void)strcat(out, " ");
		(void)strcat(out, c[i].value);
	}
}

static void
value_for(struct answers *a, const char *path, const struct form_field *f, char *out, size_t size)
{
	uint8_t hash[HASH_LEN];
	size_t i;

	*out = '\0';
	switch (f->type) {
	case FIELD_STRING:
		text_for(f, a, out, size);
		break;
	case FIELD_INTEGER:
		if (f->unit != NULL && strcmp(f->unit, "fen") == 0)
			(void)snprintf(out, size, "%u", (1 + below(900)) * 10000);
		else if (strcmp(f->name, "year") == 0)
			(void)snprintf(out, size, "%u", 2024 + below(6));
		else
			(void)snprintf(out, size, "%u", below(below(2) ? 10 : 1000));
		break;
	case FIELD_DECIMAL:
		(void)snprintf(out, size, "%u.%u", below(below(2) ? 10 : 900), below(10));
		break;
	case FIELD_DATE:
		(void)snprintf(out, size, "%u-%02u-%02u", 2024 + below(6), 1 + below(12), 1 + below(28));
		break;
	case FIELD_SELECT1:
	case FIELD_SELECT:
		choice_for(a, path, f, out, size);
		break;
	case FIELD_GEOPOINT:
		(void)snprintf(out, size, "%u.%06u %u.%06u", 20 + below(20), below(1000000), 95 + below(25), below(1000000));
		break;
	case FIELD_BINARY:
		noise(hash, sizeof(hash));
		for (i = 0; i < sizeof(hash); i++)
			(void)snprintf(out + 2 * i, size - 2 * i, "%02x", hash[i]);
		break;
	default:
		break;
	}
}

static void answer(struct answers *a, const struct form_field *f, const char *above);

static void
answer_below(struct answers *a, const struct form_field *f, const char *path)
{
	size_t i;

	for (i = 0; i < f->nchild; i++)
		answer(a, &f->child[i], path);
}

/* Answer what is relevant, in the form's order; what is not required, mostly. */
static void
answer(struct answers *a, const struct form_field *f, const char *above)
{
	char path[4 * FORM_PATH_MAX], value[FORM_TEXT_MAX];
	unsigned i, n;

	(void)snprintf(path, sizeof(path), "%s%s%s", above, *above ? "/" : "", f->name);
	if (form_run_relevant(a->run, path) != 1)
		return;
	if (f->type == FIELD_GROUP) {
		answer_below(a, f, path);
		return;
	}
	if (f->type == FIELD_REPEAT) {
		for (i = 0, n = 1 + below(2); i < n; i++) {
			if (form_run_count(a->run, path) <= (int)i && form_run_add(a->run, path) != 0)
				return;
			(void)snprintf(path, sizeof(path), "%s%s%s[%u]", above, *above ? "/" : "", f->name, i);
			answer_below(a, f, path);
			(void)snprintf(path, sizeof(path), "%s%s%s", above, *above ? "/" : "", f->name);
		}
		return;
	}
	if (f->calculate != NULL || form_run_readonly(a->run, path) == 1 || (form_run_required(a->run, path) != 1 && below(100) >= 60))
		return;
	value_for(a, path, f, value, sizeof(value));
	if (*value != '\0')
		(void)form_run_set(a->run, path, value, NULL);
}

static void
make(struct one *o, struct form *f)
{
	struct form_env env = { .now_ms = UINT64_C(1780000000000), .place = o->place };
	struct answers a = { .form = f };
	struct err e = {""};
	cJSON *j;

	(void)snprintf(o->place, sizeof(o->place), "%06u%03u%03u", 110000 + below(550000), below(1000), below(1000));
	(void)snprintf(a.place, sizeof(a.place), "%s", o->place);
	(void)snprintf(o->form, sizeof(o->form), "%s", f->id);
	(void)snprintf(o->version, sizeof(o->version), "%s", f->version);
	buf_init(&o->payload, ENTRY_PAYLOAD_MAX);
	buf_init(&o->personal, ENTRY_PERSONAL_MAX);
	if ((a.run = form_run_open(f, &env, NULL, &e)) == NULL)
		die("%s: %s", f->id, e.text);
	answer_below(&a, &f->root, "");
	if ((j = form_run_answers(a.run)) == NULL || form_split(f, j, &o->payload, &o->personal) != 0)
		die("%s: its answers cannot be split", f->id);
	cJSON_Delete(j);
	form_run_free(a.run);
}

static void
entry_of(struct frame_entry *x, const struct one *o, uint64_t seq, const struct entry *before)
{
	memset(x, 0, sizeof(*x));
	x->h.epoch = 1;
	x->h.seq = seq;
	x->h.has_prev = 1;
	x->h.has_log = 1;
	(void)strcpy(x->h.place, o->place);
	x->h.wall = before ? before->wall + 60000 + below(86400000) : UINT64_C(1767225600000) + (uint64_t)below(86400000) * 1000;
	x->h.mono = before ? before->mono + (x->h.wall - before->wall) + below(5) : below(1U << 30);
	x->h.anchor_size = below(1U << 20);
	noise(x->h.anchor_note, HASH_LEN);
	(void)strcpy(x->h.actor, "device");
	x->h.has_form = 1;
	(void)strcpy(x->h.form, o->form);
	(void)strcpy(x->h.form_version, o->version);
	memcpy(x->h.form_hash, o->hash, HASH_LEN);
	(void)strcpy(x->h.kind, "record");
	x->form_published = 1;
	x->payload = o->payload.data;
	x->payload_len = o->payload.len;
	x->personal = o->personal.data;
	x->h.personal_len = x->personal_len = o->personal.len;
}

/* A frame's two sections, each a sample. */
static void
sample(struct buf *all, size_t *sizes, size_t *n, const struct one *o, size_t count, uint64_t seq)
{
	static uint8_t salts[FRAME_ENTRIES_MAX][ENTRY_SALT_LEN];
	uint8_t log[HASH_LEN] = { 0 };
	struct frame_entry x[FRAME_ENTRIES_MAX], old;
	const struct frame_form as = { .version = 2, .log = log, .known = UINT64_MAX, .before = seq % 3 ? &old.h : NULL };
	size_t i, from = all->len;

	entry_of(&old, &o[below((unsigned)count)], seq - 1, NULL);
	for (i = 0; i < count; i++) {
		entry_of(&x[i], &o[i], seq + i, i ? &x[i - 1].h : &old.h);
		memcpy(x[i].h.log, log, HASH_LEN);
		noise(salts[i], ENTRY_SALT_LEN);
		x[i].salt = salts[i];
	}
	if (frame_sections(all, NULL, x, count, &as) != 0)
		die("the samples are too many");
	sizes[(*n)++] = all->len - from;
	from = all->len;
	if (frame_sections(NULL, all, x, count, &as) != 0)
		die("the samples are too many");
	if (all->len > from)
		sizes[(*n)++] = all->len - from;
}

static struct form *
load(const char *path, uint8_t hash[HASH_LEN])
{
	struct err e = {""};
	struct form *f;
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	if (file_read(path, &b, &e) != 0 || (f = form_parse(b.data, b.len, &e)) == NULL)
		die("%s: %s", path, e.text);
	sha256(hash, b.data, b.len);
	buf_free(&b);
	return f;
}

static void
put_sum(struct buf *b, const char *path, const uint8_t hash[HASH_LEN])
{
	const char *name = strrchr(path, '/');

	(void)buf_hex(b, hash, HASH_LEN);
	(void)buf_printf(b, "  %s\n", name ? name + 1 : path);
}

int
main(int argc, char **argv)
{
	size_t forms = argc > 4 ? (size_t)argc - 4 : 0, total = forms * EACH, n = 0, i, k, at;
	struct one *all = calloc(total + 1, sizeof(*all)), swap;
	size_t *sizes = calloc(2 * total + 2, sizeof(*sizes));
	struct buf samples, dict, from;
	struct form *f;
	struct err e = {""};
	uint8_t hash[HASH_LEN];

	if (forms == 0 || forms > FORMS_MAX || all == NULL || sizes == NULL)
		die("usage: dict SEED OUT FROM FORM.xml...");
	state = strtoull(argv[1], NULL, 10);
	buf_init(&from, 1U << 20);
	(void)buf_printf(&from, "libzstd %s\nseed %s\n", dict_libzstd(), argv[1]);
	for (i = 0; i < forms; i++) {
		f = load(argv[4 + i], hash);
		put_sum(&from, argv[4 + i], hash);
		for (k = 0; k < EACH; k++) {
			make(&all[i * EACH + k], f);
			memcpy(all[i * EACH + k].hash, hash, HASH_LEN);
		}
		form_free(f);
	}
	/* a village records now this, now that, mostly the same again */
	for (i = 0; i < total / 2; i++) {
		at = below((unsigned)total);
		k = below((unsigned)total);
		swap = all[at];
		all[at] = all[k];
		all[k] = swap;
	}
	buf_init(&samples, SAMPLES_MAX);
	buf_init(&dict, DICT_MAX);
	for (i = 0, at = 0; at + FRAME_ENTRIES_MAX <= total; at += batches[i++ % (sizeof(batches) / sizeof(batches[0]))])
		sample(&samples, sizes, &n, &all[at], batches[i % (sizeof(batches) / sizeof(batches[0]))], 1 + below(10000));
	if (dict_train(&dict, &samples, sizes, n, SIZE, &e) != 0)
		die("%s", e.text);
	sha256(hash, dict.data, dict.len);
	put_sum(&from, "default.zdict", hash);
	if (file_write(argv[2], dict.data, dict.len, 0644, &e) != 0 || file_write(argv[3], from.data, from.len, 0644, &e) != 0)
		die("%s", e.text);
	(void)printf("samples %zu\nbytes %zu\ndictionary %zu\n", n, samples.len, dict.len);
	for (i = 0; i < total; i++) {
		buf_free(&all[i].payload);
		buf_free(&all[i].personal);
	}
	buf_free(&samples);
	buf_free(&dict);
	buf_free(&from);
	free(all);
	free(sizes);
	return 0;
}
