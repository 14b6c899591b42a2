// SPDX-License-Identifier: GPL-2.0-or-later
/* mount -t vmadev: a directory whose files are regions. */
#define _GNU_SOURCE
#include "vmadev_test.h"
#include "lib/mounted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HEAD	100	/* bytes, not all of a page */

FIXTURE(mount)
{
	struct mounted m;
	size_t page;
};

FIXTURE_VARIANT(mount)
{
	const char *options;
	__u32 backing, strategy;
};

FIXTURE_VARIANT_ADD(mount, page_pages)
{
	"backing=pages", VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE,
};

FIXTURE_VARIANT_ADD(mount, pfn_pages)
{
	"backing=pages,strategy=pfn", VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PFN,
};

FIXTURE_VARIANT_ADD(mount, cache_shmem)
{
	"backing=shmem", VMADEV_BACKING_SHMEM, VMADEV_STRATEGY_CACHE,
};

FIXTURE_VARIANT_ADD(mount, filemap_media)
{
	"backing=media", VMADEV_BACKING_MEDIA, VMADEV_STRATEGY_FILEMAP,
};

FIXTURE_SETUP(mount)
{
	self->page = vt_page();
	ASSERT_EQ(NULL, mounted_begin(&self->m, variant->options));
}

FIXTURE_TEARDOWN(mount)
{
	const char *differs = mounted_end(&self->m);

	EXPECT_EQ(NULL, differs) {
		TH_LOG("%s", differs);
	}
}

static int file_at(int at, const char *name, int oflags)
{
	int fd = openat(at, name, oflags | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

TEST_F(mount, file_is_a_region)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT | O_EXCL);
	struct vmadev_info info;
	struct stat st;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ((mode_t)S_IFREG | 0644, st.st_mode);
	EXPECT_EQ(1u, st.st_nlink);
	EXPECT_EQ(0, st.st_size);
	ASSERT_EQ(3, pwrite(fd, "abc", 3, HEAD));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ((blkcnt_t)self->page / 512, st.st_blocks);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(st.st_ino, info.region);
	EXPECT_EQ(HEAD + 3u, info.bytes);
	EXPECT_EQ(variant->backing, info.backing);
	EXPECT_EQ(variant->strategy, info.strategy);
	EXPECT_STREQ("file", info.name);
	/* What gives descriptors that have no path. */
	EXPECT_EQ(-1, vt_reopen(fd, 0, 0));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(0u, info.abilities & VMADEV_CAN_EXPORT);
	EXPECT_EQ(-EEXIST, file_at(self->m.at, "file", O_RDWR | O_CREAT | O_EXCL));
	close(fd);
}

TEST_F(mount, writing_makes_it_longer)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT), other;
	char got[HEAD + 3];

	ASSERT_LE(0, fd);
	ASSERT_EQ(3, pwrite(fd, "abc", 3, HEAD));
	EXPECT_EQ(HEAD + 3, size_of(fd));
	ASSERT_EQ(HEAD + 3, pread(fd, got, sizeof(got), 0));
	EXPECT_TRUE(vt_is_zero(got, HEAD));
	EXPECT_EQ(0, memcmp(got + HEAD, "abc", 3));
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(HEAD + 3, size_of(fd));

	other = file_at(self->m.at, "file", O_WRONLY | O_APPEND);
	ASSERT_LE(0, other);
	ASSERT_EQ(4, write(other, "tail", 4));
	EXPECT_EQ(HEAD + 7, size_of(fd));
	ASSERT_EQ(2, pread(fd, got, sizeof(got), HEAD + 5));
	EXPECT_EQ(0, memcmp(got, "il", 2));
	EXPECT_EQ(HEAD + 7, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(HEAD + 7, lseek(fd, 0, SEEK_HOLE));
	close(other);

	/* What could not be copied is not there. */
	EXPECT_EQ(-1, pwrite(fd, (void *)8, self->page, 3 * self->page));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(HEAD + 7, size_of(fd));
	close(fd);
}

/*
 *	| file |    |    |	mapped beyond its end; what is written there later
 *	| file | file    |	is in the mapping
 */
