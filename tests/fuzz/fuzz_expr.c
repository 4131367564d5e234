/* An expression is refused, or gives a value within the engine's bounds. */
#include <stdlib.h>
#include <string.h>

#include "forms/engine.h"
#include "tests/fuzz/fuzz.h"

static const char before[] = "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" "
    "xmlns:jr=\"http://openrosa.org/javarosa\"><h:head><h:title>t</h:title><model><instance><data id=\"t\" version=\"1\"><n>7</n><d>2.5</d>"
    "<s>hello</s><zh>\xe8\xb4\xb5\xe5\xb7\x9e</zh><empty/><many>a c</many><one>b</one><day>2026-11-20</day><g><x>4</x></g>"
    "<rep jr:template=\"\"><v>1</v></rep><rep><v>1</v></rep><rep><v>1</v></rep><out/><meta><instanceID/></meta></data></instance>"
    "<instance id=\"towns\"><root><item><name>t1</name><label>T</label><county>hello</county></item></root></instance>"
    "<bind nodeset=\"/data/day\" type=\"date\"/><bind nodeset=\"/data/out\" calculate=\"";
static const char after[] = "\"/></model></h:head><h:body><select ref=\"/data/many\"><item><label>A</label><value>a</value></item>"
    "<item><label>C</label><value>c</value></item></select><select1 ref=\"/data/one\"><item><label>B</label><value>b</value></item></select1>"
    "<repeat nodeset=\"/data/rep\"/></h:body></h:html>";

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct form_env env = { .now_ms = UINT64_C(1795449600123) };
	struct form_run *r;
	struct form *f;
	struct buf b;

	buf_init(&b, 65536);
	(void)buf_puts(&b, before);
	for (size_t i = 0; i < n && n <= 4096; i++)
		if (p[i] == '<' || p[i] == '&' || p[i] == '"')
			(void)buf_printf(&b, "&#%u;", p[i]);
		else
			(void)buf_putc(&b, p[i]);
	(void)buf_puts(&b, after);
	if ((f = form_parse(b.data, b.len, NULL))) {
		fuzz_must((r = form_run_open(f, &env, NULL, NULL)) != NULL);
		(void)form_run_settle(r, NULL);
		fuzz_must(strlen(form_run_value(r, "out")) <= FORM_TEXT_MAX);
		form_run_free(r);
		form_free(f);
	}
	buf_free(&b);
	return 0;
}
