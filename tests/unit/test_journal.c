#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/guard.h"
#include "store/journal/journal_internal.h"
#include "tests/lib/maker.h"

static char top[128], dir[160];
static struct maker m;
static struct journal *j;

static int
setup(void **state)
{
	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/data", top);
	j = journal_create(dir, NULL);
	return j == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(j);
	j = NULL;
	maker_free(&m);
	maker_rm(top);
	return 0;
}

static void
append(struct journal_entry *x, const char *id)
{
	struct err e = {""};

	(void)snprintf(x->id, sizeof(x->id), "%s", id);
	if (journal_append(j, x, 1, &e) != 0)
		fail_msg("%s", e.text);
}

/* Append the genesis and ${n} records. */
static void
fill(unsigned n)
{
	struct journal_entry x;

	assert_int_equal(maker_genesis(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	for (; n > 0; n--) {
		assert_int_equal(maker_personal(&m, &x), 0);
		append(&x, "");
		journal_entry_free(&x);
	}
}

static enum journal_standing
reopen(void)
{
	enum journal_standing s = JOURNAL_NORMAL;
	struct err e = {""};

	journal_close(j);
	if ((j = journal_open(dir, &s, &e)) == NULL)
		fail_msg("%s", e.text);
	return s;
}

static void
assert_head(uint32_t epoch, uint64_t seq, const uint8_t *hash)
{
	uint32_t ep = 0;
	uint64_t se = 0;
	uint8_t h[HASH_LEN];

	assert_int_equal(journal_head(j, &ep, &se, h), 1);
	assert_int_equal(ep, epoch);
	assert_int_equal(se, seq);
	assert_memory_equal(h, hash, HASH_LEN);
}

static int
count_one(void *ctx, const struct journal_entry *x)
{
	(void)x;
	++*(unsigned *)ctx;
	return 0;
}

static unsigned
entries(void)
{
	unsigned n = 0;

	assert_int_equal(journal_each(j, count_one, &n), 0);
	return n;
}

static void
told(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	print_message("finding %s %u %u: %s\n", code, epoch, (unsigned)seq, detail);
}

static void
shell(const char *fmt, const char *a, const char *b)
{
	char cmd[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(cmd, sizeof(cmd), fmt, a, b);
#pragma GCC diagnostic pop
	assert_int_equal(system(cmd), 0);
}

static void
refuses_traces(void **state)
{
	static const char *const traces[] = {"journal.db", "journal.db-wal", "journal.db.damaged-1", "guard", "guard.abc123", "device.key", "device.key.tmp"};
	char other[192], path[256];
	struct journal *k;
	struct err e;
	size_t i;

	(void)state;
	assert_null(journal_create(dir, &e));
	journal_close(j);
	j = NULL;
	assert_null(journal_create(dir, &e));
	(void)snprintf(other, sizeof(other), "%s/other", top);
	assert_int_equal(mkdir(other, 0700), 0);
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", other, traces[i]);
		assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
		assert_null(journal_create(other, &e));
		assert_non_null(strstr(e.text, traces[i]));
		assert_int_equal(unlink(path), 0);
	}
	/* nothing was left behind by the refusals, and nothing else is in the way */
	assert_non_null(k = journal_create(other, &e));
	journal_close(k);
}

static void
opens_nothing_new(void **state)
{
	enum journal_standing s;
	char other[192], path[256];
	struct err e;

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/other", top);
	assert_null(journal_open(other, &s, &e));
	assert_int_equal(mkdir(other, 0700), 0);
	assert_null(journal_open(other, &s, &e));
	(void)snprintf(path, sizeof(path), "%s/journal.db", other);
	assert_false(file_exists(path));
	assert_int_equal(rmdir(other), 0);
	/* a folder with a database of somebody else's */
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
	assert_int_equal(maker_sql(other, "CREATE TABLE t (x)"), 0);
	assert_null(journal_open(other, &s, &e));
	assert_non_null(strstr(e.text, "another program"));
}

static void
append_and_reopen(void **state)
{
	struct journal_entry x, got;
	struct stat st;
	char path[256];
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	uint32_t ep;
	uint64_t se;

	(void)state;
	assert_int_equal(journal_head(j, &ep, &se, hash), 0);
	assert_int_equal(journal_next_epoch(j), 1);
	fill(3);
	assert_int_equal(maker_personal(&m, &x), 0);
	(void)snprintf(x.subject, sizeof(x.subject), "520221-ab12-7");
	append(&x, "uuid:one");
	assert_head(1, 4, x.hash);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_head(1, 4, x.hash);
	assert_int_equal(journal_next_epoch(j), 2);
	assert_int_equal(entries(), 5);

	journal_entry_init(&got);
	assert_int_equal(journal_by_id(j, "uuid:none", &got), 0);
	assert_int_equal(journal_by_id(j, "uuid:one", &got), 1);
	assert_memory_equal(got.hash, x.hash, HASH_LEN);
	assert_string_equal(got.id, "uuid:one");
	assert_string_equal(got.subject, "520221-ab12-7");
	assert_string_equal(got.state, "");
	assert_int_equal(got.header.len, x.header.len);
	assert_memory_equal(got.header.data, x.header.data, x.header.len);
	assert_int_equal(got.payload.len, x.payload.len);
	assert_memory_equal(got.payload.data, x.payload.data, x.payload.len);
	assert_true(got.has_personal);
	assert_memory_equal(got.salt, x.salt, ENTRY_SALT_LEN);
	assert_memory_equal(got.personal.data, x.personal.data, x.personal.len);
	assert_int_equal(got.nsigs, 1);
	assert_memory_equal(&got.sig[0], &x.sig[0], sizeof(x.sig[0]));
	assert_false(got.has_receipt);
	assert_int_equal(got.h.seq, 4);
	assert_int_equal(journal_by_hash(j, x.hash, &got), 1);
	assert_int_equal(journal_by_seq(j, 1, 4, &got), 1);
	assert_memory_equal(got.hash, x.hash, HASH_LEN);
	assert_int_equal(journal_by_seq(j, 1, 0, &got), 1);
	assert_string_equal(got.h.kind, "epoch-open");
	assert_false(got.has_personal);
	assert_int_equal(journal_by_seq(j, 1, 5, &got), 0);
	assert_int_equal(journal_by_seq(j, 2, 0, &got), 0);
	journal_entry_free(&got);

	enc_hex(hex, x.hash, HASH_LEN);
	assert_int_equal(journal_by_prefix(j, hex, hash), 1);
	hex[9] = '\0';
	assert_int_equal(journal_by_prefix(j, hex, hash), 1);
	assert_memory_equal(hash, x.hash, HASH_LEN);
	hex[3] = '\0';
	assert_int_equal(journal_by_prefix(j, hex, hash), 0);
	assert_int_equal(journal_by_prefix(j, "XYZW", hash), 0);
	journal_entry_free(&x);

	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(journal_verify(j, told, NULL), 0);
	assert_string_equal(journal_dir(j), dir);
}

static void
several_of_a_prefix(void **state)
{
	uint8_t hash[HASH_LEN];

	(void)state;
	fill(2);
	journal_close(j);
	j = NULL;
	assert_int_equal(maker_sql(dir, "UPDATE entry SET hash = CAST(x'abcd' || substr(hash, 3) AS BLOB) WHERE n % 4 < 2"), 0);
	(void)reopen();
	assert_int_equal(journal_by_prefix(j, "abcd", hash), 2);
}

static void
batch_all_or_none(void **state)
{
	struct journal_entry x[5];
	struct err e;
	uint8_t head[HASH_LEN];
	unsigned i;

	(void)state;
	fill(1);
	memcpy(head, m.last_hash, HASH_LEN);
	for (i = 0; i < 5; i++)
		assert_int_equal(maker_personal(&m, &x[i]), 0);
	x[3].payload.data[2] ^= 1;
	assert_int_equal(journal_append(j, x, 5, &e), 1);
	assert_non_null(strstr(e.text, "entry 4"));
	assert_non_null(strstr(e.text, "bad-payload"));
	assert_int_equal(entries(), 2);
	assert_head(1, 1, head);
	x[3].payload.data[2] ^= 1;
	(void)snprintf(x[1].id, sizeof(x[1].id), "same");
	(void)snprintf(x[4].id, sizeof(x[4].id), "same");
	assert_int_equal(journal_append(j, x, 5, &e), 1);
	assert_non_null(strstr(e.text, "entry 5"));
	assert_int_equal(entries(), 2);
	x[4].id[0] = '\0';
	assert_int_equal(journal_append(j, x, 5, &e), 0);
	assert_head(1, 6, x[4].hash);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_int_equal(entries(), 7);
	assert_int_equal(journal_append(j, x, 0, &e), 0);
	for (i = 0; i < 5; i++)
		journal_entry_free(&x[i]);
}

static void
same_id(void **state)
{
	struct journal_entry x;
	struct err e;

	(void)state;
	fill(0);
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "uuid:1");
	journal_entry_free(&x);
	assert_int_equal(maker_record(&m, &x), 0);
	(void)snprintf(x.id, sizeof(x.id), "uuid:1");
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	assert_non_null(strstr(e.text, "uuid:1"));
	(void)snprintf(x.id, sizeof(x.id), "uuid:2");
	assert_int_equal(journal_append(j, &x, 1, &e), 0);
	journal_entry_free(&x);
}

/* An entry wrong in one way, made by ${spoil} from a good next header, is refused with ${code}; the good one then still fits. */
static void
refused(void (*spoil_header)(struct entry *h), void (*spoil)(struct journal_entry *x), const char *code)
{
	struct maker before = m;
	struct journal_entry x;
	struct entry h;
	struct err e = {""};
	unsigned n = entries();

	maker_header(&m, &h, "record");
	if (spoil_header != NULL)
		spoil_header(&h);
	assert_int_equal(maker_sign(&m, &x, &h, "{\"a\":1}", "{\"b\":2}"), 0);
	if (spoil != NULL)
		spoil(&x);
	if (journal_append(j, &x, 1, &e) != 1 || strstr(e.text, code) == NULL)
		fail_msg("wanted a refusal with %s, got: %s", code, e.text);
	journal_entry_free(&x);
	assert_int_equal(entries(), n);
	m = before;
}

static void h_seq(struct entry *h) { h->seq++; }
static void h_again(struct entry *h) { h->seq--; }
static void h_epoch(struct entry *h) { h->epoch++; }
static void h_prev(struct entry *h) { h->prev[0] ^= 1; }
static void h_device(struct entry *h) { h->device[0] ^= 1; }
static void h_log(struct entry *h) { h->has_log = 0; }
static void h_anchor(struct entry *h) { h->anchor_size--; }
static void h_place(struct entry *h) { h->place[1] = '\0'; }
static void h_kind(struct entry *h) { (void)snprintf(h->kind, sizeof(h->kind), "epoch-open"); }
static void x_header(struct journal_entry *x) { (void)buf_putc(&x->header, '\n'); }
static void x_header2(struct journal_entry *x) { memcpy(strstr((char *)x->header.data, "actor device"), "actor devise", 12); }
static void x_sig(struct journal_entry *x) { x->sig[0].sig[3] ^= 1; }
static void x_keyhash(struct journal_entry *x) { x->sig[0].keyhash[3] ^= 1; }
static void x_nosig(struct journal_entry *x) { x->nsigs = 0; }
static void x_twosigs(struct journal_entry *x) { x->nsigs = 2; }
static void x_payload(struct journal_entry *x) { x->payload.data[5] ^= 1; }
static void x_short(struct journal_entry *x) { x->payload.len--; }
static void x_personal(struct journal_entry *x) { x->personal.data[5] ^= 1; }
static void x_salt(struct journal_entry *x) { x->salt[0] ^= 1; }
static void x_nopersonal(struct journal_entry *x) { x->has_personal = 0; }

static void
refused_by_rule(void **state)
{
	struct journal_entry x;
	struct entry h;

	(void)state;
	fill(2);
	maker_header(&m, &h, "record");
	h.has_log = 1;
	memset(h.log, 9, HASH_LEN);
	h.anchor_size = 5;
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	append(&x, "");
	journal_entry_free(&x);
	refused(h_seq, NULL, "bad-chain");
	refused(h_again, NULL, "bad-chain");
	refused(h_epoch, NULL, "bad-chain");
	refused(h_prev, NULL, "bad-chain");
	refused(h_device, NULL, "bad-chain");
	refused(h_log, NULL, "bad-chain");
	refused(h_anchor, NULL, "bad-chain");
	refused(h_place, NULL, "bad-chain");
	refused(h_kind, NULL, "bad-chain");
	refused(NULL, x_header, "bad-chain");
	refused(NULL, x_header2, "bad-signature");
	refused(NULL, x_sig, "bad-signature");
	refused(NULL, x_keyhash, "bad-signature");
	refused(NULL, x_nosig, "bad-signature");
	refused(NULL, x_twosigs, "bad-person-signature");
	refused(NULL, x_payload, "bad-payload");
	refused(NULL, x_short, "bad-payload");
	refused(NULL, x_personal, "bad-personal");
	refused(NULL, x_salt, "bad-personal");
	refused(NULL, x_nopersonal, "bad-personal");
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
}

/* After a succession a new epoch names the new log, whose sizes begin anew; an epoch that goes on names its own. */
static void
new_log_new_sizes(void **state)
{
	struct entry before = { .epoch = 1, .seq = 3, .has_log = 1, .anchor_size = 50 }, h;
	uint8_t hash[HASH_LEN] = { 7 };

	(void)state;
	memset(before.log, 9, HASH_LEN);
	h = before;
	h.epoch = 2;
	h.seq = 0;
	h.has_prev = 1;
	memcpy(h.prev, hash, HASH_LEN);
	h.anchor_size = 0;
	assert_string_equal(journal_judge_chain(&h, &before, hash, NULL), "bad-chain");
	memset(h.log, 8, HASH_LEN);
	assert_null(journal_judge_chain(&h, &before, hash, NULL));
	h.has_log = 0;
	assert_string_equal(journal_judge_chain(&h, &before, hash, NULL), "bad-chain");
	h.has_log = 1;
	h.epoch = 1;
	h.seq = 4;
	assert_string_equal(journal_judge_chain(&h, &before, hash, NULL), "bad-chain");
}

static void
refused_beginnings(void **state)
{
	struct journal_entry x;
	struct maker other;
	struct entry h;
	struct err e;

	(void)state;
	/* not the beginning */
	m.has_last = 1;
	assert_int_equal(maker_record(&m, &x), 0);
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	journal_entry_free(&x);
	m.has_last = 0;
	/* a device that is not its first key's hash */
	assert_int_equal(maker_init(&other, 9, "520221"), 0);
	memcpy(other.device, m.device, HASH_LEN);
	assert_int_equal(maker_genesis(&other, &x), 0);
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	assert_non_null(strstr(e.text, "bad-chain"));
	journal_entry_free(&x);
	maker_free(&other);
	/* no key in it */
	maker_header(&m, &h, "epoch-open");
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	assert_non_null(strstr(e.text, "bad-payload"));
	journal_entry_free(&x);
	m.has_last = 0;
	fill(0);
}

static void
epochs(void **state)
{
	struct journal_entry x[3];
	struct maker before;
	struct err e;
	unsigned i;

	(void)state;
	fill(1);
	before = m;
	before.signer = NULL;
	/* endorsed by a key that is not the former one's */
	assert_int_equal(maker_epoch(&m, &x[0], 2, "renewed"), 0);
	journal_entry_free(&x[0]);
	m.epoch = before.epoch;
	m.last = before.last;
	memcpy(m.last_hash, before.last_hash, HASH_LEN);
	assert_int_equal(maker_epoch(&m, &x[0], 2, "renewed"), 0);
	assert_int_equal(journal_append(j, &x[0], 1, &e), 1);
	assert_non_null(strstr(e.text, "former"));
	journal_entry_free(&x[0]);
	/* as it should be, twice in one batch, and epochs may be left out */
	maker_free(&m);
	assert_int_equal(maker_init(&m, 7, "520221"), 0);
	m.has_last = 1;
	m.last = before.last;
	memcpy(m.last_hash, before.last_hash, HASH_LEN);
	assert_int_equal(maker_epoch(&m, &x[0], 2, "renewed"), 0);
	assert_int_equal(maker_record(&m, &x[1]), 0);
	assert_int_equal(maker_epoch(&m, &x[2], 5, "restored"), 0);
	if (journal_append(j, x, 3, &e) != 0)
		fail_msg("%s", e.text);
	assert_head(5, 0, m.last_hash);
	assert_int_equal(journal_next_epoch(j), 6);
	for (i = 0; i < 3; i++)
		journal_entry_free(&x[i]);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_int_equal(maker_record(&m, &x[0]), 0);
	append(&x[0], "");
	journal_entry_free(&x[0]);
	assert_int_equal(journal_verify(j, told, NULL), 0);
}

static void
person_signs(void **state)
{
	static const uint8_t seed[SEED_LEN] = {3};
	struct journal_entry x, got;
	struct err e;

	(void)state;
	fill(0);
	m.person = signer_new(seed);
	assert_int_equal(maker_record(&m, &x), 0);
	x.nsigs = 1;
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	assert_non_null(strstr(e.text, "bad-person-signature"));
	x.nsigs = 2;
	x.sig[1].keyhash[0] ^= 1;
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	x.sig[1].keyhash[0] ^= 1;
	append(&x, "");
	journal_entry_init(&got);
	assert_int_equal(journal_by_hash(j, x.hash, &got), 1);
	assert_int_equal(got.nsigs, 2);
	assert_memory_equal(got.sig, x.sig, sizeof(x.sig));
	journal_entry_free(&got);
	journal_entry_free(&x);
	assert_int_equal(journal_verify(j, told, NULL), 0);
}

/* What stands beside the guard, and that only a new epoch goes on from it. */
static void
goes_on_with(const char *reason, uint32_t epoch)
{
	struct journal_entry x;
	struct maker before = m;
	struct err e;
	uint32_t ep;
	uint64_t se;

	assert_int_equal(journal_head(j, &ep, &se, m.last_hash), 1);
	m.last.epoch = ep;
	m.last.seq = se;
	assert_int_equal(maker_record(&m, &x), 0);
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	assert_non_null(strstr(e.text, "new epoch"));
	journal_entry_free(&x);
	m.last = before.last;
	m.made = before.made;
	assert_int_equal(journal_head(j, &ep, &se, m.last_hash), 1);
	assert_int_equal(journal_next_epoch(j), epoch);
	assert_int_equal(maker_epoch(&m, &x, epoch, reason), 0);
	append(&x, "");
	journal_entry_free(&x);
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_head(epoch, 1, m.last_hash);
	assert_int_equal(journal_verify(j, told, NULL), 0);
}

static void
guard_missing(void **state)
{
	(void)state;
	fill(2);
	shell("rm '%s/guard'%s", dir, "");
	assert_int_equal(reopen(), JOURNAL_NO_GUARD);
	assert_int_equal(entries(), 3);
	assert_int_equal(reopen(), JOURNAL_NO_GUARD);
	goes_on_with("guard-missing", 2);
}

static void
guard_unreadable(void **state)
{
	(void)state;
	fill(2);
	shell("printf x | dd of='%s/guard' bs=1 seek=50 conv=notrunc 2>/dev/null; printf x | dd of='%s/guard' bs=1 seek=600 conv=notrunc 2>/dev/null", dir, dir);
	assert_int_equal(reopen(), JOURNAL_NO_GUARD);
	goes_on_with("guard-missing", 2);
}

static void
database_ahead(void **state)
{
	struct journal_entry x;

	(void)state;
	fill(2);
	shell("cp '%s/guard' '%s/../old'", dir, dir);
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	journal_close(j);
	j = NULL;
	shell("cat '%s/../old' > '%s/guard'", dir, dir);
	assert_int_equal(reopen(), JOURNAL_AHEAD);
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
}

static void
rolled_back(void **state)
{
	struct maker before;
	struct journal_entry x;
	struct err e;

	(void)state;
	fill(2);
	assert_int_equal(journal_backup(j, "/nowhere/at/all", &e), -1);
	shell("test ! -e '%s/../backup'%s", dir, "");
	{
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/backup", top);
		assert_int_equal(journal_backup(j, path, &e), 0);
		assert_int_equal(journal_backup(j, path, &e), -1);
	}
	before = m;
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x, "");
	journal_entry_free(&x);
	journal_close(j);
	j = NULL;
	m.last = before.last;
	memcpy(m.last_hash, before.last_hash, HASH_LEN);
	shell("mv '%s/../backup' '%s/journal.db'", dir, dir);
	assert_int_equal(reopen(), JOURNAL_BEHIND);
	assert_int_equal(journal_verify(j, told, NULL), 1);
	goes_on_with("restored", 2);
}

