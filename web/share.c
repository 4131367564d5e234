#include "web/share.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 9 /* family, then what counts of the address */

struct share {
	uint8_t key[KEY_BYTES];
	unsigned holders; /* 0: free */
	size_t held;
};

struct shares {
	size_t n, most;
	struct share s[];
};

struct shares *
shares_new(size_t n, size_t most)
{
	struct shares *ss = calloc(1, sizeof(*ss) + n * sizeof(ss->s[0]));

	if (ss != NULL) {
		ss->n = n;
		ss->most = most;
	}
	return ss;
}

void
shares_free(struct shares *ss)
{
	free(ss);
}

static void
key_of(uint8_t key[KEY_BYTES], const struct sockaddr *a)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	memset(key, 0, KEY_BYTES);
	if (a->sa_family == AF_INET6) {
		memcpy(&six, a, sizeof(six));
		key[0] = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) ? 4 : 6;
		if (key[0] == 4)
			memcpy(key + 1, six.sin6_addr.s6_addr + 12, 4);
		else
			memcpy(key + 1, six.sin6_addr.s6_addr, 8);
	} else if (a->sa_family == AF_INET) {
		memcpy(&four, a, sizeof(four));
		key[0] = 4;
		memcpy(key + 1, &four.sin_addr, 4);
	}
}

struct share *
share_join(struct shares *ss, const struct sockaddr *a)
{
	struct share *room = NULL, *s;
	uint8_t key[KEY_BYTES];

	key_of(key, a);
	for (s = ss->s; s < ss->s + ss->n; s++) {
		if (s->holders > 0 && memcmp(s->key, key, KEY_BYTES) == 0) {
			s->holders++;
			return s;
		}
		if (s->holders == 0 && room == NULL)
			room = s;
	}
	if (room != NULL) {
		memcpy(room->key, key, KEY_BYTES);
		room->holders = 1;
		room->held = 0;
	}
	return room;
}

void
share_leave(struct share *s)
{
	if (s != NULL)
		s->holders--;
}

unsigned
share_holders(const struct share *s)
{
	return s != NULL ? s->holders : 0;
}

int
share_take(const struct shares *ss, struct share *s, size_t n)
{
	if (s == NULL || n > ss->most - s->held)
		return 0;
	s->held += n;
	return 1;
}

void
share_give(struct share *s, size_t n)
{
	if (s != NULL)
		s->held -= n;
}
