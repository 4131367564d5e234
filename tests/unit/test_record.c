/*
 * Goal: every kind of record is made and read back; a record with a line
 * missing, doubled, out of place or of the wrong type is refused, the line
 * named; what is accepted holds the very bytes it was read from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/line.h"
#include "evidence/entry.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "tests/lib/mutate.h"

#define H1 "0101010101010101010101010101010101010101010101010101010101010101"
#define H2 "0202020202020202020202020202020202020202020202020202020202020202"
#define K32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define S64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
#define HEAD_LINES 4

static const struct sample {
	enum record_kind kind;
	const char *lines;
} SAMPLES[] = {
	{ RECORD_KEY, "what county\nversion 1\nkeys aGVsbG8=\n" },
	{ RECORD_KEY, "what policy\npolicy aGVsbG8=\n" },
	{ RECORD_KEY, "what person\nactor officer-1\nkey " K32 "\nrole officer\nplace -\nstate active\n" },
	{ RECORD_KEY, "what person\nactor li.4\nkey " K32 "\nrole cadre\nplace 522634101205\nstate disabled\n" },
	{ RECORD_ENROL, "device " H1 "\nepoch 1\nkey " K32 "\nplace 522634101205\ngenesis " H2 "\nproof " S64 "\nsecret " H2
	    "\nfor -\nexpires 1760000000000\nofficer " H1 "\ninvitation " S64 "\n" },
	{ RECORD_ASSIGN, "device " H1 "\nplace 522634101\nfrom 12\nto -\n" },
	{ RECORD_ASSIGN, "device " H1 "\nplace 522634101\nfrom 12\nto 17\n" },
	{ RECORD_REVOKE, "device " H1 "\norder -\n" },
	{ RECORD_FORM, "form grain-subsidy 2025.1 " H1 "\nstate published\n" },
	{ RECORD_PLAN, "form grain-subsidy\nplace 522634101205\nrows 87\nplan " H1 "\n" },
	{ RECORD_DICTIONARY, "dict " H1 "\nlen 65536\n" },
	{ RECORD_REVIEW, "entry " H1 "\nverdict return\nnote " H2 "\n" },
	{ RECORD_LINK, "from house-1\nto house-2\nstate linked\norder " H1 "\n" },
	{ RECORD_PLACE_MAP, "old 522634101205\nnew 522634101\nfrom 2024-02-29\norder -\n" },
	{ RECORD_PERIOD, "period 2025-09\nsize 120\nreport " H1 "\n" },
	{ RECORD_POSTING, "form grain-subsidy\nplace 522634101205\nsize 120\nlist " H1 "\n" },
	{ RECORD_ERASE, "order " H1 "\nentries 3\nentry " H1 "\nentry " H2 "\nentry " H1 "\n" },
	{ RECORD_ERASE, "order -\nentries 0\n" },
	{ RECORD_FORK, "device " H1 "\nepoch 2\nseq 40\na aGVsbG8=\na-sig " S64 "\nb aGVsbG8h\nb-sig " S64 "\n" },
	{ RECORD_LATE, "entry " H1 "\nwhy wrong-place\n" },
	{ RECORD_EXPORT, "size 120\nroot " K32 "\npersonal withheld\nsince 0\n" },
	{ RECORD_MESSAGE, "device -\nplace 522634101205\ntext " H1 "\n" },
	{ RECORD_MESSAGE, "device " H2 "\nplace -\ntext " H1 "\n" },
	{ RECORD_SUCCESSION, "old-log " H1 "\nold-size 120\nold-root " K32 "\nold-note " H2 "\n" },
};

#define NSAMPLES (sizeof(SAMPLES) / sizeof(SAMPLES[0]))

static const uint8_t LOG[HASH_LEN] = { 7, 7, 7 };
static struct signer *service, *officer;

static int
setup(void **state)
{
	static const uint8_t seed1[SEED_LEN] = { 1 }, seed2[SEED_LEN] = { 2 };

	(void)state;
	if (crypto_init(NULL))
		return -1;
	service = signer_new(seed1);
	officer = signer_new(seed2);
	return service && officer ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(service);
	signer_free(officer);
	return 0;
}

/* The leaf of a sample. */
static void
make(struct buf *leaf, const struct sample *s, const struct signer *second)
{
	struct buf body;
	struct err e = { "" };

	buf_init(&body, LEAF_MAX);
	buf_init(leaf, LEAF_MAX + 4096);
	assert_int_equal(record_begin(&body, s->kind, LOG, 1760000000123), 0);
	assert_int_equal(buf_puts(&body, s->lines), 0);
	if (record_seal(leaf, &body, service, second, &e))
		fail_msg("%s: %s", s->lines, e.text);
	buf_free(&body);
}

