#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/policy.h"

#define KEYS 40
#define TEXT "log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

/* Keys 0 to 39, each as a log's and as a witness's verifier key. */
static struct signer *signer[KEYS];
static struct vkey wit[KEYS], logs[KEYS];

static int
setup(void **state)
{
	uint8_t seed[SEED_LEN] = {0};
	char name[32];

	(void)state;
	if (crypto_init(NULL))
		return -1;
	for (unsigned i = 0; i < KEYS; i++) {
		seed[0] = (uint8_t)i;
		if (!(signer[i] = signer_new(seed)))
			return -1;
		(void)snprintf(name, sizeof(name), "w%u.example", i);
		if (vkey_make(&wit[i], name, NOTE_COSIGNATURE, signer_public(signer[i])))
			return -1;
		(void)snprintf(name, sizeof(name), "l%u.example", i);
		if (vkey_make(&logs[i], name, NOTE_ED25519, signer_public(signer[i])))
			return -1;
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < KEYS; i++)
		signer_free(signer[i]);
	return 0;
}

/* Parse a policy in which @wN and @lN stand for the keys N; ~ stands for NUL. */
static struct policy *
parse(const char *s, struct err *e)
{
	struct policy *p;
	struct buf b;
	unsigned i;
	int used;

	buf_init(&b, 200000);
	while (*s)
		if (s[0] == '@' && (s[1] == 'w' || s[1] == 'l') && sscanf(s + 2, "%u%n", &i, &used) == 1) {
			vkey_print(&b, s[1] == 'w' ? &wit[i] : &logs[i]);
			s += 2 + used;
		} else {
			buf_putc(&b, *s == '~' ? 0 : (uint8_t)*s);
			s++;
		}
	assert_true(buf_ok(&b));
	p = policy_parse(b.data, b.len, e);
	buf_free(&b);
	return p;
}

/* A note with a cosignature for each "N@TIME " of ${who}; "N!" is a wrong one. */
static void
make_note(struct buf *b, const char *who)
{
	static const struct vkey *any = &logs[39];
	struct vkey wrong;
	unsigned i, time;
	int used;

	buf_reset(b);
	assert_int_equal(note_sign(b, TEXT, strlen(TEXT), any, signer[39]), 0);
	for (; *who; who += used) {
		if (sscanf(who, "%u@%u %n", &i, &time, &used) == 2) {
			assert_int_equal(note_cosign(b, TEXT, strlen(TEXT), &wit[i], signer[i], time), 0);
			continue;
		}
		assert_int_equal(sscanf(who, "%u! %n", &i, &used), 1);
		wrong = wit[i]; /* right name and id, signed with another key */
		memcpy(wrong.key, signer_public(signer[38]), KEY_LEN);
		assert_int_equal(note_cosign(b, TEXT, strlen(TEXT), &wrong, signer[38], 1), 0);
	}
}

static int
judge(const struct policy *p, const char *who, uint64_t *time)
{
	struct err e = {""};
	struct note n;
	struct buf b;
	int got;

	buf_init(&b, NOTE_MAX);
	make_note(&b, who);
	assert_int_equal(note_parse(&n, b.data, b.len, NULL), 0);
	got = policy_judge(p, &n, time, &e);
	assert_int_equal(got == 1, e.text[0] == '\0');
	buf_free(&b);
	return got;
}

static const char two_levels[] = "# who watches the county\n"
				 "\n"
				 "log @l39 https://log.example/\n"
				 "witness X1 @w1\n"
				 "witness X2\t@w2  https://x2.example/\n"
				 " \twitness X3 @w3 \t\n"
				 "group X-witnesses 2 X1 X2 X3\n"
				 " # another house\n"
				 "witness Y1 @w4\n"
				 "witness Y2 @w5\n"
				 "group Y-witnesses any Y1 Y2\n"
				 "group X-and-Y all X-witnesses Y-witnesses\n"
				 "quorum X-and-Y\n";

static void
two_levels_of_groups(void **state)
{
	struct err e = {""};
	struct policy *p = parse(two_levels, &e);
	uint64_t t = 7;
	size_t n;

	(void)state;
	if (!p)
		fail_msg("%s", e.text);
	assert_memory_equal(policy_logs(p, &n), &logs[39], sizeof(struct vkey));
	assert_int_equal(n, 1);
	assert_memory_equal(policy_witnesses(p, &n), &wit[1], sizeof(struct vkey));
	assert_int_equal(n, 5);
	assert_false(policy_quorum_none(p));
	assert_int_equal(judge(p, "", &t), 0);
	assert_int_equal(judge(p, "1@10 2@20 3@30 ", &t), 0);
	assert_int_equal(judge(p, "1@10 4@5 5@5 ", &t), 0);
	assert_int_equal(judge(p, "4@5 7@1 8@1 ", &t), 0);
	assert_int_equal(t, 7);
	assert_int_equal(judge(p, "1@10 2@20 4@5 ", &t), 1);
	assert_int_equal(t, 20);
	/* The earliest moment at which the rule was met. */
	assert_int_equal(judge(p, "1@10 2@20 3@15 4@5 ", &t), 1);
	assert_int_equal(t, 15);
	assert_int_equal(judge(p, "5@90 4@80 3@30 2@20 1@10 ", &t), 1);
	assert_int_equal(t, 80);
	assert_int_equal(judge(p, "1@10 1@8 2@9 4@1 ", &t), 1);
	assert_int_equal(t, 9);
	assert_int_equal(judge(p, "1@10 2@20 4@5 ", NULL), 1);
	policy_free(p);
}

