// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * REVOKE and RESTORE: a region loses its memory under mappings of every kind, and gets
 * another. race_revoke.c has what happens at the same time.
 */
#include <signal.h>
#include <sys/uio.h>

#include "mapping.h"

static const __u32 hows[] = { VMADEV_REVOKE_SIGBUS, VMADEV_REVOKE_ZEROS, VMADEV_REVOKE_ONES };

/* 0 or errno */
static int take_back(const mapping *m, __u32 how)
{
	return vt_revoke(m->fd, how, NULL) ? errno : 0;
}

static int restore(const mapping *m)
{
	return vt_restore(m->fd) ? errno : 0;
}

/* What a mapping can show in place of the region, the kernel's own of tmpfs nothing. */
static bool can_show(const mapping_kind *k, __u32 how)
{
	return how == VMADEV_REVOKE_SIGBUS || k->backing != VMADEV_BACKING_SHMEM;
}

/* Of none there is nothing to take away, of media nothing is. */
#define NEEDS_MEMORY() do {							\
	if (is_anon(variant) || variant->backing == VMADEV_BACKING_MEDIA) {	\
		EXPECT_EQ(EOPNOTSUPP, take_back(self, VMADEV_REVOKE_SIGBUS));	\
		return;								\
	}									\
} while (0)

static int shown(__u32 how)
{
	return how == VMADEV_REVOKE_SIGBUS ? -SIGBUS : how == VMADEV_REVOKE_ONES ? 0xff : 0;
}

static bool shows(const mapping *m, const char *map, __u32 how)
{
	for (int i = 0; i < NPAGES; i++)
		if (vt_read(map + i * m->page) != shown(how) ||
		    vt_read(map + (i + 1) * m->page - 1) != shown(how))
			return false;
	return true;
}

static int call_errno(long ret)
{
	return ret < 0 ? errno : 0;
}

/* Everything that asks for bytes; the rest goes on. */
static void expect_no_bytes(struct __test_metadata *_metadata, const mapping *m,
			    const mapping_kind *k)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	struct vmadev_info info;
	struct stat st;
	char byte;
	int other = vt_reopen(m->fd, 0, k->strategy);

	EXPECT_EQ(ENODEV, call_errno(pread(m->fd, &byte, 1, 0)));
	EXPECT_EQ(ENODEV, call_errno(pread(m->fd, &byte, 1, m->bytes)));
	EXPECT_EQ(ENODEV, call_errno(pwrite(m->fd, &byte, 1, 0)));
	EXPECT_EQ(ENODEV, call_errno(pwrite(m->fd, &byte, 1, m->bytes)));
	EXPECT_EQ(0, pread(m->fd, &byte, 0, 0));
	EXPECT_EQ(ENODEV, call_errno(ftruncate(m->fd, m->bytes)));
	EXPECT_EQ(ENODEV, call_errno(ftruncate(m->fd, 0)));
	EXPECT_EQ(ENODEV, call_errno(fallocate(m->fd, 0, 0, m->page)));
	EXPECT_EQ(ENODEV, call_errno(fallocate(m->fd, punch, 0, m->page)));
	EXPECT_EQ(ENODEV, call_errno(lseek(m->fd, 0, SEEK_DATA)));
	EXPECT_EQ(ENODEV, call_errno(lseek(m->fd, 0, SEEK_HOLE)));
	EXPECT_EQ(MAP_FAILED, map_region(m, k));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, m->page, PROT_NONE, MAP_SHARED, m->fd, m->bytes));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(ENODEV, take_back(m, VMADEV_REVOKE_SIGBUS));
	EXPECT_LE(0, other);
	EXPECT_EQ(ENODEV, call_errno(pread(other, &byte, 1, 0)));
	close(other);
	EXPECT_EQ(0, vt_zap(m->fd, 0, m->bytes));
	EXPECT_EQ(0, fsync(m->fd));
	EXPECT_EQ((off_t)m->bytes, lseek(m->fd, 0, SEEK_END));
	ASSERT_EQ(0, fstat(m->fd, &st));
	EXPECT_EQ((off_t)m->bytes, st.st_size);
	ASSERT_EQ(0, vt_info(m->fd, &info));
	EXPECT_EQ(m->bytes, info.bytes);
	EXPECT_NE(0u, info.abilities & VMADEV_CAN_REVOKE);
}

/*
 *	|AaAaAaAa|
 *	|!!!!!!!!|	private copies too
 *	|00000000|	and the region's again
 */
TEST_F(mapping, revoked_it_shows_nothing_and_restored_zeros)
{
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		char *map = map_filled(self, variant);

		ASSERT_NE(MAP_FAILED, map);
		NEEDS_MEMORY();
		if (!can_show(variant, hows[i])) {
			EXPECT_EQ(EOPNOTSUPP, take_back(self, hows[i]));
			EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
			continue;
		}
		ASSERT_EQ(0, take_back(self, hows[i]));
		EXPECT_TRUE(shows(self, map, hows[i]));
		expect_no_bytes(_metadata, self, variant);
		EXPECT_TRUE(shows(self, map, hows[i]));
		ASSERT_EQ(0, restore(self));
		EXPECT_TRUE(vt_is_zero(map, self->bytes));
		ASSERT_EQ(0, fill(self, variant, map));
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		EXPECT_EQ(EINVAL, restore(self));
		EXPECT_EQ(0, munmap(map, self->bytes));
	}
	EXPECT_TRUE(counts_vmas(self, 0));
}

