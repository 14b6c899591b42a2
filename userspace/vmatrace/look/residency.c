// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of each VMA is in memory, and how much is swapped out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../collect/pagemap.h"
#include "../must.h"
#include "source.h"

/* So many stretches are asked for at a time. */
#define STRETCHES 1024

static void add(__u64 *counts, const struct mm *mm, const struct page_region *region)
{
	for (size_t i = mm_at(mm, region->start);
	     i < mm->count && mm->vma[i]->start < region->end; i++) {
		const struct vma *vma = mm->vma[i];
		__u64 start = vma->start > region->start ? vma->start : region->start;
		__u64 end = vma->end < region->end ? vma->end : region->end;

		counts[i] += end - start;
	}
}

static bool scan(pid_t pid, const struct mm *mm, struct residency *residency)
{
	struct page_region regions[STRETCHES];
	struct pm_scan_arg arg = {
		.size = sizeof(arg), .end = mm->vma[mm->count - 1]->end, .vec = (__u64)regions,
		.vec_len = STRETCHES, .category_inverted = PAGE_IS_PFNZERO,
		.category_mask = PAGE_IS_PFNZERO,
		.category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
	};
	char path[64];
	long found;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* Linux 6.18 says of a whole scan, in walk_end, that it stopped in the middle. */
	do {
		found = ioctl(fd, PAGEMAP_SCAN, &arg);
		for (long i = 0; i < found; i++)
			add(regions[i].categories & PAGE_IS_PRESENT ? residency->resident :
			    residency->swapped, mm, &regions[i]);
		arg.start = found > 0 ? regions[found - 1].end : arg.end;
	} while (found == STRETCHES && arg.start < arg.end);
	close(fd);
	return found >= 0;
}

/* Rss and Swap of smaps. */
static bool read_smaps(const char *path, const struct mm *mm, struct residency *residency)
{
	FILE *file = fopen(path, "re");
	unsigned long long value;
	bool told = false;
	char line[4352];
	size_t at = mm->count;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Rss: %llu", &value) == 1 && at < mm->count) {
			residency->resident[at] = value << 10;
			told = true;
		} else if (sscanf(line, "Swap: %llu", &value) == 1 && at < mm->count) {
			residency->swapped[at] = value << 10;
		} else if (sscanf(line, "%llx-", &value) == 1 && strchr(line, '-') &&
			   strcspn(line, "-") < strcspn(line, " ")) {
			at = mm_at(mm, value);
		}
	}
	if (file)
		fclose(file);
	return told;
}

bool residency_read(const struct source *source, const struct mm *mm,
		    struct residency *residency)
{
	char path[64];

	residency->resident = must(calloc(mm->count + 1, sizeof(*residency->resident)));
	residency->swapped = must(calloc(mm->count + 1, sizeof(*residency->swapped)));
	if (source->recorded || !mm->count)
		return false;
	if (source->path)
		return read_smaps(source->path, mm, residency);
	if (scan(source->pid, mm, residency))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/smaps", source->pid);
	return read_smaps(path, mm, residency);
}

void residency_free(struct residency *residency)
{
	free(residency->resident);
	free(residency->swapped);
}
