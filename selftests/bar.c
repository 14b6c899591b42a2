// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a PCI device, mapped by each strategy, beside a mapping of it by sysfs. Registers
 * of devices are in bar_registers.c; what becomes of it when the device goes in bar_gone.c.
 */
#include <linux/falloc.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "bar.h"
#include "uffd.h"

TEST_F(bar, shows_what_others_store_and_they_see_its_stores)
{
	char *map = map_all(self, self->fd), page[self->page];

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	/* Also what is there since it was mapped, on either side of an entry of a PMD. */
	for (size_t at = 0; at < self->bytes; at += self->bytes / 4) {
		vt_pattern(self->there + at, self->page, 101);
		EXPECT_TRUE(vt_is_pattern(map + at, self->page, 101));
		vt_pattern(map + at, self->page, 102);
		__sync_synchronize();
		EXPECT_TRUE(vt_is_pattern(self->there + at, self->page, 102));
	}
	/* Neither end of a copy is aligned. */
	vt_pattern(page, self->page, 103);
	EXPECT_EQ(1001, pwrite(self->fd, page, 1001, self->page - 13));
	EXPECT_EQ(0, memcmp(page, self->there + self->page - 13, 1001));
	memset(page, 0, self->page);
	EXPECT_EQ(999, pread(self->fd, page, 999, self->page - 11));
	EXPECT_EQ(0, memcmp(page, map + self->page - 11, 999));
	EXPECT_EQ(self->page / 2, pread(self->fd, page, self->page, self->bytes - self->page / 2));
	EXPECT_EQ(0, pread(self->fd, page, 1, self->bytes));
	EXPECT_EQ(-1, pwrite(self->fd, page, 1, self->bytes));
	EXPECT_EQ(ENOSPC, errno);
	munmap(map, self->bytes);
}

