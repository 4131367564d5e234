#include <string.h>

#include "base/enc.h"
#include "sync/device_internal.h"

/* What the next answer has to extend: the newest head that was verified, or, of a log that continues another, the newest of the old one's that the new one has to begin with. */

#define BASE "succession-base"
#define BASE_LEN (8 + HASH_LEN)

struct newest {
	const struct vkey *log;
	uint64_t most;
	uint8_t base[BASE_LEN];
	int found;
};

static int
keep_newest(void *ctx, uint64_t size, const void *note, size_t n)
{
	struct newest *w = ctx;
	struct checkpoint c;
	struct buf b;

	if (size > w->most || checkpoint_open(&c, note, n, w->log, NULL) != 0 || c.size != size)
		return 0;
	buf_init(&b, BASE_LEN);
	w->found = buf_be(&b, c.size, 8) == 0 && buf_put(&b, c.root, HASH_LEN) == 0;
	if (w->found)
		memcpy(w->base, b.data, BASE_LEN);
	buf_free(&b);
	return w->found ? 0 : -1;
}

static int
read_base(struct journal *j, uint64_t *size, uint8_t root[HASH_LEN])
{
	struct buf b;
	int rc;

	*size = 0;
	buf_init(&b, BASE_LEN);
	if ((rc = journal_get(j, BASE, &b)) == 1 && (rc = b.len == BASE_LEN) == 1) {
		*size = dec_be(b.data, 8);
		memcpy(root, b.data + 8, HASH_LEN);
	}
	buf_free(&b);
	return rc;
}

int
device_base_keep(struct journal *j, const struct vkey *log, uint64_t most, struct err *e)
{
	struct newest w = { .log = log, .most = most };
	uint8_t root[HASH_LEN];
	uint64_t size;

	if (journal_each_note(j, keep_newest, &w) < 0 || (!w.found && read_base(j, &size, root) < 0))
		return err_set(e, "the journal cannot be read");
	if (w.found)
		return journal_set(j, BASE, w.base, BASE_LEN, e);
	/* none, or all of them were set aside before a cut; what a second succession lost too is no beginning any more */
	return size > most ? journal_set(j, BASE, "", 0, e) : 0;
}

int
device_base(struct journal *j, const struct vkey *log, uint64_t *size, uint8_t root[HASH_LEN], struct err *e)
{
	struct checkpoint c;
	struct buf note;
	int rc;

	buf_init(&note, NOTE_MAX);
	if ((rc = journal_note_newest(j, size, &note)) == 0)
		rc = read_base(j, size, root) == 1 ? 2 : 0;
	else if (rc == 1 && log != NULL && (rc = checkpoint_open(&c, note.data, note.len, log, e) == 0 ? 1 : -2) == 1)
		memcpy(root, c.root, HASH_LEN);
	buf_free(&note);
	return rc == -1 ? err_set(e, "the journal cannot be read") : rc;
}

int
device_size(struct journal *j, uint64_t *size)
{
	uint8_t root[HASH_LEN];

	return device_base(j, NULL, size, root, NULL) < 0 ? -1 : 0;
}
