// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc/PID/maps and smaps say of each mapping: names, places, flags */
#include <stdio.h>
#include <sys/sysmacros.h>

#include "mapping.h"

/* The VmFlags of the VMA, without soft-dirty, which the kernel adds as it likes. */
static void flags_of(const char *map, char *buf, size_t n)
{
	char flags[256], *save, *flag;
	size_t used = 0;

	buf[0] = '\0';
	if (vt_smaps_flags(map, flags, sizeof(flags)))
		return;
	for (flag = strtok_r(flags, " ", &save); flag; flag = strtok_r(NULL, " ", &save))
		if (strcmp(flag, "sd"))
			used += snprintf(buf + used, n - used, "%s ", flag);
}

/* In the order of the bits, as smaps prints them. */
static const char *expected_flags(const mapping_kind *k, bool writable)
{
	static char flags[64];

	snprintf(flags, sizeof(flags), "rd %s%smr %s%s%s%s%s%s%s%s", writable ? "wr " : "",
		 is_shared(k) && writable ? "sh " : "", writable ? "mw " : "",
		 is_shared(k) ? "ms " : "", is_pfnmap(k) ? "pf io " : "",
		 is_special(k) ? "de " : "", is_shared(k) ? "" : "ac ",
		 is_special(k) ? "dd " : "",
		 k->strategy == VMADEV_STRATEGY_HUGE ? "hg " : "",
		 k->strategy == VMADEV_STRATEGY_INSERT ? "mm " : "");
	return flags;
}

/*
 *	remap, pfn	PFNMAP, IO, DONTEXPAND, DONTDUMP
 *	huge		and HUGEPAGE
 *	insert		MIXEDMAP, DONTEXPAND, DONTDUMP
 *	page, cache, anon	none that is special
 *
 * ar, by which x86 marks a tracked range of frames, nowhere: frames that are RAM are
 * not tracked, and those who zap the marked mapping warn if another was faster.
 * MAYEXEC nowhere; ac is the accounting of every private writable mapping.
 * CVE-2026-46312 (vb2) and drm's cma-helper had lost VM_DONTEXPAND.
 */
TEST_F(mapping, flags_lost)
{
	char flags[256];
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	flags_of(map, flags, sizeof(flags));
	EXPECT_STREQ(expected_flags(variant, true), flags);
	ASSERT_EQ(0, fill(self, variant, map));
	flags_of(map, flags, sizeof(flags));
	EXPECT_STREQ(expected_flags(variant, true), flags);
}

/* A shared mapping of a read-only descriptor: neither sh nor wr nor mw. */
TEST_F(mapping, smaps_shows_no_write_flag_for_a_read_only_descriptor)
{
	char flags[256];
	int fd = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	char *map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, fd, 0);

	ASSERT_GE(fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	if (!is_shared(variant))
		return;
	flags_of(map, flags, sizeof(flags));
	EXPECT_STREQ(expected_flags(variant, false), flags);
}

TEST_F(mapping, maps_shows_name_inode_and_offset_of_the_region)
{
	struct vmadev_info info;
	unsigned long inode;
	struct vt_vma v;
	char *map = map_region(self, variant);
	char *part;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_STREQ("/vmadev:mapping (deleted)", v.name);
	if (is_anon(variant))
		return;		/* each mapping is an object of its own */
	EXPECT_EQ(0ul, v.offset);
	inode = v.inode;
	if (variant->strategy != VMADEV_STRATEGY_CACHE) {	/* tmpfs counts its own */
		EXPECT_EQ(info.region, inode);
	}

	part = mmap(NULL, self->page, PROT_READ, variant->flags, self->fd, 3 * self->page);
	ASSERT_NE(MAP_FAILED, part);
	ASSERT_EQ(0, vt_vma_at(part, &v));
	EXPECT_EQ(3 * self->page, v.offset);
	EXPECT_EQ(inode, v.inode);
}

static bool same_file(const struct vt_vma *a, const struct vt_vma *b)
{
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode;
}

/*
 * maps and fstat agree on device and inode where the VMA is of the handle's own
 * file. Where it is of tmpfs's, all of a region of shmem is one object, and each
 * shared mapping of none is one of its own.
 */
TEST_F(mapping, maps_and_fstat_show_one_file_unless_it_is_of_tmpfs)
{
	struct vt_vma v, again;
	char *map = map_region(self, variant), *other;
	struct stat st;
	int fd = vt_reopen(self->fd, 0, variant->strategy);

	ASSERT_LE(0, fd);
	ASSERT_NE(MAP_FAILED, map);
	other = mmap(NULL, self->bytes, PROT_READ, variant->flags, fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	ASSERT_EQ(0, vt_vma_at(other, &again));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(!is_anon(variant) || !is_shared(variant), same_file(&v, &again));
	EXPECT_EQ(variant->strategy != VMADEV_STRATEGY_CACHE && !is_anon(variant),
		  v.major == major(st.st_dev) && v.minor == minor(st.st_dev) &&
		  v.inode == st.st_ino);
}

TEST(maps_shows_the_device_for_the_default_region)
{
	const size_t page = vt_page();
	struct vt_vma v;
	int fd = vt_open(O_RDWR);
	char *map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, page);

	ASSERT_GE(fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_STREQ("/dev/vmadev", v.name);
	EXPECT_EQ(page, v.offset);
}

TEST_HARNESS_MAIN
