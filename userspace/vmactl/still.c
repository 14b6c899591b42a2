// SPDX-License-Identifier: GPL-2.0-or-later
/* A still picture of a region of media, or of several, and what is told of its states. */
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

struct part *crash_add_part(struct search *search, int region, const char *name, bool still)
{
	struct part part = {
		.region = region,
		.name = name ? strdup(name) : NULL,
		.first = (search->kept.total + 63) / 64 * 64,
	};
	struct vmadev_info info;

	if (region >= 0) {
		if (vmadev_info(region, &info, sizeof(info)))
			die_vmadev();
		part.id = info.region;
		part.bytes = info.bytes;
		part.pages = (info.bytes + info.page_size - 1) / info.page_size;
	}
	if (still)
		part.region = part.pages ? still_of(region) : -1;
	search->parts = realloc(search->parts, (search->nr_parts + 1) * sizeof(part));
	if (!search->parts || (name && !part.name))
		die("%s", strerror(errno));
	search->kept.total = part.first + part.pages;
	search->parts[search->nr_parts] = part;
	return &search->parts[search->nr_parts++];
}

static long long unsynced_of(const struct search *search, const struct part *part)
{
	long long count = part->pages ? vmadev_unsynced(part->region, 0, 0,
							search->kept.words + part->first / 64) : 0;

	if (count < 0)
		die_vmadev();
	return count;
}

void crash_look(struct search *search, bool still)
{
	size_t total, count = 0;

	search->kept.total = 0;
	if (search->folder_of)
		crash_add_folder(search, still);
	else
		crash_add_part(search, search->region, NULL, still);
	total = search->kept.total;
	search->kept = pages_new(total);
	for (size_t i = 0; i < search->nr_parts; i++)
		count += (size_t)unsynced_of(search, &search->parts[i]);
	for (size_t i = 0; i < search->nr_changes; i++, count++)
		pages_set(&search->kept, search->first_change + i, true);
	search->dirty = calloc(count + 1, sizeof(*search->dirty));
	if (!search->dirty)
		die("%s", strerror(errno));
	for (size_t page = 0; page < total && search->count < count; page++)
		if (pages_has(&search->kept, page))
			search->dirty[search->count++] = page;
}

void crash_forget(struct search *search)
{
	for (size_t i = 0; i < search->nr_parts; i++) {
		if (search->parts[i].region >= 0)
			close(search->parts[i].region);
		free(search->parts[i].name);
	}
	free(search->parts);
	crash_forget_folder(search);
	free(search->kept.words);
	free(search->dirty);
	search->parts = NULL;
	search->nr_parts = 0;
	search->dirty = NULL;
	search->count = 0;
	search->tried = 0;
}

const char *crash_text(const struct search *search, const struct pages *pages)
{
	static char *text;
	size_t size;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	if (!out)
		die("%s", strerror(errno));
	for (size_t i = 0; i < search->nr_parts; i++) {
		const struct part *part = &search->parts[i];
		const struct pages own = { pages->words + part->first / 64, part->pages };
		const char *which = pages_text(&own);

		if (!part->name)
			fputs(which, out);
		else if (strcmp(which, "none"))
			fprintf(out, "%s%s %s", ftell(out) ? ", " : "", part->name, which);
	}
	crash_print_changes(search, pages, out);
	if (!ftell(out))
		fputs("none", out);
	if (fclose(out))
		die("%s", strerror(errno));
	return text;
}

static size_t all_pages(const struct search *search)
{
	size_t pages = 0;

	for (size_t i = 0; i < search->nr_parts; i++)
		pages += search->parts[i].pages;
	return pages;
}

int crash_list(const struct search *search)
{
	struct pages dirty = pages_new(search->kept.total);

	for (size_t i = 0; i < search->count; i++)
		pages_set(&dirty, search->dirty[i], true);
	printf("%zu of %zu pages", search->count - search->nr_changes, all_pages(search));
	if (search->nr_changes)
		printf(" and %zu change%s of names", search->nr_changes,
		       search->nr_changes > 1 ? "s" : "");
	printf(" are not durable: %s\n", crash_text(search, &dirty));
	free(dirty.words);
	return 0;
}

int crash_tell(struct search *search, const char *to)
{
	printf("state %lu fails: it keeps %s", search->tried, crash_text(search, &search->kept));
	if (search->count > search->most)
		printf(" (seed %llu, made small)", (unsigned long long)search->seed);
	puts("; the checker says of it:");
	crash_passes(search, true);
	if (to)
		crash_save_kept(search, to);
	return 1;
}

const char *crash_sampled(const struct search *search)
{
	return search->count > search->most ? " of more, by the seed" : "";
}
