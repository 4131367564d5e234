/* An XForm that is accepted keeps to its limits and can judge answers. */
#include "forms/form.h"
#include "tests/fuzz/fuzz.h"

static size_t
count(const struct form_field *f, unsigned depth)
{
	size_t n = 1;

	fuzz_must(f->label[FORM_ZH] != NULL && f->label[FORM_EN] != NULL && f->nchoices <= FORM_CHOICES_MAX && depth <= FORM_DEPTH_MAX + 1);
	for (size_t i = 0; i < f->nchild; i++)
		n += count(&f->child[i], depth + 1);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct form_findings findings = { 0, NULL };
	struct form *f = form_parse(p, n, NULL);
	cJSON *answers;

	if (!f)
		return 0;
	for (size_t i = 0; i < f->root.nchild; i++)
		fuzz_must(count(&f->root.child[i], 1) <= FORM_FIELDS_MAX);
	answers = cJSON_CreateObject();
	fuzz_must(answers != NULL);
	for (size_t i = 0; i < f->root.nchild; i++)
		(void)form_set(f, answers, f->root.child[i].path, "12", NULL);
	(void)form_check(f, answers, &findings);
	form_findings_free(&findings);
	cJSON_Delete(answers);
	form_free(f);
	return 0;
}
