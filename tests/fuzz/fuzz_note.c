/* A note's text, names and blobs lie inside it; a checkpoint prints as it was parsed; keys print as parsed. */
#include <string.h>

#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "tests/fuzz/fuzz.h"

static void
judge_vkey(const char *p, size_t n)
{
	struct vkey v;
	struct buf b;

	if (vkey_parse(&v, p, n, NULL))
		return;
	buf_init(&b, 1024);
	fuzz_must(vkey_print(&b, &v) == 0);
	fuzz_same(&b, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *start = (const char *)p, *end = start + n, *lf = n ? memchr(p, '\n', n) : NULL;
	struct checkpoint c;
	struct note note;
	struct vkey v;
	struct buf b;
	uint64_t time;

	judge_vkey(start, lf ? (size_t)(lf - start) : n);
	if (note_parse(&note, p, n, NULL))
		return 0;
	fuzz_must(note.text == start && note.text_len < n && note.text[note.text_len - 1] == '\n' && note.nsigs > 0);
	for (size_t i = 0; i < note.nsigs; i++) {
		const struct note_sig *s = &note.sig[i];
		char name[NOTE_NAME_MAX];

		fuzz_must(s->name > start && s->name + s->name_len < end && s->blob_len <= sizeof(s->blob) && vkey_name_ok(s->name, s->name_len));
		if (s->name_len >= sizeof(name))
			continue;
		memcpy(name, s->name, s->name_len);
		name[s->name_len] = '\0';
		fuzz_must(vkey_make(&v, name, s->blob_len == SIG_LEN ? NOTE_ED25519 : NOTE_COSIGNATURE, signer_public(fuzz_signer("log"))) == 0);
		(void)note_verify(&note, &v, &time);
	}
	if (checkpoint_parse(&c, note.text, note.text_len, NULL) == 0) {
		buf_init(&b, NOTE_MAX);
		fuzz_must(checkpoint_text(&b, &c) == 0);
		fuzz_same(&b, note.text, note.text_len);
	}
	return 0;
}