/* As in uffd.c: a marker is where a PTE would be, and the fault has to end. */
TEST_F(bar, access_returns_where_async_wp_left_a_marker)
{
	char *map = map_all(self, self->fd);
	int uffd;

	ASSERT_NE(MAP_FAILED, map);
	if (!vt_kernel_at_least(6, 7))
		SKIP(return, NO_ASYNC_WP);
	if (!uffd_has(UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		SKIP(return, NO_WP);
	uffd = uffd_open(UFFD_FEATURE_WP_ASYNC);
	ASSERT_LE(0, uffd);
	if (!uffd_register_range(uffd, map, self->bytes, UFFDIO_REGISTER_MODE_WP)) {
		ASSERT_EQ(0, uffd_protect(uffd, map, self->bytes));
	}
	vt_pattern(map + 2 * self->page, self->page, 33);
	EXPECT_TRUE(page_is(self, self->there, 2, 33));
	EXPECT_TRUE(are_filled(self, map + 3 * self->page, 3, NPAGES));
	close(uffd);
	munmap(map, self->bytes);
}

/* QEMU was given a file, into which the host wrote before. */
TEST_F(bar, has_the_host_s_bytes)
{
	static const char text[] = "bytes of the host";
	char found[sizeof(text) - 1], *map = map_all(self, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, memcmp(map + self->bytes - self->page, text, sizeof(found)));
	EXPECT_EQ((ssize_t)sizeof(found),
		  pread(self->fd, found, sizeof(found), self->bytes - self->page));
	EXPECT_EQ(0, memcmp(found, text, sizeof(found)));
	munmap(map, self->bytes);
}

TEST_F(bar, tells_what_it_is)
{
	const __u32 memory = VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH | VMADEV_CAN_HOLES |
			     VMADEV_CAN_SEAL | VMADEV_CAN_REVOKE | VMADEV_CAN_INJECT |
			     VMADEV_CAN_CRASH | VMADEV_CAN_EXPORT | VMADEV_CAN_DIRTY;
	char path[64], text[1024] = "", line[32];
	__u64 start, bytes, orders = 1;
	struct vmadev_info info;
	int fd;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_TRUE(vt_pci_bar(self->device, 2, &start, &bytes));
	if (vt_has_huge())
		orders |= vt_huge_bytes() / self->page;
	EXPECT_EQ(VMADEV_BACKING_BAR, info.backing);
	EXPECT_EQ(variant->combines ? VMADEV_CACHE_WC : VMADEV_CACHE_UC, info.cache);
	EXPECT_EQ(variant->strategy, info.strategy);
	EXPECT_STREQ(self->name, info.name);
	EXPECT_EQ(bytes, info.bytes);
	EXPECT_EQ(bytes, info.run_bytes);
	EXPECT_EQ(0u, info.strategies_private);
	EXPECT_EQ(0u, info.abilities & memory);
	EXPECT_EQ(orders, info.orders);
	EXPECT_EQ((off_t)bytes, lseek(self->fd, 0, SEEK_END));

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_LT(0, read(fd, text, sizeof(text) - 1));
	close(fd);
	snprintf(line, sizeof(line), "\nvmadev-cache:\t%s\n", variant->combines ? "wc" : "uc");
	EXPECT_NE(NULL, strstr(text, line));
	EXPECT_NE(NULL, strstr(text, "\nvmadev-backing:\tbar\n"));
	EXPECT_GT(12, vt_longest_hex(text));

	/* The default region, beside it */
	ASSERT_EQ(0, vt_info(self->node, &info));
	EXPECT_EQ(VMADEV_CACHE_WB, info.cache);
}

/* What x86 keeps of who maps the memory how: there is one attribute, also while it is mapped. */
TEST_F(bar, has_one_cache_attribute)
{
	const char *attribute = variant->combines ? "write-combining" : "uncached-minus";
	char *map = map_all(self, self->fd), line[128];
	unsigned long long start, end;
	__u64 first, bytes;
	int found = 0;
	FILE *list;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_LE(0, vt_read(map));
	ASSERT_TRUE(vt_pci_bar(self->device, 2, &first, &bytes));
	list = fopen("/sys/kernel/debug/x86/pat_memtype_list", "re");
	if (!list)
		SKIP(return, "no list of memory types on this machine");
	while (fgets(line, sizeof(line), list)) {
		if (sscanf(line, "PAT: [mem 0x%llx-0x%llx]", &start, &end) != 2 ||
		    end <= first || start >= first + bytes)
			continue;
		EXPECT_NE(NULL, strstr(line, attribute)) {
			TH_LOG("%s", line);
		}
		found++;
	}
	fclose(list);
	EXPECT_LE(1, found);
	munmap(map, self->bytes);
}

static int looks_and_writes(void *arg)
{
	char *map = arg;

	if (vt_read(map) < 0)
		return 1;
	return vt_write(map + 1, 0x5a);
}

TEST_F(bar, child_has_it_too)
{
	char *map = map_all(self, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(are_filled(self, map, 0, 2));
	EXPECT_EQ(0, vt_in_child(looks_and_writes, map));
	EXPECT_EQ(0x5a, self->there[1]);
	EXPECT_EQ(0x5a, vt_read(map + 1));
	munmap(map, self->bytes);
}

/*
 *	|AAAAAAAA|
 *	|Arr.AAAA|	two pages read-only, one unmapped
 *	|AAA.A..A|	two pages moved elsewhere
 */
TEST_F(bar, parts_are_protected_unmapped_and_moved)
{
	char *map = map_all(self, self->fd), *moved;
	size_t page = self->page;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_LE(0, vt_read(map));
	ASSERT_EQ(0, mprotect(map + page, 2 * page, PROT_READ));
	EXPECT_EQ(-SIGSEGV, vt_write(map + page, 1));
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, munmap(map + 3 * page, page));
	EXPECT_EQ(-SIGSEGV, vt_read(map + 3 * page));
	EXPECT_EQ(0, vt_write(map + 4 * page, 0x77));
	EXPECT_EQ(0x77, self->there[4 * page]);
	ASSERT_EQ(0, mprotect(map + page, 2 * page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, vt_write(map + page, 0x78));
	EXPECT_EQ(0x78, self->there[page]);
	EXPECT_EQ(MAP_FAILED, mremap(map + 5 * page, 4 * page, 5 * page, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	moved = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, moved);
	ASSERT_EQ(moved, mremap(map + 10 * page, 2 * page, 2 * page,
				MREMAP_MAYMOVE | MREMAP_FIXED, moved));
	EXPECT_TRUE(are_filled(self, moved, 10, 12));
	EXPECT_EQ(-SIGSEGV, vt_read(map + 11 * page));
	munmap(moved, 2 * page);
	EXPECT_TRUE(are_filled(self, map + 5 * page, 5, 10));
	EXPECT_TRUE(are_filled(self, map + 12 * page, 12, NPAGES));
	EXPECT_EQ(0, munmap(map, self->bytes));
}

/* A debugger's word, where nothing is mapped yet and where it is. */
TEST_F(bar, debuggers_see_it)
{
	char *map = map_all(self, self->fd);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), status;
	long word, there;
	pid_t child;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_LE(0, mem);
	if (!VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	for (int touched = 0; touched < 2; touched++) {
		memcpy(&there, self->there + 16, sizeof(there));
		errno = 0;
		EXPECT_EQ(there, ptrace(PTRACE_PEEKDATA, child, map + 16, NULL));
		EXPECT_EQ(0, errno);
		EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, child, map + 16, ~there));
		EXPECT_EQ((ssize_t)sizeof(word),
			  pread(mem, &word, sizeof(word), (uintptr_t)map + 16));
		EXPECT_EQ(~there, word);
		EXPECT_EQ(3, pwrite(mem, "abc", 3, (uintptr_t)map + self->page - 1));
		EXPECT_EQ(0, memcmp(self->there + self->page - 1, "abc", 3));
		EXPECT_LE(0, vt_read(map + 16));
	}
	EXPECT_EQ(0, mprotect(map, self->page, PROT_READ));
	EXPECT_EQ(-1, pwrite(mem, "x", 1, (uintptr_t)map));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(mem);
	munmap(map, self->bytes);
}

TEST_F(bar, reader_does_not_write)
{
	int fd = vt_open_by_name(self->node, self->name, VMADEV_ACCESS_READ, variant->strategy);
	char *map;

	ASSERT_LE(0, fd);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(MAP_FAILED, map_all(self, fd));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(-1, mprotect(map, self->page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(EBADF, errno);
	munmap(map, self->bytes);
	close(fd);
}

static int refusal(long ret)
{
	return ret < 0 ? errno : 0;
}

TEST_F(bar, what_is_for_memory_alone_is_refused)
{
	struct vmadev_rule rule = { .accesses = VMADEV_ON_READ, .action = VMADEV_ACTION_SIGBUS };
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	char *map = map_all(self, self->fd), byte;
	struct iovec here = { &byte, 1 }, there = { map, 1 };
	struct vmadev_snapshot snapshot = { 0 };

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC, MAP_SHARED,
				   self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(EOPNOTSUPP, refusal(ftruncate(self->fd, self->page)));
	EXPECT_EQ(EOPNOTSUPP, refusal(fallocate(self->fd, 0, 0, self->page)));
	EXPECT_EQ(EOPNOTSUPP, refusal(fallocate(self->fd, punch, 0, self->page)));
	EXPECT_EQ(EOPNOTSUPP, refusal(fallocate(self->fd, FALLOC_FL_ZERO_RANGE, 0, self->page)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_revoke(self->fd, VMADEV_REVOKE_SIGBUS, NULL)));
	EXPECT_EQ(EINVAL, refusal(vt_restore(self->fd)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_export(self->fd, 0, 0, 0, self->page)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_dirty_get(self->fd, 0, 0, 0, 0, NULL)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_inject(self->fd, rule)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_snapshot(self->fd, &snapshot)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_unsynced(self->fd, 0, 0, NULL)));
	EXPECT_EQ(EPERM, refusal(vt_add_seals(self->fd, VMADEV_SEAL_GROW)));
	EXPECT_EQ(VMADEV_SEAL_SEAL, vt_get_seals(self->fd));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_set_strategy(vt_reopen(self->fd, 0, 0),
						      VMADEV_STRATEGY_PAGE)));
	EXPECT_EQ(EOPNOTSUPP, refusal(vt_create(VMADEV_BACKING_BAR, 0, self->page, "mine")));
	EXPECT_EQ(EFAULT, refusal(process_vm_readv(getpid(), &here, 1, &there, 1, 0)));
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(0, fsync(self->fd));
	/* A call is one of any region. */
	rule = (struct vmadev_rule){ .accesses = VMADEV_ON_READ_CALL, .value = EIO,
				     .action = VMADEV_ACTION_ERRNO };
	EXPECT_EQ(0, refusal(vt_inject(self->fd, rule)));
	EXPECT_EQ(EIO, refusal(pread(self->fd, &byte, 1, 0)));
	munmap(map, self->bytes);
}

TEST_F(bar, zap_and_counters_are_as_of_others)
{
	char *map = map_all(self, self->fd);
	struct vmadev_stats s;
	__u64 made, eager = variant->strategy == VMADEV_STRATEGY_REMAP;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_LE(0, vt_read(map));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	made = eager ? self->bytes / self->page :
	       variant->strategy == VMADEV_STRATEGY_HUGE ? vt_huge_bytes() / self->page :
							   PFN_FAULT_AROUND / self->page;
	EXPECT_EQ(made, s.pages);
	EXPECT_EQ(!eager, s.faults_read);
	EXPECT_EQ(1u, s.mmaps);
	EXPECT_EQ(1u, s.vmas);
	EXPECT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	EXPECT_TRUE(are_filled(self, map, 0, 2));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	EXPECT_EQ(1 + !eager, s.faults_read);
	munmap(map, self->bytes);
}

TEST_HARNESS_MAIN
