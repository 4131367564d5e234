#include "sync/dict.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

#include "base/lapse.h"

#define LEVEL 19            /* frames are small: what the best level costs is microseconds */
#define MAGIC_LEN 4
#define DICT_MAGIC "\x37\xa4\x30\xec"

static const uint8_t magic[MAGIC_LEN] = { 0x28, 0xb5, 0x2f, 0xfd };

extern const unsigned char dict_default_data[];
extern const size_t dict_default_len;

struct dict {
	uint8_t hash[HASH_LEN];
	struct buf bytes;
	ZSTD_CDict *c;          /* made when something is squeezed for the first time */
	ZSTD_DDict *d;
};

struct dict *
dict_new(const void *p, size_t n, struct err *e)
{
	struct dict *d;

	if (n < DICT_MIN || n > DICT_MAX || memcmp(p, DICT_MAGIC, MAGIC_LEN) != 0) {
		(void)err_set(e, "dictionary: not a zstd dictionary of %d to %u bytes", DICT_MIN, DICT_MAX);
		return NULL;
	}
	if ((d = lapsed(calloc(1, sizeof(*d)))) == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	buf_init(&d->bytes, DICT_MAX);
	sha256(d->hash, p, n);
	/* zstd does not tell damage from want of memory, so the header is judged first, by itself */
	if (buf_put(&d->bytes, p, n) != 0)
		(void)err_set(e, "out of memory");
	else if (ZDICT_isError(ZDICT_getDictHeaderSize(p, n)))
		(void)err_set(e, "dictionary: its tables are damaged");
	else if ((d->d = lapsed(ZSTD_createDDict(d->bytes.data, d->bytes.len))) == NULL)
		(void)err_set(e, "dictionary: zstd cannot use it");
	else
		return d;
	dict_free(d);
	return NULL;
}

const void *
dict_default_bytes(size_t *n)
{
	*n = dict_default_len;
	return dict_default_data;
}

struct dict *
dict_default(struct err *e)
{
	return dict_new(dict_default_data, dict_default_len, e);
}

void
dict_free(struct dict *d)
{
	if (d == NULL)
		return;
	(void)ZSTD_freeCDict(d->c);
	(void)ZSTD_freeDDict(d->d);
	buf_free(&d->bytes);
	free(d);
}

const uint8_t *
dict_hash(const struct dict *d)
{
	return d->hash;
}

const void *
dict_bytes(const struct dict *d, size_t *n)
{
	*n = d->bytes.len;
	return d->bytes.data;
}

/* Everything around the blocks that is told elsewhere, or never asked for, is left out. */
static int
set_plainly(ZSTD_CCtx *x)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(x, ZSTD_c_compressionLevel, LEVEL)) && !ZSTD_isError(ZSTD_CCtx_setParameter(x, ZSTD_c_checksumFlag, 0)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(x, ZSTD_c_dictIDFlag, 0));
}

/* Put ${x}'s frame of ${b} in its place. */
static int
replace(struct buf *b, ZSTD_CCtx *x, int stripped)
{
	size_t n, room = ZSTD_compressBound(b->len), off = stripped ? MAGIC_LEN : 0;
	uint8_t *p = lapsed(malloc(room));
	struct buf z;
	int done = 0;

	if (p == NULL)
		return 0;
	n = ZSTD_compress2(x, p, room, b->data, b->len);
	if (!ZSTD_isError(n) && n - off < b->len && n - off >= b->len / SQUEEZE_RATIO_MAX + 1) {
		buf_init(&z, b->max);
		if (buf_put(&z, p + off, n - off) == 0) {
			buf_free(b);
			*b = z;
			done = 1;
		} else {
			buf_free(&z);
		}
	}
	free(p);
	return done;
}

/* For compressing, once. */
static int
prepare(struct dict *d)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	(void)pthread_mutex_lock(&lock);
	if (d->c == NULL)
		d->c = lapsed(ZSTD_createCDict(d->bytes.data, d->bytes.len, LEVEL));
	(void)pthread_mutex_unlock(&lock);
	return d->c != NULL ? 0 : -1;
}

int
squeeze(struct buf *b, struct dict *d, int stripped)
{
	ZSTD_CCtx *x;
	int done = 0;

	if (b->len == 0 || (x = lapsed(ZSTD_createCCtx())) == NULL)
		return 0;
	if (set_plainly(x) && (d == NULL || (prepare(d) == 0 && !ZSTD_isError(ZSTD_CCtx_refCDict(x, d->c)))))
		done = replace(b, x, stripped);
	(void)ZSTD_freeCCtx(x);
	return done;
}

