/* Goal: a workbook is read as the spreadsheet shows it, whoever wrote it, and a hostile one costs no more than its caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <xlsxwriter.h>
#include <zip.h>

#include "base/csv.h"
#include "base/file.h"
#include "forms/form.h"
#include "forms/sheet.h"
#include "forms/xlsform.h"

#define SHEET_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>"
#define SHEET_END "</sheetData></worksheet>"
#define SETTINGS "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>form_id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>version</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>form_title</t></is></c></row>" \
	"<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>t</t></is></c><c r=\"B2\"><v>2026112401</v></c><c r=\"C2\" t=\"inlineStr\"><is><t>T</t></is></c></row>"
#define SURVEY "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>type</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>name</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>label</t></is></c></row>" \
	"<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>text</t></is></c><c r=\"B2\" t=\"inlineStr\"><is><t>q</t></is></c><c r=\"C2\" t=\"inlineStr\"><is><t>A &amp; B&#10;C</t></is></c></row>"

static void
path_of(char *out, size_t size)
{
	(void)snprintf(out, size, "/tmp/tally-xlsx.XXXXXX");
	assert_true(close(mkstemp(out)) == 0);
}

static char *
compile_bytes(const void *p, size_t n, struct xls_faults *faults)
{
	struct buf xml;
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	rc = xlsform_compile(p, n, &xml, faults, NULL);
	assert_int_equal(rc, faults->errors > 0 ? 1 : 0);
	return ((char *)buf_take(&xml));
}

static char *
compile_file(const char *path, struct xls_faults *faults)
{
	struct err e = { "" };
	struct buf b;
	char *xml;

	buf_init(&b, XLSFORM_BYTES_MAX);
	if (file_read(path, &b, &e) != 0)
		fail_msg("%s", e.text);
	xml = compile_bytes(b.data, b.len, faults);
	buf_free(&b);
	return (xml);
}

/* The sheets of a CSV form as a workbook of libxlsxwriter: whole numbers as numbers, yes as TRUE. */
static void
workbook_of(const char *csv, const char *path)
{
	lxw_workbook *wb = workbook_new(path);
	lxw_worksheet *ws = NULL;
	struct err e = { "" };
	struct csv c;
	struct buf b;
	lxw_row_t row = 0;
	int survey = 0;
	unsigned i;

	buf_init(&b, XLSFORM_BYTES_MAX);
	assert_int_equal(file_read(csv, &b, &e), 0);
	assert_int_equal(csv_init(&c, (char *)b.data, b.len, &e), 0);
	while (csv_row(&c, &e) == 1) {
		if (c.cell[0][0] != '\0') {
			assert_non_null(ws = workbook_add_worksheet(wb, c.cell[0]));
			survey = strcmp(c.cell[0], "survey") == 0;
			row = 0;
			continue;
		}
		for (i = 1; i < c.n; i++) {
			const char *s = c.cell[i];

			if (*s != '\0' && s[strspn(s, "0123456789")] == '\0')
				(void)worksheet_write_number(ws, row, (lxw_col_t)(i - 1), strtod(s, NULL), NULL);
			else if (strcmp(s, "yes") == 0 && survey)
				(void)worksheet_write_boolean(ws, row, (lxw_col_t)(i - 1), 1, NULL);
			else if (*s != '\0')
				(void)worksheet_write_string(ws, row, (lxw_col_t)(i - 1), s, NULL);
		}
		row++;
	}
	buf_free(&b);
	assert_int_equal(workbook_close(wb), LXW_NO_ERROR);
}

/* Every form of the catalogue gives the same bytes from a workbook as from its CSV. */
static void
test_catalogue(void **state)
{
	const char *top = getenv("TALLY_TOP");
	char dir[2048], csv[4096], path[64], **names = NULL, *a, *b;
	size_t n = 0, i, done = 0;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/forms/catalogue", top == NULL ? "." : top);
	assert_int_equal(file_names(dir, &names, &n, 1000, NULL), 0);
	for (i = 0; i < n; i++) {
		struct xls_faults faults = { 0, 0, NULL };

		if (strstr(names[i], ".csv") == NULL)
			continue;
		path_of(path, sizeof(path));
		(void)snprintf(csv, sizeof(csv), "%s/%s", dir, names[i]);
		workbook_of(csv, path);
		a = compile_file(csv, &faults);
		b = compile_file(path, &faults);
		if (faults.n > 0)
			fail_msg("%s: %s %s: %s", names[i], faults.f[0].sheet, faults.f[0].cell, faults.f[0].text);
		assert_string_equal(a, b);
		free(a);
		free(b);
		(void)unlink(path);
		done++;
	}
	assert_int_equal(done, 25);
	file_names_free(names, n);
}

