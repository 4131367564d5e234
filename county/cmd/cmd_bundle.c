#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/heads.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "sync/request.h"

/* bundle read, bundle write: sync with villages over a stick (docs/protocol.md). */

#define BUNDLE_FILE_MAX ((size_t)1 << 30)

/* The newest request that a device sent on a stick lies in sticks/DEVICE, for the answer to be carried back. */
static int
request_path(const struct office *o, const uint8_t device[HASH_LEN], char *out, size_t size, struct err *e)
{
	char dir[OFFICE_PATH_MAX], hex[2 * HASH_LEN + 1];

	enc_hex(hex, device, HASH_LEN);
	if (file_path(dir, sizeof(dir), o->dir, "sticks") != 0 || file_path(out, size, dir, hex) != 0)
		return err_set(e, "%s: too long a path", o->dir);
	return file_mkdirs(dir, 0700, e);
}

/* Sticks come in any order: an older request does not take a newer one's place. */
static int
keep_request(const struct office *o, const struct county_carried *got, struct err *e)
{
	struct request was, now;
	char path[OFFICE_PATH_MAX + 80];
	struct buf b;
	size_t used;
	int rc = 0;

	if (got->request.len == 0 || request_parse(&now, &used, got->request.data, got->request.len, NULL) != 0 || memcmp(now.device, got->head.device, HASH_LEN) != 0)
		return 0;
	if (request_path(o, got->head.device, path, sizeof(path), e) != 0)
		return -1;
	buf_init(&b, REQUEST_HEAD_MAX);
	if (!file_exists(path) || file_read(path, &b, NULL) != 0 || request_parse(&was, &used, b.data, b.len, NULL) != 0 ||
	    was.epoch < now.epoch || (was.epoch == now.epoch && was.counter < now.counter))
		rc = file_write(path, got->request.data, got->request.len, 0600, e);
	buf_free(&b);
	return rc;
}

static void
tell(const struct args *a, struct buf *b, const char *file, const struct county_carried *got)
{
	if (a->json) {
		json_begin(b);
		json_put_str(b, "file", file);
		json_put_hex(b, "device", got->head.device, HASH_LEN);
		json_put_u64(b, "entries", got->stats.entries);
		json_put_u64(b, "refused", got->stats.refused);
		json_put_u64(b, "attachments", got->attachments);
		json_put_u64(b, "parts", got->found.whole);
		json_put_u64(b, "damaged", got->found.damaged);
		json_end(b);
		return;
	}
	(void)buf_printf(b, "%s: device ", file);
	(void)buf_hex(b, got->head.device, 6);
	(void)buf_printf(b, ": %llu new entries, %llu photos", (unsigned long long)got->stats.entries, (unsigned long long)got->attachments);
	if (got->stats.refused > 0)
		(void)buf_printf(b, ", %llu entries refused", (unsigned long long)got->stats.refused);
	if (got->found.damaged > 0 || got->found.whole < got->head.parts)
		(void)buf_printf(b, "; damaged: %llu of %llu parts are whole", (unsigned long long)got->found.whole, (unsigned long long)got->head.parts);
	(void)buf_putc(b, '\n');
}

/* An enrolment: its answer goes beside it. */
static int
enrol_one(const struct args *a, struct office *o, const char *file, const char *path, const struct buf *b, struct buf *told)
{
	char to[OFFICE_PATH_MAX + 16];
	uint8_t device[HASH_LEN];
	struct err e = { "" };
	struct buf out;
	int rc;

	buf_init(&out, BUNDLE_FILE_MAX);
	rc = county_enrol_carried(&o->c, b->data, b->len, (uint64_t)clock_wall(), &out, device, &e);
	(void)snprintf(to, sizeof(to), "%s.answer", path);
	/* the same request again gets as good an answer */
	if (rc == 0)
		rc = file_write(to, out.data, out.len, 0644, &e);
	buf_free(&out);
	if (rc != 0) {
		(void)err_add(&e, "%s", file);
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	}
	if (a->json) {
		json_begin(told);
		json_put_str(told, "file", file);
		json_put_hex(told, "device", device, HASH_LEN);
		json_put_str(told, "answer", to);
		json_end(told);
	} else {
		(void)buf_printf(told, "%s: device ", file);
		(void)buf_hex(told, device, 6);
		(void)buf_printf(told, " is enrolled; carry %s back, and there: tally-agent enrol --answer FILE\n", to);
	}
	return EXIT_YES;
}

