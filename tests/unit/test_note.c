#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "crypto/hash.h"
#include "evidence/note.h"

#define DASH "\xe2\x80\x94 "
/* Printed in C2SP signed-note. */
#define VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define TEXT "This is an example message.\n"
#define SIG DASH "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
#define OTHER DASH "other.example AAAAAAE=\n" /* key id 0, one byte of signature */

static struct signer *signer;
static struct vkey log_key, wit_key;

static int
setup(void **state)
{
	static const uint8_t seed[SEED_LEN] = {1, 2, 3};

	(void)state;
	if (crypto_init(NULL) || !(signer = signer_new(seed)))
		return -1;
	return vkey_make(&log_key, "log.example/1", NOTE_ED25519, signer_public(signer)) || vkey_make(&wit_key, "witness.example", NOTE_COSIGNATURE, signer_public(signer)) ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(signer);
	return 0;
}

static int
parse(const char *s)
{
	struct note n;

	return note_parse(&n, s, strlen(s), NULL);
}

static void
printed_example(void **state)
{
	static const char msg[] = TEXT "\n" SIG;
	struct vkey v, again;
	struct err e = {""};
	uint8_t h[32], want[32];
	struct note n;
	struct buf b;

	(void)state;
	if (vkey_parse(&v, VKEY, strlen(VKEY), &e))
		fail_msg("%s", e.text);
	assert_string_equal(v.name, "example.com/foo");
	assert_int_equal(v.alg, NOTE_ED25519);
	assert_int_equal(vkey_make(&again, v.name, v.alg, v.key), 0);
	assert_memory_equal(&v, &again, sizeof(v));
	buf_init(&b, 1000);
	assert_int_equal(vkey_print(&b, &v), 0);
	assert_string_equal(buf_str(&b), VKEY);
	vkey_hash(&v, h);
	sha256(want, VKEY, strlen(VKEY));
	assert_memory_equal(h, want, 32);
	buf_free(&b);
	assert_int_equal(note_parse(&n, msg, strlen(msg), &e), 0);
	assert_int_equal(n.text_len, strlen(TEXT));
	assert_int_equal(n.nsigs, 1);
	assert_int_equal(note_verify(&n, &v, NULL), 1);
}

static void
altered_example(void **state)
{
	char msg[] = TEXT "\n" SIG;
	size_t first = strlen(TEXT "\n" DASH "example.com/foo "), end = strlen(msg);
	struct vkey v;
	struct note n;

	(void)state;
	assert_int_equal(vkey_parse(&v, VKEY, strlen(VKEY), NULL), 0);
	for (size_t i = 0; i < end; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			int ok, got;

			msg[i] = (char)(msg[i] ^ (1 << bit));
			ok = note_parse(&n, msg, end, NULL) == 0;
			got = ok ? note_verify(&n, &v, NULL) : 0;
			msg[i] = (char)(msg[i] ^ (1 << bit));
			if (got == 1)
				fail_msg("byte %zu bit %u may change", i, bit);
			/* Behind the key id the line is still this key's: it fails, it is not unknown. */
			if (i > first + 5 && ok)
				assert_int_equal(got, -1);
		}
	msg[0] ^= 1;
	assert_int_equal(note_parse(&n, msg, end, NULL), 0);
	assert_int_equal(note_verify(&n, &v, NULL), -1);
}

