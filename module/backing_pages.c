// SPDX-License-Identifier: GPL-2.0
/*
 * Backing pages: any pages, one by one. What backing contig does the same way,
 * by the array of pages, stands here too.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "region.h"

/**
 * vmadev_pages_array() - get room for a region's array of pages
 * @region: the region
 * @gfp:    of the pages; says if the array is charged
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_pages_array(struct vmadev_region *region, gfp_t gfp)
{
	region->pages = kvcalloc(vmadev_region_pages(region), sizeof(*region->pages),
				 GFP_KERNEL | __GFP_NOWARN | (gfp & __GFP_ACCOUNT));
	return region->pages ? 0 : -ENOMEM;
}

/**
 * vmadev_pages_get_one() - allocate a page, or a block of pages
 * @gfp:   how
 * @order: of the block
 * @node:  from this NUMA node and no other; NUMA_NO_NODE: as the task's memory
 *	   policy says
 *
 * Return: the first page, or NULL.
 */
struct page *vmadev_pages_get_one(gfp_t gfp, unsigned int order, int node)
{
	if (node == NUMA_NO_NODE)
		return alloc_pages(gfp, order);
	return alloc_pages_node(node, gfp | __GFP_THISNODE, order);
}

/* The allocator looks for poison in single pages only: it stays out of circulation. */
static bool is_spoilt(struct page *folio, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (PageHWPoison(folio + i))
			return nr > 1;
	return false;
}

/**
 * vmadev_pages_put() - let go of a region's pages, and empty its array
 * @region: whose array may be filled in part, by whole folios
 */
void vmadev_pages_put(struct vmadev_region *region)
{
	unsigned long i, nr, n = vmadev_region_pages(region);

	for (i = 0; i < n && region->pages[i]; i += nr) {
		unsigned int order = compound_order(region->pages[i]);

		nr = 1ul << order;
		if (!is_spoilt(region->pages[i], nr))
			__free_pages(region->pages[i], order);
		memset(region->pages + i, 0, nr * sizeof(*region->pages));
		cond_resched();
	}
}

/**
 * vmadev_pages_free() - see &struct vmadev_backing
 * @region: the region
 */
void vmadev_pages_free(struct vmadev_region *region)
{
	vmadev_pages_put(region);
	kvfree(region->pages);
}

static int pages_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long i, n = vmadev_region_pages(region);
	int err;

	err = vmadev_pages_array(region, gfp);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		region->pages[i] = vmadev_pages_get_one(gfp, 0, node);
		err = !region->pages[i] ? -ENOMEM : fatal_signal_pending(current) ? -EINTR : 0;
		if (err) {
			vmadev_pages_free(region);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/**
 * vmadev_pages_get_page() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  which page
 */
struct page *vmadev_pages_get_page(const struct vmadev_region *region, pgoff_t pgoff)
{
	struct page *page = region->pages[pgoff];

	if (PageHWPoison(page))
		return NULL;
	get_page(page);
	return page;
}

/**
 * vmadev_pages_pfn() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  the first page
 * @nr:     how many are wanted; gets how many are contiguous
 */
unsigned long vmadev_pages_pfn(const struct vmadev_region *region, pgoff_t pgoff,
			       unsigned long *nr)
{
	struct page **page = region->pages + pgoff;
	const bool one_run = region->run_bytes == region->bytes;
	unsigned long n, pfn = page_to_pfn(*page);

	for (n = 0; n < *nr; n++)
		if (PageHWPoison(page[n]) || (!one_run && page_to_pfn(page[n]) != pfn + n))
			break;
	*nr = n;
	return pfn;
}

/**
 * vmadev_pages_page_array() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  the first page
 */
struct page **vmadev_pages_page_array(const struct vmadev_region *region, pgoff_t pgoff)
{
	return region->pages + pgoff;
}

/*
 * The copies go through _copy_to_iter() on a mapped page rather than through
 * copy_page_to_iter(), which on 6.1 hands the page itself to a pipe: a pipe
 * wants page cache, and would see later writes. copy_to_iter() would look in vain,
 * as that function does not, for the object of the heap that the bytes are of.
 */
static size_t copy_one(struct page *page, size_t off, size_t want, struct iov_iter *iter,
		       bool to_user)
{
	void *kaddr = kmap_local_page(page);
	size_t got;

	if (to_user) {
		flush_dcache_page(page);
		got = _copy_to_iter(kaddr + off, want, iter);
	} else {
		got = _copy_from_iter(kaddr + off, want, iter);
		flush_dcache_page(page);
	}
	kunmap_local(kaddr);
	return got;
}

static ssize_t pages_copy(struct vmadev_region *region, loff_t pos, struct iov_iter *iter,
			  bool to_user)
{
	ssize_t done = 0, err = -EFAULT;

	while (iov_iter_count(iter)) {
		size_t off = offset_in_page(pos + done);
		size_t want = min_t(size_t, iov_iter_count(iter), PAGE_SIZE - off), got;
		struct page *page;

		vmadev_region_read_lock();
		page = vmadev_pages_get_page(region, (pos + done) >> PAGE_SHIFT);
		vmadev_region_read_unlock();
		if (!page) {
			err = -EIO;
			break;
		}
		got = copy_one(page, off, want, iter, to_user);
		put_page(page);
		done += got;
		if (got < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ?: err;
}

/**
 * vmadev_pages_read() - see &struct vmadev_backing
 * @region: the region
 * @pos:    where
 * @to:     into what
 */
ssize_t vmadev_pages_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to)
{
	return pages_copy(region, pos, to, true);
}

/**
 * vmadev_pages_write() - see &struct vmadev_backing
 * @region: the region
 * @pos:    where
 * @from:   out of what
 */
ssize_t vmadev_pages_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from)
{
	return pages_copy(region, pos, from, false);
}

const struct vmadev_backing vmadev_backing_pages = {
	.id		= VMADEV_BACKING_PAGES,
	.name		= "pages",
	.strategy	= VMADEV_STRATEGY_PAGE,
	.observed	= VMADEV_STATS_ALL,
	.capped		= true,
	.on_node	= true,
	.alloc		= pages_alloc,
	VMADEV_PAGES_OPS,
};
