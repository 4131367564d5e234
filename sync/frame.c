#include "sync/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "evidence/value.h"
#include "sync/columns.h"

enum { FLAG_PUBLIC_ZSTD = 1, FLAG_PERSONAL_ZSTD = 2, FLAG_DICT = 4, FLAGS_ALL = 7 };

/* The head of a frame as it stands. */
struct head {
	int version;
	unsigned flags;
	const uint8_t *dict;      /* its name, or NULL */
	uint32_t epoch;           /* version 2 only: here and not in the section */
	uint64_t first_seq, n;
	size_t len, public, personal; /* bytes of the head and of the sections */
};

struct frame {
	struct columns c;
	struct frame_entry x[FRAME_ENTRIES_MAX];
	struct buf public;    /* payloads point into it */
	struct buf personal;  /* salts and personal parts point into it */
	struct buf headers;   /* the rebuilt headers, side by side */
};

/* The length field: 4 bytes, or a varint.  Bytes up to its end; 0 when cut, -1. */
static int
read_length(const uint8_t *p, size_t n, uint64_t *len)
{
	size_t used;

	if (p[2] == 1) {
		if (n < 8)
			return 0;
		*len = dec_be(p + 4, 4);
		return *len < FRAME_HEAD_LEN - 8 ? -1 : 8;
	}
	if ((used = dec_varint(len, p + 4, p + n)) == 0)
		return n - 4 < 4 ? 0 : -1; /* FRAME_LENGTH_MAX takes four bytes */
	return 4 + (int)used;
}

int64_t
frame_length(const uint8_t *p, size_t n)
{
	uint64_t len = 0;
	int used;

	if ((n >= 1 && p[0] != 'T') || (n >= 2 && p[1] != 'F') || (n >= 3 && p[2] != 1 && p[2] != 2))
		return -1;
	if (n < 5)
		return 0;
	if ((used = read_length(p, n, &len)) <= 0)
		return used;
	if (len > FRAME_LENGTH_MAX)
		return -1;
	return n - (size_t)used >= len ? used + (int64_t)len : 0;
}

static uint64_t
varint(const uint8_t **p, const uint8_t *end, int *bad)
{
	uint64_t v = 0;
	size_t n = *p < end ? dec_varint(&v, *p, end) : 0;

	*bad |= n == 0;
	*p += n;
	return v;
}

