/* Goal: a roster is imported whole or not at all, the same file twice changes nothing, it lies sealed on the disk and is gone from memory when it is locked; its persons fill forms. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/people/roster_import.h"
#include "base/charset.h"
#include "base/file.h"
#include "crypto/sign.h"
#include "store/journal_roster.h"

#define PLACE "451224102201"
#define HEAD "村民小组,姓名,与户主关系,性别,出生年份,公民身份号码,联系电话,银行账号,重点人群\n"
#define FILE_A HEAD \
	"第1组,刘梅,户主,女,1970,451224197001010027,12345678901,0000001234567890123,低保、妇女\n" \
	"第1组,韦国光,配偶,男,1968,451224196801010035,,,\n" \
	"第2组,阿依古丽·买买提,户主,女,1955,,12300000000,,五保\n"

static char dir[64];
static struct agent *ag;

static int
set_up(void **state)
{
	struct err e = { "" };

	(void)state;
	(void)strcpy(dir, "/tmp/tally-roster.XXXXXX");
	if (crypto_init(&e) != 0 || mkdtemp(dir) == NULL || rmdir(dir) != 0 || agent_init(dir, PLACE, "测试", &e) != 0 || (ag = agent_open(dir, &e)) == NULL) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	agent_close(ag);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* Import a text; what became of it in one line: "new/changed/same new/changed", the findings as "ROW COLUMN: RULE;", or the error. */
static const char *
import(const char *text, int dry)
{
	static char out[2048];
	struct import_result r;
	struct err e = { "" };
	struct buf b;
	size_t at = 0, i;
	int rc;

	buf_init(&b, IMPORT_FILE_MAX);
	assert_int_equal(buf_puts(&b, text), 0);
	rc = roster_import(ag, &b, dry, &r, &e);
	buf_free(&b);
	out[0] = '\0';
	if (rc == ROSTER_LOCKED)
		return "locked";
	if (rc < 0)
		(void)snprintf(out, sizeof(out), "%s", e.text);
	else if (rc == 0)
		(void)snprintf(out, sizeof(out), "%u/%u/%u %u/%u", r.households_added, r.households_changed, r.households_same, r.members_added, r.members_changed);
	for (i = 0; rc == 1 && i < r.findings && i < IMPORT_FINDINGS; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%u %s: %s%s%s;", r.finding[i].row, r.finding[i].column, r.finding[i].rule,
		    r.finding[i].what[0] ? " " : "", r.finding[i].what);
	return out;
}

/* The names found, "A B"; "locked". */
static const char *
found(const char *query)
{
	static char out[512];
	struct search_hit hit[16];
	struct err e;
	size_t total, at = 0;
	int n = roster_find(ag, query, NULL, 0, 16, hit, &total, &e), i;

	if (n == -ROSTER_LOCKED)
		return "locked";
	assert_true(n >= 0);
	out[0] = '\0';
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s", i > 0 ? " " : "", hit[i].name);
	return out;
}

/* How often the bytes stand in the database and its log. */
static unsigned
on_disk(const char *text)
{
	static const char *const names[] = { "journal.db", "journal.db-wal" };
	char path[128];
	struct buf b;
	unsigned n = 0;
	size_t i;
	uint8_t *p;

	for (i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		buf_init(&b, 64U << 20);
		if (file_read(path, &b, NULL) == 0)
			for (p = b.data; p != NULL && (p = memmem(p, b.len - (size_t)(p - b.data), text, strlen(text))) != NULL; p++)
				n++;
		buf_free(&b);
	}
	return n;
}

static void
test_import(void **state)
{
	(void)state;
	assert_string_equal(import(FILE_A, 1), "2/0/0 3/0");
	assert_string_equal(found(""), "");
	assert_string_equal(import(FILE_A, 0), "2/0/0 3/0");
	assert_string_equal(found(""), "刘梅 韦国光 阿依古丽·买买提");
	assert_string_equal(import("\xef\xbb\xbf" FILE_A, 0), "0/0/2 0/0");
	/* a row that changed, one that is new, an empty cell that says nothing */
	assert_string_equal(import(HEAD "第1组,刘梅,户主,,,451224197001010027,12345678909,,\n第1组,韦小光,子,男,2001,,,,\n", 0), "0/1/0 1/1");
	assert_string_equal(found("8909"), "刘梅");
	assert_string_equal(found("8901"), "");
	assert_string_equal(found("weixiaoguang"), "韦小光");
	/* without identity number: by the head's name and group */
	assert_string_equal(import("group,name,relation,phone\n第2组,阿依古丽·买买提,head,12300000001\n", 0), "0/1/0 0/1");
	/* the same name in another group is another household */
	assert_string_equal(import("group,name\n第3组,刘梅\n", 0), "1/0/0 1/0");
}