/* What was parsed, put together again. */
static void
reassemble(struct buf *out, const struct record *r)
{
	buf_reset(out);
	(void)record_begin(out, r->kind, r->log, r->at);
	for (size_t i = 0; i < r->nlines; i++)
		(void)buf_printf(out, "%s %.*s\n", r->lines[i].name, (int)r->lines[i].value.len, r->lines[i].value.p);
	(void)buf_putc(out, '\n');
	for (size_t i = 0; i < r->text.nsigs; i++)
		(void)sigline_print(out, &r->text.sig[i]);
}

static void
every_kind_is_made_and_read_back(void **state)
{
	uint8_t seen[RECORD_KINDS] = { 0 };

	(void)state;
	for (size_t i = 0; i < NSAMPLES; i++) {
		const struct signer *second = SAMPLES[i].kind == RECORD_SUCCESSION ? NULL : officer;
		struct buf leaf, again;
		struct record r;

		seen[SAMPLES[i].kind] = 1;
		make(&leaf, &SAMPLES[i], second);
		assert_true(leaf_is_record(leaf.data, leaf.len));
		assert_int_equal(record_parse(&r, leaf.data + 1, leaf.len - 1, NULL), 0);
		assert_int_equal(r.kind, SAMPLES[i].kind);
		assert_int_equal(r.at, 1760000000123);
		assert_memory_equal(r.log, LOG, HASH_LEN);
		assert_int_equal(r.nlines, text_lines(SAMPLES[i].lines, strlen(SAMPLES[i].lines)));
		assert_true(sigtext_verify(&r.text, 0, DSSE_RECORD, signer_public(service)));
		assert_int_equal(r.text.nsigs, second ? 2 : 1);
		assert_int_equal(sigtext_verify(&r.text, 1, DSSE_RECORD, signer_public(officer)), second != NULL);
		buf_init(&again, LEAF_MAX);
		reassemble(&again, &r);
		assert_int_equal(again.len, leaf.len - 1);
		assert_memory_equal(again.data, leaf.data + 1, again.len);
		record_free(&r);
		record_free(&r);
		buf_free(&again);
		buf_free(&leaf);
	}
	for (size_t k = 0; k < RECORD_KINDS; k++)
		assert_true(seen[k]);
	record_free(NULL);
}

static void
refused(const struct buf *text, const char *name, const char *how)
{
	struct record r;
	struct err e = { "" };

	if (record_parse(&r, text->data, text->len, &e) == 0)
		fail_msg("accepted (%s): %s", how, buf_str(text));
	if (name && !strstr(e.text, name))
		fail_msg("%s: \"%s\" does not name %s", how, e.text, name);
	assert_null(r.lines);
}

/* The first word of a line. */
static void
line_name(char *out, size_t size, const char *text, size_t n, size_t line)
{
	const char *p = text, *end = text + n;
	size_t len = 0;

	while (line > 0)
		line -= *p++ == '\n';
	while (p + len < end && p[len] != ' ' && p[len] != '\n' && len + 1 < size)
		len++;
	memcpy(out, p, len);
	out[len] = '\0';
}

