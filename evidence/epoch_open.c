#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "base/json.h"
#include "base/line.h"
#include "evidence/entry.h"

/* The payload of epoch-open and what the former key signs (docs/format.md 4.2). */

#define OPEN_MAX 512

static const char *const REASONS[] = {
	"restored", "cloned", "guard-missing", "host-changed", "rolled-back", "lost-key", "renewed",
};

static int
reason_ok(const char *s)
{
	for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
		if (strcmp(s, REASONS[i]) == 0)
			return 1;
	return 0;
}

int
epoch_open_print(struct buf *b, const struct epoch_open *o, uint32_t epoch)
{
	struct field place = { o->place, strnlen(o->place, sizeof(o->place)) };

	if (epoch < 1 || (epoch == 1 ? !field_place(place) : !reason_ok(o->reason)))
		return -1;
	(void)buf_puts(b, "{\"key\":\"");
	(void)buf_b64(b, o->key, KEY_LEN);
	if (epoch == 1)
		return buf_printf(b, "\",\"place\":\"%s\"}", o->place);
	(void)buf_printf(b, "\",\"reason\":\"%s\"", o->reason);
	if (o->has_former) {
		(void)buf_puts(b, ",\"former\":\"");
		(void)buf_b64(b, o->former, SIG_LEN);
		(void)buf_putc(b, '"');
	}
	return buf_putc(b, '}');
}

/* The string member ${key} as a field; p == NULL if there is none. */
static struct field
member(const cJSON *obj, const char *key)
{
	const char *s = json_string(obj, key);

	return (struct field){ s, s != NULL ? strlen(s) : 0 };
}

/* Member by member; what they may be, and that there are no others, shows when they are printed again. */
static int
read_members(struct epoch_open *o, const cJSON *obj, uint32_t epoch)
{
	struct field key = member(obj, "key"), place = member(obj, "place");
	struct field reason = member(obj, "reason"), former = member(obj, "former");

	if (key.p == NULL || field_b64(key, o->key, KEY_LEN) != 0) {
		memset(o->key, 0, KEY_LEN); /* a part of a key is no key */
		return -1;
	}
	if (epoch == 1)
		return place.p != NULL ? field_copy(place, o->place, sizeof(o->place)) : -1;
	if (reason.p == NULL || field_copy(reason, o->reason, sizeof(o->reason)) != 0)
		return -1;
	o->has_former = former.p != NULL;
	return o->has_former ? field_b64(former, o->former, SIG_LEN) : 0;
}

int
epoch_open_parse(struct epoch_open *o, const void *p, size_t n, uint32_t epoch, struct err *e)
{
	struct buf again;
	cJSON *obj;
	int rc = -1;

	memset(o, 0, sizeof(*o));
	buf_init(&again, OPEN_MAX);
	if ((obj = json_parse(p, n, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, e)) == NULL) {
		err_add(e, "epoch-open");
		goto out;
	}
	if (read_members(o, obj, epoch) != 0 || epoch_open_print(&again, o, epoch) != 0 || again.len != n || memcmp(again.data, p, n) != 0) {
		err_set(e, "epoch-open: the payload is not %s", epoch == 1 ? "{\"key\":B64,\"place\":CODE}" : "{\"key\":B64,\"reason\":R,\"former\":B64}");
		goto out;
	}
	if (!key_ok(o->key)) {
		err_set(e, "epoch-open: the key fails the point check");
		goto out;
	}
	rc = 0;
out:
	buf_free(&again);
	cJSON_Delete(obj);
	return rc;
}

int
epoch_endorsement(struct buf *b, const uint8_t device[HASH_LEN], uint32_t epoch, const uint8_t key[KEY_LEN], const uint8_t prev[HASH_LEN])
{
	(void)buf_puts(b, "tallystick/epoch/v1\ndevice ");
	(void)buf_hex(b, device, HASH_LEN);
	(void)buf_printf(b, "\nepoch %" PRIu32 "\nkey ", epoch);
	(void)buf_b64(b, key, KEY_LEN);
	(void)buf_puts(b, "\nprev ");
	(void)buf_hex(b, prev, HASH_LEN);
	return buf_putc(b, '\n');
}