static int looks(void *arg)
{
	const char *const *map = arg;

	return vt_read(map[0]) != -SIGBUS || vt_read(map[1]) != -SIGBUS;
}

/* A second mapping, a child's, one of each kind of a part. */
TEST_F(mapping, revoke_reaches_every_mapping)
{
	char *map = map_filled(self, variant), *other = map_region(self, variant), *at[2];
	int ready[2], done[2], status;
	pid_t child;
	char byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, other);
	NEEDS_MEMORY();
	at[0] = map;
	at[1] = other + self->bytes - 1;
	EXPECT_LE(0, vt_read(at[1]));
	ASSERT_EQ(0, mprotect(other + self->page, self->page, PROT_READ));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(done));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (vt_read(at[0]) < 0 || vt_read(at[1]) < 0 || write(ready[1], "", 1) != 1 ||
		    read(done[0], &byte, 1) != 1)
			_exit(1);
		_exit(looks(at));
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(0, take_back(self, 0));
	EXPECT_EQ(0, looks(at));
	EXPECT_EQ(0, vt_in_child(looks, at));
	ASSERT_EQ(1, write(done[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(shows(self, other, VMADEV_REVOKE_SIGBUS));
	ASSERT_EQ(0, restore(self));
	EXPECT_TRUE(vt_is_zero(other, self->bytes));
}

/* Part of a mapping goes, moves or changes its protection while there is nothing. */
TEST_F(mapping, revoked_mappings_are_mappings)
{
	char *map = map_filled(self, variant), *at;

	ASSERT_NE(MAP_FAILED, map);
	NEEDS_MEMORY();
	ASSERT_EQ(0, take_back(self, VMADEV_REVOKE_SIGBUS));
	EXPECT_EQ(0, munmap(map + self->page, self->page));
	EXPECT_EQ(0, mprotect(map + 2 * self->page, self->page, PROT_READ));
	at = mremap(map + 3 * self->page, self->page, self->page, MREMAP_MAYMOVE | MREMAP_FIXED,
		    map + self->page);
	EXPECT_EQ(map + self->page, at);
	EXPECT_EQ(-SIGBUS, vt_read(at));
	ASSERT_EQ(0, restore(self));
	EXPECT_EQ(1, pwrite(self->fd, "m", 1, 3 * self->page));
	EXPECT_EQ('m', vt_read(at));
	EXPECT_EQ(-SIGSEGV, vt_write(map + 2 * self->page, 1));
	EXPECT_EQ(0, vt_write(map, 1));
}

struct pair {
	const mapping *m;
	char *map;
	int shown;
};

/* What the parent wrote is not there; what is written here the parent does not see. */
static int sees_a_page_of_its_own(void *arg)
{
	const struct pair *p = arg;

	for (int i = 0; i < NPAGES; i++)
		if (vt_read(p->map + i * p->m->page) != p->shown)
			return 1;
	return vt_write(p->map, 'c') || vt_read(p->map) != 'c';
}

/*
 *	|00000000|	a store lands in a page that is the process's, and no child's
 */
TEST_F(mapping, dummy_page_is_of_one_process)
{
	for (size_t i = 1; i < ARRAY_SIZE(hows); i++) {
		char *map = map_filled(self, variant);
		struct pair pair = { self, map, shown(hows[i]) };

		ASSERT_NE(MAP_FAILED, map);
		NEEDS_MEMORY();
		if (!can_show(variant, hows[i]))
			return;
		ASSERT_EQ(0, take_back(self, hows[i]));
		EXPECT_EQ(0, vt_write(map, 'p'));
		EXPECT_EQ(0, vt_write(map + self->bytes - self->page, 'p'));
		if (is_shared(variant)) {
			EXPECT_EQ(0, vt_in_child(sees_a_page_of_its_own, &pair));
			EXPECT_NE('c', vt_read(map));
		}
		ASSERT_EQ(0, restore(self));
		if (is_shared(variant)) {
			EXPECT_TRUE(vt_is_zero(map, self->bytes));
		}
		EXPECT_EQ(0, munmap(map, self->bytes));
	}
}

/* Those who trace a process see what it sees. */
TEST_F(mapping, access_of_what_is_revoked)
{
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		char *map = map_filled(self, variant);
		int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		off_t at = (off_t)(unsigned long)map;
		unsigned char byte = 7;

		ASSERT_LE(0, mem);
		ASSERT_NE(MAP_FAILED, map);
		NEEDS_MEMORY();
		if (!can_show(variant, hows[i]) || (is_pfnmap(variant) && !VT_ACCESS_ASKED))
			return;
		ASSERT_EQ(0, take_back(self, hows[i]));
		EXPECT_EQ(hows[i] == VMADEV_REVOKE_SIGBUS ? -1 : 1, pread(mem, &byte, 1, at));
		if (hows[i] != VMADEV_REVOKE_SIGBUS) {
			EXPECT_EQ(shown(hows[i]), byte);
		}
		ASSERT_EQ(0, restore(self));
		EXPECT_EQ(1, pread(mem, &byte, 1, at));
		EXPECT_EQ(0, byte);
		close(mem);
		munmap(map, self->bytes);
	}
}

TEST_F(mapping, room_is_free_while_it_is_revoked)
{
	int dev = vt_open(O_RDWR), thief;
	__u64 room = vt_room(dev);

	ASSERT_LE(0, dev);
	NEEDS_MEMORY();
	ASSERT_EQ(0, take_back(self, 0));
	EXPECT_EQ(room + self->bytes, vt_room(dev));
	thief = vt_create(VMADEV_BACKING_SHMEM, 0, room + self->bytes, "thief");
	ASSERT_LE(0, thief);
	EXPECT_EQ(ENOSPC, restore(self));
	EXPECT_EQ(ENODEV, call_errno(pread(self->fd, &(char){ 0 }, 1, 0)));
	close(thief);
	ASSERT_EQ(0, restore(self));
	EXPECT_EQ(room, vt_room(dev));
	ASSERT_EQ(0, take_back(self, 0));
	close(self->fd);
	EXPECT_EQ(room + self->bytes, vt_room(dev));
	self->fd = -1;
	close(dev);
}

/*
 *	|AAAAAAAA| -> pipe	what is pinned stays with who pinned it, and is told
 */
TEST_F(mapping, pinned_pages_are_told)
{
	char *map = map_filled(self, variant), back[self->bytes];
	struct iovec pages = { map, self->bytes };
	__u64 pinned = 1;
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	NEEDS_MEMORY();
	ASSERT_EQ(0, vt_revoke(self->fd, 0, &pinned));
	EXPECT_EQ(0ull, pinned);
	ASSERT_EQ(0, restore(self));
	if (answer_of(variant, "vmsplice") > 0)
		return;
	ASSERT_EQ(0, fill(self, variant, map));
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ((ssize_t)self->bytes, vmsplice(ends[1], &pages, 1, 0));
	ASSERT_EQ(0, vt_revoke(self->fd, 0, &pinned));
	/* Of a private mapping the odd pages were copies. */
	EXPECT_LE(is_shared(variant) ? self->bytes : self->bytes / 2, pinned);
	EXPECT_GE(self->bytes, pinned);
	ASSERT_EQ(0, restore(self));
	for (; got < self->bytes; got += n) {
		n = read(ends[0], back + got, self->bytes - got);
		ASSERT_LT(0, n);
	}
	EXPECT_TRUE(pages_are_filled(self, back, 0, NPAGES));
	EXPECT_TRUE(vt_is_zero(map, self->bytes));
}

TEST_F(mapping, who_may_not_write_may_not_revoke)
{
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);

	ASSERT_LE(0, reader);
	EXPECT_EQ(-1, vt_revoke(reader, 0, NULL));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, vt_restore(reader));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(EINVAL, take_back(self, VMADEV_REVOKE_ONES + 1));
	EXPECT_EQ(EINVAL, restore(self));
	EXPECT_EQ(0, fill_region(self));
	close(reader);
}

