#include "agent/page/key.h"

#include <stdio.h>
#include <string.h>

#include "agent/openrosa/envelope.h"
#include "agent/page/lan.h"
#include "agent/page/routes.h"
#include "agent/people/users.h"
#include "base/clock.h"

static const char no_token[] = "请在设备上为这部手机生成 Collect 二维码（tally-agent pair --collect）。\nThis phone has no token of this device, or it was revoked: pair it with 'tally-agent pair --collect'.";
static const char too_many[] = "令牌错误次数过多，请稍后再试。\nToo many wrong tokens from here; wait, then try again.";

const char *
key_rest(const char *path, char token[PHONE_TOKEN_HEX + 1])
{
	static const char head[] = "/key/";
	size_t n;

	token[0] = '\0';
	if (strncmp(path, head, sizeof(head) - 1) != 0)
		return NULL;
	path += sizeof(head) - 1;
	if ((n = strcspn(path, "/")) == PHONE_TOKEN_HEX) {
		memcpy(token, path, n);
		token[n] = '\0';
	}
	return path[n] == '/' ? path + n : "/";
}

static int
is_openrosa(const struct page_route *r)
{
	static const struct page_route *const tables[] = { page_routes_openrosa, page_routes_openrosa_files };
	const struct page_route *x;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (x = tables[i]; x->method != NULL; x++)
			if (x == r)
				return 1;
	return 0;
}

int
key_openrosa(const char *path)
{
	char token[PHONE_TOKEN_HEX + 1];
	int known;

	return key_rest(path, token) != NULL || is_openrosa(page_route("GET", path, &known)) || is_openrosa(page_route("POST", path, &known));
}

static int
refuse(struct http_response *res, unsigned status, const char *text)
{
	http_error(res, status, text);
	return -1;
}

static int
nothing(struct http_response *res, const char *rest)
{
	return key_openrosa(rest) ? refuse(res, 405, "这里不接受这种请求。\nThis path does not take that.") : refuse(res, 404, "没有这一项。\nNothing is here.");
}

static const char *
plain_words(const struct http_request *r)
{
	return strcmp(r->lang, "en") == 0 ? "This connection is not encrypted; records are not taken over it (docs/agent.md, Phones with ODK Collect)." :
	    "此连接未加密，不接收记录（见 docs/agent.md）。";
}

int
key_admit(const struct page_door *d, const struct http_request *r, struct http_response *res, size_t *body_max)
{
	struct phones *p = d->page->ag->phones;
	char token[PHONE_TOKEN_HEX + 1];
	const char *rest = key_rest(r->path, token);
	struct http_request inner = *r;
	struct phone who;
	int known, good;

	if (!d->tls && !d->collect_http)
		return refuse(res, 403, plain_words(r));
	if (rest == NULL)
		return refuse(res, 401, no_token);
	if (guesses_wait(phones_guesses(p), r->peer, clock_mono()) > 0)
		return refuse(res, 403, too_many);
	if (!(good = phones_by_token(p, token, &who)))
		guesses_wrong(phones_guesses(p), r->peer, clock_mono());
	else
		guesses_right(phones_guesses(p), r->peer);
	explicit_bzero(token, sizeof(token));
	if (!good)
		return refuse(res, 401, no_token);
	inner.path = rest;
	if (!is_openrosa(page_route(r->method, rest, &known)))
		return nothing(res, rest);
	return page_judge(d, &inner, res, body_max);
}

int
key_enter(struct page_call *c, struct http_request *inner, struct phone *who)
{
	char token[PHONE_TOKEN_HEX + 1];
	const char *rest = key_rest(c->req->path, token);
	struct user x;
	int known, found;

	found = c->ag->phones != NULL && phones_by_token(c->ag->phones, token, who); /* it may have been revoked since its head was admitted */
	if (found)
		(void)snprintf(c->base, sizeof(c->base), "/key/%s", token);
	explicit_bzero(token, sizeof(token));
	if (!found)
		return refuse(c->res, 401, no_token);
	if (!is_openrosa(page_route(c->req->method, rest, &known)))
		return nothing(c->res, rest);
	*inner = *c->req;
	inner->path = rest;
	c->req = inner;
	c->key = who;
	c->peer.phone = who->number;
	if (who->user[0] == '\0' ? users_first(c->ag) : users_get(c->ag, who->user, &x) == 1 && !x.disabled)
		return 0;
	return refuse(c->res, 403, c->form_lang == FORM_EN ? "The cadre for whom this phone was paired may not record here any more. What you filled in stays on the phone; have it paired anew." :
	    "这部手机所属的干部已不能在此记录。填好的内容仍在手机上，请重新配对后再发。");
}
