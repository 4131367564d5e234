#include "evidence/manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/line.h"
#include "evidence/dsse.h"

#define DASH "\xe2\x80\x94 " /* em dash and space, as in a signed note */
#define DASH_LEN 4
#define MANIFEST_ALG 0xff    /* C2SP signed-note: a type named by text */
#define ID_LEN 4
#define SUM_CHARS 64

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->nfiles; i++)
		free(m->files[i].path);
	free(m->files);
	m->files = NULL;
	m->nfiles = 0;
}

int
manifest_path_ok(const char *path)
{
	size_t n = strnlen(path, MANIFEST_PATH_MAX), from = 0;

	if (n == 0 || n == MANIFEST_PATH_MAX || strcmp(path, "MANIFEST") == 0)
		return 0;
	for (size_t i = 0; i <= n; i++) {
		const char *part = path + from;

		if (i < n && path[i] != '/') {
			/* printable ASCII; sha256sum writes \ in a way of its own */
			if (path[i] <= ' ' || path[i] > '~' || path[i] == '\\')
				return 0;
			continue;
		}
		if (i == from || (i == from + 1 && part[0] == '.') || (i == from + 2 && part[0] == '.' && part[1] == '.'))
			return 0;
		from = i + 1;
	}
	return 1;
}

int
manifest_add(struct manifest *m, const char *path, const uint8_t hash[32])
{
	struct manifest_file *files;
	char *copy;

	if (!manifest_path_ok(path) || (copy = strdup(path)) == NULL)
		return -1;
	/* room for the next power of two whenever one is full */
	if ((m->nfiles & (m->nfiles - 1)) == 0 || m->nfiles == 0) {
		size_t cap = m->nfiles ? 2 * m->nfiles : 1;

		if ((files = reallocarray(m->files, cap, sizeof(*files))) == NULL) {
			free(copy);
			return -1;
		}
		m->files = files;
	}
	memcpy(m->files[m->nfiles].hash, hash, 32);
	m->files[m->nfiles++].path = copy;
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_file *)a)->path, ((const struct manifest_file *)b)->path);
}

static int
print_text(struct buf *b, const struct manifest *m)
{
	(void)buf_printf(b, "tallystick/manifest/v1\nof %s\norigin %s\nsize %" PRIu64 "\nroot ", m->village ? "village" : m->mirror ? "mirror" : "county", m->origin, m->size);
	(void)buf_b64(b, m->root, sizeof(m->root));
	(void)buf_printf(b, "\nsince %" PRIu64 "\npersonal %s\nmade %" PRIu64 "\nfiles %zu\n", m->since, m->personal ? "included" : "withheld", m->made, m->nfiles);
	for (size_t i = 0; i < m->nfiles; i++) {
		(void)buf_hex(b, m->files[i].hash, sizeof(m->files[i].hash));
		(void)buf_printf(b, "  %s\n", m->files[i].path);
	}
	return buf_ok(b) ? 0 : -1;
}

/* First bytes of SHA-256(NAME || 0A || FF || type || key). */
static void
key_id(uint8_t id[ID_LEN], const char *name, const uint8_t key[KEY_LEN])
{
	static const uint8_t between[] = { '\n', MANIFEST_ALG };
	const char *type = dsse_name(DSSE_MANIFEST);
	uint8_t hash[HASH_LEN];
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_add(&c, name, strlen(name));
	sha256_add(&c, between, sizeof(between));
	sha256_add(&c, type, strlen(type));
	sha256_add(&c, key, KEY_LEN);
	sha256_end(&c, hash);
	memcpy(id, hash, ID_LEN);
}

int
manifest_print(struct buf *b, struct manifest *m, const char *name, const struct signer *s)
{
	uint8_t blob[ID_LEN + SIG_LEN];
	size_t from = b->len;

	if (!vkey_name_ok(name, strlen(name)) || !vkey_name_ok(m->origin, strnlen(m->origin, sizeof(m->origin))))
		return -1;
	if (m->nfiles > 1)
		qsort(m->files, m->nfiles, sizeof(m->files[0]), by_path);
	for (size_t i = 1; i < m->nfiles; i++)
		if (strcmp(m->files[i - 1].path, m->files[i].path) == 0)
			return -1;
	if (print_text(b, m) != 0)
		return -1;
	key_id(blob, name, signer_public(s));
	if (dsse_sign(blob + ID_LEN, s, DSSE_MANIFEST, b->data + from, b->len - from) != 0)
		return -1;
	(void)buf_printf(b, "\n" DASH "%s ", name);
	(void)buf_b64(b, blob, sizeof(blob));
	return buf_putc(b, '\n');
}

/* A MANIFEST taken apart; points into the bytes it was taken from. */
struct parts {
	size_t text_len;
	struct field name;
	uint8_t blob[ID_LEN + SIG_LEN];
};

/* "EM-DASH NAME BASE64", without its LF; 0 or -1. */
static int
parse_sig(struct parts *t, const char *line, size_t n)
{
	const char *space;

	if (n < DASH_LEN || memcmp(line, DASH, DASH_LEN) != 0)
		return -1;
	line += DASH_LEN;
	n -= DASH_LEN;
	if ((space = memchr(line, ' ', n)) == NULL)
		return -1;
	t->name = (struct field){ line, (size_t)(space - line) };
	if (!vkey_name_ok(t->name.p, t->name.len))
		return -1;
	return field_b64((struct field){ space + 1, n - t->name.len - 1 }, t->blob, sizeof(t->blob));
}

