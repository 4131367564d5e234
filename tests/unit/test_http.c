/* Goal: the server takes only what a route allows, hands on what a broken-off sender left, ends slow senders, and answers everybody else meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "web/address.h"
#include "web/http.h"
#include "web/http_parts.h"
#include "web/peers.h"

/* What handlers saw. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static size_t cut_len;
static int cuts, whole, gate;
static char seen[128];

static void
echo(void *ctx, const struct http_request *r, struct http_response *res)
{
	(void)ctx;
	res->type = "application/octet-stream";
	(void)buf_put(&res->body, r->body, r->body_len);
}

static void
show(void *ctx, const struct http_request *r, struct http_response *res)
{
	const char *q = http_query(r, "q"), *h = http_header(r, "X-Test");

	res->type = "text/plain";
	assert_int_equal(http_add_header(res, "X-Answer", "yes"), 0);
	assert_int_equal(http_add_header(res, "X-Bad", "a\r\nSet-Cookie: b"), -1);
	(void)buf_printf(&res->body, "%s %s lang=%s q=%s h=%s loop=%d ctx=%s", r->method, r->path, r->lang, q ? q : "-", h ? h : "-",
	    r->loopback, (const char *)ctx);
}

static void
partial(void *ctx, const struct http_request *r, struct http_response *res)
{
	(void)ctx;
	(void)res;
	(void)pthread_mutex_lock(&lock);
	if (r->truncated) {
		cut_len = r->body_len;
		cuts++;
		(void)snprintf(seen, sizeof(seen), "%.*s", (int)(r->body_len < 20 ? r->body_len : 20), (const char *)r->body);
		assert_null(http_header(r, "Host"));
	} else {
		whole++;
	}
	(void)pthread_cond_broadcast(&news);
	(void)pthread_mutex_unlock(&lock);
}

/* Waits until the test opens the gate. */
static void
slow(void *ctx, const struct http_request *r, struct http_response *res)
{
	(void)ctx;
	(void)r;
	(void)pthread_mutex_lock(&lock);
	while (!gate)
		(void)pthread_cond_wait(&news, &lock);
	(void)pthread_mutex_unlock(&lock);
	http_error(res, 200, "slow");
}

static const struct http_route routes[] = {
	{ "POST", "/echo", 1000, "application/x-test", 0, echo },
	{ "PUT", "/any/*", 10, NULL, 0, echo },
	{ "GET", "/show/*", 0, NULL, 0, show },
	{ "GET", "/", 0, NULL, 0, show },
	{ "POST", "/partial", 100000, NULL, 1, partial },
	{ "GET", "/slow", 0, NULL, 0, slow },
	{ NULL, NULL, 0, NULL, 0, NULL }
};

static struct http_server *
serve_with(struct http_options o)
{
	static char word[] = "word";
	struct err e = { "" };
	struct http_server *s;

	o.listen = "127.0.0.1:0";
	o.routes = routes;
	o.ctx = word;
	s = http_start(&o, &e);

	if (s == NULL)
		fail_msg("%s", e.text);
	return s;
}

static struct http_server *
serve(unsigned idle, unsigned total, unsigned threads, unsigned per_address)
{
	return serve_with((struct http_options){ .threads = threads, .idle_s = idle, .total_s = total, .per_address = per_address });
}

