// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc/self says about an address */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vt.h"

/* A line of maps, or the line of smaps that begins a VMA. */
static bool parse_vma(const char *line, struct vt_vma *v)
{
	unsigned long long offset;

	v->name[0] = '\0';
	if (sscanf(line, "%lx-%lx %4s %llx %x:%x %lu %255[^\n]", &v->start, &v->end, v->perms,
		   &offset, &v->major, &v->minor, &v->inode, v->name) < 7)
		return false;
	v->offset = offset;
	return true;
}

/* The first VMA that ends above @addr and begins below @end. */
static int vma_below(unsigned long addr, unsigned long end, struct vt_vma *v)
{
	char line[512];
	int found = -1;
	FILE *f;

	f = fopen("/proc/self/maps", "re");
	if (!f)
		return -1;
	while (found && fgets(line, sizeof(line), f))
		if (parse_vma(line, v) && v->end > addr && v->start < end)
			found = 0;
	fclose(f);
	return found;
}

int vt_vma_at(const void *addr, struct vt_vma *v)
{
	return vma_below((uintptr_t)addr, (uintptr_t)addr + 1, v);
}

int vt_vmas_in(const void *addr, size_t len)
{
	unsigned long at = (uintptr_t)addr, end = at + len;
	struct vt_vma v;
	int n = 0;

	while (at < end && !vma_below(at, end, &v)) {
		at = v.end;
		n++;
	}
	return n;
}

/* The rest of the line "KEY:..." in the smaps of the VMA at @addr. */
static int smaps_line(const void *addr, const char *key, char *buf, size_t n)
{
	uintptr_t at = (uintptr_t)addr;
	size_t klen = strlen(key);
	bool inside = false;
	char line[512];
	struct vt_vma v;
	int found = -1;
	FILE *f;

	f = fopen("/proc/self/smaps", "re");
	if (!f)
		return -1;
	while (found && fgets(line, sizeof(line), f)) {
		if (parse_vma(line, &v)) {
			inside = v.start <= at && at < v.end;
		} else if (inside && !strncmp(line, key, klen) && line[klen] == ':') {
			line[strcspn(line, "\n")] = '\0';
			snprintf(buf, n, "%s", line + klen + 1 + strspn(line + klen + 1, " "));
			found = 0;
		}
	}
	fclose(f);
	return found;
}

int vt_smaps_flags(const void *addr, char *buf, size_t n)
{
	return smaps_line(addr, "VmFlags", buf, n);
}

bool vt_has_flag(const void *addr, const char *two)
{
	char flags[256], *save, *flag;

	if (vt_smaps_flags(addr, flags, sizeof(flags)))
		return false;
	for (flag = strtok_r(flags, " ", &save); flag; flag = strtok_r(NULL, " ", &save))
		if (!strcmp(flag, two))
			return true;
	return false;
}

long vt_smaps_kb(const void *addr, const char *key)
{
	char value[64];
	long kb;

	if (smaps_line(addr, key, value, sizeof(value)) || sscanf(value, "%ld", &kb) != 1)
		return -1;
	return kb;
}

__u64 vt_pagemap(const void *addr)
{
	off_t off = (uintptr_t)addr / vt_page() * sizeof(__u64);
	__u64 entry = ~0ull;
	int fd;

	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ~0ull;
	if (pread(fd, &entry, sizeof(entry), off) != sizeof(entry))
		entry = ~0ull;
	close(fd);
	return entry;
}

static long faults(int fd)
{
	struct vmadev_stats s;

	if (vt_stats(fd, VMADEV_SCOPE_REGION, &s))
		return -1;
	return s.faults_read + s.faults_write + s.faults_cow;
}

/* pagemap does not look into VM_PFNMAP: there, a touch that does not fault is the proof. */
bool vt_is_mapped(int fd, const void *addr)
{
	long before;

	if (!vt_has_flag(addr, "pf"))
		return vt_pagemap(addr) >> 63;
	before = faults(fd);
	return vt_read(addr) >= 0 && faults(fd) == before;
}
