// SPDX-License-Identifier: GPL-2.0-or-later
/* VMADEV_IOC_CREATE: what a new region is, is called, and may not be. */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "vmadev_test.h"

#define MAX_NODES 32

FIXTURE(create) {
	ssize_t page;
};

FIXTURE_VARIANT(create) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(create);

FIXTURE_SETUP(create)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
}

FIXTURE_TEARDOWN(create)
{
}

TEST_F(create, info_tells_what_was_asked_for)
{
	struct vmadev_info i;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, 3 * self->page, "asked");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &i));
	EXPECT_EQ(variant->backing, i.backing);
	EXPECT_EQ(variant->strategy, i.strategy);
	EXPECT_EQ((__u64)(3 * self->page), i.bytes);
	EXPECT_EQ((__u32)self->page, i.page_size);
	EXPECT_STREQ("asked", i.name);
	EXPECT_NE(0u, i.strategies_known & VMADEV_STRATEGY_BIT(variant->strategy));
	EXPECT_EQ(i.strategies_shared, i.strategies_shared & i.strategies_known);
	EXPECT_EQ(i.strategies_private, i.strategies_private & i.strategies_shared);
	if (variant->backing == VMADEV_BACKING_CONTIG) {
		EXPECT_LE((__u64)self->page, i.run_bytes);
		EXPECT_GE(i.bytes, i.run_bytes);
	} else {
		EXPECT_EQ(0u, i.run_bytes);
	}
}

TEST_F(create, descriptor_is_close_on_exec_and_read_write)
{
	int fd = vt_create(variant->backing, variant->strategy, self->page, NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
}

TEST_F(create, id_is_unique_and_the_inode_number)
{
	struct vmadev_info i;
	struct stat st;
	__u64 ids[8];
	int dev;

	dev = vt_open(O_RDONLY);
	ASSERT_LE(0, dev);
	ASSERT_EQ(0, vt_info(dev, &i));
	ids[0] = i.region;
	for (int n = 1; n < 8; n++) {
		int fd = vt_create(variant->backing, variant->strategy, n * self->page, "twin");

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_info(fd, &i));
		ASSERT_EQ(0, fstat(fd, &st));
		EXPECT_EQ(i.region, st.st_ino);
		EXPECT_EQ(n * self->page, st.st_size);
		ids[n] = i.region;
		for (int m = 0; m < n; m++)
			EXPECT_NE(ids[m], ids[n]);
	}
}

/* An id is not used again when its region is gone. */
TEST_F(create, id_is_never_reused)
{
	struct vmadev_info first, second;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, self->page, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &first));
	close(fd);
	fd = vt_create(variant->backing, variant->strategy, self->page, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &second));
	EXPECT_NE(first.region, second.region);
}

/* Shared and private alike, and no address of the kernel in sight. */
TEST_F(create, maps_shows_the_name)
{
	int types[] = { MAP_SHARED, MAP_PRIVATE };
	struct vt_vma v;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, 2 * self->page, "Name-1.x");
	ASSERT_LE(0, fd);
	for (int i = 0; i < (variant->private_ok ? 2 : 1); i++) {
		void *p = mmap(NULL, self->page, PROT_READ, types[i], fd, 0);

		ASSERT_NE(MAP_FAILED, p);
		ASSERT_EQ(0, vt_vma_at(p, &v));
		EXPECT_STREQ("/vmadev:Name-1.x (deleted)", v.name);
		munmap(p, self->page);
	}
}

/* The offset column is the region's, not a physical address. */
TEST_F(create, maps_shows_the_offset_in_the_region)
{
	struct vt_vma v;
	void *p;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, 4 * self->page, NULL);
	ASSERT_LE(0, fd);
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 3 * self->page);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, vt_vma_at(p, &v));
	/* Shared memory of none is a new object for each mapping: at 0. */
	EXPECT_EQ(variant->backing == VMADEV_BACKING_NONE ? 0ul : 3ul * self->page, v.offset);
}

TEST_F(create, no_name_is_region_and_id)
{
	char name[VMADEV_NAME_MAX], shown[256];
	struct vmadev_info i;
	struct vt_vma v;
	void *p;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, self->page, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &i));
	snprintf(name, sizeof(name), "region-%llu", (unsigned long long)i.region);
	EXPECT_STREQ(name, i.name);
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, vt_vma_at(p, &v));
	snprintf(shown, sizeof(shown), "/vmadev:%s (deleted)", name);
	EXPECT_STREQ(shown, v.name);
}