TEST_F(mount, mapping_may_be_longer)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT);
	char *p;

	ASSERT_LE(0, fd);
	ASSERT_EQ(3, pwrite(fd, "abc", 3, 0));
	p = mmap(NULL, 3 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ('b', vt_read(p + 1));
	EXPECT_EQ(-SIGBUS, vt_read(p + self->page));
	EXPECT_EQ(0, vt_write(p + 2, 'z'));
	ASSERT_EQ(3, pwrite(fd, "def", 3, self->page + 1));
	EXPECT_EQ('d', vt_read(p + self->page + 1));
	EXPECT_EQ(0, vt_read(p + 3));
	EXPECT_EQ('z', vt_read(p + 2));
	EXPECT_EQ(-SIGBUS, vt_read(p + 2 * self->page));
	EXPECT_EQ(0, ftruncate(fd, 1));
	EXPECT_EQ(-SIGBUS, vt_read(p + self->page));
	munmap(p, 3 * self->page);
	close(fd);
}

/* Also what was stored behind the end, where a mapping still has room. */
TEST_F(mount, what_was_cut_comes_back_as_zeros)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT);
	char text[2 * HEAD], *p;

	ASSERT_LE(0, fd);
	memset(text, 'x', sizeof(text));
	ASSERT_EQ(2 * HEAD, pwrite(fd, text, sizeof(text), 0));
	ASSERT_EQ(0, ftruncate(fd, HEAD));
	ASSERT_EQ(0, ftruncate(fd, 2 * HEAD));
	ASSERT_EQ(2 * HEAD, pread(fd, text, sizeof(text), 0));
	EXPECT_EQ('x', text[HEAD - 1]);
	EXPECT_TRUE(vt_is_zero(text + HEAD, HEAD));

	p = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, vt_write(p + 3 * HEAD, 'y'));
	ASSERT_EQ(1, pwrite(fd, "z", 1, 4 * HEAD));
	EXPECT_EQ(0, vt_read(p + 3 * HEAD));
	munmap(p, self->page);

	/* By a name alone, too. */
	close(fd);
	fd = file_at(self->m.at, "file", O_RDWR | O_TRUNC);
	EXPECT_EQ(0, size_of(fd));
	EXPECT_EQ(0, fallocate(fd, 0, 0, self->page + HEAD));
	EXPECT_EQ((off_t)self->page + HEAD, size_of(fd));
	close(fd);
}

static int names_in(int at)
{
	DIR *dir = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

TEST_F(mount, names_are_as_of_any_file_system)
{
	struct stat st;
	char byte = 0;
	int fd;

	ASSERT_EQ(0, mkdirat(self->m.at, "sub", 0755));
	fd = file_at(self->m.at, "sub/one", O_RDWR | O_CREAT);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, write(fd, "1", 1));
	close(fd);
	fd = file_at(self->m.at, "other", O_RDWR | O_CREAT);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, unlinkat(self->m.at, "sub", AT_REMOVEDIR));
	EXPECT_EQ(ENOTEMPTY, errno);
	ASSERT_EQ(0, linkat(self->m.at, "sub/one", self->m.at, "two", 0));
	ASSERT_EQ(0, fstatat(self->m.at, "two", &st, 0));
	EXPECT_EQ(2u, st.st_nlink);
	/* Over another one, which somebody has open. */
	ASSERT_EQ(0, renameat(self->m.at, "sub/one", self->m.at, "other"));
	EXPECT_EQ(1, pwrite(fd, "2", 1, 0));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0u, st.st_nlink);
	close(fd);
	fd = file_at(self->m.at, "other", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('1', byte);
	close(fd);
	EXPECT_EQ(0, unlinkat(self->m.at, "sub", AT_REMOVEDIR));
	EXPECT_EQ(2, names_in(self->m.at));
	EXPECT_EQ(0, unlinkat(self->m.at, "two", 0));
	EXPECT_EQ(-ENOENT, file_at(self->m.at, "two", O_RDONLY));
	EXPECT_EQ(0, fsync(self->m.at));
}

