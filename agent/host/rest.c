#include "agent/host/rest.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "agent/record/formcache.h"
#include "agent/host/duty.h"

#define FIRST_MS INT64_C(30000)
#define TRIM_BYTES (64 << 10)

void
rest_begin(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, TRIM_BYTES);
#endif
}

/* What was mapped to be read only, and is the file's content still: dropped here, it can be read again from there. */
static int
drop_text(struct dl_phdr_info *i, size_t size, void *ctx)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from, to;
	const ElfW(Phdr) *p;
	size_t k;

	(void)size;
	(void)ctx;
	if (strncmp(i->dlpi_name, "linux-", 6) == 0 || strstr(i->dlpi_name, "vdso") != NULL)
		return 0; /* the kernel's, in no file */
	for (k = 0; k < i->dlpi_phnum; k++) {
		p = &i->dlpi_phdr[k];
		if (p->p_type != PT_LOAD || (p->p_flags & PF_W) != 0)
			continue;
		from = (i->dlpi_addr + p->p_vaddr) / page * page;
		to = (i->dlpi_addr + p->p_vaddr + p->p_memsz) / page * page;
		if (to > from)
			(void)madvise((void *)from, to - from, MADV_DONTNEED); /* NOLINT: an address that the loader gives as a number */
	}
	return 0;
}

void
rest_now(struct agent *ag)
{
	formcache_rest(FORMCACHE_IDLE_MS);
	journal_give_back(ag->j);
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
	(void)dl_iterate_phdr(drop_text, NULL);
}

static int64_t
rest(void *ctx)
{
	rest_now(ctx);
	return 0;
}

int
rest_duty(struct agent *ag)
{
	struct duty d = { "rest", REST_MS, FIRST_MS, 0, rest, ag };

	return duty_add(&d);
}
