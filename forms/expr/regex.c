#include "forms/expr/regex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#define RANGES_MAX 1000
#define LAST_CHARACTER 0x10ffffU

enum op { OP_CHAR, OP_ANY, OP_SET, OP_SPLIT, OP_JUMP, OP_START, OP_END, OP_EDGE, OP_INSIDE, OP_MATCH };

/* Jumps are relative, so that a piece of code can be moved and copied. */
struct code {
	enum op op;
	int x, y;         /* OP_SPLIT, OP_JUMP; OP_SET: first range and how many */
	uint32_t c;       /* OP_CHAR; OP_SET: 1 when negated */
};

struct range { uint32_t from, to; };

struct regex {
	struct code code[REGEX_CODE_MAX];
	int n;
	struct range range[RANGES_MAX];
	int nranges;
	const char *p;
	const char *why;  /* what is wrong, or NULL */
	unsigned depth;
};

static uint32_t
character(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	unsigned more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc0 ? 1 : 0, i;
	uint32_t c = more == 0 ? *s : *s & (0x3fU >> more);

	for (i = 1; i <= more && (s[i] & 0xc0) == 0x80; i++)
		c = (c << 6) | (s[i] & 0x3fU);
	*p += i < more + 1 ? i : more + 1;
	return (c);
}

static int
fail(struct regex *r, const char *why)
{

	if (r->why == NULL)
		r->why = why;
	return (-1);
}

static int
emit(struct regex *r, enum op op, int x, int y, uint32_t c)
{

	if (r->n == REGEX_CODE_MAX)
		return (fail(r, "is too large"));
	r->code[r->n++] = (struct code){ op, x, y, c };
	return (0);
}

static int
insert(struct regex *r, int at, enum op op, int x, int y)
{

	if (emit(r, op, 0, 0, 0) != 0)
		return (-1);
	memmove(&r->code[at + 1], &r->code[at], (size_t)(r->n - 1 - at) * sizeof(r->code[0]));
	r->code[at] = (struct code){ op, x, y, 0 };
	return (0);
}

static int
add_range(struct regex *r, uint32_t from, uint32_t to)
{

	if (r->nranges == RANGES_MAX)
		return (fail(r, "has too many characters in []"));
	r->range[r->nranges++] = (struct range){ from, to };
	return (0);
}

/* The characters of \d \w \s, or all others for \D \W \S. */
static int
add_class(struct regex *r, char c)
{
	static const struct range digits[] = { { '0', '9' } }, words[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } },
	    spaces[] = { { '\t', '\r' }, { ' ', ' ' }, { 0xa0, 0xa0 }, { 0x2000, 0x200a }, { 0x3000, 0x3000 } };
	const struct range *set = strchr("dD", c) != NULL ? digits : strchr("wW", c) != NULL ? words : spaces;
	int n = set == digits ? 1 : set == words ? 4 : 5, i;
	uint32_t from = 0;

	for (i = 0; i < n; i++) {
		if (strchr("dws", c) != NULL) {
			if (add_range(r, set[i].from, set[i].to) != 0)
				return (-1);
			continue;
		}
		if (set[i].from > from && add_range(r, from, set[i].from - 1) != 0)
			return (-1);
		from = set[i].to + 1;
	}
	return (strchr("dws", c) != NULL ? 0 : add_range(r, from, LAST_CHARACTER));
}

/* What stands behind a backslash, as one character; 0 for a letter that means something else. */
static uint32_t
escaped(struct regex *r)
{

	switch (*r->p) {
	case 'n': r->p++; return ('\n');
	case 't': r->p++; return ('\t');
	case 'r': r->p++; return ('\r');
	default: break;
	}
	if (*r->p == '\0' || (*r->p >= '0' && *r->p <= '9') || (*r->p >= 'A' && *r->p <= 'Z') || (*r->p >= 'a' && *r->p <= 'z'))
		return (0);
	return (character(&r->p));
}

static int
read_set_item(struct regex *r)
{
	uint32_t from, to;

	if (r->p[0] == '[' && (r->p[1] == ':' || r->p[1] == '.'))
		return (fail(r, "has [: or [. in []"));
	if (r->p[0] == '\\' && r->p[1] != '\0' && strchr("dDwWsS", r->p[1]) != NULL) {
		r->p += 2;
		return (add_class(r, r->p[-1]));
	}
	if (*r->p == '\\' ? (r->p++, from = escaped(r)) == 0 : (from = character(&r->p)) == 0)
		return (fail(r, "has an unknown \\ in []"));
	to = from;
	if (r->p[0] == '-' && r->p[1] != ']' && r->p[1] != '\0') {
		r->p++;
		if (*r->p == '\\' ? (r->p++, to = escaped(r)) == 0 : (to = character(&r->p)) == 0)
			return (fail(r, "has an unknown \\ in []"));
	}
	return (to < from ? fail(r, "has a range in [] that ends before it starts") : add_range(r, from, to));
}