int
squeeze_after(struct buf *b, const void *before, size_t len)
{
	ZSTD_CCtx *x;
	int done = 0;

	if (b->len == 0 || (x = lapsed(ZSTD_createCCtx())) == NULL)
		return 0;
	if (set_plainly(x) && !ZSTD_isError(ZSTD_CCtx_refPrefix(x, before, len)))
		done = replace(b, x, 1);
	(void)ZSTD_freeCCtx(x);
	return done;
}

/* A whole frame, its size told and within bounds, opened by ${d} or behind ${before}. */
static int
open_frame(struct buf *out, const uint8_t *p, size_t n, const struct dict *d, const void *before, size_t len)
{
	unsigned long long size = ZSTD_getFrameContentSize(p, n);
	ZSTD_DCtx *x;
	uint8_t *room;
	size_t got;
	int rc = -1;

	/* the library may also open formats of before it was one, and frames that hold nothing */
	if (n < MAGIC_LEN || memcmp(p, magic, MAGIC_LEN) != 0 || size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > out->max ||
	    size / SQUEEZE_RATIO_MAX > n || ZSTD_findFrameCompressedSize(p, n) != n)
		return -1;
	room = lapsed(malloc(size ? (size_t)size : 1));
	x = lapsed(ZSTD_createDCtx());
	if (room != NULL && x != NULL) {
		got = d != NULL ? ZSTD_decompress_usingDDict(x, room, (size_t)size, p, n, d->d) :
		    ZSTD_decompress_usingDict(x, room, (size_t)size, p, n, before, len);
		if (!ZSTD_isError(got) && got == size)
			rc = buf_put(out, room, got);
	}
	(void)ZSTD_freeDCtx(x);
	free(room);
	return rc;
}

static int
open_stripped(struct buf *out, const uint8_t *p, size_t n, const struct dict *d, const void *before, size_t len)
{
	uint8_t *whole = lapsed(malloc(n + MAGIC_LEN));
	int rc;

	if (whole == NULL)
		return -1;
	memcpy(whole, magic, MAGIC_LEN);
	if (n > 0)
		memcpy(whole + MAGIC_LEN, p, n);
	rc = open_frame(out, whole, n + MAGIC_LEN, d, before, len);
	free(whole);
	return rc;
}

int
expand(struct buf *out, const uint8_t *p, size_t n, const struct dict *d, int stripped)
{
	return stripped ? open_stripped(out, p, n, d, NULL, 0) : open_frame(out, p, n, d, NULL, 0);
}

int
expand_after(struct buf *out, const uint8_t *p, size_t n, const void *before, size_t len)
{
	return open_stripped(out, p, n, NULL, before, len);
}

size_t
expand_start(uint8_t *out, size_t n, const uint8_t *p, size_t len)
{
	ZSTD_DCtx *d = lapsed(ZSTD_createDCtx());
	ZSTD_outBuffer o = { out, n, 0 };
	ZSTD_inBuffer i = { p, len, 0 };

	/* a window no larger than a section keeps what a peer can make us allocate small */
	if (d != NULL && len >= MAGIC_LEN && memcmp(p, magic, MAGIC_LEN) == 0 && !ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, 21)))
		while (o.pos < n && i.pos < len && !ZSTD_isError(ZSTD_decompressStream(d, &o, &i)))
			continue;
	ZSTD_freeDCtx(d);
	return o.pos;
}

const char *
dict_libzstd(void)
{
	return ZSTD_versionString();
}

/* zstd's own choice of what to keep (cover, one thread), then its tables for the level that frames are written at. */
static size_t
train(uint8_t *room, size_t size, const struct buf *samples, const size_t *sizes, unsigned n, uint8_t *out)
{
	ZDICT_params_t how = { .compressionLevel = LEVEL };
	size_t got = ZDICT_trainFromBuffer(room, size, samples->data, sizes, n), head;

	if (ZDICT_isError(got))
		return got;
	if (ZDICT_isError(head = ZDICT_getDictHeaderSize(room, got)))
		return head;
	return ZDICT_finalizeDictionary(out, size, room + head, got - head, samples->data, sizes, n, how);
}

int
dict_train(struct buf *out, const struct buf *samples, const size_t *sizes, size_t n, size_t size, struct err *e)
{
	uint8_t *room;
	size_t got;
	int rc = -1;

	if (n > DICT_SAMPLES_MAX || size < DICT_MIN || size > DICT_MAX)
		return err_set(e, "dictionary: %zu samples for %zu bytes", n, size);
	if ((room = lapsed(malloc(2 * size))) == NULL)
		return err_set(e, "out of memory");
	got = train(room, size, samples, sizes, (unsigned)n, room + size);
	if (ZDICT_isError(got))
		(void)err_set(e, "dictionary: %zu samples of %zu bytes in all do not make one (%s)", n, samples->len, ZDICT_getErrorName(got));
	else
		rc = buf_put(out, room + size, got);
	free(room);
	return rc;
}
