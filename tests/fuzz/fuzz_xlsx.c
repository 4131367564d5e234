/* A workbook is read or refused: its parts are packed around the input, because no mutation gets through a zip file's checksums; the input is also read as a zip file itself. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "forms/sheet.h"
#include "tests/fuzz/fuzz.h"

static const char workbook[] = "<workbook xmlns:r=\"r\"><workbookPr date1904=\"0\"/><sheets><sheet name=\"survey\" r:id=\"a\"/></sheets></workbook>";
static const char rels[] = "<Relationships><Relationship Id=\"a\" Target=\"worksheets/sheet1.xml\"/></Relationships>";

static void
read_book(const void *p, size_t n)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct book *b = calloc(1, sizeof(*b));

	fuzz_must(b != NULL);
	fuzz_must(book_read(b, p, n, &faults, NULL) == 0);
	for (size_t i = 0; i < b->nsheets; i++)
		for (size_t k = 0; k < b->sheet[i].nrows; k++)
			for (unsigned c = 0; c < b->sheet[i].row[k].ncells; c++)
				fuzz_must(b->sheet[i].row[k].cell[c].col < SHEET_COLS_MAX && b->sheet[i].row[k].cell[c].text[0] != '\0');
	book_free(b);
	free(b);
	xls_faults_free(&faults);
}

/* The input stands for the worksheet, the shared strings and the styles: the first byte says for which. */
static void
packed(const uint8_t *p, size_t n)
{
	static const char *const part[] = { "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels" };
	zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	unsigned which = p[0] % 5;
	zip_stat_t st;
	void *out = NULL;

	fuzz_must(z != NULL);
	zip_source_keep(src);
	if (which != 3)
		(void)zip_file_add(z, part[3], zip_source_buffer(z, workbook, sizeof(workbook) - 1, 0), 0);
	if (which != 4)
		(void)zip_file_add(z, part[4], zip_source_buffer(z, rels, sizeof(rels) - 1, 0), 0);
	(void)zip_file_add(z, part[which], zip_source_buffer(z, p + 1, n - 1, 0), 0);
	fuzz_must(zip_close(z) == 0 && zip_source_stat(src, &st) == 0 && (out = malloc(st.size)) != NULL);
	fuzz_must(zip_source_open(src) == 0 && zip_source_read(src, out, st.size) == (zip_int64_t)st.size);
	(void)zip_source_close(src);
	zip_source_free(src);
	read_book(out, st.size);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	read_book(p, n);
	if (n > 1)
		packed(p, n);
	return 0;
}