/* The whole room but the NUL; wherever it is shown, none of it is cut. */
TEST_F(create, longest_name_is_kept)
{
	char name[VMADEV_NAME_MAX], shown[256], link[64], text[256];
	int types[] = { MAP_SHARED, MAP_PRIVATE };
	struct vmadev_info i;
	struct vt_vma v;
	ssize_t n;
	int fd;

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(shown, sizeof(shown), "/vmadev:%s (deleted)", name);
	fd = vt_create(variant->backing, variant->strategy, self->page, name);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &i));
	EXPECT_STREQ(name, i.name);
	for (int t = 0; t < (variant->private_ok ? 2 : 1); t++) {
		void *p = mmap(NULL, self->page, PROT_READ, types[t], fd, 0);

		ASSERT_NE(MAP_FAILED, p);
		ASSERT_EQ(0, vt_vma_at(p, &v));
		EXPECT_STREQ(shown, v.name);
		munmap(p, self->page);
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, text, sizeof(text) - 1);
	ASSERT_LT(0, n);
	text[n] = '\0';
	EXPECT_STREQ(shown, text);
}

/*
 * What a backing can never serve is refused before there is a region: no cap and
 * no memory is asked first.
 */
TEST_F(create, impossible_strategy_is_refused_before_memory_is_taken)
{
	struct vmadev_create c = { .bytes = 1ull << 45, .backing = variant->backing };
	struct vmadev_info i;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, self->page, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &i));
	for (c.strategy = VMADEV_STRATEGY_REMAP; c.strategy <= VMADEV_STRATEGY_FILEMAP;
	     c.strategy++) {
		if (i.strategies_shared & VMADEV_STRATEGY_BIT(c.strategy))
			continue;
		/* A long contig region is perhaps not the one run that remap wants. */
		if (variant->backing == VMADEV_BACKING_CONTIG &&
		    c.strategy == VMADEV_STRATEGY_REMAP)
			continue;
		EXPECT_EQ(-1, vt_create_raw(fd, &c));
		EXPECT_EQ(EOPNOTSUPP, errno) {
			TH_LOG("strategy %u", c.strategy);
		}
	}
}

/* errno of CREATE, or 0. */
static int create_errno(struct vmadev_create c)
{
	int dev = vt_open(O_RDWR), fd, err;

	fd = vt_create_raw(dev, &c);
	err = errno;
	close(dev);
	if (fd < 0)
		return err;
	close(fd);
	return 0;
}

TEST_F(create, bad_name_is_einval)
{
	const char bad[] = { ' ', '/', '\\', '\n', '\t', '\033', '\177', '\200', '\377' };
	struct vmadev_create c = {
		.bytes = self->page,
		.backing = variant->backing,
		.strategy = variant->strategy,
	};

	for (size_t i = 0; i < sizeof(bad); i++) {
		memcpy(c.name, "a?b", 4);
		c.name[1] = bad[i];
		EXPECT_EQ(EINVAL, create_errno(c)) {
			TH_LOG("a byte 0x%02x in a name", (unsigned char)bad[i]);
		}
		memcpy(c.name, "?", 2);
		c.name[0] = bad[i];
		EXPECT_EQ(EINVAL, create_errno(c));
	}
	memset(c.name, 'n', sizeof(c.name));
	EXPECT_EQ(EINVAL, create_errno(c));
}

TEST_F(create, bad_size_is_einval)
{
	struct vmadev_create c = {
		.backing = variant->backing,
		.strategy = variant->strategy,
	};

	EXPECT_EQ(EINVAL, create_errno(c));
	c.bytes = 1;
	EXPECT_EQ(EINVAL, create_errno(c));
	c.bytes = self->page + 1;
	EXPECT_EQ(EINVAL, create_errno(c));
	c.bytes = self->page - 1;
	EXPECT_EQ(EINVAL, create_errno(c));
	c.bytes = ~0ull;
	EXPECT_EQ(EINVAL, create_errno(c));
}

/*
 * Larger than an off_t can say or max_bytes allows; the machine survives. A
 * region of none takes no memory, so that its size is bounded by off_t alone.
 */
TEST_F(create, absurd_size_is_refused)
{
	int most = variant->backing == VMADEV_BACKING_NONE ? 63 : 45;
	struct vmadev_create c = {
		.backing = variant->backing,
		.strategy = variant->strategy,
	};

	for (int bit = most; bit < 64; bit++) {
		int err;

		c.bytes = 1ull << bit;
		err = create_errno(c);
		EXPECT_TRUE(err == ENOSPC || err == EINVAL) {
			TH_LOG("1 << %d bytes: errno %d", bit, err);
		}
		c.bytes = -(1ull << (bit - 20));
		err = create_errno(c);
		EXPECT_TRUE(err == ENOSPC || err == EINVAL) {
			TH_LOG("-(1 << %d) bytes: errno %d", bit - 20, err);
		}
	}
}

