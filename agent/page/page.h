#ifndef AGENT_PAGE_PAGE_H
#define AGENT_PAGE_PAGE_H

#include "agent/agent.h"
#include "forms/form.h"
#include "web/formdata.h"
#include "web/html.h"
#include "web/http.h"
#include "web/tr.h"

/**
 * How a page of the agent is written.  A file agent/page/page_X.c has handlers
 * and one table of routes, which agent/page/routes.c lists.  Before a handler
 * runs, the framework has checked peer, Host, Origin and Sec-Fetch-*, session,
 * form token, and sign-in where the route asks for it; it holds the agent's
 * lock unless the route says not to.  After it the response goes out with the
 * page's security headers and no-store.
 *
 * A handler either writes a page (page_begin ... page_end), or calls
 * page_redirect() or page_error(), or fills in c->res itself (photos, SVG).
 * What is posted is answered with a redirect when it succeeded, and with the
 * page again, what was typed and the errors beside their fields, when not.
 */

#define PAGE_ROWS 50          /* rows of a list on one page */
#define PAGE_PARTS_MAX 4      /* ":" in a pattern */
#define PAGE_FORM_MAX (1U << 20) /* bytes of a posted form without files */

/** Who is at the other end. */
struct page_peer {
	int loopback;              /* on this machine; 0: a paired phone on the village's network */
	int tls;
	uint32_t phone;            /* the paired phone's number (agent/people/phones.h); 0 on loopback */
};

struct page;
struct phone;
struct session;               /* agent/page/session.h */

/** One request on its way through a handler. */
struct page_call {
	struct agent *ag;
	const struct http_request *req;
	struct http_response *res;
	struct buf *b;             /* the response's body */
	const char *lang;          /* "zh" or "en" */
	enum form_lang form_lang;
	struct page_peer peer;
	struct session *session;   /* NULL until somebody signs in */
	const char *token;         /* the form token of this browser, before sign-in too; "" on PAGE_MACHINE routes */
	const char *cadre;         /* who is signed in (the entry's actor), or NULL; never NULL on PAGE_CADRE routes */
	const struct formdata *form; /* what was posted; empty for GET */
	char *part[PAGE_PARTS_MAX]; /* what stood in the places of ":" in the pattern, decoded */
	size_t nparts;
	struct page *page;         /* the served page (agent/page/serve.h) */
	const struct page_door *door; /* where the request came in */
	const struct phone *key;   /* ODK Collect on a paired phone, by the token in the path (agent/page/key.h); else NULL */
	char base[64];             /* what stands before the path in addresses of OpenRosa: "" or "/key/TOKEN" */
};

/* Flags of a route. */
enum {
	PAGE_CADRE = 1,            /* only for who is signed in; others are sent to /sign-in and from there back here */
	PAGE_FILES = 2,            /* a POST that takes multipart/form-data with files too; body_max says how much */
	PAGE_UNLOCKED = 4,         /* the handler runs without the agent's lock and takes it itself where it needs it (slow work: PINs, photos) */
	PAGE_MACHINE = 8,          /* for programs (metrics, OpenRosa): no session, no form token; an Origin or Sec-Fetch-Site that is not ours is still refused */
	PAGE_PERSONAL = 16,        /* shows or takes personal parts.  PAGE_CADRE implies it */
	PAGE_PLAIN = 32            /* nothing personal, not even a PIN to type: a paired phone gets it without TLS too, and nothing else */
};

struct page_route {
	const char *method;        /* "GET" (also answers HEAD) or "POST" */
	const char *pattern;       /* "/record/:/:": a ":" stands for one segment that is not empty; the first route that fits is taken */
	unsigned flags;
	size_t body_max;           /* POST: bytes; 0: PAGE_FORM_MAX */
	void (*handle)(struct page_call *c);
};

/* Every file's table ends with a NULL method and stands in the list of agent/page/routes.c, which ends with NULL. */
extern const struct page_route *const page_tables[];

/* Answers */

/** page_begin(c, title): the head of a page: language, navigation, one line on sync, what page_flash() left, and <h1>${title}</h1>, already translated. */
void page_begin(struct page_call *c, const char *title);

/** page_end(c): its foot. */
void page_end(struct page_call *c);

/** page_redirect(c, path): 303 to a path of our own (starts with one '/'), ASCII, percent-encoded where needed (page_url()). */
void page_redirect(struct page_call *c, const char *path);