/* A restored journal whose guard has seen an epoch that it has not: never that number again. */
static void
rolled_back_an_epoch(void **state)
{
	struct journal_entry x;
	struct maker before;
	char path[256];

	(void)state;
	fill(2);
	(void)snprintf(path, sizeof(path), "%s/backup", top);
	assert_int_equal(journal_backup(j, path, NULL), 0);
	before = m;
	assert_int_equal(maker_epoch(&m, &x, 2, "renewed"), 0);
	append(&x, "");
	journal_entry_free(&x);
	journal_close(j);
	j = NULL;
	maker_free(&m);
	assert_int_equal(maker_init(&m, 7, "520221"), 0);
	m.has_last = 1;
	m.last = before.last;
	memcpy(m.last_hash, before.last_hash, HASH_LEN);
	shell("mv '%s/../backup' '%s/journal.db'", dir, dir);
	assert_int_equal(reopen(), JOURNAL_BEHIND);
	goes_on_with("rolled-back", 3);
}

static void
copied(void **state)
{
	(void)state;
	fill(2);
	journal_close(j);
	j = NULL;
	shell("cp -a '%s' '%s.copy'", dir, dir);
	(void)snprintf(dir, sizeof(dir), "%s/data.copy", top);
	assert_int_equal(reopen(), JOURNAL_OTHER_HOST);
	assert_int_equal(reopen(), JOURNAL_OTHER_HOST);
	goes_on_with("cloned", 2);
}

