#include "agent/openrosa/settings.h"

#include <string.h>

#include "base/json.h"

#define JSON_MOST 1400 /* so that one stored block and one code hold it */

/* RFC 1950: the checksum at the end of a zlib stream. */
static uint32_t
adler(const uint8_t *p, size_t n)
{
	uint32_t a = 1, b = 0;

	while (n-- > 0) {
		a = (a + *p++) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* A zlib stream of one stored block: most of it is a random token, which nothing makes shorter. */
static void
deflate(struct buf *z, const char *text)
{
	size_t n = strlen(text);
	uint32_t sum = adler((const uint8_t *)text, n);
	const uint8_t head[] = { 0x78, 0x01, 0x01, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8) };
	const uint8_t tail[] = { (uint8_t)(sum >> 24), (uint8_t)(sum >> 16), (uint8_t)(sum >> 8), (uint8_t)sum };

	(void)buf_put(z, head, sizeof(head));
	(void)buf_put(z, text, n);
	(void)buf_put(z, tail, sizeof(tail));
}

/* Forms as the device has them, sent when the phone is in its network again; what is not said here Collect sets to its default. */
static char *
print(const char *server, const char *project)
{
	cJSON *o = cJSON_CreateObject(), *general = cJSON_AddObjectToObject(o, "general"), *name;
	char *text = NULL;

	(void)cJSON_AddObjectToObject(o, "admin");
	name = cJSON_AddObjectToObject(o, "project");
	if (general != NULL && name != NULL && cJSON_AddStringToObject(general, "server_url", server) != NULL &&
	    cJSON_AddStringToObject(general, "form_update_mode", "match_exactly") != NULL && cJSON_AddStringToObject(general, "autosend", "wifi_only") != NULL &&
	    cJSON_AddStringToObject(name, "name", project) != NULL)
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

int
settings_code(struct buf *out, const char *server, const char *project, struct err *e)
{
	char *text = print(server, project);
	struct buf z;
	int rc = -1;

	buf_init(&z, JSON_MOST + 16);
	if (text == NULL)
		(void)err_set(e, "out of memory");
	else if (strlen(text) > JSON_MOST)
		(void)err_set(e, "the settings for the phone are longer than %d bytes", JSON_MOST);
	else {
		deflate(&z, text);
		rc = buf_ok(&z) && buf_b64(out, z.data, z.len) == 0 ? 0 : err_set(e, "out of memory");
	}
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	cJSON_free(text);
	buf_free(&z);
	return rc;
}
