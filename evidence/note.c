#include "evidence/note.h"

#include <string.h>

#include "base/enc.h"

#define DASH "\xe2\x80\x94 " /* em dash and space: how a signature line starts */
#define DASH_LEN 4
#define B64_STEP 256 /* characters decoded at once */
#define COSIGN_LEN (8 + SIG_LEN)
#define COSIGN_HEAD_MAX 64

int
note_b64(const char *s, size_t n, uint8_t *head, size_t headmax, size_t *total)
{
	uint8_t part[B64_STEP / 4 * 3];
	size_t got, keep;

	*total = 0;
	while (n > 0) {
		size_t take = n < B64_STEP ? n : B64_STEP;

		/* Padding before the end makes a piece come out short. */
		if (dec_b64(part, sizeof(part), &got, s, take) || (take < n && got != sizeof(part)))
			return -1;
		keep = *total < headmax ? headmax - *total : 0;
		if (keep > got)
			keep = got;
		if (keep > 0)
			memcpy(head + *total, part, keep);
		*total += got;
		s += take;
		n -= take;
	}
	return 0;
}

int
note_chars_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] < 0x20 && s[i] != '\n')
			return 0;
	return utf8_ok(s, n);
}

static int
text_ok(const char *p, size_t n)
{
	return n > 0 && n <= NOTE_MAX && p[n - 1] == '\n' && note_chars_ok(p, n);
}

/* One signature line without its LF.  0 or -1. */
static int
parse_sig(struct note_sig *sig, const char *line, size_t n)
{
	uint8_t head[sizeof(sig->id) + sizeof(sig->blob)];
	const char *space;
	size_t len;

	memset(sig, 0, sizeof(*sig));
	if (n < DASH_LEN || memcmp(line, DASH, DASH_LEN) != 0)
		return -1;
	line += DASH_LEN;
	n -= DASH_LEN;
	space = memchr(line, ' ', n);
	if (!space)
		return -1;
	sig->name = line;
	sig->name_len = (size_t)(space - line);
	if (!vkey_name_ok(sig->name, sig->name_len))
		return -1;
	n -= sig->name_len + 1;
	if (note_b64(space + 1, n, head, sizeof(head), &len) || len <= sizeof(sig->id))
		return -1;
	memcpy(sig->id, head, sizeof(sig->id));
	if (len <= sizeof(head)) {
		sig->blob_len = len - sizeof(sig->id);
		memcpy(sig->blob, head + sizeof(sig->id), sig->blob_len);
	}
	return 0;
}

/* The signature part: lines that each end with LF. */
static int
parse_sigs(struct note *n, const char *p, const char *end, struct err *e)
{
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (!lf)
			return err_set(e, "note: the last line lacks its LF");
		if (n->nsigs == NOTE_SIGS_MAX)
			return err_set(e, "note: more than %d signatures", NOTE_SIGS_MAX);
		if (parse_sig(&n->sig[n->nsigs], p, (size_t)(lf - p)))
			return err_set(e, "note: signature line %zu is not EM-DASH NAME BASE64", n->nsigs + 1);
		n->nsigs++;
		p = lf + 1;
	}
	return n->nsigs > 0 ? 0 : err_set(e, "note: no signature follows the last empty line");
}

int
note_parse(struct note *n, const void *p, size_t len, struct err *e)
{
	const char *s = p, *sep;

	memset(n, 0, sizeof(*n));
	if (len > NOTE_MAX)
		return err_set(e, "note: longer than %d bytes", NOTE_MAX);
	if (!note_chars_ok(s, len))
		return err_set(e, "note: holds a control character or bad UTF-8");
	/* The last empty line parts text from signatures; the text may hold others. */
	for (sep = len ? s + len - 1 : s; sep > s; sep--)
		if (sep[0] == '\n' && sep[-1] == '\n')
			break;
	if (sep == s)
		return err_set(e, "note: no empty line between text and signatures");
	n->text = s;
	n->text_len = (size_t)(sep - s);
	return parse_sigs(n, sep + 1, s + len, e);
}

