// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ioctls as a binary interface: what every one of them refuses, and that a
 * call that is refused has changed nothing.
 *
 * Built twice: ioctl_abi_32 is the same source for a 32-bit caller. That both
 * see the same structs is asserted by lib/abi.c.
 */
#include "vmadev_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define ALL_BITS_BUT(known)	((__u32)~(known))

#define BITMAP_AT		0x10000000	/* what a constant can point to */

union request {
	__u32 size;
	struct vmadev_info info;
	struct vmadev_set_strategy set_strategy;
	struct vmadev_stats stats;
	struct vmadev_create create;
	struct vmadev_open open;
	struct vmadev_zap zap;
	struct vmadev_seals seals;
	struct vmadev_revoke revoke;
	struct vmadev_restore restore;
	struct vmadev_crash crash;
	struct vmadev_writeback writeback;
	struct vmadev_unsynced unsynced;
	struct vmadev_inject inject;
	struct vmadev_rules rules;
	struct vmadev_export export;
	struct vmadev_dirty dirty;
	struct vmadev_snapshot snapshot;
	unsigned char bytes[256];
};

/* A member of a request, set to what the contract does not know. */
struct wrong {
	const char *member;
	size_t at;
	__u32 value;
};

#define WRONG(type, member, value) { #member, offsetof(struct vmadev_##type, member), value }

/* Everything that is visible of a handle, its region and this process. */
struct state {
	struct vmadev_info info;
	struct vmadev_stats handle;
	struct vmadev_stats region;
	int fds, has_memory;
};

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int read_state(int fd, struct state *s)
{
	memset(s, 0, sizeof(*s));
	s->fds = open_fds();
	/* Not what is revoked: it has no first byte. */
	s->has_memory = lseek(fd, 0, SEEK_DATA) == 0;
	return vt_info(fd, &s->info) || vt_stats(fd, VMADEV_SCOPE_HANDLE, &s->handle) ||
	       vt_stats(fd, VMADEV_SCOPE_REGION, &s->region);
}

/* 0 or -errno; a descriptor that the call made is closed. */
static int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	if (ret < 0)
		return -errno;
	if (ret > 0)
		close(ret);
	return 0;
}

/* One that works: of what is revoked already, or is not, it is done anew. */
static int call_again(int fd, unsigned long cmd, void *arg)
{
	if (cmd == VMADEV_IOC_REVOKE)
		vt_restore(fd);
	if (cmd == VMADEV_IOC_RESTORE)
		vt_revoke(fd, 0, NULL);
	return call(fd, cmd, arg);
}

FIXTURE(request)
{
	int fd;
	unsigned char *page;	/* readable and writable, 2 pages */
	unsigned char *end;	/* the first byte behind them: never mapped */
};

FIXTURE_VARIANT(request)
{
	unsigned long cmd;
	size_t size;
	size_t first;		/* the size of its first version; 0: @size */
	__u32 backing;		/* of the region; 0: pages */
	__u32 flags;		/* to make it */
	union request valid;
	struct wrong wrong[7];
	bool changes_region;	/* needs a descriptor open for writing */
	int unwritable;		/* the errno for want of that, if not EBADF */
	bool writes_back;	/* the struct is also answered in */
	size_t first_out;	/* where answers begin; 0: after the first two members */
};

FIXTURE_VARIANT_ADD(request, info)
{
	.cmd = VMADEV_IOC_INFO,
	.size = sizeof(struct vmadev_info),
	.first = offsetof(struct vmadev_info, orders),
	.valid.info = { .size = sizeof(struct vmadev_info) },
	.writes_back = true,
};

FIXTURE_VARIANT_ADD(request, set_strategy)
{
	.cmd = VMADEV_IOC_SET_STRATEGY,
	.size = sizeof(struct vmadev_set_strategy),
	.valid.set_strategy = { sizeof(struct vmadev_set_strategy), VMADEV_STRATEGY_PAGE },
	.wrong = {
		WRONG(set_strategy, strategy, VMADEV_STRATEGY_FILEMAP + 1),
		WRONG(set_strategy, strategy, ~0u),
	},
};

FIXTURE_VARIANT_ADD(request, stats)
{
	.cmd = VMADEV_IOC_STATS,
	.size = sizeof(struct vmadev_stats),
	.valid.stats = {
		.size = sizeof(struct vmadev_stats),
		.scope = VMADEV_SCOPE_HANDLE,
	},
	.wrong = {
		WRONG(stats, scope, 3),
		WRONG(stats, scope, ~0u),
	},
	.writes_back = true,
};

