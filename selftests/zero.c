// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new region is zero at first sight, though the pages it is made of held
 * other data a moment before: half of the free memory is filled and freed
 * first, and so is a region of the same backing.
 */
#include <sys/sysinfo.h>

#include "vmadev_test.h"

#define PAGES	512
#define DIRT	0xa5

FIXTURE(zero) {
	ssize_t page, size;
	int fd;
	char *buf;
};

FIXTURE_VARIANT(zero) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(zero);

/* Once for the program: each test leaves its own pages dirty again. */
static void __attribute__((constructor)) dirty_free_memory(void)
{
	struct sysinfo si;
	size_t n;
	void *p;

	if (sysinfo(&si))
		return;
	n = si.freeram / 2 * si.mem_unit;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	memset(p, DIRT, n);
	munmap(p, n);
}

/* A kernel that zeroes every page it hands out would hide the fault. */
static bool kernel_zeroes_all(void)
{
	char cmdline[4096] = "";
	FILE *f;

	f = fopen("/proc/cmdline", "re");
	if (!f)
		return true;
	if (!fgets(cmdline, sizeof(cmdline), f))
		cmdline[0] = '\0';
	fclose(f);
	return !strstr(cmdline, "init_on_alloc=0") || strstr(cmdline, "init_on_free=1");
}

FIXTURE_SETUP(zero)
{
	int fd;

	VT_NEEDS(variant->strategy);
	if (kernel_zeroes_all())
		SKIP(return, "the kernel zeroes all memory: boot with init_on_alloc=0");
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->buf = malloc(self->size);
	ASSERT_NE(NULL, self->buf);
	memset(self->buf, DIRT, self->size);

	/* dirty region -> freed -> the region to look at */
	fd = vt_create(variant->backing, variant->strategy, self->size, "dirty");
	ASSERT_LE(0, fd);
	ASSERT_EQ(self->size, pwrite(fd, self->buf, self->size, 0));
	close(fd);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "zero");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(zero)
{
	/* Leave dirt behind for the next test. */
	EXPECT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	close(self->fd);
	free(self->buf);
}

TEST_F(zero, read_gives_zeros)
{
	EXPECT_EQ(self->size, pread(self->fd, self->buf, self->size, 0));
	EXPECT_TRUE(vt_is_zero(self->buf, self->size));
	memset(self->buf, DIRT, self->size);
}

/* "ALSA: pcm: Avoid possible info leaks from PCM stream buffers" */
TEST_F(zero, memory_not_zeroed)
{
	char *p = mmap(NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(vt_is_zero(p, self->size));
}

/* The first touch writes one byte a page; the rest of each page is zero. */
TEST_F(zero, rest_of_a_written_page_is_zero)
{
	char *p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	for (ssize_t at = 0; at < self->size; at += self->page)
		p[at] = 1;
	for (ssize_t at = 0; at < self->size; at += self->page) {
		EXPECT_EQ(1, p[at]);
		EXPECT_TRUE(vt_is_zero(p + at + 1, self->page - 1));
	}
}

/* A write of one byte leaves the rest of its page zero too. */
TEST_F(zero, rest_of_a_page_after_write_is_zero)
{
	EXPECT_EQ(1, pwrite(self->fd, self->buf, 1, self->page + 1));
	EXPECT_EQ(3 * self->page, pread(self->fd, self->buf, 3 * self->page, 0));
	self->buf[self->page + 1] = 0;
	EXPECT_TRUE(vt_is_zero(self->buf, 3 * self->page));
	memset(self->buf, DIRT, self->size);
}

TEST_F(zero, private_mapping_is_zero)
{
	char *p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);

	if (!variant->private_ok) {
		EXPECT_EQ(MAP_FAILED, p);
		return;
	}
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(vt_is_zero(p, self->size));
	EXPECT_EQ(0, vt_write(p + self->page, 1));
	EXPECT_TRUE(vt_is_zero(p + self->page + 1, self->page - 1));
}

TEST_HARNESS_MAIN