/* Dates, formulas, rich texts, hidden rows, numbers of each kind. */
static void
test_cells(void **state)
{
	static const char *const head[] = { "type", "name", "label", "default" };
	static char two[] = "Two ", words[] = "parts";
	lxw_datetime day = { 2010, 12, 31, 0, 0, 0 }, noon = { 0, 0, 0, 12, 30, 0 }, both = { 2010, 12, 31, 6, 5, 4 };
	struct xls_faults faults = { 0, 0, NULL };
	lxw_row_col_options hidden = { .hidden = 1 };
	lxw_rich_string_tuple first = { NULL, two }, second = { NULL, words }, *parts[] = { &first, &second, NULL };
	lxw_format *bold, *f;
	lxw_workbook *wb;
	lxw_worksheet *ws;
	struct form *form;
	char path[64], *xml;
	unsigned i;

	(void)state;
	path_of(path, sizeof(path));
	wb = workbook_new(path);
	ws = workbook_add_worksheet(wb, "survey");
	bold = workbook_add_format(wb);
	format_set_bold(bold);
	second.format = bold;
	for (i = 0; i < 4; i++)
		(void)worksheet_write_string(ws, 0, (lxw_col_t)i, head[i], NULL);
	for (i = 1; i <= 6; i++) {
		static const char *const type[] = { "date", "time", "dateTime", "decimal", "integer", "text" };
		char name[2] = { (char)('a' + i - 1), '\0' };

		(void)worksheet_write_string(ws, i, 0, type[i - 1], NULL);
		(void)worksheet_write_string(ws, i, 1, name, NULL);
		(void)worksheet_write_string(ws, i, 2, name, NULL);
	}
	f = workbook_add_format(wb);
	format_set_num_format(f, "yyyy\"年\"m\"月\"d\"日\"");
	(void)worksheet_write_datetime(ws, 1, 3, &day, f);
	f = workbook_add_format(wb);
	format_set_num_format_index(f, 20);
	(void)worksheet_write_datetime(ws, 2, 3, &noon, f);
	f = workbook_add_format(wb);
	format_set_num_format(f, "yyyy-mm-dd hh:mm:ss");
	(void)worksheet_write_datetime(ws, 3, 3, &both, f);
	(void)worksheet_write_number(ws, 4, 3, 0.1, NULL);
	(void)worksheet_write_formula_num(ws, 5, 3, "=40+2", NULL, 42);
	(void)worksheet_write_rich_string(ws, 6, 2, parts, NULL);
	(void)worksheet_set_row_opt(ws, 6, 15, NULL, &hidden);
	(void)worksheet_write_string(ws, 6, 3, "x", NULL);
	ws = workbook_add_worksheet(wb, "Settings");
	(void)worksheet_write_string(ws, 0, 0, "form_id", NULL);
	(void)worksheet_write_string(ws, 0, 1, "version", NULL);
	(void)worksheet_write_string(ws, 0, 2, "form_title", NULL);
	(void)worksheet_write_formula_str(ws, 1, 0, "=\"t\"", NULL, "t");
	(void)worksheet_write_number(ws, 1, 1, 2026112401, NULL);
	(void)worksheet_write_string(ws, 1, 2, "T", NULL);
	assert_int_equal(workbook_close(wb), LXW_NO_ERROR);
	xml = compile_file(path, &faults);
	if (faults.n > 0)
		fail_msg("%s %s: %s", faults.f[0].sheet, faults.f[0].cell, faults.f[0].text);
	assert_non_null(form = form_parse(xml, strlen(xml), NULL));
	assert_string_equal(form->version, "2026112401");
	assert_string_equal(form_field(form, "a")->initial, "2010-12-31");
	assert_string_equal(form_field(form, "b")->initial, "12:30:00");
	assert_string_equal(form_field(form, "c")->initial, "2010-12-31T06:05:04");
	assert_string_equal(form_field(form, "d")->initial, "0.1");
	assert_string_equal(form_field(form, "e")->initial, "42");
	assert_string_equal(form_field(form, "f")->label[FORM_EN], "Two parts");
	form_free(form);
	free(xml);
	(void)unlink(path);
}

