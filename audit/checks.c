#include "audit/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

#define ULL(x) ((unsigned long long)(x))

int
checks_keys(struct work *w, struct half *h, struct county_keys *keys)
{
	struct file *f = half_find(h, "county.keys");
	struct buf b;
	struct err e;
	int ret = -1;

	if (f == NULL) {
		/* a village that was never enrolled has neither keys nor notes */
		if (!h->village || half_find(h, "log/checkpoint") != NULL)
			work_found(w, BAD_KEY, NULL, MAP_NONE, "%scounty.keys: missing", h->label);
		return -1;
	}
	buf_init(&b, HALF_SMALL_MAX + 1);
	err_set(&e, "county.keys: cannot be read");
	if (half_load(h, f, &b, HALF_SMALL_MAX) != 0 || (ret = keys_parse(keys, buf_str(&b), b.len, &e)) != 0)
		work_found(w, BAD_KEY, NULL, MAP_NONE, "%s%s", h->label, e.text);
	buf_free(&b);
	return ret;
}

int
checks_packer(struct work *w, struct county_keys *keys)
{
	struct file *f = half_find(&w->county, "mirror.keys");
	struct buf b;
	struct err e;
	int ret = -1;

	*keys = w->keys;
	if (!w->county.m.mirror)
		return 0;
	err_set(&e, "mirror.keys: missing, or cannot be read");
	buf_init(&b, HALF_SMALL_MAX + 1);
	if (f == NULL || half_load(&w->county, f, &b, HALF_SMALL_MAX) != 0 || (ret = keys_parse(keys, buf_str(&b), b.len, &e)) != 0) {
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "mirror.keys: %s", e.text);
	} else {
		memcpy(w->a->packer, keys->log.name, sizeof(w->a->packer));
		keys_root_hash(keys, w->a->packer_hash);
	}
	buf_free(&b);
	return ret;
}

static int
names_log(const struct policy *p, const struct vkey *log)
{
	size_t n;
	const struct vkey *v = policy_logs(p, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, log->name) == 0 && memcmp(v[i].key, log->key, KEY_LEN) == 0)
			return 1;
	return 0;
}

int
checks_knows_log(const struct work *w)
{
	return w->policy != NULL && w->has_keys && names_log(w->policy, &w->keys.log);
}

int
checks_own_policy(struct work *w, struct err *e)
{
	if (w->o->policy == NULL)
		return 0;
	w->policy = policy_parse(w->o->policy, w->o->policy_len, e);
	if (w->policy != NULL)
		return 0;
	if (strstr(e->text, "prime order") == NULL)
		return err_add(e, "your policy");
	work_found(w, BAD_KEY, NULL, MAP_NONE, "your policy: %s", e->text);
	work_found(w, BAD_CHECKPOINT, NULL, MAP_NONE, "log/checkpoint: your policy cannot judge it");
	return 0;
}

void
checks_policy(struct work *w, struct half *h)
{
	struct file *f = half_find(h, "policy.txt");
	struct policy *p = NULL;
	struct buf b;
	struct err e;

	if (f == NULL)
		return;
	buf_init(&b, HALF_SMALL_MAX + 1);
	if (half_load(h, f, &b, HALF_SMALL_MAX) == 0 && (p = policy_parse(buf_str(&b), b.len, &e)) == NULL)
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "%spolicy.txt: %s", h->label, e.text);
	buf_free(&b);
	if (p != NULL && w->has_keys && !names_log(p, &w->keys.log))
		work_found(w, BAD_KEY, NULL, MAP_NONE, "%spolicy.txt: the log's key is not the policy's", h->label);
	if (w->policy == NULL)
		w->policy = p;
	else
		policy_free(p);
}

/* A file whose name is a hash. */
static void
named_file(struct work *w, struct half *h, struct file *f, enum code code)
{
	if (half_sum(h, f) == 0 && memcmp(f->got, f->hash, HASH_LEN) != 0)
		work_found(w, code, NULL, MAP_NONE, "%s%s: other bytes than its name says", h->label, f->path);
}

static void
dictionaries(struct work *w, struct half *h)
{
	for (size_t i = 0; i < w->state.ndicts; i++) {
		char path[8 + 2 * HASH_LEN] = "dicts/";
		struct file *f;

		enc_hex(path + 6, w->state.dicts[i].hash, HASH_LEN);
		if ((f = half_find(h, path)) == NULL)
			work_found(w, BAD_DICTIONARY, NULL, MAP_NONE, "%s: missing", path);
		else if (half_sum(h, f) == 0 && f->size != w->state.dicts[i].len)
			work_found(w, BAD_DICTIONARY, NULL, MAP_NONE, "%s: its record says %llu bytes", path, ULL(w->state.dicts[i].len));
	}
}

static void
used_forms(struct work *w, struct half *h)
{
	for (uint32_t i = 0; i < w->forms.n; i++) {
		char path[12 + 2 * HASH_LEN] = "forms/";

		enc_hex(path + 6, map_at(&w->forms, i), HASH_LEN);
		memcpy(path + 6 + 2 * HASH_LEN, ".xml", 5);
		if (half_find(h, path) == NULL)
			work_found(w, BAD_FORM, NULL, MAP_NONE, "%s: missing", path);
	}
}

/* Erased attachments that are there for nobody else. */
static void
left_overs(struct work *w, struct half *h)
{
	for (size_t i = 0; i < w->nleft; i++) {
		const struct left_over *l = &w->left[i];
		const struct known *k = known_at(w, l->known);
		struct place at = { device_at(w, k->device)->id, 3, k->epoch, k->seq, NULL };

		if (!l->file->used)
			work_found(w, BAD_ERASURE, &at, l->known, "%s%s: was erased and is there", h->label, l->file->path);
	}
	w->nleft = 0;
	free(w->left);
	w->left = NULL;
}

void
checks_files(struct work *w, struct half *h)
{
	left_overs(w, h);
	for (size_t i = 0; i < h->nfiles; i++) {
		struct file *f = &h->file[i];

		if (f->role == ROLE_FORM)
			named_file(w, h, f, BAD_FORM);
		else if (f->role == ROLE_DICT)
			named_file(w, h, f, BAD_DICTIONARY);
		else if (f->role == ROLE_ATTACHMENT)
			named_file(w, h, f, BAD_ATTACHMENT);
	}
	if (h->village)
		return;
	dictionaries(w, h);
	used_forms(w, h);
}