TEST_F(create, needs_a_writable_descriptor)
{
	struct vmadev_create c = { .bytes = self->page, .backing = variant->backing };
	int dev, fd, ro;

	dev = vt_open(O_RDONLY);
	ASSERT_LE(0, dev);
	EXPECT_EQ(-1, vt_create_raw(dev, &c));
	EXPECT_EQ(EBADF, errno);

	fd = vt_create(variant->backing, variant->strategy, self->page, NULL);
	ASSERT_LE(0, fd);
	ro = vt_reopen(fd, VMADEV_ACCESS_READ, 0);
	ASSERT_LE(0, ro);
	EXPECT_EQ(-1, vt_create_raw(ro, &c));
	EXPECT_EQ(EBADF, errno);
	/* Any region's handle will do, not the node's alone. */
	EXPECT_LE(0, vt_create_raw(fd, &c));
}

TEST_F(create, node_0_is_served_where_pages_are_placed)
{
	bool placed = variant->backing == VMADEV_BACKING_PAGES ||
		      variant->backing == VMADEV_BACKING_CONTIG;
	struct vmadev_create c = {
		.flags = VMADEV_CREATE_NODE,
		.bytes = self->page,
		.backing = variant->backing,
		.strategy = variant->strategy,
	};

	EXPECT_EQ(placed ? 0 : EOPNOTSUPP, create_errno(c));
}

TEST_F(create, no_such_node_is_einval)
{
	/* The kernel has a power of two of them at most, 1 << 10 of Debian's. */
	const int nodes[] = { -1, 1 << 6, 1 << 8, 1 << 10, 1 << 20, 0x7fffffff, -0x7fffffff - 1 };
	struct vmadev_create c = {
		.flags = VMADEV_CREATE_NODE,
		.bytes = self->page,
		.backing = variant->backing,
		.strategy = variant->strategy,
	};

	if (variant->backing == VMADEV_BACKING_PAGES || variant->backing == VMADEV_BACKING_CONTIG) {
		for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
			c.node = nodes[i];
			EXPECT_EQ(EINVAL, create_errno(c));
		}
	}
	/* Without the flag the member is as good as reserved. */
	c.flags = 0;
	c.node = 1;
	EXPECT_EQ(EINVAL, create_errno(c));
}

/* Of a program whose standard input is closed. */
TEST_F(create, descriptor_may_be_0)
{
	struct vmadev_create c = { .bytes = self->page, .backing = variant->backing };
	int dev = vt_open(O_RDWR), fd;
	struct stat st;

	ASSERT_LT(0, dev);
	fd = vt_create_raw(dev, &c);
	ASSERT_LT(0, fd);
	ASSERT_EQ(0, close(0));
	EXPECT_EQ(0, vt_create_raw(dev, &c));
	ASSERT_EQ(0, fstat(0, &st));
	EXPECT_EQ(self->page, st.st_size);
	ASSERT_EQ(0, close(0));
	EXPECT_EQ(0, vt_reopen(fd, VMADEV_ACCESS_READ, 0));
	ASSERT_EQ(0, fstat(0, &st));
	EXPECT_EQ(self->page, st.st_size);
}

/* No descriptor is left: nothing is made, and nothing stays. */
TEST_F(create, no_descriptor_left_is_emfile)
{
	struct vmadev_create c = { .bytes = self->page, .backing = variant->backing };
	struct rlimit none = { 0, 0 };
	int dev;

	dev = vt_open(O_RDWR);
	ASSERT_LE(0, dev);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-1, vt_create_raw(dev, &c));
	EXPECT_EQ(EMFILE, errno);
}

static bool has_node(int n)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", n);
	return !access(path, F_OK);
}

/* How many pages of a mapping are on node @n; each is read first. -1: that cannot be told. */
static int count_on(char *map, size_t bytes, int n)
{
	size_t count = bytes / vt_page();
	void **addr = calloc(count, sizeof(*addr));
	int *on = calloc(count, sizeof(*on)), found = 0;

	for (size_t i = 0; i < count; i++) {
		addr[i] = map + i * vt_page();
		if (vt_read(addr[i]) < 0)
			found = -1;
	}
	/* One call: each has every CPU give back the pages that it is about to age. */
	if (!found && syscall(__NR_move_pages, 0, count, addr, NULL, on, 0))
		found = -1;
	for (size_t i = 0; i < count && found >= 0; i++)
		found += on[i] == n;
	free(addr);
	free(on);
	return found;
}

