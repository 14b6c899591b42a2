// SPDX-License-Identifier: GPL-2.0-or-later
/* A still picture of a region of media, and what is told of its states. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
#include "vmactl.h"

static int still_of(int region)
{
	struct vmadev_crash crash = { .mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE };
	int still = vmadev_crash_fork(region, &crash, sizeof(crash));

	if (still < 0)
		die_vmadev();
	return still;
}

void crash_look(struct search *search, bool still)
{
	struct vmadev_info info;
	long long count;

	if (still)
		search->region = still_of(search->region);
	if (vmadev_info(search->region, &info, sizeof(info)))
		die_vmadev();
	search->kept = pages_new(info.bytes / info.page_size);
	count = vmadev_unsynced(search->region, 0, 0, search->kept.words);
	if (count < 0)
		die_vmadev();
	search->dirty = calloc((size_t)count + 1, sizeof(*search->dirty));
	if (!search->dirty)
		die("%s", strerror(errno));
	for (size_t page = 0; page < search->kept.total && search->count < (size_t)count; page++)
		if (pages_has(&search->kept, page))
			search->dirty[search->count++] = page;
}

void crash_forget(struct search *search)
{
	close(search->region);
	free(search->kept.words);
	free(search->dirty);
	search->dirty = NULL;
	search->count = 0;
	search->tried = 0;
}

int crash_list(const struct search *search)
{
	struct pages dirty = pages_new(search->kept.total);

	for (size_t i = 0; i < search->count; i++)
		pages_set(&dirty, search->dirty[i], true);
	printf("%zu of %zu pages are not durable: %s\n", search->count, dirty.total,
	       pages_text(&dirty));
	free(dirty.words);
	return 0;
}

int crash_tell(struct search *search, const char *to)
{
	printf("state %lu fails: it keeps %s", search->tried, pages_text(&search->kept));
	if (search->count > EACH_MOST)
		printf(" (seed %llu, made small)", (unsigned long long)search->seed);
	puts("; the checker says of it:");
	crash_passes(search, true);
	if (to)
		crash_save(crash_state(search), to);
	return 1;
}

const char *crash_sampled(const struct search *search)
{
	return search->count > EACH_MOST ? " of more, by the seed" : "";
}