static void
each_line_has_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSAMPLES; i++) {
		struct buf leaf, out;
		const char *text;
		size_t lines, n;

		make(&leaf, &SAMPLES[i], NULL);
		buf_init(&out, LEAF_MAX);
		text = (const char *)leaf.data + 1;
		n = leaf.len - 1;
		lines = HEAD_LINES + text_lines(SAMPLES[i].lines, strlen(SAMPLES[i].lines));
		for (size_t l = 0; l < lines; l++) {
			char name[64], where[32];

			line_name(name, sizeof(name), text, n, l);
			text_edit(&out, text, n, l, EDIT_DROP);
			refused(&out, strcmp(name, "entries") == 0 || l + 1 == lines ? NULL : name, "missing");
			text_edit(&out, text, n, l, EDIT_DOUBLE);
			(void)snprintf(where, sizeof(where), "line %zu ", l + 2);
			refused(&out, SAMPLES[i].kind == RECORD_ERASE ? NULL : where, "doubled");
			if (l + 1 == lines || strcmp(name, "entry") == 0)
				continue;
			text_edit(&out, text, n, l, EDIT_SWAP);
			refused(&out, name, "misplaced");
		}
		buf_free(&out);
		buf_free(&leaf);
	}
}

/* Values that are right for some line are not wrong there. */
static int
may_fit(enum record_kind kind, const char *name, const char *value)
{
	struct field f = { value, strlen(value) };

	if (strcmp(name, "place") == 0 || strcmp(name, "old") == 0 || strcmp(name, "new") == 0)
		return field_place(f);
	if (strcmp(name, "keys") == 0 || strcmp(name, "policy") == 0 || strcmp(name, "a") == 0 || strcmp(name, "b") == 0)
		return f.len == 16 || f.len == 44 || f.len == 64;
	if (strcmp(name, "actor") == 0 || ((strcmp(name, "from") == 0 || strcmp(name, "to") == 0) && kind == RECORD_LINK) ||
	    (strcmp(name, "form") == 0 && kind != RECORD_FORM))
		return field_id(f, ID_MAX);
	return 0;
}

static void
each_value_has_its_type(void **state)
{
	static const char *const wrong[] = {
		"", " ", "x y", "*", "-1", "01", "9007199254740992", "1 ", " 1", "A\xc3", "a\tb",
		"0101010101010101010101010101010101010101010101010101010101010101 ",
		"01010101010101010101010101010101010101010101010101010101010101FF",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", "AAEC AwQF", "0522634", "2025-13", "2025-00", "2025-02-30", "2023-02-29",
		"0000-01-01", "grain-subsidy 2025.1 xx", "-grain", "published|retired", "accept|return", "activ", "active disabled",
	};

	(void)state;
	for (size_t i = 0; i < NSAMPLES; i++) {
		struct buf leaf, out;
		const char *text;
		size_t lines, n;

		make(&leaf, &SAMPLES[i], NULL);
		buf_init(&out, LEAF_MAX);
		text = (const char *)leaf.data + 1;
		n = leaf.len - 1;
		lines = HEAD_LINES + text_lines(SAMPLES[i].lines, strlen(SAMPLES[i].lines));
		for (size_t l = 1; l < lines; l++) {
			char name[64];

			line_name(name, sizeof(name), text, n, l);
			for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]); w++) {
				if (may_fit(SAMPLES[i].kind, name, wrong[w]))
					continue;
				text_value(&out, text, n, l, wrong[w]);
				refused(&out, wrong[w][0] != '\0' && strcmp(wrong[w], "A\xc3") != 0 ? name : NULL, wrong[w]);
			}
		}
		buf_free(&out);
		buf_free(&leaf);
	}
}

/* Sample 0 with other lines: is it sealed? */
static int
seals(enum record_kind kind, const char *lines, const char *rule)
{
	struct buf leaf, body;
	struct err e = { "" };
	int ret;

	buf_init(&leaf, LEAF_MAX);
	buf_init(&body, LEAF_MAX);
	(void)record_begin(&body, kind, LOG, 5);
	(void)buf_puts(&body, lines);
	ret = record_seal(&leaf, &body, service, NULL, &e);
	if (ret && rule && !strstr(e.text, rule))
		fail_msg("\"%s\" does not say %s", e.text, rule);
	assert_true(ret == 0 || leaf.len == 0);
	buf_free(&body);
	buf_free(&leaf);
	return ret == 0;
}

