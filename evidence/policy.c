#include "evidence/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

#define NAMES_MAX (POLICY_WITNESSES_MAX + POLICY_GROUPS_MAX)
#define ITEMS_MAX (3 + NAMES_MAX) /* "group NAME K" and every name there can be */
#define QUORUM_NONE NAMES_MAX
#define QUORUM_UNSET (NAMES_MAX + 1)

struct item {
	const char *p;
	size_t len;
};

/* Witness i has number i, group i has number POLICY_WITNESSES_MAX + i. */
struct policy {
	char *text; /* a copy; names point into it */
	size_t nlogs, nwitnesses, ngroups;
	struct vkey log[POLICY_LOGS_MAX];
	struct vkey witness[POLICY_WITNESSES_MAX];
	struct item name[NAMES_MAX];
	struct group {
		uint64_t members; /* bit = number */
		unsigned k;
	} group[POLICY_GROUPS_MAX];
	uint64_t used; /* names that are members of some group */
	unsigned quorum;
};

static int
is(struct item a, const char *s)
{
	return a.len == strlen(s) && memcmp(a.p, s, a.len) == 0;
}

/* The items of a line, parted by spaces and tabs; -1 if there are too many. */
static int
split(const char *p, const char *end, struct item item[ITEMS_MAX])
{
	int n = 0;

	for (;;) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p == end)
			return n;
		if (n == ITEMS_MAX)
			return -1;
		item[n].p = p;
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		item[n].len = (size_t)(p - item[n].p);
		n++;
	}
}

/* The number behind a name, or NAMES_MAX when nothing has that name. */
static unsigned
find(const struct policy *p, struct item name)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (p->name[i].len == name.len && name.len > 0 && memcmp(p->name[i].p, name.p, name.len) == 0)
			return i;
	return NAMES_MAX;
}

static int
free_name(const struct policy *p, struct item name, struct err *e)
{
	if (is(name, "none"))
		return err_set(e, "the name none is reserved");
	if (find(p, name) < NAMES_MAX)
		return err_set(e, "the name %.*s is defined twice", (int)name.len, name.p);
	return 0;
}

/* Append a key of the wanted type to ${keys}, unless it stands there already. */
static int
add_key(struct vkey *keys, size_t *n, size_t max, struct item text, uint8_t alg, struct err *e)
{
	struct vkey v;

	if (*n == max)
		return err_set(e, "more than %zu keys of this sort", max);
	if (vkey_parse(&v, text.p, text.len, e))
		return -1;
	if (v.alg != alg)
		return err_set(e, "the key %s has signature type 0x%02x, not 0x%02x", v.name, v.alg, alg);
	for (size_t i = 0; i < *n; i++)
		if (memcmp(keys[i].key, v.key, KEY_LEN) == 0)
			return err_set(e, "the keys %s and %s are the same", keys[i].name, v.name);
	keys[(*n)++] = v;
	return 0;
}

static int
line_log(struct policy *p, const struct item *item, int n, struct err *e)
{
	if (n < 2 || n > 3)
		return err_set(e, "not of the form: log KEY [URL]");
	return add_key(p->log, &p->nlogs, POLICY_LOGS_MAX, item[1], NOTE_ED25519, e);
}

static int
line_witness(struct policy *p, const struct item *item, int n, struct err *e)
{
	if (n < 3 || n > 4)
		return err_set(e, "not of the form: witness NAME KEY [URL]");
	if (free_name(p, item[1], e) || add_key(p->witness, &p->nwitnesses, POLICY_WITNESSES_MAX, item[2], NOTE_COSIGNATURE, e))
		return -1;
	p->name[p->nwitnesses - 1] = item[1];
	return 0;
}

static int
line_group(struct policy *p, const struct item *item, int n, struct err *e)
{
	struct group *g = &p->group[p->ngroups];
	uint64_t k, members = (uint64_t)(n - 3), bit;
	unsigned i;

	if (n < 4)
		return err_set(e, "not of the form: group NAME all|any|K NAME...");
	if (p->ngroups == POLICY_GROUPS_MAX)
		return err_set(e, "more than %d groups", POLICY_GROUPS_MAX);
	if (free_name(p, item[1], e))
		return -1;
	if (is(item[2], "all"))
		k = members;
	else if (is(item[2], "any"))
		k = 1;
	else if (dec_u64(&k, item[2].p, item[2].len) || k < 1 || k > members)
		return err_set(e, "the threshold %.*s is not all, any or 1 to %d", (int)item[2].len, item[2].p, n - 3);
	g->k = (unsigned)k;
	g->members = 0;
	for (int m = 3; m < n; m++) {
		i = find(p, item[m]);
		if (i == NAMES_MAX)
			return err_set(e, "the name %.*s is not defined above", (int)item[m].len, item[m].p);
		bit = (uint64_t)1 << i;
		if (p->used & bit)
			return err_set(e, "the name %.*s is a group member twice", (int)item[m].len, item[m].p);
		p->used |= bit;
		g->members |= bit;
	}
	p->name[POLICY_WITNESSES_MAX + p->ngroups++] = item[1];
	return 0;
}