/* The head of a whole frame.  0 or -1. */
static int
read_head(struct head *h, const uint8_t *p, size_t n)
{
	const uint8_t *at, *end = p + n;
	uint64_t epoch, public, personal, len;
	int bad = 0;

	memset(h, 0, sizeof(*h));
	if (n < 5 || frame_length(p, n) != (int64_t)n)
		return -1;
	h->version = p[2];
	h->flags = p[3];
	if (h->version == 1) {
		h->len = FRAME_HEAD_LEN;
		h->public = (size_t)dec_be(p + 8, 4);
		h->personal = (size_t)dec_be(p + 12, 4);
		return (h->flags & ~(unsigned)(FLAG_PUBLIC_ZSTD | FLAG_PERSONAL_ZSTD)) != 0 || h->public > n - h->len || h->personal > n - h->len - h->public ? -1 : 0;
	}
	at = p + read_length(p, n, &len);
	if ((h->flags & FLAG_DICT) != 0) {
		h->dict = at;
		at += DICT_NAME_LEN;
		bad = at > end;
	}
	epoch = varint(&at, end, &bad);
	h->first_seq = varint(&at, end, &bad);
	h->n = varint(&at, end, &bad);
	public = varint(&at, end, &bad);
	personal = varint(&at, end, &bad);
	if (bad || (h->flags & ~(unsigned)FLAGS_ALL) != 0 || epoch < 1 || epoch > UINT32_MAX || h->first_seq > VALUE_INT_MAX || h->n < 1 || h->n > FRAME_ENTRIES_MAX ||
	    public > (uint64_t)(end - at) || personal > (uint64_t)(end - at) - public)
		return -1;
	h->epoch = (uint32_t)epoch;
	h->len = (size_t)(at - p);
	h->public = (size_t)public;
	h->personal = (size_t)personal;
	return 0;
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
frame_sections(struct buf *public, struct buf *personal, const struct frame_entry *x, size_t n, const struct frame_form *as)
{
	struct columns c = { .n = n, .epoch = x[0].h.epoch, .first_seq = x[0].h.seq, .has_prev = as->give_prev && x[0].h.has_prev };

	memcpy(c.prev, x[0].h.prev, HASH_LEN);
	c.compact = as->version == 2;
	c.before = c.compact && !c.has_prev && c.first_seq > 0 ? as->before : NULL;
	if (public != NULL)
		(void)columns_put(public, &c, x, as->log, as->known);
	if (personal != NULL)
		put_personal(personal, x, n);
	return (public == NULL || buf_ok(public)) && (personal == NULL || buf_ok(personal)) ? 0 : -1;
}

static void
put_head(struct buf *out, unsigned flags, const struct frame_entry *x, size_t n, const struct frame_form *as, size_t public, size_t personal, size_t sigs)
{
	uint8_t head[DICT_NAME_LEN + 5 * 10];
	struct buf b;

	(void)buf_puts(out, as->version == 2 ? "TF\002" : "TF\001");
	(void)buf_putc(out, (uint8_t)flags);
	if (as->version != 2) {
		(void)buf_be(out, 8 + public + personal + sigs, 4);
		(void)buf_be(out, public, 4);
		(void)buf_be(out, personal, 4);
		return;
	}
	buf_init(&b, sizeof(head));
	if ((flags & FLAG_DICT) != 0)
		(void)buf_put(&b, dict_hash(as->dict), DICT_NAME_LEN);
	(void)buf_varint(&b, x[0].h.epoch);
	(void)buf_varint(&b, x[0].h.seq);
	(void)buf_varint(&b, n);
	(void)buf_varint(&b, public);
	(void)buf_varint(&b, personal);
	(void)buf_varint(out, b.len + public + personal + sigs);
	(void)buf_put(out, b.data, b.len);
	if (!buf_ok(&b))
		out->failed = 1;
	buf_free(&b);
}

int
frame_encode_as(struct buf *out, const struct frame_entry *x, size_t n, const struct frame_form *as, size_t sizes[3], struct err *e)
{
	struct dict *dict = as->version == 2 ? as->dict : NULL;
	struct buf public, plain, sealed, sigs;
	size_t before = out->len;
	unsigned flags = 0;
	int rc = -1;

	buf_init(&public, FRAME_PUBLIC_MAX);
	buf_init(&plain, FRAME_PERSONAL_MAX);
	buf_init(&sealed, FRAME_PERSONAL_MAX + SEAL_OVERHEAD);
	buf_init(&sigs, 2 * SIG_LEN * FRAME_ENTRIES_MAX);
	put_signatures(&sigs, x, n);
	if (frame_sections(&public, &plain, x, n, as) != 0 || !buf_ok(&sigs)) {
		(void)err_set(e, "frame: %zu entries do not fit", n);
		goto out;
	}
	flags |= squeeze(&public, dict, as->version == 2) ? FLAG_PUBLIC_ZSTD : 0;
	if (plain.len > 0) {
		flags |= squeeze(&plain, dict, as->version == 2) ? FLAG_PERSONAL_ZSTD : 0;
		if (seal(&sealed, plain.data, plain.len, as->sealing) != 0) {
			(void)err_set(e, "frame: the personal section cannot be sealed to the county's key");
			goto out;
		}
	}
	flags |= dict != NULL && flags != 0 ? FLAG_DICT : 0;
	put_head(out, flags, x, n, as, public.len, sealed.len, sigs.len);
	if (sizes != NULL) {
		sizes[0] = out->len - before + public.len;
		sizes[1] = sealed.len;
		sizes[2] = sigs.len;
	}
	(void)buf_put(out, public.data, public.len);
	(void)buf_put(out, sealed.data, sealed.len);
	rc = buf_put(out, sigs.data, sigs.len);
out:
	buf_free(&public);
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&sigs);
	return rc;
}

int
frame_encode(struct buf *out, const struct frame_entry *x, size_t n, const uint8_t log[HASH_LEN], int give_prev, uint64_t known,
    const uint8_t sealing[32], size_t sizes[3], struct err *e)
{
	const struct frame_form as = { .version = 1, .log = log, .give_prev = give_prev, .known = known, .sealing = sealing };

	return frame_encode_as(out, x, n, &as, sizes, e);
}

