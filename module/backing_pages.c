// SPDX-License-Identifier: GPL-2.0
/*
 * Backing pages: any pages, one by one. What backing contig does the same way,
 * by the array of pages, stands here too.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "dirty.h"
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
	region->room = vmadev_region_pages(region);
	region->pages = kvcalloc(region->room, sizeof(*region->pages),
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
 * @pages: the array, which may have holes, between whole folios
 * @n:	   how many
 */
void vmadev_pages_put(struct page **pages, unsigned long n)
{
	unsigned long i, nr;

	for (i = 0; i < n; i += nr) {
		unsigned int order = pages[i] ? compound_order(pages[i]) : 0;

		nr = 1ul << order;
		if (!pages[i])
			continue;
		if (!is_spoilt(pages[i], nr))
			__free_pages(pages[i], order);
		memset(pages + i, 0, nr * sizeof(*pages));
		cond_resched();
	}
}

/**
 * vmadev_pages_free() - see &struct vmadev_backing
 * @region: the region
 */
void vmadev_pages_free(struct vmadev_region *region)
{
	vmadev_pages_put(region->pages, vmadev_region_pages(region));
	vmadev_limbo_free(region);
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
 * vmadev_pages_fill_one() - put a page where there is a hole
 * @region: the caller holds vmadev_region_read_lock(); others may do the same
 * @pgoff:  where
 *
 * Return: the page that is there then, or NULL for no memory.
 */
struct page *vmadev_pages_fill_one(const struct vmadev_region *region, pgoff_t pgoff)
{
	struct page *page = vmadev_pages_get_one(region->gfp, 0, region->node), *other;

	if (!page)
		return NULL;
	other = cmpxchg(&region->pages[pgoff], NULL, page);
	if (!other)
		return page;
	__free_page(page);
	return other;
}

/* What is there, whole and with no reference. */
static struct page *page_at(const struct vmadev_region *region, pgoff_t pgoff)
{
	struct page *page = READ_ONCE(region->pages[pgoff]);

	if (!page) {
		page = vmadev_pages_fill_one(region, pgoff);
		if (!page)
			return ERR_PTR(-ENOMEM);
	}
	return PageHWPoison(page) ? ERR_PTR(-EIO) : page;
}

/**
 * vmadev_pages_get_page() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  which page
 */
struct page *vmadev_pages_get_page(const struct vmadev_region *region, pgoff_t pgoff)
{
	struct page *page = page_at(region, pgoff);

	if (!IS_ERR(page))
		get_page(page);
	return page;
}

static bool any_of_eight_poisoned(struct page **page)
{
	return PageHWPoison(page[0]) | PageHWPoison(page[1]) | PageHWPoison(page[2]) |
	       PageHWPoison(page[3]) | PageHWPoison(page[4]) | PageHWPoison(page[5]) |
	       PageHWPoison(page[6]) | PageHWPoison(page[7]);
}

/*
 * How many of @nr pages, from the first on, are not poisoned. Each is looked at: of pages
 * that it does not know, memory failure marks the page, and not its folio. That is most of
 * what a huge entry costs, hence by eights.
 */
static unsigned long count_healthy(struct page **page, unsigned long nr)
{
	unsigned long n;

	for (n = 0; n + 8 <= nr; n += 8)
		if (any_of_eight_poisoned(page + n))
			break;
	while (n < nr && !PageHWPoison(page[n]))
		n++;
	return n;
}

/* How many of @nr pages, from the first on, have PFNs one after the other. */
static unsigned long count_contiguous(struct page **page, unsigned long nr)
{
	unsigned long n, pfn = page_to_pfn(*page);

	for (n = 1; n < nr && page_to_pfn(page[n]) == pfn + n; n++)
		;
	return n;
}

/**
 * vmadev_pages_pfn() - see &struct vmadev_backing
 * @region: the region; has no holes
 * @pgoff:  the first page
 * @nr:     how many are wanted; gets how many are contiguous
 */
unsigned long vmadev_pages_pfn(const struct vmadev_region *region, pgoff_t pgoff,
			       unsigned long *nr)
{
	struct page **page = region->pages + pgoff;

	if (!region->one_run && *nr > 1ul << compound_order(*page))
		*nr = count_contiguous(page, *nr);
	*nr = count_healthy(page, *nr);
	return page_to_pfn(*page);
}

/**
 * vmadev_pages_pages() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  the first page
 */
struct page **vmadev_pages_pages(const struct vmadev_region *region, pgoff_t pgoff)
{
	return region->pages + pgoff;
}

/**
 * vmadev_pages_page_array() - see &struct vmadev_backing
 * @region: the region
 * @pgoff:  the first page
 * @nr:	    how many
 */
struct page **vmadev_pages_page_array(const struct vmadev_region *region, pgoff_t pgoff,
				      unsigned long nr)
{
	struct page **pages = region->pages + pgoff;
	unsigned long i;

	if (!region->holes)
		return count_healthy(pages, nr) == nr ? pages : ERR_PTR(-EIO);
	for (i = 0; i < nr; i++) {
		struct page *page = page_at(region, pgoff + i);

		if (IS_ERR(page))
			return ERR_CAST(page);
	}
	return pages;
}

/**
 * vmadev_page_copy() - copy between a page and a caller's buffer
 * @page:    the page
 * @off:     in it
 * @want:    bytes
 * @iter:    the buffer
 * @to_user: into it
 *
 * The copies go through _copy_to_iter() on a mapped page rather than through
 * copy_page_to_iter(), which on 6.1 hands the page itself to a pipe: a pipe
 * wants page cache, and would see later writes. copy_to_iter() would look in vain,
 * as that function does not, for the object of the heap that the bytes are of.
 *
 * Return: bytes copied.
 */
size_t vmadev_page_copy(struct page *page, size_t off, size_t want, struct iov_iter *iter,
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

/*
 * With a reference. NULL: it is past the end by now; -EPERM, -ENODEV: sealed, revoked by now.
 * What is to be written to is logged already: who takes it out of the log finds the reference.
 */
static struct page *get_page_to_copy(const struct vmadev_region *region, pgoff_t pgoff,
				     bool to_user)
{
	struct page *page = NULL;

	vmadev_region_read_lock();
	if (!to_user && vmadev_region_sealed(region, VMADEV_SEALS_WRITE)) {
		page = ERR_PTR(-EPERM);
	} else if (vmadev_region_has(region, pgoff, 1)) {
		page = READ_ONCE(region->pages[pgoff]);
		if (!page && to_user)
			page = ZERO_PAGE(0);
		if (likely(page && !PageHWPoison(page)))
			get_page(page);
		else
			page = vmadev_pages_get_page(region, pgoff);
		if (!to_user && vmadev_logs(region) && !IS_ERR(page))
			vmadev_log_page(region, pgoff);
	} else if (vmadev_region_revoked(region)) {
		page = ERR_PTR(-ENODEV);
	}
	vmadev_region_read_unlock();
	return page;
}

static ssize_t pages_copy(struct vmadev_region *region, loff_t pos, struct iov_iter *iter,
			  bool to_user)
{
	ssize_t done = 0, err = -EFAULT;

	while (iov_iter_count(iter)) {
		size_t off = offset_in_page(pos + done);
		size_t want = min_t(size_t, iov_iter_count(iter), PAGE_SIZE - off), got;
		struct page *page;

		page = get_page_to_copy(region, (pos + done) >> PAGE_SHIFT, to_user);
		if (IS_ERR_OR_NULL(page)) {
			err = page ? PTR_ERR(page) : to_user ? 0 : -ENOSPC;
			break;
		}
		got = vmadev_page_copy(page, off, want, iter, to_user);
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

/**
 * vmadev_pages_zero() - see &struct vmadev_backing
 * @region: the region
 * @pos:    from where
 * @len:    bytes
 */
int vmadev_pages_zero(struct vmadev_region *region, loff_t pos, loff_t len)
{
	while (len) {
		size_t off = offset_in_page(pos), n = min_t(loff_t, len, PAGE_SIZE - off);
		struct page *page = get_page_to_copy(region, pos >> PAGE_SHIFT, false);

		if (IS_ERR(page))
			return PTR_ERR(page);
		memzero_page(page, off, n);
		put_page(page);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		pos += n;
		len -= n;
	}
	return 0;
}

/**
 * vmadev_pages_fill() - see &struct vmadev_backing
 * @region: the region
 * @pos:    from where
 * @len:    bytes
 */
int vmadev_pages_fill(struct vmadev_region *region, loff_t pos, loff_t len)
{
	pgoff_t pgoff = pos >> PAGE_SHIFT, last = (pos + len - 1) >> PAGE_SHIFT;

	for (; region->holes && pgoff <= last; pgoff++) {
		struct page *page;

		vmadev_region_read_lock();
		page = vmadev_pages_get_page(region, pgoff);
		vmadev_region_read_unlock();
		if (page == ERR_PTR(-ENOMEM))
			return -ENOMEM;
		if (!IS_ERR(page))
			put_page(page);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

const struct vmadev_backing vmadev_backing_pages = {
	.id		= VMADEV_BACKING_PAGES,
	.name		= "pages",
	.strategy	= VMADEV_STRATEGY_PAGE,
	.observed	= VMADEV_STATS_ALL,
	.copies		= 1,
	.locked		= true,
	.on_node	= true,
	.alloc		= pages_alloc,
	VMADEV_PAGES_OPS,
	.resize		= vmadev_pages_resize,
	.punch		= vmadev_pages_punch,
	.seek		= vmadev_pages_seek,
};
