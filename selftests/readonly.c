// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A read-only descriptor gives no way to change a region's bytes: not by
 * mmap, mprotect, write, /proc/PID/mem, ptrace or opening it again. And no
 * descriptor gives memory to execute.
 */
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/statvfs.h>

#include "vmadev_test.h"

#define PAGES 4

FIXTURE(readonly) {
	int rw, ro;	/* two handles on one region */
	ssize_t page, size;
	unsigned char *bytes;
};

FIXTURE_VARIANT(readonly) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(readonly);

FIXTURE_SETUP(readonly)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->bytes = calloc(1, self->size);
	ASSERT_NE(NULL, self->bytes);
	self->rw = vt_create(variant->backing, variant->strategy, self->size, "readonly");
	ASSERT_LE(0, self->rw);
	self->ro = vt_reopen(self->rw, VMADEV_ACCESS_READ, variant->strategy);
	ASSERT_LE(0, self->ro);
	if (variant->backing != VMADEV_BACKING_NONE)
		vt_pattern(self->bytes, self->size, 1);
	ASSERT_EQ(self->size, pwrite(self->rw, self->bytes, self->size, 0));
}

FIXTURE_TEARDOWN(readonly)
{
	char *now = malloc(self->size);

	/* Whatever a test tried, the region's bytes are what they were. */
	ASSERT_NE(NULL, now);
	EXPECT_EQ(self->size, pread(self->rw, now, self->size, 0));
	EXPECT_EQ(0, memcmp(now, self->bytes, self->size));
	free(now);
	free(self->bytes);
	close(self->ro);
	close(self->rw);
}

TEST_F(readonly, write_is_ebadf)
{
	EXPECT_EQ(O_RDONLY, fcntl(self->ro, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(-1, pwrite(self->ro, "x", 1, 0));
	EXPECT_EQ(EBADF, errno);
}

TEST_F(readonly, shared_writable_mapping_is_eacces)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->ro, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_WRITE, MAP_SHARED, self->ro, 0));
	EXPECT_EQ(EACCES, errno);
}

/* Private pages are the process's own: the descriptor need not be writable. */
TEST_F(readonly, private_writable_mapping_is_a_copy)
{
	char *p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->ro, 0);

	if (!variant->private_ok) {
		EXPECT_EQ(MAP_FAILED, p);
		EXPECT_EQ(EINVAL, errno);
		return;
	}
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(self->bytes[self->page], vt_read(p + self->page));
	EXPECT_EQ(0, vt_write(p + self->page, 0x21));
	EXPECT_EQ(0x21, vt_read(p + self->page));
}

static ssize_t write_own_memory(void *at, const void *buf, size_t n)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), err;
	ssize_t done;

	if (fd < 0)
		return -2;
	done = pwrite(fd, buf, n, (uintptr_t)at);
	err = errno;
	close(fd);
	errno = err;
	return done;
}

/* Mapped through either handle: what counts is the VMA, which has no write. */
TEST_F(readonly, proc_self_mem_write_is_eio)
{
	int fds[] = { self->ro, self->rw };

	for (int i = 0; i < 2; i++) {
		char *p = mmap(NULL, self->size, PROT_READ, MAP_SHARED, fds[i], 0);

		ASSERT_NE(MAP_FAILED, p);
		/* Before the page is there, and after. */
		EXPECT_EQ(-1, write_own_memory(p + 1, "xyz", 3));
		EXPECT_EQ(EIO, errno);
		EXPECT_EQ(self->bytes[1], vt_read(p + 1));
		EXPECT_EQ(-1, write_own_memory(p + 1, "xyz", 3));
		EXPECT_EQ(EIO, errno);
		EXPECT_EQ(0, memcmp(p, self->bytes, self->size));
	}
}

/* A stopped child that maps what its parent maps. */
static pid_t traced_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	return pid;
}

TEST_F(readonly, ptrace_poke_is_eio)
{
	int fds[] = { self->ro, self->rw };

	if (!VT_ACCESS_ASKED && (variant->strategy == VMADEV_STRATEGY_REMAP ||
				 vt_maps_window(variant->strategy)))
		SKIP(return, VT_NO_ACCESS);
	for (int i = 0; i < 2; i++) {
		char *p = mmap(NULL, self->size, PROT_READ, MAP_SHARED, fds[i], 0);
		pid_t pid;
		long word;

		ASSERT_NE(MAP_FAILED, p);
		pid = traced_child();
		ASSERT_LT(0, pid);
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, p + self->page, NULL);
		EXPECT_EQ(0, errno);
		EXPECT_EQ(0, memcmp(&word, self->bytes + self->page, sizeof(word)));
		EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, p + self->page, (void *)~word));
		EXPECT_EQ(EIO, errno);
		kill(pid, SIGKILL);
		EXPECT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(0, memcmp(p, self->bytes, self->size));
	}
}

/* A debugger may write to a private mapping: that makes a copy. */
TEST_F(readonly, ptrace_poke_of_private_is_a_copy)
{
	char *p = mmap(NULL, self->size, PROT_READ, MAP_PRIVATE, self->ro, 0);
	pid_t pid;

	if (!variant->private_ok) {
		EXPECT_EQ(MAP_FAILED, p);
		return;
	}
	ASSERT_NE(MAP_FAILED, p);
	pid = traced_child();
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, p + self->page, (void *)0x77));
	EXPECT_EQ(0x77, ptrace(PTRACE_PEEKDATA, pid, p + self->page, NULL));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, memcmp(p, self->bytes, self->size));
}

