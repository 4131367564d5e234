#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cmd.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/line.h"
#include "evidence/policy.h"

#define INVENTORY_MAX (64U << 20)
#define WINDOW_MAX 100000 /* days */
#define DEVICE_CHARS 64

/* A file that an option names. */
static int
read_option(const struct args *a, const char *name, struct buf *b, size_t max, struct err *e)
{
	char path[PATH_MAX];

	buf_init(b, max);
	if (opt_get(a, name) == NULL)
		return 0;
	if (opt_path(a, opt_get(a, name), path, sizeof(path)) != 0)
		return err_set(e, "--%s: the path is too long", name);
	return file_read(path, b, e);
}

/* Does the file lie in the folder? */
static int
is_inside(const struct args *a, const char *file, const char *folder)
{
	char p[PATH_MAX], f[PATH_MAX], d[PATH_MAX];
	size_t n;

	if (opt_path(a, file, p, sizeof(p)) != 0 || realpath(p, f) == NULL || opt_path(a, folder, p, sizeof(p)) != 0 || realpath(p, d) == NULL)
		return 0;
	n = strlen(d);
	return strncmp(f, d, n) == 0 && (f[n] == '/' || d[n - 1] == '/');
}

static int
compare_id(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* The DEVICE in the first column of each line; lines without one (a heading) are passed over. */
static int
parse_inventory(struct brought *b, const struct buf *text, struct err *e)
{
	const char *p = buf_str(text), *end = p + text->len;
	size_t n = 0, lines = 1;

	for (const char *c = p; c < end; c++)
		lines += *c == '\n';
	if ((b->inventory = calloc(lines, sizeof(*b->inventory))) == NULL)
		return err_set(e, "out of memory");
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p)), *next = lf ? lf + 1 : end;

		while (p < next && (strchr("\"' \t\xef\xbb\xbf", *p) != NULL && *p != '\0'))
			p++;
		if (next - p >= DEVICE_CHARS && dec_hex(b->inventory[n], 32, p, DEVICE_CHARS) == 0 &&
		    (next - p == DEVICE_CHARS || strchr(",;\t \"'\r\n", p[DEVICE_CHARS]) != NULL))
			n++;
		p = next;
	}
	qsort(b->inventory, n, sizeof(*b->inventory), compare_id);
	b->o.inventory = (const uint8_t (*)[32])b->inventory;
	b->o.ninventory = n;
	return n > 0 ? 0 : err_set(e, "--inventory: no line begins with a DEVICE (64 hex digits)");
}

static int
bring_inventory(struct brought *b, const struct args *a, struct err *e)
{
	struct buf text;
	int ret;

	if ((ret = read_option(a, "inventory", &text, INVENTORY_MAX, e)) == 0 && opt_get(a, "inventory") != NULL)
		ret = parse_inventory(b, &text, e);
	buf_free(&text);
	return ret;
}

static int
bring_villages(struct brought *b, const struct args *a, struct err *e)
{
	size_t n = opt_count(a, "village");
	char path[PATH_MAX];

	if (n == 0)
		return 0;
	if ((b->village = calloc(n, sizeof(*b->village))) == NULL)
		return err_set(e, "out of memory");
	b->o.village = b->village;
	for (size_t i = 0; i < n; i++) {
		b->village[i].name = opt_nth(a, "village", i);
		b->village[i].src.dirfd = -1;
		if (opt_path(a, b->village[i].name, path, sizeof(path)) != 0)
			return err_set(e, "--village: the path is too long");
		if (source_folder(&b->village[i].src, path, e) != 0)
			return -1;
		b->o.nvillages++;
	}
	return 0;
}

static int
bring_numbers(struct brought *b, const struct args *a, struct err *e)
{
	const char *root = opt_get(a, "root"), *window = opt_get(a, "window");

	if (root != NULL && dec_hex(b->root, sizeof(b->root), root, strlen(root)) != 0)
		return err_set(e, "--root: not 64 hex digits");
	b->o.root = root != NULL ? b->root : NULL;
	if (window != NULL && (dec_u64(&b->o.window, window, strlen(window)) != 0 || b->o.window > WINDOW_MAX))
		return err_set(e, "--window: not a number of days");
	b->o.has_window = window != NULL;
	return 0;
}

int
cmd_bring(struct brought *b, const struct args *a, struct err *e)
{
	char path[PATH_MAX];

	memset(b, 0, sizeof(*b));
	b->o.src.dirfd = -1;
	if (opt_path(a, a->pos[0], path, sizeof(path)) != 0)
		return err_set(e, "the path is too long");
	if (source_folder(&b->o.src, path, e) != 0 || read_option(a, "policy", &b->policy, POLICY_MAX, e) != 0 ||
	    read_option(a, "since", &b->since, NOTE_MAX, e) != 0)
		return -1;
	if (opt_get(a, "policy") != NULL) {
		b->o.policy = buf_str(&b->policy);
		b->o.policy_len = b->policy.len;
		b->o.policy_inside = is_inside(a, opt_get(a, "policy"), a->pos[0]);
	}
	if (opt_get(a, "since") != NULL) {
		b->o.since = buf_str(&b->since);
		b->o.since_len = b->since.len;
	}
	return bring_inventory(b, a, e) != 0 || bring_villages(b, a, e) != 0 ? -1 : bring_numbers(b, a, e);
}

void
cmd_release(struct brought *b)
{
	source_end(&b->o.src);
	for (size_t i = 0; i < b->o.nvillages; i++)
		source_end(&b->village[i].src);
	free(b->village);
	free(b->inventory);
	buf_free(&b->policy);
	buf_free(&b->since);
}