static void
test_gb18030(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 4096);
	/* 姓名 / 刘梅 in GB 18030; then the four bytes of U+20000 */
	(void)buf_puts(&b, "\xd0\xd5\xc3\xfb\n\xc1\xf5\xc3\xb7\x95\x32\x82\x36\n");
	assert_int_equal(charset_utf8(&b, &e), 0);
	assert_string_equal(buf_str(&b), "姓名\n刘梅\xf0\xa0\x80\x80\n");
	buf_reset(&b);
	(void)buf_put(&b, "\xff\xfe\x0a\x00\x68\x00", 6);
	assert_int_equal(charset_utf8(&b, &e), 0);
	assert_string_equal(buf_str(&b), "\nh");
	buf_reset(&b);
	(void)buf_puts(&b, "abc\xff\xff");
	assert_int_equal(charset_utf8(&b, &e), -1);
	assert_non_null(strstr(e.text, "neither UTF-8 nor GB18030 (byte 3)"));
	buf_free(&b);
}

static void
test_wrong_rows(void **state)
{
	(void)state;
	assert_string_equal(import("", 0), "the file is empty");
	assert_string_equal(import("a,b\n", 0), "row 1: the column name (姓名) is missing");
	assert_string_equal(import("name\n", 0), "row 2: there is nobody in the file");
	assert_string_equal(import("name\n\"x\n", 0), "row 2: a quoted cell is not closed");
	assert_string_equal(import(HEAD "第1组,李一,户主,x,1855,123,abc,12,富农\n", 0),
	    "2 sex: is not 男 or 女 (m or f);2 birth_year: is not a year;2 id_number: is not an identity number: 17 digits and a digit or X;"
	    "2 phone: is not a telephone number: 5 to 20 digits;2 bank_account: is not an account: 8 to 30 digits;2 target_groups: names a target group that is not known;");
	assert_string_equal(import(HEAD "第1组,李一,子,,,,,,\n", 0), "2 relation: a household without an id begins with its head (户主);");
	assert_string_equal(import(HEAD "第1组,,户主,,,4.51224E+17,,,\n", 0), "2 name: is missing;2 id_number: was rounded by a spreadsheet: make the column text and fill it in again;");
	assert_string_equal(import(HEAD "第1组,李一,户主,,,451224197001010099,,,\n第1组,李二,户主,,,451224197001010099,,,\n", 0), "3 id_number: stands in row {1} too 2;");
	assert_string_equal(import(HEAD "第1组,李一,户主,,,,,,\n第4组,李二,子,,,,,,\n", 0), "3 group: is another than in the household's first row;");
	assert_string_equal(import(HEAD "第1组,李一,户主,,,,,,\n第1组,李一,子,,,,,,\n", 0), "3 name: the same person stands twice in the household;");
	assert_string_equal(import("household,name\n451224197001010099,李一\na b,李二\n13800000000,李三\n", 0),
	    "2 household: looks like an identity number: an id must say nothing about the person;3 household: is not an id: 1 to 48 letters, digits, '.', '_', '-';"
	    "4 household: looks like a telephone number: an id must say nothing about the person;");
	/* one row wrong among good ones: none of them is stored */
	assert_string_equal(import(HEAD "第1组,赵好,户主,,,,,,\n第1组,12345,户主,,,,,,\n", 0), "3 name: is a number, not a name;");
	assert_string_equal(found("赵好"), "");
}