static void
test_numbers(void **state)
{
	static const struct { const char *raw; enum cell_kind kind; int since1904; const char *want; } t[] = {
		{ "1", CELL_NUMBER, 0, "1" }, { "2.0261124010000001E9", CELL_NUMBER, 0, "2026112401" }, { "0.30000000000000004", CELL_NUMBER, 0, "0.3" }, { "-5", CELL_NUMBER, 0, "-5" },
		{ "1", CELL_DATE, 0, "1900-01-01" }, { "59", CELL_DATE, 0, "1900-02-28" }, { "61", CELL_DATE, 0, "1900-03-01" }, { "40543", CELL_DATE, 0, "2010-12-31" },
		{ "39081", CELL_DATE, 1, "2010-12-31" }, { "0.5", CELL_TIME, 0, "12:00:00" }, { "40543.999999999", CELL_DATETIME, 0, "2011-01-01T00:00:00" },
		{ "-1", CELL_DATE, 0, NULL }, { "1e9", CELL_DATE, 0, NULL }, { "x", CELL_NUMBER, 0, NULL }, { "nan", CELL_NUMBER, 0, NULL }, { "", CELL_NUMBER, 0, NULL },
	};
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = cell_number(out, sizeof(out), t[i].raw, t[i].kind, t[i].since1904);

		if ((rc == 0) != (t[i].want != NULL) || (rc == 0 && strcmp(out, t[i].want) != 0))
			fail_msg("%s: %s", t[i].raw, rc == 0 ? out : "refused");
	}
	assert_int_equal(cell_kind_of(14, NULL), CELL_DATE);
	assert_int_equal(cell_kind_of(22, NULL), CELL_DATETIME);
	assert_int_equal(cell_kind_of(0, NULL), CELL_NUMBER);
	assert_int_equal(cell_kind_of(164, "General"), CELL_NUMBER);
	assert_int_equal(cell_kind_of(164, "0.00\"days\""), CELL_NUMBER);
	assert_int_equal(cell_kind_of(164, "[Red]#,##0.00"), CELL_NUMBER);
	assert_int_equal(cell_kind_of(164, "0.00E+00"), CELL_NUMBER);
	assert_int_equal(cell_kind_of(164, "[h]:mm"), CELL_TIME);
	assert_int_equal(cell_kind_of(164, "d/m/yy h:mm"), CELL_DATETIME);
}

/* A workbook of these parts; a NULL part is left out. */
static void *
pack(const char *survey, const char *settings, const char *strings, const char *extra, size_t *n)
{
	static const char workbook[] = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"survey\" r:id=\"a\"/><sheet name=\"settings\" r:id=\"b\"/></sheets></workbook>";
	static const char rels[] = "<Relationships><Relationship Id=\"a\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"b\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>";
	const char *part[][2] = { { "xl/workbook.xml", workbook }, { "xl/_rels/workbook.xml.rels", rels }, { "xl/worksheets/sheet1.xml", survey },
		{ "xl/worksheets/sheet2.xml", settings }, { "xl/sharedStrings.xml", strings }, { "xl/styles.xml", extra } };
	zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	zip_stat_t st;
	void *out;
	size_t i;

	assert_non_null(z);
	zip_source_keep(src);
	for (i = 0; i < 6; i++)
		if (part[i][1] != NULL)
			assert_true(zip_file_add(z, part[i][0], zip_source_buffer(z, part[i][1], strlen(part[i][1]), 0), 0) >= 0);
	assert_int_equal(zip_close(z), 0);
	assert_int_equal(zip_source_stat(src, &st), 0);
	assert_non_null(out = malloc(st.size));
	assert_int_equal(zip_source_open(src), 0);
	assert_int_equal(zip_source_read(src, out, st.size), (long)st.size);
	(void)zip_source_close(src);
	zip_source_free(src);
	*n = st.size;
	return (out);
}

static void
refused(const char *survey, const char *settings, const char *strings, const char *extra, const char *cell, const char *word)
{
	struct xls_faults faults = { 0, 0, NULL };
	size_t n;
	void *p = pack(survey, settings, strings, extra, &n);

	free(compile_bytes(p, n, &faults));
	if (faults.errors < 1 || strcmp(faults.f[0].cell, cell) != 0 || strstr(faults.f[0].text, word) == NULL)
		fail_msg("%zu faults, \"%s\": \"%s\" does not say \"%s\"", faults.errors, faults.n > 0 ? faults.f[0].cell : "", faults.n > 0 ? faults.f[0].text : "", word);
	xls_faults_free(&faults);
	free(p);
}

