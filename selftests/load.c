// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading and unloading, with parameters that are good and bad, and what is
 * left afterwards. Leaves the module loaded, or not, as it was found.
 */
#include "vmadev_test.h"
#include "lib/klog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>

#define MIB	(1u << 20)

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Everything that the module shows of itself */
static const char *const traces[] = {
	"/dev/vmadev",
	"/sys/module/vmadev",
	"/sys/class/misc/vmadev",
	"/sys/kernel/debug/vmadev",
	"/sys/kernel/tracing/events/vmadev",
};

static void expect_traces(struct __test_metadata *_metadata, bool there)
{
	for (size_t i = 0; i < ARRAY_SIZE(traces); i++) {
		EXPECT_EQ(there, exists(traces[i])) {
			TH_LOG("%s", traces[i]);
		}
	}
}

/* Whether it was loaded; now it is not. */
static bool begin(void)
{
	return vt_unload() == 0;
}

static void end(bool loaded)
{
	vt_unload();
	if (loaded)
		vt_load("");
}

FIXTURE(load)
{
	bool loaded;
};

FIXTURE_SETUP(load)
{
	self->loaded = begin();
	ASSERT_FALSE(exists("/sys/module/vmadev"));
}

FIXTURE_TEARDOWN(load)
{
	end(self->loaded);
}

/* 400 MiB come and go: half of it lost would show through any noise. */
TEST_F_TIMEOUT(load, over_and_over_loses_no_memory, 120)
{
	long before = vt_used_kb();

	for (int i = 0; i < 25; i++) {
		ASSERT_EQ(0, vt_load("size=16M"));
		ASSERT_EQ(0, vt_unload());
	}
	expect_traces(_metadata, false);
	EXPECT_GT(100 << 10, vt_used_kb() - before);
}

TEST_F(load, without_parameters_makes_16_MiB_of_zeroed_pages)
{
	struct vmadev_info info;
	struct stat st;
	char *p;
	int fd;

	ASSERT_EQ(0, vt_load(""));
	ASSERT_EQ(0, stat("/dev/vmadev", &st));
	EXPECT_EQ((mode_t)(S_IFCHR | 0600), st.st_mode);
	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(16 * MIB, info.bytes);
	EXPECT_EQ((__u32)VMADEV_BACKING_PAGES, info.backing);
	EXPECT_EQ((__u32)VMADEV_STRATEGY_PAGE, info.strategy);
	EXPECT_EQ(0u, info.run_bytes);
	p = mmap(NULL, info.bytes, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(vt_is_zero(p, info.bytes));
	munmap(p, info.bytes);
	close(fd);
}

TEST_F(load, max_bytes_counts_the_default_region_too)
{
	int fd;

	ASSERT_EQ(0, vt_load("max_bytes=32M"));
	fd = vt_create(VMADEV_BACKING_PAGES, 0, 16 * MIB, NULL);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-1, vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL));
	EXPECT_EQ(ENOSPC, errno);
	close(fd);
	fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F(load, mode_is_of_the_node)
{
	static const struct {
		const char *params;
		mode_t mode;
	} modes[] = {
		{ "mode=0666", 0666 }, { "mode=0660", 0660 }, { "mode=0400", 0400 },
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		ASSERT_EQ(0, vt_load(modes[i].params));
		ASSERT_EQ(0, stat("/dev/vmadev", &st));
		EXPECT_EQ(S_IFCHR | modes[i].mode, st.st_mode);
		ASSERT_EQ(0, vt_unload());
	}
}

/* The bytes that others left in the pages are gone: fill, unload, load, look. */
TEST_F(load, never_shows_what_was_in_memory_before)
{
	char *p;
	int fd;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, vt_load(""));
		fd = vt_open(O_RDWR);
		ASSERT_LE(0, fd);
		p = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		EXPECT_TRUE(vt_is_zero(p, 16 * MIB));
		memset(p, 0xa5, 16 * MIB);
		munmap(p, 16 * MIB);
		close(fd);
		ASSERT_EQ(0, vt_unload());
	}
}

FIXTURE(good)
{
	bool loaded;
};

FIXTURE_VARIANT(good)
{
	const char *params;
	__u64 bytes;
	__u32 backing;
	__u32 strategy;
};