static void
test_households(void **state)
{
	struct household h;
	const struct member *m;
	struct err e;

	(void)state;
	assert_string_equal(import("household,name,relation\nh-7,丁一,户主\n\nh-8,戊一,户主\nh-7,丁二,子\n,,\n", 0), "2/0/0 3/0");
	assert_int_equal(roster_get(ag, "h-7-2", &h, &m, &e), 1);
	assert_string_equal(h.id, "h-7");
	assert_string_equal(member_get(m, MEMBER_NAME), "丁二");
	household_take(&h, 1);
	assert_int_equal(roster_put(ag, &h, &e), 0);
	household_free(&h);
	assert_int_equal(roster_get(ag, "h-7-2", &h, &m, &e), 0);
	assert_string_equal(found("丁"), "丁一");
	/* the id of who went is not used again */
	assert_string_equal(import("household,name\nh-7,丁三\n", 0), "0/1/0 1/0");
	assert_int_equal(roster_get(ag, "h-7-2", &h, &m, &e), 0);
	assert_int_equal(roster_get(ag, "h-7-3", &h, &m, &e), 1);
	assert_string_equal(member_get(m, MEMBER_NAME), "丁三");
	/* taken out as a whole */
	while (h.n > 0)
		household_take(&h, 0);
	assert_int_equal(roster_put(ag, &h, &e), 0);
	household_free(&h);
	assert_int_equal(roster_get(ag, "h-7", &h, &m, &e), 0);
	assert_string_equal(found("丁"), "");
	/* somebody of one household in another */
	assert_string_equal(import("household,name,id_number\nh-8,戊二,451224198001010001\n", 0), "0/1/0 1/0");
	assert_string_equal(import("household,name,id_number\nh-9,戊二,451224198001010001\n", 0), "2 id_number: is in household {1}: take the person out there first h-8;");
}

static void
test_sealed(void **state)
{
	static const char *const secrets[] = { "刘梅", "韦国光", "45122419700101", "0027", "123456789", "00000012345678", "第1组", "low_income" };
	size_t i;

	(void)state;
	assert_true(on_disk(PLACE) > 0);
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_int_equal(on_disk(secrets[i]), 0);
}

/* The household's blob as it lies in the database, by its first bytes behind the id. */
static int
box(const char *name)
{
	struct search_hit hit[1];
	size_t total;
	struct err e;
	struct buf b;
	enum vault_answer answer = VAULT_OPEN;
	char id[ID_MAX + 1];

	assert_true(roster_find(ag, name, NULL, 0, 1, hit, &total, &e) == 1);
	(void)snprintf(id, sizeof(id), "%s", hit[0].household);
	vault_lock_all(journal_vault(ag->j));
	buf_init(&b, 65536);
	assert_int_equal(journal_roster_get(ag->j, id, &b, &answer), 1);
	buf_free(&b);
	return answer == VAULT_LOCKED ? VAULT_CABINET : VAULT_REST;
}

static void
test_locked(void **state)
{
	struct vault *v = journal_vault(ag->j);
	uint8_t secret[VAULT_KEY_LEN], public[VAULT_KEY_LEN];
	struct household h;
	struct member *m;
	struct err e = { "" };
	char id[ID_MAX + 1];
	uint64_t n;

	(void)state;
	assert_int_equal(vault_make_cabinet(secret, public), 0);
	vault_set_cabinet(v, public);
	assert_string_equal(found("刘梅"), "locked");
	assert_null(ag->roster);
	assert_string_equal(import(FILE_A, 0), "locked");
	assert_int_equal(roster_get(ag, "h-8", &h, NULL, &e), 1); /* still under the rest key */
	household_free(&h);
	/* it can be written all the same */
	household_init(&h);
	assert_non_null(m = household_add(&h));
	assert_int_equal(member_set(m, MEMBER_NAME, "新来的"), 0);
	assert_int_equal(roster_put(ag, &h, &e), 0);
	assert_int_equal(strncmp(h.id, PLACE "-", strlen(PLACE) + 1), 0);
	(void)strcpy(id, h.id);
	household_free(&h);
	assert_int_equal(roster_get(ag, id, &h, NULL, &e), ROSTER_LOCKED);
	assert_int_equal(roster_count(ag, &n), 0);
	assert_true(n > 4);
	assert_int_equal(vault_unlock(v, secret), 0);
	assert_string_equal(found("新来"), "新来的");
	assert_int_equal(box("刘梅"), VAULT_REST);
	/* what was at rest moves into the cabinet */
	assert_true(journal_roster_reseal(ag->j, 2, &e) == 2);
	while (journal_roster_reseal(ag->j, 100, &e) > 0)
		;
	assert_int_equal(journal_roster_reseal(ag->j, 100, &e), 0);
	assert_int_equal(roster_get(ag, "h-8", &h, NULL, &e), ROSTER_LOCKED);
	assert_int_equal(vault_unlock(v, secret), 0);
	assert_int_equal(box("刘梅"), VAULT_CABINET);
	assert_int_equal(vault_unlock(v, secret), 0);
	assert_int_not_equal(strcmp(found(""), "locked"), 0);
	assert_non_null(ag->roster);
	vault_lock_all(v);
	roster_settle(ag);
	assert_null(ag->roster);
	assert_int_equal(vault_unlock(v, secret), 0);
}

