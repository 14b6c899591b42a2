// SPDX-License-Identifier: GPL-2.0-or-later
/* How long does one more mmap take among many mappings? */
#include <math.h>
#include <stdlib.h>

#include "lib/lines.h"
#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

#define ROUNDS 50	/* between two looks at the clock */
#define ENOUGH_NS 100000000ull
#define SPARE 1000	/* of vm.max_map_count, for the program itself */

/* A VMA as an old kernel's list would have it; only the link matters here. */
struct node {
	struct node *next;
	char rest[184];
};

struct result {
	size_t mappings;
	unsigned long long mmap_ns, list_ns;
};

/* Every other page readable, so that none merges with the next; a hole in the middle. */
static char *make_mappings(size_t count)
{
	size_t length = (count + 1) * page_size;
	char *base = map_or_die(NULL, length, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t i = 0; i <= count; i += 2)
		if (mprotect(base + i * page_size, page_size, PROT_READ))
			tour_die("mprotect of page %zu", i);
	munmap(base + count / 2 * page_size, page_size);
	return base;
}

/* Of @once(@arg), over so long a time that a coarse clock and a busy machine matter little. */
static unsigned long long mean_ns(void (*once)(void *arg), void *arg)
{
	unsigned long long start = now_ns(), took, turns = 0;

	do {
		for (int i = 0; i < ROUNDS; i++)
			once(arg);
		turns += ROUNDS;
		took = now_ns() - start;
	} while (took < ENOUGH_NS);
	return took / turns;
}

static void map_and_unmap(void *hole)
{
	map_or_die(hole, page_size, PROT_WRITE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	munmap(hole, page_size);
}

static void walk(void *first)
{
	const struct node *node = first;

	while (node)
		node = __atomic_load_n(&node->next, __ATOMIC_RELAXED);
}

/* Walk to the middle of a list whose nodes lie in memory as chance put them. */
static unsigned long long time_list(size_t count)
{
	size_t bytes = count * sizeof(struct node);
	struct node *nodes = map_or_die(NULL, bytes, READ_WRITE, ANONYMOUS, -1, 0);
	unsigned int *order = malloc(count * sizeof(*order));
	unsigned long long ns;

	if (!order)
		tour_die("malloc");
	for (size_t i = 0; i < count; i++)
		order[i] = (unsigned int)i;
	for (size_t i = count - 1; i; i--) {
		size_t j = (size_t)rand() % (i + 1);
		unsigned int swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i + 1 < count / 2; i++)
		nodes[order[i]].next = &nodes[order[i + 1]];
	ns = mean_ns(walk, &nodes[order[0]]);
	free(order);
	munmap(nodes, bytes);
	return ns;
}

static struct result measure(size_t count)
{
	char *base = make_mappings(count);
	struct result result = { .mappings = maps_count(base, (count + 1) * page_size) };

	result.mmap_ns = mean_ns(map_and_unmap, base + count / 2 * page_size);
	munmap(base, (count + 1) * page_size);
	result.list_ns = time_list(count);
	return result;
}

/* Levels of a maple tree: up to 16 ranges in a leaf, 10 branches above. */
static int levels(size_t count)
{
	return count <= 16 ? 1 : 1 + (int)ceil(log((double)count / 16) / log(10));
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "search",
		.title = "one more mapping among many",
		.intro = "A process may have tens of thousands of mappings. Each mmap, munmap\n"
			 "and page fault must find its place among them.",
	};
	size_t counts[] = { 10, 1000, 60000 };
	struct result results[ARRAY_SIZE(counts)], *first = results, *last;
	long limit;

	tour_begin(&about, argc, argv);
	limit = lines_long("/proc/sys/vm/max_map_count");
	if (limit > 0 && counts[2] + SPARE > (size_t)limit)
		counts[2] = (size_t)limit > SPARE + counts[1] ? (size_t)limit - SPARE : counts[1];
	tour_say("vm.max_map_count allows %ld of them.", limit);
	tour_step("10, 1,000 and 60,000",
		  "Among so many mappings we map one page in the middle and unmap it, again and\n"
		  "again, for the mean time. Beside it, a model: a walk to the middle of a linked\n"
		  "list of as many nodes, as early kernels kept them.");

	tour_line("%8s  %15s  %14s  %12s  %15s", "mappings", "mmap and munmap", "levels of tree",
		  "list (model)", "nodes walked");
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		results[i] = measure(counts[i]);
		tour_line("%8zu  %12llu ns  %14d  %9llu ns  %15zu", results[i].mappings,
			  results[i].mmap_ns, levels(counts[i]), results[i].list_ns,
			  counts[i] / 2);
	}
	last = &results[ARRAY_SIZE(counts) - 1];
	tour_line("%8s  %13.1f x  %14s  %10.0f x", "growth",
		  (double)last->mmap_ns / (double)first->mmap_ns, "",
		  (double)last->list_ns / (double)(first->list_ns ? first->list_ns : 1));
	tour_why("The kernel keeps the ranges in a tree (since 6.1 a maple tree, with up to 16\n"
		 "ranges in a leaf), so thousands of mappings more are a few levels more; a\n"
		 "list would be walked node by node. The levels are an estimate for a full\n"
		 "tree.");
	tour_check(last->mappings == counts[2], "%zu mappings were there", last->mappings);
	tour_check(last->mmap_ns * first->list_ns < last->list_ns * first->mmap_ns,
		   "mmap slowed down by less than the list did");
	tour_check(last->mmap_ns < 20 * first->mmap_ns,
		   "and by less than 20 times, for %zu times as many mappings",
		   counts[2] / counts[0]);
	return tour_end();
}
