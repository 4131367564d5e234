#include "agent/people/phones.h"

#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "base/line.h"

/* The file of the paired phones: a line each, words and at its end the name. */

int
phones_name_ok(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return 0;
	return (size_t)(p - s) <= PHONE_NAME_MAX && utf8_ok(s, (size_t)(p - s));
}

static void
print_hash(struct buf *b, int has, const uint8_t hash[HASH_LEN])
{
	if (has)
		(void)buf_hex(b, hash, HASH_LEN);
	else
		(void)buf_puts(b, "-");
	(void)buf_puts(b, " ");
}

void
phones_print(struct buf *b, const struct phones_table *t)
{
	const struct phone *x;

	(void)buf_printf(b, "phones 2 %" PRIu32 "\n", t->last);
	for (x = t->at; x < t->at + t->n; x++) {
		(void)buf_printf(b, "phone %" PRIu32 " %" PRId64 " ", x->number, x->since);
		print_hash(b, x->has_secret, x->hash);
		print_hash(b, x->has_token, x->token);
		(void)buf_printf(b, "%s %s %s\n", x->user[0] ? x->user : "-", x->place[0] ? x->place : "-", x->name);
	}
}

/* The next word of a line, up to a space or its end; NULL when there is none. */
static const char *
word(const char **at, size_t *n)
{
	const char *s = *at;

	*n = strcspn(s, " \n");
	*at = s + *n + (s[*n] == ' ');
	return *n > 0 ? s : NULL;
}

/* "-" or a hash.  0 or -1. */
static int
read_hash(const char **at, int *has, uint8_t hash[HASH_LEN])
{
	const char *s;
	size_t n;

	if ((s = word(at, &n)) == NULL)
		return -1;
	*has = n != 1 || *s != '-';
	return !*has || dec_hex(hash, HASH_LEN, s, n) == 0 ? 0 : -1;
}

/* "-" or text of at most ${max} bytes that ${ok} takes.  0 or -1. */
static int
read_text(const char **at, char *out, size_t max, int (*ok)(struct field f))
{
	const char *s;
	size_t n;

	if ((s = word(at, &n)) == NULL)
		return -1;
	if (n == 1 && *s == '-')
		return 0;
	if (n > max || !ok((struct field){ s, n }))
		return -1;
	memcpy(out, s, n);
	out[n] = '\0';
	return 0;
}

static int
user_ok(struct field f)
{
	return field_id(f, ID_MAX);
}

static int
parse_phone(const char **at, struct phone *x, uint32_t last, uint32_t before, int form)
{
	const char *s;
	uint64_t v;
	size_t n;

	if ((s = word(at, &n)) == NULL || n != 5 || strncmp(s, "phone", n) != 0 || (s = word(at, &n)) == NULL || dec_u64(&v, s, n) != 0 || v <= before || v > last)
		return -1;
	x->number = (uint32_t)v;
	if ((s = word(at, &n)) == NULL || dec_i64(&x->since, s, n) != 0 || read_hash(at, &x->has_secret, x->hash) != 0)
		return -1;
	if (form == 2 && (read_hash(at, &x->has_token, x->token) != 0 || read_text(at, x->user, ID_MAX, user_ok) != 0 || read_text(at, x->place, PLACE_MAX, field_place) != 0))
		return -1;
	if ((!x->has_secret && !x->has_token) || (n = strcspn(*at, "\n")) > PHONE_NAME_MAX || (*at)[n] != '\n')
		return -1;
	memcpy(x->name, *at, n);
	x->name[n] = '\0';
	*at += n + 1;
	return phones_name_ok(x->name) ? 0 : -1;
}

int
phones_parse(struct phones_table *t, const char *text)
{
	static const char head[] = "phones ";
	const char *s, *at = text;
	uint64_t v;
	size_t n;
	int form;

	memset(t, 0, sizeof(*t));
	if (strncmp(at, head, sizeof(head) - 1) != 0)
		return -1;
	at += sizeof(head) - 1;
	form = *at == '1' ? 1 : *at == '2' ? 2 : 0;
	if (form == 0 || at[1] != ' ')
		return -1;
	at += 2;
	if ((s = word(&at, &n)) == NULL || dec_u64(&v, s, n) != 0 || v > UINT32_MAX - 1 || *at++ != '\n')
		return -1;
	t->last = (uint32_t)v;
	for (; *at != '\0'; t->n++)
		if (t->n == PHONES_MAX || parse_phone(&at, &t->at[t->n], t->last, t->n > 0 ? t->at[t->n - 1].number : 0, form) != 0)
			return -1;
	return 0;
}
