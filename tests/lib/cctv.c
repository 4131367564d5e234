#include "tests/lib/cctv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/json.h"
#include "crypto/sign.h"
#include "tests/lib/vectors.h"

static int
flagged(const cJSON *vector, const char *flag)
{
	const cJSON *f;

	cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(vector, "flags"))
		if (cJSON_IsString(f) && strcmp(f->valuestring, flag) == 0)
			return 1;
	return 0;
}

/*
 * Whether the key is usable and what OpenSSL and Go say follows from how the
 * vector was built: they compare the encoding of S*B - k*A with R, so R must
 * be canonical and nothing of small order may be left over.
 */
static void
cctv_vector(const cJSON *v, size_t *good_keys, size_t *good_sigs)
{
	const char *msg = json_string(v, "msg");
	uint8_t key[KEY_LEN], sig[SIG_LEN];
	int want_key = !flagged(v, "low_order_A") && !flagged(v, "low_order_component_A") && !flagged(v, "non_canonical_A");
	int want_sig = !flagged(v, "low_order_residue") && !flagged(v, "non_canonical_R");
	int64_t number;

	assert_int_equal(json_int(v, "number", &number), 0);
	assert_int_equal(dec_hex(key, sizeof(key), json_string(v, "key"), 2 * sizeof(key)), 0);
	assert_int_equal(dec_hex(sig, sizeof(sig), json_string(v, "sig"), 2 * sizeof(sig)), 0);
	if (key_ok(key) != want_key)
		fail_msg("vector %d: key_ok is wrong", (int)number);
	if (!want_key)
		return;
	(*good_keys)++;
	*good_sigs += (size_t)want_sig;
	if (verify(sig, msg, strlen(msg), key) != want_sig)
		fail_msg("vector %d: verify is wrong", (int)number);
	/* the check of R that a cofactored library needs comes to the same verdict, but for the neutral R, which is judged apart */
	if (!flagged(v, "low_order_R") && key_ok(sig) != want_sig)
		fail_msg("vector %d: the check of R is wrong", (int)number);
}

void
cctv_judge(void)
{
	char file[4096];
	const char *vectors = vectors_dir();
	size_t n = 0, good_keys = 0, good_sigs = 0;
	struct buf b;
	struct err e;
	cJSON *all;
	const cJSON *v;

	if (vectors == NULL || file_path(file, sizeof(file), vectors, "ed25519/cctv.json") != 0 || !file_exists(file))
		skip();
	buf_init(&b, 4 << 20);
	assert_int_equal(file_read(file, &b, &e), 0);
	all = json_parse(b.data, b.len, 0, &e);
	assert_non_null(all);
	cJSON_ArrayForEach(v, all) {
		cctv_vector(v, &good_keys, &good_sigs);
		n++;
	}
	assert_int_equal(n, 914);
	assert_int_equal(good_keys, 28);
	assert_int_equal(good_sigs, 2);
	cJSON_Delete(all);
	buf_free(&b);
}
