#include "county/heads.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/checkpoint.h"
#include "evidence/proof.h"
#include "sync/heads.h"

#define KEPT_MAX 256 /* the first ones are evidence enough */

struct looking {
	struct office *o;
	struct heads_found *got;
	uint64_t size;
	uint8_t root[HASH_LEN];
	struct err *e;
};

static int
folder(const struct office *o, char *out, size_t size)
{
	return file_path(out, size, o->dir, "evidence/heads");
}

unsigned
heads_kept(const struct office *o)
{
	char dir[OFFICE_PATH_MAX + 32], **names;
	size_t n = 0;

	if (folder(o, dir, sizeof(dir)) != 0 || !file_exists(dir) || file_names(dir, &names, &n, 2 * KEPT_MAX, NULL) != 0)
		return 0;
	file_names_free(names, n);
	return (unsigned)n;
}

static int
keep(const struct looking *w, const struct checkpoint *cp, const void *note, size_t n)
{
	char dir[OFFICE_PATH_MAX + 32], path[OFFICE_PATH_MAX + 160], name[128], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];

	sha256(hash, note, n);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(name, sizeof(name), "%llu-%s", (unsigned long long)cp->size, hex);
	if (folder(w->o, dir, sizeof(dir)) != 0 || file_path(path, sizeof(path), dir, name) != 0)
		return err_set(w->e, "%s: too long a path", w->o->dir);
	if (heads_kept(w->o) >= KEPT_MAX || file_exists(path))
		return 0;
	return file_mkdirs(dir, 0700, w->e) != 0 ? -1 : file_write(path, note, n, 0600, w->e);
}

static int
look(void *ctx, const void *note, size_t n)
{
	struct looking *w = ctx;
	struct checkpoint cp;
	struct proof proof;

	if (n > NOTE_MAX || checkpoint_open(&cp, note, n, &w->o->c.keys.log, NULL) != 0)
		return 0;
	w->got->seen++;
	if (cp.size > w->size) {
		w->got->ahead++;
		return keep(w, &cp, note, n);
	}
	memset(&proof, 0, sizeof(proof));
	if (cp.size > 0 && proof_consistency(&proof, ledger_reader(w->o->c.l), cp.size, w->size) != 0)
		return err_set(w->e, "the ledger cannot be read");
	if (proof_consistency_ok(&proof, cp.size, cp.root, w->size, w->root))
		return 0;
	w->got->contrary++;
	return keep(w, &cp, note, n);
}

int
heads_take(struct office *o, const void *p, size_t n, struct heads_found *got, struct err *e)
{
	struct looking w = { .o = o, .got = got, .e = e };

	memset(got, 0, sizeof(*got));
	if (ledger_head(o->c.l, &w.size, w.root) != 0)
		return err_set(e, "the ledger cannot be read");
	return heads_each(p, n, look, &w) < 0 ? -1 : 0;
}
