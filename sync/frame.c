#include "sync/frame.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "sync/columns.h"

enum { FLAG_PUBLIC_ZSTD = 1, FLAG_PERSONAL_ZSTD = 2, FLAG_DICT = 4, FLAGS_ALL = 7 };
#define FRAME_ZSTD_LEVEL 12

struct frame {
	struct columns c;
	struct frame_entry x[FRAME_ENTRIES_MAX];
	struct buf public;    /* payloads point into it */
	struct buf personal;  /* salts and personal parts point into it */
	struct buf headers;   /* the rebuilt headers, side by side */
};

int64_t
frame_length(const uint8_t *p, size_t n)
{
	uint64_t len;

	if ((n >= 1 && p[0] != 'T') || (n >= 2 && p[1] != 'F') || (n >= 3 && p[2] != 1))
		return -1;
	if (n < 8)
		return 0;
	len = dec_be(p + 4, 4);
	if (len < FRAME_HEAD_LEN - 8 || len > FRAME_LENGTH_MAX)
		return -1;
	return n >= 8 + len ? (int64_t)(8 + len) : 0;
}

/* Replace ${b} by its compressed form when that is shorter.  1 when it was, 0 when not. */
static int
squeeze(struct buf *b)
{
	struct buf z;
	size_t n, room = ZSTD_compressBound(b->len);
	uint8_t *p = b->len > 0 ? lapsed(malloc(room)) : NULL;

	if (p == NULL)
		return 0;
	n = ZSTD_compress(p, room, b->data, b->len, FRAME_ZSTD_LEVEL);
	if (ZSTD_isError(n) || n >= b->len || n < b->len / FRAME_RATIO_MAX + 1) {
		free(p);
		return 0;
	}
	buf_init(&z, b->max);
	if (buf_put(&z, p, n) != 0) {
		buf_free(&z);
		free(p);
		return 0;
	}
	free(p);
	buf_free(b);
	*b = z;
	return 1;
}

/* Append what ${n} bytes decompress to, bounded by the buffer's max and the ratio.  0 or -1. */
static int
expand(struct buf *out, const uint8_t *p, size_t n)
{
	unsigned long long size = ZSTD_getFrameContentSize(p, n);
	uint8_t *room;
	size_t got;
	int rc = -1;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > out->max ||
	    size / FRAME_RATIO_MAX > n || ZSTD_findFrameCompressedSize(p, n) != n)
		return -1;
	if ((room = lapsed(malloc(size ? (size_t)size : 1))) == NULL)
		return -1;
	got = ZSTD_decompress(room, (size_t)size, p, n);
	if (!ZSTD_isError(got) && got == size)
		rc = buf_put(out, room, got);
	free(room);
	return rc;
}

static void
put_personal(struct buf *b, const struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i].h.personal_len > 0) {
			(void)buf_put(b, x[i].salt, ENTRY_SALT_LEN);
			(void)buf_put(b, x[i].personal, x[i].personal_len);
		}
}

static void
put_signatures(struct buf *b, const struct frame_entry *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)buf_put(b, x[i].sig, SIG_LEN);
	for (i = 0; i < n; i++)
		if (x[i].h.has_actor_key)
			(void)buf_put(b, x[i].person, SIG_LEN);
}

int
frame_encode(struct buf *out, const struct frame_entry *x, size_t n, const uint8_t log[HASH_LEN], int give_prev, uint64_t known,
    const uint8_t sealing[32], size_t sizes[3], struct err *e)
{
	struct columns c = { .n = n, .epoch = x[0].h.epoch, .first_seq = x[0].h.seq, .has_prev = give_prev && x[0].h.has_prev };
	struct buf public, plain, sealed, sigs;
	unsigned flags = 0;
	int rc = -1;

	buf_init(&public, FRAME_PUBLIC_MAX);
	buf_init(&plain, FRAME_PERSONAL_MAX);
	buf_init(&sealed, FRAME_PERSONAL_MAX + SEAL_OVERHEAD);
	buf_init(&sigs, 2 * SIG_LEN * FRAME_ENTRIES_MAX);
	memcpy(c.prev, x[0].h.prev, HASH_LEN);
	(void)columns_put(&public, &c, x, log, known);
	put_personal(&plain, x, n);
	put_signatures(&sigs, x, n);
	if (!buf_ok(&public) || !buf_ok(&plain) || !buf_ok(&sigs)) {
		(void)err_set(e, "frame: %zu entries do not fit", n);
		goto out;
	}
	flags |= squeeze(&public) ? FLAG_PUBLIC_ZSTD : 0;
	if (plain.len > 0) {
		flags |= squeeze(&plain) ? FLAG_PERSONAL_ZSTD : 0;
		if (seal(&sealed, plain.data, plain.len, sealing) != 0) {
			(void)err_set(e, "frame: the personal section cannot be sealed to the county's key");
			goto out;
		}
	}
	(void)buf_puts(out, "TF\001");
	(void)buf_putc(out, (uint8_t)flags);
	(void)buf_be(out, 8 + public.len + sealed.len + sigs.len, 4);
	(void)buf_be(out, public.len, 4);
	(void)buf_be(out, sealed.len, 4);
	(void)buf_put(out, public.data, public.len);
	(void)buf_put(out, sealed.data, sealed.len);
	rc = buf_put(out, sigs.data, sigs.len);
	if (sizes != NULL) {
		sizes[0] = FRAME_HEAD_LEN + public.len;
		sizes[1] = sealed.len;
		sizes[2] = sigs.len;
	}
out:
	buf_free(&public);
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&sigs);
	return rc;
}

