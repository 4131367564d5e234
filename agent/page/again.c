#include "agent/page/again.h"

#include <string.h>

#include "agent/page/serve.h"
#include "agent/page/sign.h"

#define PATH "again-path"
#define MARK "again."      /* before the name of each field kept */

int
again_has(const struct page_call *c)
{
	const char *path = page_posted(c, PATH);
	int known;

	return path[0] == '/' && page_route("POST", path, &known) != NULL;
}

/* PINs and codes are typed anew, never written into a page. */
static int
is_secret(const char *name)
{
	static const char *const secret[] = { "token", "pin", "own", "new", "again", "code" };
	size_t i;

	for (i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		if (strcmp(name, secret[i]) == 0)
			return 1;
	return 0;
}

/* Every text of the form as a hidden field, the mark put before its name or taken off. */
static void
put_kept(struct page_call *c, int mark, int unmark)
{
	const struct formfield *f;
	struct buf name;
	size_t i, skip = unmark ? strlen(MARK) : 0;

	buf_init(&name, 2 * FORMDATA_NAME_MAX);
	for (i = 0; i < c->form->n; i++) {
		f = &c->form->field[i];
		if (f->is_file || strncmp(f->name, MARK, skip) != 0 || is_secret(f->name + skip))
			continue;
		buf_reset(&name);
		(void)buf_puts(&name, mark ? MARK : "");
		(void)buf_puts(&name, f->name + skip);
		page_hidden(c, buf_str(&name), f->value);
	}
	buf_free(&name);
}

void
again_put(struct page_call *c)
{
	if (again_has(c)) {
		page_hidden(c, PATH, page_posted(c, PATH));
		put_kept(c, 1, 1);
	} else if (strcmp(c->req->method, "POST") == 0 && strcmp(c->req->path, "/sign-in") != 0) {
		page_hidden(c, PATH, c->req->path);
		put_kept(c, 1, 0);
	}
}

static void
offer(struct page_call *c, const char *path, int unmark)
{
	size_t i, files = 0;

	for (i = 0; i < c->form->n; i++)
		files += c->form->field[i].is_file && c->form->field[i].len > 0;
	page_begin(c, tr(c->lang, "Send it once more"));
	page_notice(c, PAGE_WARN, tr(c->lang, "What you typed was not saved yet, because nobody was signed in. It is kept in this page."));
	if (files > 0)
		page_notice(c, PAGE_WARN, tr(c->lang, "Photos are not kept: choose them again afterwards."));
	page_form(c, path, 0);
	put_kept(c, 0, unmark);
	page_button(c, NULL, NULL, tr(c->lang, "Send"));
	page_form_end(c);
	page_end(c);
}

void
again_offer(struct page_call *c)
{
	offer(c, page_posted(c, PATH), 1);
}

void
again_begin(struct page_call *c)
{
	c->res->status = 403;
	if (c->cadre != NULL)
		offer(c, c->req->path, 0);
	else
		sign_page(c, "/", tr(c->lang, "You were signed out, or the device was restarted. Nothing was saved yet: sign in, and what you typed is there again."), NULL);
}
