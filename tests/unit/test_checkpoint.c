#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/checkpoint.h"

/* Printed in C2SP tlog-checkpoint. */
#define ORIGIN "example.com/behind-the-sofa\n"
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define PRINTED ORIGIN "20852163\n" ROOT

static struct signer *signer, *stranger;
static struct vkey log_key, wit_key;

static int
setup(void **state)
{
	static const uint8_t seed[SEED_LEN] = {4, 5, 6}, seed2[SEED_LEN] = {7};

	(void)state;
	if (crypto_init(NULL) || !(signer = signer_new(seed)) || !(stranger = signer_new(seed2)))
		return -1;
	return vkey_make(&log_key, "example.com/behind-the-sofa", NOTE_ED25519, signer_public(signer)) || vkey_make(&wit_key, "witness.example", NOTE_COSIGNATURE, signer_public(stranger)) ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(signer);
	signer_free(stranger);
	return 0;
}

static void
printed_example(void **state)
{
	struct checkpoint c;
	struct err e = {""};
	struct buf b;

	(void)state;
	if (checkpoint_parse(&c, PRINTED, strlen(PRINTED), &e))
		fail_msg("%s", e.text);
	assert_string_equal(c.origin, "example.com/behind-the-sofa");
	assert_int_equal(c.size, 20852163);
	assert_memory_equal(c.root, "\x0a\xc5\x18\x6a", 4);
	buf_init(&b, 200);
	assert_int_equal(checkpoint_text(&b, &c), 0);
	assert_string_equal(buf_str(&b), PRINTED);
	buf_free(&b);
}