static int
is_enrolment(const struct buf *b)
{
	static const char begins[] = "tallystick/enrol";

	return b->len > sizeof(begins) && memcmp(b->data, begins, sizeof(begins) - 1) == 0;
}

/* One file.  EXIT_YES; EXIT_NO when parts of it are lost or refused; EXIT_USAGE. */
static int
read_one(const struct args *a, struct office *o, const char *file, struct buf *out)
{
	struct county_carried got = { .head = { .parts = 0 } };
	char path[OFFICE_PATH_MAX];
	struct heads_found heads = { 0 };
	struct err e = { "" };
	struct buf b;
	int rc = -1;

	buf_init(&b, BUNDLE_FILE_MAX);
	if (opt_path(a, file, path, sizeof(path)) != 0)
		(void)err_set(&e, "too long a path");
	else if (file_read(path, &b, &e) == 0 && is_enrolment(&b)) {
		rc = enrol_one(a, o, file, path, &b, out);
		buf_free(&b);
		return rc;
	} else if (e.text[0] == '\0') {
		rc = county_bundle(&o->c, b.data, b.len, (uint64_t)clock_wall(), &got, &e);
	}
	if (rc == 0)
		rc = keep_request(o, &got, &e);
	if (rc == 0)
		rc = heads_take(o, b.data, b.len, &heads, &e);
	if (heads.ahead + heads.contrary > 0)
		out_say(a, "ALARM: %s: this log's key signed %u heads that this log does not continue, and %u beyond its end: the key is in other hands, or leaves were lost here; they are kept in %s/evidence/heads", file, heads.contrary, heads.ahead, o->dir);
	if (rc == 0)
		tell(a, out, file, &got);
	else
		(void)err_add(&e, "%s", file);
	buf_free(&b);
	buf_free(&got.request);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	return got.found.whole < got.head.parts || got.stats.refused > 0 || heads.ahead + heads.contrary > 0 ? EXIT_NO : EXIT_YES;
}

int
cmd_bundle_read(const struct args *a)
{
	struct office o;
	struct err e = { "" };
	struct buf out;
	size_t i;
	int rc = EXIT_YES, one;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&out, OUT_MAX);
	for (i = 0; i < a->npos; i++) {
		one = read_one(a, &o, a->pos[i], &out);
		rc = one > rc ? one : rc;
	}
	one = out_put(a, &out);
	office_close(&o);
	return one > rc ? one : rc;
}

static int
write_down(const struct args *a, struct office *o, const char *device, const char *file, struct err *e)
{
	struct ledger_device d;
	char path[OFFICE_PATH_MAX + 80], to[OFFICE_PATH_MAX];
	struct buf request, out;
	int rc = -1;

	buf_init(&request, REQUEST_HEAD_MAX);
	buf_init(&out, BUNDLE_FILE_MAX);
	if (opt_path(a, file, to, sizeof(to)) != 0)
		(void)err_set(e, "%s: too long a path", file);
	else if (office_device(o, device, &d, e) == 0 && request_path(o, d.device, path, sizeof(path), e) == 0) {
		/* after a succession the one that was read may have been sealed to a key that is lost */
		if (!file_exists(path) && (rc = county_bundle_succession(&o->c, d.device, &out, e)) == 1)
			rc = err_set(e, "device %s: no bundle of it has been read yet, so there is nothing to answer", device) + 2;
		else if (file_exists(path) && file_read(path, &request, e) == 0)
			rc = county_bundle_down(&o->c, request.data, request.len, (uint64_t)clock_wall(), &out, e);
	}
	if (rc == 0)
		rc = file_create(to, out.data, out.len, 0644, e);
	buf_free(&request);
	buf_free(&out);
	return rc;
}

int
cmd_bundle_write(const struct args *a)
{
	struct office o;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	rc = write_down(a, &o, a->pos[0], a->pos[1], &e);
	office_close(&o);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	out_say(a, "%s: carry it to the village and read it there: tally-agent bundle read %s", a->pos[1], a->pos[1]);
	return EXIT_YES;
}