static int
dial(const struct http_server *s)
{
	struct timeval limit = { .tv_sec = 10 };
	struct sockaddr_storage a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(address_parse(&a, http_address(s), NULL), 0);
	assert_int_not_equal(address_port(&a), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(struct sockaddr_in)), 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static void
say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Everything until the peer closes, as a string in a static buffer. */
static const char *
hear(int fd)
{
	static char got[65536];
	size_t n = 0;
	ssize_t k;

	while (n < sizeof(got) - 1 && (k = recv(fd, got + n, sizeof(got) - 1 - n, 0)) > 0)
		n += (size_t)k;
	got[n] = '\0';
	(void)close(fd);
	return got;
}

static const char *
ask(const struct http_server *s, const char *text)
{
	int fd = dial(s);

	say(fd, text);
	return hear(fd);
}

#define END "Host: x\r\nConnection: close\r\n"

static void
expect(const struct http_server *s, const char *text, const char *status)
{
	const char *got = ask(s, text);

	if (strncmp(got + 9, status, 3) != 0)
		fail_msg("asked %.60s, wanted %s, got %.200s", text, status, got);
}

static void
test_statuses(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);

	(void)state;
	expect(s, "GET / HTTP/1.1\r\n" END "\r\n", "200");
	expect(s, "HEAD / HTTP/1.1\r\n" END "\r\n", "200");
	expect(s, "GET /nothing HTTP/1.1\r\n" END "\r\n", "404");
	expect(s, "GET /show/../x HTTP/1.1\r\n" END "\r\n", "400");
	expect(s, "GET /show/%2e%2e/x HTTP/1.1\r\n" END "\r\n", "400");
	expect(s, "GET /show/%01 HTTP/1.1\r\n" END "\r\n", "400");
	expect(s, "DELETE /echo HTTP/1.1\r\n" END "\r\n", "405");
	assert_non_null(strstr(ask(s, "GET /echo HTTP/1.1\r\n" END "\r\n"), "Allow: POST"));
	expect(s, "POST /echo HTTP/1.1\r\n" END "Content-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", "415");
	expect(s, "POST /echo HTTP/1.1\r\n" END "Content-Length: 2\r\n\r\nhi", "415");
	expect(s, "POST /echo HTTP/1.1\r\n" END "Content-Type: Application/X-Test; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi", "200");
	expect(s, "GET / HTTP/1.1\r\n" END "Content-Length: 2\r\n\r\nhi", "413");
	http_stop(s);
}

static void
test_body_limits(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);

	(void)state;
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 10\r\n\r\n0123456789", "200");
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 11\r\n\r\n0123456789x", "413");
	/* by count: the header tells no length */
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", "200");
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", "413");
	/* a body that nobody wants is not waited for when it is long or the sender asks first */
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 99999999999\r\n\r\n", "413");
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 99\r\nExpect: 100-continue\r\n\r\n", "413");
	expect(s, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 2\r\nExpect: wonders\r\n\r\nhi", "417");
	http_stop(s);
}

static void
test_expect(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);
	int fd = dial(s);
	char got[64] = "";
	const char *rest;

	(void)state;
	say(fd, "PUT /any/a HTTP/1.1\r\n" END "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	assert_non_null(strstr(got, " 100 "));
	say(fd, "hi");
	rest = hear(fd);
	assert_non_null(strstr(rest, " 200 "));
	assert_non_null(strstr(rest, "\r\n\r\nhi"));
	http_stop(s);
}

static void
test_what_handlers_see(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);

	(void)state;
	assert_non_null(strstr(ask(s, "GET /show/a%20b?q=1%202 HTTP/1.1\r\n" END "X-Test: t\r\n\r\n"), "GET /show/a b lang=zh q=1 2 h=t loop=1 ctx=word"));
	assert_non_null(strstr(ask(s, "GET / HTTP/1.1\r\n" END "Accept-Language: en-GB,zh;q=0.5\r\n\r\n"), "lang=en"));
	assert_non_null(strstr(ask(s, "GET / HTTP/1.1\r\n" END "Accept-Language: en;q=0.4,zh;q=0.5\r\n\r\n"), "lang=zh"));
	assert_non_null(strstr(ask(s, "GET / HTTP/1.1\r\n" END "Cookie: lang=en\r\n\r\n"), "lang=en"));
	assert_non_null(strstr(ask(s, "GET /?lang=zh HTTP/1.1\r\n" END "Cookie: lang=en\r\n\r\n"), "lang=zh"));
	assert_non_null(strstr(ask(s, "GET / HTTP/1.1\r\n" END "\r\n"), "X-Answer: yes"));
	assert_null(strstr(ask(s, "GET / HTTP/1.1\r\n" END "\r\n"), "X-Bad"));
	http_stop(s);
}