/* What a cosignature/v1 signs. */
static int
cosign_message(struct buf *b, uint64_t time, const char *text, size_t len)
{
	buf_init(b, NOTE_MAX + COSIGN_HEAD_MAX);
	if (time > INT64_MAX)
		return -1;
	(void)buf_printf(b, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
	return buf_put(b, text, len);
}

static int
sig_ok(const struct note *n, const struct note_sig *sig, const struct vkey *v, uint64_t *time)
{
	struct buf msg;
	int ok;

	if (v->alg == NOTE_ED25519)
		return sig->blob_len == SIG_LEN && verify(sig->blob, n->text, n->text_len, v->key);
	if (v->alg != NOTE_COSIGNATURE || sig->blob_len != COSIGN_LEN)
		return 0;
	*time = dec_be(sig->blob, 8);
	ok = cosign_message(&msg, *time, n->text, n->text_len) == 0 && verify(sig->blob + 8, msg.data, msg.len, v->key);
	buf_free(&msg);
	return ok;
}

int
note_verify(const struct note *n, const struct vkey *v, uint64_t *time)
{
	uint64_t t = 0, first = UINT64_MAX;
	size_t len = strlen(v->name);
	int found = 0;

	for (size_t i = 0; i < n->nsigs; i++) {
		const struct note_sig *sig = &n->sig[i];

		if (sig->name_len != len || memcmp(sig->name, v->name, len) != 0 || memcmp(sig->id, v->id, sizeof(v->id)) != 0)
			continue;
		if (!sig_ok(n, sig, v, &t))
			return -1;
		found = 1;
		if (t < first)
			first = t;
	}
	if (found && time && v->alg == NOTE_COSIGNATURE)
		*time = first;
	return found;
}

/* Does ${b} hold a note on this text, ready for another line? */
static int
holds(const struct buf *b, const char *text, size_t len)
{
	return b->len > len && memcmp(b->data, text, len) == 0 && b->data[len] == '\n' && b->data[b->len - 1] == '\n';
}

static int
put_line(struct buf *b, const struct vkey *v, const uint8_t *blob, size_t n)
{
	uint8_t all[sizeof(v->id) + COSIGN_LEN];

	memcpy(all, v->id, sizeof(v->id));
	memcpy(all + sizeof(v->id), blob, n);
	(void)buf_puts(b, DASH);
	(void)buf_puts(b, v->name);
	(void)buf_putc(b, ' ');
	(void)buf_b64(b, all, sizeof(v->id) + n);
	(void)buf_putc(b, '\n');
	return buf_ok(b) ? 0 : -1;
}

int
note_sign(struct buf *b, const void *text, size_t len, const struct vkey *v, const struct signer *s)
{
	uint8_t sig[SIG_LEN];

	if (v->alg != NOTE_ED25519 || memcmp(v->key, signer_public(s), KEY_LEN) != 0 || !text_ok(text, len))
		return -1;
	if (b->len == 0) {
		(void)buf_put(b, text, len);
		(void)buf_putc(b, '\n');
	}
	if (!buf_ok(b) || !holds(b, text, len))
		return -1;
	signer_sign(s, sig, text, len);
	return put_line(b, v, sig, sizeof(sig));
}

int
note_cosign(struct buf *b, const void *text, size_t len, const struct vkey *v, const struct signer *s, uint64_t time)
{
	uint8_t blob[COSIGN_LEN];
	struct buf msg;
	int ret = -1;

	if (v->alg != NOTE_COSIGNATURE || memcmp(v->key, signer_public(s), KEY_LEN) != 0 || !text_ok(text, len) || !holds(b, text, len))
		return -1;
	if (cosign_message(&msg, time, text, len) == 0) {
		for (unsigned i = 0; i < 8; i++)
			blob[i] = (uint8_t)(time >> (56 - 8 * i));
		signer_sign(s, blob + 8, msg.data, msg.len);
		ret = put_line(b, v, blob, sizeof(blob));
	}
	buf_free(&msg);
	return ret;
}
