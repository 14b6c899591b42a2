// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PCI device goes while its memory is open, mapped and in use: it is unbound, removed, or the
 * module is to go. race_bar.c has what happens at the same time.
 */
#include <sys/wait.h>

#include "bar.h"

#define RESCAN "/sys/bus/pci/rescan"

static bool shows_nothing(const bar *b, const char *map)
{
	for (size_t at = 0; at < b->bytes; at += b->bytes / 4)
		if (vt_read(map + at) != -SIGBUS)
			return false;
	return vt_read(map + b->bytes - 1) == -SIGBUS;
}

static int call_errno(long ret)
{
	return ret < 0 ? errno : 0;
}

/* The handle is as that of a region that was revoked; of it there is no other. */
static void expect_gone(struct __test_metadata *_metadata, const bar *b, const bar_kind *k)
{
	struct vmadev_info info;
	int other = vt_reopen(b->fd, 0, k->strategy);
	char byte = 0;

	EXPECT_EQ(ENODEV, call_errno(pread(b->fd, &byte, 1, 0)));
	EXPECT_EQ(ENODEV, call_errno(pwrite(b->fd, &byte, 1, 0)));
	EXPECT_EQ(MAP_FAILED, map_all(b, b->fd));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(ENODEV, call_errno(lseek(b->fd, 0, SEEK_DATA)));
	EXPECT_EQ(ENODEV, call_errno(ftruncate(b->fd, 0)));
	EXPECT_EQ(EOPNOTSUPP, call_errno(vt_restore(b->fd)));
	EXPECT_EQ(ENODEV, call_errno(vt_revoke(b->fd, 0, NULL)));
	EXPECT_EQ(0, fsync(b->fd));
	EXPECT_EQ(0, vt_info(b->fd, &info));
	EXPECT_EQ(b->bytes, info.bytes);
	EXPECT_LE(0, other);
	EXPECT_EQ(ENODEV, call_errno(pread(other, &byte, 1, 0)));
	close(other);
}

/* Another process has a handle of its own. */
static int looks_when_told(const bar *b, int ready, int gone)
{
	int fd = vt_open_by_name(vt_open(O_RDWR), b->name, 0, VMADEV_STRATEGY_PFN);
	char *map = map_all(b, fd), byte;

	if (map == MAP_FAILED || !page_is(b, map, 0, 1))
		return 1;
	close(ready);
	if (read(gone, &byte, 1))
		return 2;
	return shows_nothing(b, map) && pread(fd, &byte, 1, 0) < 0 && errno == ENODEV ? 0 : 3;
}

/*
 *	us	|AAAA....|	touched in part, and once more not at all
 *	child	|AAAA|		inherited
 *	other	|A.......|	a handle of its own
 *
 * When the device is gone, none of them shows a byte; it comes back as another region.
 */
TEST_F(bar, unbound_it_is_gone_for_all)
{
	char *map = map_all(self, self->fd), *untouched = map_all(self, self->fd), byte;
	int ready[2], gone[2], fd, status;
	pid_t child, other;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, untouched);
	EXPECT_TRUE(are_filled(self, map, 0, 4));
	EXPECT_LE(0, vt_read(map + self->bytes / 2));
	ASSERT_EQ(0, mprotect(map + self->page, self->page, PROT_READ));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(gone));
	other = fork();
	if (!other) {
		close(gone[1]);
		_exit(looks_when_told(self, ready[1], gone[0]));
	}
	child = fork();
	if (!child) {
		close(gone[1]);
		status = page_is(self, map, 0, 1);
		close(ready[1]);
		if (!status || read(gone[0], &byte, 1))
			_exit(1);
		_exit(!shows_nothing(self, map));
	}
	close(ready[1]);
	EXPECT_EQ(0, read(ready[0], &byte, 1));
	ASSERT_EQ(0, vt_pci_unbind(self->device));
	close(gone[1]);
	EXPECT_TRUE(shows_nothing(self, map));
	EXPECT_TRUE(shows_nothing(self, untouched));
	EXPECT_EQ(-SIGBUS, vt_write(map, 1));
	EXPECT_EQ(other, waitpid(other, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	expect_gone(_metadata, self, variant);
	EXPECT_EQ(-1, open_bar(self, variant));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_TRUE(page_is(self, self->there, 0, 1));

	ASSERT_EQ(0, vt_pci_bind(self->device));
	fd = open_bar(self, variant);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(shows_nothing(self, map));
	expect_gone(_metadata, self, variant);
	munmap(untouched, self->bytes);
	untouched = map_all(self, fd);
	ASSERT_NE(MAP_FAILED, untouched);
	EXPECT_TRUE(are_filled(self, untouched, 0, NPAGES));
	munmap(untouched, self->bytes);
	close(fd);
	munmap(map, self->bytes);
	close(ready[0]);
	close(gone[0]);
}

/* No handle at all: what is mapped stays, and keeps it. */
TEST_F(bar, mapping_alone_goes_with_the_device)
{
	char *map = map_all(self, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	close(self->fd);
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, vt_pci_unbind(self->device));
	EXPECT_TRUE(shows_nothing(self, map));
	munmap(map, self->bytes);
	self->fd = -1;
}

TEST_F(bar, device_is_removed_under_a_mapping)
{
	char *map = map_all(self, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, vt_pci_write(self->device, "remove", "1"));
	EXPECT_TRUE(shows_nothing(self, map));
	expect_gone(_metadata, self, variant);
	ASSERT_EQ(0, vt_write_word(RESCAN, "1"));
	munmap(map, self->bytes);
	close(self->fd);
	ASSERT_EQ(0, vt_pci_bind(self->device));
	self->fd = open_bar(self, variant);
	ASSERT_LE(0, self->fd);
	map = map_all(self, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	munmap(map, self->bytes);
}

/* A device that is bound does not keep the module; a handle or a mapping of it does. */
TEST_F(bar, module_stays_as_long_as_there_is_a_mapping)
{
	char *map = map_all(self, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	close(self->node);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	EXPECT_TRUE(are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, vt_pci_unbind(self->device));
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	EXPECT_TRUE(shows_nothing(self, map));
	ASSERT_EQ(0, vt_pci_bind(self->device));
	munmap(map, self->bytes);
	EXPECT_EQ(0, vt_unload());
	/* Its override says so still. */
	EXPECT_EQ(0, vt_load(""));
	EXPECT_TRUE(vt_pci_is_bound(self->device));
	self->node = vt_open(O_RDWR);
	self->fd = open_bar(self, variant);
	EXPECT_LE(0, self->fd);
}

TEST_HARNESS_MAIN