/* A seal is a promise to those who map it. */
TEST_F(mapping, sealed_is_not_revoked)
{
	const __u32 seals[] = { VMADEV_SEAL_SHRINK, VMADEV_SEAL_GROW, VMADEV_SEAL_WRITE,
				VMADEV_SEAL_FUTURE_WRITE };

	NEEDS_MEMORY();
	for (size_t i = 0; i < ARRAY_SIZE(seals); i++) {
		int fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "wax",
					 VMADEV_CREATE_ALLOW_SEALING);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_revoke(fd, 0, NULL));
		EXPECT_EQ(-1, vt_add_seals(fd, seals[i]));
		EXPECT_EQ(ENODEV, errno);
		ASSERT_EQ(0, vt_restore(fd));
		ASSERT_EQ(0, vt_add_seals(fd, seals[i]));
		EXPECT_EQ(-1, vt_revoke(fd, 0, NULL));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(1, pread(fd, &(char){ 0 }, 1, 0));
		close(fd);
	}
}

TEST(default_region_is_not_revoked)
{
	int node = vt_open(O_RDWR), fd = vt_reopen(node, 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, vt_revoke(node, 0, NULL));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, vt_revoke(fd, VMADEV_REVOKE_ZEROS, NULL));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, vt_restore(fd));
	EXPECT_EQ(EPERM, errno);
	close(fd);
	close(node);
}

TEST_HARNESS_MAIN