static void
what_would_be_refused_is_not_sealed(void **state)
{
	struct buf leaf, body;
	char id[80];

	(void)state;
	assert_false(seals(RECORD_KEY, "what car\nversion 1\nkeys aGVsbG8=\n", "what"));
	assert_false(seals(RECORD_KEY, "what county\npolicy aGVsbG8=\n", "version"));
	assert_false(seals(RECORD_KEY, "what county\nversion 0\nkeys aGVsbG8=\n", "version"));
	assert_false(seals(RECORD_REVOKE, "device " H1 "\norder -\n\nmore -\n", NULL));
	assert_false(seals(RECORD_ERASE, "order -\nentries 2\nentry " H1 "\n", "entry"));
	assert_false(seals(RECORD_ERASE, "order -\nentries 0\nentry " H1 "\n", "one too many"));
	assert_false(seals(RECORD_ERASE, "order -\nentries 9007199254740991\nentry " H1 "\n", "missing"));
	assert_false(seals(RECORD_ENROL, "device " H1 "\nepoch 0\n", "epoch"));
	assert_false(seals(RECORD_ENROL, "device " H1 "\nepoch 4294967296\n", "epoch"));
	assert_true(seals(RECORD_FORM, "form a 12345678901234567890123456789012 " H1 "\nstate retired\n", NULL));
	assert_false(seals(RECORD_FORM, "form a 123456789012345678901234567890123 " H1 "\nstate retired\n", "form"));
	memset(id, 'a', sizeof(id));
	(void)snprintf(id + 64, sizeof(id) - 64, "\nto b\n");
	buf_init(&body, LEAF_MAX);
	(void)buf_printf(&body, "from %sstate linked\norder -\n", id);
	assert_true(seals(RECORD_LINK, buf_str(&body), NULL));
	buf_reset(&body);
	(void)buf_printf(&body, "from a%sstate linked\norder -\n", id);
	assert_false(seals(RECORD_LINK, buf_str(&body), "from"));
	buf_reset(&body);
	buf_init(&leaf, LEAF_MAX);
	assert_int_equal(record_seal(&leaf, &body, service, NULL, NULL), -1);
	buf_free(&leaf);
	buf_free(&body);
}

static void
a_leaf_has_an_end(void **state)
{
	struct buf leaf, body;
	struct record r;
	uint64_t n = 0;

	(void)state;
	for (int over = 0; over < 2; over++) {
		size_t fit = (LEAF_MAX - 500) / 71 + (over ? 7 : 0);

		buf_init(&leaf, 2 * LEAF_MAX);
		buf_init(&body, 2 * LEAF_MAX);
		(void)record_begin(&body, RECORD_ERASE, LOG, 5);
		(void)buf_printf(&body, "order -\nentries %zu\n", fit);
		for (size_t i = 0; i < fit; i++)
			(void)buf_puts(&body, "entry " H1 "\n");
		assert_int_equal(record_seal(&leaf, &body, service, officer, NULL), over ? -1 : 0);
		if (!over) {
			assert_int_equal(record_parse(&r, leaf.data + 1, leaf.len - 1, NULL), 0);
			assert_int_equal(record_u64(&r, "entries", &n), 0);
			assert_int_equal(n, fit);
			assert_int_equal(r.nlines, fit + 2);
			record_free(&r);
		}
		buf_free(&body);
		buf_free(&leaf);
	}
}

static void
signature_lines_are_counted(void **state)
{
	struct buf leaf, text;

	(void)state;
	make(&leaf, &SAMPLES[0], officer);
	buf_init(&text, LEAF_MAX);
	(void)buf_put(&text, leaf.data + 1, leaf.len - 1);
	(void)buf_puts(&text, "x");
	refused(&text, "follows", "something behind");
	buf_reset(&text);
	(void)buf_put(&text, leaf.data + 1, leaf.len - 1);
	(void)buf_puts(&text, H1 " " S64 "\n");
	refused(&text, "too many signature lines", "three signatures");
	buf_free(&leaf);
	make(&leaf, &SAMPLES[NSAMPLES - 1], NULL);
	buf_reset(&text);
	(void)buf_put(&text, leaf.data + 1, leaf.len - 1);
	(void)buf_puts(&text, H1 " " S64 "\n");
	refused(&text, "too many signature lines", "two signatures under a succession");
	buf_free(&leaf);
	buf_free(&text);
}