static void
strict_text(void **state)
{
	static const char *const bad[] = {
	    "", "\n", ORIGIN, ORIGIN "1\n", ORIGIN "1\n\n", "\n1\n" ROOT, ORIGIN "\n" ROOT,
	    PRINTED "\n", PRINTED "extension\n", PRINTED "x",
	    ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", /* no LF */
	    "example.com/behind-the-sofa\r\n1\n" ROOT, ORIGIN "1\r\n" ROOT, "a\tb\n1\n" ROOT, "a\x01\n1\n" ROOT, "a\xff\n1\n" ROOT,
	    ORIGIN "01\n" ROOT, ORIGIN "00\n" ROOT, ORIGIN "+1\n" ROOT, ORIGIN "-1\n" ROOT, ORIGIN " 1\n" ROOT, ORIGIN "1 \n" ROOT, ORIGIN "0x1\n" ROOT,
	    ORIGIN "1e3\n" ROOT, ORIGIN "18446744073709551616\n" ROOT,
	    ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", /* other bits set */
	    ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
	    ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", /* 31 bytes */
	    ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2Ii\n", /* 33 bytes */
	    ORIGIN "1\n" " " ROOT, ORIGIN "1\n" "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
	};
	struct checkpoint c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e.text[0] = '\0';
		if (checkpoint_parse(&c, bad[i], strlen(bad[i]), &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_true(e.text[0] != '\0');
	}
	assert_int_equal(checkpoint_parse(&c, ORIGIN "0\n" ROOT, strlen(ORIGIN "0\n" ROOT), &e), 0);
	assert_int_equal(checkpoint_parse(&c, ORIGIN "18446744073709551615\n" ROOT, strlen(ORIGIN "18446744073709551615\n" ROOT), &e), 0);
	assert_true(c.size == UINT64_MAX);
}

static void
origins(void **state)
{
	struct checkpoint c = {.size = 1}, got;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(checkpoint_text(&b, &c), -1);
	strcpy(c.origin, "two\nlines");
	assert_int_equal(checkpoint_text(&b, &c), -1);
	strcpy(c.origin, "bad\xff");
	assert_int_equal(checkpoint_text(&b, &c), -1);
	memset(c.origin, 'a', sizeof(c.origin)); /* no NUL */
	assert_int_equal(checkpoint_text(&b, &c), -1);
	assert_int_equal(b.len, 0);
	c.origin[sizeof(c.origin) - 1] = '\0';
	assert_int_equal(checkpoint_text(&b, &c), 0);
	assert_int_equal(checkpoint_parse(&got, buf_str(&b), b.len, NULL), 0);
	assert_string_equal(got.origin, c.origin);
	buf_reset(&b);
	for (int i = 0; i < NOTE_NAME_MAX; i++)
		buf_putc(&b, 'a');
	buf_puts(&b, "\n1\n" ROOT);
	assert_int_equal(checkpoint_parse(&got, buf_str(&b), b.len, NULL), -1);
	buf_free(&b);
}

static void
make(struct buf *b)
{
	struct checkpoint c;

	assert_int_equal(checkpoint_parse(&c, PRINTED, strlen(PRINTED), NULL), 0);
	assert_int_equal(checkpoint_sign(b, &c, &log_key, signer), 0);
}

static void
sign_and_open(void **state)
{
	struct checkpoint c;
	struct err e = {""};
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	make(&b);
	assert_memory_equal(b.data, PRINTED "\n\xe2\x80\x94 example.com/behind-the-sofa ", strlen(PRINTED) + 1 + 4 + 28);
	if (checkpoint_open(&c, b.data, b.len, &log_key, &e))
		fail_msg("%s", e.text);
	assert_int_equal(c.size, 20852163);
	/* Other signatures, known to somebody or not, do not matter. */
	assert_int_equal(note_cosign(&b, PRINTED, strlen(PRINTED), &wit_key, stranger, 1), 0);
	buf_puts(&b, "\xe2\x80\x94 nobody AAAAAAE=\n");
	assert_int_equal(checkpoint_open(&c, b.data, b.len, &log_key, &e), 0);
	/* Appending to what stands in the buffer already. */
	buf_reset(&b);
	buf_puts(&b, "before\n");
	make(&b);
	assert_int_equal(checkpoint_open(&c, b.data + 7, b.len - 7, &log_key, &e), 0);
	buf_free(&b);
}

static void
open_refuses(void **state)
{
	static const char extended[] = PRINTED "extension\n", elsewhere[] = "example.com/other\n1\n" ROOT;
	struct checkpoint c;
	struct vkey other;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	make(&b);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		if (checkpoint_open(&c, b.data, b.len, &log_key, NULL) == 0)
			fail_msg("byte %zu may change", i);
		b.data[i] ^= 1;
		if (checkpoint_open(&c, b.data, i, &log_key, NULL) == 0)
			fail_msg("may be cut to %zu bytes", i);
	}
	assert_int_equal(vkey_make(&other, log_key.name, NOTE_ED25519, signer_public(stranger)), 0);
	assert_int_equal(checkpoint_open(&c, b.data, b.len, &other, &e), -1);
	assert_non_null(strstr(e.text, "not signed"));
	assert_int_equal(checkpoint_open(&c, b.data, b.len, &wit_key, &e), -1);
	/* The log's key on a text that is no checkpoint of this log. */
	buf_reset(&b);
	assert_int_equal(note_sign(&b, elsewhere, strlen(elsewhere), &log_key, signer), 0);
	assert_int_equal(checkpoint_open(&c, b.data, b.len, &log_key, &e), -1);
	assert_non_null(strstr(e.text, "origin"));
	buf_reset(&b);
	assert_int_equal(note_sign(&b, extended, strlen(extended), &log_key, signer), 0);
	assert_int_equal(checkpoint_open(&c, b.data, b.len, &log_key, &e), -1);
	assert_non_null(strstr(e.text, "extension"));
	buf_free(&b);
}

static void
sign_refuses(void **state)
{
	struct checkpoint c;
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	assert_int_equal(checkpoint_parse(&c, PRINTED, strlen(PRINTED), NULL), 0);
	assert_int_equal(checkpoint_sign(&b, &c, &log_key, stranger), -1);
	strcpy(c.origin, "example.com/other");
	assert_int_equal(checkpoint_sign(&b, &c, &log_key, signer), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	buf_init(&b, 100);
	strcpy(c.origin, log_key.name);
	assert_int_equal(checkpoint_sign(&b, &c, &log_key, signer), -1);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printed_example),
	    cmocka_unit_test(strict_text),
	    cmocka_unit_test(origins),
	    cmocka_unit_test(sign_and_open),
	    cmocka_unit_test(open_refuses),
	    cmocka_unit_test(sign_refuses),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, setup, teardown);
}
