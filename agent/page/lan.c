#include "agent/page/lan.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "agent/page/cookie.h"
#include "agent/page/key.h"
#include "agent/page/serve.h"
#include "agent/people/phones.h"
#include "base/log.h"
#include "crypto/sign.h"
#include "web/address.h"

/* Is it a paired phone, and under which secret?  1 or 0. */
static int
known_phone(const struct page_door *d, const struct http_request *r, struct phone *who, char secret[PHONE_SECRET_HEX + 1])
{
	const char *at = http_header(r, "Cookie");
	int found = 0;

	while (at != NULL && !found && cookie_next(&at, d->phone, secret, PHONE_SECRET_HEX))
		found = phones_find(d->page->ag->phones, secret, who);
	return found;
}

/* The one page for who is not paired yet; a link that is only looked at (HEAD) is not used up. */
static int
pairs(const char *method, const struct page_route *r)
{
	return r != NULL && strcmp(method, "GET") == 0 && strcmp(r->pattern, "/pair/:") == 0;
}

static int
paired(void *ctx, uint32_t number)
{
	struct phone all[PHONES_MAX];
	size_t i, n = phones_list(ctx, all);

	for (i = 0; i < n && all[i].number != number; i++)
		;
	return i < n;
}

void
lan_expire(struct page *p)
{
	if (p->ag->phones != NULL)
		session_end_phones(p->sessions, paired, p->ag->phones);
}

const char *
lan_plain_words(const char *lang)
{
	return tr(lang, "Nothing personal is shown or taken over this connection, because it is not encrypted: no sign-in, no PIN, no records. To have it encrypted, whoever looks after the device starts the agent with --lan-cert FILE and --lan-key FILE; docs/agent.md says how to make the two files.");
}

int
lan_peer(struct page_call *c, const struct page_route *r)
{
	char secret[PHONE_SECRET_HEX + 1];
	struct phone who;

	if (known_phone(c->door, c->req, &who, secret)) {
		c->peer.phone = who.number;
		if (strcmp(c->req->path, "/") == 0)
			page_cookie(c, c->door->phone, secret, LAN_COOKIE); /* its days begin anew */
		wipe(secret, sizeof(secret));
	} else if (!pairs(c->req->method, r))
		return -1; /* revoked since its head was admitted */
	return r != NULL && (r->flags & PAGE_MACHINE) && !(r->flags & PAGE_PLAIN) ? -1 : 0;
}

static int
admit(void *ctx, const struct http_request *r, struct http_response *res, size_t *body_max)
{
	const struct page_door *d = ctx;
	char secret[PHONE_SECRET_HEX + 1];
	struct phone who;
	int known;

	if (key_openrosa(r->path))
		return key_admit(d, r, res, body_max);
	if (!known_phone(d, r, &who, secret) && !pairs(r->method, page_route(r->method, r->path, &known))) {
		http_error(res, 403, LAN_WORDS);
		return -1;
	}
	return page_judge(d, r, res, body_max);
}

/* One address of this machine, and not one that is meant for itself or for all: Host must name it. */
static int
check_address(const char *text, struct err *e)
{
	struct sockaddr_storage a;
	int any;

	if (address_parse(&a, text, e) != 0)
		return err_add(e, "--lan");
	any = a.ss_family == AF_INET ? ((const struct sockaddr_in *)(const void *)&a)->sin_addr.s_addr == htonl(INADDR_ANY) :
	    IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)(const void *)&a)->sin6_addr) || IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)(const void *)&a)->sin6_addr);
	if (any || address_loopback((const struct sockaddr *)&a))
		return err_set(e, "--lan %.100s: one address of this machine on the village's network, not loopback and not all addresses", text);
	return 0;
}

/* Its names beside the address; the first is what links say. */
static int
take_names(struct page_door *d, const struct args *a, struct err *e)
{
	const char *address = http_address(d->http), *port = strrchr(address, ':');
	char origin[PHONE_ORIGIN_MAX];
	size_t i;

	for (i = 0; i < opt_count(a, "lan-name"); i++)
		if (defence_name(&d->defence, opt_nth(a, "lan-name", i), port) != 0)
			return err_set(e, "--lan-name %.80s: not a name without a port, or more than %d of them", opt_nth(a, "lan-name", i), DEFENCE_NAMES_MAX - 2);
	if (i > 0)
		(void)snprintf(origin, sizeof(origin), "%s://%s%s", d->tls ? "https" : "http", opt_nth(a, "lan-name", 0), port);
	else
		(void)snprintf(origin, sizeof(origin), "%s://%s", d->tls ? "https" : "http", address);
	(void)snprintf(d->phone, sizeof(d->phone), "paired%s", port + 1);
	phones_serve(d->page->ag->phones, origin, d->tls || d->collect_http);
	return 0;
}

int
lan_start(struct page *p, const struct args *a, struct err *e)
{
	const char *cert = opt_get(a, "lan-cert"), *key = opt_get(a, "lan-key");
	char path[2][4096];
	struct http_options o = { .listen = opt_get(a, "lan"), .admit = admit, .early = 1, .per_address = 32, .connections = 128 };

	if (o.listen == NULL)
		return cert == NULL && key == NULL && opt_count(a, "lan-name") == 0 && opt_get(a, "lan-collect-http") == NULL ? 0 :
		    err_set(e, "--lan-cert, --lan-key, --lan-name, --lan-collect-http: only with --lan ADDR:PORT");
	if ((cert == NULL) != (key == NULL))
		return err_set(e, "--lan-cert and --lan-key go together");
	if (cert != NULL && opt_get(a, "lan-collect-http") != NULL)
		return err_set(e, "--lan-collect-http: not with --lan-cert, which needs no such leave");
	if (check_address(o.listen, e) != 0)
		return -1;
	if (cert != NULL && (opt_path(a, cert, path[0], sizeof(path[0])) != 0 || opt_path(a, key, path[1], sizeof(path[1])) != 0))
		return err_set(e, "--lan-cert, --lan-key: the path is too long");
	o.tls_cert = cert != NULL ? path[0] : NULL;
	o.tls_key = cert != NULL ? path[1] : NULL;
	if ((p->ag->phones = phones_open(p->ag->dir, e)) == NULL)
		return -1;
	if (e->text[0] != '\0')
		log_msg(LOG_WARN, "%s", e->text);
	p->lan.lan = 1;
	p->lan.tls = cert != NULL;
	p->lan.collect_http = opt_get(a, "lan-collect-http") != NULL;
	if (page_serve(&p->lan, &o, e) != 0)
		return err_add(e, "--lan");
	if (!p->lan.tls)
		log_msg(LOG_WARN, p->lan.collect_http ? "--lan-collect-http: what phones with Collect send can be read by whoever is in that network, and their tokens taken" :
		    "--lan without --lan-cert and --lan-key: nothing personal is shown or taken there");
	return take_names(&p->lan, a, e);
}