static int
read_set(struct regex *r)
{
	int first = r->nranges;
	uint32_t negated = 0;

	if (*r->p == '^') {
		negated = 1;
		r->p++;
	}
	do {
		if (*r->p == '\0')
			return (fail(r, "has a [ that is not closed"));
		if (*r->p == ']' && r->nranges == first)
			return (fail(r, "has an empty []"));
		if (read_set_item(r) != 0)
			return (-1);
	} while (*r->p != ']');
	r->p++;
	return (emit(r, OP_SET, first, r->nranges - first, negated));
}

static int read_alternatives(struct regex *);

static int
read_group(struct regex *r)
{

	if (r->p[0] == '?') {
		if (r->p[1] != ':')
			return (fail(r, "has (? other than (?:"));
		r->p += 2;
	}
	if (++r->depth > REGEX_DEPTH_MAX)
		return (fail(r, "is nested too deep"));
	if (read_alternatives(r) != 0)
		return (-1);
	r->depth--;
	if (*r->p != ')')
		return (fail(r, "has a ( that is not closed"));
	r->p++;
	return (0);
}

static int
read_escape(struct regex *r)
{
	int first = r->nranges;
	uint32_t c;

	if (*r->p == 'b' || *r->p == 'B')
		return (emit(r, *r->p++ == 'b' ? OP_EDGE : OP_INSIDE, 0, 0, 0));
	if (*r->p != '\0' && strchr("dDwWsS", *r->p) != NULL) {
		if (add_class(r, *r->p++) != 0)
			return (-1);
		return (emit(r, OP_SET, first, r->nranges - first, 0));
	}
	if ((c = escaped(r)) == 0)
		return (fail(r, "has a \\ that is not supported"));
	return (emit(r, OP_CHAR, 0, 0, c));
}

static int
read_atom(struct regex *r)
{

	switch (*r->p) {
	case '(': r->p++; return (read_group(r));
	case '[': r->p++; return (read_set(r));
	case '\\': r->p++; return (read_escape(r));
	case '.': r->p++; return (emit(r, OP_ANY, 0, 0, 0));
	case '^': r->p++; return (emit(r, OP_START, 0, 0, 0));
	case '$': r->p++; return (emit(r, OP_END, 0, 0, 0));
	case '*': case '+': case '?':
		return (fail(r, "repeats nothing"));
	default:
		return (emit(r, OP_CHAR, 0, 0, character(&r->p)));
	}
}

static int
read_count(struct regex *r, int *n)
{
	char *end;
	long v;

	if (*r->p < '0' || *r->p > '9')
		return (-1);
	v = strtol(r->p, &end, 10);
	if (v > REGEX_CODE_MAX)
		return (fail(r, "repeats too often"));
	*n = (int)v;
	r->p = end;
	return (0);
}

/* The code since ${at}, ${min} to ${max} times (-1: without end), written out. */
static int
repeat(struct regex *r, int at, int min, int max)
{
	struct code piece[REGEX_CODE_MAX / 4];
	int len = r->n - at, i, k, copies = max < 0 ? min + 1 : max;

	if (len > REGEX_CODE_MAX / 4)
		return (fail(r, "is too large"));
	memcpy(piece, &r->code[at], (size_t)len * sizeof(piece[0]));
	r->n = at;
	for (i = 0; i < copies; i++) {
		/* what may be left out jumps over its own copy; the endless one comes back */
		if (i >= min && emit(r, OP_SPLIT, 1, len + (max < 0 ? 2 : 1), 0) != 0)
			return (-1);
		for (k = 0; k < len; k++)
			if (emit(r, piece[k].op, piece[k].x, piece[k].y, piece[k].c) != 0)
				return (-1);
		if (i >= min && max < 0 && emit(r, OP_JUMP, -(len + 1), 0, 0) != 0)
			return (-1);
	}
	return (0);
}

static int
read_repeat(struct regex *r, int at)
{
	int min = 0, max = -1;

	if (*r->p == '*' || *r->p == '+' || *r->p == '?') {
		min = *r->p == '+';
		max = *r->p == '?' ? 1 : -1;
		r->p++;
	} else {
		r->p++;
		if (read_count(r, &min) != 0)
			return (fail(r, "has a { without a number"));
		max = min;
		if (*r->p == ',') {
			r->p++;
			max = -1;
			if (*r->p != '}' && read_count(r, &max) != 0)
				return (fail(r, "has a { that is not closed"));
		}
		if (*r->p != '}' || (max >= 0 && max < min))
			return (fail(r, "has a { that is not closed or ends before it starts"));
		r->p++;
	}
	if (*r->p == '?')
		r->p++; /* as few as possible: the same texts match */
	return (repeat(r, at, min, max));
}

static int
read_sequence(struct regex *r)
{
	int at;

	while (*r->p != '\0' && *r->p != '|' && *r->p != ')') {
		at = r->n;
		if (read_atom(r) != 0)
			return (-1);
		while (*r->p == '*' || *r->p == '+' || *r->p == '?' || *r->p == '{')
			if (read_repeat(r, at) != 0)
				return (-1);
	}
	return (0);
}

