// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ftruncate: a region becomes longer or shorter, as a memfd does, under mappings of
 * every kind. Of contig the size is fixed, and of the default region.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "mapping.h"

static bool can_resize(const mapping_kind *k)
{
	return k->backing != VMADEV_BACKING_CONTIG;
}

static int resize(const mapping *m, int pages)
{
	return ftruncate(m->fd, pages * m->page) ? errno : 0;
}

/* All that tells a size tells this one. */
static bool size_is(const mapping *m, size_t bytes)
{
	struct vmadev_info info;
	struct stat st;

	return !vt_info(m->fd, &info) && info.bytes == bytes && !fstat(m->fd, &st) &&
	       st.st_size == (off_t)bytes && lseek(m->fd, 0, SEEK_END) == (off_t)bytes;
}

static bool is_sigbus(const char *map, const mapping *m, int page)
{
	char *at = (char *)map + page * m->page;

	return vt_read(at) == -SIGBUS && vt_write(at + m->page - 1, 1) == -SIGBUS;
}

/* Pages @from to @to of the region, by read. */
static bool reads(const mapping *m, const mapping_kind *k, int from, int to, bool zeros)
{
	char bytes[(to - from) * m->page];

	if (pread(m->fd, bytes, sizeof(bytes), from * m->page) != (ssize_t)sizeof(bytes))
		return false;
	return zeros || is_anon(k) ? vt_is_zero(bytes, sizeof(bytes)) :
				     pages_are_filled(m, bytes, from, to);
}

TEST_F(mapping, contig_is_of_a_fixed_size)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, resize(self, NPAGES));
	EXPECT_EQ(can_resize(variant) ? 0 : EOPNOTSUPP, resize(self, NPAGES - 1));
	EXPECT_EQ(can_resize(variant) ? 0 : EOPNOTSUPP, resize(self, NPAGES + 1));
	EXPECT_TRUE(size_is(self, (NPAGES + can_resize(variant)) * self->page));
	if (!can_resize(variant)) {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
}

/*
 *	|AAAAaaaa|
 *	|AAAA!!!!|	in each process; private copies go too
 */
TEST_F(mapping, what_is_cut_off_is_sigbus)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (!can_resize(variant))
		return;
	ASSERT_EQ(0, resize(self, NPAGES / 2));
	EXPECT_TRUE(size_is(self, self->bytes / 2));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES / 2));
	EXPECT_TRUE(reads(self, variant, 0, NPAGES / 2, false));
	if (is_anon(variant)) {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
	for (int i = NPAGES / 2; i < NPAGES && !is_anon(variant); i++)
		EXPECT_TRUE(is_sigbus(map, self, i));
	EXPECT_EQ(0, pread(self->fd, &(char){ 0 }, 1, self->bytes / 2));
	EXPECT_EQ(-1, pwrite(self->fd, "", 1, self->bytes / 2));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(MAP_FAILED, map_region(self, variant));
	EXPECT_EQ(EINVAL, errno);
}

/*
 *	|AAAAaaaa|
 *	|AAAA!!!!|
 *	|AAAA0000|	what comes back is zeros, and the region's
 */
TEST_F(mapping, what_is_new_is_zeros)
{
	const char *second;
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (!can_resize(variant))
		return;
	ASSERT_EQ(0, resize(self, NPAGES / 2));
	ASSERT_EQ(0, resize(self, 2 * NPAGES));
	EXPECT_TRUE(size_is(self, 2 * self->bytes));
	EXPECT_TRUE(reads(self, variant, 0, NPAGES / 2, false));
	EXPECT_TRUE(reads(self, variant, NPAGES / 2, 2 * NPAGES, true));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES / 2));
	if (is_anon(variant))
		return;
	EXPECT_TRUE(vt_is_zero(map + self->bytes / 2, self->bytes / 2));
	second = mmap(NULL, 2 * self->bytes, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, second);
	EXPECT_TRUE(vt_is_zero(second + self->bytes / 2, self->bytes * 3 / 2));
	vt_pattern(map + self->bytes / 2, self->page, 77);
	EXPECT_EQ(is_shared(variant), page_is(self, second, NPAGES / 2, 77));
	EXPECT_EQ(1, pwrite(self->fd, "x", 1, 2 * self->bytes - 1));
	EXPECT_EQ('x', second[2 * self->bytes - 1]);
}

