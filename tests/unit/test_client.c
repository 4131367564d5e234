#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "sync/client.h"
#include "tests/lib/maker.h"

/* A server of the test's own on loopback: it reads one request a turn, keeps it, and says what the test wrote down. */

#define TURNS_MAX 4
#define REQUEST_BYTES 65536

struct turn {
	const char *say;           /* NULL: echo the body */
	int keep;                  /* the connection stays open for the next turn */
};

static struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	struct turn turn[TURNS_MAX];
	size_t nturns, done;       /* done: turns taken, to be read after the end */
	char got[TURNS_MAX][REQUEST_BYTES];
	size_t len[TURNS_MAX], head[TURNS_MAX];
} s;

static char url[64];
static struct client *c;

/* One request, head and body, into got[i].  0, or -1 when the peer went away. */
static int
read_request(int fd, size_t i)
{
	char *p = s.got[i], *end = NULL, *length;
	size_t want = 0;
	ssize_t n;

	for (s.len[i] = 0;;) {
		if (end == NULL && (end = strstr(p, "\r\n\r\n")) != NULL) {
			s.head[i] = (size_t)(end + 4 - p);
			length = strcasestr(p, "\r\nContent-Length:");
			want = s.head[i] + (length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0);
		}
		if (end != NULL && s.len[i] >= want)
			return 0;
		if ((n = recv(fd, p + s.len[i], REQUEST_BYTES - 1 - s.len[i], 0)) <= 0)
			return -1;
		s.len[i] += (size_t)n;
		p[s.len[i]] = '\0';
	}
}

static void
say(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k)
		if ((k = send(fd, p, n, MSG_NOSIGNAL)) <= 0)
			return;
}

