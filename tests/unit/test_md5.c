/* Goal: MD5 gives the digests of RFC 1321, for every length around a block too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/openrosa/md5.h"
#include "base/enc.h"

static void
gives(const char *text, size_t n, const char *hex)
{
	uint8_t d[16];
	char got[33];

	md5(d, text, n);
	enc_hex(got, d, sizeof(d));
	assert_string_equal(got, hex);
}

static void
test_rfc(void **state)
{
	static const char digits[] = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";

	(void)state;
	gives("", 0, "d41d8cd98f00b204e9800998ecf8427e");
	gives("a", 1, "0cc175b9c0f1b6a831c399e269772661");
	gives("abc", 3, "900150983cd24fb0d6963f7d28e17f72");
	gives("message digest", 14, "f96b697d7cb7938d525a2f31aaf161d0");
	gives(digits, 80, "57edf4a22be3c955ac49da2e2107b67a");
}

/* Lengths at which the padding takes one block, and two. */
static void
test_padding(void **state)
{
	char a[64];

	(void)state;
	memset(a, 'a', sizeof(a));
	gives(a, 55, "ef1772b6dff9a122358552954ad0df65");
	gives(a, 56, "3b0c8ac703f828b04c6c197006d17218");
	gives(a, 63, "b06521f39153d618550606be297466d5");
	gives(a, 64, "014842d480b571495a4a0363793f7367");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rfc), cmocka_unit_test(test_padding) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