static int sees_the_cut(void *arg)
{
	const char *const *map = arg;

	return vt_read(map[0]) != -SIGBUS || vt_read(map[1]) < 0;
}

/* A child's entries are copies of the parent's, and a second mapping has its own. */
TEST_F(mapping, cut_reaches_every_mapping)
{
	char *map = map_filled(self, variant), *other = map_region(self, variant);
	const char *const at[] = { map + self->bytes - 1, map };

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, other);
	if (!can_resize(variant) || is_anon(variant))
		return;
	EXPECT_LE(0, vt_read(other + self->bytes - 1));
	ASSERT_EQ(0, resize(self, NPAGES - 1));
	EXPECT_TRUE(is_sigbus(other, self, NPAGES - 1));
	EXPECT_EQ(0, vt_in_child(sees_the_cut, (void *)at));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES - 1));
	EXPECT_EQ(0, munmap(map, self->bytes));
	EXPECT_EQ(0, munmap(other, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 0));
}

/* In another process, by a mapping that is its own, older than one of this process's. */
TEST_F(mapping, cut_reaches_other_processes)
{
	char *map = map_filled(self, variant), *own;
	int ready[2], done[2], status;
	pid_t child;
	char byte;

	ASSERT_NE(MAP_FAILED, map);
	if (!can_resize(variant) || is_anon(variant))
		return;
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(done));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		own = map_region(self, variant);
		if (own == MAP_FAILED || vt_read(own + self->bytes - 1) < 0 ||
		    write(ready[1], "", 1) != 1 || read(done[0], &byte, 1) != 1)
			_exit(1);
		_exit(vt_read(own + self->bytes - 1) != -SIGBUS || vt_read(own) < 0);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	own = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, own);
	ASSERT_EQ(0, resize(self, NPAGES - 1));
	EXPECT_TRUE(is_sigbus(own, self, NPAGES - 1));
	ASSERT_EQ(1, write(done[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/*
 *	|AAAAAAAA| -> pipe	what is pinned stays with who pinned it
 */
TEST_F(mapping, pinned_pages_outlive_the_cut)
{
	char *map = map_filled(self, variant), back[self->bytes];
	struct iovec pages = { map, self->bytes };
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	if (!can_resize(variant) || answer_of(variant, "vmsplice") > 0)
		return;
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ((ssize_t)self->bytes, vmsplice(ends[1], &pages, 1, 0));
	ASSERT_EQ(0, resize(self, 0));
	ASSERT_EQ(0, resize(self, NPAGES));
	for (; got < self->bytes; got += n) {
		n = read(ends[0], back + got, self->bytes - got);
		ASSERT_LT(0, n);
	}
	EXPECT_TRUE(pages_are_filled(self, back, 0, NPAGES));
	EXPECT_TRUE(reads(self, variant, 0, NPAGES, true));
}

/* Page by page, up and down, with a byte in each. */
TEST_F(mapping, many_steps_lose_nothing)
{
	const int most = 70;
	char byte;

	if (!can_resize(variant))
		return;
	for (int n = NPAGES + 1; n <= most; n++) {
		ASSERT_EQ(0, resize(self, n));
		byte = n;
		ASSERT_EQ(1, pwrite(self->fd, &byte, 1, n * self->page - 1));
	}
	for (int n = most; n > NPAGES; n--) {
		ASSERT_EQ(1, pread(self->fd, &byte, 1, n * self->page - 1));
		EXPECT_EQ(is_anon(variant) ? 0 : n, byte);
		ASSERT_EQ(0, resize(self, n - 1));
	}
	EXPECT_TRUE(size_is(self, self->bytes));
}

TEST_F(mapping, nothing_is_a_size)
{
	char *map;

	if (!can_resize(variant))
		return;
	ASSERT_EQ(0, fill_region(self));
	ASSERT_EQ(0, resize(self, 0));
	EXPECT_TRUE(size_is(self, 0));
	EXPECT_EQ(0, pread(self->fd, &(char){ 0 }, 1, 0));
	EXPECT_EQ(MAP_FAILED, map_region(self, variant));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, resize(self, NPAGES));
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(vt_is_zero(map, self->bytes));
}

TEST_F(mapping, sizes_that_cannot_be_are_refused)
{
	const __u64 too_much = (__u64)1 << 42;	/* a 32-bit kernel has files of that size */
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	char *map = map_filled(self, variant);

	ASSERT_LE(0, reader);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, ftruncate(self->fd, self->bytes - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ftruncate(self->fd, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ftruncate(self->fd, -(off_t)self->page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ftruncate(reader, self->bytes / 2));
	EXPECT_EQ(EINVAL, errno);
	if (is_anon(variant)) {
		EXPECT_EQ(0, ftruncate(self->fd, too_much));
		EXPECT_EQ(0, ftruncate(self->fd, self->bytes));
	} else {
		EXPECT_EQ(-1, ftruncate(self->fd, too_much));
		EXPECT_EQ(can_resize(variant) ? ENOSPC : EOPNOTSUPP, errno);
	}
	EXPECT_TRUE(size_is(self, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	close(reader);
}

static int grow_past_limit(void *arg)
{
	const mapping *m = arg;
	const struct rlimit limit = { m->bytes, m->bytes };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) || resize(m, NPAGES + 1) != EFBIG)
		return 1;
	return resize(m, NPAGES - 1) || resize(m, NPAGES);
}

/* To grow a file is what it is for. */
TEST_F(mapping, growing_is_bound_by_rlimit_fsize)
{
	if (can_resize(variant)) {
		EXPECT_EQ(0, vt_in_child(grow_past_limit, self));
	}
}

/* What a region may have of max_bytes is what it has. */
TEST_F(mapping, room_is_taken_and_given_back)
{
	size_t bytes = variant->backing == VMADEV_BACKING_MEDIA ? 2 * self->bytes : self->bytes;
	int dev = vt_open(O_RDWR);
	__u64 room = vt_room(dev);

	ASSERT_LE(0, dev);
	if (!can_resize(variant) || is_anon(variant))
		return;
	ASSERT_EQ(0, resize(self, 3 * NPAGES));
	EXPECT_EQ(room - 2 * bytes, vt_room(dev));
	ASSERT_EQ(0, resize(self, NPAGES / 2));
	EXPECT_EQ(room + bytes / 2, vt_room(dev));
	ASSERT_EQ(0, resize(self, NPAGES));
	EXPECT_EQ(room, vt_room(dev));
	close(dev);
}

TEST_F(mapping, info_tells_what_can_be_done)
{
	struct vmadev_info info;
	__u32 can = VMADEV_CAN_PUNCH;

	if (can_resize(variant))
		can |= VMADEV_CAN_RESIZE;
	if (can_resize(variant) && !is_anon(variant))
		can |= VMADEV_CAN_HOLES;
	if (variant->strategy != VMADEV_STRATEGY_CACHE && !is_anon(variant) &&
	    variant->backing != VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_INJECT;
	if (!is_anon(variant) && variant->backing != VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_REVOKE;
	if (variant->backing == VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_CRASH;
	if (vt_has_export() && (variant->backing == VMADEV_BACKING_PAGES ||
				variant->backing == VMADEV_BACKING_CONTIG))
		can |= VMADEV_CAN_EXPORT;
	ASSERT_EQ(0, vt_info(self->fd, &info));
	EXPECT_EQ(can, info.abilities);
}

/* Neither by the node, nor by another handle of the same region. */
TEST(default_region_is_of_a_fixed_size)
{
	int node = vt_open(O_RDWR), handle = vt_reopen(node, 0, 0);
	struct vmadev_info info, after;

	ASSERT_LE(0, node);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, vt_info(node, &info));
	EXPECT_EQ(VMADEV_CAN_INJECT, info.abilities & ~VMADEV_CAN_EXPORT);
	EXPECT_EQ(-1, ftruncate(node, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ftruncate(handle, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ftruncate(handle, info.bytes));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, vt_info(node, &after));
	EXPECT_EQ(info.bytes, after.bytes);
	close(handle);
	close(node);
}

TEST_HARNESS_MAIN
