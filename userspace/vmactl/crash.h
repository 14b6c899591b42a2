/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmactl crash: states that a power cut may leave, and what a checker says of them. */
#ifndef VMACTL_CRASH_H
#define VMACTL_CRASH_H

#include <stdbool.h>
#include <stddef.h>

#include <libvmadev.h>

/* Up to so many dirty pages every state is tried. */
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
 * struct search - how states are tried
 * @region:  to take them from; nobody else changes it
 * @dirty:   its pages that are not durable, by number
 * @count:   how many
 * @tear:    see &struct vmadev_crash
 * @seed:    of a sample
 * @states:  of a sample: how many
 * @checker: the command; it fails a state by any exit status but 0
 * @kept:    of the state that is tried, and in the end of the first that failed
 * @tried:   how many
 * @folder:  of the file that the checker looks at
 */
struct search {
	int region;
	size_t *dirty;
	size_t count;
	__u32 tear;
	__u64 seed;
	unsigned long states;
	char **checker;
	struct pages kept;
	unsigned long tried;
	char folder[64];
};

/* A state of the region with those pages kept; ends on error. */
int crash_state(const struct search *search);
/* The bytes of a region into a file. */
void crash_save(int state, const char *path);
/* Does the checker pass the state of @kept? What it prints is shown, or not. */
bool crash_passes(struct search *search, bool shown);
/* Try states. True: each passed. Else @kept is the smallest that failed. */
bool crash_each(struct search *search);
/* Remove what is left for the checker. */
void crash_end(struct search *search);

/* still.c: what there is to try */

/*
 * Find which pages are not durable; to be tried they must be @still: @region is another one
 * then, of both copies as they are now, so that programs may go on meanwhile.
 */
void crash_look(struct search *search, bool still);
/* The reverse: @search can be made to look again. */
void crash_forget(struct search *search);
/* Print which these are. Returns 0, as an exit status. */
int crash_list(const struct search *search);
/* Print what the checker says of @kept, and save it if there is a path. Returns 1, likewise. */
int crash_tell(struct search *search, const char *to);
/* How it is said that not all states are tried. */
const char *crash_sampled(const struct search *search);

/* every.c: run a program, and try states at each of its syncs; returns an exit status */
int crash_every_sync(struct search *search, char **command, const char *to);

#endif