static void
wrong_cosignatures(void **state)
{
	struct policy *p = parse(two_levels, NULL), *none = parse("witness A @w1\nquorum none\n", NULL);
	uint64_t t;

	(void)state;
	assert_non_null(p);
	assert_non_null(none);
	/* Of a known witness: refused, however many others are right; of an unknown one: not looked at. */
	assert_int_equal(judge(p, "1@10 2@20 4@5 3! ", &t), -1);
	assert_int_equal(judge(p, "1@10 2@20 4@5 2! ", &t), -1);
	assert_int_equal(judge(p, "1@10 2@20 4@5 9! ", &t), 1);
	assert_int_equal(judge(none, "1! ", &t), -1);
	assert_int_equal(judge(none, "2! ", &t), 1);
	policy_free(p);
	policy_free(none);
}

static void
quorums(void **state)
{
	struct policy *p;
	uint64_t t = 7;
	size_t n;

	(void)state;
	assert_non_null(p = parse("quorum none\n", NULL));
	assert_true(policy_quorum_none(p));
	(void)policy_logs(p, &n);
	assert_int_equal(n, 0);
	assert_int_equal(judge(p, "", &t), 1);
	assert_int_equal(t, 0);
	policy_free(p);
	assert_non_null(p = parse("witness A @w1\nwitness B @w2\nquorum B\nlog @l1\n", NULL));
	assert_int_equal(judge(p, "1@10 ", &t), 0);
	assert_int_equal(judge(p, "1@10 2@30 ", &t), 1);
	assert_int_equal(t, 30);
	policy_free(p);
	/* all of one, names in any octets, a group named like a keyword. */
	assert_non_null(p = parse("witness \xff\xe6 @w1\nwitness any @w2\ngroup all all any \xff\xe6\nquorum all\n", NULL));
	assert_int_equal(judge(p, "1@10 ", &t), 0);
	assert_int_equal(judge(p, "1@10 2@11 ", &t), 1);
	assert_int_equal(t, 11);
	policy_free(p);
	assert_non_null(p = parse("witness A @w1\nwitness B @w2\nwitness C @w3\ngroup G 3 A B C\nquorum G\n", NULL));
	assert_int_equal(judge(p, "1@10 2@11 ", &t), 0);
	assert_int_equal(judge(p, "1@10 2@11 3@9 ", &t), 1);
	assert_int_equal(t, 11);
	policy_free(p);
}

static void
refused(void **state)
{
	/* What is wrong stands in the line that the message must name. */
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
	    {"", "no quorum"},
	    {"log @l1\n", "no quorum"},
	    {"quorum none", "line 1 lacks its LF"},
	    {"quorum none\n# end", "line 2 lacks its LF"},
	    {"quorum none\nquorum none\n", "line 2: a second quorum"},
	    {"quorum\n", "line 1: not of the form"},
	    {"quorum none none\n", "line 1: not of the form"},
	    {"quorum A\nwitness A @w1\n", "line 1: the name A is not defined above"},
	    {"Quorum none\n", "line 1: starts with none of"},
	    {"quorum none\r\n", "line 1: a control character"},
	    {"quorum none\n# ~\n", "line 2: a control character"},
	    {"quorum none\n#\x1b\n", "line 2: a control character"},
	    {"quorum none\n#\x7f\n", "line 2: a control character"},
	    {"quorum\vnone\n", "line 1: a control character"},
	    {"log\nquorum none\n", "line 1: not of the form"},
	    {"log @l1 u v\nquorum none\n", "line 1: not of the form"},
	    {"log nonsense\nquorum none\n", "line 1: verifier key"},
	    {"log @w1\nquorum none\n", "line 1: the key w1.example has signature type 0x04"},
	    {"log @l1\nlog @l1\nquorum none\n", "line 2: the keys"},
	    {"witness A\nquorum none\n", "line 1: not of the form"},
	    {"witness A @w1 u v\nquorum none\n", "line 1: not of the form"},
	    {"witness A @l1\nquorum none\n", "line 1: the key l1.example has signature type 0x01"},
	    {"witness A @w1\nwitness B @w1\nquorum none\n", "line 2: the keys"},
	    {"witness A @w1\nwitness A @w2\nquorum none\n", "line 2: the name A is defined twice"},
	    {"witness none @w1\nquorum none\n", "line 1: the name none is reserved"},
	    {"witness A @w1\ngroup none any A\nquorum none\n", "line 2: the name none is reserved"},
	    {"witness A @w1\ngroup A any A\nquorum none\n", "line 2: the name A is defined twice"},
	    {"witness A @w1\ngroup G any\nquorum none\n", "line 2: not of the form"},
	    {"group G any A\nwitness A @w1\nquorum none\n", "line 1: the name A is not defined above"},
	    {"group G any G\nquorum none\n", "line 1: the name G is not defined above"},
	    {"group G any none\nquorum none\n", "line 1: the name none is not defined above"},
	    {"witness A @w1\ngroup G 0 A\nquorum G\n", "line 2: the threshold 0"},
	    {"witness A @w1\ngroup G 2 A\nquorum G\n", "line 2: the threshold 2"},
	    {"witness A @w1\ngroup G 01 A\nquorum G\n", "line 2: the threshold 01"},
	    {"witness A @w1\ngroup G -1 A\nquorum G\n", "line 2: the threshold -1"},
	    {"witness A @w1\ngroup G most A\nquorum G\n", "line 2: the threshold most"},
	    {"witness A @w1\ngroup G any A A\nquorum G\n", "line 2: the name A is a group member twice"},
	    {"witness A @w1\ngroup G any A\ngroup H any A G\nquorum H\n", "line 3: the name A is a group member twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {""};
		struct policy *p = parse(bad[i].text, &e);

		if (p)
			fail_msg("accepted: %s", bad[i].text);
		if (!strstr(e.text, bad[i].says))
			fail_msg("%s\nsays: %s", bad[i].text, e.text);
		assert_null(parse(bad[i].text, NULL));
	}
	policy_free(NULL);
}

