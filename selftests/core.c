// SPDX-License-Identifier: GPL-2.0-or-later
/* A core dump: the mapping is in it, or out, as its DONTDUMP flag says */
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "mapping.h"

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
#define CORE "/tmp/vmadev-core."

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool all = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return all;
}

/* All memory: private, shared, of files and of none. */
#define EVERYTHING "0x7f"
/* What a process has that asked for nothing: all but files. */
#define BY_DEFAULT "0x33"

/* A child that dumps what @filter says. */
static pid_t aborted_child(const char *filter)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t pid = fork();
	int status;

	if (pid)
		return waitpid(pid, &status, 0) == pid && WCOREDUMP(status) ? pid : -1;
	if (put("/proc/self/coredump_filter", filter) && !setrlimit(RLIMIT_CORE, &all))
		abort();
	_exit(1);
}

/* The core of such a child, without a name; -1 if there is none. */
static int dumped_core(const char *filter)
{
	char old[128] = "", path[64];
	int fd = open(CORE_PATTERN, O_RDONLY | O_CLOEXEC);
	pid_t pid = -1;

	if (read(fd, old, sizeof(old) - 1) > 0 && put(CORE_PATTERN, CORE "%p")) {
		pid = aborted_child(filter);
		put(CORE_PATTERN, old);
	}
	close(fd);
	snprintf(path, sizeof(path), CORE "%d", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	return fd;
}

/* The loadable segment of the core that begins at @map. */
static int find_segment(int core, const char *map, elf_segment *found)
{
	elf_header e;

	if (pread(core, &e, sizeof(e), 0) != sizeof(e) || memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_type != ET_CORE)
		return -1;
	for (int i = 0; i < e.e_phnum; i++) {
		off_t at = e.e_phoff + i * sizeof(*found);

		if (pread(core, found, sizeof(*found), at) != sizeof(*found))
			return -1;
		if (found->p_type == PT_LOAD && found->p_vaddr == (uintptr_t)map)
			return 0;
	}
	return -1;
}

/*
 *	|AAAAAAA|	in the core, byte for byte
 *	 .......	special: named there, with no byte
 */
TEST_F(mapping, core_dump_holds_the_bytes_unless_special)
{
	char *map = map_filled(self, variant);
	char bytes[self->bytes];
	elf_segment segment;
	int core;

	ASSERT_NE(MAP_FAILED, map);
	core = dumped_core(EVERYTHING);
	ASSERT_GE(core, 0);
	ASSERT_EQ(0, find_segment(core, map, &segment));
	EXPECT_EQ(self->bytes, segment.p_memsz);
	if (is_special(variant)) {
		EXPECT_EQ(0ul, segment.p_filesz);
		return;
	}
	ASSERT_EQ(self->bytes, segment.p_filesz);
	ASSERT_EQ((ssize_t)self->bytes, pread(core, bytes, self->bytes, segment.p_offset));
	EXPECT_TRUE(pages_are_filled(self, bytes, 0, NPAGES));
}

/* Bytes that the core has of the mapping at @map, or -1. */
static ssize_t bytes_in_core(int core, const char *map)
{
	elf_segment segment;

	return find_segment(core, map, &segment) ? -1 : (ssize_t)segment.p_filesz;
}

/*
 * A region that was made has no name that one could find its bytes by afterwards:
 * they are in the core as a memfd's are. Those of the node are where they were.
 */
TEST_F(mapping, core_dump_by_default_is_that_of_a_memfd)
{
	int memfd = memfd_create("reference", MFD_CLOEXEC), node = vt_open(O_RDWR), core;
	char *map = map_filled(self, variant), *ref, *dev;
	struct stat st, ref_st;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_LE(0, memfd);
	ASSERT_LE(0, node);
	ASSERT_EQ(0, ftruncate(memfd, self->bytes));
	ref = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, variant->flags, memfd, 0);
	dev = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, node, 0);
	ASSERT_NE(MAP_FAILED, ref);
	ASSERT_NE(MAP_FAILED, dev);
	memset(ref, 1, self->bytes);
	memset(dev, 1, self->bytes);
	ASSERT_EQ(0, fstat(self->fd, &st));
	ASSERT_EQ(0, fstat(memfd, &ref_st));
	EXPECT_EQ(ref_st.st_nlink, st.st_nlink);

	core = dumped_core(BY_DEFAULT);
	ASSERT_LE(0, core);
	ASSERT_EQ((ssize_t)self->bytes, bytes_in_core(core, ref));
	EXPECT_EQ(is_special(variant) ? 0 : (ssize_t)self->bytes, bytes_in_core(core, map));
	EXPECT_EQ(0, bytes_in_core(core, dev));
	close(core);
	memset(dev, 0, self->bytes);
}

/*
 *	|AAA|...|	MADV_DONTDUMP of pages 4 to 7
 */
TEST_F(mapping, core_dump_leaves_out_what_is_marked)
{
	char *map = map_filled(self, variant);
	char *high = map + self->bytes / 2;
	elf_segment segment;
	int core;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, madvise(high, self->bytes / 2, MADV_DONTDUMP));
	EXPECT_TRUE(vt_has_flag(high, "dd"));
	core = dumped_core(EVERYTHING);
	ASSERT_GE(core, 0);
	ASSERT_EQ(0, find_segment(core, map, &segment));
	EXPECT_EQ(is_special(variant) ? 0 : self->bytes / 2, segment.p_filesz);
	if (is_special(variant))	/* one VMA: it was marked already */
		return;
	ASSERT_EQ(0, find_segment(core, high, &segment));
	EXPECT_EQ(self->bytes / 2, segment.p_memsz);
	EXPECT_EQ(0ul, segment.p_filesz);
}

TEST_HARNESS_MAIN