/** page_error(c, status, text): a whole page that says what is wrong, already translated; drops what was written before. */
void page_error(struct page_call *c, unsigned status, const char *text);

/** page_flash(c, text): N_() text shown once on the next page of this session ("Saved."); nothing before sign-in. */
void page_flash(struct page_call *c, const char *text);

/* What is put in a page.  All of it is escaped, but page_raw(). */

/** page_raw(c, html): markup as it stands. */
void page_raw(struct page_call *c, const char *html);

/** page_text(c, s): text, escaped (already translated, or data). */
void page_text(struct page_call *c, const char *s);

/** page_say(c, text, ...): the translation of ${text} with {1} to {9} replaced by the strings that follow, up to NULL; escaped. */
void page_say(struct page_call *c, const char *text, ...) __attribute__((sentinel));

/** page_fill(b, lang, text, ...): the same as plain text into any buffer (titles, labels, hints), not escaped. */
void page_fill(struct buf *b, const char *lang, const char *text, ...) __attribute__((sentinel));

/** page_url(b, s): append ${s} percent-encoded as one segment of a path or one value of a query. */
void page_url(struct buf *b, const char *s);

/** page_number(out, n) / page_bytes(out, n) / page_when(out, ms): a number; bytes as "2 kB"; a time of the machine's people, or "" for 0.  Each gives ${out}. */
const char *page_number(char out[32], uint64_t n);
const char *page_bytes(char out[32], uint64_t n);
const char *page_when(char out[32], uint64_t ms);

/** page_link(c, path, text): <a>; ${path} is ours, ${text} already translated or data. */
void page_link(struct page_call *c, const char *path, const char *text);

/* Boxes of page_notice(). */
enum page_tone { PAGE_INFO, PAGE_OK, PAGE_WARN, PAGE_BAD };

/** page_notice(c, tone, text): one paragraph in a box, already translated; PAGE_BAD is announced at once (role=alert). */
void page_notice(struct page_call *c, enum page_tone tone, const char *text);

/** page_state(c, state): one of commands.md's states of an entry as a word with its colour, never by colour alone. */
void page_state(struct page_call *c, const char *state);

/* Forms */

/** page_form(c, path, files) / page_form_end(c): a POST form with the session's token; ${files}: multipart. */
void page_form(struct page_call *c, const char *path, int files);
void page_form_end(struct page_call *c);

struct page_option { const char *value, *label; int chosen; };

/** One field.  Texts are already translated or data; NULL and 0 leave a thing out. */
struct page_field {
	const char *name, *label, *value;
	const char *error;         /* shown beside the field, read with it */
	const char *hint;          /* shown below the label, read with it */
	const char *type;          /* of <input>; NULL: "text" */
	const char *mode;          /* inputmode: "numeric", "decimal" */
	const char *complete;      /* autocomplete; NULL: "off" */
	const char *accept, *capture; /* of file inputs */
	int required;
	unsigned max;              /* maxlength */
	const struct page_option *option; /* of page_select, page_radios, page_ticks */
	size_t n;
};

/** page_input / page_textarea / page_select(c, f): label, control, hint and error. */
void page_input(struct page_call *c, const struct page_field *f);
void page_textarea(struct page_call *c, const struct page_field *f);
void page_select(struct page_call *c, const struct page_field *f);

/** page_radios / page_ticks(c, f): one of several, or any of several, in a fieldset with f->label as its legend. */
void page_radios(struct page_call *c, const struct page_field *f);
void page_ticks(struct page_call *c, const struct page_field *f);

/** page_hidden(c, name, value). */
void page_hidden(struct page_call *c, const char *name, const char *value);

/** page_button(c, name, value, text): a submit button; name and value may be NULL; ${text} already translated. */
void page_button(struct page_call *c, const char *name, const char *value, const char *text);

/** page_posted(c, name): the first text posted under ${name}, "" when there is none. */
const char *page_posted(const struct page_call *c, const char *name);

/* Lists */

/** page_from(c): where a list begins, from the query's from=; 0 at first. */
uint64_t page_from(const struct page_call *c);

/** page_paging(c, path, from, more): links to the rows before and, when there are ${more}, behind the PAGE_ROWS from ${from} on; ${path} is without from= and may have a query. */
void page_paging(struct page_call *c, const char *path, uint64_t from, int more);

#endif
