#include <stdio.h>
#include <string.h>

#include "agent/record/formcache.h"
#include "agent/openrosa/manifest.h"
#include "agent/page/openrosa.h"
#include "agent/page/routes.h"
#include "agent/people/users.h"
#include "base/enc.h"
#include "base/log.h"
#include "forms/media.h"

/* OpenRosa: the files beside a form (lists of places, the roster...), for phones. */

static const struct form *
find(struct page_call *c)
{
	const struct form *f = NULL;
	uint8_t hash[HASH_LEN];
	struct err e = { "" };
	struct buf xml;

	buf_init(&xml, FORM_BYTES_MAX);
	agent_lock();
	if (openrosa_form(c, "", &xml) && (dec_hex(hash, HASH_LEN, c->part[0], 2 * HASH_LEN) != 0 || (f = formcache_form(hash, xml.data, xml.len, &e)) == NULL)) {
		log_msg(LOG_WARN, "manifest: %s", e.text);
		http_error(c->res, 503, "the form cannot be read");
	}
	agent_unlock();
	buf_free(&xml);
	return f;
}

/* ${put} with the cabinet open if what is asked for needs that.  0, or -1 when it is answered. */
static int
enter(struct page_call *c, int private)
{
	char actor[ID_MAX + 1];

	return private ? openrosa_sender(c, actor, 1) : 0;
}

static void
leave(struct page_call *c, int private)
{
	if (private)
		users_sign_out(c->ag);
}

static void
manifest(struct page_call *c)
{
	char base[300];
	const struct form *f;
	int private, rc;

	if (!openrosa_speaks(c) || (f = find(c)) == NULL)
		return;
	private = manifest_private(f);
	if (enter(c, private) == 0) {
		openrosa_address(c, c->part[0], "/media/", base, sizeof(base));
		agent_lock();
		rc = manifest_put(c->ag, f, base, c->b);
		agent_unlock();
		leave(c, private);
		if (rc != 0)
			http_error(c->res, 503, "the files beside the form cannot be read");
	}
	formcache_drop(f);
}

static void
file(struct page_call *c)
{
	const char *name = c->part[1];
	const struct form *f;
	int private, rc;

	if (!openrosa_speaks(c) || (f = find(c)) == NULL)
		return;
	private = manifest_private_file(f, name);
	if (enter(c, private) == 0) {
		agent_lock();
		rc = media_name_ok(name) ? manifest_file(c->ag, f, name, c->b) : 0;
		agent_unlock();
		leave(c, private);
		c->res->type = strstr(name, ".csv") != NULL ? "text/csv; charset=utf-8" : "text/xml; charset=utf-8";
		if (rc != 1)
			http_error(c->res, rc == 0 ? 404 : 503, rc == 0 ? "there is no such file beside this form, or it is not here yet" : "it cannot be read");
	}
	formcache_drop(f);
}

const struct page_route page_routes_openrosa_files[] = {
	{ "GET", "/forms/:/manifest", PAGE_MACHINE | PAGE_UNLOCKED, 0, manifest },
	{ "GET", "/forms/:/media/:", PAGE_MACHINE | PAGE_UNLOCKED, 0, file },
	{ NULL, NULL, 0, 0, NULL }
};
