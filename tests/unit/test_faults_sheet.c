/* Goal: whichever allocation fails while a sheet is compiled, the answer is the form or that memory is out; never a fault of the sheet, never a wrong form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "forms/form.h"
#include "forms/xlsform.h"
#include "tests/lib/faultmem.h"

#define POINTS 400 /* TALLY_FAULTS=all: every one */

/* What libxml2 forgets to release when its own allocations fail is not ours. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libxml2\n";
}

static void
one(const struct buf *sheet, const struct buf *want, unsigned long nth, int forever)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct err e = { "" };
	struct buf xml;
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	faultmem_arm(nth, forever);
	rc = xlsform_compile(sheet->data, sheet->len, &xml, &faults, &e);
	(void)faultmem_disarm();
	if (rc == 1)
		fail_msg("allocation %lu%s: refused: %s", nth, forever ? " and later ones" : "", faults.n > 0 ? faults.f[0].text : "");
	if (rc == 0 && (xml.len != want->len || memcmp(xml.data, want->data, xml.len) != 0))
		fail_msg("allocation %lu: another form", nth);
	if (rc != 0)
		assert_string_not_equal(e.text, "");
	xls_faults_free(&faults);
	buf_free(&xml);
}

static void
test_sheet(void **state)
{
	const char *top = getenv("TALLY_TOP"), *all = getenv("TALLY_FAULTS");
	struct xls_faults faults = { 0, 0, NULL };
	struct buf sheet, want;
	char path[4096];
	unsigned long n, k, step;
	int forever;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/forms/catalogue/guaranteed-loan.csv", top == NULL ? "." : top);
	buf_init(&sheet, XLSFORM_BYTES_MAX);
	buf_init(&want, FORM_BYTES_MAX);
	assert_int_equal(file_read(path, &sheet, NULL), 0);
	faultmem_arm(0, 0);
	assert_int_equal(xlsform_compile(sheet.data, sheet.len, &want, &faults, NULL), 0);
	n = faultmem_seen();
	(void)faultmem_disarm();
	step = all != NULL ? 1 : n / POINTS + 1;
	for (forever = 0; forever < 2; forever++)
		for (k = 1 + (all != NULL ? 0 : (unsigned long)forever); k <= n; k += step)
			one(&sheet, &want, k, forever);
	print_message("# %lu allocations\n", n);
	buf_free(&sheet);
	buf_free(&want);
	xls_faults_free(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sheet) };

	if (faultmem_install() != 0)
		return 1;
	return cmocka_run_group_tests_name("faults_sheet", tests, NULL, NULL);
}
