#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/openrosa/envelope.h"
#include "agent/openrosa/md5.h"
#include "agent/openrosa/receive.h"
#include "agent/page/openrosa.h"
#include "agent/page/routes.h"
#include "agent/page/serve.h"
#include "agent/people/phones.h"
#include "agent/people/users.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "sync/device.h"
#include "web/multipart.h"

/* OpenRosa 1.0, for ODK Collect and its like: the list of forms, forms, submissions.  On the village's network behind a token alone (agent/page/key.h). */

#define BODY_MAX ((size_t)40 << 20)   /* one post: a photo that alone is longer than what we ask for comes too */
#define BASIC_MAX 256

static const struct multipart_limits limits = { 2 * RECEIVE_FILES_MAX, 1U << 20, BODY_MAX };

int
openrosa_speaks(struct page_call *c)
{
	const char *version = http_header(c->req, "X-OpenRosa-Version");

	envelope_headers(c->res);
	c->res->type = ENVELOPE_TYPE;
	if (version == NULL || strcmp(version, "1.0") == 0)
		return 1;
	http_error(c->res, 400, "X-OpenRosa-Version must be 1.0");
	return 0;
}

static void
answer(struct page_call *c, unsigned status, const char *text)
{
	envelope_answer(c->res, status, status < 300 ? "submit_success" : "submit_error", text);
}

static const char *
words(const struct page_call *c, const char *zh, const char *en)
{
	return c->form_lang == FORM_EN ? en : zh;
}

static int
challenge(struct page_call *c, const char *zh, const char *en)
{
	(void)http_add_header(c->res, "WWW-Authenticate", "Basic realm=\"tallystick\", charset=\"UTF-8\"");
	answer(c, 401, words(c, zh, en));
	return -1;
}

/* A cadre's id and PIN of the Authorization header.  0 or -1. */
static int
basic(const struct page_call *c, char text[BASIC_MAX + 1], char **pin)
{
	const char *h = http_header(c->req, "Authorization");
	size_t n = 0;

	if (h == NULL || strncasecmp(h, "Basic ", 6) != 0 || dec_b64((uint8_t *)text, BASIC_MAX, &n, h + 6, strlen(h + 6)) != 0)
		return -1;
	text[n] = '\0';
	if (strlen(text) != n || (*pin = strchr(text, ':')) == NULL)
		return -1;
	*(*pin)++ = '\0';
	return 0;
}

int
openrosa_sender(struct page_call *c, char actor[ID_MAX + 1], int open)
{
	char text[BASIC_MAX + 1], *pin;
	enum users_answer a;
	struct err e = { "" };
	int64_t wait = 0;

	(void)strcpy(actor, "device");
	if (c->key != NULL && !open) {
		if (c->key->user[0] != '\0')
			(void)strcpy(actor, c->key->user);
		return 0;
	}
	if (page_plain(c)) {
		answer(c, 403, words(c, "此连接未加密，不收个人信息。", "This connection is not encrypted; nothing personal is taken over it."));
		return -1;
	}
	if (users_first(c->ag) && open)
		return answer(c, 403, words(c, "请先在本机页面上设立第一名干部。", "Set up the first cadre on the device's page first.")), -1;
	if (users_first(c->ag))
		return 0;
	if (basic(c, text, &pin) != 0)
		return challenge(c, "请在手机的服务器设置中填写干部编号和密码。", "Put the cadre's id and PIN into the phone's server settings.");
	a = open ? users_sign_in(c->ag, text, pin, &wait, &e) : users_check_pin(c->ag, text, pin, &wait, &e);
	if (a == USERS_OK)
		(void)snprintf(actor, ID_MAX + 1, "%s", text);
	wipe(text, sizeof(text));
	if (a == USERS_OK && c->key != NULL && strcmp(actor, c->key->user) != 0) { /* ${open}: a phone is one cadre's */
		users_sign_out(c->ag);
		return challenge(c, "这部手机属于另一名干部。", "This phone is another cadre's.");
	}
	if (a == USERS_OK)
		return 0;
	if (a == USERS_WRONG)
		return challenge(c, "编号或密码不对。", "The id or the PIN is wrong.");
	if (a == USERS_FAILED)
		log_msg(LOG_WARN, "submission: %s", e.text);
	answer(c, a == USERS_FAILED ? 503 : 403, words(c, "密码现在不能核对：错误次数过多，请稍后再试，或请人重置。", "The PIN cannot be checked now: too many wrong ones. Wait, or have it reset."));
	return -1;
}

/* The ids of all forms, once each. */
static int
gather(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	(void)version;
	(void)hash;
	(void)xml;
	(void)n;
	return cJSON_GetObjectItemCaseSensitive(ctx, id) != NULL || cJSON_AddNullToObject(ctx, id) != NULL ? 0 : -1;
}

static void
element(struct page_call *c, const char *name, const char *text)
{
	(void)buf_printf(c->b, "<%s>", name);
	page_text(c, text);
	(void)buf_printf(c->b, "</%s>", name);
}

void
openrosa_address(const struct page_call *c, const char *hex, const char *tail, char *out, size_t size)
{
	(void)snprintf(out, size, "%s://%.100s%s/forms/%s%s", c->peer.tls ? "https" : "http", http_header(c->req, "Host"), c->base, hex, tail);
}

static void
address(struct page_call *c, const char *name, const char *hex, const char *tail)
{
	char text[320];

	openrosa_address(c, hex, tail, text, sizeof(text));
	element(c, name, text);
}

