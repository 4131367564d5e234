#include "sync/client.h"

#include <ctype.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/enc.h"

#define URL_MAX 1024
#define LOW_SPEED_SECONDS 30L /* a link that moves nothing for so long is gone */
#define AGAIN_MAX 4096         /* bytes of a body that is sent again unasked */
#define KEPT_SECONDS 50L       /* a connection idle for longer the county has closed */
#define UNACKED_MS 20000      /* what the other side has not acknowledged for so long never will be */
#define CONNECT_SECONDS 30L
#define PATIENCE_SECONDS 600

struct client {
	CURL *curl;
	char url[URL_MAX];          /* without a slash at the end */
	char *pins;                 /* "sha256//B64;sha256//B64" */
	char error[CURL_ERROR_SIZE];
	struct client_options o;
	uint64_t pace;
};

/* One exchange while it runs. */
struct exchange {
	const uint8_t *body;
	size_t len, at;
	struct buf *out;
	struct client_result *r;
	int too_long;
	int64_t began, patience;    /* ms */
	int headed;                 /* the empty line behind the header came */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Is the host part of an http URL this machine itself? */
static int
is_loopback(const char *host, size_t n)
{
	if (n >= 3 && host[0] == '[')
		return n == 5 && memcmp(host, "[::1]", 5) == 0;
	if (n == 9 && strncasecmp(host, "localhost", 9) == 0)
		return 1;
	/* 127.a.b.c and nothing that only begins so */
	return n >= 7 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= n;
}

static int
judge_url(const char *url, const struct client_options *o, struct err *e)
{
	const char *host;
	size_t n, all, i;

	if (strlen(url) >= URL_MAX)
		return err_set(e, "url: longer than %d characters", URL_MAX - 1);
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return err_set(e, "url %s: not http:// or https://", url);
	host = strchr(url, ':') + 3;
	/* judged as a whole, so that no other reading of it leads elsewhere */
	all = strcspn(host, "/?#");
	if (memchr(host, '@', all) != NULL)
		return err_set(e, "url %s: user names have no place in it", url);
	for (i = 0; url[i] != '\0'; i++)
		if ((unsigned char)url[i] <= ' ' || url[i] == '\\' || url[i] == 0x7f)
			return err_set(e, "url: white space, control characters and backslashes have no place in it");
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	if (n == 0 || n > all || (n < all && host[n] != ':'))
		return err_set(e, "url %s: names no host", url);
	if (url[4] == ':' && !o->allow_http && !is_loopback(host, n))
		return err_set(e, "url %s: plain http is refused off loopback; use https, or allow it by name (--allow-http)", url);
	return 0;
}

static char *
pin_text(const struct client_options *o)
{
	struct buf b;
	size_t i;

	buf_init(&b, 4096);
	for (i = 0; i < o->npins; i++) {
		(void)buf_puts(&b, i ? ";sha256//" : "sha256//");
		(void)buf_b64(&b, o->pin[i], HASH_LEN);
	}
	return (char *)buf_take(&b);
}

struct client *
client_new(const char *url, const struct client_options *o, struct err *e)
{
	struct client *c;
	size_t n = strlen(url);

	(void)pthread_once(&once, start_curl);
	if (judge_url(url, o, e) != 0)
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL || (c->curl = curl_easy_init()) == NULL) {
		free(c);
		(void)err_set(e, "out of memory");
		return NULL;
	}
	memcpy(c->url, url, n + 1);
	while (n > 0 && c->url[n - 1] == '/')
		c->url[--n] = '\0';
	c->o = *o;
	if (o->npins > 0 && (c->pins = pin_text(o)) == NULL) {
		client_free(c);
		(void)err_set(e, "out of memory");
		return NULL;
	}
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c->pins);
	free(c);
}

static size_t
give_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t room = size * n, left = x->len - x->at, k = left < room ? left : room;

	memcpy(p, x->body + x->at, k);
	x->at += k;
	return k;
}

/* A kept connection that the peer has closed makes curl send the body again: a short one may; of a long one it is asked first what came. */
static int
seek_body(void *ctx, curl_off_t offset, int origin)
{
	struct exchange *x = ctx;

	if (x->at > 0 && x->len > AGAIN_MAX)
		return CURL_SEEKFUNC_FAIL;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > x->len)
		return CURL_SEEKFUNC_FAIL;
	x->at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* 1 ends the exchange. */
