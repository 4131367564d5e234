#include "agent/host/storage.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* By statfs magic: what is known of file systems after a power cut; NULL: they keep what they were told to keep. */
static const struct { unsigned long magic; const char *name, *trouble; } known[] = {
	{ 0xEF53, "ext4", NULL }, { 0x58465342, "xfs", NULL }, { 0x9123683E, "btrfs", NULL }, { 0xF2F52010, "f2fs", NULL },
	{ 0x794C7630, "overlay", NULL }, { 0x24051905, "ubifs", NULL }, { 0x2FC12FC1, "zfs", NULL }, { 0xCA451A4E, "bcachefs", NULL },
	{ 0x01021994, "tmpfs", "gone at every power cut" }, { 0x858458F6, "ramfs", "gone at every power cut" },
	{ 0x4D44, "vfat", "a power cut can lose what was synced" }, { 0x2011BAB0, "exfat", "a power cut can lose what was synced" },
	{ 0x5346544E, "ntfs", "a power cut can lose what was synced" }, { 0x7366746E, "ntfs3", "a power cut can lose what was synced" },
	{ 0x72B6, "jffs2", NULL },
	{ 0x6969, "nfs", "another machine keeps it or not" }, { 0xFF534D42, "cifs", "another machine keeps it or not" },
	{ 0xFE534D42, "smb2", "another machine keeps it or not" }
};

/* Mount options that take the promise away. */
static const struct { const char *option, *trouble; } bad_options[] = {
	{ "volatile", "mounted volatile: it drops every sync" }, { "nobarrier", "mounted nobarrier: a sync does not reach the medium" },
	{ "barrier=0", "mounted barrier=0: a sync does not reach the medium" }, { "norecovery", "mounted norecovery" }
};

static int
has_option(const char *options, const char *option)
{
	size_t n = strlen(option);
	const char *p;

	for (p = options; p != NULL && *p != '\0'; p = strchr(p, ','), p = p == NULL ? NULL : p + 1)
		if (strncmp(p, option, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return 1;
	return 0;
}

void
storage_options(const char *name, const char *options, struct storage *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0 && known[i].trouble != NULL)
			(void)snprintf(s->trouble, sizeof(s->trouble), "%s", known[i].trouble);
	for (i = 0; s->trouble[0] == '\0' && i < sizeof(bad_options) / sizeof(bad_options[0]); i++)
		if (has_option(options, bad_options[i].option))
			(void)snprintf(s->trouble, sizeof(s->trouble), "%s", bad_options[i].trouble);
}

/* The line of mountinfo for the device that holds ${dir}: both lists of options, joined, and the kernel's name for the file system. */
static int
mount_of(const char *dir, char *name, size_t name_size, char *options, size_t size)
{
	char line[4096], mount_options[1024], super[1024], fs[64];
	unsigned major, minor;
	struct stat st;
	const char *sep;
	int found = 0;
	FILE *f;

	if (stat(dir, &st) != 0 || (f = fopen("/proc/self/mountinfo", "re")) == NULL)
		return 0;
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*u %*u %u:%u %*s %*s %1023s", &major, &minor, mount_options) != 3 || major(st.st_dev) != major || minor(st.st_dev) != minor ||
		    (sep = strstr(line, " - ")) == NULL || sscanf(sep, " - %63s %*s %1023s", fs, super) != 2)
			continue;
		(void)snprintf(options, size, "%s,%s", mount_options, super);
		(void)snprintf(name, name_size, "%s", fs);
		found = 1;
	}
	(void)fclose(f);
	return found;
}

void
storage_look(const char *dir, struct storage *s)
{
	char options[2100] = "", name[64] = "unknown";
	struct statfs fs;
	size_t i;

	(void)mount_of(dir, name, sizeof(name), options, sizeof(options));
	if (statfs(dir, &fs) == 0)
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if ((unsigned long)fs.f_type == known[i].magic)
				(void)snprintf(name, sizeof(name), "%s", known[i].name);
	storage_options(name, options, s);
}

int
storage_refuse(const char *dir, const char *allowed, struct err *e)
{
	struct storage s;

	storage_look(dir, &s);
	if (s.trouble[0] == '\0' || has_option(allowed, s.name))
		return 0;
	return err_set(e, "%s: %s storage: %s. What is recorded there can be lost. Use ext4, xfs, btrfs, f2fs or ubifs; or take it all the same with --allow-storage %s", dir, s.name, s.trouble, s.name);
}