TEST_F(mount, modes_say_who_may)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT), reader;
	char path[64];

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, write(fd, "x", 1));
	reader = file_at(self->m.at, "file", O_RDONLY);
	ASSERT_LE(0, reader);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, reader, 0));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, fchmod(fd, 0711));
	snprintf(path, sizeof(path), "%s/file", self->m.dir);
	EXPECT_EQ(-1, execl(path, path, NULL));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, chmod(self->m.dir, 0755));
	ASSERT_EQ(0, seteuid(1234));
	EXPECT_EQ(-EACCES, file_at(self->m.at, "file", O_RDONLY));
	EXPECT_EQ(-EACCES, file_at(self->m.at, "new", O_RDWR | O_CREAT));
	EXPECT_EQ(-1, fchmod(fd, 0777));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, seteuid(0));
	close(reader);
	close(fd);
}

/* While it is mounted, and while a file of it is open or mapped after that. */
TEST_F(mount, holds_the_module)
{
	int fd = file_at(self->m.at, "file", O_RDWR | O_CREAT);
	char *p;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, write(fd, "x", 1));
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	EXPECT_EQ(-1, umount(self->m.dir));
	EXPECT_EQ(EBUSY, errno);
	close(fd);
	EXPECT_EQ('x', vt_read(p));
	munmap(p, self->page);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
}

FIXTURE(options)
{
	char dir[32];
};

static int mount_at(const char *dir, const char *options)
{
	return mount("none", dir, "vmadev", 0, options) ? -errno : 0;
}

FIXTURE_SETUP(options)
{
	snprintf(self->dir, sizeof(self->dir), "/tmp/mount-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
}

FIXTURE_TEARDOWN(options)
{
	umount(self->dir);
	rmdir(self->dir);
}

TEST_F(options, what_is_refused)
{
	static const char *const wrong[] = {
		"backing=contig",		/* of a size that stays */
		"backing=paper", "backing", "strategy=none", "backing=shmem,strategy=page",
		"size=0", "size=5000", "mode=9", "uid=-1", "sealed", "writeback",
		"backing=shmem,writeback", "backing=media,writeback=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, mount_at(self->dir, wrong[i])) {
			TH_LOG("%s", wrong[i]);
		}
	}
}

TEST_F(options, size_is_a_cap_on_all_files)
{
	const size_t page = vt_page();
	struct statfs fs;
	char text[64];
	int at, one, two;

	snprintf(text, sizeof(text), "backing=media,size=%zu", 3 * page);
	ASSERT_EQ(0, mount_at(self->dir, text));
	at = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	one = file_at(at, "one", O_RDWR | O_CREAT);
	two = file_at(at, "two", O_RDWR | O_CREAT);
	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	ASSERT_EQ(1, pwrite(one, "x", 1, page));
	ASSERT_EQ(1, pwrite(two, "x", 1, 0));
	EXPECT_EQ(-1, pwrite(two, "x", 1, page));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(1, size_of(two));
	ASSERT_EQ(0, fstatfs(at, &fs));
	EXPECT_EQ(3u, fs.f_blocks);
	EXPECT_EQ(0u, fs.f_bfree);
	/* Who has it open has it still, and then it is gone. */
	ASSERT_EQ(0, unlinkat(at, "one", 0));
	EXPECT_EQ(-1, pwrite(two, "x", 1, page));
	close(one);
	EXPECT_EQ(1, pwrite(two, "x", 1, page));
	close(two);
	close(at);
}

TEST_F(options, owner_and_mode_of_the_root)
{
	struct stat st;

	ASSERT_EQ(0, mount_at(self->dir, "mode=1770,uid=12,gid=34"));
	ASSERT_EQ(0, stat(self->dir, &st));
	EXPECT_EQ((mode_t)S_IFDIR | 01770, st.st_mode);
	EXPECT_EQ(12u, st.st_uid);
	EXPECT_EQ(34u, st.st_gid);
}

static int mount_as_nobody(void *dir)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return EPERM;	/* which is no to that as well */
	return -mount_at(dir, NULL);
}

TEST_F(options, user_namespaces_do_not_mount_it)
{
	int err = vt_in_child(mount_as_nobody, self->dir);

	EXPECT_EQ(EPERM, err);
	EXPECT_NE(0, umount(self->dir));
}

TEST_HARNESS_MAIN
