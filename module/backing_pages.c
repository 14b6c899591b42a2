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
 * vmadev_pages_free() - let go of a region's pages
 * @region: whose array may be filled in part
 */
void vmadev_pages_free(struct vmadev_region *region)
{
	unsigned long i, n = vmadev_region_pages(region);

	for (i = 0; i < n && region->pages[i]; i++) {
		__free_page(region->pages[i]);
		cond_resched();
	}
	kvfree(region->pages);
}

static int pages_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long i, n = vmadev_region_pages(region);
	int err;

	if (node != NUMA_NO_NODE)
		gfp |= __GFP_THISNODE;
	err = vmadev_pages_array(region, gfp);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		region->pages[i] = alloc_pages_node(node, gfp, 0);
		err = !region->pages[i] ? -ENOMEM : fatal_signal_pending(current) ? -EINTR : 0;
		if (err) {
			vmadev_pages_free(region);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/*
 * The copies go through copy_to_iter() on a mapped page rather than through
 * copy_page_to_iter(), which on 6.1 hands the page itself to a pipe: a pipe
 * wants page cache, and would see later writes.
 */
static ssize_t pages_copy(struct vmadev_region *region, loff_t pos, struct iov_iter *iter,
			  bool to_user)
{
	ssize_t done = 0;

	while (iov_iter_count(iter)) {
		struct page *page = region->pages[(pos + done) >> PAGE_SHIFT];
		size_t off = offset_in_page(pos + done);
		size_t want = min_t(size_t, iov_iter_count(iter), PAGE_SIZE - off);
		void *kaddr = kmap_local_page(page);
		size_t got;

		if (to_user) {
			flush_dcache_page(page);
			got = copy_to_iter(kaddr + off, want, iter);
		} else {
			got = copy_from_iter(kaddr + off, want, iter);
			flush_dcache_page(page);
		}
		kunmap_local(kaddr);
		done += got;
		if (got < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ?: -EFAULT;
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
	.free		= vmadev_pages_free,
	.read		= vmadev_pages_read,
	.write		= vmadev_pages_write,
};