/* In a process that has the descriptor and no privilege: open it anew. */
static int open_again_for_writing(void *arg)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(int *)arg);
	if (setgid(65534) || setuid(65534) || prctl(PR_SET_DUMPABLE, 1))
		return 2;
	return open(path, O_RDWR) >= 0;
}

TEST_F(readonly, descriptor_is_not_opened_again_for_writing)
{
	EXPECT_EQ(0, vt_in_child(open_again_for_writing, &self->ro));
}

/* A writable descriptor too: no mapping of a region is ever executable. */
TEST_F(readonly, exec_mapping_is_eperm)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_READ | PROT_EXEC, MAP_SHARED,
				   self->ro, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_EXEC, MAP_SHARED, self->rw, 0));
	EXPECT_EQ(EPERM, errno);
	if (!variant->private_ok)
		return;
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_READ | PROT_EXEC, MAP_PRIVATE,
				   self->rw, 0));
	EXPECT_EQ(EPERM, errno);
}

TEST_F(readonly, mprotect_to_exec_is_eacces)
{
	int types[] = { MAP_SHARED, MAP_PRIVATE };

	for (int i = 0; i < (variant->private_ok ? 2 : 1); i++) {
		char *p = mmap(NULL, self->size, PROT_READ, types[i], self->rw, 0);

		ASSERT_NE(MAP_FAILED, p);
		EXPECT_FALSE(vt_has_flag(p, "me"));
		EXPECT_EQ(-1, mprotect(p, self->size, PROT_READ | PROT_EXEC));
		EXPECT_EQ(EACCES, errno);
		EXPECT_FALSE(vt_has_flag(p, "ex"));
	}
}

/*
 * The node itself lies on /dev, which is mounted exec in the VM: here it is
 * the module that refuses, not the mount.
 */
FIXTURE(node) {
	int fd;
	ssize_t page;
};

FIXTURE_VARIANT(node) {
	__u32 strategy;
	int type;
};

FIXTURE_VARIANT_ADD(node, page_shared) {
	.strategy = VMADEV_STRATEGY_PAGE,
	.type = MAP_SHARED,
};

FIXTURE_VARIANT_ADD(node, page_private) {
	.strategy = VMADEV_STRATEGY_PAGE,
	.type = MAP_PRIVATE,
};

FIXTURE_VARIANT_ADD(node, insert_shared) {
	.strategy = VMADEV_STRATEGY_INSERT,
	.type = MAP_SHARED,
};

FIXTURE_VARIANT_ADD(node, insert_private) {
	.strategy = VMADEV_STRATEGY_INSERT,
	.type = MAP_PRIVATE,
};

FIXTURE_VARIANT_ADD(node, pfn_shared) {
	.strategy = VMADEV_STRATEGY_PFN,
	.type = MAP_SHARED,
};

FIXTURE_SETUP(node)
{
	struct statvfs fs;

	self->page = vt_page();
	ASSERT_EQ(0, statvfs("/dev", &fs));
	if (fs.f_flag & ST_NOEXEC)
		SKIP(return, "/dev is mounted noexec");
	self->fd = vt_open(O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
}

FIXTURE_TEARDOWN(node)
{
	close(self->fd);
}

TEST_F(node, exec_mapping_is_eperm)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC, variant->type,
				   self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_EXEC, variant->type, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
}

TEST_F(node, mprotect_to_exec_is_eacces)
{
	char *p = mmap(NULL, self->page, PROT_READ, variant->type, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_FALSE(vt_has_flag(p, "me"));
	EXPECT_EQ(-1, mprotect(p, self->page, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(node, read_only_open_is_never_writable)
{
	char *p;

	if (variant->type == MAP_SHARED) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
					   self->fd, 0));
		EXPECT_EQ(EACCES, errno);
	}
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(-1, mprotect(p, self->page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, write_own_memory(p, "x", 1));
	EXPECT_EQ(EIO, errno);
}

struct node_map {
	int fd;
	int type;
};

/* READ_IMPLIES_EXEC turns PROT_READ into PROT_READ | PROT_EXEC on the way in. */
static int read_implies_exec(void *arg)
{
	struct node_map *n = arg;
	struct vt_vma v;
	char *p;

	if (personality(READ_IMPLIES_EXEC) == -1)
		return 2;
	p = mmap(NULL, vt_page(), PROT_READ, n->type, n->fd, 0);
	if (p == MAP_FAILED)
		return 3;
	if (vt_read(p) < 0)
		return 4;
	if (vt_vma_at(p, &v) || v.perms[0] != 'r' || v.perms[2] != '-')
		return 5;
	if (vt_has_flag(p, "me"))
		return 6;
	/* And mprotect, which asks the same way. */
	if (mprotect(p, vt_page(), PROT_NONE) || mprotect(p, vt_page(), PROT_READ))
		return 7;
	if (vt_vma_at(p, &v) || v.perms[2] != '-')
		return 8;
	return 0;
}

TEST_F(node, read_implies_exec_maps_without_exec)
{
	struct node_map n = { self->fd, variant->type };

	EXPECT_EQ(0, vt_in_child(read_implies_exec, &n));
}

TEST_F(readonly, read_implies_exec_maps_without_exec)
{
	struct node_map n = { self->ro, MAP_SHARED };

	EXPECT_EQ(0, vt_in_child(read_implies_exec, &n));
	n.type = MAP_PRIVATE;
	EXPECT_EQ(variant->private_ok ? 0 : 3, vt_in_child(read_implies_exec, &n));
}

TEST_HARNESS_MAIN