/* Two names for one key are the same log or witness. */
static void
same_key_other_name(void **state)
{
	struct err e = {""};
	struct vkey v;
	struct buf b;

	(void)state;
	buf_init(&b, 4000);
	assert_int_equal(vkey_make(&v, "alias", NOTE_COSIGNATURE, signer_public(signer[1])), 0);
	buf_puts(&b, "witness A ");
	vkey_print(&b, &wit[1]);
	buf_puts(&b, "\nwitness B ");
	vkey_print(&b, &v);
	buf_puts(&b, "\nquorum none\n");
	assert_null(policy_parse(b.data, b.len, &e));
	assert_non_null(strstr(e.text, "line 2"));
	buf_free(&b);
}

static struct policy *
full(unsigned nlogs, unsigned nwitnesses, unsigned ngroups, struct err *e)
{
	struct policy *p;
	struct buf b;

	buf_init(&b, POLICY_MAX);
	for (unsigned i = 0; i < nlogs; i++)
		buf_printf(&b, "log @l%u\n", i);
	for (unsigned i = 0; i < nwitnesses; i++)
		buf_printf(&b, "witness W%u @w%u\n", i, i);
	buf_puts(&b, "group G0 all");
	for (unsigned i = 0; i < nwitnesses; i++)
		buf_printf(&b, " W%u", i);
	for (unsigned i = 1; i < ngroups; i++)
		buf_printf(&b, "\ngroup G%u any G%u", i, i - 1);
	buf_printf(&b, "\nquorum G%u\n", ngroups - 1);
	p = parse(buf_str(&b), e);
	buf_free(&b);
	return p;
}

static void
limits(void **state)
{
	static char spaces[POLICY_MAX + 1];
	struct err e = {""};
	struct policy *p = full(32, 32, 32, &e);
	char who[1000] = "";
	uint64_t t;

	(void)state;
	if (!p)
		fail_msg("%s", e.text);
	for (int i = 31; i >= 0; i--) {
		assert_int_equal(judge(p, who, &t), 0);
		(void)snprintf(who + strlen(who), sizeof(who) - strlen(who), "%d@%d ", i, 100 + i);
	}
	assert_int_equal(judge(p, who, &t), 1);
	assert_int_equal(t, 131);
	policy_free(p);
	assert_null(full(33, 32, 32, &e));
	assert_null(full(32, 33, 32, &e));
	assert_null(full(32, 32, 33, &e));
	memset(spaces, ' ', sizeof(spaces));
	memcpy(spaces, "quorum none", 11);
	spaces[POLICY_MAX - 1] = '\n';
	assert_non_null(p = policy_parse(spaces, POLICY_MAX, &e));
	policy_free(p);
	spaces[POLICY_MAX] = '\n';
	assert_null(policy_parse(spaces, POLICY_MAX + 1, &e));
	memset(spaces, 'a', 400);
	for (int i = 1; i < 400; i += 2)
		spaces[i] = ' ';
	assert_null(policy_parse(spaces, POLICY_MAX, &e));
	assert_non_null(strstr(e.text, "items"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_levels_of_groups),
	    cmocka_unit_test(wrong_cosignatures),
	    cmocka_unit_test(quorums),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(same_key_other_name),
	    cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("policy", tests, setup, teardown);
}
