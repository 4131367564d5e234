#include "tests/lib/faultvfs.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 16
#define OPS_MAX 8192

/* What of one file is on disk, and what was done to it since its last sync. */
struct shadow {
	char path[512];
	int synced;
	uint8_t *data;
	size_t len;
	struct {
		sqlite3_int64 off;
		int len; /* -1: cut to off */
	} op[OPS_MAX];
	size_t nops;
};

struct fault_file {
	sqlite3_file base;
	struct shadow *shadow;
	sqlite3_file *real; /* lies behind this struct */
};

static sqlite3_vfs layer;
static sqlite3_vfs *under;
static struct shadow *files[FILES_MAX];
static struct {
	unsigned ops, nth, hits;
	int forever, code;
} armed;

static struct fault_file *
mine(sqlite3_file *f)
{
	return (struct fault_file *)(void *)f;
}

/* SQLITE_OK, or the error this operation is to answer. */
static int
strike(unsigned op)
{
	if ((armed.ops & op) == 0)
		return SQLITE_OK;
	if (armed.nth > 1) {
		armed.nth--;
		return SQLITE_OK;
	}
	armed.hits++;
	if (!armed.forever)
		armed.ops = 0;
	return armed.code;
}

void
faultvfs_arm(unsigned ops, unsigned nth, int forever, int code)
{
	armed.ops = ops;
	armed.nth = nth;
	armed.forever = forever;
	armed.code = code;
	armed.hits = 0;
}

unsigned
faultvfs_disarm(void)
{
	armed.ops = 0;
	return armed.hits;
}

static struct shadow *
shadow_of(const char *path)
{
	size_t i;

	for (i = 0; i < FILES_MAX; i++) {
		if (files[i] != NULL && strcmp(files[i]->path, path) == 0)
			return files[i];
	}
	for (i = 0; i < FILES_MAX; i++) {
		if (files[i] == NULL && (files[i] = calloc(1, sizeof(*files[i]))) != NULL) {
			(void)snprintf(files[i]->path, sizeof(files[i]->path), "%s", path);
			return files[i];
		}
	}
	abort();
}

static void
forget(struct shadow **s)
{
	if (*s != NULL)
		free((*s)->data);
	free(*s);
	*s = NULL;
}

static void
note_op(struct shadow *s, sqlite3_int64 off, int len)
{
	if (s == NULL)
		return;
	if (s->nops == OPS_MAX)
		abort();
	s->op[s->nops].off = off;
	s->op[s->nops++].len = len;
}

static void
resize(struct shadow *s, size_t len)
{
	uint8_t *p = realloc(s->data, len + 1);

	if (p == NULL)
		abort();
	if (len > s->len)
		memset(p + s->len, 0, len - s->len);
	s->data = p;
	s->len = len;
}

static void
settle(struct shadow *s, sqlite3_file *real)
{
	size_t i, end;

	for (i = 0; i < s->nops; i++) {
		if (s->op[i].len < 0) {
			if ((size_t)s->op[i].off < s->len)
				resize(s, (size_t)s->op[i].off);
			continue;
		}
		end = (size_t)s->op[i].off + (size_t)s->op[i].len;
		if (end > s->len)
			resize(s, end);
		(void)real->pMethods->xRead(real, s->data + s->op[i].off, s->op[i].len, s->op[i].off);
	}
	s->nops = 0;
	s->synced = 1;
}

static int
f_close(sqlite3_file *f)
{
	return mine(f)->real->pMethods->xClose(mine(f)->real);
}

static int
f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
	int rc = strike(FAULT_READ);

	return rc != SQLITE_OK ? rc : mine(f)->real->pMethods->xRead(mine(f)->real, p, n, off);
}

static int
f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
	int rc = strike(FAULT_WRITE);

	if (rc != SQLITE_OK) {
		/* half of it gets there, as when the disk is full */
		if (n > 1 && mine(f)->real->pMethods->xWrite(mine(f)->real, p, n / 2, off) == SQLITE_OK)
			note_op(mine(f)->shadow, off, n / 2);
		return rc;
	}
	rc = mine(f)->real->pMethods->xWrite(mine(f)->real, p, n, off);
	if (rc == SQLITE_OK)
		note_op(mine(f)->shadow, off, n);
	return rc;
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = strike(FAULT_TRUNCATE);

	if (rc == SQLITE_OK && (rc = mine(f)->real->pMethods->xTruncate(mine(f)->real, size)) == SQLITE_OK)
		note_op(mine(f)->shadow, size, -1);
	return rc;
}

