#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/checks.h"
#include "audit/lay.h"
#include "audit/logcheck.h"
#include "audit/notes.h"
#include "audit/state.h"
#include "audit/village.h"
#include "audit/watch.h"
#include "audit/work.h"
#include "evidence/leaf.h"

/* One verification from end to end. */

#define LABEL_MAX 256

static void
work_init(struct work *w, const struct audit_options *o, struct audit *a)
{
	memset(w, 0, sizeof(*w));
	w->o = o;
	w->a = a;
	map_init(&w->devices, sizeof(struct device));
	map_init(&w->entries, sizeof(struct known));
	map_init(&w->notes, sizeof(struct kept));
	map_init(&w->forms, 32);
	map_init(&w->state.people, sizeof(struct person));
	map_init(&w->state.secrets, 32);
	map_init(&w->state.county_keys, 32);
	logtree_init(&w->tree);
	buf_init(&w->pae, ENTRY_HEADER_MAX + 128);
	buf_init(&w->state.keys_bytes, LEAF_MAX);
	buf_init(&w->state.policy_bytes, LEAF_MAX);
}

static void
work_free(struct work *w)
{
	struct state *s = &w->state;

	for (uint32_t i = 0; i < w->devices.n; i++) {
		struct device *d = device_at(w, i);

		free(d->enrolled);
		free(d->assigned);
		free(d->keys);
		free(d->holes);
	}
	map_free(&w->devices);
	map_free(&w->entries);
	map_free(&w->notes);
	map_free(&w->forms);
	map_free(&s->people);
	map_free(&s->secrets);
	map_free(&s->county_keys);
	for (size_t i = 0; i < s->nforks; i++)
		free(s->forks[i].text);
	free(s->forks);
	free(s->forms);
	free(s->dicts);
	free(s->old_logs);
	free(s->old_sizes);
	free(w->old_vkeys);
	buf_free(&s->keys_bytes);
	buf_free(&s->policy_bytes);
	logtree_free(&w->tree);
	buf_free(&w->pae);
	policy_free(w->policy);
	free(w->line);
	free(w->left);
	free(w->by_device);
	half_close(&w->county);
}

/* The keys that speak for the county, and whether they are the ones the auditor knows.  0, or -1 when nothing can be judged. */
static int
trust_keys(struct work *w)
{
	const struct audit_options *o = w->o;
	struct county_keys packer;
	uint8_t hash[HASH_LEN];
	struct err e;

	w->has_keys = checks_keys(w, &w->county, &w->keys) == 0 || logcheck_first_keys(w, &w->keys) == 0;
	if (!w->has_keys)
		return -1;
	keys_root_hash(&w->keys, hash);
	if (o->root != NULL && memcmp(o->root, hash, HASH_LEN) != 0)
		work_found(w, BAD_KEY, NULL, MAP_NONE, "county.keys: the root key is not the one you know");
	if (w->policy != NULL && !checks_knows_log(w))
		work_found(w, BAD_KEY, NULL, MAP_NONE, "the log's key is not in your policy");
	if (w->county.has_manifest && checks_packer(w, &packer) != 0)
		return 0;
	if (w->county.has_manifest && manifest_verify(buf_str(&w->county.manifest), w->county.manifest.len, packer.log.name, packer.service, &e) != 0)
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "%s", e.text);
	return 0;
}

static void
since_note(struct work *w)
{
	uint32_t i;

	if (w->o->since == NULL)
		return;
	i = notes_judge(w, w->o->since, w->o->since_len, "the checkpoint you kept");
	if (i != MAP_NONE && notes_history(w, i, "the checkpoint you kept"))
		w->had = note_at(w, i)->c.size;
}

/* Entries may be left out only below a checkpoint that the auditor kept with an earlier export. */
static void
left_out(struct work *w, struct half *h)
{
	if (h->has_manifest && h->m.since > w->had)
		findings_add(h->findings, BAD_EXPORT, NULL, "%sMANIFEST: entries below leaf %llu are left out, and you kept no checkpoint (--since) of that size", h->label,
		    (unsigned long long)h->m.since);
}

