// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dirty log: each way in which a program or the kernel for it can write to a region is
 * seen, each time anew after it was taken, and nothing else is.
 */
#include "dirty.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int by_store(fixture *f, int page, char byte)
{
	*(volatile char *)at(f, page) = byte;
	return 0;
}

/* What was mapped to be read, neighbours too, is made writable. */
static int by_read_and_store(fixture *f, int page, char byte)
{
	for (int i = 0; i < NPAGES; i++)
		if (vt_read(at(f, i)) < 0)
			return EFAULT;
	return by_store(f, page, byte);
}

static int by_pwrite(fixture *f, int page, char byte)
{
	return pwrite(f->fd, &byte, 1, page * f->page) == 1 ? 0 : errno;
}

static int by_read_into(fixture *f, int page, char byte)
{
	int ends[2], err = 0;

	if (pipe(ends))
		return errno;
	if (write(ends[1], &byte, 1) != 1 || read(ends[0], at(f, page), 1) != 1)
		err = errno;
	close(ends[0]);
	close(ends[1]);
	return err;
}

static int by_process_vm_writev(fixture *f, int page, char byte)
{
	struct iovec from = { &byte, 1 }, to = { at(f, page), 1 };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1 ? 0 : errno;
}

static int by_proc_mem(fixture *f, int page, char byte)
{
	int mem = open("/proc/self/mem", O_RDWR), err = 0;

	if (pwrite(mem, &byte, 1, (unsigned long)at(f, page)) != 1)
		err = errno;
	close(mem);
	return err;
}

static int by_ptrace(fixture *f, int page, char byte)
{
	long word = *(unsigned char *)at(f, page);
	pid_t child = fork();
	int err = 0;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	word = (unsigned char)byte;
	if (ptrace(PTRACE_POKEDATA, child, at(f, page), word))
		err = errno;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return err;
}

static int by_child(fixture *f, int page, char byte)
{
	pid_t child;
	int status;

	if (vt_read(at(f, page)) < 0)
		return EFAULT;
	child = fork();
	if (!child) {
		by_store(f, page, byte);
		_exit(0);
	}
	return waitpid(child, &status, 0) == child && !status ? 0 : EIO;
}

static int by_second_mapping(fixture *f, int page, char byte)
{
	char *q = mmap(NULL, f->page, RW, MAP_SHARED, f->fd, page * f->page);

	if (q == MAP_FAILED)
		return errno;
	*(volatile char *)q = byte;
	munmap(q, f->page);
	return 0;
}

/* Of another handle, whose strategy is another. */
static int by_other_handle(fixture *f, int page, char byte)
{
	int fd = vt_reopen(f->fd, 0, f->pages ? VMADEV_STRATEGY_PFN : VMADEV_STRATEGY_PAGE);
	char *q = mmap(NULL, f->page, RW, MAP_SHARED, fd, page * f->page);
	int byte_before = vt_read(at(f, page));

	close(fd);
	if (q == MAP_FAILED || byte_before < 0)
		return errno;
	*(volatile char *)q = byte;
	munmap(q, f->page);
	return 0;
}

/* Writable before and after: what was given back must not be what was taken. */
static int by_mprotect(fixture *f, int page, char byte)
{
	if (vt_read(at(f, page)) < 0 || mprotect(f->p, f->bytes, PROT_READ) ||
	    mprotect(f->p, f->bytes, RW))
		return errno;
	return by_store(f, page, byte);
}

static int by_mprotect_after_mmap(fixture *f, int page, char byte)
{
	char *q = mmap(NULL, f->page, PROT_READ, MAP_SHARED, f->fd, page * f->page);

	if (q == MAP_FAILED || vt_read(q) < 0 || mprotect(q, f->page, RW))
		return errno;
	*(volatile char *)q = byte;
	munmap(q, f->page);
	return 0;
}