#define GOOD(name, text, size, b, s)					\
	FIXTURE_VARIANT_ADD(good, name) {				\
		.params = text, .bytes = size,				\
		.backing = VMADEV_BACKING_##b, .strategy = VMADEV_STRATEGY_##s,	\
	}

GOOD(size_1M, "size=1M", MIB, PAGES, PAGE);
GOOD(size_64K, "size=64K", 64 << 10, PAGES, PAGE);
GOOD(size_in_bytes, "size=131072", 128 << 10, PAGES, PAGE);
GOOD(size_in_k, "size=128k", 128 << 10, PAGES, PAGE);
GOOD(size_in_hex, "size=0x20000", 128 << 10, PAGES, PAGE);
GOOD(contig, "backing=contig size=1M", MIB, CONTIG, PAGE);
GOOD(shmem, "backing=shmem", 16 * MIB, SHMEM, CACHE);
GOOD(media, "backing=media", 16 * MIB, MEDIA, FILEMAP);
GOOD(none, "backing=none size=1G", 1ull << 30, NONE, ANON);
GOOD(none_is_not_capped, "backing=none size=1G max_bytes=1M", 1ull << 30, NONE, ANON);
GOOD(pfn, "strategy=pfn", 16 * MIB, PAGES, PFN);
GOOD(insert, "strategy=insert backing=pages", 16 * MIB, PAGES, INSERT);
GOOD(remap, "strategy=remap backing=contig size=1M", MIB, CONTIG, REMAP);
GOOD(max_bytes, "max_bytes=16M", 16 * MIB, PAGES, PAGE);

FIXTURE_SETUP(good)
{
	self->loaded = begin();
}

FIXTURE_TEARDOWN(good)
{
	end(self->loaded);
}

TEST_F(good, parameters_make_the_default_region_and_unload_leaves_nothing)
{
	struct vmadev_info info;
	int fd;

	ASSERT_EQ(0, vt_load(variant->params));
	expect_traces(_metadata, true);
	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(variant->bytes, info.bytes);
	EXPECT_EQ(variant->backing, info.backing);
	EXPECT_EQ(variant->strategy, info.strategy);
	close(fd);
	EXPECT_EQ(0, vt_unload());
	expect_traces(_metadata, false);
}

FIXTURE(bad)
{
	bool loaded;
};

FIXTURE_VARIANT(bad)
{
	const char *params;
	const char *names;	/* how the log line begins: what is wrong with what */
	int err;
};

#define BAD(name, text, parameter, error)				\
	FIXTURE_VARIANT_ADD(bad, name) {				\
		.params = text, .names = parameter, .err = error,	\
	}

BAD(size_0, "size=0", "size=0: want a multiple of", EINVAL);
BAD(size_abc, "size=abc", "size=abc: want a multiple of", EINVAL);
BAD(size_empty, "size=", "size=: want a multiple of", EINVAL);
BAD(size_not_pages, "size=1000", "size=1000: want a multiple of", EINVAL);
BAD(size_with_rest, "size=16Mx", "size=16Mx: want a multiple of", EINVAL);
BAD(size_negative, "size=-4096", "size=-4096: want a multiple of", EINVAL);
BAD(size_beyond_64_bits, "size=17179869185G", "size=17179869185G: want", EINVAL);
/* More digits than any number has, although these are zeros. */
BAD(size_of_24_digits, "size=000000000000000000000020M", "size=0000", EINVAL);
BAD(backing_foo, "backing=foo", "backing=foo: want", EINVAL);
BAD(strategy_foo, "strategy=foo", "strategy=foo: want", EINVAL);
BAD(strategy_not_of_backing, "strategy=remap backing=pages", "strategy=remap: cannot", EOPNOTSUPP);
BAD(strategy_anon_of_shmem, "strategy=anon backing=shmem", "strategy=anon: cannot", EOPNOTSUPP);
BAD(strategy_before_memory, "strategy=remap size=512G max_bytes=1024G", "strategy=", EOPNOTSUPP);
BAD(mode_9999, "mode=9999", "mode=9999: want", EINVAL);
BAD(mode_too_many_bits, "mode=07777", "mode=07777: want", EINVAL);
BAD(max_bytes_abc, "max_bytes=abc", "max_bytes=abc: want a multiple of", EINVAL);
BAD(max_bytes_less_than_two, "backing=media size=2M max_bytes=3M", "size=2M: more than", EINVAL);
BAD(max_bytes_less_than_size, "size=2M max_bytes=1M", "size=2M: more than max_bytes=1M", EINVAL);