FIXTURE_VARIANT_ADD(request, create)
{
	.cmd = VMADEV_IOC_CREATE,
	.size = sizeof(struct vmadev_create),
	.valid.create = { .size = sizeof(struct vmadev_create), .bytes = 1 << 20 },
	.wrong = {
		WRONG(create, flags, ALL_BITS_BUT(VMADEV_CREATE_NODE |
						  VMADEV_CREATE_ALLOW_SEALING |
						  VMADEV_CREATE_REOPEN |
						  VMADEV_CREATE_LOG_DIRTY)),
		WRONG(create, flags, 1u << 31),
		WRONG(create, backing, VMADEV_BACKING_BAR + 1),
		WRONG(create, strategy, VMADEV_STRATEGY_FILEMAP + 1),
		WRONG(create, node, 1),		/* without VMADEV_CREATE_NODE */
		WRONG(create, reserved, 1),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, open)
{
	.cmd = VMADEV_IOC_OPEN,
	.size = sizeof(struct vmadev_open),
	.valid.open = { .size = sizeof(struct vmadev_open) },
	.wrong = {
		WRONG(open, access, 3),
		WRONG(open, access, ~0u),
		WRONG(open, strategy, VMADEV_STRATEGY_FILEMAP + 1),
		WRONG(open, reserved, 1),
		WRONG(open, reserved, 1u << 31),
	},
};

FIXTURE_VARIANT_ADD(request, zap)
{
	.cmd = VMADEV_IOC_ZAP,
	.size = sizeof(struct vmadev_zap),
	.valid.zap = { .size = sizeof(struct vmadev_zap), .length = 1 << 20 },
	.wrong = {
		WRONG(zap, flags, 1),
		WRONG(zap, flags, 1u << 31),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, add_seals)
{
	.cmd = VMADEV_IOC_ADD_SEALS,
	.size = sizeof(struct vmadev_seals),
	.valid.seals = { sizeof(struct vmadev_seals), VMADEV_SEAL_GROW },
	.wrong = {
		WRONG(seals, seals, 0x20),
		WRONG(seals, seals, 1u << 31 | VMADEV_SEAL_SEAL),
	},
	.changes_region = true,
	.unwritable = EPERM,
};

FIXTURE_VARIANT_ADD(request, get_seals)
{
	.cmd = VMADEV_IOC_GET_SEALS,
	.size = sizeof(struct vmadev_seals),
	.valid.seals = { .size = sizeof(struct vmadev_seals) },
	.writes_back = true,
};

FIXTURE_VARIANT_ADD(request, inject)
{
	.cmd = VMADEV_IOC_INJECT,
	.size = sizeof(struct vmadev_inject),
	.valid.inject = { .size = sizeof(struct vmadev_inject), .flags = VMADEV_INJECT_CLEAR },
	.wrong = {
		WRONG(inject, flags, 0),	/* and no rule */
		WRONG(inject, flags, VMADEV_INJECT_APPEND | VMADEV_INJECT_CLEAR),
		WRONG(inject, flags, VMADEV_INJECT_CLEAR << 1),
		WRONG(inject, nr, 1),
		WRONG(inject, rule_size, sizeof(struct vmadev_rule)),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, rules)
{
	.cmd = VMADEV_IOC_RULES,
	.size = sizeof(struct vmadev_rules),
	.valid.rules = {
		.size = sizeof(struct vmadev_rules),
		.rule_size = sizeof(struct vmadev_rule),
	},
	.wrong = {
		WRONG(rules, flags, 1),
		WRONG(rules, flags, 1u << 31),
		WRONG(rules, rule_size, 0),
		WRONG(rules, rule_size, sizeof(struct vmadev_rule) - 1),
	},
	.writes_back = true,
};

FIXTURE_VARIANT_ADD(request, revoke)
{
	.cmd = VMADEV_IOC_REVOKE,
	.size = sizeof(struct vmadev_revoke),
	.valid.revoke = { .size = sizeof(struct vmadev_revoke) },
	.wrong = {
		WRONG(revoke, how, VMADEV_REVOKE_ONES + 1),
		WRONG(revoke, how, ~0u),
	},
	.changes_region = true,
	.writes_back = true,
};

FIXTURE_VARIANT_ADD(request, restore)
{
	.cmd = VMADEV_IOC_RESTORE,
	.size = sizeof(struct vmadev_restore),
	.valid.restore = { .size = sizeof(struct vmadev_restore) },
	.wrong = {
		WRONG(restore, flags, 1),
		WRONG(restore, flags, 1u << 31),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, export)
{
	.cmd = VMADEV_IOC_EXPORT,
	.size = sizeof(struct vmadev_export),
	.valid.export = { .size = sizeof(struct vmadev_export), .length = 1 << 20 },
	.wrong = {
		WRONG(export, access, 3),
		WRONG(export, access, ~0u),
		WRONG(export, strategy, VMADEV_STRATEGY_FILEMAP + 1),
		WRONG(export, reserved, 1),
		WRONG(export, reserved, 1u << 31),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, crash_fork)
{
	.cmd = VMADEV_IOC_CRASH_FORK,
	.backing = VMADEV_BACKING_MEDIA,
	.size = sizeof(struct vmadev_crash),
	.first = offsetof(struct vmadev_crash, region),
	.valid.crash = { .size = sizeof(struct vmadev_crash), .mode = VMADEV_KEEP_ALL },
	.wrong = {
		WRONG(crash, mode, VMADEV_KEEP_LIST + 1),
		WRONG(crash, flags, VMADEV_CRASH_SIGBUS),
		WRONG(crash, flags, ALL_BITS_BUT(VMADEV_CRASH_LIVE)),
		WRONG(crash, tear, 1024),
		WRONG(crash, list, 1),
		WRONG(crash, nr_pages, 1),
		WRONG(crash, region, 1),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, crash_revert)
{
	.cmd = VMADEV_IOC_CRASH_REVERT,
	.backing = VMADEV_BACKING_MEDIA,
	.size = sizeof(struct vmadev_crash),
	.first = offsetof(struct vmadev_crash, region),
	.valid.crash = { .size = sizeof(struct vmadev_crash), .mode = VMADEV_KEEP_ALL },
	.wrong = {
		WRONG(crash, mode, VMADEV_KEEP_LIST + 1),
		WRONG(crash, flags, VMADEV_CRASH_LIVE),
		WRONG(crash, tear, 1024),
		WRONG(crash, list, 1),
		WRONG(crash, nr_pages, 1),
		WRONG(crash, name, 'a'),
		WRONG(crash, region, 1),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, writeback)
{
	.cmd = VMADEV_IOC_WRITEBACK,
	.backing = VMADEV_BACKING_MEDIA,
	.size = sizeof(struct vmadev_writeback),
	.valid.writeback = { .size = sizeof(struct vmadev_writeback) },
	.wrong = {
		WRONG(writeback, mode, VMADEV_KEEP_LIST + 1),
		WRONG(writeback, list, 1),
		WRONG(writeback, nr_pages, 1),
	},
	.changes_region = true,
};

FIXTURE_VARIANT_ADD(request, unsynced)
{
	.cmd = VMADEV_IOC_UNSYNCED,
	.backing = VMADEV_BACKING_MEDIA,
	.size = sizeof(struct vmadev_unsynced),
	.valid.unsynced = { .size = sizeof(struct vmadev_unsynced) },
	.wrong = {
		WRONG(unsynced, flags, 1),
		WRONG(unsynced, flags, 1u << 31),
		WRONG(unsynced, offset, 1),
		WRONG(unsynced, length, 1),
	},
	.writes_back = true,
	.first_out = offsetof(struct vmadev_unsynced, pages),
};

FIXTURE_VARIANT_ADD(request, dirty_get)
{
	.cmd = VMADEV_IOC_DIRTY_GET,
	.flags = VMADEV_CREATE_LOG_DIRTY,
	.size = sizeof(struct vmadev_dirty),
	.valid.dirty = { .size = sizeof(struct vmadev_dirty) },
	.wrong = {
		WRONG(dirty, flags, ALL_BITS_BUT(VMADEV_DIRTY_NO_CLEAR)),
		WRONG(dirty, flags, 1u << 31),
		WRONG(dirty, offset, 1),
		WRONG(dirty, length, 1),
		WRONG(dirty, unit, 3),
	},
	.changes_region = true,
	.writes_back = true,
	.first_out = offsetof(struct vmadev_dirty, dirty),
};

/* @bitmap is where each process has something to be read. */
FIXTURE_VARIANT_ADD(request, dirty_clear)
{
	.cmd = VMADEV_IOC_DIRTY_CLEAR,
	.flags = VMADEV_CREATE_LOG_DIRTY,
	.size = sizeof(struct vmadev_dirty),
	.valid.dirty = { .size = sizeof(struct vmadev_dirty), .bitmap = BITMAP_AT },
	.wrong = {
		WRONG(dirty, flags, 1),
		WRONG(dirty, flags, 1u << 31),
		WRONG(dirty, offset, 1),
		WRONG(dirty, length, 1),
		WRONG(dirty, unit, 3),
	},
	.changes_region = true,
	.writes_back = true,
	.first_out = offsetof(struct vmadev_dirty, dirty),
};

FIXTURE_VARIANT_ADD(request, snapshot)
{
	.cmd = VMADEV_IOC_SNAPSHOT,
	.flags = VMADEV_CREATE_LOG_DIRTY,
	.size = sizeof(struct vmadev_snapshot),
	.valid.snapshot = { .size = sizeof(struct vmadev_snapshot) },
	.wrong = {
		WRONG(snapshot, flags, VMADEV_CREATE_NODE),
		WRONG(snapshot, flags, 1u << 31),
		WRONG(snapshot, strategy, VMADEV_STRATEGY_FILEMAP + 1),
		WRONG(snapshot, reserved, 1),
		WRONG(snapshot, name, ' '),
	},
	.changes_region = true,
	.writes_back = true,
	.first_out = offsetof(struct vmadev_snapshot, stopped_pages),
};

FIXTURE_SETUP(request)
{
	size_t page = vt_page();

	if (variant->cmd == VMADEV_IOC_EXPORT)
		VT_NEEDS_EXPORT();
	self->fd = vt_create_flags(variant->backing, 0, 1 << 20, "abi",
				   VMADEV_CREATE_ALLOW_SEALING | variant->flags);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ((void *)BITMAP_AT,
		  mmap((void *)BITMAP_AT, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		       MAP_FIXED, -1, 0));
	self->page = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	ASSERT_TRUE(self->page != MAP_FAILED);
	self->end = self->page + 2 * page;
	ASSERT_EQ(0, munmap(self->end, page));
	memcpy(self->page, &variant->valid, variant->size);
}

FIXTURE_TEARDOWN(request)
{
	close(self->fd);
}

static void refused(struct __test_metadata *_metadata, int fd, unsigned long cmd, void *arg,
		    int err, const char *what)
{
	struct state before, after;

	ASSERT_EQ(0, read_state(fd, &before));
	EXPECT_EQ(-err, call(fd, cmd, arg)) {
		TH_LOG("%s", what);
	}
	ASSERT_EQ(0, read_state(fd, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before))) {
		TH_LOG("%s changed something", what);
	}
}

#define refused(arg, err, what) \
	refused(_metadata, self->fd, variant->cmd, arg, err, what)

TEST_F(request, the_valid_one_works)
{
	ASSERT_EQ(0, call_again(self->fd, variant->cmd, self->page));
	ASSERT_EQ(variant->size, ((union request *)self->page)->size);
}

TEST_F(request, size_short_of_the_first_version_is_EINVAL)
{
	const size_t first = variant->first ? variant->first : variant->size;
	const size_t sizes[] = { 0, 1, 3, 4, first - 4, first - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		((union request *)self->page)->size = sizes[i];
		refused(self->page, EINVAL, "short size");
	}
}

/* A program that was built before the struct grew: what it does not know stays as it is. */
TEST_F(request, older_struct_works)
{
	const size_t first = variant->first ? variant->first : variant->size;

	memset(self->page + first, 0xa5, variant->size - first + 1);
	((union request *)self->page)->size = first;
	ASSERT_EQ(0, call_again(self->fd, variant->cmd, self->page));
	EXPECT_EQ(first, ((union request *)self->page)->size);
	for (size_t i = first; i <= variant->size; i++)
		EXPECT_EQ(0xa5, self->page[i]);
}

TEST_F(request, longer_struct_with_zero_tail_works)
{
	const size_t sizes[] = { variant->size + 1, variant->size + 8, vt_page() };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(self->page, 0, vt_page());
		memcpy(self->page, &variant->valid, variant->size);
		((union request *)self->page)->size = sizes[i];
		EXPECT_EQ(0, call_again(self->fd, variant->cmd, self->page));
		EXPECT_TRUE(vt_is_zero(self->page + variant->size, vt_page() - variant->size));
	}
}

TEST_F(request, longer_struct_with_data_in_the_tail_is_E2BIG)
{
	const size_t sizes[] = { variant->size + 1, variant->size + 8, vt_page() };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		((union request *)self->page)->size = sizes[i];
		self->page[sizes[i] - 1] = 1;
		refused(self->page, E2BIG, "data in the last byte of the tail");
		self->page[sizes[i] - 1] = 0;
	}
}

/* 64 MiB behind the struct, of zeros that take no memory before an access. */
#define LONG	(64u << 20)

static void *zeros(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

TEST_F(request, tail_may_be_of_any_length)
{
	const size_t sizes[] = { vt_page() + 1, 65536 + variant->size, LONG - 1, LONG };
	unsigned char *p = zeros(LONG);

	ASSERT_TRUE(p != MAP_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(p, &variant->valid, variant->size);
		((union request *)p)->size = sizes[i];
		EXPECT_EQ(0, call_again(self->fd, variant->cmd, p)) {
			TH_LOG("size %zu", sizes[i]);
		}
		memcpy(p, &variant->valid, variant->size);
		((union request *)p)->size = sizes[i];
		p[sizes[i] - 1] = 1;
		refused(p, E2BIG, "data in the last byte of a long tail");
		p[sizes[i] - 1] = 0;
	}
	munmap(p, LONG);
}

/* Long enough that the call has not ended when the kill comes. */
#define LONGER	(1u << 30)

static void zap_with_tail(int fd, void *p)
{
	struct vmadev_zap *zap = p;

	*zap = (struct vmadev_zap) { .size = LONGER, .length = 1 << 20 };
	ioctl(fd, VMADEV_IOC_ZAP, zap);
}

/* Has the kernel come as far as this page of the child's? */
static bool is_reached(int pagemap, const unsigned char *p)
{
	__u64 entry = 0;

	return pread(pagemap, &entry, sizeof(entry), (uintptr_t)p / vt_page() * sizeof(entry)) ==
	       sizeof(entry) && entry >> 63;
}

/*
 *	child	ioctl: |zap|0000000000000 ... 0000|
 *	parent		             ^ is reached: kill
 *
 * It dies there and then: nothing was zapped. Where the parent comes too late,
 * once more.
 */
TEST(long_tail_ends_with_a_kill)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, 1 << 20, "abi");
	unsigned char *p = zeros(LONGER);
	struct vmadev_stats stats;
	__u64 zaps = 0;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(p != MAP_FAILED);
	for (int i = 0; i < 10; i++) {
		char path[64];
		int status, pagemap;
		pid_t pid = fork();

		if (pid == 0) {
			zap_with_tail(fd, p);
			_exit(0);
		}
		ASSERT_LT(0, pid);
		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
		pagemap = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, pagemap);
		while (!is_reached(pagemap, p + (8 << 20)) &&
		       waitpid(pid, &status, WNOHANG) == 0)
			;
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		close(pagemap);
		ASSERT_EQ(0, vt_stats(fd, VMADEV_SCOPE_REGION, &stats));
		if (stats.zaps == zaps)
			break;
		zaps = stats.zaps;
	}
	EXPECT_GT(10ull, zaps);
	munmap(p, LONGER);
	close(fd);
}

/* A size that no memory is behind: the kernel may say so either way, but never obey. */
TEST_F(request, huge_size_is_refused)
{
	const __u32 sizes[] = { 1u << 30, 1u << 31, ~0u };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct state before, after;
		int ret;

		((union request *)self->page)->size = sizes[i];
		ASSERT_EQ(0, read_state(self->fd, &before));
		ret = call(self->fd, variant->cmd, self->page);
		EXPECT_TRUE(ret == -E2BIG || ret == -EFAULT);
		ASSERT_EQ(0, read_state(self->fd, &after));
		EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	}
}

TEST_F(request, unknown_flags_values_and_reserved_members_are_EINVAL)
{
	for (const struct wrong *w = variant->wrong; w < variant->wrong + 6 && w->member; w++) {
		memcpy(self->page, &variant->valid, variant->size);
		memcpy(self->page + w->at, &w->value, sizeof(w->value));
		refused(self->page, EINVAL, w->member);
	}
}

/*
 *    page          end
 *    |rw    |rw   [|<- the struct straddles into nothing
 */
TEST_F(request, bad_pointers_are_EFAULT)
{
	unsigned char *straddling = self->end - sizeof(__u32);
	unsigned char *none = mmap(NULL, vt_page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(none != MAP_FAILED);
	refused(NULL, EFAULT, "NULL");
	refused((void *)-vt_page(), EFAULT, "kernel address");
	refused((void *)-1, EFAULT, "last address");
	refused(none, EFAULT, "PROT_NONE");
	refused(self->end, EFAULT, "unmapped");
	memcpy(straddling, &variant->valid, sizeof(__u32));
	refused(straddling, EFAULT, "straddling into an unmapped page");
}

TEST_F(request, struct_may_end_where_memory_ends_and_be_unaligned)
{
	unsigned char *last = self->end - variant->size;

	memcpy(last, &variant->valid, variant->size);
	EXPECT_EQ(0, call_again(self->fd, variant->cmd, last));
	memcpy(self->page + 1, &variant->valid, variant->size);
	EXPECT_EQ(0, call_again(self->fd, variant->cmd, self->page + 1));
}

TEST_F(request, only_what_is_answered_is_written)
{
	ASSERT_EQ(0, mprotect(self->page, vt_page(), PROT_READ));
	if (variant->writes_back)
		refused(self->page, EFAULT, "answer into read-only memory");
	else
		EXPECT_EQ(0, call_again(self->fd, variant->cmd, self->page));
}

TEST_F(request, read_only_descriptor_changes_no_region)
{
	int readonly = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);
	struct state before, after;

	ASSERT_LE(0, readonly);
	ASSERT_EQ(0, read_state(readonly, &before));
	EXPECT_EQ(variant->unwritable ? -variant->unwritable : variant->changes_region ? -EBADF : 0,
		  call(readonly, variant->cmd, self->page));
	ASSERT_EQ(0, read_state(readonly, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* Nothing of an [out] member is looked at. */
TEST_F(request, members_that_are_answered_need_no_value)
{
	size_t first = variant->first_out ? variant->first_out : 2 * sizeof(__u32);

	if (!variant->writes_back || variant->cmd == VMADEV_IOC_RULES)
		return;
	memset(self->page + first, 0xa5, variant->size - first);
	EXPECT_EQ(0, call_again(self->fd, variant->cmd, self->page));
}

TEST(unknown_commands_are_ENOTTY)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, 1 << 20, "abi");
	union request r = { .size = sizeof(r) };

	ASSERT_LE(0, fd);
	for (unsigned int nr = 0; nr < 256; nr++) {
		if ((nr >= 0x80 && nr <= 0x93) || nr == 0x95)
			continue;
		EXPECT_EQ(-ENOTTY, call(fd, _IO(VMADEV_IOC_MAGIC, nr), &r)) {
			TH_LOG("number 0x%02x", nr);
		}
	}
	for (unsigned int nr = 0x80; nr <= 0x9f; nr++) {
		EXPECT_EQ(-ENOTTY, call(fd, _IO('{', nr), &r));
		EXPECT_EQ(-ENOTTY, call(fd, _IO('}', nr), &r));
		EXPECT_EQ(-ENOTTY, call(fd, _IO(0, nr), &r));
		EXPECT_EQ(-ENOTTY, call(fd, _IOWR(VMADEV_IOC_MAGIC, nr, union request), &r));
		EXPECT_EQ(-ENOTTY, call(fd, _IOR(VMADEV_IOC_MAGIC, nr, __u32), &r));
	}
	close(fd);
}

TEST(command_numbers_are_fixed)
{
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x80, 0), VMADEV_IOC_INFO);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x81, 0), VMADEV_IOC_SET_STRATEGY);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x82, 0), VMADEV_IOC_STATS);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x83, 0), VMADEV_IOC_CREATE);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x84, 0), VMADEV_IOC_OPEN);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x85, 0), VMADEV_IOC_ZAP);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8a, 0), VMADEV_IOC_INJECT);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8b, 0), VMADEV_IOC_RULES);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8c, 0), VMADEV_IOC_CRASH_FORK);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8d, 0), VMADEV_IOC_CRASH_REVERT);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8e, 0), VMADEV_IOC_WRITEBACK);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x8f, 0), VMADEV_IOC_UNSYNCED);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x90, 0), VMADEV_IOC_DIRTY_GET);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x91, 0), VMADEV_IOC_DIRTY_CLEAR);
	EXPECT_EQ(_IOC(_IOC_NONE, 0x7c, 0x95, 0), VMADEV_IOC_OPEN_BY_NAME);
}

TEST_HARNESS_MAIN
