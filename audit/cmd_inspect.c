#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/cmd.h"
#include "audit/report.h"
#include "audit/statement.h"
#include "base/clock.h"
#include "base/enc.h"
#include "evidence/entry.h"

#define PREFIX_MIN 4 /* bytes of ENTRY that must be given */

static void
put_time(FILE *f, const struct audit *a, const char *name, int has, uint64_t ms, int witnessed)
{
	const char *by = !witnessed ? "the county's word" : a->trust == TRUST_EXPORT_ONLY ? "witnesses whom the county names" : "your witnesses";
	char when[32];

	clock_datetime((int64_t)ms, when);
	if (has)
		fprintf(f, "%s %s (%s)\n", name, when, by);
	else
		fprintf(f, "%s nothing tells\n", name);
}

static int
is_about(const struct finding *x, const struct entry *h)
{
	return x->depth == 3 && memcmp(x->device, h->device, HASH_LEN) == 0 && x->epoch == h->epoch && x->seq == h->seq;
}

static void
put_proof(FILE *f, const struct audit *a)
{
	const struct audit_watched *x = &a->watched;
	char b64[48], when[32];

	if (!x->has_leaf) {
		fputs("Leaf:           none\n", f);
		return;
	}
	clock_datetime((int64_t)x->received, when);
	fprintf(f, "Leaf:           %" PRIu64 " of %" PRIu64 ", received %s\n", x->index, a->size, when);
	enc_b64(b64, a->tree_root, HASH_LEN);
	fprintf(f, "Root:           %s\nProof:          %zu hashes, the leaf's sibling first\n", b64, x->proof.n);
	for (size_t i = 0; i < x->proof.n; i++) {
		enc_b64(b64, x->proof.hash[i], HASH_LEN);
		fprintf(f, "                %s\n", b64);
	}
}

static void
put_text(FILE *f, const struct audit *a, const struct entry *h)
{
	const struct audit_watched *x = &a->watched;
	char hex[2 * HASH_LEN + 1], when[32];

	enc_hex(hex, x->hash, HASH_LEN);
	fprintf(f, "ENTRY %s\n\n%s\n%s\n", hex, buf_str(&x->header), buf_str(&x->sigs));
	fprintf(f, "Device's signature:  %s\n", x->sig_ok ? "verifies" : "DOES NOT VERIFY");
	if (x->has_person)
		fprintf(f, "Person's signature:  %s (%s, %s)\n", x->person_ok ? "verifies" : "DOES NOT VERIFY", h->actor, x->person_role[0] ? x->person_role : "unknown");
	put_proof(f, a);
	clock_datetime((int64_t)h->wall, when);
	fprintf(f, "Device's clock: %s (%s)\n", when, entry_clock_name(h->clock));
	put_time(f, a, "Not before:    ", x->bounds.has_low, x->bounds.low, x->bounds.low_witnessed);
	put_time(f, a, "Not after:     ", x->bounds.has_high, x->bounds.high, x->bounds.high_witnessed);
	fprintf(f, "Personal part:  %s\n", x->personal_len == 0 ? "none" : x->has_personal ? "here" : x->erased ? "erased" : "not here");
	fprintf(f, "State:          %s%s\n", x->parked ? "parked" : "counted", x->reviewed == 1 ? ", accepted" : x->reviewed == 2 ? ", returned" : "");
	fprintf(f, "Receipts:       %u in the villages' halves given\n", x->receipts);
	for (size_t i = 0; i < a->findings.n; i++)
		if (is_about(&a->findings.f[i], h))
			fprintf(f, "FINDING %s: %s\n", code_name(a->findings.f[i].code), a->findings.f[i].detail);
	fprintf(f, "Trust:          %s\n", a->trust == TRUST_WITNESSED ? "witnessed" : a->trust == TRUST_PINNED ? "pinned" : "export-only: all keys come from the export itself");
}

static void
put_bound(FILE *f, const char *name, int has, uint64_t ms, int witnessed)
{
	if (has)
		fprintf(f, ",\"%s\":{\"ms\":%" PRIu64 ",\"by\":\"%s\"}", name, ms, witnessed ? "witnesses" : "county");
	else
		fprintf(f, ",\"%s\":null", name);
}