static int by_mremap(fixture *f, int page, char byte)
{
	char *to = mmap(NULL, f->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (vt_read(at(f, page)) < 0 || to == MAP_FAILED ||
	    mremap(f->p, f->bytes, f->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return errno;
	f->p = to;
	return by_store(f, page, byte);
}

/* Where another page was. */
static int by_remap_file_pages(fixture *f, int page, char byte)
{
	char *q = mmap(NULL, f->page, RW, MAP_SHARED, f->fd, 0);

	if (q == MAP_FAILED || remap_file_pages(q, f->page, 0, page, 0))
		return errno;
	*(volatile char *)q = byte;
	munmap(q, f->page);
	return 0;
}

static int by_dropping_first(fixture *f, int page, char byte)
{
	if (vt_zap(f->fd, 0, f->bytes))
		return errno;
	return by_store(f, page, byte);
}

/* MAP_POPULATE makes all entries, where it makes any. */
static int by_populated_mapping(fixture *f, int page, char byte)
{
	char *q = mmap(NULL, f->page, PROT_READ, MAP_SHARED | MAP_POPULATE, f->fd, page * f->page);

	if (q == MAP_FAILED || mprotect(q, f->page, RW))
		return errno;
	*(volatile char *)q = byte;
	munmap(q, f->page);
	return 0;
}

#define WAY(name_, store_, ...) { .name = (name_), .store = (store_), ##__VA_ARGS__ }

static const struct way {
	const char *name;
	int (*store)(fixture *f, int page, char byte);
	bool wants_pages;	/* or it is EFAULT */
	bool wants_access;	/* or pages */
} ways[] = {
	WAY("store", by_store),
	WAY("read and store", by_read_and_store),
	WAY("pwrite", by_pwrite),
	WAY("read into it", by_read_into),
	WAY("process_vm_writev", by_process_vm_writev, .wants_pages = true),
	WAY("/proc/self/mem", by_proc_mem, .wants_access = true),
	WAY("ptrace", by_ptrace, .wants_access = true),
	WAY("a child", by_child),
	WAY("a second mapping", by_second_mapping),
	WAY("another strategy", by_other_handle),
	WAY("mprotect away and back", by_mprotect),
	WAY("mprotect to writable", by_mprotect_after_mmap),
	WAY("mremap", by_mremap),
	WAY("remap_file_pages", by_remap_file_pages),
	WAY("zap", by_dropping_first),
	WAY("MAP_POPULATE", by_populated_mapping),
};

#define NWAYS	((int)(sizeof(ways) / sizeof(ways[0])))

static bool shows(const fixture *f, int page, char byte)
{
	char found;

	return pread(f->fd, &found, 1, page * f->page) == 1 && found == byte;
}

TEST_F(dirty, each_way_to_store_is_seen_and_seen_again)
{
	static const int pages[] = { 0, 15, 16, 63, 64, 130, NPAGES - 1 };
	const int n = sizeof(pages) / sizeof(pages[0]);

	EXPECT_TRUE(none_taken(self));
	for (const struct way *w = ways; w < ways + NWAYS; w++) {
		struct set stored = {};
		int err = 0;

		if (w->wants_access && !self->pages && !VT_ACCESS_ASKED)
			continue;
		if (w->wants_pages && !self->pages)
			err = EFAULT;
		for (int i = 0; i < n; i++) {
			ASSERT_EQ(err, w->store(self, pages[i], i + 1)) {
				TH_LOG("%s", w->name);
			}
			if (err)
				continue;
			set_add(&stored, pages[i]);
			EXPECT_TRUE(shows(self, pages[i], i + 1));
		}
		EXPECT_TRUE(taken(self, &stored)) {
			TH_LOG("%s: not all, or more", w->name);
		}
		EXPECT_TRUE(none_taken(self)) {
			TH_LOG("%s: once more", w->name);
		}
		if (err)
			continue;
		for (int i = 0; i < 2; i++) {
			ASSERT_EQ(0, w->store(self, 64, 'a' + i));
			EXPECT_TRUE(one_taken(self, 64)) {
				TH_LOG("%s: not after it was taken", w->name);
			}
		}
	}
}

/* All of them through one entry after the other, with no fault in between. */
TEST_F(dirty, every_way_after_any_other)
{
	for (int a = 0; a < NWAYS; a++) {
		int b = (a * 7 + 3) % NWAYS;

		if ((ways[a].wants_pages || ways[b].wants_pages) && !self->pages)
			continue;
		if ((ways[a].wants_access || ways[b].wants_access) && !self->pages &&
		    !VT_ACCESS_ASKED)
			continue;
		ASSERT_EQ(0, ways[a].store(self, 70, 1));
		EXPECT_TRUE(one_taken(self, 70));
		ASSERT_EQ(0, ways[b].store(self, 70, 2));
		EXPECT_TRUE(one_taken(self, 70)) {
			TH_LOG("%s after %s", ways[b].name, ways[a].name);
		}
	}
}

TEST_F(dirty, reads_are_none)
{
	char bytes[self->page];
	char *q = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, self->fd, 0);

	ASSERT_NE(MAP_FAILED, q);
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(0, vt_read(at(self, i)));
		EXPECT_EQ(0, vt_read(q + i * self->page));
		EXPECT_EQ((ssize_t)self->page, pread(self->fd, bytes, self->page, i * self->page));
	}
	EXPECT_EQ(0, msync(self->p, self->bytes, MS_SYNC));
	EXPECT_EQ(0, pwrite(self->fd, bytes, 0, 0));
	EXPECT_TRUE(none_taken(self));
	munmap(q, self->bytes);
}

/* A private copy is none of the region's; the store that made it is none either. */
TEST_F(dirty, stores_to_private_copies_are_none)
{
	char *q;

	if (!variant->private_ok)
		return;
	q = mmap(NULL, self->bytes, RW, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, q);
	for (int i = 0; i < NPAGES; i += 3)
		q[i * self->page] = 1;
	EXPECT_TRUE(none_taken(self));
	*at(self, 3) = 2;
	EXPECT_TRUE(one_taken(self, 3));
	EXPECT_EQ(1, q[3 * self->page]);
	munmap(q, self->bytes);
}

/* Two pages by one store or call that lies across their border. */
TEST_F(dirty, what_lies_across_pages_is_both)
{
	struct set both = {};

	set_add_range(&both, 63, 65);
	EXPECT_EQ(2, pwrite(self->fd, "xy", 2, 64 * self->page - 1));
	EXPECT_TRUE(taken(self, &both));
	memcpy(at(self, 64) - 1, "zw", 2);
	EXPECT_TRUE(taken(self, &both));
}

TEST_F(dirty, zeros_are_bytes_too)
{
	const int mode = FALLOC_FL_KEEP_SIZE;
	struct set some = {};

	memset(self->p, 7, self->bytes);
	vt_dirty_get(self->fd, 0, 0, 0, 0, NULL);
	set_add_range(&some, 5, 9);
	ASSERT_EQ(0, fallocate(self->fd, mode | FALLOC_FL_PUNCH_HOLE, 5 * self->page + 1,
			       4 * self->page - 2));
	EXPECT_TRUE(taken(self, &some));
	*at(self, 7) = 1;
	EXPECT_TRUE(one_taken(self, 7));
	ASSERT_EQ(0, fallocate(self->fd, mode | FALLOC_FL_ZERO_RANGE, 5 * self->page + 1,
			       4 * self->page - 2));
	EXPECT_TRUE(taken(self, &some));
	ASSERT_EQ(0, madvise(at(self, 5), 4 * self->page, MADV_REMOVE));
	EXPECT_TRUE(taken(self, &some));
	/* Memory for what was punched is no other bytes. */
	ASSERT_EQ(0, fallocate(self->fd, 0, 0, self->bytes));
	EXPECT_EQ(0, vt_read(at(self, 6)));
	EXPECT_TRUE(none_taken(self));
}

/* A device writes where nobody sees it. */
TEST_F(dirty, what_a_dma_buf_shares_is_dirty_if_it_may_be_written_to)
{
	struct set shared = {};
	int buffer;

	if (!vt_has_export())
		SKIP(return, VT_NO_EXPORT);
	set_add_range(&shared, 20, 23);
	buffer = vt_export(self->fd, VMADEV_ACCESS_READ, 0, 20 * self->page, 3 * self->page);
	ASSERT_LE(0, buffer);
	EXPECT_TRUE(none_taken(self));
	close(buffer);
	buffer = vt_export(self->fd, VMADEV_ACCESS_READ_WRITE, 0, 20 * self->page, 3 * self->page);
	ASSERT_LE(0, buffer);
	for (int i = 0; i < 2; i++)
		EXPECT_TRUE(taken(self, &shared));
	close(buffer);
	EXPECT_TRUE(taken(self, &shared));
	EXPECT_TRUE(none_taken(self));
}

/* Bits that a rule flips at a read are others than those that were copied. */
TEST_F(dirty, what_a_rule_corrupts_is_dirty)
{
	struct vmadev_rule rule = {
		.offset = 11 * self->page,
		.length = self->page,
		.accesses = VMADEV_ON_FAULTS,
		.action = VMADEV_ACTION_CORRUPT,
		.value = 1,
		.times = 1,
	};

	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(0, vt_read(at(self, 10)));
	EXPECT_TRUE(none_taken(self));
	vt_read(at(self, 11));
	EXPECT_TRUE(one_taken(self, 11));
	vt_read(at(self, 11));
	EXPECT_TRUE(none_taken(self));
}

/* Who has a page may write to it, and nobody sees when. */
TEST_F(dirty, what_is_pinned_is_dirty_until_it_is_let_go)
{
	struct iovec page = { at(self, 9), self->page };
	char bytes[self->page];
	int ends[2];

	*at(self, 9) = 1;
	*at(self, 10) = 1;
	ASSERT_EQ(0, pipe(ends));
	if (!self->pages) {
		EXPECT_EQ(-1, vmsplice(ends[1], &page, 1, 0));
		EXPECT_EQ(EFAULT, errno);
	} else {
		struct set both = {};

		ASSERT_EQ((ssize_t)self->page, vmsplice(ends[1], &page, 1, 0));
		set_add_range(&both, 9, 11);
		EXPECT_TRUE(taken(self, &both));
		EXPECT_TRUE(one_taken(self, 9));
		EXPECT_TRUE(one_taken(self, 9));
		ASSERT_EQ((ssize_t)self->page, read(ends[0], bytes, self->page));
		EXPECT_TRUE(one_taken(self, 9));
		EXPECT_TRUE(none_taken(self));
	}
	close(ends[0]);
	close(ends[1]);
}

TEST_HARNESS_MAIN
