/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmactl crash: states that a power cut may leave, and what a checker says of them. */
#ifndef VMACTL_CRASH_H
#define VMACTL_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <libvmadev.h>

/* Up to so many dirty pages every state is tried, at most. */
#define EACH_MOST 12

/**
 * struct pages - some pages of a region
 * @words: a bit a page
 * @total: bits
 */
struct pages {
	__u64 *words;
	size_t total;
};

struct pages pages_new(size_t total);
void pages_set(struct pages *pages, size_t page, bool in);
bool pages_has(const struct pages *pages, size_t page);
/* As "0,4-7"; "none" if there are none. A text that lasts until the next call. */
const char *pages_text(const struct pages *pages);
/* Of such a text; ends if it is none. */
void pages_parse(struct pages *pages, const char *text);

/**
 * struct part - a region of which states are taken, and where it is among others
 * @region: the region; nobody else changes it. -1: there is nothing in it
 * @name:   of its file; NULL: there are no others
 * @id:     the number of the file's region
 * @bytes:  as long is the file
 * @first:  its first page in &struct search.kept: a multiple of 64
 * @pages:  how many
 */
struct part {
	int region;
	char *name;
	__u64 id, bytes;
	size_t first, pages;
};

/**
 * struct name - a name in a folder
 * @text:   the name
 * @change: 0: it is durable. Else the number of a change, from 1 on, that a state keeps or not
 * @before: its file in a state that does not, by number in &struct search.parts from 1 on;
 *	    0: there is none
 * @after:  in one that does, or if it is durable
 */
struct name {
	char *text;
	size_t change, before, after;
};

/**
 * struct search - how states are tried
 * @region:  to take them from, or -1
 * @folder_of: instead: the folder that has the files to take them from
 * @parts:   that one, or these
 * @nr_parts: how many
 * @names:   that lead to them, in a folder
 * @nr_names: how many
 * @changes: of names that are not durable: by what number the module knows each
 * @nr_changes: how many
 * @first_change: as if it were a page of this number in @kept, and the others behind it
 * @dirty:   pages that are not durable, by number, and changes
 * @count:   how many
 * @tear:    see &struct vmadev_crash
 * @seed:    of a sample
 * @states:  of a sample: how many
 * @most:    dirty pages of which each state is tried
 * @checker: the command; it fails a state by any exit status but 0
 * @kept:    of the state that is tried, and in the end of the first that failed
 * @tried:   how many
 * @folder:  of what the checker looks at
 */
struct search {
	int region;
	const char *folder_of;
	struct part *parts;
	size_t nr_parts;
	struct name *names;
	size_t nr_names;
	__u64 *changes;
	size_t nr_changes, first_change;
	size_t *dirty;
	size_t count;
	__u32 tear;
	__u64 seed;
	unsigned long states;
	size_t most;
	char **checker;
	struct pages kept;
	unsigned long tried;
	char folder[64];
};

/* The bytes of a region, so many, into a file. */
void crash_save(int state, const char *path, __u64 bytes);
/* The state with the pages of @kept, into a file, or a folder of files. */
void crash_save_kept(const struct search *search, const char *path);
/* Does the checker pass the state of @kept? What it prints is shown, or not. */
bool crash_passes(struct search *search, bool shown);
/* Try states. True: each passed. Else @kept is the smallest that failed. */
bool crash_each(struct search *search);
/* Remove what is left for the checker. */
void crash_end(struct search *search);

/* still.c: what there is to try */

/*
 * Find which pages are not durable; to be tried they must be @still: the parts are other
 * regions then, of both copies as they are now, so that programs may go on meanwhile. With
 * a folder it is one file after the other.
 */
void crash_look(struct search *search, bool still);
/* The reverse: @search can be made to look again. */
void crash_forget(struct search *search);
/* Some of all pages, with the names of their files. A text that lasts until the next call. */
const char *crash_text(const struct search *search, const struct pages *pages);
/* Print which these are. Returns 0, as an exit status. */
int crash_list(const struct search *search);
/* Print what the checker says of @kept, and save it if there is a path. Returns 1, likewise. */
int crash_tell(struct search *search, const char *to);
/* How it is said that not all states are tried. */
const char *crash_sampled(const struct search *search);

/* Add a region, which is the search's from then on, unless a picture of it is taken. */
struct part *crash_add_part(struct search *search, int region, const char *name, bool still);

/* folder.c: the files of a folder, and their names */
void crash_add_folder(struct search *search, bool still);
void crash_forget_folder(struct search *search);
/* What has this name in the state of @kept; NULL: nothing. */
const struct part *crash_part_of(const struct search *search, const struct name *name);
/* Is it a state that none with less in @kept is? Pages of files without a name are nowhere. */
bool crash_is_another(const struct search *search);
void crash_print_changes(const struct search *search, const struct pages *pages, FILE *out);
/* Cut the power of all that is below @path. */
void crash_folder(const char *path, const struct vmadev_crash *crash);

/* every.c: run a program, and try states at each of its syncs; returns an exit status */
int crash_every_sync(struct search *search, char **command, const char *to);

#endif
