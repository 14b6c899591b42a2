// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "probe.h"

enum { READ, WRITE };

static const char where[] = "point $TMPDIR at a file system on a disk";

/* tmpfs takes the flag from 6.6 on, and copies all the same. */
static int direct_file(struct audit *audit)
{
	const char *folder = getenv("TMPDIR");
	int fd = scratch_file(folder ? folder : "/tmp", O_DIRECT);
	struct statfs fs;

	if (fd < 0 && errno == EINVAL)
		not_asked(audit, "no O_DIRECT there; %s", where);
	if (fd < 0)
		not_asked(audit, "no file for it: %s; %s", strerror(errno), where);
	if (fstatfs(fd, &fs) || fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		not_asked(audit, "memory is copied, O_DIRECT or not; %s", where);
	return fd;
}

static void run(struct audit *audit)
{
	int fd = direct_file(audit);
	struct sample sample = take_sample(audit, map_subject(audit));
	size_t length = sample.length;
	char *aligned = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
	ssize_t n;

	if (aligned == MAP_FAILED)
		not_asked(audit, "no memory");
	vt_pattern(aligned, length, 7);
	/* Written over later: what makes a file longer may be copied, direct or not. */
	if (pwrite(fd, aligned, length, 0) != (ssize_t)length)
		not_asked(audit, "the file cannot be filled: %s", strerror(errno));
	if (audit->probe->value == WRITE) {
		step(audit, "a direct write of the mapping to a file");
		n = pwrite(fd, sample.at, length, 0);
		if (n > 0)
			n = pread(fd, aligned, (size_t)n, 0);
		sample_was_read(audit, &sample, aligned, n, "a direct write from it");
	}
	step(audit, "a direct read of a file into the mapping");
	n = pread(fd, sample.at, length, 0);
	sample_was_written(audit, &sample, aligned, n, "a direct read into it");
}

#define O_DIRECT_PROBE(name_, way, needed, number) {				\
	.name = name_,								\
	.asks = "can a file be " way " with O_DIRECT?",				\
	.rule = "direct I/O carries the bytes of the mapping, or says EFAULT",	\
	.change = "map pages that have a struct page and are the object's own, or set VM_IO",	\
	.why = "direct I/O takes the pages by get_user_pages, which VM_IO and VM_PFNMAP forbid", \
	.needs = NEEDS_MEMORY | (needed),					\
	.value = (number),							\
	.run = run,								\
}

const struct probe probe_o_direct_read =
	O_DIRECT_PROBE("o-direct-read", "read into it", NEEDS_WRITE, READ);
const struct probe probe_o_direct_write =
	O_DIRECT_PROBE("o-direct-write", "written from it", 0, WRITE);