static int
too_slow(void *ctx, curl_off_t all_down, curl_off_t down, curl_off_t all_up, curl_off_t up)
{
	const struct exchange *x = ctx;

	(void)all_down;
	(void)all_up;
	return clock_mono() - x->began > x->patience + (down + up) * 1000 / CLIENT_LEAST_RATE;
}

static size_t
take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	if (buf_put(x->out, p, size * n) != 0) {
		x->too_long = 1;
		return 0;
	}
	return size * n;
}

static void
take_offset(struct client_result *r, const char *p, size_t n)
{
	uint64_t v;

	for (; n > 0 && (*p == ' ' || *p == '\t'); n--)
		p++;
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r' || p[n - 1] == ' '))
		n--;
	if (dec_u64(&v, p, n) == 0 && v <= INT64_MAX)
		r->upload_offset = (int64_t)v;
}

static size_t
take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	size_t len = size * n;

	if (len >= 5 && memcmp(p, "HTTP/", 5) == 0)
		x->headed = 0; /* a 1xx before it was another */
	else if (len > 14 && strncasecmp(p, "Upload-Offset:", 14) == 0)
		take_offset(x->r, p + 14, len - 14);
	else if (len > 16 && strncasecmp(p, "Upload-Complete:", 16) == 0)
		x->r->upload_complete = memmem(p + 16, len - 16, "?1", 2) != NULL;
	else if (len <= 2 && p[len - 1] == '\n')
		x->headed = 1;
	return len;
}

/* The kernel's own pacing: a queue that fills up costs bytes sent twice. */
static void
set_pace(curl_socket_t fd, uint64_t pace)
{
	unsigned rate = pace == 0 || pace > UINT32_MAX ? UINT32_MAX : (unsigned)pace;

	(void)setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate));
}

/* A line that died says nothing: without this the kernel sends the same again for a quarter of an hour. */
static int
set_socket(void *ctx, curl_socket_t fd, curlsocktype what)
{
	const struct client *c = ctx;
	unsigned ms = UNACKED_MS;

	(void)what;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	if (c->pace > 0)
		set_pace(fd, c->pace);
	return CURL_SOCKOPT_OK;
}

/* Also for the connection that is kept. */
static void
change_pace(struct client *c, uint64_t pace)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (pace == c->pace)
		return;
	c->pace = pace;
	if (curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
		set_pace(fd, pace);
}

static void
set_common(struct client *c, struct exchange *x, const char *url, struct curl_slist *headers)
{
	CURL *h = c->curl;

	curl_easy_reset(h); /* keeps the connection cache */
	c->error[0] = '\0';
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(h, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	(void)curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_SECONDS);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT, c->o.timeout);
	(void)curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, too_slow);
	(void)curl_easy_setopt(h, CURLOPT_XFERINFODATA, x);
	(void)curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, set_socket);
	(void)curl_easy_setopt(h, CURLOPT_SOCKOPTDATA, c);
	(void)curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, KEPT_SECONDS);
	(void)curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	/* the pin is the proof: a county's certificate has no issuer, and no date locks a village out */
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	if (c->pins != NULL)
		(void)curl_easy_setopt(h, CURLOPT_PINNEDPUBLICKEY, c->pins);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
}

static void
set_method(struct client *c, struct exchange *x, const char *method)
{
	CURL *h = c->curl;

	if (strcmp(method, "GET") == 0)
		return;
	if (strcmp(method, "HEAD") == 0) {
		(void)curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
		return;
	}
	if (strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0) {
		(void)curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
		(void)curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->len);
	} else {
		(void)curl_easy_setopt(h, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->len);
	}
	(void)curl_easy_setopt(h, CURLOPT_READFUNCTION, give_body);
	(void)curl_easy_setopt(h, CURLOPT_READDATA, x);
	(void)curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, seek_body);
	(void)curl_easy_setopt(h, CURLOPT_SEEKDATA, x);
}

