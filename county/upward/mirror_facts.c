#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "county/upward/mirror.h"
#include "evidence/value.h"

/* Where the log is mirrored to, as facts of the ledger. */

#define FACT "mirrors"
#define SAID "mirror/" /* and the root key's hash */
#define TEXT_MAX ((MIRROR_URL_MAX + 2 * KEYS_MAX) * MIRRORS_MAX)

static void
said_name(const struct mirror_to *t, char out[sizeof(SAID) + 2 * HASH_LEN])
{
	uint8_t hash[HASH_LEN];

	keys_root_hash(&t->keys, hash);
	(void)strcpy(out, SAID);
	enc_hex(out + strlen(SAID), hash, HASH_LEN);
}

static int
read_said(struct mirror_to *t, struct ledger *l)
{
	char name[sizeof(SAID) + 2 * HASH_LEN];
	struct field f[3], why;
	struct cursor c;
	struct buf b;
	int rc;

	said_name(t, name);
	buf_init(&b, 4096);
	if ((rc = ledger_get(l, name, &b)) == 1) {
		cursor_init(&c, b.data, b.len);
		if (cursor_fields(&c, "said", f, 3) == 0 && field_u64(f[0], &t->size) == 0 && field_u64(f[1], &t->confirmed) == 0)
			(void)field_u64(f[2], &t->tried);
		if (cursor_line(&c, &why) == 1)
			(void)field_copy(why, t->why, sizeof(t->why));
	}
	buf_free(&b);
	return rc < 0 ? -1 : 0;
}

int
mirror_said(const struct mirror_to *t, struct ledger *l, struct err *e)
{
	char name[sizeof(SAID) + 2 * HASH_LEN];
	struct buf b;
	int rc;

	said_name(t, name);
	buf_init(&b, 4096);
	(void)buf_printf(&b, "said %llu %llu %llu\n%s\n", (unsigned long long)t->size, (unsigned long long)t->confirmed, (unsigned long long)t->tried, t->why);
	rc = buf_ok(&b) ? ledger_set(l, name, b.data, b.len, e) : err_set(e, "out of memory");
	buf_free(&b);
	return rc;
}

static int
read_one(struct mirror_to *t, const struct field *f)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->keys_text, KEYS_MAX);
	if (field_copy(f[0], t->url, sizeof(t->url)) != 0)
		return -1;
	t->personal = field_is(f[1], "included");
	t->allow_http = field_is(f[2], "http");
	for (size_t at = 0; at < f[3].len; at += 64) {
		uint8_t piece[48];
		size_t n;

		if (dec_b64(piece, sizeof(piece), &n, f[3].p + at, f[3].len - at < 64 ? f[3].len - at : 64) != 0 || buf_put(&t->keys_text, piece, n) != 0)
			return -1;
	}
	return keys_parse(&t->keys, t->keys_text.data, t->keys_text.len, NULL);
}

int
mirrors_load(struct mirrors *m, struct ledger *l, struct err *e)
{
	struct field f[4];
	struct cursor c;
	struct buf b;
	int rc;

	memset(m, 0, sizeof(*m));
	buf_init(&b, TEXT_MAX);
	if ((rc = ledger_get(l, FACT, &b)) == 1) {
		cursor_init(&c, b.data, b.len);
		for (rc = 0; rc == 0 && !cursor_end(&c) && m->n < MIRRORS_MAX;)
			if ((rc = cursor_fields(&c, "to", f, 4)) == 0) {
				m->n++;
				if ((rc = read_one(&m->at[m->n - 1], f)) == 0)
					rc = read_said(&m->at[m->n - 1], l);
			}
	}
	buf_free(&b);
	if (rc == 0)
		return 0;
	mirrors_free(m);
	return err_set(e, "the ledger's list of mirrors cannot be read");
}

void
mirrors_free(struct mirrors *m)
{
	for (size_t i = 0; i < m->n; i++)
		buf_free(&m->at[i].keys_text);
	m->n = 0;
}

int
mirrors_save(const struct mirrors *m, struct ledger *l, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < m->n; i++) {
		const struct mirror_to *t = &m->at[i];

		(void)buf_printf(&b, "to %s %s %s ", t->url, t->personal ? "included" : "withheld", t->allow_http ? "http" : "https");
		(void)buf_b64(&b, t->keys_text.data, t->keys_text.len);
		(void)buf_putc(&b, '\n');
	}
	rc = buf_ok(&b) ? ledger_set(l, FACT, b.data, b.len, e) : err_set(e, "the list of mirrors is too long");
	buf_free(&b);
	return rc;
}
