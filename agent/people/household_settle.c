#include <stdio.h>
#include <string.h>

#include "agent/people/household.h"
#include "base/enc.h"
#include "web/tr.h"

/* What people and spreadsheets write, as the roster keeps it. */

const struct member_item_name member_items[MEMBER_ITEMS] = {
	[MEMBER_NAME] = { "name", N_("Name"), "姓名|成员姓名|户主姓名" },
	[MEMBER_RELATION] = { "relation", N_("Relation to the head"), "与户主关系|家庭关系|关系" },
	[MEMBER_SEX] = { "sex", N_("Sex"), "性别" },
	[MEMBER_BIRTH] = { "birth_year", N_("Year of birth"), "出生年份|出生年|出生年月|出生日期" },
	[MEMBER_ID_NUMBER] = { "id_number", N_("Identity number"), "公民身份号码|身份证号|身份证号码|身份证|证件号码" },
	[MEMBER_PHONE] = { "phone", N_("Telephone"), "联系电话|电话|手机|手机号|手机号码" },
	[MEMBER_BANK_ACCOUNT] = { "bank_account", N_("Bank account"), "银行账号|银行卡号|一卡通账号|账号" },
	[MEMBER_TARGET_GROUPS] = { "target_groups", N_("Target groups"), "重点人群|所属重点人群|人群类别" },
};

const struct target_group target_groups[] = {
	{ "low_income", N_("Minimum living allowance"), "最低生活保障对象|低保|低保户|低保对象" },
	{ "five_guarantees", N_("Five guarantees support"), "农村五保供养对象|五保|五保户|特困|特困供养" },
	{ "disabled", N_("Disabled person"), "有残疾人|残疾|残疾人" },
	{ "minority", N_("Ethnic minority"), "少数民族" },
	{ "small_minority", N_("Small ethnic group"), "人口较少民族" },
	{ "woman", N_("Woman"), "妇女" },
	{ "entitled", N_("Entitled to preferential care"), "优抚对象|优抚" },
	{ NULL, NULL, NULL } };

static const char too_long[] = N_("is too long");
static const char control[] = N_("has a line break or a control character");
static const char rounded[] = N_("was rounded by a spreadsheet: make the column text and fill it in again");

/* How many bytes of white space stand here (space, tab, U+00A0, U+3000, U+FEFF). */
static size_t
blank(const char *s)
{
	static const char *const wide[] = { "\xc2\xa0", "\xe3\x80\x80", "\xef\xbb\xbf" };
	size_t i;

	if (*s == ' ' || *s == '\t')
		return 1;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	return 0;
}

/* Copy without white space at the ends (and nowhere when ${tight}); with full-width signs half-width when ${narrow}.  NULL or the rule. */
static const char *
trim(const char *s, int narrow, int tight, char *out, size_t max)
{
	size_t n = 0, end = 0, used;
	uint32_t c;

	for (; (used = blank(s)) > 0; s += used)
		;
	for (s += *s == '\''; *s != '\0'; s += used) {
		if ((used = utf8_get(&c, s)) == 0 || c < 0x20 || c == 0x7f)
			return control;
		if (blank(s) > 0) {
			if (!tight && n < max)
				out[n++] = ' ';
			continue;
		}
		if (narrow && c > 0xff00 && c < 0xff5f) {
			if (n + 1 > max)
				return too_long;
			out[n++] = (char)(c - 0xfee0);
		} else {
			if (n + used > max)
				return too_long;
			memcpy(out + n, s, used);
			n += used;
		}
		end = n;
	}
	out[end] = '\0';
	return NULL;
}

/* Is ${word} (${n} bytes) one of the words of a list with '|' between them? */
static int
listed(const char *list, const char *word, size_t n)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, "|");
		if (len == n && strncasecmp(list, word, n) == 0)
			return 1;
		if (list[len] == '\0')
			return 0;
	}
}

static const char *
settle_sex(char *s)
{
	size_t n = strlen(s);

	if (n == 0)
		return NULL;
	if (listed("m|male|男|男性|1", s, n))
		(void)strcpy(s, "m");
	else if (listed("f|female|女|女性|2", s, n))
		(void)strcpy(s, "f");
	else
		return N_("is not 男 or 女 (m or f)");
	return NULL;
}

