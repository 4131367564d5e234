#include "web/tr.h"

#include <stdlib.h>
#include <string.h>

static int
by_text(const void *key, const void *row)
{
	return strcmp(key, ((const struct tr_text *)row)->en);
}

const char *
tr(const char *lang, const char *text)
{
	const struct tr_text *t;

	if (strcmp(lang, "zh") != 0)
		return text;
	t = bsearch(text, tr_zh, tr_zh_n, sizeof(tr_zh[0]), by_text);
	return t != NULL ? t->zh : text;
}
