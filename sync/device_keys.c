#include <string.h>

#include "sync/device_internal.h"

/* Newer county.keys: the pinned root key signed them, so the way they came by does not matter, nor how many versions were missed. */

int
device_take_keys(struct journal *j, const void *p, size_t n, struct err *e)
{
	struct county_keys held, fresh;

	if (device_keys(j, &held, e) != 0 || keys_parse(&fresh, p, n, e) != 0)
		return -1;
	if (memcmp(fresh.root, held.root, KEY_LEN) != 0)
		return err_set(e, "county.keys: signed by another root key than the one this device pinned: another county, or somebody in between");
	/* versions count within a log: what this one reached may be among what it lost */
	if (memcmp(fresh.log_id, held.log_id, HASH_LEN) != 0)
		return 2;
	if (fresh.version < held.version)
		return err_set(e, "county.keys: version %llu, older than the version %llu that this device holds: an old file was replayed",
		    (unsigned long long)fresh.version, (unsigned long long)held.version);
	if (fresh.version == held.version)
		return 0;
	return journal_set(j, "keys", p, n, e) == 0 ? 1 : -1;
}