static int
take_apart(struct parts *t, const char *p, size_t n, struct err *e)
{
	const char *sep, *line, *end = p + n;

	if (n > MANIFEST_BYTES_MAX)
		return err_set(e, "MANIFEST: longer than %u bytes", MANIFEST_BYTES_MAX);
	if (n == 0 || (sep = memmem(p, n, "\n\n", 2)) == NULL)
		return err_set(e, "MANIFEST: no empty line between text and signature");
	if (end[-1] != '\n' || (line = sep + 2) == end)
		return err_set(e, "MANIFEST: no whole signature line follows the empty line");
	if (memchr(line, '\n', (size_t)(end - line) - 1) != NULL)
		return err_set(e, "MANIFEST: more than one signature");
	t->text_len = (size_t)(sep - p) + 1;
	if (parse_sig(t, line, (size_t)(end - line) - 1) != 0)
		return err_set(e, "MANIFEST: the signature line is not EM-DASH NAME BASE64");
	return 0;
}

int
manifest_verify(const void *p, size_t n, const char *name, const uint8_t key[KEY_LEN], struct err *e)
{
	uint8_t id[ID_LEN];
	struct parts t;

	if (take_apart(&t, p, n, e) != 0)
		return -1;
	key_id(id, name, key);
	if (!field_is(t.name, name) || memcmp(id, t.blob, ID_LEN) != 0)
		return err_set(e, "MANIFEST: signed by another key than that of %s", name);
	if (!dsse_verify(t.blob + ID_LEN, DSSE_MANIFEST, p, t.text_len, key))
		return err_set(e, "MANIFEST: the signature of %s does not verify", name);
	return 0;
}

static int
bad(struct err *e, const char *name)
{
	return err_set(e, "MANIFEST: line \"%s\" is missing or malformed", name);
}

static int
parse_number(struct cursor *c, const char *name, uint64_t *v)
{
	struct field f;

	return cursor_fields(c, name, &f, 1) != 0 || field_u64(f, v) != 0 || *v > (uint64_t)JSON_INT_MAX ? -1 : 0;
}

/* A line that says one of two words: 1 for ${yes}, 0 for ${no}, or -1. */
static int
parse_word(struct cursor *c, const char *name, const char *yes, const char *no)
{
	struct field f;

	if (cursor_fields(c, name, &f, 1) != 0)
		return -1;
	return field_is(f, yes) ? 1 : field_is(f, no) ? 0 : -1;
}

static int
parse_head(struct manifest *m, struct cursor *c, uint64_t *files, struct err *e)
{
	struct field f;

	if (cursor_fields(c, "tallystick/manifest/v1", NULL, 0) != 0)
		return bad(e, "tallystick/manifest/v1");
	if (cursor_fields(c, "of", &f, 1) != 0)
		return bad(e, "of");
	m->village = field_is(f, "village");
	m->mirror = field_is(f, "mirror");
	if (!m->village && !m->mirror && !field_is(f, "county"))
		return bad(e, "of");
	if (cursor_fields(c, "origin", &f, 1) != 0 || field_copy(f, m->origin, sizeof(m->origin)) != 0 || !vkey_name_ok(f.p, f.len))
		return bad(e, "origin");
	if (parse_number(c, "size", &m->size) != 0)
		return bad(e, "size");
	if (cursor_fields(c, "root", &f, 1) != 0 || field_b64(f, m->root, sizeof(m->root)) != 0)
		return bad(e, "root");
	if (parse_number(c, "since", &m->since) != 0)
		return bad(e, "since");
	if ((m->personal = parse_word(c, "personal", "included", "withheld")) < 0)
		return bad(e, "personal");
	if (parse_number(c, "made", &m->made) != 0)
		return bad(e, "made");
	if (parse_number(c, "files", files) != 0)
		return bad(e, "files");
	return 0;
}

/* "HASH  PATH", the path beyond the one before. */
static int
parse_file(struct manifest *m, struct cursor *c, struct err *e)
{
	char path[MANIFEST_PATH_MAX];
	uint8_t hash[32];
	struct field line, f;

	if (cursor_line(c, &line) != 1)
		return err_set(e, "MANIFEST: fewer sums than \"files\" says, or a malformed line");
	f = (struct field){ line.p, SUM_CHARS };
	if (line.len < SUM_CHARS + 2 || field_hex(f, hash, sizeof(hash)) != 0 || memcmp(line.p + SUM_CHARS, "  ", 2) != 0)
		return err_set(e, "MANIFEST: line %u is not HASH  PATH", c->lineno);
	f = (struct field){ line.p + SUM_CHARS + 2, line.len - SUM_CHARS - 2 };
	if (field_copy(f, path, sizeof(path)) != 0 || !manifest_path_ok(path))
		return err_set(e, "MANIFEST: line %u: not a clean relative path", c->lineno);
	if (m->nfiles > 0 && strcmp(m->files[m->nfiles - 1].path, path) >= 0)
		return err_set(e, "MANIFEST: %s is out of order or twice", path);
	return manifest_add(m, path, hash) == 0 ? 0 : err_set(e, "MANIFEST: out of memory");
}

int
manifest_parse(struct manifest *m, const void *p, size_t n, struct err *e)
{
	struct parts t;
	uint64_t files;
	struct cursor c;

	memset(m, 0, sizeof(*m));
	if (take_apart(&t, p, n, e) != 0)
		return -1;
	cursor_init(&c, p, t.text_len);
	if (parse_head(m, &c, &files, e) != 0)
		return -1;
	while (m->nfiles < files)
		if (parse_file(m, &c, e) != 0)
			goto fail;
	if (!cursor_end(&c)) {
		err_set(e, "MANIFEST: more sums than \"files\" says");
		goto fail;
	}
	return 0;
fail:
	manifest_free(m);
	return -1;
}
