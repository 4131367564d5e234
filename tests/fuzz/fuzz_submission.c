/* An instance that is taken has answers of the form alone, each fitting its type, so that they can be judged and split; files have plain names. */
#include <string.h>

#include "forms/engine.h"
#include "forms/submission.h"
#include "tests/fuzz/fuzz.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char xml[] =
	"<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\" "
	"xmlns:orx=\"http://openrosa.org/xforms\"><h:head><h:title>t</h:title><model><instance>"
	"<data id=\"t\" version=\"1\"><s/><n/><d/><day/><at/><hour/><pos/><one/><many/><g><pic/></g><rep jr:template=\"\"><x/><pic/></rep>"
	"<orx:meta><orx:instanceID/><orx:deprecatedID/><orx:username/></orx:meta></data></instance>"
	"<bind nodeset=\"/data/s\" type=\"string\"/><bind nodeset=\"/data/n\" type=\"int\"/><bind nodeset=\"/data/d\" type=\"decimal\"/>"
	"<bind nodeset=\"/data/day\" type=\"date\"/><bind nodeset=\"/data/at\" type=\"dateTime\"/><bind nodeset=\"/data/hour\" type=\"time\"/>"
	"<bind nodeset=\"/data/pos\" type=\"geopoint\"/><bind nodeset=\"/data/g/pic\" type=\"binary\"/><bind nodeset=\"/data/rep/x\" type=\"int\"/>"
	"<bind nodeset=\"/data/rep/pic\" type=\"binary\"/></model></h:head><h:body>"
	"<input ref=\"/data/s\"><label>a</label></input><input ref=\"/data/n\"><label>a</label></input><input ref=\"/data/d\"><label>a</label></input>"
	"<input ref=\"/data/day\"><label>a</label></input><input ref=\"/data/at\"><label>a</label></input><input ref=\"/data/hour\"><label>a</label></input>"
	"<input ref=\"/data/pos\"><label>a</label></input>"
	"<select1 ref=\"/data/one\"><label>a</label><item><label>A</label><value>a</value></item></select1>"
	"<select ref=\"/data/many\"><label>a</label><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select>"
	"<group ref=\"/data/g\"><label>g</label><upload ref=\"/data/g/pic\" mediatype=\"image/*\"><label>a</label></upload></group>"
	"<group ref=\"/data/rep\"><label>r</label><repeat nodeset=\"/data/rep\"><input ref=\"/data/rep/x\"><label>a</label></input>"
	"<upload ref=\"/data/rep/pic\" mediatype=\"image/*\"><label>a</label></upload></repeat></group></h:body></h:html>";

static void
judge(struct submission *s, const struct form *f)
{
	struct form_findings out = { 0, NULL };
	struct buf payload, personal;

	buf_init(&payload, FORM_BYTES_MAX);
	buf_init(&personal, FORM_BYTES_MAX);
	fuzz_must(s->nodes <= SUBMISSION_NODES_MAX && s->nfiles <= SUBMISSION_FILES_MAX);
	for (size_t i = 0; i < s->nfiles; i++) {
		fuzz_must(s->file[i].name[0] != '.' && strchr(s->file[i].name, '/') == NULL);
		fuzz_must(form_set(f, s->answers, s->file[i].path, HASH, NULL) == 0);
	}
	(void)form_check(f, s->answers, &out);
	for (size_t i = 0; i < out.n; i++)
		fuzz_must(strcmp(out.f[i].rule, "type") != 0 && strcmp(out.f[i].rule, "unknown-field") != 0);
	fuzz_must(form_split(f, s->answers, &payload, &personal) == 0);
	form_findings_free(&out);
	buf_free(&payload);
	buf_free(&personal);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct form *f;
	struct form_findings out = { 0, NULL };
	struct submission *s;

	if (f == NULL)
		f = form_parse(xml, strlen(xml), NULL);
	fuzz_must(f != NULL);
	if ((s = submission_open(p, n, NULL)) == NULL)
		return 0;
	fuzz_must(strncmp(s->instance_id, "uuid:", 5) == 0 && strlen(s->instance_id) <= SUBMISSION_ID_MAX);
	if (submission_answers(s, f, &out) == 0)
		judge(s, f);
	else
		fuzz_must(out.n > 0 && out.n <= FORM_FINDINGS_MAX);
	form_findings_free(&out);
	submission_free(s);
	return 0;
}
