#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/enc.h"
#include "base/log.h"
#include "county/cmd/commands.h"
#include "county/upward/mirror.h"
#include "county/cmd/out.h"
#include "county/serve/serve.h"
#include "web/address.h"

#define LISTEN_DEFAULT "127.0.0.1:8480"
#define THREADS_DEFAULT 16 /* more than cores: most of them wait for the disk together */
#define IDLE_S 120U   /* between two bytes: links in the mountains are slow */
#define SLOW_S 120U   /* in each so many seconds ... */
#define SLOW_BYTES 3000U /* ... so many bytes: a hundredth of what 20 kbit/s carry */
#define CONNECTIONS 2048U /* a whole county behind one address of a carrier: no less for one address */
#define FILES_OWN 512U /* descriptors for everything else */
#define TOTAL_S 7200U /* of a whole request: 16 MiB at 20 kbit/s */

static int
check_options(const struct args *a, const char *listen, uint64_t *threads, struct err *e)
{
	const char *n = opt_get(a, "threads");
	struct sockaddr_storage addr;

	if (n != NULL && (dec_u64(threads, n, strlen(n)) != 0 || *threads < 1 || *threads > SERVE_THREADS_MAX))
		return err_set(e, "--threads %.32s: is not a number from 1 to %u", n, SERVE_THREADS_MAX);
	if ((opt_get(a, "tls-cert") == NULL) != (opt_get(a, "tls-key") == NULL))
		return err_set(e, "--tls-cert and --tls-key go together");
	if (address_parse(&addr, listen, e) != 0)
		return err_add(e, "--listen");
	if (!address_loopback((struct sockaddr *)&addr) && opt_get(a, "tls-cert") == NULL && opt_get(a, "allow-http") == NULL)
		return err_set(e, "--listen %s: plain HTTP is served on loopback only; give --tls-cert and --tls-key, or --allow-http", listen);
	return 0;
}

/* As many connections as there are descriptors for. */
static unsigned
connections(void)
{
	const rlim_t want = FILES_OWN + CONNECTIONS + CONNECTIONS / 4;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 0;
	if (r.rlim_cur < want) {
		r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
		if (setrlimit(RLIMIT_NOFILE, &r) != 0 || getrlimit(RLIMIT_NOFILE, &r) != 0)
			return 0;
	}
	if (r.rlim_cur >= want)
		return CONNECTIONS;
	return r.rlim_cur > 2 * FILES_OWN ? (unsigned)(r.rlim_cur - FILES_OWN) / 5 * 4 : 256;
}

/* Wait for SIGTERM or SIGINT, blocked in all threads before any was started. */
static void
wait_for_end(const sigset_t *set)
{
	int sig;

	while (sigwait(set, &sig) != 0)
		continue;
}

static int
announce(const struct args *a, const struct http_server *h)
{
	const char *scheme = opt_get(a, "tls-cert") ? "https" : "http";
	struct buf b, url;
	int rc = EXIT_YES;

	out_say(a, "listening on %s://%s", scheme, http_address(h));
	if (!a->json)
		return rc;
	buf_init(&b, 4096);
	buf_init(&url, 4096);
	(void)buf_printf(&url, "%s://%s", scheme, http_address(h));
	json_begin(&b);
	json_put_str(&b, "listening", buf_str(&url));
	json_end(&b);
	buf_free(&url);
	return out_put(a, &b);
}

static int
serve(const struct args *a, struct office *o, const char *listen, unsigned threads, struct err *e)
{
	static struct serve s; /* desks are many; one server a process */
	char cert[OFFICE_PATH_MAX], key[OFFICE_PATH_MAX];
	struct http_options h = { .listen = listen, .threads = threads, .idle_s = IDLE_S, .total_s = TOTAL_S,
		.slow_s = SLOW_S, .slow_bytes = SLOW_BYTES, .connections = connections(), .routes = serve_routes, .ctx = &s };
	struct http_server *server;
	struct mirroring *upward;
	sigset_t set;
	const char *why;
	int rc;

	h.per_address = 2 * CONNECTIONS;
	if (opt_get(a, "tls-cert") != NULL) {
		if (opt_path(a, opt_get(a, "tls-cert"), cert, sizeof(cert)) != 0 || opt_path(a, opt_get(a, "tls-key"), key, sizeof(key)) != 0)
			return err_set(e, "--tls-cert, --tls-key: path too long");
		h.tls_cert = cert;
		h.tls_key = key;
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (serve_init(&s, o, threads, e) != 0)
		return -1;
	if (!ledger_may_sign(o->c.l, &why))
		log_msg(LOG_ERROR, "no new heads are signed: %s", why);
	if ((server = http_start(&h, e)) == NULL) {
		serve_end(&s);
		return -1;
	}
	rc = announce(a, server);
	if ((upward = mirror_start(o, e)) == NULL)
		log_msg(LOG_ERROR, "mirror: %s", e->text);
	if (rc == EXIT_YES)
		wait_for_end(&set);
	mirror_stop(upward);
	http_stop(server);
	serve_end(&s);
	return rc;
}

/* The mirror that was asked for becomes the store's; one that does not agree with the database keeps the server from starting. */
static int
mirror(const struct args *a, struct office *o, struct err *e)
{
	const char *given = opt_get(a, "log-mirror"), *why;
	char dir[LEDGER_MIRROR_DIR_MAX];

	if (given != NULL && strcmp(given, "none") == 0)
		return ledger_mirror_set(o->c.l, NULL, NULL, e);
	if (given != NULL && (opt_path(a, given, dir, sizeof(dir)) != 0 || ledger_mirror_set(o->c.l, dir, o->c.keys.sealing, e) != 0))
		return e->text[0] != '\0' ? -1 : err_set(e, "--log-mirror: path too long");
	if (ledger_mirror(o->c.l, NULL) && !ledger_may_sign(o->c.l, &why) && strstr(why, "log mirror") != NULL)
		return err_set(e, "%s", why);
	return 0;
}

int
cmd_run(const struct args *a)
{
	const char *listen = opt_get(a, "listen") ? opt_get(a, "listen") : LISTEN_DEFAULT;
	uint64_t threads = THREADS_DEFAULT;
	struct office o;
	struct err e = { "" };
	int rc;

	if (check_options(a, listen, &threads, &e) != 0 || office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	rc = mirror(a, &o, &e) != 0 || ledger_tidy(o.c.l, &e) < 0 ? -1 : serve(a, &o, listen, (unsigned)threads, &e);
	office_close(&o);
	return rc < 0 ? opt_fail(&e) : rc;
}
