// SPDX-License-Identifier: GPL-2.0
/*
 * Backing contig: one physical run where the kernel can give one, else the
 * largest runs it gives.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "compat.h"
#include "region.h"

static int cmp_pfn(const void *a, const void *b)
{
	unsigned long x = page_to_pfn(*(struct page **)a);
	unsigned long y = page_to_pfn(*(struct page **)b);

	return x < y ? -1 : x > y;
}

/* A large order is worth a try, not the trouble of reclaim: there is a next best. */
static gfp_t try_gfp(gfp_t gfp)
{
	return (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY;
}

/*
 * The buddy allocator gives up to MAX_PAGE_ORDER at once; what is over goes
 * back. Only for more is it worth to have others' pages moved.
 */
static struct page *alloc_one_run(unsigned long n, gfp_t gfp, int node)
{
	unsigned int order = fls_long(n - 1);
	struct page *page;
	unsigned long i;

	if (order > MAX_PAGE_ORDER)
		return vmadev_alloc_contig_pages(n, gfp, node);
	page = alloc_pages_node(node, try_gfp(gfp), order);
	if (!page)
		return NULL;
	split_page(page, order);
	for (i = n; i < 1ul << order; i++)
		__free_page(page + i);
	return page;
}

static int alloc_blocks(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long i = 0, j, n = vmadev_region_pages(region);
	unsigned int order = MAX_PAGE_ORDER;

	while (i < n) {
		struct page *page;

		order = min_t(unsigned int, order, __fls(n - i));
		page = alloc_pages_node(node, order ? try_gfp(gfp) : gfp, order);
		if (!page) {
			if (!order)
				return -ENOMEM;
			order--;
			continue;
		}
		split_page(page, order);
		for (j = 0; j < 1ul << order; j++)
			region->pages[i++] = page + j;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	/* Blocks handed out one after the other are often neighbours. */
	sort(region->pages, n, sizeof(*region->pages), cmp_pfn, NULL);
	return 0;
}

static u64 shortest_run(const struct vmadev_region *region)
{
	unsigned long i, n = vmadev_region_pages(region), shortest = n, run = 1;

	for (i = 1; i < n; i++, run++) {
		if (page_to_pfn(region->pages[i]) == page_to_pfn(region->pages[i - 1]) + 1)
			continue;
		shortest = min(shortest, run);
		run = 0;
	}
	return (u64)min(shortest, run) << PAGE_SHIFT;
}

static int contig_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long i, n = vmadev_region_pages(region);
	struct page *page;
	int err;

	/* What these pages are asked for does not go with being charged. */
	gfp &= ~__GFP_ACCOUNT;
	if (node != NUMA_NO_NODE)
		gfp |= __GFP_THISNODE;
	err = vmadev_pages_array(region, gfp);
	if (err)
		return err;

	page = alloc_one_run(n, gfp, node);
	if (page)
		for (i = 0; i < n; i++)
			region->pages[i] = page + i;
	else
		err = alloc_blocks(region, gfp, node);
	if (err) {
		vmadev_pages_free(region);
		return err;
	}
	region->run_bytes = shortest_run(region);
	return 0;
}

const struct vmadev_backing vmadev_backing_contig = {
	.id		= VMADEV_BACKING_CONTIG,
	.name		= "contig",
	.strategy	= VMADEV_STRATEGY_PAGE,
	.observed	= VMADEV_STATS_ALL,
	.capped		= true,
	.on_node	= true,
	.alloc		= contig_alloc,
	.free		= vmadev_pages_free,
	.read		= vmadev_pages_read,
	.write		= vmadev_pages_write,
};
