/* What is typed on a page, and what a photo's EXIF says: settled texts fit, settling them again changes nothing, exceptions name fields of the form. */
#include <stdlib.h>
#include <string.h>

#include "agent/record/exception.h"
#include "agent/record/pixels.h"
#include "agent/record/typed.h"
#include "base/enc.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

static struct form *form;

static void
load(void)
{
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	fuzz_must(file_read("forms/catalogue/dew-training.xml", &b, NULL) == 0);
	form = form_parse(b.data, b.len, NULL);
	fuzz_must(form != NULL);
	buf_free(&b);
}

static void
settle(const char *text)
{
	static char once[TYPED_MAX + 1], twice[TYPED_MAX + 1];
	size_t i;

	for (i = 0; i < form->root.nchild; i++) {
		if (form->root.child[i].nchild > 0)
			continue;
		typed_settle(&form->root.child[i], text, once);
		fuzz_must(strlen(once) <= TYPED_MAX);
		typed_settle(&form->root.child[i], once, twice);
		fuzz_must(strlen(once) + 8 > TYPED_MAX || strcmp(once, twice) == 0);
	}
}

static void
except(const char *text)
{
	cJSON *over = cJSON_CreateObject(), *v;
	char wrong[128] = "";

	fuzz_must(over != NULL);
	if (exception_take(form, text, over, wrong) == EXCEPTION_WRONG)
		fuzz_must(strlen(wrong) < sizeof(wrong));
	cJSON_ArrayForEach(v, over)
		fuzz_must(form_field(form, v->string) != NULL);
	cJSON_Delete(over);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned o = pixels_orientation(p, n);
	char *text;

	fuzz_must(o >= 1 && o <= 8);
	if (form == NULL)
		load();
	/* forms take no NUL and nothing but UTF-8 */
	if (n > 8192 || memchr(p, 0, n) != NULL || !utf8_ok(p, n) || (text = malloc(n + 1)) == NULL)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	settle(text);
	except(text);
	free(text);
	return 0;
}