static void
vkey_strict(void **state)
{
	static const char *const bad[] = {
	    "", "+", "example.com/foo", "example.com/foo+530d903a", "example.com/foo+530d903a+",
	    "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* the id is another's */
	    "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
	    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
	    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
	    " example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+530d903a+ AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	};
	struct vkey v;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e.text[0] = '\0';
		if (vkey_parse(&v, bad[i], strlen(bad[i]), &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_true(e.text[0] != '\0');
	}
}

/* A key with right id, of a type we do not know or no point of prime order. */
static void
vkey_bad_keys(void **state)
{
	static const uint8_t small[KEY_LEN] = {1}; /* the neutral point */
	uint8_t h[HASH_LEN], body[1 + KEY_LEN] = {NOTE_ED25519};
	struct vkey v;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(vkey_make(&v, "x", NOTE_ED25519, small), 0);
	assert_int_equal(vkey_print(&b, &v), 0);
	assert_int_equal(vkey_parse(&v, buf_str(&b), b.len, &e), -1);
	assert_non_null(strstr(e.text, "prime order"));
	assert_int_equal(vkey_make(&v, "x", 2, signer_public(signer)), -1);
	body[0] = 2;
	memcpy(body + 1, signer_public(signer), KEY_LEN);
	buf_reset(&b);
	buf_puts(&b, "x\n");
	buf_put(&b, body, sizeof(body));
	sha256(h, b.data, b.len);
	buf_reset(&b);
	buf_puts(&b, "x+");
	buf_hex(&b, h, 4);
	buf_putc(&b, '+');
	buf_b64(&b, body, sizeof(body));
	assert_int_equal(vkey_parse(&v, buf_str(&b), b.len, &e), -1);
	assert_non_null(strstr(e.text, "0x02"));
	buf_free(&b);
}

static void
names(void **state)
{
	static const char *const bad[] = {
	    "", " ", "a b", "a+b", "a\tb", "a\nb", "a\x01", "\xff", "a\xc2\xa0", "a\xc2\x85", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a",
	    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80z", "\xed\xa0\x80",
	};
	static const char *const good[] = {"a", "log.example/1", "\xe6\x9d\x91", "a\xe2\x80\x8b", "\xc3\xa0", "\xf0\x9f\x8c\xbe", "\xe3\x80\x81"};
	char name[NOTE_NAME_MAX + 1];
	struct vkey v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (vkey_make(&v, bad[i], NOTE_ED25519, signer_public(signer)) != -1)
			fail_msg("accepted: %s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (vkey_make(&v, good[i], NOTE_ED25519, signer_public(signer)))
			fail_msg("refused: %s", good[i]);
	memset(name, 'a', sizeof(name));
	name[NOTE_NAME_MAX] = '\0';
	assert_int_equal(vkey_make(&v, name, NOTE_ED25519, signer_public(signer)), -1);
	name[NOTE_NAME_MAX - 1] = '\0';
	assert_int_equal(vkey_make(&v, name, NOTE_ED25519, signer_public(signer)), 0);
}

static void
note_strict(void **state)
{
	static const char *const good[] = {
	    TEXT "\n" SIG, TEXT "\n" OTHER, "\n\n" OTHER, "a\n\nb\n\n" OTHER, "a\n\n\n" OTHER, TEXT "\n" OTHER OTHER SIG,
	    DASH "not a signature\n\n" OTHER, "\xe6\x9d\x91\x7f\n\n" OTHER,
	};
	static const char *const bad[] = {
	    "", "\n", "\n\n", TEXT, TEXT "\n", TEXT SIG, "\n" OTHER, OTHER,
	    TEXT "\n" SIG "\n", TEXT "\n" SIG "x", TEXT "\n" SIG "\nx\n",
	    TEXT "\n\r" SIG, "a\r\n\n" OTHER, "a\t\n\n" OTHER, "a\x1b\n\n" OTHER, "a\xff\n\n" OTHER, "a\xc0\x80\n\n" OTHER, "a\xed\xa0\x80\n\n" OTHER,
	    TEXT "\n" DASH "a AAAAAAE=", /* no LF */
	    TEXT "\n" "- a AAAAAAE=\n", TEXT "\n" " " DASH "a AAAAAAE=\n", TEXT "\n" "\xe2\x80\x94" "a AAAAAAE=\n",
	    TEXT "\n" DASH "a\n", TEXT "\n" DASH "a \n", TEXT "\n" DASH " AAAAAAE=\n", TEXT "\n" DASH "a  AAAAAAE=\n", TEXT "\n" DASH "a b AAAAAAE=\n",
	    TEXT "\n" DASH "a AAAAAAE= \n", TEXT "\n" DASH "a+b AAAAAAE=\n", TEXT "\n" DASH "a\xe2\x80\x80 AAAAAAE=\n",
	    TEXT "\n" DASH "a AAAAAAE\n", TEXT "\n" DASH "a AAAAAAF=\n", /* no padding; other bits set */
	    TEXT "\n" DASH "a AAAAAA==\n", TEXT "\n" DASH "a AAAA\n", /* nothing behind the key id */
	    TEXT "\n" DASH "a AA==AAE=\n", TEXT "\n" DASH "a AAAAAAE_\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (parse(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i]) != -1)
			fail_msg("accepted: %s", bad[i]);
	/* NUL is a control character too, and the text goes on behind it. */
	assert_int_equal(note_parse(&(struct note){0}, "a\0\n\n" OTHER, strlen(OTHER) + 4, NULL), -1);
}

static void
last_empty_line_parts(void **state)
{
	static const char msg[] = "a\n\nb\n\n" OTHER;
	struct note n;

	(void)state;
	assert_int_equal(note_parse(&n, msg, strlen(msg), NULL), 0);
	assert_int_equal(n.text_len, 5);
	assert_ptr_equal(n.text, msg);
	assert_int_equal(n.nsigs, 1);
	assert_int_equal(n.sig[0].name_len, strlen("other.example"));
	assert_int_equal(n.sig[0].blob_len, 1);
	assert_int_equal(n.sig[0].blob[0], 1);
}

static void
limits(void **state)
{
	static uint8_t blob[4000];
	struct note n;
	struct buf b;

	(void)state;
	buf_init(&b, 2 * NOTE_MAX);
	buf_puts(&b, "a\n\n");
	for (int i = 0; i < NOTE_SIGS_MAX; i++)
		buf_puts(&b, OTHER);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	assert_int_equal(n.nsigs, NOTE_SIGS_MAX);
	buf_puts(&b, OTHER);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), -1);
	/* Long signatures are kept by name and id: 76 bytes fit, 77 and some thousands do not. */
	for (size_t len = 76; len <= sizeof(blob); len += len == 76 ? 1 : 3923) {
		buf_reset(&b);
		buf_puts(&b, "a\n\n" DASH "long ");
		buf_b64(&b, blob, len);
		buf_putc(&b, '\n');
		assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
		assert_int_equal(n.sig[0].blob_len, len == 76 ? 72 : 0);
		/* Padding or a wrong letter far inside is still seen. */
		b.data[30] = '=';
		assert_int_equal(note_parse(&n, b.data, b.len, NULL), -1);
	}
	buf_reset(&b);
	while (b.len < NOTE_MAX - strlen(OTHER) - 2)
		buf_putc(&b, 'a');
	buf_puts(&b, "\n\n" OTHER);
	assert_int_equal(b.len, NOTE_MAX);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	buf_reset(&b);
	while (b.len < NOTE_MAX - strlen(OTHER) - 1)
		buf_putc(&b, 'a');
	buf_puts(&b, "\n\n" OTHER);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), -1);
	buf_free(&b);
}