static void
take_result(struct client *c, struct client_result *r)
{
	curl_off_t up = 0, down = 0, retry = 0;
	long request = 0, header = 0;
	char *type = NULL;
	size_t i;

	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &r->status);
	(void)curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(c->curl, CURLINFO_SIZE_UPLOAD_T, &up);
	(void)curl_easy_getinfo(c->curl, CURLINFO_SIZE_DOWNLOAD_T, &down);
	(void)curl_easy_getinfo(c->curl, CURLINFO_REQUEST_SIZE, &request);
	(void)curl_easy_getinfo(c->curl, CURLINFO_HEADER_SIZE, &header);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &retry);
	r->up = (uint64_t)up + (uint64_t)request;
	r->down = (uint64_t)down + (uint64_t)header;
	r->retry_after = retry > 0 ? (long)retry : -1;
	for (i = 0; type != NULL && type[i] != '\0' && type[i] != ';' && type[i] != ' ' && i + 1 < sizeof(r->type); i++)
		r->type[i] = (char)tolower((unsigned char)type[i]);
}

static enum client_fault
fault_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return CLIENT_NO_NAME;
	case CURLE_COULDNT_CONNECT:
	case CURLE_INTERFACE_FAILED:
		return CLIENT_NO_ROUTE;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
		return CLIENT_TLS;
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return CLIENT_PIN;
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_ABORTED_BY_CALLBACK: /* too_slow() */
		return CLIENT_SILENT;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return CLIENT_NOT_HTTP;
	default:
		return CLIENT_CUT;
	}
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *more = curl_slist_append(list, line);

	return more != NULL ? more : list;
}

/* What goes before the body.  Without memory for one, the server refuses what it misses. */
static struct curl_slist *
headers_of(const char *type, const void *body, const struct client_upload *u)
{
	struct curl_slist *l = curl_slist_append(NULL, "Expect:"); /* some proxies never answer 100-continue */
	char line[192];

	if (l != NULL)
		l = add_header(l, "Accept:"); /* nothing is said that nobody asks */
	if (body != NULL) {
		(void)snprintf(line, sizeof(line), "Content-Type: %s", type ? type : "application/octet-stream");
		l = add_header(l, line);
	}
	if (u == NULL)
		return l;
	(void)snprintf(line, sizeof(line), "Upload-Length: %llu", (unsigned long long)u->length);
	l = add_header(l, line);
	if (body == NULL)
		return l;
	(void)snprintf(line, sizeof(line), "Upload-Offset: %llu", (unsigned long long)u->offset);
	l = add_header(l, line);
	return add_header(l, u->complete ? "Upload-Complete: ?1" : "Upload-Complete: ?0");
}

static int
perform(struct client *c, const char *method, const char *path, const char *type, const struct client_upload *u, const void *body, size_t n,
    struct buf *out, struct client_result *r, struct err *e)
{
	struct exchange x = { .body = body, .len = n, .out = out, .r = r, .began = clock_mono(), .patience = 1000 * (int64_t)(c->o.patience > 0 ? c->o.patience : PATIENCE_SECONDS) };
	struct curl_slist *headers;
	char url[URL_MAX + 512];
	CURLcode rc;

	memset(r, 0, sizeof(*r));
	r->retry_after = -1;
	r->upload_offset = -1;
	if ((size_t)snprintf(url, sizeof(url), "%s%s", c->url, path) >= sizeof(url))
		return err_set(e, "url: %s%s is too long", c->url, path);
	headers = headers_of(type, body, u);
	change_pace(c, u != NULL ? u->pace : 0);
	set_common(c, &x, url, headers);
	set_method(c, &x, method);
	rc = curl_easy_perform(c->curl);
	take_result(c, r);
	curl_slist_free_all(headers);
	r->fault = x.too_long ? CLIENT_LONG : rc != CURLE_OK ? fault_of(rc) : x.headed ? CLIENT_CAME : CLIENT_CUT;
	if (x.too_long)
		return err_set(e, "%s: the answer is longer than %zu bytes", url, out->max);
	if (rc != CURLE_OK)
		return err_set(e, "%s: %s", url, c->error[0] ? c->error : curl_easy_strerror(rc));
	if (!x.headed)
		return err_set(e, "%s: the answer was cut in its header", url);
	return 0;
}

int
client_call(struct client *c, const char *method, const char *path, const char *type, const void *body, size_t n, struct buf *out, struct client_result *r, struct err *e)
{
	return perform(c, method, path, type, NULL, body, n, out, r, e);
}

int
client_part(struct client *c, const char *method, const char *path, const struct client_upload *u, const void *body, size_t n, struct buf *out,
    struct client_result *r, struct err *e)
{
	return perform(c, method, path, "application/partial-upload", u, body, n, out, r, e);
}
