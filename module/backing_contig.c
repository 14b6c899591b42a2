// SPDX-License-Identifier: GPL-2.0
/*
 * Backing contig: one physically contiguous range where the kernel can give one,
 * else the largest ranges it gives. In folios of up to the size that one PMD maps,
 * where these can be had. So its size is fixed, and what is punched stays its memory.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "compat.h"
#include "region.h"

/* The largest folio that is asked for: larger ones are not mapped by a PMD. */
#define FOLIO_ORDER	min_t(unsigned int, PMD_SHIFT - PAGE_SHIFT, MAX_PAGE_ORDER)

/* A large order is worth a try, not the trouble of reclaim: there is a next best. */
static gfp_t try_gfp(gfp_t gfp)
{
	return (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY;
}

/* Fill the array from @i on; returns where it ends. */
static unsigned long array_fill(struct vmadev_region *region, unsigned long i,
				struct page *first, unsigned long nr)
{
	unsigned long j;

	for (j = 0; j < nr; j++)
		region->pages[i + j] = first + j;
	return i + nr;
}

static int cmp_page(const void *a, const void *b)
{
	unsigned long x = page_to_pfn(*(struct page **)a);
	unsigned long y = page_to_pfn(*(struct page **)b);

	cond_resched();		/* of small blocks there can be a great many */
	return x < y ? -1 : x > y;
}

/*
 * Put blocks of one order in the order of their PFNs: those that are handed out
 * one after the other are often neighbours. Their first pages are gathered at the
 * front, sorted, and spread again, from the last one down.
 */
static void sort_blocks(struct vmadev_region *region, unsigned long begin, unsigned long end,
			unsigned int order)
{
	struct page **first = region->pages + begin;
	unsigned long i, n = (end - begin) >> order;

	for (i = 0; i < n; i++)
		first[i] = first[i << order];
	sort(first, n, sizeof(*first), cmp_page, NULL);
	while (n--) {
		array_fill(region, begin + (n << order), first[n], 1ul << order);
		cond_resched();
	}
}

/*
 * The buddy allocator gives up to MAX_PAGE_ORDER at once. Only for more is it worth
 * to have others' pages moved, and then it begins where a folio could. What is over
 * goes back.
 */
static struct page *alloc_one_range(unsigned long n, gfp_t gfp, int node)
{
	unsigned int order = fls_long(n - 1);
	unsigned long i, got = order > MAX_PAGE_ORDER ? ALIGN(n, 1ul << FOLIO_ORDER) : 1ul << order;
	struct page *page;

	if (order > MAX_PAGE_ORDER) {
		page = vmadev_alloc_contig_pages(got, gfp | __GFP_THISNODE, node);
	} else {
		page = vmadev_pages_get_one(try_gfp(gfp), order, node);
		if (page)
			split_page(page, order);
	}
	for (i = n; page && i < got; i++)
		__free_page(page + i);
	return page;
}

/*
 * Folios that do not make one contiguous range, of one node, are given up for
 * such a range if it can be had: it is what the backing is for.
 */
static bool prefer_one_range(struct vmadev_region *region, unsigned long got, gfp_t gfp)
{
	unsigned long n = vmadev_region_pages(region);
	int node = page_to_nid(region->pages[0]);
	struct page *page;

	if (page_to_nid(region->pages[got - 1]) != node)
		return false;
	page = alloc_one_range(n, gfp, node);
	if (!page)
		return false;
	vmadev_pages_put(region->pages, n);
	array_fill(region, 0, page, n);
	return true;
}

/**
 * struct span - the PFNs of folios that lie side by side
 * @begin: the first
 * @end:   the one after the last
 */
struct span {
	unsigned long begin, end;
};

/* @below: those of one order come in any order, and are sorted; smaller ones come after them. */
static bool span_takes(struct span *span, unsigned long pfn, unsigned long nr, bool below)
{
	if (span->begin == span->end)
		*span = (struct span){ pfn, pfn + nr };
	else if (pfn == span->end)
		span->end += nr;
	else if (below && pfn + nr == span->begin)
		span->begin = pfn;
	else
		return false;
	return true;
}

/*
 * The array by folios, the largest first, so that each is aligned in the region. The first
 * one that lies apart is the time to ask for one range, not the last: all are zeroed.
 */
static int alloc_folios(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long i = 0, begin = 0, n = vmadev_region_pages(region);
	unsigned int order = FOLIO_ORDER;
	bool side_by_side = true;
	struct span span = {};

	while (i < n) {
		gfp_t how = order ? try_gfp(gfp) | __GFP_COMP : gfp;
		struct page *page = NULL;

		if (n - i >= 1ul << order)
			page = vmadev_pages_get_one(how, order, node);
		if (!page && !order)
			return -ENOMEM;
		if (page) {
			unsigned long nr = 1ul << order;

			i = array_fill(region, i, page, nr);
			if (side_by_side && !span_takes(&span, page_to_pfn(page), nr, !begin)) {
				side_by_side = false;
				if (prefer_one_range(region, i, gfp))
					return 0;
			}
		} else {
			sort_blocks(region, begin, i, order--);
			begin = i;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	sort_blocks(region, begin, n, order);
	return 0;
}

/* Of the largest block of 2^order pages in a run that begins at a multiple of its size. */
static unsigned int largest_order(unsigned long pfn, unsigned long nr)
{
	unsigned int order = fls_long(nr) - 1;

	while (ALIGN(pfn, 1ul << order) + (1ul << order) > pfn + nr)
		order--;
	return order;
}

/* The shortest contiguous range, and on the way the largest block that is aligned. */
static unsigned long measure(struct vmadev_region *region)
{
	unsigned long i, nr, n = vmadev_region_pages(region), shortest = n;

	region->order = 0;
	for (i = 0; i < n; i += nr) {
		unsigned long pfn;

		nr = n - i;
		pfn = vmadev_pages_pfn(region, i, &nr);
		nr = nr ?: 1;	/* poisoned already */
		shortest = min(shortest, nr);
		region->order = max(region->order, largest_order(pfn, nr));
		cond_resched();
	}
	return shortest;
}

static int contig_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	int err;

	/* What these pages are asked for does not go with being charged. */
	gfp &= ~__GFP_ACCOUNT;
	err = vmadev_pages_array(region, gfp);
	if (err)
		return err;
	err = alloc_folios(region, gfp, node);
	if (err) {
		vmadev_pages_free(region);
		return err;
	}
	region->run_bytes = (u64)measure(region) << PAGE_SHIFT;
	region->one_run = region->run_bytes == vmadev_region_bytes(region);
	return 0;
}

const struct vmadev_backing vmadev_backing_contig = {
	.id		= VMADEV_BACKING_CONTIG,
	.name		= "contig",
	.strategy	= VMADEV_STRATEGY_PAGE,
	.observed	= VMADEV_STATS_ALL,
	.copies		= 1,
	.locked		= true,
	.on_node	= true,
	.alloc		= contig_alloc,
	VMADEV_PAGES_OPS,
	.pfn		= vmadev_pages_pfn,
	.punch		= vmadev_pages_zero,
};
