// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a folder on a mounted vmadev, under the names of now and those after a crash. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash.h"
#include "vmactl.h"

/* The part that is this region's, from 1 on; 0: there is none. */
static size_t part_of(const struct search *search, __u64 id)
{
	for (size_t i = 0; id && i < search->nr_parts; i++)
		if (search->parts[i].id == id)
			return i + 1;
	return 0;
}

static struct name *name_of(struct search *search, const char *text)
{
	struct name name = { .text = strdup(text) };

	for (size_t i = 0; i < search->nr_names; i++) {
		if (!strcmp(search->names[i].text, text)) {
			free(name.text);
			return &search->names[i];
		}
	}
	search->names = realloc(search->names, (search->nr_names + 1) * sizeof(name));
	if (!search->names || !name.text)
		die("%s", strerror(errno));
	search->names[search->nr_names] = name;
	return &search->names[search->nr_names++];
}

static void add_file(struct search *search, int folder, const char *text, bool still)
{
	int region = openat(folder, text, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct name *name = name_of(search, text);
	struct vmadev_info info;
	bool again;		/* of another name */

	if (region < 0)
		die("%s/%s: %s", search->folder_of, text, strerror(errno));
	if (vmadev_info(region, &info, sizeof(info)))
		die_vmadev();
	again = part_of(search, info.region);
	if (!again)
		crash_add_part(search, region, text, still);
	if (again || still)
		close(region);
	name->before = part_of(search, info.region);
	name->after = name->before;
}

/* A file that is under this name after a crash, and nowhere now. */
static void add_lost(struct search *search, int folder, const struct vmadev_unsynced_name *told)
{
	struct vmadev_crash crash = {
		.mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE, .region = told->durable,
	};
	int region = told->bytes ? vmadev_crash_fork(folder, &crash, sizeof(crash)) : -1;
	struct part *part;
	char *text;

	if (told->bytes && region < 0)
		die_vmadev();
	if (asprintf(&text, "old %s", told->name) < 0)
		die("%s", strerror(errno));
	part = crash_add_part(search, region, text, false);
	part->bytes = told->bytes;
	part->id = told->durable;
	free(text);
}

static size_t change_of(struct search *search, __u64 number)
{
	for (size_t i = 0; i < search->nr_changes; i++)
		if (search->changes[i] == number)
			return i + 1;
	search->changes = realloc(search->changes,
				  (search->nr_changes + 1) * sizeof(*search->changes));
	if (!search->changes)
		die("%s", strerror(errno));
	search->changes[search->nr_changes++] = number;
	return search->nr_changes;
}

static void add_unsynced(struct search *search, int folder)
{
	struct vmadev_unsynced_name told = { .name = "" };
	int more;

	while ((more = vmadev_next_name(folder, &told, sizeof(told))) > 0) {
		struct name *name;

		if (told.durable && !part_of(search, told.durable))
			add_lost(search, folder, &told);
		name = name_of(search, told.name);
		name->before = part_of(search, told.durable);
		name->change = change_of(search, told.change);
	}
	/* Of other backings than media each name is durable. */
	if (more < 0 && errno != ENOTTY)
		die_vmadev();
}

void crash_add_folder(struct search *search, bool still)
{
	int folder = open(search->folder_of, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries;
	/* In the order of their names, or the same state would not be found again. */
	int count = folder < 0 ? -1 : scandir(search->folder_of, &entries, NULL, alphasort);

	if (count < 0)
		die("%s: %s", search->folder_of, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, ".."))
			add_file(search, folder, entries[i]->d_name, still);
		free(entries[i]);
	}
	free(entries);
	add_unsynced(search, folder);
	close(folder);
	search->first_change = (search->kept.total + 63) / 64 * 64;
	if (search->nr_changes)
		search->kept.total = search->first_change + search->nr_changes;
}

void crash_forget_folder(struct search *search)
{
	for (size_t i = 0; i < search->nr_names; i++)
		free(search->names[i].text);
	free(search->names);
	free(search->changes);
	search->names = NULL;
	search->nr_names = 0;
	search->changes = NULL;
	search->nr_changes = 0;
}

const struct part *crash_part_of(const struct search *search, const struct name *name)
{
	bool kept = name->change &&
		    pages_has(&search->kept, search->first_change + name->change - 1);
	size_t part = name->change && !kept ? name->before : name->after;

	return part ? &search->parts[part - 1] : NULL;
}

static bool is_there(const struct search *search, size_t page)
{
	for (size_t i = 0; i < search->nr_names; i++) {
		const struct part *part = crash_part_of(search, &search->names[i]);

		if (part && page >= part->first && page < part->first + part->pages)
			return true;
	}
	return false;
}

bool crash_is_another(const struct search *search)
{
	for (size_t i = 0; search->folder_of && i < search->count; i++) {
		size_t page = search->dirty[i];

		if (pages_has(&search->kept, page) &&
		    (!search->nr_changes || page < search->first_change) &&
		    !is_there(search, page))
			return false;
	}
	return true;
}

static const char *word_of(const struct name *name)
{
	return !name->before ? "made" : name->after ? "replaced" : "removed";
}

void crash_print_changes(const struct search *search, const struct pages *pages, FILE *out)
{
	for (size_t change = 1; change <= search->nr_changes; change++) {
		const char *before = ftell(out) ? ", " : "";

		if (!pages_has(pages, search->first_change + change - 1))
			continue;
		for (size_t i = 0; i < search->nr_names; i++) {
			const struct name *name = &search->names[i];

			if (name->change != change)
				continue;
			fprintf(out, "%s%s %s", before, word_of(name), name->text);
			before = " + ";
		}
	}
}

/* nftw() has no room for an argument. */
static const struct vmadev_crash *in_place;

static int revert_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct vmadev_crash crash = *in_place;
	int region;

	(void)at;
	if (type != FTW_F || !st->st_size)
		return 0;
	region = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (region < 0)
		die("%s: %s", path, strerror(errno));
	if (vmadev_crash_revert(region, &crash, sizeof(crash)))
		die_vmadev();
	close(region);
	return 0;
}

/* Names first: what is back has pages that are lost, too. */
void crash_folder(const char *path, const struct vmadev_crash *crash)
{
	struct vmadev_crash names = { .mode = crash->mode, .seed = crash->seed };
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		die("%s: %s", path, strerror(errno));
	if (vmadev_crash_revert(folder, &names, sizeof(names)))
		die_vmadev();
	close(folder);
	in_place = crash;
	if (nftw(path, revert_file, 8, FTW_PHYS | FTW_MOUNT))
		die("%s: %s", path, strerror(errno));
}