/* Two halves: open each village's and lay it beside. */
static int
villages(struct work *w, struct err *e)
{
	char label[LABEL_MAX];

	w->a->nvillages = w->o->nvillages;
	for (size_t i = 0; i < w->o->nvillages && !w->oom; i++) {
		const struct audit_village *v = &w->o->village[i];
		uint64_t before = w->a->findings.total;
		struct half h;
		int ret;

		(void)snprintf(label, sizeof(label), "%s: ", v->name);
		if ((ret = half_open(&h, &v->src, label, &w->a->findings, e)) == 0) {
			left_out(w, &h);
			village_judge(w, &h, (uint32_t)i + 1);
		}
		half_close(&h);
		if (ret != 0)
			return err_add(e, "%s", v->name);
		w->a->villages_agree += w->a->findings.total == before;
	}
	return 0;
}

/* The county's export.  0, or -1 when nothing can be judged. */
static int
county(struct work *w)
{
	struct half *h = &w->county;
	size_t lo, hi = 0;

	if (trust_keys(w) != 0)
		return -1;
	checks_policy(w, h);
	logcheck_old_keys(w);
	notes_load(w, h);
	if (logcheck_head(w) != 0)
		return -1;
	logcheck_leaves(w);
	since_note(w);
	left_out(w, h);
	while (!w->oom && chain_next_device(h, &lo, &hi)) {
		struct chain c;

		chain_device(&c, w, h, lo, hi, 0);
		chain_free(&c);
	}
	chain_forks(w, h);
	state_forks(w);
	checks_files(w, h);
	half_finish(h);
	lay_leaves(w);
	return 0;
}

static void
judge_trust(struct work *w)
{
	struct audit *a = w->a;

	if (w->o->policy == NULL)
		a->why = "you gave no policy of your own";
	else if (w->o->policy_inside)
		a->why = "the policy you gave lies inside the export: it is the county's own word";
	else if (!checks_knows_log(w))
		a->why = "your policy does not name this log's key";
	else if (a->head_time == 0)
		a->why = policy_quorum_none(w->policy) ? "your policy asks for no witness" : "the witnesses of your policy did not cosign this checkpoint";
	else
		a->why = "the witnesses of your policy cosigned this checkpoint";
	a->trust = w->o->policy == NULL || w->o->policy_inside || !checks_knows_log(w) ? TRUST_EXPORT_ONLY : a->head_time == 0 ? TRUST_PINNED : TRUST_WITNESSED;
}

static void
sum_up(struct work *w)
{
	struct audit *a = w->a;

	for (uint32_t i = 0; i < w->entries.n; i++)
		a->valid += (known_at(w, i)->flags & (KNOWN_HERE | KNOWN_BAD)) == KNOWN_HERE;
	a->entries += w->unreadable;
	a->missing += w->holes;
	a->is_village = w->county.village;
	a->has_log = w->has_keys;
	a->made = w->county.has_manifest ? w->county.m.made : 0;
	if (w->has_keys) {
		a->log = w->keys.log;
		keys_root_hash(&w->keys, a->root_hash);
		sha256(a->service_hash, w->keys.service, KEY_LEN);
		memcpy(a->county, w->keys.name, sizeof(a->county));
	}
	judge_trust(w);
	watch_end(w);
	findings_sort(&a->findings);
}

int
audit_run(const struct audit_options *o, struct audit *a, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));
	int usable, ret = -1;

	memset(a, 0, sizeof(*a));
	buf_init(&a->watched.header, ENTRY_HEADER_MAX);
	buf_init(&a->watched.sigs, ENTRY_HEADER_MAX);
	buf_init(&a->watched.payload, ENTRY_PAYLOAD_MAX);
	if (w == NULL)
		return err_set(e, "out of memory");
	work_init(w, o, a);
	if (checks_own_policy(w, e) != 0 || half_open(&w->county, &o->src, "", &a->findings, e) != 0)
		goto out;
	usable = w->county.has_manifest || half_find(&w->county, "county.keys") != NULL;
	if (usable && w->county.village) {
		left_out(w, &w->county);
		village_judge(w, &w->county, 0);
	} else if (usable) {
		usable = county(w) == 0;
	}
	if (usable && villages(w, e) != 0)
		goto out;
	lay_devices(w);
	if (w->oom) {
		err_set(e, "out of memory");
		goto out;
	}
	sum_up(w);
	a->verdict = !usable ? VERDICT_UNUSABLE : a->findings.total > 0 ? VERDICT_FINDINGS : VERDICT_OK;
	ret = 0;
out:
	work_free(w);
	free(w);
	if (ret != 0)
		audit_free(a);
	return ret;
}

void
audit_free(struct audit *a)
{
	findings_free(&a->findings);
	buf_free(&a->watched.header);
	buf_free(&a->watched.sigs);
	buf_free(&a->watched.payload);
	memset(a, 0, sizeof(*a));
}
