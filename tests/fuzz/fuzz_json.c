/* What the scan lets through, the library reads; compact JSON without fractions prints as it was parsed, but for escapes. */
#include <string.h>

#include "base/json.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const unsigned strict = JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT;
	cJSON *tree = json_parse(p, n, 0, NULL);
	char *text;

	fuzz_must((tree != NULL) == (json_scan(p, n, JSON_DEPTH_MAX, 0, NULL) == 0));
	cJSON_Delete(tree);
	tree = json_parse(p, n, strict, NULL);
	fuzz_must((tree != NULL) == (json_scan(p, n, JSON_DEPTH_MAX, strict, NULL) == 0));
	if (!tree)
		return 0;
	text = cJSON_PrintUnformatted(tree);
	fuzz_must(text != NULL && json_scan(text, strlen(text), JSON_DEPTH_MAX, strict, NULL) == 0);
	if (!memchr(p, '\\', n) && !memchr(p, 0x7f, n))
		fuzz_must(strlen(text) == n && memcmp(text, p, n) == 0);
	cJSON_free(text);
	cJSON_Delete(tree);
	return 0;
}
