#include <string.h>

#include "agent/page/page.h"

/* Forms: each control with its label, and what is wrong with it beside it. */

static void
attribute(struct page_call *c, const char *name, const char *value)
{
	if (value == NULL)
		return;
	(void)buf_printf(c->b, " %s=\"", name);
	page_text(c, value);
	page_raw(c, "\"");
}

/* Which texts are read out with the control. */
static void
put_described(struct page_call *c, const struct page_field *f)
{
	if (f->hint == NULL && f->error == NULL)
		return;
	page_raw(c, " aria-describedby=\"");
	if (f->hint != NULL) {
		page_raw(c, "h-");
		page_text(c, f->name);
	}
	if (f->error != NULL) {
		page_raw(c, f->hint ? " e-" : "e-");
		page_text(c, f->name);
	}
	page_raw(c, f->error ? "\" aria-invalid=\"true\"" : "\"");
}

static void
put_line(struct page_call *c, const char *class, const char *mark, const char *name, const char *text)
{
	if (text == NULL)
		return;
	(void)buf_printf(c->b, "<p class=\"%s\" id=\"%s-", class, mark);
	page_text(c, name);
	page_raw(c, "\">");
	page_text(c, text);
	page_raw(c, "</p>\n");
}

static void
put_label(struct page_call *c, const struct page_field *f)
{
	(void)buf_printf(c->b, "<div class=\"field%s\">\n<label for=\"f-", f->error ? " faulty" : "");
	page_text(c, f->name);
	page_raw(c, "\">");
	page_text(c, f->label);
	page_raw(c, "</label>\n");
	put_line(c, "hint", "h", f->name, f->hint);
}

/* What all controls say of themselves. */
static void
put_common(struct page_call *c, const struct page_field *f)
{
	page_raw(c, " id=\"f-");
	page_text(c, f->name);
	page_raw(c, "\"");
	attribute(c, "name", f->name);
	put_described(c, f);
	if (f->required)
		page_raw(c, " required");
	if (f->max > 0)
		(void)buf_printf(c->b, " maxlength=\"%u\"", f->max);
}

static void
put_foot(struct page_call *c, const struct page_field *f)
{
	put_line(c, "error", "e", f->name, f->error);
	page_raw(c, "</div>\n");
}

void
page_input(struct page_call *c, const struct page_field *f)
{
	const char *type = f->type ? f->type : "text";

	put_label(c, f);
	page_raw(c, "<input");
	attribute(c, "type", type);
	put_common(c, f);
	if (strcmp(type, "password") != 0 && strcmp(type, "file") != 0)
		attribute(c, "value", f->value);
	attribute(c, "inputmode", f->mode);
	attribute(c, "autocomplete", f->complete ? f->complete : "off");
	attribute(c, "accept", f->accept);
	attribute(c, "capture", f->capture);
	page_raw(c, ">\n");
	put_foot(c, f);
}

void
page_textarea(struct page_call *c, const struct page_field *f)
{
	put_label(c, f);
	page_raw(c, "<textarea rows=\"3\"");
	put_common(c, f);
	page_raw(c, ">\n"); /* a first line break is not part of the text */
	if (f->value != NULL)
		page_text(c, f->value);
	page_raw(c, "</textarea>\n");
	put_foot(c, f);
}

static int
chosen(const struct page_field *f, const struct page_option *o)
{
	return o->chosen || (f->value != NULL && f->value[0] != '\0' && strcmp(f->value, o->value) == 0);
}

void
page_select(struct page_call *c, const struct page_field *f)
{
	size_t i;

	put_label(c, f);
	page_raw(c, "<select");
	put_common(c, f);
	page_raw(c, ">\n");
	for (i = 0; i < f->n; i++) {
		page_raw(c, "<option");
		attribute(c, "value", f->option[i].value);
		page_raw(c, chosen(f, &f->option[i]) ? " selected>" : ">");
		page_text(c, f->option[i].label);
		page_raw(c, "</option>\n");
	}
	page_raw(c, "</select>\n");
	put_foot(c, f);
}

static void
put_box(struct page_call *c, const struct page_field *f, size_t i, const char *type)
{
	(void)buf_printf(c->b, "<label class=\"tick\"><input type=\"%s\"", type);
	attribute(c, "name", f->name);
	attribute(c, "value", f->option[i].value);
	page_raw(c, chosen(f, &f->option[i]) ? " checked> " : "> ");
	page_text(c, f->option[i].label);
	page_raw(c, "</label>\n");
}

static void
put_boxes(struct page_call *c, const struct page_field *f, const char *type)
{
	size_t i;

	(void)buf_printf(c->b, "<fieldset class=\"field%s\" id=\"f-", f->error ? " faulty" : "");
	page_text(c, f->name);
	page_raw(c, "\"");
	put_described(c, f);
	page_raw(c, ">\n<legend>");
	page_text(c, f->label);
	page_raw(c, "</legend>\n");
	put_line(c, "hint", "h", f->name, f->hint);
	for (i = 0; i < f->n; i++)
		put_box(c, f, i, type);
	put_line(c, "error", "e", f->name, f->error);
	page_raw(c, "</fieldset>\n");
}

void
page_radios(struct page_call *c, const struct page_field *f)
{
	put_boxes(c, f, "radio");
}

void
page_ticks(struct page_call *c, const struct page_field *f)
{
	put_boxes(c, f, "checkbox");
}

void
page_hidden(struct page_call *c, const char *name, const char *value)
{
	page_raw(c, "<input type=\"hidden\"");
	attribute(c, "name", name);
	attribute(c, "value", value);
	page_raw(c, ">");
}

void
page_button(struct page_call *c, const char *name, const char *value, const char *text)
{
	page_raw(c, "<button");
	attribute(c, "name", name);
	attribute(c, "value", value);
	page_raw(c, ">");
	page_text(c, text);
	page_raw(c, "</button>\n");
}

void
page_form(struct page_call *c, const char *path, int files)
{
	page_raw(c, "<form method=\"post\" novalidate");
	attribute(c, "action", path);
	page_raw(c, files ? " enctype=\"multipart/form-data\">" : ">");
	page_hidden(c, "token", c->token);
	page_raw(c, "\n");
}

void
page_form_end(struct page_call *c)
{
	page_raw(c, "</form>\n");
}

const char *
page_posted(const struct page_call *c, const char *name)
{
	const char *s = formdata_get(c->form, name);

	return s ? s : "";
}