/* One form of the list, its newest version. */
static void
list_form(struct page_call *c, const char *id)
{
	char version[VERSION_MAX + 1] = "", hex[2 * HASH_LEN + 1], sum[40] = "md5:";
	uint8_t hash[HASH_LEN], digest[16];
	struct err e = { "" };
	const struct form *f = NULL;
	struct buf xml;

	buf_init(&xml, FORM_BYTES_MAX);
	if (journal_form(c->ag->j, id, version, hash, &xml) == 1 && device_form_retired(c->ag->j, id, version) != 1 &&
	    (f = formcache_form(hash, xml.data, xml.len, &e)) != NULL) {
		enc_hex(hex, hash, HASH_LEN);
		md5(digest, xml.data, xml.len);
		enc_hex(sum + 4, digest, sizeof(digest));
		page_raw(c, "<xform>");
		element(c, "formID", f->id);
		element(c, "name", f->title[c->form_lang]);
		element(c, "version", f->version);
		element(c, "hash", sum);
		address(c, "downloadUrl", hex, ".xml");
		address(c, "manifestUrl", hex, "/manifest");
		page_raw(c, "</xform>");
	} else {
		log_msg(LOG_WARN, "form list: %s cannot be read: %s", id, e.text);
	}
	formcache_drop(f);
	buf_free(&xml);
}

static void
form_list(struct page_call *c)
{
	cJSON *ids = cJSON_CreateObject(), *id;
	const char *only = http_query(c->req, "formID");

	if (!openrosa_speaks(c))
		goto out;
	if (ids == NULL || journal_each_form(c->ag->j, gather, ids) != 0) {
		http_error(c->res, 503, "the journal cannot be read");
		goto out;
	}
	page_raw(c, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">");
	cJSON_ArrayForEach(id, ids)
		if (only == NULL || strcmp(only, id->string) == 0)
			list_form(c, id->string);
	page_raw(c, "</xforms>\n");
out:
	cJSON_Delete(ids);
}

struct wanted { uint8_t hash[HASH_LEN]; struct buf *out; };

static int
pick(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	const struct wanted *w = ctx;

	(void)id;
	(void)version;
	if (memcmp(w->hash, hash, HASH_LEN) != 0)
		return 0;
	if (w->out != NULL)
		(void)buf_put(w->out, xml, n);
	return 1;
}

int
openrosa_form(struct page_call *c, const char *tail, struct buf *out)
{
	struct wanted w = { .out = out };
	size_t n = strlen(c->part[0]), k = strlen(tail);

	if (n == 2 * HASH_LEN + k && strcmp(c->part[0] + 2 * HASH_LEN, tail) == 0 && dec_hex(w.hash, HASH_LEN, c->part[0], 2 * HASH_LEN) == 0 &&
	    journal_each_form(c->ag->j, pick, &w) == 1)
		return 1;
	http_error(c->res, 404, "there is no such form here");
	return 0;
}

static void
form_file(struct page_call *c)
{
	if (openrosa_speaks(c))
		(void)openrosa_form(c, ".xml", c->b);
}

/* Before a phone sends anything: is this the right place, and would it need a PIN? */
static void
preflight(struct page_call *c)
{
	if (!openrosa_speaks(c))
		return;
	if (c->key != NULL)
		c->res->status = 204;
	else if (!page_plain(c) && !users_first(c->ag) && http_header(c->req, "Authorization") == NULL)
		(void)challenge(c, "请填写干部编号和密码。", "The cadre's id and PIN are needed.");
	else
		c->res->status = page_plain(c) ? 403 : 204;
}

/* ${more}: what is to be said besides, or "". */
static void
taken(struct page_call *c, enum receive_answer a, const char *more)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s%.800s", a == RECEIVE_RECORDED ? words(c, "已签名保存。", "Signed and saved.") : words(c, "已收到一部分。", "Received in part."),
	    more[0] != '\0' ? " " : "", more);
	answer(c, (unsigned)a, text);
}

static void
submission(struct page_call *c)
{
	const char *type = http_header(c->req, "Content-Type");
	char actor[ID_MAX + 1], boundary[71];
	struct multipart m = { .part = NULL };
	enum receive_answer a = RECEIVE_BAD;
	struct err e = { "" };
	struct receive_from from = { .actor = actor, .place = c->key != NULL ? c->key->place : "", .lang = c->form_lang };
	struct receive *r;

	if (!openrosa_speaks(c) || openrosa_sender(c, actor, 0) != 0)
		return;
	if ((r = lapsed(calloc(1, sizeof(*r)))) == NULL) {
		answer(c, 503, "out of memory");
		return;
	}
	if (multipart_boundary(type ? type : "", boundary, &e) == 0 && multipart_parse(&m, boundary, c->req->body, c->req->body_len, &limits, &e) == 0) {
		if (receive_open(r, &m, &e) == 0) {
			agent_lock();
			a = receive_record(c->ag, r, &from, &e);
			agent_unlock();
		}
		receive_free(r);
		multipart_free(&m);
	}
	free(r);
	if (a >= 300)
		answer(c, (unsigned)a, e.text);
	else
		taken(c, a, e.text);
}

const struct page_route page_routes_openrosa[] = {
	{ "GET", "/formList", PAGE_MACHINE, 0, form_list },
	{ "GET", "/forms/:", PAGE_MACHINE, 0, form_file },
	{ "GET", "/submission", PAGE_MACHINE | PAGE_UNLOCKED, 0, preflight },
	{ "POST", "/submission", PAGE_MACHINE | PAGE_UNLOCKED, BODY_MAX, submission },
	{ NULL, NULL, 0, 0, NULL }
};