/* The newest entry no longer verifies: it opens, says so, and a new epoch goes on from what is whole. */
static void
damaged_head(void **state)
{
	struct journal_entry x;
	struct err e;

	(void)state;
	fill(2);
	journal_close(j);
	j = NULL;
	assert_int_equal(maker_sql(dir, "UPDATE entry SET payload = '{}' WHERE n % 8 = 2"), 0);
	assert_int_equal(reopen(), JOURNAL_DAMAGED);
	assert_int_equal(maker_record(&m, &x), 0);
	assert_int_equal(journal_append(j, &x, 1, &e), 1);
	journal_entry_free(&x);
	assert_int_equal(journal_next_epoch(j), 2);
	assert_int_equal(journal_verify(j, told, NULL), 1);
}

static void
second_process(void **state)
{
	enum journal_standing s;
	struct err e;
	pid_t pid;
	int status;

	(void)state;
	assert_null(journal_open(dir, &s, &e));
	assert_non_null(strstr(e.text, "another process has the journal open"));
	if ((pid = fork()) == 0)
		_exit(journal_open(dir, &s, &e) == NULL && strstr(e.text, "another process") != NULL ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
facts(void **state)
{
	struct buf b;
	uint64_t v = 5;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(journal_get(j, "place", &b), 0);
	assert_int_equal(journal_get_u64(j, "counter", &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(journal_set(j, "place", "520221", 6, NULL), 0);
	assert_int_equal(journal_set(j, "place", "520222", 6, NULL), 0);
	assert_int_equal(journal_set(j, "empty", NULL, 0, NULL), 0);
	assert_int_equal(journal_set_u64(j, "counter", UINT64_MAX, NULL), 0);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_int_equal(journal_get(j, "place", &b), 1);
	assert_string_equal(buf_str(&b), "520222");
	buf_reset(&b);
	assert_int_equal(journal_get(j, "empty", &b), 1);
	assert_int_equal(b.len, 0);
	assert_int_equal(journal_get_u64(j, "counter", &v), 1);
	assert_true(v == UINT64_MAX);
	assert_int_equal(journal_get_u64(j, "place", &v), 1);
	assert_int_equal(journal_set(j, "place", "x", 1, NULL), 0);
	assert_int_equal(journal_get_u64(j, "place", &v), -1);
	buf_free(&b);
}

static int
set_in_walk(void *ctx, const struct journal_entry *x)
{
	uint8_t by[HASH_LEN];
	unsigned n = 0;
	int w;

	++*(unsigned *)ctx;
	assert_int_equal(journal_superseded_by(j, x->hash, by, &w), 0);
	assert_int_equal(journal_each(j, count_one, &n), 0);
	assert_int_equal(n, 4);
	return journal_set_state(j, x->hash, "returned", NULL);
}

static void
states_and_walks(void **state)
{
	struct journal_entry x, got;
	struct journal_counts c;
	struct entry h;
	uint8_t first[HASH_LEN], by[HASH_LEN];
	unsigned n = 0;
	int w = -1;

	(void)state;
	fill(3);
	assert_int_equal(journal_each(j, set_in_walk, &n), 0);
	assert_int_equal(n, 4);
	journal_entry_init(&got);
	assert_int_equal(journal_by_seq(j, 1, 2, &got), 1);
	assert_string_equal(got.state, "returned");
	memcpy(first, got.hash, HASH_LEN);
	assert_int_equal(journal_set_state(j, first, "nonsense", NULL), -1);
	assert_int_equal(journal_set_state(j, first, "set-aside", NULL), 0);
	assert_int_equal(journal_count(j, &c), 0);
	assert_int_equal(c.entries, 4);
	assert_int_equal(c.waiting, 4);
	assert_int_equal(c.set_aside, 1);
	assert_int_equal(c.confirmed, 0);
	assert_int_equal(c.has_last, 0);
	assert_int_equal(journal_set_state(j, first, "", NULL), 0);
	by[0] = 0;
	assert_int_equal(journal_set_state(j, by, "", NULL), -1);

	maker_header(&m, &h, "correction");
	h.has_supersedes = 1;
	memcpy(h.supersedes, first, HASH_LEN);
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	append(&x, "");
	assert_int_equal(journal_superseded_by(j, first, by, &w), 1);
	assert_int_equal(w, 0);
	assert_memory_equal(by, x.hash, HASH_LEN);
	journal_entry_free(&x);
	maker_header(&m, &h, "withdrawal");
	h.has_supersedes = 1;
	memcpy(h.supersedes, first, HASH_LEN);
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	append(&x, "");
	assert_int_equal(journal_superseded_by(j, first, by, &w), 1);
	assert_int_equal(w, 1);
	journal_entry_free(&x);
	journal_entry_free(&got);
	assert_int_equal(journal_verify(j, told, NULL), 0);
}

static int
first_form(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	(void)hash;
	assert_string_equal(id, "roof");
	assert_int_equal(n, 8);
	assert_memory_equal(xml, version[0] == '1' ? "<form 1>" : "<form 2>", 8);
	++*(unsigned *)ctx;
	return 0;
}

static int
each_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	assert_int_equal(n, 5);
	assert_memory_equal(leaf, index == 7 ? "seven" : "nine ", 5);
	++*(unsigned *)ctx;
	return 0;
}

static void
forms_and_records(void **state)
{
	char version[VERSION_MAX + 1] = "";
	uint8_t h1[HASH_LEN], h2[HASH_LEN], hash[HASH_LEN];
	struct buf b;
	unsigned n = 0;

	(void)state;
	buf_init(&b, 100);
	sha256(h1, "<form 1>", 8);
	sha256(h2, "<form 2>", 8);
	assert_int_equal(journal_form(j, "roof", version, hash, &b), 0);
	assert_int_equal(journal_form_add(j, "roof", "2", h2, 9, "<form 2>", 8, NULL), 0);
	assert_int_equal(journal_form_add(j, "roof", "1", h1, 4, "<form 1>", 8, NULL), 0);
	assert_int_equal(journal_form_add(j, "roof", "1", h1, 4, "<form 1>", 8, NULL), 0);
	assert_int_equal(journal_form_add(j, "roof", "1", h2, 4, "<form 1>", 8, NULL), -1);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	assert_int_equal(journal_form(j, "roof", version, hash, &b), 1);
	assert_string_equal(version, "2");
	assert_memory_equal(hash, h2, HASH_LEN);
	assert_string_equal(buf_str(&b), "<form 2>");
	(void)snprintf(version, sizeof(version), "1");
	buf_reset(&b);
	assert_int_equal(journal_form(j, "roof", version, hash, &b), 1);
	assert_string_equal(buf_str(&b), "<form 1>");
	(void)snprintf(version, sizeof(version), "3");
	assert_int_equal(journal_form(j, "roof", version, hash, &b), 0);
	assert_int_equal(journal_each_form(j, first_form, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(journal_record_add(j, 9, "nine ", 5, NULL), 0);
	assert_int_equal(journal_record_add(j, 7, "seven", 5, NULL), 0);
	assert_int_equal(journal_record_add(j, 7, "seven", 5, NULL), 0);
	assert_int_equal(journal_record_add(j, 7, "other", 5, NULL), -1);
	assert_int_equal(journal_each_record(j, 8, each_record, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(journal_each_record(j, 0, each_record, &n), 0);
	assert_int_equal(n, 5);
	buf_free(&b);
}

static int
each_att(void *ctx, const struct attachment *a)
{
	assert_string_equal(a->mediatype, "image/jpeg");
	++*(unsigned *)ctx;
	return 0;
}

static void
put_photo(struct entry *h, size_t i, const char *bytes, int personal)
{
	struct attachment *a = &h->att[i];

	assert_int_equal(journal_attachment_put(j, bytes, strlen(bytes), a->hash, NULL), 0);
	a->len = strlen(bytes);
	a->personal = personal;
	(void)snprintf(a->mediatype, sizeof(a->mediatype), "image/jpeg");
	h->natt = i + 1;
}

static void
attachments(void **state)
{
	struct journal_entry x, y;
	struct journal_counts c;
	struct entry h;
	struct buf b;
	struct err e;
	char hex[2 * HASH_LEN + 1];
	unsigned n = 0;

	(void)state;
	fill(0);
	maker_header(&m, &h, "record");
	put_photo(&h, 0, "a photo of a roof", 0);
	put_photo(&h, 1, "a photo of a family", 1);
	put_photo(&h, 2, "a photo of two families", 1);
	assert_int_equal(maker_sign(&m, &x, &h, "{}", "{\"name\":\"Li Si\"}"), 0);
	append(&x, "");
	maker_header(&m, &h, "record");
	put_photo(&h, 0, "a photo of two families", 1);
	assert_int_equal(maker_sign(&m, &y, &h, "{}", "{\"name\":\"Wu San\"}"), 0);
	append(&y, "");
	assert_int_equal(journal_each_attachment(j, 1, each_att, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(journal_verify(j, told, NULL), 0);

	buf_init(&b, 100);
	assert_int_equal(journal_attachment_get(j, x.h.att[0].hash, &b, &e), 0);
	assert_string_equal(buf_str(&b), "a photo of a roof");
	assert_int_equal(journal_attachment_get(j, x.hash, &b, &e), -1);
	assert_int_equal(journal_attachment_delivered(j, x.h.att[0].hash, &e), 0);
	assert_int_equal(journal_attachment_delivered(j, x.h.att[0].hash, &e), 0);
	assert_int_equal(reopen(), JOURNAL_NORMAL);
	n = 0;
	assert_int_equal(journal_each_attachment(j, 1, each_att, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(journal_each_attachment(j, 0, each_att, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(journal_count(j, &c), 0);
	assert_int_equal(c.attachments_waiting, 2);

	/* what was delivered may go; what was not, and what is not what it was, is told */
	enc_hex(hex, x.h.att[0].hash, HASH_LEN);
	shell("rm '%s/attachments/%s'", dir, hex);
	assert_int_equal(journal_verify(j, told, NULL), 0);
	enc_hex(hex, x.h.att[1].hash, HASH_LEN);
	shell("printf x >> '%s/attachments/%s'", dir, hex);
	assert_int_equal(journal_verify(j, told, NULL), 1);
	buf_reset(&b);
	assert_int_equal(journal_attachment_get(j, x.h.att[1].hash, &b, &e), -1);
	shell("rm '%s/attachments/%s'", dir, hex);
	assert_int_equal(journal_verify(j, told, NULL), 1);

	/* the personal part goes with its photo, but not with the one another entry still needs */
	assert_int_equal(journal_drop_personal(j, x.hash, &e), 0);
	assert_int_equal(journal_verify(j, told, NULL), 0);
	assert_int_equal(journal_attachment_get(j, x.h.att[2].hash, &b, &e), 0);
	assert_int_equal(journal_drop_personal(j, y.hash, &e), 0);
	assert_int_equal(journal_drop_personal(j, y.hash, &e), 0);
	assert_int_equal(journal_attachment_get(j, x.h.att[2].hash, &b, &e), -1);
	assert_int_equal(journal_verify(j, told, NULL), 0);
	shell("! grep -rqE 'Li Si|Wu San' '%s'%s", dir, "");
	buf_free(&b);
	journal_entry_free(&x);
	journal_entry_free(&y);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(refuses_traces, setup, teardown),
	    cmocka_unit_test_setup_teardown(opens_nothing_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(append_and_reopen, setup, teardown),
	    cmocka_unit_test_setup_teardown(several_of_a_prefix, setup, teardown),
	    cmocka_unit_test_setup_teardown(batch_all_or_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(same_id, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused_by_rule, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused_beginnings, setup, teardown),
	    cmocka_unit_test_setup_teardown(new_log_new_sizes, setup, teardown),
	    cmocka_unit_test_setup_teardown(epochs, setup, teardown),
	    cmocka_unit_test_setup_teardown(person_signs, setup, teardown),
	    cmocka_unit_test_setup_teardown(guard_missing, setup, teardown),
	    cmocka_unit_test_setup_teardown(guard_unreadable, setup, teardown),
	    cmocka_unit_test_setup_teardown(database_ahead, setup, teardown),
	    cmocka_unit_test_setup_teardown(rolled_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(rolled_back_an_epoch, setup, teardown),
	    cmocka_unit_test_setup_teardown(copied, setup, teardown),
	    cmocka_unit_test_setup_teardown(damaged_head, setup, teardown),
	    cmocka_unit_test_setup_teardown(second_process, setup, teardown),
	    cmocka_unit_test_setup_teardown(facts, setup, teardown),
	    cmocka_unit_test_setup_teardown(states_and_walks, setup, teardown),
	    cmocka_unit_test_setup_teardown(forms_and_records, setup, teardown),
	    cmocka_unit_test_setup_teardown(attachments, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
