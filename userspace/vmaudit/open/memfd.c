// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "open.h"

#define HUGE_PAGES 3

static size_t huge_page_size(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (file && !kib && fgets(line, sizeof(line), file))
		sscanf(line, "Hugepagesize: %lu kB", &kib);
	if (file)
		fclose(file);
	return kib * 1024;
}

/* A mapping makes the file longer if it has to: it has no size of its own. */
static const char *make_huge(struct subject *subject)
{
	size_t huge = huge_page_size();

	if (!huge)
		return "its kernel has no huge pages";
	subject->length = (subject->length + huge - 1) / huge * huge;
	if (subject->length < HUGE_PAGES * huge)
		subject->length = HUGE_PAGES * huge;
	return NULL;
}

static const char *open_memfd(struct subject *subject, char *const *options)
{
	bool huge = option_value(options, "huge");
	unsigned int flags = MFD_CLOEXEC | (huge ? MFD_HUGETLB : 0);
	const char *why = huge ? make_huge(subject) : NULL;

	if (why)
		return why;
	subject->fd = memfd_create("vmaudit", flags);
	if (subject->fd < 0)
		return failed("memfd_create");
	if (ftruncate(subject->fd, (off_t)subject->length))
		return failed("ftruncate");
	subject->reader = open_again(subject->fd, O_RDONLY);
	subject->traits |= huge ? 0 : TRAIT_SIZED;
	return NULL;
}

const struct opener opener_memfd = {
	.name = "memfd",
	.about = "memory behind a descriptor, memfd_create(2)",
	.options = "huge",
	.open = open_memfd,
};