static void
values_are_found_by_name(void **state)
{
	struct buf leaf, bytes;
	struct record r;
	uint8_t hash[HASH_LEN];
	char id[ID_MAX + 1], version[VERSION_MAX + 1], place[PLACE_MAX + 1];
	uint64_t v = 9;

	(void)state;
	make(&leaf, &SAMPLES[4], officer);
	assert_int_equal(record_parse(&r, leaf.data + 1, leaf.len - 1, NULL), 0);
	assert_int_equal(record_hash(&r, "device", hash), 0);
	assert_int_equal(hash[31], 1);
	assert_int_equal(record_hash(&r, "for", hash), -1);
	assert_int_equal(record_hash(&r, "nothing", hash), -1);
	assert_null(record_value(&r, "nothing").p);
	assert_true(record_is(&r, "for", "-"));
	assert_false(record_is(&r, "for", ""));
	assert_false(record_is(&r, "nothing", ""));
	assert_int_equal(record_u64(&r, "expires", &v), 0);
	assert_int_equal(v, 1760000000000);
	assert_int_equal(record_u64(&r, "nothing", &v), -1);
	assert_int_equal(record_text(&r, "place", place, sizeof(place)), 0);
	assert_string_equal(place, "522634101205");
	assert_int_equal(record_text(&r, "place", place, 12), -1);
	buf_init(&bytes, 64);
	assert_int_equal(record_bytes(&r, "proof", &bytes), 0);
	assert_int_equal(bytes.len, 64);
	assert_int_equal(bytes.data[63], 63);
	assert_int_equal(record_bytes(&r, "proof", &bytes), -1);
	assert_int_equal(record_bytes(&r, "nothing", &bytes), -1);
	assert_int_equal(record_form(&r, id, version, hash), -1);
	record_free(&r);
	buf_free(&bytes);
	buf_free(&leaf);
	make(&leaf, &SAMPLES[8], officer);
	assert_int_equal(record_parse(&r, leaf.data + 1, leaf.len - 1, NULL), 0);
	assert_int_equal(record_form(&r, id, version, hash), 0);
	assert_string_equal(id, "grain-subsidy");
	assert_string_equal(version, "2025.1");
	record_free(&r);
	buf_free(&leaf);
}

static void
what_parses_holds_its_bytes(void **state)
{
	uint64_t seed = 42;
	size_t accepted = 0;

	(void)state;
	for (size_t i = 0; i < NSAMPLES; i++) {
		struct buf leaf, again;
		uint8_t text[4096];

		make(&leaf, &SAMPLES[i], i % 2 ? NULL : officer);
		buf_init(&again, 2 * LEAF_MAX);
		if (SAMPLES[i].kind == RECORD_SUCCESSION) {
			buf_free(&leaf);
			make(&leaf, &SAMPLES[i], NULL);
		}
		assert_true(leaf.len < sizeof(text));
		for (int round = 0; round < 2000; round++) {
			struct record r;
			size_t n = leaf.len - 1;

			memcpy(text, leaf.data + 1, n);
			n = mutate(text, n, sizeof(text), &seed);
			if (record_parse(&r, text, n, NULL))
				continue;
			accepted++;
			reassemble(&again, &r);
			assert_int_equal(again.len, n);
			assert_memory_equal(again.data, text, n);
			record_free(&r);
		}
		buf_free(&again);
		buf_free(&leaf);
	}
	assert_true(accepted > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_made_and_read_back),
		cmocka_unit_test(each_line_has_its_place),
		cmocka_unit_test(each_value_has_its_type),
		cmocka_unit_test(what_would_be_refused_is_not_sealed),
		cmocka_unit_test(a_leaf_has_an_end),
		cmocka_unit_test(signature_lines_are_counted),
		cmocka_unit_test(values_are_found_by_name),
		cmocka_unit_test(what_parses_holds_its_bytes),
	};

	return cmocka_run_group_tests_name("record", tests, setup, teardown);
}
