#include "audit/layout.h"

#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "evidence/tile.h"
#include "evidence/value.h"

#define HASH_CHARS 64
#define PARTS_MAX 4

static int
hash_part(struct field f, uint8_t out[32])
{
	return field_hex(f, out, 32);
}

/* Split at ${sep} into at most ${max} parts; how many, or 0 if there are more. */
static size_t
split(struct field s, char sep, struct field *part, size_t max)
{
	size_t n = 0;

	for (;;) {
		const char *end = s.len ? memchr(s.p, sep, s.len) : NULL;

		if (n == max)
			return 0;
		part[n] = (struct field){ s.p, end ? (size_t)(end - s.p) : s.len };
		if (end == NULL)
			return n + 1;
		s.len -= part[n].len + 1;
		s.p = end + 1;
		n++;
	}
}

/* "SIZE-NOTEHASH" */
static enum role
note_role(struct file *f, struct field name)
{
	struct field p[2];

	return split(name, '-', p, 2) == 2 && value_int(p[0], &f->number) == 0 && hash_part(p[1], f->hash) == 0 ? ROLE_NOTE : ROLE_NONE;
}

/* "FIRST-COUNT-SIZE" */
static enum role
receipt_role(struct file *f, struct field name)
{
	struct field p[3];

	return split(name, '-', p, 3) == 3 && value_int(p[0], &f->number) == 0 && value_int(p[1], &f->count) == 0 &&
	       value_int(p[2], &f->tree) == 0 && f->count > 0 && f->tree > 0 ? ROLE_RECEIPT : ROLE_NONE;
}

/* "DEVICE", "EPOCH", "headers" */
static enum role
entries_role(struct file *f, const struct field *p)
{
	static const struct { const char *name; enum role role; } part[] = {
		{ "headers", ROLE_HEADERS }, { "sigs", ROLE_SIGS }, { "payloads", ROLE_PAYLOADS }, { "personals", ROLE_PERSONALS },
	};

	if (hash_part(p[0], f->hash) != 0 || value_epoch(p[1], &f->epoch) != 0)
		return ROLE_NONE;
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (field_is(p[2], part[i].name))
			return part[i].role;
	return ROLE_NONE;
}

/* "DEVICE-EPOCH-SEQ", "HASH" */
static enum role
fork_role(struct file *f, const struct field *p)
{
	struct field at[3];

	return split(p[0], '-', at, 3) == 3 && hash_part(at[0], f->device) == 0 && value_epoch(at[1], &f->epoch) == 0 &&
	       value_int(at[2], &f->number) == 0 && hash_part(p[1], f->hash) == 0 ? ROLE_FORK : ROLE_NONE;
}

static enum role
form_role(struct file *f, struct field name)
{
	if (name.len != HASH_CHARS + 4 || memcmp(name.p + HASH_CHARS, ".xml", 4) != 0)
		return ROLE_NONE;
	name.len = HASH_CHARS;
	return hash_part(name, f->hash) == 0 ? ROLE_FORM : ROLE_NONE;
}

static enum role
tile_role(const char *path)
{
	uint64_t index;
	unsigned width;
	int level;

	if (strncmp(path, "log/", 4) != 0 || tile_path_parse(path + 4, &level, &index, &width) != 0)
		return ROLE_NONE;
	return level < 0 ? ROLE_BUNDLE : ROLE_TILE;
}

static enum role
find_role(struct file *f)
{
	struct field p[PARTS_MAX], whole = { f->path, strlen(f->path) };
	size_t n;

	if (whole.len >= SOURCE_PATH_MAX)
		return ROLE_NONE;
	if (strncmp(f->path, "log/tile/", 9) == 0)
		return tile_role(f->path);
	n = split(whole, '/', p, PARTS_MAX);
	if (n == 1)
		return field_is(p[0], "MANIFEST") ? ROLE_MANIFEST : field_is(p[0], "policy.txt") ? ROLE_POLICY :
		       field_is(p[0], "county.keys") ? ROLE_KEYS : field_is(p[0], "mirror.keys") ? ROLE_PACKER : ROLE_NONE;
	if (n == 2 && strcmp(f->path, "log/checkpoint") == 0)
		return ROLE_CHECKPOINT;
	if (n == 3 && field_is(p[0], "log") && field_is(p[1], "checkpoints"))
		return note_role(f, p[2]);
	if (n == 3 && field_is(p[0], "log") && field_is(p[1], "seen"))
		return note_role(f, p[2]) == ROLE_NOTE ? ROLE_SEEN : ROLE_NONE;
	if (n == 4 && field_is(p[0], "entries"))
		return entries_role(f, p + 1);
	if (n == 3 && field_is(p[0], "forks"))
		return fork_role(f, p + 1);
	if (n == 2 && field_is(p[0], "forms"))
		return form_role(f, p[1]);
	if (n == 2 && field_is(p[0], "dicts"))
		return hash_part(p[1], f->hash) == 0 ? ROLE_DICT : ROLE_NONE;
	if (n == 2 && field_is(p[0], "attachments"))
		return hash_part(p[1], f->hash) == 0 ? ROLE_ATTACHMENT : ROLE_NONE;
	return n == 2 && field_is(p[0], "receipts") ? receipt_role(f, p[1]) : ROLE_NONE;
}

void
layout_role(struct file *f)
{
	f->role = find_role(f);
}

int
layout_fits(const struct file *f, int village, int mirror)
{
	if (f->role == ROLE_TILE || f->role == ROLE_BUNDLE)
		return !village;
	if (f->role == ROLE_RECEIPT || f->role == ROLE_SEEN)
		return village;
	if (f->role == ROLE_PACKER)
		return mirror;
	return f->role != ROLE_NONE;
}