static void
test_hand_made(void **state)
{
	struct xls_faults faults = { 0, 0, NULL };
	size_t n;
	void *p = pack(SHEET_HEAD SURVEY SHEET_END, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, &n);
	char *xml = compile_bytes(p, n, &faults);

	(void)state;
	if (faults.n > 0)
		fail_msg("%s", faults.f[0].text);
	assert_non_null(strstr(xml, "A &amp; B&#10;C"));
	free(xml);
	free(p);
#define ONE(cell) SHEET_HEAD SURVEY "<row r=\"3\">" cell "</row>" SHEET_END
	refused(ONE("<c r=\"A3\" t=\"s\"><v>7</v></c>"), SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "A3", "no text 7");
	refused(ONE("<c r=\"A3\" t=\"e\"><v>#REF!</v></c>"), SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "A3", "#REF!");
	refused(ONE("<c r=\"A3\"><f>A1+1</f></c>"), SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "A3", "formula without its value");
	refused(ONE("<c r=\"A3\"><v>1x</v></c>"), SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "A3", "no number");
	refused(ONE("<c r=\"ZZ3\"><v>1</v></c>"), SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "3", "beyond column");
	refused(NULL, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "survey is missing");
	refused("<worksheet>", SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "sheet1.xml");
}

#define BOMB "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>"

static void
test_hostile(void **state)
{
	char *deep = calloc(1, 1 << 20), *big;
	size_t n, i;

	(void)state;
	refused("<?xml version=\"1.0\"?>" BOMB "<worksheet>&c;</worksheet>", SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "DOCTYPE");
	refused("<?xml version=\"1.0\"?><!DOCTYPE x SYSTEM \"file:///etc/passwd\"><worksheet/>", SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "DOCTYPE");
	refused(SHEET_HEAD SURVEY SHEET_END, SHEET_HEAD SETTINGS SHEET_END, BOMB "<sst><si><t>&c;</t></si></sst>", NULL, "", "DOCTYPE");
	refused(SHEET_HEAD "&nothing;" SHEET_END, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "not well-formed");
	refused("<?xml version=\"1.0\" encoding=\"UTF-16\"?><worksheet/>", SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "UTF-8");
	for (i = 0; i < 100; i++)
		(void)strcat(deep, "<a>");
	for (i = 0; i < 100; i++)
		(void)strcat(deep, "</a>");
	refused(deep, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "nested too deep");
	/* a bomb: 16 MiB of one byte packs to 16 KiB */
	n = 16U << 20;
	assert_non_null(big = malloc(n + 1));
	memset(big, ' ', n);
	big[n] = '\0';
	refused(big, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "more than 250 times");
	free(big);
	/* one too large in itself */
	n = ZIP_PART_MAX + 10;
	assert_non_null(big = malloc(n + 1));
	memset(big, ' ', n);
	big[n] = '\0';
	refused(big, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, "", "more than the");
	free(big);
	free(deep);
}

/* A workbook damaged in every byte of its first kilobytes is read, or refused; never worse. */
static void
test_damaged(void **state)
{
	size_t n, i;
	uint8_t *p = pack(SHEET_HEAD SURVEY SHEET_END, SHEET_HEAD SETTINGS SHEET_END, NULL, NULL, &n), *copy = malloc(n);

	(void)state;
	assert_non_null(copy);
	for (i = 0; i < n; i++) {
		struct xls_faults faults = { 0, 0, NULL };

		memcpy(copy, p, n);
		copy[i] ^= (uint8_t)(1U << (i % 8));
		free(compile_bytes(copy, n, &faults));
		xls_faults_free(&faults);
		free(compile_bytes(p, i + 1 < n ? i + 1 : n - 1, &faults));
		xls_faults_free(&faults);
	}
	free(copy);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalogue), cmocka_unit_test(test_cells), cmocka_unit_test(test_numbers), cmocka_unit_test(test_hand_made),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_damaged),
	};

	return (cmocka_run_group_tests_name("xlsx", tests, NULL, NULL));
}