/* The two sections, opened into f->public and f->personal; *${sigs} is what follows them. */
static int
open_sections(struct frame *f, const uint8_t *p, size_t n, const struct sealer *sealer, const uint8_t **sigs, const char **code, struct err *e)
{
	size_t public = (size_t)dec_be(p + 8, 4), personal = (size_t)dec_be(p + 12, 4);
	unsigned flags = p[3];
	struct buf plain;
	int rc;

	if ((flags & ~(unsigned)FLAGS_ALL) != 0 || (flags & FLAG_DICT) != 0)
		return err_set(e, "frame: flags %u name a dictionary or an encoding not known here", flags);
	if (public > n - FRAME_HEAD_LEN || personal > n - FRAME_HEAD_LEN - public)
		return err_set(e, "frame: its sections are longer than the frame");
	p += FRAME_HEAD_LEN;
	*sigs = p + public + personal;
	*code = "too-large";
	if ((flags & FLAG_PUBLIC_ZSTD ? expand(&f->public, p, public) : buf_put(&f->public, p, public)) != 0)
		return err_set(e, "frame: the public section does not decompress to at most %u bytes", FRAME_PUBLIC_MAX);
	if (personal == 0)
		return 0;
	*code = "unsealable";
	buf_init(&plain, FRAME_PERSONAL_MAX);
	if (unseal(sealer, &plain, p + public, personal) != 0)
		rc = err_set(e, "frame: the personal section does not open with this county's sealing key");
	else if ((flags & FLAG_PERSONAL_ZSTD ? expand(&f->personal, plain.data, plain.len) : buf_put(&f->personal, plain.data, plain.len)) != 0)
		rc = err_set(e, "frame: the personal section does not decompress to at most %u bytes", FRAME_PERSONAL_MAX);
	else
		rc = 0;
	buf_free(&plain);
	return rc;
}

/* Payloads and personal parts: point at them, compute what the header says of them, and judge them. */
static int
set_bodies(struct frame *f, const char **code, struct err *e)
{
	const uint8_t *p = f->personal.data, *end = p ? p + f->personal.len : NULL;
	struct frame_entry *x;
	size_t i;

	for (i = 0; i < f->c.n; i++) {
		x = &f->x[i];
		*code = "bad-payload";
		sha256(x->h.payload_hash, x->payload, x->payload_len);
		if (entry_payload_ok(&x->h, x->payload, x->payload_len, e) != 0)
			return -1;
		if (x->h.personal_len == 0)
			continue;
		*code = "bad-personal";
		if (p == NULL || (size_t)(end - p) < ENTRY_SALT_LEN + x->h.personal_len)
			return err_set(e, "frame: the personal section ends before entry %zu's part", i);
		x->salt = p;
		x->personal = p + ENTRY_SALT_LEN;
		x->personal_len = (size_t)x->h.personal_len;
		p = x->personal + x->personal_len;
		if (!f->c.has_commitments)
			entry_personal_hash(x->h.personal_hash, x->salt, x->personal, x->personal_len);
		if (entry_personal_ok(&x->h, x->salt, x->personal, x->personal_len, e) != 0)
			return -1;
	}
	return p == end ? 0 : err_set(e, "frame: the personal section is longer than its parts");
}

/* prev of the first entry: given, or what is held before it. */
static int
set_first_prev(struct frame *f, const struct frame_lookup *look, const char **code, struct err *e)
{
	struct entry *h = &f->x[0].h;

	*code = "gap";
	if (h->epoch == 1 && h->seq == 0)
		return 0;
	h->has_prev = 1;
	if (f->c.has_prev)
		memcpy(h->prev, f->c.prev, HASH_LEN);
	else if (h->seq == 0 || look->entry_at(look->ctx, h->epoch, h->seq - 1, h->prev) != 1)
		return err_set(e, "frame: epoch %u seq %llu: the entry before it is not held", h->epoch, (unsigned long long)h->seq);
	return 0;
}