static int
line_quorum(struct policy *p, const struct item *item, int n, struct err *e)
{
	if (n != 2)
		return err_set(e, "not of the form: quorum NAME");
	if (p->quorum != QUORUM_UNSET)
		return err_set(e, "a second quorum line");
	if (is(item[1], "none")) {
		p->quorum = QUORUM_NONE;
		return 0;
	}
	p->quorum = find(p, item[1]);
	if (p->quorum == NAMES_MAX)
		return err_set(e, "the name %.*s is not defined above", (int)item[1].len, item[1].p);
	return 0;
}

static int
parse_line(struct policy *p, const char *line, const char *end, struct err *e)
{
	struct item item[ITEMS_MAX];
	int n = 0;

	for (const char *c = line; c < end; c++)
		if (((uint8_t)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return err_set(e, "a control character");
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (line == end || *line == '#')
		return 0;
	n = split(line, end, item);
	if (n < 0)
		return err_set(e, "more than %d items", ITEMS_MAX);
	if (is(item[0], "log"))
		return line_log(p, item, n, e);
	if (is(item[0], "witness"))
		return line_witness(p, item, n, e);
	if (is(item[0], "group"))
		return line_group(p, item, n, e);
	if (is(item[0], "quorum"))
		return line_quorum(p, item, n, e);
	return err_set(e, "starts with none of log, witness, group, quorum");
}

static int
parse(struct policy *p, size_t n, struct err *e)
{
	const char *s = p->text, *end = s + n;
	unsigned lineno = 0;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		lineno++;
		if (!lf)
			return err_set(e, "policy: line %u lacks its LF", lineno);
		if (parse_line(p, s, lf, e))
			return err_add(e, "policy: line %u", lineno);
		s = lf + 1;
	}
	return p->quorum != QUORUM_UNSET ? 0 : err_set(e, "policy: no quorum line");
}

struct policy *
policy_parse(const void *text, size_t n, struct err *e)
{
	struct policy *p;

	if (n > POLICY_MAX) {
		(void)err_set(e, "policy: longer than %d bytes", POLICY_MAX);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p)
		p->text = malloc(n + 1);
	if (!p || !p->text) {
		(void)err_set(e, "policy: out of memory");
		policy_free(p);
		return NULL;
	}
	if (n > 0)
		memcpy(p->text, text, n);
	p->quorum = QUORUM_UNSET;
	if (parse(p, n, e)) {
		policy_free(p);
		return NULL;
	}
	return p;
}

void
policy_free(struct policy *p)
{
	if (!p)
		return;
	free(p->text);
	free(p);
}

const struct vkey *
policy_logs(const struct policy *p, size_t *n)
{
	*n = p->nlogs;
	return p->log;
}

const struct vkey *
policy_witnesses(const struct policy *p, size_t *n)
{
	*n = p->nwitnesses;
	return p->witness;
}

int
policy_quorum_none(const struct policy *p)
{
	return p->quorum == QUORUM_NONE;
}

/* When the k-th of the group's members had cosigned: the k-th smallest of their times.  0 if fewer have. */
static int
group_time(const struct group *g, uint64_t have, const uint64_t time[NAMES_MAX], uint64_t *out)
{
	uint64_t left = g->members & have;

	if ((unsigned)__builtin_popcountll(left) < g->k)
		return 0;
	for (unsigned k = 0; k < g->k; k++) {
		unsigned best = NAMES_MAX;

		for (unsigned i = 0; i < NAMES_MAX; i++)
			if (left >> i & 1 && (best == NAMES_MAX || time[i] < time[best]))
				best = i;
		left &= ~((uint64_t)1 << best);
		*out = time[best];
	}
	return 1;
}

int
policy_judge(const struct policy *p, const struct note *n, uint64_t *time, struct err *e)
{
	uint64_t at[NAMES_MAX] = {0}, have = 0; /* who has witnessed, and when */

	for (unsigned i = 0; i < p->nwitnesses; i++) {
		int ok = note_verify(n, &p->witness[i], &at[i]);

		if (ok < 0)
			return err_set(e, "policy: a cosignature of the witness %s is wrong", p->witness[i].name);
		if (ok)
			have |= (uint64_t)1 << i;
	}
	/* A group refers to what is defined above it, so one pass is enough. */
	for (unsigned i = 0; i < p->ngroups; i++)
		if (group_time(&p->group[i], have, at, &at[POLICY_WITNESSES_MAX + i]))
			have |= (uint64_t)1 << (POLICY_WITNESSES_MAX + i);
	if (p->quorum == QUORUM_NONE) {
		if (time)
			*time = 0;
		return 1;
	}
	if (!(have >> p->quorum & 1)) {
		(void)err_set(e, "policy: cosignatures are missing for the quorum %.*s", (int)p->name[p->quorum].len, p->name[p->quorum].p);
		return 0;
	}
	if (time)
		*time = at[p->quorum];
	return 1;
}