static void
test_security_headers(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);
	static const char *const want[] = { "Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
		"Cache-Control: no-store", "frame-ancestors 'none'", "Referrer-Policy: same-origin" };
	static const char *const pages[] = { "GET / HTTP/1.1\r\n" END "\r\n", "GET /nothing HTTP/1.1\r\n" END "\r\n" };
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++)
		for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
			assert_non_null(strstr(ask(s, pages[k]), want[i]));
	assert_null(strstr(ask(s, pages[0]), "Access-Control"));
	http_stop(s);
}

static void
wait_for_cuts(int n)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 8;
	(void)pthread_mutex_lock(&lock);
	while (cuts < n)
		if (pthread_cond_timedwait(&news, &lock, &until) != 0)
			break;
	assert_int_equal(cuts, n);
	(void)pthread_mutex_unlock(&lock);
}

static void
test_cut_bodies(void **state)
{
	struct http_server *s = serve(5, 20, 2, 0);
	int fd = dial(s);

	(void)state;
	cuts = whole = 0;
	say(fd, "POST /partial HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nfirst part");
	(void)shutdown(fd, SHUT_WR);
	wait_for_cuts(1);
	assert_int_equal(cut_len, 10);
	assert_string_equal(seen, "first part");
	(void)close(fd);
	/* a chunked one */
	fd = dial(s);
	say(fd, "POST /partial HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nfg");
	usleep(100000);
	(void)close(fd);
	wait_for_cuts(2);
	assert_int_equal(memcmp(seen, "abcde", 5), 0);
	/* a whole one, and a cut one for a route that does not ask: no cut is told */
	expect(s, "POST /partial HTTP/1.1\r\n" END "Content-Length: 2\r\n\r\nhi", "200");
	fd = dial(s);
	say(fd, "PUT /any/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123");
	(void)close(fd);
	/* stopping hands on what came, too */
	fd = dial(s);
	say(fd, "POST /partial HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nhalf");
	usleep(200000);
	http_stop(s);
	assert_int_equal(cuts, 3);
	assert_int_equal(whole, 1);
	(void)close(fd);
}

static void
test_slow_senders(void **state)
{
	struct http_server *s = serve(30, 1, 2, 0);
	int64_t began = parts_clock();
	int head = dial(s), body = dial(s), i;

	(void)state;
	cuts = 0;
	say(head, "GET / HTTP/1.1\r\nX-A: ");
	say(body, "POST /partial HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n");
	for (i = 0; i < 12; i++) {
		usleep(100000);
		say(head, "a");
		say(body, "b");
	}
	assert_null(strstr(hear(head), " 200 "));
	assert_null(strstr(hear(body), " 200 "));
	assert_true(parts_clock() - began < 6000);
	wait_for_cuts(1);
	assert_true(cut_len > 0 && cut_len < 20);
	http_stop(s);
}

static void
test_idle(void **state)
{
	struct http_server *s = serve(1, 30, 2, 0);
	int64_t began = parts_clock();
	int fd = dial(s);

	(void)state;
	say(fd, "GET / HTTP/1.1\r\n");
	(void)hear(fd);
	assert_true(parts_clock() - began < 6000);
	http_stop(s);
}

static void
test_waiting_blocks_nobody(void **state)
{
	struct http_server *s = serve(1, 1, 2, 0);
	int fd = dial(s);

	(void)state;
	gate = 0;
	say(fd, "GET /slow HTTP/1.1\r\n" END "\r\n");
	usleep(100000);
	expect(s, "GET / HTTP/1.1\r\n" END "\r\n", "200");
	/* neither time-out counts while the worker has it */
	usleep(2300000);
	(void)pthread_mutex_lock(&lock);
	gate = 1;
	(void)pthread_cond_broadcast(&news);
	(void)pthread_mutex_unlock(&lock);
	assert_non_null(strstr(hear(fd), "slow"));
	http_stop(s);
}