static const char *
settle_birth(char *s)
{
	uint64_t year;

	if (*s == '\0')
		return NULL;
	if (strspn(s, "0123456789") == 8) /* 19750302 */
		s[4] = '\0';
	if (strspn(s, "0123456789") != 4 || dec_u64(&year, s, 4) != 0 || year < 1880 || year > 2100)
		return N_("is not a year");
	s[4] = '\0';
	return NULL;
}

static const char *
settle_id_number(char *s)
{
	size_t n = strlen(s);

	if (n == 0)
		return NULL;
	if (strpbrk(s, "eE.+") != NULL)
		return rounded;
	if (n == 18 && s[17] == 'x')
		s[17] = 'X';
	if (n != 18 || strspn(s, "0123456789") < 17 || strchr("0123456789X", s[17]) == NULL)
		return N_("is not an identity number: 17 digits and a digit or X");
	return NULL;
}

static const char *
settle_account(char *s)
{
	size_t n = strlen(s);

	if (n > 0 && strpbrk(s, "eE.+") != NULL)
		return rounded;
	return n == 0 || (n >= 8 && n <= 30 && strspn(s, "0123456789") == n) ? NULL : N_("is not an account: 8 to 30 digits");
}

static const char *
settle_phone(char *s)
{
	size_t n = strlen(s);

	if (strpbrk(s, "eE.") != NULL)
		return rounded;
	return n == 0 || (n >= 5 && n <= 20 && strspn(s, "0123456789+ -") == n) ? NULL : N_("is not a telephone number: 5 to 20 digits");
}

/* The place of a target group by any of its names, or -1. */
static int
group_of(const char *word, size_t n)
{
	int i;

	for (i = 0; target_groups[i].value != NULL; i++)
		if (listed(target_groups[i].value, word, n) || listed(target_groups[i].label, word, n) || listed(target_groups[i].other, word, n))
			return i;
	return -1;
}

/* The length of what stands between words here, or 0. */
static size_t
between(const char *s)
{
	static const char *const marks[] = { " ", ",", ";", "/", "|", "、", "，", "；" };
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

static const char *
settle_targets(char *s)
{
	unsigned have = 0;
	size_t n, k;
	char *p = s, *w = s;
	int i;

	while (*p != '\0') {
		for (n = 0; p[n] != '\0' && between(p + n) == 0; n++)
			;
		if (n > 0 && (i = group_of(p, n)) < 0)
			return N_("names a target group that is not known");
		if (n > 0)
			have |= 1U << i;
		p += n;
		p += between(p);
	}
	/* in their own order, so that the same groups are always the same text */
	for (i = 0; target_groups[i].value != NULL; i++) {
		if ((have >> i & 1U) == 0)
			continue;
		k = strlen(target_groups[i].value);
		if ((size_t)(w - s) + k + 1 > MEMBER_ITEM_MAX)
			return too_long;
		if (w > s)
			*w++ = ' ';
		memcpy(w, target_groups[i].value, k);
		w += k;
	}
	*w = '\0';
	return NULL;
}

static const char *
settle_name(char *s)
{
	if (*s != '\0' && strspn(s, "0123456789 -+.") == strlen(s))
		return N_("is a number, not a name");
	return strlen(s) > HOUSEHOLD_GROUP_MAX ? too_long : NULL;
}

static const char *
settle_relation(char *s)
{
	return strlen(s) > HOUSEHOLD_GROUP_MAX ? too_long : NULL;
}

const char *
member_settle(enum member_item item, const char *text, char *out)
{
	static const struct { int narrow, tight; const char *(*settle)(char *s); } rules[MEMBER_ITEMS] = {
		[MEMBER_NAME] = { 0, 0, settle_name }, [MEMBER_RELATION] = { 0, 0, settle_relation }, [MEMBER_SEX] = { 1, 1, settle_sex },
		[MEMBER_BIRTH] = { 1, 1, settle_birth }, [MEMBER_ID_NUMBER] = { 1, 1, settle_id_number }, [MEMBER_PHONE] = { 1, 0, settle_phone },
		[MEMBER_BANK_ACCOUNT] = { 1, 1, settle_account }, [MEMBER_TARGET_GROUPS] = { 0, 0, settle_targets },
	};
	const char *rule = trim(text, rules[item].narrow, rules[item].tight, out, MEMBER_ITEM_MAX);

	return rule != NULL ? rule : rules[item].settle(out);
}

const char *
household_settle_group(const char *text, char *out)
{
	return trim(text, 0, 0, out, HOUSEHOLD_GROUP_MAX);
}