static void
answer(int fd, size_t i)
{
	char head[128];

	if (s.turn[i].say != NULL) {
		say(fd, s.turn[i].say, strlen(s.turn[i].say));
		return;
	}
	(void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: application/x-echo\r\nContent-Length: %zu\r\n\r\n", s.len[i] - s.head[i]);
	say(fd, head, strlen(head));
	say(fd, s.got[i] + s.head[i], s.len[i] - s.head[i]);
}

static void *
serve(void *ctx)
{
	size_t i;
	int fd = -1;

	(void)ctx;
	for (i = 0; i < s.nturns; i++) {
		if (fd < 0 && (fd = accept(s.fd, NULL, NULL)) < 0)
			break;
		if (read_request(fd, i) == 0)
			s.done++;
		answer(fd, i);
		if (!s.turn[i].keep) {
			(void)shutdown(fd, SHUT_RDWR);
			(void)close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

/* Listen, and answer these turns in a thread. */
static void
start(const struct turn *turn, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client_options o = { .timeout = 20 };
	socklen_t len = sizeof(a);
	struct err e = { "" };

	memset(&s, 0, sizeof(s));
	memcpy(s.turn, turn, n * sizeof(*turn));
	s.nturns = n;
	assert_true((s.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s.fd, 8), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&a, &len), 0);
	s.port = ntohs(a.sin_port);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", s.port);
	assert_int_equal(pthread_create(&s.thread, NULL, serve, NULL), 0);
	if ((c = client_new(url, &o, &e)) == NULL)
		fail_msg("%s", e.text);
}

static void
stop(void)
{
	client_free(c);
	(void)shutdown(s.fd, SHUT_RDWR); /* one who still waits in accept() goes */
	(void)pthread_join(s.thread, NULL);
	(void)close(s.fd);
}

static void
test_urls(void **state)
{
	static const struct { const char *url; int allow, ok; const char *why; } t[] = {
		{ "http://127.0.0.1:8080", 0, 1, NULL }, { "http://127.8.9.1/", 0, 1, NULL }, { "http://localhost", 0, 1, NULL },
		{ "http://LOCALHOST:80/x", 0, 1, NULL }, { "http://[::1]:80/", 0, 1, NULL }, { "https://county.example", 0, 1, NULL },
		{ "http://county.example", 0, 0, "off loopback" }, { "http://10.0.0.1/", 0, 0, "--allow-http" },
		{ "http://127.0.0.1.evil.example/", 0, 0, "off loopback" }, { "http://localhost.evil.example", 0, 0, "off loopback" },
		{ "http://127.0.0.1@evil.example/", 0, 0, "user names" }, { "http://localhost:80@evil.example/", 0, 0, "user names" },
		{ "https://localhost:80@evil.example/", 0, 0, "user names" }, { "http://localhost\\@evil.example/", 0, 0, "user names" },
		{ "http://localhost\\.evil.example/", 0, 0, "backslashes" }, { "http://local host/", 1, 0, "white space" }, { "http://[::1", 0, 0, "no host" },
		{ "http://[::1].evil.example/", 0, 0, "no host" }, { "http://:80/", 1, 0, "no host" }, { "http://127.0.0.1/a@b", 0, 1, NULL },
		{ "http://[::2]/", 0, 0, "off loopback" },
		{ "http://county.example", 1, 1, NULL }, { "http://10.0.0.1:80/", 1, 1, NULL }, { "http://a@county.example", 1, 0, "user names" },
		{ "ftp://county.example", 1, 0, "not http" }, { "file:///etc/passwd", 1, 0, "not http" }, { "county.example", 1, 0, "not http" },
		{ "", 1, 0, "not http" }, { "https://", 1, 0, "no host" }, { "http://", 1, 0, "no host" },
	};
	struct client_options o = { 0 };
	struct client *k;
	char longest[2000];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		o.allow_http = t[i].allow;
		e.text[0] = '\0';
		k = client_new(t[i].url, &o, &e);
		if ((k != NULL) != t[i].ok)
			fail_msg("%s was %s: %s", t[i].url, k ? "accepted" : "refused", e.text);
		if (t[i].why != NULL && strstr(e.text, t[i].why) == NULL)
			fail_msg("%s refused because: %s", t[i].url, e.text);
		client_free(k);
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "https://", 8);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(client_new(longest, &o, &e));
}

static void
test_echo(void **state)
{
	static const struct turn turns[] = { { NULL, 1 }, { NULL, 1 }, { NULL, 1 }, { NULL, 0 } };
	static uint8_t body[40000];
	struct client_result r;
	struct err e = { "" };
	struct buf out;
	size_t i;

	(void)state;
	/* neither is asked: a proxy would see who sends what */
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	for (i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	start(turns, 4);
	buf_init(&out, 100000);
	(void)buf_puts(&out, "before");
	if (client_call(c, "POST", "/v1/sync", "application/x-test", body, sizeof(body), &out, &r, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.type, "application/x-echo");
	assert_int_equal(r.retry_after, -1);
	assert_int_equal(out.len, 6 + sizeof(body));
	assert_memory_equal(out.data + 6, body, sizeof(body));
	assert_true(r.up >= s.len[0] && r.down > sizeof(body));
	buf_reset(&out);
	assert_int_equal(client_call(c, "PUT", "/v1/attachment/x", NULL, "abc", 3, &out, &r, &e), 0);
	assert_string_equal(buf_str(&out), "abc");
	buf_reset(&out);
	assert_int_equal(client_call(c, "GET", "/v1/keys", NULL, NULL, 0, &out, &r, &e), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(client_call(c, "POST", "/v1/sync", NULL, "", 0, &out, &r, &e), 0);
	stop();
	assert_int_equal(s.done, 4); /* all over one connection */
	assert_ptr_equal(strstr(s.got[0], "POST /v1/sync HTTP/1.1\r\n"), s.got[0]);
	assert_non_null(strstr(s.got[0], "\r\nContent-Type: application/x-test\r\n"));
	assert_null(strcasestr(s.got[0], "\r\nExpect:")); /* some proxies never answer it */
	assert_ptr_equal(strstr(s.got[1], "PUT /v1/attachment/x HTTP/1.1\r\n"), s.got[1]);
	assert_non_null(strstr(s.got[1], "\r\nContent-Type: application/octet-stream\r\n"));
	assert_ptr_equal(strstr(s.got[2], "GET /v1/keys HTTP/1.1\r\n"), s.got[2]);
	assert_ptr_equal(strstr(s.got[3], "POST /v1/sync HTTP/1.1\r\n"), s.got[3]);
	buf_free(&out);
	assert_int_equal(unsetenv("http_proxy"), 0);
	assert_int_equal(unsetenv("ALL_PROXY"), 0);
}

/* A whole answer is one, whatever it says: judging it is the caller's. */
static void
test_other_answers(void **state)
{
	static const struct turn turns[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=utf-8\r\nContent-Length: 14\r\n\r\n<html>hi</html", 0 },
		{ "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 0 },
		{ "HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 0 },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", 0 },
	};
	struct client_result r;
	struct err e = { "" };
	struct buf out;

	(void)state;
	start(turns, 4);
	buf_init(&out, 1000);
	assert_int_equal(client_call(c, "POST", "/", NULL, "abc", 3, &out, &r, &e), 0);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.type, "text/html");
	assert_string_equal(buf_str(&out), "<html>hi</html");
	buf_reset(&out);
	assert_int_equal(client_call(c, "POST", "/", NULL, "abc", 3, &out, &r, &e), 0);
	assert_int_equal(r.status, 302); /* and the next turn's request is not for /elsewhere */
	assert_int_equal(client_call(c, "POST", "/third", NULL, "abc", 3, &out, &r, &e), 0);
	assert_int_equal(r.status, 503);
	assert_int_equal(r.retry_after, 17);
	assert_int_equal(client_call(c, "GET", "/", NULL, NULL, 0, &out, &r, &e), 0);
	assert_string_equal(buf_str(&out), "abc");
	assert_int_equal(r.retry_after, -1);
	stop();
	assert_ptr_equal(strstr(s.got[2], "POST /third "), s.got[2]);
	buf_free(&out);
}

static void
fails(const char *answer_text, size_t max, const char *why)
{
	struct turn turn = { answer_text, 0 };
	struct client_result r;
	struct err e = { "" };
	struct buf out;

	start(&turn, 1);
	buf_init(&out, max);
	if (client_call(c, "GET", "/x", NULL, NULL, 0, &out, &r, &e) != -1)
		fail_msg("taken for an answer: %s", answer_text);
	assert_true(out.len <= max);
	assert_true(e.text[0] != '\0');
	assert_non_null(strstr(e.text, url));
	if (why != NULL && strstr(e.text, why) == NULL)
		fail_msg("%s", e.text);
	stop();
	buf_free(&out);
}

static void
test_no_answer(void **state)
{
	struct client_options o = { .timeout = 20 };
	struct client_result r;
	struct err e = { "" };
	struct buf out;

	(void)state;
	fails("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", 1000, NULL);
	fails("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nonly", 1000, NULL);
	fails("HTTP/1.1 200 OK\r\nContent-Le", 1000, NULL);
	fails("", 1000, NULL);
	fails("SSH-2.0-OpenSSH_9.2\r\n", 1000, NULL);
	fails("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 9, "longer than 9 bytes");
	fails("HTTP/1.1 200 OK\r\n\r\n0123456789", 9, "longer than 9 bytes");
	assert_non_null(c = client_new(url, &o, &e)); /* where nobody listens any more */
	buf_init(&out, 10);
	assert_int_equal(client_call(c, "GET", "/x", NULL, NULL, 0, &out, &r, &e), -1);
	client_free(c);
	buf_free(&out);
}

/* A byte now and then, for ever. */
static void *
drip(void *arg)
{
	int listening = *(int *)arg, fd = accept(listening, NULL, NULL), i;
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";

	(void)send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	for (i = 0; i < 200 && send(fd, "x", 1, MSG_NOSIGNAL) == 1; i++)
		(void)usleep(50000);
	(void)close(fd);
	return NULL;
}

static void
test_drips(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client_options o = { .timeout = 20, .patience = 1 };
	socklen_t len = sizeof(a);
	struct client_result r;
	struct err e = { "" };
	struct client *k;
	char at[64];
	pthread_t t;
	struct buf out;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(pthread_create(&t, NULL, drip, &fd), 0);
	(void)snprintf(at, sizeof(at), "http://127.0.0.1:%u", ntohs(a.sin_port));
	assert_non_null(k = client_new(at, &o, &e));
	buf_init(&out, 100000);
	assert_int_equal(client_call(k, "GET", "/x", NULL, NULL, 0, &out, &r, &e), -1);
	assert_int_equal(r.fault, CLIENT_SILENT);
	assert_true(out.len < 150);
	client_free(k);
	(void)pthread_join(t, NULL);
	(void)close(fd);
	buf_free(&out);
}

/* A kept connection that the peer closed meanwhile: the body goes again from its first byte. */
static void
test_closed_meanwhile(void **state)
{
	/* without "Connection: close": the client believes it stays open */
	static const struct turn turns[] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	struct client_result r;
	struct err e = { "" };
	struct buf out;
	int i;

	(void)state;
	start(turns, 3);
	buf_init(&out, 1000);
	for (i = 0; i < 3; i++) {
		buf_reset(&out);
		if (client_call(c, i ? "POST" : "PUT", "/x", NULL, "abcdef", 6, &out, &r, &e) != 0)
			fail_msg("%s", e.text);
		assert_string_equal(buf_str(&out), "abcdef");
	}
	stop();
	buf_free(&out);
}

/* A TLS server by the openssl command, with a key of its own; its port and the hash of its key. */
static pid_t
start_tls(const char *dir, unsigned *port, uint8_t spki[HASH_LEN])
{
	char cmd[1024], line[256] = "", path[300], *colon;
	struct buf b;
	int out[2];
	FILE *f;
	pid_t pid;

	(void)snprintf(cmd, sizeof(cmd), "cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out cert "
	    "-subj /CN=county -days 1 2>/dev/null && openssl x509 -in cert -pubkey -noout | openssl pkey -pubin -outform DER -out spki", dir);
	assert_int_equal(system(cmd), 0);
	buf_init(&b, 4096);
	(void)snprintf(path, sizeof(path), "%s/spki", dir);
	assert_int_equal(file_read(path, &b, NULL), 0);
	sha256(spki, b.data, b.len);
	buf_free(&b);
	assert_int_equal(pipe(out), 0);
	if ((pid = fork()) == 0) {
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		if (chdir(dir) == 0)
			(void)execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", "key", "-cert", "cert", "-www", (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	assert_non_null(f = fdopen(out[0], "r"));
	while (strncmp(line, "ACCEPT ", 7) != 0)
		assert_non_null(fgets(line, sizeof(line), f));
	(void)fclose(f);
	assert_non_null(colon = strrchr(line, ':'));
	*port = (unsigned)strtoul(colon + 1, NULL, 10);
	return pid;
}

static void
test_pins(void **state)
{
	uint8_t pins[2][HASH_LEN];
	struct client_options o = { .timeout = 20, .pin = (const uint8_t(*)[HASH_LEN])pins };
	struct client_result r;
	struct err e = { "" };
	char dir[256], at[64];
	struct buf out;
	unsigned port = 0;
	pid_t pid;
	size_t n;

	(void)state;
	assert_int_equal(maker_tmp(dir, sizeof(dir)), 0);
	memset(pins, 3, sizeof(pins));
	pid = start_tls(dir, &port, pins[1]);
	(void)snprintf(at, sizeof(at), "https://127.0.0.1:%u", port);
	buf_init(&out, 100000);
	for (n = 0; n <= 2; n++) { /* none; a wrong one; and the right one beside it */
		o.npins = n;
		assert_non_null(c = client_new(at, &o, &e));
		buf_reset(&out);
		assert_int_equal(client_call(c, "GET", "/", NULL, NULL, 0, &out, &r, &e), n == 1 ? -1 : 0);
		assert_int_equal(out.len > 0, n != 1);
		client_free(c);
	}
	buf_free(&out);
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
	maker_rm(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_other_answers),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_drips),
		cmocka_unit_test(test_closed_meanwhile),
		cmocka_unit_test(test_pins),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