/*
 * The kernel's own remarks about the first module from outside its tree come
 * once: a load and unload up front gets them out of the way.
 */
FIXTURE_SETUP(bad)
{
	self->loaded = begin();
	ASSERT_EQ(0, vt_load("size=64K"));
	ASSERT_EQ(0, vt_unload());
}

FIXTURE_TEARDOWN(bad)
{
	end(self->loaded);
}

TEST_F(bad, parameter_fails_the_load_with_one_clear_line)
{
	char line[4096] = "";
	int log = klog_open();

	ASSERT_LE(0, log);
	EXPECT_EQ(-variant->err, vt_load(variant->params));
	EXPECT_EQ(1, klog_count(log, "vmadev: ", line, sizeof(line))) {
		TH_LOG("last: %s", line);
	}
	EXPECT_NE(NULL, strstr(line, variant->names)) {
		TH_LOG("%s", line);
	}
	expect_traces(_metadata, false);
	/* And nothing of the attempt is in the way of the next. */
	EXPECT_EQ(0, vt_load("size=64K"));
}

/* rmmod while a mapping lives, its descriptor closed already */
FIXTURE(mapped)
{
	bool loaded;
	size_t bytes;
	char *p;
};

FIXTURE_VARIANT(mapped)
{
	const char *params;
	int flags;
	bool outlives;		/* it is the kernel's own memory by then */
};

#define MAPPED(name, text, sharing, outlives_)				\
	FIXTURE_VARIANT_ADD(mapped, name) {				\
		.params = text, .flags = sharing, .outlives = outlives_,	\
	}

MAPPED(remap, "backing=contig strategy=remap size=1M", MAP_SHARED, false);
MAPPED(pfn, "strategy=pfn size=1M", MAP_SHARED, false);
MAPPED(page, "strategy=page size=1M", MAP_SHARED, false);
MAPPED(filemap, "backing=media size=1M", MAP_SHARED, false);
MAPPED(page_private, "strategy=page size=1M", MAP_PRIVATE, false);
MAPPED(insert, "strategy=insert size=1M", MAP_SHARED, false);
MAPPED(cache, "backing=shmem size=1M", MAP_SHARED, true);
MAPPED(cache_private, "backing=shmem size=1M", MAP_PRIVATE, true);
MAPPED(anon, "backing=none size=1M", MAP_SHARED, true);
MAPPED(anon_private, "backing=none size=1M", MAP_PRIVATE, true);

FIXTURE_SETUP(mapped)
{
	int fd;

	self->bytes = MIB;
	self->loaded = begin();
	ASSERT_EQ(0, vt_load(variant->params));
	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, variant->flags, fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	vt_pattern(self->p, self->bytes, 5);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	close(fd);
}

FIXTURE_TEARDOWN(mapped)
{
	munmap(self->p, self->bytes);
	end(self->loaded);
}