static struct form *
form(const char *name)
{
	char path[128];
	struct err e = { "" };
	struct buf b;
	struct form *f;

	(void)snprintf(path, sizeof(path), "forms/catalogue/%s.xml", name);
	buf_init(&b, FORM_BYTES_MAX);
	assert_int_equal(file_read(path, &b, &e), 0);
	f = form_parse(b.data, b.len, &e);
	buf_free(&b);
	assert_non_null(f);
	return f;
}

/* The answers that the person of that name gives to a form. */
static const char *
filled(const char *name, const char *who)
{
	static char out[1024];
	struct form *f = form(name);
	struct search_hit hit[1];
	const struct member *m;
	cJSON *answers = cJSON_CreateObject();
	struct household h;
	struct err e;
	size_t total;
	char *text;

	assert_int_equal(roster_find(ag, who, NULL, 0, 1, hit, &total, &e), 1);
	assert_int_equal(roster_get(ag, hit[0].member, &h, &m, &e), 1);
	assert_int_equal(roster_fill(f, &h, m, answers), 0);
	text = cJSON_PrintUnformatted(answers);
	(void)snprintf(out, sizeof(out), "%s", text);
	cJSON_free(text);
	cJSON_Delete(answers);
	household_free(&h);
	form_free(f);
	return out;
}

static void
test_fill(void **state)
{
	const char *text;

	(void)state;
	text = filled("dew-training", "韦国光");
	assert_non_null(strstr(text, "-2\""));
	assert_non_null(strstr(text, "\"trainee\":{\"name\":\"韦国光\",\"id_number\":\"451224196801010035\"}"));
	text = filled("housing-rebuild", "8909");
	assert_null(strstr(text, "-1-1\""));
	assert_non_null(strstr(text, "\"household\":{\"name\":\"刘梅\",\"id_number\":\"451224197001010027\",\"phone\":\"12345678909\",\"bank_account\":\"0000001234567890123\","
	    "\"target_groups\":[\"low_income\",\"woman\"]}"));
	text = filled("water-works", "8909");
	assert_string_equal(text, "{\"keeper\":{\"name\":\"刘梅\",\"phone\":\"12345678909\"}}");
}

static void
test_parse(void **state)
{
	static const char *const bad[] = { "x", "last 1\nmember 2\n", "last x\n", "name 李一\n", "last 1\nmember 1\nname 李一", "last 1\nmember\n" };
	static const char good[] = "group 第1组\nlast 3\nmember 3\nname 李 一\nlater x\nphone 12345\n", kept[] = "group 第1组\nlast 3\nmember 3\nname 李 一\nphone 12345\n";
	struct household h;
	size_t i, n;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(household_parse(&h, "h", bad[i], strlen(bad[i])), -1);
	assert_int_equal(household_parse(&h, "h", good, strlen(good)), 0);
	assert_string_equal(h.m[0].id, "h-3");
	assert_non_null(text = household_text(&h, &n));
	assert_int_equal(n, strlen(kept));
	assert_memory_equal(text, kept, n);
	free(text);
	household_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_gb18030), cmocka_unit_test(test_import), cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_households), cmocka_unit_test(test_fill), cmocka_unit_test(test_sealed), cmocka_unit_test(test_locked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