static int
f_sync(sqlite3_file *f, int flags)
{
	int rc = strike(FAULT_SYNC);

	(void)flags;
	if (mine(f)->shadow != NULL) {
		if (rc == SQLITE_OK)
			settle(mine(f)->shadow, mine(f)->real);
		else
			mine(f)->shadow->nops = 0;
	}
	return rc;
}

#define PASS(name, type, decl, args)                                                                                   \
	static int f_##name decl                                                                                       \
	{                                                                                                              \
		return mine(f)->real->pMethods->type args;                                                             \
	}

PASS(size, xFileSize, (sqlite3_file *f, sqlite3_int64 *n), (mine(f)->real, n))
PASS(lock, xLock, (sqlite3_file *f, int how), (mine(f)->real, how))
PASS(unlock, xUnlock, (sqlite3_file *f, int how), (mine(f)->real, how))
PASS(reserved, xCheckReservedLock, (sqlite3_file *f, int *out), (mine(f)->real, out))
PASS(control, xFileControl, (sqlite3_file *f, int op, void *arg), (mine(f)->real, op, arg))
PASS(sector, xSectorSize, (sqlite3_file *f), (mine(f)->real))
PASS(device, xDeviceCharacteristics, (sqlite3_file *f), (mine(f)->real))
/* Shared memory is no file to last: never failing, never kept. */
PASS(shm_map, xShmMap, (sqlite3_file *f, int page, int size, int extend, void volatile **out), (mine(f)->real, page, size, extend, out))
PASS(shm_lock, xShmLock, (sqlite3_file *f, int from, int n, int flags), (mine(f)->real, from, n, flags))
PASS(shm_unmap, xShmUnmap, (sqlite3_file *f, int gone), (mine(f)->real, gone))

static void
f_shm_barrier(sqlite3_file *f)
{
	mine(f)->real->pMethods->xShmBarrier(mine(f)->real);
}

static const sqlite3_io_methods methods = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_reserved, f_control,
    f_sector, f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL};

static int
v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct fault_file *m = mine(f);
	int rc = strike(FAULT_OPEN);

	(void)v;
	memset(m, 0, sizeof(*m));
	if (rc != SQLITE_OK)
		return rc;
	m->real = (sqlite3_file *)(void *)((uint8_t *)m + sizeof(*m));
	rc = under->xOpen(under, name, m->real, flags, out);
	if (m->real->pMethods != NULL)
		m->base.pMethods = &methods;
	if (rc == SQLITE_OK && name != NULL && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0)
		m->shadow = shadow_of(name);
	return rc;
}

static int
v_delete(sqlite3_vfs *v, const char *name, int sync)
{
	size_t i;
	int rc = strike(FAULT_TRUNCATE);

	(void)v;
	if (rc != SQLITE_OK)
		return rc;
	for (i = 0; i < FILES_MAX; i++) {
		if (files[i] != NULL && strcmp(files[i]->path, name) == 0)
			forget(&files[i]);
	}
	return under->xDelete(under, name, sync);
}

int
faultvfs_install(void)
{
	if ((under = sqlite3_vfs_find(NULL)) == NULL)
		return -1;
	layer = *under;
	layer.zName = "fault";
	layer.pNext = NULL;
	layer.szOsFile = under->szOsFile + (int)sizeof(struct fault_file);
	layer.xOpen = v_open;
	layer.xDelete = v_delete;
	return sqlite3_vfs_register(&layer, 1) == SQLITE_OK ? 0 : -1;
}

void
faultvfs_cut(void)
{
	struct shadow *s;
	FILE *f;
	size_t i;

	for (i = 0; i < FILES_MAX; i++) {
		if ((s = files[i]) == NULL)
			continue;
		s->nops = 0;
		(void)unlink(s->path);
		if (s->synced) {
			if ((f = fopen(s->path, "wb")) == NULL || (s->len > 0 && fwrite(s->data, s->len, 1, f) != 1) || fclose(f) != 0)
				abort();
		} else
			forget(&files[i]);
	}
}

void
faultvfs_forget(void)
{
	size_t i;

	for (i = 0; i < FILES_MAX; i++)
		forget(&files[i]);
}
