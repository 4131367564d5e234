#include "agent/page/cookie.h"

#include <string.h>

int
cookie_next(const char **at, const char *name, char *value, size_t len)
{
	size_t n, m = strlen(name);
	const char *p;

	while (**at != '\0') {
		p = *at + strspn(*at, "; ");
		n = strcspn(p, ";");
		*at = p + n;
		if (n != m + 1 + len || strncmp(p, name, m) != 0 || p[m] != '=')
			continue;
		memcpy(value, p + m + 1, len);
		value[len] = '\0';
		return 1;
	}
	return 0;
}
