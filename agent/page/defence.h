#ifndef AGENT_PAGE_DEFENCE_H
#define AGENT_PAGE_DEFENCE_H

#include <stddef.h>

/**
 * A page on this machine can be reached from any site that the browser has
 * open, and under any name that somebody points at 127.0.0.1.  What is decided
 * here looks at a request's head alone, before its body is taken.
 */
#define DEFENCE_NAMES_MAX 8
#define DEFENCE_NAME_MAX 80

struct defence {
	char host[DEFENCE_NAMES_MAX][DEFENCE_NAME_MAX]; /* HOST:PORT, lower case; at port 80 also HOST */
	size_t n;
	int tls;                   /* our origins are https:// */
};

/** What a request's head says; NULL where it says nothing. */
struct defence_head {
	const char *method, *path;
	const char *host, *origin;
	const char *site, *mode, *dest; /* Sec-Fetch-Site, -Mode, -Dest */
	int machine;               /* a route for programs: an unsafe request may come without an Origin, but not with a foreign one */
};

/* Answers of defence_judge(). */
enum defence_answer {
	DEFENCE_GOOD,
	DEFENCE_CONTINUE,          /* a link on some other site leads to our home: show nothing and touch no session, but let the browser ask again by itself */
	DEFENCE_HOST,              /* not our name: somebody else's name may point here */
	DEFENCE_ORIGIN,            /* an unsafe request of another site, or of a page that does not say whose */
	DEFENCE_SITE               /* another site reads, frames or embeds us */
};

/** defence_init(d, address, tls): our names at ADDR:PORT as bound: the address, and 127.0.0.1, localhost and [::1] at its port when it is loopback; without the port too where browsers leave it out. */
void defence_init(struct defence *d, const char *address, int tls);

/** defence_add(d, host): one name more, HOST:PORT.  0, or -1 when it is too long or there are too many. */
int defence_add(struct defence *d, const char *host);

/** defence_name(d, name, port): one more, without a port; ${port} as ":8471".  0, or -1 when it is no name, too long or there are too many. */
int defence_name(struct defence *d, const char *name, const char *port);

/** defence_judge(d, h): may this request go on? */
enum defence_answer defence_judge(const struct defence *d, const struct defence_head *h);

/** defence_words(a): why not, in both languages; static. */
const char *defence_words(enum defence_answer a);

#endif
