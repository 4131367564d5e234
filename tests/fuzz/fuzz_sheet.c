/* A form in a CSV file is compiled to what form_parse() accepts, or refused with a reason; the same bytes give the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "forms/form.h"
#include "forms/xlsform.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct xls_faults faults = { 0, 0, NULL }, again = { 0, 0, NULL };
	struct buf xml, second;
	struct form *f;
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	buf_init(&second, FORM_BYTES_MAX);
	rc = xlsform_compile(p, n, &xml, &faults, NULL);
	fuzz_must(rc == (faults.errors > 0 ? 1 : 0));
	fuzz_must((rc == 0) == (xml.len > 0));
	if (rc == 0) {
		fuzz_must((f = form_parse(xml.data, xml.len, NULL)) != NULL);
		form_free(f);
	}
	fuzz_must(xlsform_compile(p, n, &second, &again, NULL) == rc && again.n == faults.n && second.len == xml.len);
	fuzz_must(xml.len == 0 || memcmp(xml.data, second.data, xml.len) == 0);
	xls_faults_free(&faults);
	xls_faults_free(&again);
	buf_free(&xml);
	buf_free(&second);
	return 0;
}
