#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "audit/cmd.h"
#include "audit/item.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "evidence/leaf.h"
#include "evidence/policy.h"
#include "evidence/tlogproof.h"

/* A tlog-proof alone: is this entry, with this signature, a leaf of a log that the auditor's policy names? */

#define PROOF_FILE_MAX (1U << 20)
#define ENTRY_FILE_MAX (1U << 20)

struct evidence {
	struct buf proof, entry, policy;
	struct tlogproof t;
	struct policy *p;
	struct checkpoint c;
	uint64_t time;          /* seconds, when the quorum had cosigned */
	struct leaf_entry leaf;
};

static int
read_file(const struct args *a, const char *name, struct buf *b, struct err *e)
{
	char path[PATH_MAX];

	if (opt_path(a, name, path, sizeof(path)) != 0)
		return err_set(e, "%s: the path is too long", name);
	return file_read(path, b, e);
}

/* The checkpoint: of a log of the policy, cosigned as it asks.  1, 0 with the rule, or -1 when it cannot be judged. */
static int
judge_note(struct evidence *v, struct err *e)
{
	struct note note;
	const struct vkey *log;
	size_t n;
	int ok = -1;

	if ((v->p = policy_parse(buf_str(&v->policy), v->policy.len, e)) == NULL)
		return -1;
	if (tlogproof_parse(&v->t, buf_str(&v->proof), v->proof.len, e) != 0)
		return -1;
	log = policy_logs(v->p, &n);
	for (size_t i = 0; ok != 0 && i < n; i++)
		ok = checkpoint_open(&v->c, v->t.note, v->t.note_len, &log[i], e);
	if (ok != 0 || note_parse(&note, v->t.note, v->t.note_len, e) != 0)
		return 0;
	return policy_judge(v->p, &note, &v->time, e) == 1;
}

/* The leaf out of the proof's extra line, which is believed only as far as it fits all else; or from --received. */
static int
find_leaf(const struct args *a, struct evidence *v, const struct item *it, struct err *e)
{
	const char *received = opt_get(a, "received");
	uint8_t bytes[LEAF_ENTRY_PERSON_LEN];
	size_t n;

	if (v->t.extra != NULL && dec_b64(bytes, sizeof(bytes), &n, v->t.extra, v->t.extra_len) == 0 && leaf_entry_parse(&v->leaf, bytes, n) == 0)
		return 0;
	if (received == NULL || dec_u64(&v->leaf.received, received, strlen(received)) != 0)
		return err_set(e, "the proof does not carry its leaf: give --received MS, as the receipt says it");
	if (it->nsigs == 0)
		return err_set(e, "the entry's file has no signature lines behind the header");
	return 0;
}

/* The header, an empty line, its signature lines; what follows another empty line is passed over. */
static int
read_entry(struct evidence *v, struct item *it, struct err *e)
{
	const char *p = buf_str(&v->entry), *end = p + v->entry.len;
	const char *sep = memmem(p, v->entry.len, "\n\n", 2);

	memset(it, 0, sizeof(*it));
	if (entry_parse(&it->h, p, sep ? (size_t)(sep + 1 - p) : v->entry.len, e) != 0)
		return -1;
	entry_hash(it->hash, p, sep ? (size_t)(sep + 1 - p) : v->entry.len);
	for (p = sep ? sep + 2 : end; p < end && *p != '\n' && it->nsigs < ITEM_SIGS_MAX; it->nsigs++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL || sigline_parse(&it->sig[it->nsigs], p, (size_t)(lf - p)) != 0)
			return err_set(e, "the entry's signature lines are malformed");
		p = lf + 1;
	}
	return 0;
}

/* 1 when the leaf is the entry's and stands in the tree; 0 with the rule. */
static int
judge_leaf(const struct evidence *v, struct item *it, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (it->nsigs == 0) {
		/* nothing to compare with: the signature is the leaf's own word */
		memcpy(it->sig[0].sig, v->leaf.sig, SIG_LEN);
		memcpy(it->sig[1].sig, v->leaf.person, SIG_LEN);
		it->nsigs = v->leaf.has_person ? 2 : 1;
	}
	item_leaf(it, v->leaf.received, hash);
	if (!proof_inclusion_ok(&v->t.path, hash, v->t.index, v->c.size, v->c.root)) {
		(void)err_set(e, "the entry is not leaf %llu of that checkpoint's tree", (unsigned long long)v->t.index);
		return 0;
	}
	return 1;
}

static void
say(const struct args *a, const struct evidence *v, const struct item *it)
{
	char hex[2 * HASH_LEN + 1], received[32], when[32];

	enc_hex(hex, it->hash, HASH_LEN);
	clock_datetime((int64_t)v->leaf.received, received);
	clock_datetime((int64_t)v->time * 1000, when);
	if (a->json) {
		fprintf(a->io->out, "{\"verdict\":\"ok\",\"entry\":\"%s\",\"index\":%llu,\"size\":%llu,\"received\":%llu,\"witnessed\":%s}\n", hex,
		    (unsigned long long)v->t.index, (unsigned long long)v->c.size, (unsigned long long)v->leaf.received, v->time ? "true" : "false");
		return;
	}
	fprintf(a->io->out, "OK. Entry %s\nstands at %llu in the log %s of %llu leaves; the county received it %s.\n", hex, (unsigned long long)v->t.index,
	    v->c.origin, (unsigned long long)v->c.size, received);
	if (v->time != 0)
		fprintf(a->io->out, "Your witnesses had seen that log by %s.\n", when);
	else
		fputs("Your policy asks for no witness.\n", a->io->out);
	fputs("The device's own signature was not judged: that needs its key, which an export has.\n", a->io->out);
}

/* The exit status. */
static int
judge(const struct args *a, struct evidence *v, struct err *e)
{
	struct item it;
	int ok;

	if (opt_get(a, "entry") == NULL || opt_get(a, "policy") == NULL) {
		err_set(e, "proof needs --entry and --policy");
		return opt_fail(e);
	}
	if (read_file(a, a->pos[0], &v->proof, e) != 0 || read_file(a, opt_get(a, "entry"), &v->entry, e) != 0 ||
	    read_file(a, opt_get(a, "policy"), &v->policy, e) != 0 || (ok = judge_note(v, e)) < 0)
		return opt_fail(e);
	if (ok && (read_entry(v, &it, e) != 0 || find_leaf(a, v, &it, e) != 0))
		return opt_fail(e);
	if (!ok || !judge_leaf(v, &it, e))
		return opt_refuse(e);
	say(a, v, &it);
	return EXIT_YES;
}

int
cmd_proof(const struct args *a)
{
	struct evidence v = { .p = NULL };
	struct err e;
	int ret;

	if (crypto_init(&e) != 0)
		return opt_fail(&e);
	buf_init(&v.proof, PROOF_FILE_MAX);
	buf_init(&v.entry, ENTRY_FILE_MAX);
	buf_init(&v.policy, POLICY_MAX);
	ret = judge(a, &v, &e);
	policy_free(v.p);
	buf_free(&v.proof);
	buf_free(&v.entry);
	buf_free(&v.policy);
	return ret;
}
