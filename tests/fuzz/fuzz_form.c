/* An XForm that is accepted keeps to its limits, can be filled in, and what it gives it can judge. */
#include "forms/engine.h"
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

/* A new entry, each field answered, judged: within bounds, whatever the form says. */
static void
fill_in(const struct form *f)
{
	struct form_env env = { .now_ms = UINT64_C(1795449600123), .device = "d" };
	struct form_findings findings = { 0, NULL };
	struct form_run *r = form_run_open(f, &env, NULL, NULL);
	cJSON *answers;

	if (!r)
		return;
	for (size_t i = 0; i < f->root.nchild; i++) {
		const char *path = f->root.child[i].path;

		(void)form_run_set(r, path, "12", NULL);
		(void)form_run_add(r, path);
		(void)form_run_required(r, path);
		(void)form_run_readonly(r, path);
	}
	(void)form_run_check(r, &findings);
	form_findings_free(&findings);
	if ((answers = form_run_answers(r))) {
		(void)form_fill(f, &env, 0, answers, NULL);
		(void)form_check_in(f, &env, answers, NULL);
	}
	cJSON_Delete(answers);
	form_run_free(r);
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
	fill_in(f);
	form_free(f);
	return 0;
}