static void *
open_gate(void *arg)
{
	(void)arg;
	usleep(300000);
	(void)pthread_mutex_lock(&lock);
	gate = 1;
	(void)pthread_cond_broadcast(&news);
	(void)pthread_mutex_unlock(&lock);
	return NULL;
}

static void
test_stop_finishes_requests(void **state)
{
	struct http_server *s = serve(5, 20, 1, 0);
	pthread_t t;
	int fd = dial(s);

	(void)state;
	gate = 0;
	say(fd, "GET /slow HTTP/1.1\r\n" END "\r\n");
	usleep(100000);
	assert_int_equal(pthread_create(&t, NULL, open_gate, NULL), 0);
	http_stop(s);
	(void)pthread_join(t, NULL);
	assert_non_null(strstr(hear(fd), " 200 "));
}

static void
test_connections_of_one_address(void **state)
{
	struct http_server *s = serve(5, 20, 2, 3);
	int fd[3], i, extra;

	(void)state;
	for (i = 0; i < 3; i++) {
		fd[i] = dial(s);
		say(fd[i], "GET / HTTP/1.1\r\n");
	}
	usleep(200000);
	extra = dial(s);
	say(extra, "GET / HTTP/1.1\r\n" END "\r\n");
	assert_null(strstr(hear(extra), " 200 "));
	for (i = 0; i < 3; i++)
		(void)close(fd[i]);
	usleep(300000);
	expect(s, "GET / HTTP/1.1\r\n" END "\r\n", "200");
	http_stop(s);
}

/* Two wait; the third is told to come later, at another time than the next. */
static void
test_too_many_wait(void **state)
{
	struct http_server *s = serve_with((struct http_options){ .threads = 1, .idle_s = 5, .total_s = 20, .waiting = 2 });
	char *p, answer[4096], *end;
	int fd[2], i, differ = 0;
	long first = -1, seconds;

	(void)state;
	gate = 0;
	for (i = 0; i < 2; i++) {
		fd[i] = dial(s);
		say(fd[i], "GET /slow HTTP/1.1\r\n" END "\r\n");
	}
	usleep(200000);
	for (i = 0; i < 8; i++) {
		(void)snprintf(answer, sizeof(answer), "%s", ask(s, "GET / HTTP/1.1\r\n" END "\r\n"));
		assert_non_null(strstr(answer, " 503 "));
		assert_non_null(p = strstr(answer, "Retry-After: "));
		seconds = strtol(p + strlen("Retry-After: "), &end, 10);
		assert_in_range(seconds, 10, 70);
		differ |= first >= 0 && seconds != first;
		first = seconds;
	}
	assert_true(differ);
	(void)pthread_mutex_lock(&lock);
	gate = 1;
	(void)pthread_cond_broadcast(&news);
	(void)pthread_mutex_unlock(&lock);
	for (i = 0; i < 2; i++)
		assert_non_null(strstr(hear(fd[i]), " 200 "));
	expect(s, "GET / HTTP/1.1\r\n" END "\r\n", "200");
	http_stop(s);
}

/* Who sends a byte now and then is neither idle nor over time, and goes all the same; who sends enough stays. */
static void
test_too_slow(void **state)
{
	struct http_server *s = serve_with((struct http_options){ .threads = 1, .idle_s = 10, .total_s = 60, .slow_s = 1, .slow_bytes = 100 });
	int64_t began = parts_clock();
	int drip = dial(s), flow = dial(s), i, gone = 0;
	char c;

	(void)state;
	say(flow, "POST /echo HTTP/1.1\r\nContent-Type: application/x-test\r\nContent-Length: 900\r\n" END "\r\n");
	say(drip, "GET / HTTP/1.1\r\n");
	for (i = 0; i < 15; i++) {
		say(drip, i % 2 ? "a" : "b");
		say(flow, "123456789012345678901234567890123456789012345678901234567890");
		usleep(200000);
		gone |= recv(drip, &c, 1, MSG_DONTWAIT) == 0;
	}
	assert_true(gone);
	assert_true(parts_clock() - began < 9000);
	(void)close(drip);
	assert_non_null(strstr(hear(flow), " 200 "));
	http_stop(s);
}