static void
base64_of_any_length(void **state)
{
	static uint8_t raw[700];
	static char text[1000];
	uint8_t head[8];
	size_t total;

	(void)state;
	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof(raw); n++) {
		enc_b64(text, raw, n);
		memset(head, 0, sizeof(head));
		assert_int_equal(note_b64(text, strlen(text), head, sizeof(head), &total), 0);
		assert_int_equal(total, n);
		assert_memory_equal(head, raw, n < 8 ? n : 8);
		assert_int_equal(note_b64(text, strlen(text), NULL, 0, &total), 0);
		if (n > 0)
			assert_int_equal(note_b64(text, strlen(text) - 1, NULL, 0, &total), -1);
	}
	/* Padding at the end of the first piece of 256 characters, more behind it. */
	enc_b64(text, raw, 600);
	text[255] = '=';
	assert_int_equal(note_b64(text, strlen(text), NULL, 0, &total), -1);
}

static void
sign_and_verify(void **state)
{
	struct vkey other;
	struct note n;
	struct buf b;
	uint64_t t = 7;

	(void)state;
	buf_init(&b, NOTE_MAX);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), 0);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, 1679315147), 0);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	assert_int_equal(n.nsigs, 2);
	assert_int_equal(note_verify(&n, &log_key, &t), 1);
	assert_int_equal(t, 7);
	assert_int_equal(note_verify(&n, &wit_key, &t), 1);
	assert_int_equal(t, 1679315147);
	assert_int_equal(note_verify(&n, &wit_key, NULL), 1);
	/* Same key, other name or type: another id, so simply not there. */
	assert_int_equal(vkey_make(&other, "log.example/2", NOTE_ED25519, signer_public(signer)), 0);
	assert_int_equal(note_verify(&n, &other, NULL), 0);
	assert_int_equal(vkey_make(&other, "log.example/1", NOTE_COSIGNATURE, signer_public(signer)), 0);
	assert_int_equal(note_verify(&n, &other, NULL), 0);
	/* Name or id alone is not enough, both with another key is a failure. */
	other = log_key;
	other.id[0] ^= 1;
	assert_int_equal(note_verify(&n, &other, NULL), 0);
	other = log_key;
	strcpy(other.name, "log.example/x");
	assert_int_equal(note_verify(&n, &other, NULL), 0);
	other = log_key;
	other.key[0] ^= 1;
	assert_int_equal(note_verify(&n, &other, NULL), -1);
	buf_free(&b);
}