static int
read_alternatives(struct regex *r)
{
	int at = r->n, jump;

	if (read_sequence(r) != 0)
		return (-1);
	if (*r->p != '|')
		return (0);
	r->p++;
	if (insert(r, at, OP_SPLIT, 1, r->n - at + 2) != 0 || emit(r, OP_JUMP, 0, 0, 0) != 0)
		return (-1);
	jump = r->n - 1;
	if (++r->depth > REGEX_DEPTH_MAX)
		return (fail(r, "is nested too deep"));
	if (read_alternatives(r) != 0)
		return (-1);
	r->depth--;
	r->code[jump].x = r->n - jump;
	return (0);
}

static int
compile(struct regex *r, const char *pattern)
{

	r->n = r->nranges = 0;
	r->depth = 0;
	r->why = NULL;
	r->p = pattern;
	if (read_alternatives(r) != 0)
		return (-1);
	if (*r->p != '\0')
		return (fail(r, "has a ) too many"));
	return (emit(r, OP_MATCH, 0, 0, 0));
}

int
regex_check(const char *pattern, struct err *e)
{
	struct regex *r = lapsed(malloc(sizeof(*r)));
	int rc;

	if (r == NULL)
		return (err_set(e, "out of memory"));
	rc = compile(r, pattern);
	if (rc != 0)
		(void)err_set(e, "regex: the pattern %s", r->why);
	free(r);
	return (rc);
}

/* Where the machine may stand at one character of the text. */
struct states {
	int at[REGEX_CODE_MAX];
	int n;
	unsigned long mark[REGEX_CODE_MAX]; /* of the character at which it was added */
};

struct machine {
	struct regex r;
	struct states a, b;
	int stack[2 * REGEX_CODE_MAX + 2];
};

static int
is_word(uint32_t c)
{

	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_');
}

/* Follow what takes no character. */
static void
add_state(struct machine *m, struct states *s, int pc, unsigned long mark, uint32_t before, uint32_t after)
{
	const struct code *c;
	int n = 0, edge = is_word(before) != is_word(after);

	m->stack[n++] = pc;
	while (n > 0) {
		pc = m->stack[--n];
		if (s->mark[pc] == mark)
			continue;
		s->mark[pc] = mark;
		c = &m->r.code[pc];
		if (c->op == OP_SPLIT) {
			m->stack[n++] = pc + c->y;
			m->stack[n++] = pc + c->x;
		} else if (c->op == OP_JUMP)
			m->stack[n++] = pc + c->x;
		else if (c->op == OP_START || c->op == OP_END || c->op == OP_EDGE || c->op == OP_INSIDE) {
			if ((c->op == OP_START && before == 0) || (c->op == OP_END && after == 0) || (c->op == OP_EDGE && edge) ||
			    (c->op == OP_INSIDE && !edge))
				m->stack[n++] = pc + 1;
		} else
			s->at[s->n++] = pc;
	}
}

static int
takes(const struct regex *r, const struct code *c, uint32_t ch)
{
	int i;

	if (c->op == OP_CHAR)
		return (c->c == ch);
	if (c->op == OP_ANY)
		return (ch != '\n' && ch != '\r');
	if (c->op != OP_SET)
		return (0);
	for (i = c->x; i < c->x + c->y; i++)
		if (ch >= r->range[i].from && ch <= r->range[i].to)
			return (c->c == 0);
	return (c->c != 0);
}

static int
run(struct machine *m, const char *text, unsigned long *steps)
{
	struct states *now = &m->a, *next = &m->b, *swap;
	uint32_t before = 0, ch;
	unsigned long mark = 1;
	const char *ahead = text;
	int i;

	ch = *text == '\0' ? 0 : character(&ahead);
	add_state(m, now, 0, mark, 0, ch);
	while (ch != 0) {
		const char *peek = ahead;
		uint32_t after = *ahead == '\0' ? 0 : character(&peek);

		next->n = 0;
		mark++;
		*steps += (unsigned long)now->n + 1;
		for (i = 0; i < now->n; i++) {
			if (m->r.code[now->at[i]].op == OP_SET) /* its ranges are looked through */
				*steps += (unsigned long)m->r.code[now->at[i]].y / 2;
			if (takes(&m->r, &m->r.code[now->at[i]], ch))
				add_state(m, next, now->at[i] + 1, mark, ch, after);
			if (*steps > REGEX_STEPS_MAX)
				return (-1);
		}
		swap = now;
		now = next;
		next = swap;
		before = ch;
		ch = after;
		ahead = peek;
	}
	(void)before;
	for (i = 0; i < now->n; i++)
		if (m->r.code[now->at[i]].op == OP_MATCH)
			return (1);
	return (0);
}

int
regex_match(const char *pattern, const char *text, unsigned long *steps)
{
	struct machine *m = lapsed(calloc(1, sizeof(*m)));
	int rc = -1;

	if (m != NULL && compile(&m->r, pattern) == 0)
		rc = run(m, text, steps);
	free(m);
	return (rc);
}
