/* An nbdkit plugin: a disk in a file that writes down, in order, every write and every flush it is asked for. */
#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* One request at a time: the log's order is the order in which they were answered. */
#define THREAD_MODEL NBDKIT_THREAD_MODEL_SERIALIZE_ALL_REQUESTS

#define RECORD_WRITE 1U
#define RECORD_FLUSH 2U

struct record { /* in the log, little machine or big: read on the machine that wrote it */
	uint32_t what, len;
	uint64_t offset;
};

static char *image_path, *log_path;
static int image = -1, log_fd = -1;

static int
recorder_config(const char *key, const char *value)
{
	char **at = strcmp(key, "image") == 0 ? &image_path : strcmp(key, "log") == 0 ? &log_path : NULL;

	if (at == NULL || (*at = nbdkit_absolute_path(value)) == NULL) {
		nbdkit_error("%s: not a setting of the recorder", key);
		return -1;
	}
	return 0;
}

static int
recorder_ready(void)
{
	if (image_path == NULL || log_path == NULL || (image = open(image_path, O_RDWR | O_CLOEXEC)) < 0 ||
	    (log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)) < 0) {
		nbdkit_error("the recorder needs image=FILE log=FILE");
		return -1;
	}
	return 0;
}

static void *
recorder_open(int readonly)
{
	(void)readonly;
	return NBDKIT_HANDLE_NOT_NEEDED;
}

static int64_t
recorder_size(void *handle)
{
	struct stat st;

	(void)handle;
	return fstat(image, &st) == 0 ? st.st_size : -1;
}

static int
can(void *handle)
{
	(void)handle;
	return 1;
}

static int
can_fua(void *handle)
{
	(void)handle;
	return NBDKIT_FUA_NATIVE;
}

/* One writev() a record: who looks at the log's size sees whole records only. */
static int
log_add(uint32_t what, uint64_t offset, const void *p, uint32_t n)
{
	struct record r = {what, n, offset};
	struct iovec v[2];

	v[0].iov_base = &r;
	v[0].iov_len = sizeof(r);
	v[1].iov_base = (void *)(uintptr_t)p;
	v[1].iov_len = n;
	return writev(log_fd, v, n > 0 ? 2 : 1) == (ssize_t)(sizeof(r) + n) ? 0 : -1;
}

static int
recorder_pread(void *handle, void *p, uint32_t n, uint64_t offset, uint32_t flags)
{
	(void)handle;
	(void)flags;
	return pread(image, p, n, (off_t)offset) == (ssize_t)n ? 0 : -1;
}

static int
recorder_flush(void *handle, uint32_t flags)
{
	(void)handle;
	(void)flags;
	return log_add(RECORD_FLUSH, 0, NULL, 0);
}

static int
recorder_pwrite(void *handle, const void *p, uint32_t n, uint64_t offset, uint32_t flags)
{
	if (log_add(RECORD_WRITE, offset, p, n) != 0 || pwrite(image, p, n, (off_t)offset) != (ssize_t)n)
		return -1;
	return (flags & NBDKIT_FLAG_FUA) != 0 ? recorder_flush(handle, 0) : 0;
}

static struct nbdkit_plugin plugin = {
	.name = "recorder",
	.config = recorder_config,
	.get_ready = recorder_ready,
	.open = recorder_open,
	.get_size = recorder_size,
	.can_write = can,
	.can_flush = can,
	.can_fua = can_fua,
	.pread = recorder_pread,
	.pwrite = recorder_pwrite,
	.flush = recorder_flush,
};

NBDKIT_REGISTER_PLUGIN(plugin)