TEST_F(mapped, memory_holds_the_module_or_outlives_it)
{
	EXPECT_EQ(variant->outlives ? 0 : -EWOULDBLOCK, vt_unload());
	EXPECT_TRUE(vt_is_pattern(self->p, self->bytes, 5));
	vt_pattern(self->p, self->bytes, 6);
	EXPECT_TRUE(vt_is_pattern(self->p, self->bytes, 6));
	/* With or without the module: no way to execute it, by whatever call. */
	if (variant->outlives && variant->flags == MAP_SHARED) {
		EXPECT_EQ(0, syscall(__NR_remap_file_pages, self->p, vt_page(), 0, 1, 0));
		EXPECT_EQ(self->p[vt_page()], self->p[0]);
	}
	EXPECT_EQ(-1, mprotect(self->p, vt_page(), PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	expect_traces(_metadata, !variant->outlives);
	ASSERT_EQ(0, munmap(self->p, self->bytes));
	if (!variant->outlives) {
		EXPECT_EQ(0, vt_unload());
	}
	expect_traces(_metadata, false);
}

/* numactl insmod vmadev.ko puts the default region where it is told. */
TEST_F(load, default_region_is_where_the_policy_says)
{
	unsigned long node = 1ul << 1;
	int fd, on = -1;
	void *p;

	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one NUMA node here");
	ASSERT_EQ(0, syscall(__NR_set_mempolicy, MPOL_BIND, &node, 64));
	ASSERT_EQ(0, vt_load("size=64K"));
	ASSERT_EQ(0, syscall(__NR_set_mempolicy, MPOL_DEFAULT, NULL, 0));
	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_LE(0, vt_read(p));
	ASSERT_EQ(0, syscall(__NR_move_pages, 0, 1ul, &p, NULL, &on, 0));
	EXPECT_EQ(1, on);
	munmap(p, vt_page());
}

/* A number of its own, which no other misc device has had since before udev. */
TEST_F(load, node_has_a_dynamic_minor)
{
	struct stat st;

	ASSERT_EQ(0, vt_load(""));
	ASSERT_EQ(0, stat("/dev/vmadev", &st));
	EXPECT_EQ(10, major(st.st_rdev));
	/* The kernel's list of fixed ones ends below 64, or the dynamic ones begin there. */
	EXPECT_LT(0, minor(st.st_rdev));
}

TEST_F(load, cap_is_half_of_the_memory_unless_told)
{
	unsigned long long cap = 0;
	struct sysinfo memory;
	FILE *f;

	ASSERT_EQ(0, vt_load(""));
	ASSERT_EQ(0, sysinfo(&memory));
	f = fopen("/sys/module/vmadev/parameters/max_bytes", "re");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(1, fscanf(f, "%llu", &cap));
	fclose(f);
	EXPECT_EQ((__u64)memory.totalram * memory.mem_unit / vt_page() / 2 * vt_page(), cap);
}

/* Its page cache goes with who has it open last, so that one syncs it. */
TEST_F(load, default_region_of_media_keeps_its_bytes)
{
	char *p;
	int fd;

	ASSERT_EQ(0, vt_load("backing=media size=64K"));
	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	p = mmap(NULL, vt_page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	vt_pattern(p, vt_page(), 9);
	EXPECT_EQ(1, vt_unsynced(fd, 0, 0, NULL));
	close(fd);
	munmap(p, vt_page());

	fd = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, vt_unsynced(fd, 0, 0, NULL));
	p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(vt_is_pattern(p, vt_page(), 9));
	munmap(p, vt_page());
	close(fd);
}

/* Whoever opens the node afterwards is told nothing of what was lost before. */
TEST_F(load, default_region_of_media_tells_of_losses)
{
	const struct vmadev_rule rule = {
		.accesses = VMADEV_ON_SYNC, .action = VMADEV_ACTION_ERRNO, .value = EIO,
		.times = 1,
	};
	int fd, before, after;

	ASSERT_EQ(0, vt_load("backing=media size=64K"));
	fd = vt_open(O_RDWR);
	before = vt_open(O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, before);
	ASSERT_EQ(0, vt_inject(fd, rule));
	EXPECT_EQ(-1, fsync(fd));
	after = vt_open(O_RDWR);
	ASSERT_LE(0, after);
	EXPECT_EQ(0, fsync(after));
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(-1, fsync(before));
	EXPECT_EQ(EIO, errno);
	close(after);
	close(before);
	close(fd);
}

TEST_F(load, created_region_holds_the_module)
{
	int fd;

	ASSERT_EQ(0, vt_load("size=1M"));
	fd = vt_create(VMADEV_BACKING_SHMEM, 0, MIB, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	close(fd);
	EXPECT_EQ(0, vt_unload());
}

/*
 * Who took memory away, and unloads at once: the kernel has yet to call back for the lock
 * that was held, when the module's memory is somebody else's or nobody's. On a debug kernel a
 * load takes its time.
 */
TEST_F_TIMEOUT(load, as_soon_as_memory_was_taken_away, 120)
{
	for (int i = 0; i < 20; i++) {
		int fd;

		ASSERT_EQ(0, vt_load(""));
		fd = vt_create(VMADEV_BACKING_PAGES, 0, MIB, "brief");
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, ftruncate(fd, vt_page()));
		EXPECT_EQ(0, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				       vt_page()));
		close(fd);
		ASSERT_EQ(0, vt_unload());
		usleep(20000);
	}
}

TEST_HARNESS_MAIN
