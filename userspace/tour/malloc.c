// SPDX-License-Identifier: GPL-2.0-or-later
/* malloc of the GNU C library: the heap for the small, mappings for the large. */
#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

#define LARGE (256 * KIB)
#define BLOCK (16 * KIB)
#define BLOCKS 64

static bool in_heap(const void *block)
{
	static struct maps maps;
	const struct map *map;

	maps_read(&maps, 0, 0, -1ull);
	map = maps_at(&maps, block);
	return map && !strcmp(map->name, "[heap]");
}

static void *allocate(size_t size)
{
	void *block = malloc(size);

	if (!block)
		tour_die("malloc of %s", size_text(size));
	return block;
}

static void step_small(void)
{
	void *block;

	tour_step("Small: from the heap",
		  "malloc(100 KiB) moves the program break; [heap] appears.");
	watch_named("[heap]");
	block = allocate(100 * KIB);
	watch_show();
	tour_why("Below the threshold of 128 KiB, malloc cuts blocks from the heap, and asks\n"
		 "brk for a little more than it needs now.");
	tour_check(in_heap(block), "the block lies in [heap]");
	free(block);
}

static void step_large(void)
{
	char *block;
	bool mapped;

	tour_step("Large: a mapping of its own",
		  "malloc(256 KiB) leaves the heap alone and calls mmap; free calls munmap.");
	block = allocate(LARGE);
	mapped = !in_heap(block);
	watch_from(block - page_size, LARGE + 2 * page_size);
	free(block);
	watch_show();
	tour_why("Above the threshold a block is a mapping, so that free can give it back at\n"
		 "once, wherever it lies. (A mapping that lies beside a like one joins it: what\n"
		 "the kernel then shows is longer than the block.)");
	tour_check(mapped, "the block does not lie in [heap]");
	tour_check(watch_lost() >= (long long)LARGE, "free unmapped %s", size_text(watch_lost()));
}

static void step_sliding(void)
{
	void *block;

	tour_step("The same again, and it is not the same",
		  "We ask for 256 KiB once more. This time it comes from the heap.");
	watch_named("[heap]");
	block = allocate(LARGE);
	watch_show();
	tour_why("The first free of a mapped block moved the threshold up to its size: who\n"
		 "frees such blocks will want more of them, and the heap is cheaper.");
	tour_check(in_heap(block), "the block lies in [heap]");
	free(block);
}

static void step_threshold(void)
{
	void *small, *large;

	tour_step("M_MMAP_THRESHOLD moves the line",
		  "mallopt sets it to 64 KiB, malloc_trim empties the heap (what is free there\n"
		  "is always used first); then we ask for 100 KiB and for 60 KiB.");
	mallopt(M_MMAP_THRESHOLD, 64 * KIB);
	malloc_trim(0);
	large = allocate(100 * KIB);
	small = allocate(60 * KIB);
	tour_line("60 KiB:  %s", in_heap(small) ? "[heap]" : "a mapping");
	tour_line("100 KiB: %s", in_heap(large) ? "[heap]" : "a mapping");
	tour_why("A threshold that is set by hand also stays where it is.");
	tour_check(in_heap(small), "60 KiB is below the line, so from the heap");
	tour_check(!in_heap(large), "100 KiB is above it, so a mapping");
	free(large);
	free(small);
}

static void step_middle(void)
{
	static const char *const fields[] = { "Size", "Rss", NULL };
	char *block[BLOCKS];
	long size, rss, trimmed;

	tour_step("free in the middle gives nothing back",
		  "We fill %d blocks of 16 KiB, then free all but the last.", BLOCKS);
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = allocate(BLOCK);
		touch_pages(block[i], BLOCK, 1);
	}
	size = smaps_kib(block[0], "Size");
	rss = smaps_kib(block[0], "Rss");
	smaps_print("filled", block[0], fields);
	for (int i = 0; i < BLOCKS - 1; i++)
		free(block[i]);
	smaps_print("all but the last freed", block[0], fields);
	tour_why("The heap can only shrink from its end, and there the last block still sits.");
	tour_check(smaps_kib(block[0], "Size") == size, "[heap] is as long as before");
	tour_check(smaps_kib(block[0], "Rss") == rss, "and holds as much memory");

	tour_step("malloc_trim", "malloc_trim(0) lets go of whole free pages, also in the middle.");
	malloc_trim(0);
	trimmed = smaps_kib(block[0], "Rss");
	smaps_print("trimmed", block[0], fields);
	tour_why("The addresses stay, the pages go (MADV_DONTNEED); the next touch brings new\n"
		 "ones.");
	tour_check(rss - trimmed > (long)(BLOCKS / 2 * BLOCK / KIB),
		   "%ld KiB of memory went back", rss - trimmed);

	tour_step("free at the end", "The last block goes; now the heap shrinks.");
	watch_named("[heap]");
	free(block[BLOCKS - 1]);
	watch_show();
	tour_why("When more than 128 KiB are free at the end (M_TRIM_THRESHOLD), free moves the\n"
		 "break down.");
	tour_check(smaps_kib(sbrk(0) - 1, "Size") < size, "[heap] is shorter than before");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "malloc",
		.title = "where malloc gets its memory",
		.intro = "malloc is no system call. It hands out memory that it got by brk (the\n"
			 "heap) or by mmap.",
	};

	tour_begin(&about, argc, argv);
	tour_say("This is the GNU C library %s.", gnu_get_libc_version());
	step_small();
	step_large();
	step_sliding();
	step_threshold();
	step_middle();
	return tour_end();
}