static void
put_json(FILE *f, const struct audit *a, const struct entry *h)
{
	const struct audit_watched *x = &a->watched;
	char hex[2 * HASH_LEN + 1], b64[48];
	const char *comma = "";

	enc_hex(hex, x->hash, HASH_LEN);
	fprintf(f, "{\"entry\":\"%s\"", hex);
	enc_hex(hex, h->device, HASH_LEN);
	fprintf(f, ",\"device\":\"%s\",\"epoch\":%u,\"seq\":%" PRIu64 ",\"place\":\"%s\",\"kind\":\"%s\",\"wall\":%" PRIu64 ",\"signature\":%s,\"person\":%s",
	    hex, (unsigned)h->epoch, h->seq, h->place, h->kind, h->wall, x->sig_ok ? "true" : "false", !x->has_person ? "null" : x->person_ok ? "true" : "false");
	if (x->has_leaf) {
		enc_b64(b64, a->tree_root, HASH_LEN);
		fprintf(f, ",\"leaf\":{\"index\":%" PRIu64 ",\"size\":%" PRIu64 ",\"root\":\"%s\",\"received\":%" PRIu64 ",\"proof\":[", x->index, a->size, b64, x->received);
		for (size_t i = 0; i < x->proof.n; i++) {
			enc_b64(b64, x->proof.hash[i], HASH_LEN);
			fprintf(f, "%s\"%s\"", i ? "," : "", b64);
		}
		fputs("]}", f);
	} else {
		fputs(",\"leaf\":null", f);
	}
	put_bound(f, "not_before", x->bounds.has_low, x->bounds.low, x->bounds.low_witnessed);
	put_bound(f, "not_after", x->bounds.has_high, x->bounds.high, x->bounds.high_witnessed);
	fprintf(f, ",\"parked\":%s,\"erased\":%s,\"receipts\":%u,\"findings\":[", x->parked ? "true" : "false", x->erased ? "true" : "false", x->receipts);
	for (size_t i = 0; i < a->findings.n; i++)
		if (is_about(&a->findings.f[i], h)) {
			fprintf(f, "%s\"%s\"", comma, code_name(a->findings.f[i].code));
			comma = ",";
		}
	fputs("]}\n", f);
}

/* What was found about the entry, as the options ask for it; the exit status. */
static int
show(const struct args *a, const struct audit *out, struct err *e)
{
	struct entry h;

	if (out->watched.found == 0) {
		err_set(e, "%s: no such entry in this folder", a->pos[1]);
		return opt_refuse(e);
	}
	if (out->watched.found > 1) {
		err_set(e, "%s: more than one entry begins with that", a->pos[1]);
		return opt_fail(e);
	}
	if (entry_parse(&h, buf_str(&out->watched.header), out->watched.header.len, e) != 0)
		return opt_fail(e);
	if (opt_get(a, "statement") != NULL)
		statement_print(a->io->out, out);
	else if (a->json)
		put_json(a->io->out, out, &h);
	else
		put_text(a->io->out, out, &h);
	return out->watched.bad ? EXIT_NO : EXIT_YES;
}

int
cmd_inspect(const struct args *a)
{
	uint8_t watch[HASH_LEN];
	size_t n = strlen(a->pos[1]) / 2;
	struct brought b;
	struct audit out;
	struct err e;
	int ret;

	if (n < PREFIX_MIN || n > HASH_LEN || dec_hex(watch, n, a->pos[1], strlen(a->pos[1])) != 0) {
		err_set(&e, "%s: not an entry (64 hex digits, or at least the first %d)", a->pos[1], 2 * PREFIX_MIN);
		return opt_fail(&e);
	}
	if (crypto_init(&e) != 0)
		return opt_fail(&e);
	ret = cmd_bring(&b, a, &e);
	b.o.watch = watch;
	b.o.watch_len = n;
	if (ret != 0 || audit_run(&b.o, &out, &e) != 0) {
		ret = opt_fail(&e);
	} else {
		ret = show(a, &out, &e);
		audit_free(&out);
	}
	cmd_release(&b);
	return ret;
}
