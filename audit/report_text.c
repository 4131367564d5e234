#include <inttypes.h>
#include <string.h>

#include "audit/report.h"
#include "base/clock.h"
#include "base/enc.h"

#define SHOWN_PER_CODE 20

static void
verdict(FILE *f, const struct audit *a)
{
	switch (a->verdict) {
	case VERDICT_OK:
		fprintf(f, "VERDICT: OK. Everything in this %s fits together.\n", a->is_village ? "village's half" : "export");
		break;
	case VERDICT_FINDINGS:
		fprintf(f, "VERDICT: FINDINGS. %" PRIu64 " thing%s not fit.\n", (uint64_t)a->findings.n, a->findings.n == 1 ? " does" : "s do");
		break;
	case VERDICT_UNUSABLE:
		fputs("VERDICT: UNUSABLE. There is not enough here to judge anything.\n", f);
		break;
	}
}

/* In groups of eight, to be read aloud. */
static void
fingerprint(FILE *f, const char *name, const uint8_t hash[32])
{
	char hex[65];

	enc_hex(hex, hash, 32);
	fprintf(f, "    %-12s", name);
	for (unsigned i = 0; i < 64; i += 8)
		fprintf(f, " %.8s", hex + i);
	(void)putc('\n', f);
}

static void
trust(FILE *f, const struct audit *a)
{
	struct buf key;
	char when[32];

	switch (a->trust) {
	case TRUST_WITNESSED:
		clock_datetime((int64_t)a->head_time * 1000, when);
		fprintf(f, "TRUST: WITNESSED. The log's key is the one you brought, and %s (%s).\n", a->why, when);
		break;
	case TRUST_PINNED:
		fprintf(f, "TRUST: PINNED. The log's key is the one you brought, but %s.\n"
		    "  A county could still have shown others another history.\n", a->why);
		break;
	case TRUST_EXPORT_ONLY:
		fprintf(f, "TRUST: EXPORT-ONLY. All keys come from the export itself: %s.\n"
		    "  Somebody who forged the whole county could have written this folder.\n", a->why);
		break;
	}
	if (!a->has_log)
		return;
	if (a->trust == TRUST_EXPORT_ONLY)
		fputs("  Compare these with what you were told another way (on paper, by telephone):\n", f);
	fingerprint(f, "root key", a->root_hash);
	fingerprint(f, "service key", a->service_hash);
	buf_init(&key, 512);
	if (vkey_print(&key, &a->log) == 0)
		fprintf(f, "    %-12s %s\n", "log key", buf_str(&key));
	buf_free(&key);
}

static void
counts(FILE *f, const struct audit *a)
{
	char root[48], when[32];

	(void)putc('\n', f);
	if (a->has_log)
		fprintf(f, "County:   %s, log %s\n", a->county, a->log.name);
	if (a->packer[0] != '\0') {
		fprintf(f, "Packed:   by %s out of its copy, not by the county; who packs is not believed in anything but the list of files\n", a->packer);
		fingerprint(f, "its root key", a->packer_hash);
	}
	if (a->made != 0) {
		clock_datetime((int64_t)a->made, when);
		fprintf(f, "Made:     %s (the maker's clock)\n", when);
	}
	if (a->has_head) {
		enc_b64(root, a->tree_root, sizeof(a->tree_root));
		fprintf(f, "Log:      %" PRIu64 " leaves, root %s\n", a->size, root);
	}
	fprintf(f, "Entries:  %" PRIu64 " of %" PRIu64 " device%s; %" PRIu64 " without any finding\n", a->entries, a->devices, a->devices == 1 ? "" : "s", a->valid);
	if (a->erased || a->parked || a->missing || a->forked)
		fprintf(f, "          %" PRIu64 " erased, %" PRIu64 " parked, %" PRIu64 " missing, %" PRIu64 " forked\n", a->erased, a->parked, a->missing, a->forked);
	if (a->nvillages > 0)
		fprintf(f, "Villages: %zu %s laid beside; %zu agree%s\n", a->nvillages, a->nvillages == 1 ? "half" : "halves", a->villages_agree,
		    a->villages_agree == 1 ? "s" : "");
}

void
report_where(FILE *f, const struct finding *x)
{
	char hex[2 * sizeof(x->device) + 1];

	if (x->depth == 0)
		return;
	enc_hex(hex, x->device, sizeof(x->device));
	fprintf(f, "device %.8s", hex);
	if (x->depth > 1)
		fprintf(f, " %" PRIu32, x->epoch);
	if (x->depth > 2)
		fprintf(f, "/%" PRIu64, x->seq);
	if (x->place[0] != '\0')
		fprintf(f, " at %s", x->place);
	fputs(": ", f);
}

static void
findings(FILE *f, const struct audit *a)
{
	const struct findings *l = &a->findings;
	size_t shown = 0;

	if (l->n == 0)
		return;
	fputs("\nFindings (device, epoch/seq):\n", f);
	for (size_t i = 0; i < l->n; i++) {
		const struct finding *x = &l->f[i];

		if (i == 0 || x->code != l->f[i - 1].code) {
			shown = 0;
			fprintf(f, "\n  %s (%zu): %s\n", code_name(x->code), findings_count(l, x->code), code_meaning(x->code));
		}
		if (++shown > SHOWN_PER_CODE) {
			if (shown == SHOWN_PER_CODE + 1)
				fputs("    ... and more; --json lists all\n", f);
			continue;
		}
		fputs("    ", f);
		report_where(f, x);
		fprintf(f, "%s\n", x->detail);
	}
	if (l->total > FINDINGS_MAX)
		fprintf(f, "\n  More than %d were found; the rest are not listed.\n", FINDINGS_MAX);
}

void
report_text(FILE *f, const struct audit *a)
{
	verdict(f, a);
	trust(f, a);
	counts(f, a);
	findings(f, a);
	fputs("\nWhat this does not prove: that what a person stated is true (draw a sample and go there);\n"
	    "that a device has handed in its newest entries;", f);
	if (a->nvillages == 0 && !a->is_village)
		fputs(" that villages hold the same (lay their halves\nbeside with --village);", f);
	fputs(" when something happened, beyond the log's bounds.\n", f);
}
