/* The file of paired phones, read whole or not at all: what is read is within its bounds and printed as it stood, but for the form of it. */
#include <string.h>

#include "agent/people/phones.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct phones_table t, again;
	char text[8192];
	struct buf b;
	size_t i;

	if (n >= sizeof(text) || memchr(p, '\0', n) != NULL)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (phones_parse(&t, text) != 0)
		return 0;
	fuzz_must(t.n <= PHONES_MAX);
	for (i = 0; i < t.n; i++)
		fuzz_must(t.at[i].number <= t.last && (i == 0 || t.at[i].number > t.at[i - 1].number) && (t.at[i].has_secret || t.at[i].has_token) &&
		    strlen(t.at[i].name) <= PHONE_NAME_MAX && strlen(t.at[i].user) <= ID_MAX && strlen(t.at[i].place) <= PLACE_MAX);
	buf_init(&b, 65536);
	phones_print(&b, &t);
	fuzz_must(buf_ok(&b) && phones_parse(&again, buf_str(&b)) == 0 && memcmp(&t, &again, sizeof(t)) == 0);
	buf_free(&b);
	return 0;
}
