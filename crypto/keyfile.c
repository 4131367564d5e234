#include "crypto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lapse.h"
#include "base/line.h"

#define KEYFILE_HEAD "tallystick/key/v1"
#define KEYFILE_MAX 256

int
keyfile_save(const char *path, const char *type, const uint8_t secret[KEYFILE_SECRET_LEN], struct err *e)
{
	char b64[sodium_base64_ENCODED_LEN(KEYFILE_SECRET_LEN, sodium_base64_VARIANT_ORIGINAL)];
	char *text = lapsed(sodium_malloc(KEYFILE_MAX));
	int n, rc;

	if (text == NULL)
		return err_set(e, "%s: out of guarded memory", path);
	(void)sodium_bin2base64(b64, sizeof(b64), secret, KEYFILE_SECRET_LEN, sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(text, KEYFILE_MAX, KEYFILE_HEAD "\n%s %s\n", type, b64);
	rc = n > 0 && n < KEYFILE_MAX ? file_create(path, text, (size_t)n, 0600, e) : err_set(e, "%s: key type too long", path);
	sodium_memzero(b64, sizeof(b64));
	sodium_free(text);
	return rc;
}

/* Opens ${path} if it is a plain file that only its owner may touch: what is checked is what is then read. */
static int
open_private(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		err_set(e, "%s: not a plain file", path);
	else if ((st.st_mode & 077) != 0)
		err_set(e, "%s: key file that group or others may use (mode %03o, must be 600)", path, (unsigned)st.st_mode & 0777U);
	else
		return fd;
	(void)close(fd);
	return -1;
}

/* The whole file into ${text}: its length, or -1 if it is as large as the room. */
static ssize_t
read_text(int fd, char *text)
{
	size_t have = 0;
	ssize_t n;

	while (have < KEYFILE_MAX) {
		n = read(fd, text + have, KEYFILE_MAX - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return (ssize_t)have;
		have += (size_t)n;
	}
	return -1;
}

int
keyfile_load(const char *path, const char *type, uint8_t secret[KEYFILE_SECRET_LEN], struct err *e)
{
	char *text = lapsed(sodium_malloc(KEYFILE_MAX));
	struct cursor c;
	struct field line, f;
	ssize_t n;
	int fd = -1, rc = -1;

	if (text == NULL)
		return err_set(e, "%s: out of guarded memory", path);
	if ((fd = open_private(path, e)) < 0)
		goto out;
	if ((n = read_text(fd, text)) < 0) {
		err_set(e, "%s: not a key file (too large, or cannot be read)", path);
		goto out;
	}
	cursor_init(&c, text, (size_t)n);
	if (cursor_line(&c, &line) != 1 || !field_is(line, KEYFILE_HEAD))
		err_set(e, "%s: not a key file (its first line must be %s)", path, KEYFILE_HEAD);
	else if (cursor_fields(&c, type, &f, 1) != 0 || field_b64(f, secret, KEYFILE_SECRET_LEN) != 0 || !cursor_end(&c))
		err_set(e, "%s: no %s key in it", path, type);
	else
		rc = 0;
out:
	if (fd >= 0)
		(void)close(fd);
	sodium_free(text);
	return rc;
}