/* A wrong line of a known key spoils the note, also behind a right one. */
static void
one_wrong_line_fails(void **state)
{
	uint8_t blob[4 + 72] = {0};
	size_t len[3] = {4 + 63, 4 + 64, 4 + 72};
	struct note n;
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	memcpy(blob, log_key.id, 4);
	for (int i = 0; i < 3; i++) {
		buf_reset(&b);
		assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), 0);
		buf_printf(&b, DASH "%s ", log_key.name);
		buf_b64(&b, blob, len[i]);
		buf_putc(&b, '\n');
		assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
		assert_int_equal(note_verify(&n, &log_key, NULL), -1);
	}
	buf_free(&b);
}

static void
cosignature_times(void **state)
{
	struct note n;
	struct buf b;
	uint64_t t = 0;

	(void)state;
	buf_init(&b, NOTE_MAX);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), 0);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, (uint64_t)INT64_MAX + 1), -1);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, INT64_MAX), 0);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	assert_int_equal(note_verify(&n, &wit_key, &t), 1);
	assert_true(t == INT64_MAX);
	/* The time is signed. */
	n.sig[1].blob[7] ^= 1;
	assert_int_equal(note_verify(&n, &wit_key, &t), -1);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, 5), 0);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, 6), 0);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	assert_int_equal(note_verify(&n, &wit_key, &t), 1);
	assert_int_equal(t, 5);
	buf_free(&b);
}

/* The very bytes a cosignature signs, so that other implementations agree. */
static void
cosignature_message(void **state)
{
	static const char msg[] = "cosignature/v1\ntime 1679315147\n" TEXT;
	uint8_t sig[SIG_LEN];
	struct note n;
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), 0);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, 1679315147), 0);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	signer_sign(signer, sig, msg, strlen(msg));
	assert_int_equal(n.sig[1].blob_len, 72);
	assert_memory_equal(n.sig[1].blob, "\0\0\0\0\x64\x18\x50\xcb", 8);
	assert_memory_equal(n.sig[1].blob + 8, sig, SIG_LEN);
	buf_free(&b);
}

static void
sign_refuses(void **state)
{
	static const char *const bad[] = {"", "no LF", "a\r\n", "a\t\n", "\xff\n"};
	static const uint8_t seed[SEED_LEN] = {9};
	struct signer *other = signer_new(seed);
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(note_sign(&b, bad[i], strlen(bad[i]), &log_key, signer), -1);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, other), -1);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &wit_key, signer), -1);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, signer, 1), -1);
	assert_int_equal(b.len, 0);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), 0);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &log_key, signer, 1), -1);
	assert_int_equal(note_cosign(&b, TEXT, strlen(TEXT), &wit_key, other, 1), -1);
	/* A line on another text does not go under this one. */
	assert_int_equal(note_sign(&b, "x" TEXT, strlen("x" TEXT), &log_key, signer), -1);
	assert_int_equal(note_cosign(&b, "x" TEXT, strlen("x" TEXT), &wit_key, signer, 1), -1);
	buf_free(&b);
	buf_init(&b, 40);
	assert_int_equal(note_sign(&b, TEXT, strlen(TEXT), &log_key, signer), -1);
	buf_free(&b);
	signer_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printed_example),
	    cmocka_unit_test(altered_example),
	    cmocka_unit_test(vkey_strict),
	    cmocka_unit_test(vkey_bad_keys),
	    cmocka_unit_test(names),
	    cmocka_unit_test(note_strict),
	    cmocka_unit_test(last_empty_line_parts),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(base64_of_any_length),
	    cmocka_unit_test(sign_and_verify),
	    cmocka_unit_test(one_wrong_line_fails),
	    cmocka_unit_test(cosignature_times),
	    cmocka_unit_test(cosignature_message),
	    cmocka_unit_test(sign_refuses),
	};

	return cmocka_run_group_tests_name("note", tests, setup, teardown);
}
