#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "tests/lib/golden.h"

#define GOLDEN_MAX (1U << 20)

static void
read_file(struct buf *b, const char *name)
{
	const char *top = getenv("TALLY_TOP");
	struct err e = { "" };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s", top ? top : ".", name);
	buf_init(b, GOLDEN_MAX);
	if (file_read(path, b, &e))
		fail_msg("%s", e.text);
}

cJSON *
golden_index(void)
{
	struct err e = { "" };
	struct buf b;
	cJSON *index;

	read_file(&b, "INDEX.json");
	index = json_parse(b.data, b.len, JSON_OBJECT, &e);
	if (!index)
		fail_msg("INDEX.json: %s", e.text);
	buf_free(&b);
	return index;
}

const cJSON *
golden_facts(const cJSON *index, const char *name)
{
	const cJSON *facts = cJSON_GetObjectItemCaseSensitive(index, name);

	if (!facts)
		fail_msg("INDEX.json has no \"%s\"", name);
	return facts;
}

void
golden_read(struct buf *b, const cJSON *facts)
{
	read_file(b, json_string(facts, "file"));
}

void
golden_hex(const cJSON *facts, const char *key, uint8_t *out, size_t n)
{
	const char *hex = json_string(facts, key);

	if (!hex || dec_hex(out, n, hex, strlen(hex)))
		fail_msg("\"%s\" is not hex of %zu bytes", key, n);
}

struct signer *
golden_signer(const char *name)
{
	uint8_t seed[SEED_LEN];
	struct signer *s;
	char text[128];

	(void)snprintf(text, sizeof(text), "tallystick golden %s", name);
	sha256(seed, text, strlen(text));
	s = signer_new(seed);
	assert_non_null(s);
	return s;
}