/* One section as it was before it was compressed. */
static int
open_one(struct buf *out, const uint8_t *p, size_t n, int squeezed, const struct head *h, const struct dict *d)
{
	return squeezed ? expand(out, p, n, d, h->version == 2) : buf_put(out, p, n);
}

/* The two sections, opened into f->public and f->personal. */
static int
open_sections(struct frame *f, const struct head *h, const uint8_t *p, const struct frame_lookup *look, const struct sealer *sealer, const char **code, struct err *e)
{
	const struct dict *d = NULL;
	struct buf plain;
	int rc;

	if (h->dict != NULL) {
		*code = "unknown-dictionary";
		if (look->dict == NULL || (d = look->dict(look->ctx, h->dict)) == NULL)
			return err_set(e, "frame: compressed with a dictionary that is not held here");
	}
	p += h->len;
	*code = "too-large";
	if (open_one(&f->public, p, h->public, (h->flags & FLAG_PUBLIC_ZSTD) != 0, h, d) != 0)
		return err_set(e, "frame: the public section does not decompress to at most %u bytes", FRAME_PUBLIC_MAX);
	if (h->personal == 0)
		return 0;
	*code = "unsealable";
	buf_init(&plain, FRAME_PERSONAL_MAX);
	if (unseal(sealer, &plain, p + h->public, h->personal) != 0)
		rc = err_set(e, "frame: the personal section does not open with this county's sealing key");
	else if (open_one(&f->personal, plain.data, plain.len, (h->flags & FLAG_PERSONAL_ZSTD) != 0, h, d) != 0)
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

int
frame_place(const uint8_t *p, size_t n, uint32_t *epoch, uint64_t *seq)
{
	uint8_t start[COLUMNS_START_LEN];
	struct head h;

	if (read_head(&h, p, n) != 0)
		return -1;
	if (h.version == 2) {
		*epoch = h.epoch;
		*seq = h.first_seq;
		return 0;
	}
	if ((h.flags & FLAG_PUBLIC_ZSTD) == 0)
		return columns_place(p + h.len, h.public, epoch, seq);
	return columns_place(start, expand_start(start, sizeof(start), p + h.len, h.public), epoch, seq);
}

int
frame_parts(const uint8_t *p, size_t n, size_t parts[4])
{
	struct head h;

	if (read_head(&h, p, n) != 0)
		return -1;
	parts[0] = h.len;
	parts[1] = h.public;
	parts[2] = h.personal;
	parts[3] = n - h.len - h.public - h.personal;
	return 0;
}

static int
get_columns(struct frame *f, const struct head *h, const uint8_t log[HASH_LEN], const struct frame_lookup *look, const char **code, struct err *e)
{
	struct entry before;

	if (h->version == 1)
		return columns_get(&f->c, f->x, f->public.data, f->public.len, log, look, code, e);
	f->c.epoch = h->epoch;
	f->c.first_seq = h->first_seq;
	f->c.n = (size_t)h->n;
	f->c.compact = 1;
	return columns_get_compact(&f->c, f->x, &before, f->public.data, f->public.len, log, look, code, e);
}

struct frame *
frame_decode(const uint8_t *p, size_t n, const uint8_t device[HASH_LEN], const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const struct sealer *sealer, const char **code, struct err *e)
{
	struct frame *f = NULL;
	const uint8_t *sigs;
	struct head h;
	size_t i;

	*code = "bad-header";
	if (read_head(&h, p, n) != 0 || (f = lapsed(calloc(1, sizeof(*f)))) == NULL) {
		(void)err_set(e, "frame: not exactly one whole frame whose sections are in it and whose flags are known here");
		return NULL;
	}
	sigs = p + h.len + h.public + h.personal;
	buf_init(&f->public, FRAME_PUBLIC_MAX);
	buf_init(&f->personal, FRAME_PERSONAL_MAX);
	buf_init(&f->headers, FRAME_ENTRIES_MAX * ENTRY_HEADER_MAX);
	if (open_sections(f, &h, p, look, sealer, code, e) != 0 || get_columns(f, &h, log, look, code, e) != 0)
		goto fail;
	f->c.before = NULL; /* it does not outlive the columns */
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
