// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask the kernel about a process; PROCMAP_QUERY where it has that. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "maps.h"
#include "pagemap.h"
#include "target.h"
#include "thread.h"

/* From <linux/fs.h> of 6.11; older headers do not have it. */
struct vmatrace_procmap_query {
	__u64 size;
	__u64 query_flags;
	__u64 query_addr;
	__u64 vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	__u32 dev_major, dev_minor;
	__u32 vma_name_size, build_id_size;
	__u64 vma_name_addr, build_id_addr;
};

#define QUERY _IOWR('f', 17, struct vmatrace_procmap_query)
#define QUERY_NEXT 0x10		/* PROCMAP_QUERY_COVERING_OR_NEXT_VMA */
#define QUERY_SHARED 0x08

static bool forbidden;

void target_init(struct target *target, pid_t pid)
{
	*target = (struct target){ .pid = pid, .maps = -1, .pagemap = -1 };
}

void target_close(struct target *target)
{
	if (target->maps >= 0)
		close(target->maps);
	if (target->pagemap >= 0)
		close(target->pagemap);
	target->maps = -1;
	target->pagemap = -1;
}

static int target_open(struct target *target, int *fd, const char *name)
{
	char path[64];

	if (*fd < 0) {
		snprintf(path, sizeof(path), "/proc/%d/%s", target->pid, name);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return *fd;
}

void target_hold(struct target *target)
{
	target_open(target, &target->maps, "maps");
}

bool target_gone(struct target *target)
{
	char some;

	return pread(target->maps, &some, 1, 0) != 1;
}

/* The first VMA that ends above an address; 0, or -errno. */
static int query(int fd, __u64 address, struct vma *vma)
{
	char name[4096];
	struct vmatrace_procmap_query query = {
		.size = sizeof(query), .query_flags = QUERY_NEXT, .query_addr = address,
		.vma_name_addr = (__u64)name, .vma_name_size = sizeof(name),
	};

	*name = '\0';
	if (ioctl(fd, QUERY, &query))
		return -errno;
	*vma = (struct vma){
		.start = query.vma_start, .end = query.vma_end, .inode = query.inode,
		.major = query.dev_major, .minor = query.dev_minor, .anon = ANON_UNKNOWN,
		.flags = (query.vma_flags & 7) |
			 (query.vma_flags & QUERY_SHARED ? VM_SHARED | VM_MAYSHARE : 0),
		.anon_pgoff = query.vma_start, .pgoff = query.vma_offset,
	};
	vma->name = intern(name);
	return 0;
}

bool target_has_query(void)
{
	static int has = -1;
	struct vma vma;
	int fd;

	if (has < 0) {
		fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
		has = fd >= 0 && !query(fd, 0, &vma);
		close(fd);
	}
	return has && !forbidden;
}

void target_forbid_query(void)
{
	forbidden = true;
}

/* A query tells the same as a line of maps. */
static void add_queried(struct mm *mm, struct vma *vma)
{
	const char *name = vma->name;
	size_t length = strlen(name);
	char inner[128];
	bool is_file;

	vma->name = NULL;
	if (!strncmp(name, "[anon", 5) && strchr(name, ':')) {
		snprintf(inner, sizeof(inner), "%.*s",
			 (int)(length - (size_t)(strchr(name, ':') - name) - 2),
			 strchr(name, ':') + 1);
		vma->anon_name = intern(inner);
	}
	vma->anon_pgoff /= mm->page;
	is_file = vma->inode || *name == '/';
	vma->pgoff = is_file ? vma->pgoff / mm->page : vma->anon_pgoff;
	if (is_file) {
		vma->file = mm->next_file++;
		vma->name = vma->anon_name ? intern("/dev/zero (deleted)") : name;
	} else if (*name && !vma->anon_name && strcmp(name, "[heap]") && strcmp(name, "[stack]")) {
		vma->name = name;
	} else {
		vma->anonymous = true;
	}
	mm_insert(mm, vma);
}

bool target_window(struct target *target, struct mm *mm, __u64 start, __u64 end)
{
	struct vma vma = { .end = start };
	int fd = target_open(target, &target->maps, "maps"), error;

	if (fd < 0)
		return false;
	if (!target_has_query())
		return maps_read(target->pid, mm, false);
	while (vma.end < end) {
		error = query(fd, vma.end, &vma);
		if (error == -ENOENT)
			return true;
		if (error)
			return false;
		if (vma.end > 1ULL << 63)
			return true;
		add_queried(mm, &vma);
	}
	return true;
}

__u64 target_flags(struct target *target, __u64 address)
{
	struct rules rules = { 0 };
	const struct vma *vma;
	struct mm mm;
	__u64 flags;

	mm_init(&mm, &rules);
	maps_read(target->pid, &mm, true);
	vma = mm_find(&mm, address);
	flags = vma ? vma->flags : 0;
	mm_free(&mm);
	return flags;
}

/* Present and of no file, or swapped out. */
static bool is_own_page(__u64 entry)
{
	return (entry >> 63 & 1 && !(entry >> 61 & 1)) || entry >> 62 & 1;
}

/* 1: there is such a page, 0: there is none, -1: this kernel cannot say (before 6.7). */
static int scan(int fd, const struct vma *vma)
{
	struct page_region found;
	struct pm_scan_arg scan = {
		.size = sizeof(scan), .start = vma->start, .end = vma->end,
		.vec = (__u64)&found, .vec_len = 1, .max_pages = 1,
		.category_inverted = PAGE_IS_FILE | PAGE_IS_PFNZERO,
		.category_mask = PAGE_IS_FILE | PAGE_IS_PFNZERO,
		.category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
		.return_mask = PAGE_IS_PRESENT,
	};

	return ioctl(fd, PAGEMAP_SCAN, &scan);
}

/* So many pages are read where PAGEMAP_SCAN is not there: 1 GiB of them. */
#define MOST_PAGES (1 << 18)

bool target_faulted(struct target *target, const struct vma *vma)
{
	int fd = target_open(target, &target->pagemap, "pagemap"), scanned;
	__u64 page = (__u64)sysconf(_SC_PAGESIZE), first = vma->start / page, entries[512];
	bool found = false;

	if (fd < 0)
		return false;
	scanned = scan(fd, vma);
	if (scanned >= 0)
		return scanned;
	for (__u64 at = first; at < vma->end / page && at < first + MOST_PAGES && !found;
	     at += 512) {
		size_t count = vma->end / page - at;
		ssize_t got = pread(fd, entries, (count < 512 ? count : 512) * sizeof(*entries),
				    (off_t)(at * sizeof(*entries)));

		for (ssize_t i = 0; i < got / (ssize_t)sizeof(*entries) && !found; i++)
			found = is_own_page(entries[i]);
		if (got <= 0)
			break;
	}
	return found;
}

static __u64 limit_of(pid_t pid, int resource)
{
	struct rlimit limit;

	if (prlimit(pid, (__rlimit_resource_t)resource, NULL, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return ~0ULL;
	return limit.rlim_cur;
}

__u64 target_number(const char *path, __u64 otherwise)
{
	FILE *file = fopen(path, "re");
	unsigned long long number;

	if (!file)
		return otherwise;
	if (fscanf(file, "%llu", &number) != 1)
		number = otherwise;
	fclose(file);
	return number;
}

void target_limits(struct target *target, struct limits *limits)
{
	limits->vmas = target_number("/proc/sys/vm/max_map_count", 65530);
	limits->overcommits = target_number("/proc/sys/vm/overcommit_memory", 0) != 2;
	limits->as = limit_of(target->pid, RLIMIT_AS);
	limits->data = limit_of(target->pid, RLIMIT_DATA);
	limits->stack = limit_of(target->pid, RLIMIT_STACK);
	limits->memlock = limit_of(target->pid, RLIMIT_MEMLOCK);
}

void target_layout(struct target *target, struct mm *mm)
{
	char path[64], text[2048], *at;
	__u64 field[53] = { 0 };
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/personality", target->pid);
	file = fopen(path, "re");
	if (file) {
		mm->reads_execute = fgets(text, sizeof(text), file) &&
				    strtoul(text, NULL, 16) & READ_IMPLIES_EXEC;
		fclose(file);
	}
	snprintf(path, sizeof(path), "/proc/%d/ksm_stat", target->pid);
	file = mm->rules->merges ? fopen(path, "re") : NULL;
	while (file && fgets(text, sizeof(text), file))
		mm->merges |= !strcmp(text, "ksm_merge_any: yes\n");
	if (file)
		fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/stat", target->pid);
	file = fopen(path, "re");
	if (!file)
		return;
	at = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	for (int i = 3; at && i <= 52; i++) {
		at = strchr(at, ' ');
		if (at)
			field[i] = strtoull(++at, NULL, 10);
	}
	fclose(file);
	mm->start_stack = field[28];
	mm->start_brk = field[47];
	mm->data_bytes = field[46] - field[45];
}

bool target_memory(pid_t pid, __u64 address, void *room, size_t size)
{
	struct iovec local = { room, size }, remote = { (void *)address, size };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

bool target_string(pid_t pid, __u64 address, char *room, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i++)
		if (!target_memory(pid, address + i, room + i, 1) || !room[i])
			break;
	room[i] = '\0';
	return address && i + 1 < size;
}

/* Each IPC namespace counts its segments. */
static bool same_segments(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	/* ENOENT: this kernel was built without, and all have the same. */
	if (stat("/proc/self/ns/ipc", &own))
		return errno == ENOENT;
	return !stat(path, &other) && own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

__u64 target_segment(pid_t pid, int number)
{
	struct shmid_ds about;

	return same_segments(pid) && !shmctl(number, IPC_STAT, &about) ? about.shm_segsz : 0;
}

/* Each has an inode of its own, but for one that is gone by the time that it is looked at. */
__u32 target_uffd(pid_t pid, int fd)
{
	struct stat about;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return stat(path, &about) ? 1U << 31 | (__u32)fd : (__u32)about.st_ino;
}

/* PIDFD_SELF_THREAD, PIDFD_SELF_THREAD_GROUP */
#define SELF_THREAD (-10000)
#define SELF_PROCESS (-10001)

bool target_is_itself(pid_t pid, int fd)
{
	char path[64], line[256];
	bool itself = fd == SELF_THREAD || fd == SELF_PROCESS;
	FILE *file;
	int of;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return itself;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &of) == 1)
			itself = of == pid || of == thread_process(pid);
	fclose(file);
	return itself;
}

bool target_writable(pid_t pid, int fd)
{
	char path[64], line[256];
	bool writable = false;
	unsigned int flags;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "flags: %o", &flags) == 1)
			writable = (flags & O_ACCMODE) == O_RDWR;
	fclose(file);
	return writable;
}
