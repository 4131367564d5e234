#include <inttypes.h>

#include "audit/report.h"
#include "base/enc.h"

static const char *const VERDICTS[] = { "ok", "findings", "unusable" };
static const char *const TRUSTS[] = { "export-only", "pinned", "witnessed" };

/* Well-formed UTF-8 in quotes. */
static void
put_string(FILE *f, const char *s)
{
	(void)putc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", (unsigned)*s);
		else
			(void)putc(*s, f);
	}
	(void)putc('"', f);
}

static void
put_log(FILE *f, const struct audit *a)
{
	char root[48];
	struct buf key;

	buf_init(&key, 512);
	fputs("\"log\":{\"origin\":", f);
	if (a->has_log)
		put_string(f, a->log.name);
	else
		fputs("null", f);
	fprintf(f, ",\"size\":%" PRIu64 ",\"root\":", a->size);
	if (a->has_head) {
		enc_b64(root, a->tree_root, sizeof(a->tree_root));
		put_string(f, root);
	} else {
		fputs("null", f);
	}
	fputs(",\"key\":", f);
	if (a->has_log && vkey_print(&key, &a->log) == 0)
		put_string(f, buf_str(&key));
	else
		fputs("null", f);
	fputs("}", f);
	buf_free(&key);
}

static void
put_finding(FILE *f, const struct finding *x)
{
	char hex[2 * sizeof(x->device) + 1];

	fprintf(f, "{\"code\":\"%s\",\"device\":", code_name(x->code));
	enc_hex(hex, x->device, sizeof(x->device));
	if (x->depth > 0)
		fprintf(f, "\"%s\"", hex);
	else
		fputs("null", f);
	if (x->depth > 1)
		fprintf(f, ",\"epoch\":%" PRIu32, x->epoch);
	else
		fputs(",\"epoch\":null", f);
	if (x->depth > 2)
		fprintf(f, ",\"seq\":%" PRIu64, x->seq);
	else
		fputs(",\"seq\":null", f);
	fputs(",\"detail\":", f);
	put_string(f, x->detail);
	fputs("}", f);
}

void
report_json(FILE *f, const struct audit *a)
{
	fprintf(f, "{\"verdict\":\"%s\",\"trust\":\"%s\",\"entries\":%" PRIu64 ",\"valid\":%" PRIu64 ",\"erased\":%" PRIu64 ",\"parked\":%" PRIu64
	    ",\"missing\":%" PRIu64 ",\"forked\":%" PRIu64 ",\"devices\":%" PRIu64 ",", VERDICTS[a->verdict], TRUSTS[a->trust], a->entries, a->valid,
	    a->erased, a->parked, a->missing, a->forked, a->devices);
	if (a->packer[0] != '\0') {
		fputs("\"packed_by\":", f);
		put_string(f, a->packer);
		fputs(",", f);
	}
	put_log(f, a);
	fputs(",\"findings\":[", f);
	for (size_t i = 0; i < a->findings.n; i++) {
		if (i > 0)
			(void)putc(',', f);
		put_finding(f, &a->findings.f[i]);
	}
	fputs("]}\n", f);
}
