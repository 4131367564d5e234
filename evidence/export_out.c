#include "evidence/export_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static int
fail(struct err *e, const char *path, const char *what)
{
	return err_set(e, "export: %s: %s: %s", path, what, strerror(errno));
}

/* Only the owner may read: personal parts may be inside. */
static int
create(const char *full)
{
	return open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Make the folders that lead to ${full}. */
static int
make_folders(char *full, struct err *e)
{
	char *slash = strrchr(full, '/');
	int rc;

	*slash = '\0';
	rc = file_mkdirs(full, 0700, e);
	*slash = '/';
	return rc;
}

int
export_out_open(struct export_out *o, const char *dir, const char *path, struct err *e)
{
	char full[EXPORT_FULL_MAX];
	int fd;

	o->f = NULL;
	if (!manifest_path_ok(path) || strlen(dir) >= EXPORT_DIR_MAX)
		return err_set(e, "export: %.64s: not a clean relative path", path);
	(void)snprintf(o->path, sizeof(o->path), "%s", path);
	(void)snprintf(full, sizeof(full), "%s/%s", dir, path);
	fd = create(full);
	if (fd < 0 && errno == ENOENT) {
		if (make_folders(full, e) != 0)
			return -1;
		fd = create(full);
	}
	if (fd < 0)
		return fail(e, path, "cannot be created");
	if ((o->f = fdopen(fd, "w")) == NULL) {
		(void)close(fd);
		return fail(e, path, "cannot be opened");
	}
	sha256_init(&o->sum);
	return 0;
}

void
export_out_put(struct export_out *o, const void *p, size_t n)
{
	if (n == 0)
		return;
	(void)fwrite(p, 1, n, o->f);
	sha256_add(&o->sum, p, n);
}

int
export_out_close(struct export_out *o, struct manifest *list, struct err *e)
{
	uint8_t hash[HASH_LEN];
	int bad = ferror(o->f);

	if (fclose(o->f) != 0)
		bad = 1;
	o->f = NULL;
	if (bad)
		return fail(e, o->path, "cannot be written");
	sha256_end(&o->sum, hash);
	return manifest_add(list, o->path, hash) == 0 ? 0 : err_set(e, "export: %s: out of memory", o->path);
}

void
export_out_drop(struct export_out *o)
{
	if (o->f != NULL)
		(void)fclose(o->f);
	o->f = NULL;
}
