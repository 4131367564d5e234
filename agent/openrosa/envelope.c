#include "agent/openrosa/envelope.h"

#include <string.h>

#include "web/html.h"

#define WORDS_MAX 1024

void
envelope_headers(struct http_response *res)
{
	if (res->headers.len > 0 && strstr(buf_str(&res->headers), "X-OpenRosa-Version:") != NULL)
		return;
	(void)http_add_header(res, "X-OpenRosa-Version", "1.0");
	(void)http_add_header(res, "X-OpenRosa-Accept-Content-Length", ENVELOPE_ASKED);
}

void
envelope_answer(struct http_response *res, unsigned status, const char *nature, const char *text)
{
	envelope_headers(res);
	res->status = status;
	res->type = ENVELOPE_TYPE;
	buf_reset(&res->body);
	(void)buf_printf(&res->body, "<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\" items=\"0\"><message nature=\"%s\">", nature);
	html_text(&res->body, text);
	(void)buf_puts(&res->body, "</message></OpenRosaResponse>\n");
}

void
envelope_wrap(struct http_response *res, int post)
{
	char text[WORDS_MAX + 1];
	size_t n = res->body.len < WORDS_MAX ? res->body.len : WORDS_MAX;

	if (res->status < 400 || res->type == NULL || strncmp(res->type, "text/plain", 10) != 0)
		return;
	memcpy(text, res->body.data, n);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	envelope_answer(res, res->status, post ? "submit_error" : "error", text);
}
