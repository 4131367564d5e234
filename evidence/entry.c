#include "evidence/entry.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/line.h"

static const char *const CLOCKS[CLOCK_COUNT] = { "rtc", "ntp", "gnss", "roughtime", "county", "unset" };

const char *
entry_clock_name(enum entry_clock c)
{
	return (unsigned)c < CLOCK_COUNT ? CLOCKS[c] : NULL;
}

int
entry_clock_parse(enum entry_clock *c, const char *s)
{
	for (unsigned i = 0; i < CLOCK_COUNT; i++)
		if (strcmp(s, CLOCKS[i]) == 0) {
			*c = (enum entry_clock)i;
			return 0;
		}
	return -1;
}

/* "NAME HEX\n", or "NAME -\n". */
static void
put_hex(struct buf *b, const char *name, const uint8_t *p, size_t n, int has)
{
	(void)buf_printf(b, "%s ", name);
	if (has)
		(void)buf_hex(b, p, n);
	else
		(void)buf_putc(b, '-');
	(void)buf_putc(b, '\n');
}

static void
put_hash(struct buf *b, const char *before, const uint8_t hash[HASH_LEN], int has)
{
	put_hex(b, before, hash, HASH_LEN, has);
}

static void
print_circumstances(struct buf *b, const struct entry *h)
{
	(void)buf_printf(b, "place %s\nwall %" PRIu64 "\nclock %s\n", h->place, h->wall, entry_clock_name(h->clock));
	put_hex(b, "boot", h->boot, sizeof(h->boot), 1);
	(void)buf_printf(b, "mono %" PRIu64 "\nanchor %" PRIu64, h->mono, h->anchor_size);
	if (h->anchor_size > 0) {
		(void)buf_putc(b, ' ');
		(void)buf_hex(b, h->anchor_root, HASH_LEN);
		put_hash(b, "", h->anchor_note, 1);
	} else {
		(void)buf_puts(b, " - -\n");
	}
	(void)buf_printf(b, "actor %s", h->actor);
	put_hash(b, "", h->actor_key, h->has_actor_key);
}

static void
print_attachments(struct buf *b, const struct entry *h)
{
	(void)buf_printf(b, "att %zu\n", h->natt);
	for (size_t i = 0; i < h->natt; i++) {
		const struct attachment *a = &h->att[i];

		(void)buf_printf(b, "%" PRIu64 " ", a->len);
		(void)buf_hex(b, a->hash, HASH_LEN);
		(void)buf_printf(b, " %s %s\n", a->mediatype, a->personal ? "personal" : "plain");
	}
}

int
entry_print(struct buf *b, const struct entry *h)
{
	if (entry_clock_name(h->clock) == NULL || h->natt > ENTRY_ATTS_MAX)
		return -1;
	(void)buf_puts(b, "tallystick/entry/v1\n");
	put_hash(b, "device", h->device, 1);
	(void)buf_printf(b, "epoch %" PRIu32 "\nseq %" PRIu64 "\n", h->epoch, h->seq);
	put_hash(b, "prev", h->prev, h->has_prev);
	put_hash(b, "log", h->log, h->has_log);
	print_circumstances(b, h);
	if (h->has_form)
		(void)buf_printf(b, "form %s %s", h->form, h->form_version);
	else
		(void)buf_puts(b, "form - -");
	put_hash(b, "", h->form_hash, h->has_form);
	(void)buf_printf(b, "kind %s\n", h->kind);
	put_hash(b, "supersedes", h->supersedes, h->has_supersedes);
	put_hex(b, "event", h->event, sizeof(h->event), h->has_event);
	(void)buf_printf(b, "payload %" PRIu64, h->payload_len);
	put_hash(b, "", h->payload_hash, 1);
	(void)buf_printf(b, "personal %" PRIu64, h->personal_len);
	put_hash(b, "", h->personal_hash, h->personal_len > 0);
	print_attachments(b, h);
	return buf_ok(b) ? 0 : -1;
}

void
entry_hash(uint8_t out[HASH_LEN], const void *header, size_t n)
{
	dsse_hash(out, DSSE_ENTRY, header, n);
}

int
entry_follows(const struct entry *h, const struct entry *prev, const uint8_t prev_hash[HASH_LEN], struct err *e)
{
	if (memcmp(h->device, prev->device, HASH_LEN) != 0)
		return err_set(e, "entry: of another device than the one before");
	if (h->epoch != prev->epoch)
		return err_set(e, "entry: epoch %" PRIu32 " where epoch %" PRIu32 " goes on", h->epoch, prev->epoch);
	if (prev->seq == UINT64_MAX || h->seq != prev->seq + 1)
		return err_set(e, "entry: seq %" PRIu64 " does not follow seq %" PRIu64, h->seq, prev->seq);
	if (!h->has_prev || memcmp(h->prev, prev_hash, HASH_LEN) != 0)
		return err_set(e, "entry: prev of seq %" PRIu64 " is not the entry before", h->seq);
	if (h->anchor_size < prev->anchor_size)
		return err_set(e, "entry: anchor of seq %" PRIu64 " falls from size %" PRIu64 " to %" PRIu64, h->seq, prev->anchor_size, h->anchor_size);
	if (prev->has_log && (!h->has_log || memcmp(h->log, prev->log, HASH_LEN) != 0))
		return err_set(e, "entry: log of seq %" PRIu64 " is not the one set before", h->seq);
	return 0;
}

int
entry_payload_ok(const struct entry *h, const void *p, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (n != h->payload_len)
		return err_set(e, "payload: %zu bytes where the header says %" PRIu64, n, h->payload_len);
	sha256(hash, p, n);
	if (memcmp(hash, h->payload_hash, HASH_LEN) != 0)
		return err_set(e, "payload: SHA-256 is not the header's");
	if (json_scan(p, n, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, e) != 0)
		return err_add(e, "payload");
	return 0;
}

void
entry_personal_hash(uint8_t out[HASH_LEN], const uint8_t salt[ENTRY_SALT_LEN], const void *json, size_t n)
{
	static const char prefix[] = "tallystick/personal/v1"; /* its NUL is the 00 that follows */
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_add(&c, prefix, sizeof(prefix));
	sha256_add(&c, salt, ENTRY_SALT_LEN);
	sha256_add(&c, json, n);
	sha256_end(&c, out);
}

int
entry_personal_ok(const struct entry *h, const uint8_t salt[ENTRY_SALT_LEN], const void *json, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (h->personal_len == 0 || n != h->personal_len)
		return err_set(e, "personal part: %zu bytes where the header says %" PRIu64, n, h->personal_len);
	entry_personal_hash(hash, salt, json, n);
	if (memcmp(hash, h->personal_hash, HASH_LEN) != 0)
		return err_set(e, "personal part: the commitment is not the header's");
	if (json_scan(json, n, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, e) != 0)
		return err_add(e, "personal part");
	return 0;
}

int
place_inside(const char *inner, const char *outer)
{
	return outer[0] != '\0' && strncmp(inner, outer, strlen(outer)) == 0;
}
