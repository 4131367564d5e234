#include "agent/page/defence.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int
defence_add(struct defence *d, const char *host)
{
	if (d->n == DEFENCE_NAMES_MAX || strlen(host) >= DEFENCE_NAME_MAX)
		return -1;
	(void)strcpy(d->host[d->n++], host);
	return 0;
}

int
defence_name(struct defence *d, const char *name, const char *port)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	char host[DEFENCE_NAME_MAX];
	int n = snprintf(host, sizeof(host), "%s%s", name, port);

	if (name[0] == '\0' || name[strspn(name, letters)] != '\0' || n < 0 || (size_t)n >= sizeof(host) || defence_add(d, host) != 0)
		return -1;
	return strcmp(port, d->tls ? ":443" : ":80") == 0 ? defence_add(d, name) : 0; /* browsers leave out the usual port */
}

void
defence_init(struct defence *d, const char *address, int tls)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
	const char *port = strrchr(address, ':');
	char host[DEFENCE_NAME_MAX];
	size_t i;

	memset(d, 0, sizeof(*d));
	d->tls = tls;
	(void)defence_add(d, address);
	if (strncmp(address, "127.", 4) != 0 && strncmp(address, "[::1]:", 6) != 0) {
		(void)snprintf(host, sizeof(host), "%.*s", (int)(port - address), address);
		if (strcmp(port, tls ? ":443" : ":80") == 0)
			(void)defence_add(d, host);
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(host, sizeof(host), "%s%s", names[i], port);
		(void)defence_add(d, host);
		if (strcmp(port, tls ? ":443" : ":80") == 0) /* browsers leave out the usual port */
			(void)defence_add(d, names[i]);
	}
}

/* The whole name, port and all: "127.0.0.1.evil.example:8470" begins like ours. */
static int
is_ours(const struct defence *d, const char *host)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcasecmp(d->host[i], host) == 0)
			return 1;
	return 0;
}

/* The origin of a page that this request's own host served. */
static int
same_origin(const struct defence *d, const char *origin, const char *host)
{
	const char *scheme = d->tls ? "https://" : "http://";

	return strncmp(origin, scheme, strlen(scheme)) == 0 && strcasecmp(origin + strlen(scheme), host) == 0;
}

static int
is(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

/* What changes something: only our own pages may ask for it, and the browser must say that it was one. */
static enum defence_answer
judge_unsafe(const struct defence *d, const struct defence_head *h)
{
	if (h->origin != NULL && !same_origin(d, h->origin, h->host))
		return DEFENCE_ORIGIN;
	if (h->site != NULL && !is(h->site, "same-origin"))
		return DEFENCE_ORIGIN;
	return h->origin != NULL || h->site != NULL || h->machine ? DEFENCE_GOOD : DEFENCE_ORIGIN;
}

/* What only shows something: asked for by our own pages, typed in, or by a browser too old to say. */
static enum defence_answer
judge_safe(const struct defence *d, const struct defence_head *h)
{
	int navigation = is(h->mode, "navigate") && (h->dest == NULL || is(h->dest, "document"));

	if (h->origin != NULL && !same_origin(d, h->origin, h->host))
		return DEFENCE_SITE;
	if (is(h->mode, "websocket") || (is(h->mode, "navigate") && !navigation))
		return DEFENCE_SITE;
	if (h->site == NULL || is(h->site, "same-origin"))
		return DEFENCE_GOOD;
	if (is(h->site, "none"))
		return h->mode == NULL || navigation || h->machine ? DEFENCE_GOOD : DEFENCE_SITE;
	/* "same-site" is another port of this machine: as foreign as any */
	if ((is(h->site, "cross-site") || is(h->site, "same-site")) && navigation && strcmp(h->path, "/") == 0)
		return DEFENCE_CONTINUE;
	return DEFENCE_SITE;
}

enum defence_answer
defence_judge(const struct defence *d, const struct defence_head *h)
{
	if (h->host == NULL || !is_ours(d, h->host))
		return DEFENCE_HOST;
	if (strcmp(h->method, "GET") == 0 || strcmp(h->method, "HEAD") == 0)
		return judge_safe(d, h);
	return judge_unsafe(d, h);
}

const char *
defence_words(enum defence_answer a)
{
	switch (a) {
	case DEFENCE_HOST:
		return "这里只用自己的地址访问，例如 http://127.0.0.1:8470/ 。\nThis page answers only to its own address, such as http://127.0.0.1:8470/ .";
	case DEFENCE_ORIGIN:
		return "请求不是从本页发出的，未执行。请回到首页重试。\nThis was not asked for by a page of ours; nothing was done. Go back to the home page and try again.";
	case DEFENCE_SITE:
		return "其他网站不能读取这里的内容。\nOther sites cannot read what is here.";
	case DEFENCE_GOOD:
	case DEFENCE_CONTINUE:
		break;
	}
	return "";
}
