/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmactl crash: states that a power cut may leave, and what a checker says of them. */
#ifndef VMACTL_CRASH_H
#define VMACTL_CRASH_H

#include <stdbool.h>
#include <stddef.h>

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
 * @bytes:  as long is the file
 * @first:  its first page in &struct search.kept: a multiple of 64
 * @pages:  how many
 */
struct part {
	int region;
	char *name;
	__u64 bytes;
	size_t first, pages;
};

/**
 * struct search - how states are tried
 * @region:  to take them from, or -1
 * @folder_of: instead: the folder that has the files to take them from
 * @parts:   that one, or these
 * @nr_parts: how many
 * @dirty:   pages that are not durable, by number
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

/* every.c: run a program, and try states at each of its syncs; returns an exit status */
int crash_every_sync(struct search *search, char **command, const char *to);

#endif