/* Print each header and hash it: the next one's prev. */
static int
set_headers(struct frame *f, const char **code, struct err *e)
{
	size_t at[FRAME_ENTRIES_MAX + 1] = { 0 }, i;

	*code = "bad-header";
	for (i = 0; i < f->c.n; i++) {
		if (i > 0) {
			f->x[i].h.has_prev = 1;
			memcpy(f->x[i].h.prev, f->x[i - 1].hash, HASH_LEN);
		}
		if (entry_check(&f->x[i].h, e) != 0)
			return -1;
		if (entry_print(&f->headers, &f->x[i].h) != 0)
			return err_set(e, "frame: out of memory");
		at[i + 1] = f->headers.len;
		entry_hash(f->x[i].hash, f->headers.data + at[i], at[i + 1] - at[i]);
	}
	for (i = 0; i < f->c.n; i++) {
		f->x[i].header = f->headers.data + at[i];
		f->x[i].header_len = at[i + 1] - at[i];
	}
	return 0;
}

static int
set_signatures(struct frame *f, const uint8_t *p, size_t n, const char **code, struct err *e)
{
	size_t i, persons = 0;

	*code = "bad-header";
	for (i = 0; i < f->c.n; i++)
		persons += f->x[i].h.has_actor_key != 0;
	if (n != (f->c.n + persons) * SIG_LEN)
		return err_set(e, "frame: %zu bytes of signatures where %zu entries need %zu", n, f->c.n, (f->c.n + persons) * SIG_LEN);
	for (i = 0; i < f->c.n; i++, p += SIG_LEN)
		memcpy(f->x[i].sig, p, SIG_LEN);
	for (i = 0; i < f->c.n; i++)
		if (f->x[i].h.has_actor_key) {
			memcpy(f->x[i].person, p, SIG_LEN);
			p += SIG_LEN;
		}
	return 0;
}

/* The first ${n} bytes, decompressed. */
static size_t
peek(uint8_t *out, size_t n, const uint8_t *p, size_t len)
{
	ZSTD_DCtx *d = lapsed(ZSTD_createDCtx());
	ZSTD_outBuffer o = { out, n, 0 };
	ZSTD_inBuffer i = { p, len, 0 };

	/* a window no larger than a section keeps what a peer can make us allocate small */
	if (d != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, 21)))
		while (o.pos < n && i.pos < len && !ZSTD_isError(ZSTD_decompressStream(d, &o, &i)))
			continue;
	ZSTD_freeDCtx(d);
	return o.pos;
}

int
frame_place(const uint8_t *p, size_t n, uint32_t *epoch, uint64_t *seq)
{
	uint8_t start[COLUMNS_START_LEN];
	const uint8_t *at = p + FRAME_HEAD_LEN;
	size_t public;

	if (n < FRAME_HEAD_LEN || frame_length(p, n) != (int64_t)n || (p[3] & ~(unsigned)(FLAG_PUBLIC_ZSTD | FLAG_PERSONAL_ZSTD)) != 0 ||
	    (public = (size_t)dec_be(p + 8, 4)) > n - FRAME_HEAD_LEN)
		return -1;
	if ((p[3] & FLAG_PUBLIC_ZSTD) == 0)
		return columns_place(at, public, epoch, seq);
	return columns_place(start, peek(start, sizeof(start), at, public), epoch, seq);
}

struct frame *
frame_decode(const uint8_t *p, size_t n, const uint8_t device[HASH_LEN], const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const struct sealer *sealer, const char **code, struct err *e)
{
	struct frame *f = NULL;
	const uint8_t *sigs = NULL;
	size_t i;

	*code = "bad-header";
	if (frame_length(p, n) != (int64_t)n || n < FRAME_HEAD_LEN || (f = lapsed(calloc(1, sizeof(*f)))) == NULL) {
		(void)err_set(e, "frame: not exactly one whole frame");
		return NULL;
	}
	buf_init(&f->public, FRAME_PUBLIC_MAX);
	buf_init(&f->personal, FRAME_PERSONAL_MAX);
	buf_init(&f->headers, FRAME_ENTRIES_MAX * ENTRY_HEADER_MAX);
	if (open_sections(f, p, n, sealer, &sigs, code, e) != 0 ||
	    columns_get(&f->c, f->x, f->public.data, f->public.len, log, look, code, e) != 0)
		goto fail;
	for (i = 0; i < f->c.n; i++) {
		memcpy(f->x[i].h.device, device, HASH_LEN);
		f->x[i].h.epoch = f->c.epoch;
		f->x[i].h.seq = f->c.first_seq + i;
	}
	if (set_bodies(f, code, e) != 0 || set_first_prev(f, look, code, e) != 0 || set_headers(f, code, e) != 0 ||
	    set_signatures(f, sigs, (size_t)(p + n - sigs), code, e) != 0)
		goto fail;
	return f;
fail:
	frame_free(f);
	return NULL;
}

const struct frame_entry *
frame_entries(const struct frame *f, size_t *n)
{
	*n = f->c.n;
	return f->x;
}

size_t
frame_bytes(const struct frame *f)
{
	return sizeof(*f) + f->public.len + f->personal.len + f->headers.len;
}

void
frame_free(struct frame *f)
{
	if (f == NULL)
		return;
	buf_free(&f->public);
	buf_free(&f->personal);
	buf_free(&f->headers);
	free(f);
}
