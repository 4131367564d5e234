#include "agent/sync/stick_succession.h"

#include "agent/sync/renew.h"
#include "crypto/seal.h"
#include "evidence/keys.h"
#include "sync/bundle.h"

/* The county's log goes on as another, and a stick says so. */

struct shown { struct buf keys, steps; };

/* The first two parts, and none behind them. */
static int
find(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	struct shown *s = ctx;

	if (s->keys.len == 0)
		return kind == BUNDLE_KEYS && buf_put(&s->keys, p, n) == 0 ? 0 : 1;
	return kind == BUNDLE_SUCCESSION && buf_put(&s->steps, p, n) == 0 ? 2 : 1;
}

int
stick_succeed(struct agent *ag, const void *p, size_t n, size_t used, struct err *e)
{
	struct sealer *key = sealer_of_signer(ag->s);
	struct bundle_found found;
	struct county_keys fresh;
	struct shown s;
	int rc = 1;

	buf_init(&s.keys, KEYS_MAX);
	buf_init(&s.steps, BUNDLE_SUCCESSIONS_MAX);
	if (key == NULL)
		rc = err_set(e, "out of memory");
	else if (bundle_each((const uint8_t *)p + used, n - used, key, find, &s, &found) != 2)
		(void)err_set(e, "bundle: of another county, or of a log that does not show how it continues ours");
	else if (keys_parse(&fresh, s.keys.data, s.keys.len, e) != 0 || !bundle_verify(p, n, fresh.service))
		(void)err_add(e, "bundle: not signed under the county.keys that it brings");
	else
		rc = renew_log(ag, s.keys.data, s.keys.len, s.steps.data, s.steps.len, e) == 0 ? 2 : 1;
	buf_free(&s.keys);
	buf_free(&s.steps);
	sealer_free(key);
	return rc;
}