/*
 * All pages come from the node that was asked for, on every node there is; those
 * of contig also where the run is longer than any that the kernel has at hand.
 */
TEST(pages_come_from_the_node)
{
	__u32 backings[] = { VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG };
	size_t sizes[] = { 4 * vt_page(), 8 << 20 };
	int dev, nodes = 0;

	dev = vt_open(O_RDWR);
	ASSERT_LE(0, dev);
	for (int n = 0; n < MAX_NODES; n++) {
		if (!has_node(n))
			continue;
		nodes++;
		for (int b = 0; b < 2; b++) {
			struct vmadev_create c = {
				.flags = VMADEV_CREATE_NODE,
				.bytes = sizes[b],
				.backing = backings[b],
				.strategy = VMADEV_STRATEGY_PAGE,
				.node = n,
			};
			int fd = vt_create_raw(dev, &c);
			char *p;

			ASSERT_LE(0, fd);
			p = mmap(NULL, sizes[b], PROT_READ, MAP_SHARED, fd, 0);
			ASSERT_NE(MAP_FAILED, p);
			ASSERT_EQ((int)(sizes[b] / vt_page()), count_on(p, sizes[b], n));
			close(fd);
		}
	}
	/* One node alone is right by itself. */
	if (nodes < 2)
		SKIP(return, "one NUMA node here");
}

static const struct vt_mode placed[] = {
	{ "pages", VMADEV_STRATEGY_PAGE, VMADEV_BACKING_PAGES },
	{ "contig", VMADEV_STRATEGY_PAGE, VMADEV_BACKING_CONTIG },
	{ "shmem", VMADEV_STRATEGY_CACHE, VMADEV_BACKING_SHMEM },
};

/* How many of the 16 pages of a new region are on node @n; -1: there is none. */
static int pages_on(const struct vt_mode *m, int n)
{
	size_t bytes = 16 * vt_page();
	int fd = vt_create(m->backing, m->strategy, bytes, "placed"), on;
	char *p;

	if (fd < 0)
		return -1;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return -1;
	on = count_on(p, bytes, n);
	munmap(p, bytes);
	return on;
}

static long set_policy(int mode, unsigned long nodes)
{
	return syscall(__NR_set_mempolicy, mode, nodes ? &nodes : NULL, MAX_NODES);
}

/* Where no node is asked for, the policy of the task is: numactl works. */
TEST(pages_come_from_the_policy)
{
	unsigned long all = 0;

	for (int n = 0; n < MAX_NODES; n++)
		all |= has_node(n) ? 1ul << n : 0;
	if (!(all & (all - 1)))
		SKIP(return, "one NUMA node here");
	for (size_t i = 0; i < ARRAY_SIZE(placed); i++) {
		for (int n = 0; n < MAX_NODES; n++) {
			if (!(all & 1ul << n))
				continue;
			ASSERT_EQ(0, set_policy(MPOL_BIND, 1ul << n));
			EXPECT_EQ(16, pages_on(&placed[i], n)) {
				TH_LOG("%s bound to node %d", placed[i].name, n);
			}
			ASSERT_EQ(0, set_policy(MPOL_PREFERRED, 1ul << n));
			EXPECT_EQ(16, pages_on(&placed[i], n)) {
				TH_LOG("%s with node %d preferred", placed[i].name, n);
			}
			/* contig is one run, from one node. */
			ASSERT_EQ(0, set_policy(MPOL_INTERLEAVE, all));
			if (placed[i].backing != VMADEV_BACKING_CONTIG) {
				EXPECT_LT(0, pages_on(&placed[i], n)) {
					TH_LOG("%s interleaved, node %d", placed[i].name, n);
				}
			}
		}
	}
	ASSERT_EQ(0, set_policy(MPOL_DEFAULT, 0));
}

/* It is its maker's: quota and security modules ask whose it is. */
TEST(region_belongs_to_its_maker)
{
	struct vmadev_create c = { .bytes = vt_page() };
	int dev = vt_open(O_RDWR), fd;
	struct stat st;

	ASSERT_LE(0, dev);
	if (!geteuid()) {
		setfsuid(1000);
		setfsgid(1001);
	}
	fd = vt_create_raw(dev, &c);
	setfsuid(geteuid());
	setfsgid(getegid());
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(geteuid() ?: 1000, st.st_uid);
	EXPECT_EQ(geteuid() ? getegid() : 1001, st.st_gid);
	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
}

TEST_HARNESS_MAIN