/* All places are taken by some who hardly move: a newcomer gets one of theirs, and who moves keeps his own. */
static void
test_room_for_newcomers(void **state)
{
	struct http_server *s = serve_with((struct http_options){ .threads = 1, .idle_s = 20, .total_s = 60, .connections = 6, .per_address = 100 });
	int fd[20], busy = dial(s), i;

	(void)state;
	say(busy, "POST /partial HTTP/1.1\r\nContent-Length: 60000\r\n" END "\r\n");
	for (i = 0; i < 30; i++)
		say(busy, "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
			  "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890");
	for (i = 0; i < 20; i++) {
		fd[i] = dial(s);
		say(fd[i], "GET / HTTP/1.1\r\n");
	}
	for (i = 0; i < 10; i++)
		expect(s, "GET / HTTP/1.1\r\n" END "\r\n", "200");
	say(busy, "1");
	usleep(100000);
	assert_int_equal(send(busy, "1", 1, MSG_NOSIGNAL), 1); /* a connection shut down would have answered by a reset */
	(void)close(busy);
	for (i = 0; i < 20; i++)
		(void)close(fd[i]);
	http_stop(s);
}

static void
test_worth(void **state)
{
	(void)state;
	assert_true(peer_worth(0, 0, 1) > peer_worth(0, 10000, 1));
	assert_true(peer_worth(20000, 40000, 1) > peer_worth(60, 60000, 1)); /* a bad link beside a drip */
	assert_true(peer_worth(20000, 40000, 1) > peer_worth(40000, 40000, 1000)); /* beside one of a crowd */
	assert_true(peer_worth(0, 2000, 1) > peer_worth(0, 0, 2000)); /* a crowd that comes anew all the time */
}

static void
test_addresses(void **state)
{
	static const char *const bad[] = { "", "x", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "::1:80", "[::1]", "example.org:80", "127.1:80" };
	struct sockaddr_storage a;
	char out[80];
	size_t i;
	struct err e;
	struct http_options o = { .threads = 1, .routes = routes };

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(address_parse(&a, bad[i], NULL), -1);
	assert_int_equal(address_parse(&a, "[::1]:80", NULL), 0);
	assert_true(address_loopback((struct sockaddr *)&a));
	address_print(&a, out, sizeof(out));
	assert_string_equal(out, "[::1]:80");
	assert_int_equal(address_parse(&a, "0.0.0.0:80", NULL), 0);
	assert_false(address_loopback((struct sockaddr *)&a));
	assert_int_equal(address_parse(&a, "[::ffff:127.0.0.1]:80", NULL), 0);
	assert_true(address_loopback((struct sockaddr *)&a));
	/* taken */
	{
		struct http_server *s = serve(5, 20, 1, 0);

		o.listen = http_address(s);
		assert_null(http_start(&o, &e));
		assert_non_null(strstr(e.text, http_address(s)));
		http_stop(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses), cmocka_unit_test(test_body_limits), cmocka_unit_test(test_expect),
		cmocka_unit_test(test_what_handlers_see), cmocka_unit_test(test_security_headers), cmocka_unit_test(test_cut_bodies),
		cmocka_unit_test(test_slow_senders), cmocka_unit_test(test_idle), cmocka_unit_test(test_waiting_blocks_nobody),
		cmocka_unit_test(test_stop_finishes_requests), cmocka_unit_test(test_connections_of_one_address), cmocka_unit_test(test_too_many_wait),
		cmocka_unit_test(test_too_slow), cmocka_unit_test(test_room_for_newcomers), cmocka_unit_test(test_worth), cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
