// SPDX-License-Identifier: GPL-2.0
/*
 * Backing media: live bytes in the page cache of the region's own inode, and beneath it
 * a medium, of pages that are there once something was made durable. What a crash
 * leaves is the medium.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/writeback.h>

#include "compat.h"
#include "media.h"
#include "region.h"
#include "trace.h"

/**
 * vmadev_media_page() - the page of the medium, made if there is none
 * @region: the region
 * @pgoff:  which
 *
 * Return: the page, or NULL for no memory.
 */
struct page *vmadev_media_page(struct vmadev_region *region, pgoff_t pgoff)
{
	struct xarray *pages = &region->media->pages;
	struct page *page = xa_load(pages, pgoff), *other;

	if (page)
		return page;
	page = vmadev_pages_get_one(region->gfp, 0, region->node);
	if (!page)
		return NULL;
	other = xa_cmpxchg(pages, pgoff, NULL, page, GFP_KERNEL | __GFP_NOWARN);
	if (!other)
		return page;
	__free_page(page);
	return xa_is_err(other) ? NULL : other;
}

static void medium_erase(struct vmadev_media *media, pgoff_t pgoff, pgoff_t last)
{
	struct page *page;
	unsigned long i;

	xa_for_each_range(&media->pages, i, page, pgoff, last) {
		xa_erase(&media->pages, i);
		__free_page(page);
		cond_resched();
	}
}

static int media_read_folio(struct file *file, struct folio *folio)
{
	struct vmadev_region *region = folio->mapping->host->i_private;
	struct page *page = xa_load(&region->media->pages, folio->index);

	if (page)
		copy_highpage(folio_page(folio, 0), page);
	else
		clear_highpage(folio_page(folio, 0));
	flush_dcache_folio(folio);
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

/* Each way to store comes by here, the first time after a sync. */
static bool media_dirty_folio(struct address_space *mapping, struct folio *folio)
{
	const struct vmadev_region *region = mapping->host->i_private;
	bool newly = filemap_dirty_folio(mapping, folio);

	if (newly)
		trace_vmadev_dirty(region->id, folio->index);
	return newly;
}

static const struct address_space_operations media_aops = {
	.read_folio	= media_read_folio,
	.dirty_folio	= media_dirty_folio,
	.migrate_folio	= filemap_migrate_folio,
	.writepages	= vmadev_media_writepages,
};

static int media_fill(struct vmadev_region *region, loff_t pos, loff_t len)
{
	pgoff_t pgoff = pos >> PAGE_SHIFT, last = (pos + len - 1) >> PAGE_SHIFT;

	for (; pgoff <= last; pgoff++) {
		if (!vmadev_media_page(region, pgoff))
			return -ENOMEM;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static void media_free(struct vmadev_region *region)
{
	medium_erase(region->media, 0, ULONG_MAX);
	xa_destroy(&region->media->pages);
	kfree(region->media);
}

/* The default region has to become durable where nobody could be told of no memory. */
static int media_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	int err = 0;

	region->media = kzalloc_obj(*region->media, GFP_KERNEL | (gfp & __GFP_ACCOUNT));
	if (!region->media)
		return -ENOMEM;
	xa_init_flags(&region->media->pages, gfp & __GFP_ACCOUNT ? XA_FLAGS_ACCOUNT : 0);
	init_rwsem(&region->media->frozen);
	if (region->fixed)
		err = media_fill(region, 0, vmadev_region_bytes(region));
	if (err)
		media_free(region);
	return err;
}

/* A live page with a reference. NULL: the region ends before it, by now. */
static struct folio *get_folio(struct vmadev_region *region, pgoff_t pgoff)
{
	struct folio *folio;

	if (!vmadev_region_has(region, pgoff, 1))
		return NULL;
	folio = read_mapping_folio(vmadev_region_mapping(region), pgoff, NULL);
	if (!IS_ERR(folio) && PageHWPoison(folio_page(folio, 0))) {
		folio_put(folio);
		return ERR_PTR(-EIO);
	}
	return folio;
}

static ssize_t media_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	ssize_t done = 0, err = -EFAULT;

	while (iov_iter_count(to)) {
		size_t off = offset_in_page(pos + done);
		size_t want = min_t(size_t, iov_iter_count(to), PAGE_SIZE - off), got;
		struct folio *folio;

		filemap_invalidate_lock_shared(mapping);
		folio = get_folio(region, (pos + done) >> PAGE_SHIFT);
		filemap_invalidate_unlock_shared(mapping);
		if (IS_ERR_OR_NULL(folio)) {
			err = PTR_ERR(folio);
			break;
		}
		got = vmadev_page_copy(folio_page(folio, 0), off, want, to, true);
		folio_put(folio);
		done += got;
		if (got < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ?: err;
}

/* A live page, locked, with a reference, read in if it was not there. NULL: as of get_folio(). */
static struct folio *lock_folio(struct vmadev_region *region, pgoff_t pgoff)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	struct folio *folio;

	for (;;) {
		folio = get_folio(region, pgoff);
		if (IS_ERR_OR_NULL(folio))
			return folio;
		folio_lock(folio);
		if (folio->mapping == mapping)
			return folio;
		/* Memory was short. */
		folio_unlock(folio);
		folio_put(folio);
	}
}

/**
 * vmadev_media_put() - write live bytes of a region that nobody else has yet
 * @region: the region; else the caller holds vmadev_region_read_lock()
 * @pos:    where to
 * @page:   where from; there they are at the same offset into the page
 * @n:	    bytes, up to the end of the page
 *
 * Return: 0; -ENOSPC, the region ends before; -ENOMEM; -EIO, the page is poisoned.
 */
int vmadev_media_put(struct vmadev_region *region, loff_t pos, struct page *page, size_t n)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	size_t off = offset_in_page(pos);
	struct folio *folio;

	filemap_invalidate_lock_shared(mapping);
	folio = lock_folio(region, pos >> PAGE_SHIFT);
	if (!IS_ERR_OR_NULL(folio)) {
		memcpy_page(folio_page(folio, 0), off, page, off, n);
		flush_dcache_folio(folio);
		folio_mark_dirty(folio);
		folio_unlock(folio);
		folio_put(folio);
	}
	filemap_invalidate_unlock_shared(mapping);
	return folio ? PTR_ERR_OR_ZERO(folio) : -ENOSPC;
}

/* As vmadev_media_put(), of any region; -EPERM, it is sealed, by now. */
static int store(struct vmadev_region *region, loff_t pos, struct page *page, size_t n)
{
	int err = -EPERM;

	vmadev_region_read_lock();
	if (!vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		err = vmadev_media_put(region, pos, page, n);
	vmadev_region_read_unlock();
	return err;
}

/* By a page of its own: the caller's buffer may be the page that is to be locked. */
static ssize_t media_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	ssize_t done = 0, err = -EFAULT;

	if (!page)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		size_t off = offset_in_page(pos + done);
		size_t want = min_t(size_t, iov_iter_count(from), PAGE_SIZE - off);
		size_t got = vmadev_page_copy(page, off, want, from, false);

		if (!got)
			break;
		err = store(region, pos + done, page, got);
		if (err) {
			iov_iter_revert(from, got);
			break;
		}
		done += got;
		/* Where the kernel writes back, it has those wait who are faster. */
		if (region->mounted)
			balance_dirty_pages_ratelimited(vmadev_region_mapping(region));
		if (got < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	__free_page(page);
	return done ?: err;
}

/* The caller holds invalidate_lock: nobody reads the medium, or adds to the page cache. */
static void take(struct vmadev_region *region, pgoff_t pgoff, unsigned long nr, bool even_copies)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	loff_t start = (loff_t)pgoff << PAGE_SHIFT, end = (loff_t)(pgoff + nr) << PAGE_SHIFT;

	/* Not truncate_pagecache(), where a 32-bit kernel loses what is above 4 GiB. */
	unmap_mapping_pages(mapping, pgoff, nr, even_copies);
	truncate_inode_pages_range(mapping, start, end - 1);
	/* A fault may have copied a page before that was not the region's any more. */
	if (even_copies)
		unmap_mapping_pages(mapping, pgoff, nr, true);
}

/**
 * vmadev_media_drop_cache() - forget the live bytes, also those that are not durable
 * @region:	 the region; its inode is locked
 * @even_copies: and unmap private copies
 */
void vmadev_media_drop_cache(struct vmadev_region *region, bool even_copies)
{
	struct address_space *mapping = vmadev_region_mapping(region);

	filemap_invalidate_lock(mapping);
	take(region, 0, vmadev_region_pages(region), even_copies);
	filemap_invalidate_unlock(mapping);
}

static int media_resize(struct vmadev_region *region, unsigned long nr_pages)
{
	unsigned long n = vmadev_region_pages(region);
	struct address_space *mapping = vmadev_region_mapping(region);

	if (nr_pages > n) {
		WRITE_ONCE(region->nr_pages, nr_pages);
		return 0;
	}
	filemap_invalidate_lock(mapping);
	WRITE_ONCE(region->nr_pages, nr_pages);
	i_size_write(region->inode, (loff_t)nr_pages << PAGE_SHIFT);
	take(region, nr_pages, n - nr_pages, true);
	medium_erase(region->media, nr_pages, ULONG_MAX);
	filemap_invalidate_unlock(mapping);
	return 0;
}

/* A hole of the medium, over which nothing was stored since the last sync, is zeros. */
static bool is_data(const struct vmadev_region *region, pgoff_t pgoff)
{
	return xa_load(&region->media->pages, pgoff) ||
	       xa_get_mark(&vmadev_region_mapping(region)->i_pages, pgoff, PAGECACHE_TAG_DIRTY);
}

static int punch_part(struct vmadev_region *region, loff_t pos, loff_t end)
{
	if (pos >= end || !is_data(region, pos >> PAGE_SHIFT))
		return 0;
	return store(region, pos, ZERO_PAGE(0), end - pos);
}

/* Whole pages are durable zeros at once, as a size is durable at once. */
static int media_punch(struct vmadev_region *region, loff_t pos, loff_t len)
{
	loff_t end = pos + len, first = round_up(pos, PAGE_SIZE), last = round_down(end, PAGE_SIZE);
	struct address_space *mapping = vmadev_region_mapping(region);
	int err = punch_part(region, pos, min(first, end));

	if (!err && last >= first)
		err = punch_part(region, last, end);
	if (err || last <= first)
		return err;
	filemap_invalidate_lock(mapping);
	take(region, first >> PAGE_SHIFT, (last - first) >> PAGE_SHIFT, false);
	medium_erase(region->media, first >> PAGE_SHIFT, (last >> PAGE_SHIFT) - 1);
	filemap_invalidate_unlock(mapping);
	return 0;
}

/*
 * A size is durable at once, and what is past it is zeros on the medium then, whatever of the
 * page was stored before the end since its last sync: that is durable only by the next one.
 */
static int media_cut(struct vmadev_region *region, loff_t pos, loff_t len)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	pgoff_t pgoff = pos >> PAGE_SHIFT;
	size_t off = offset_in_page(pos);
	struct folio *folio;
	struct page *page;

	if (!is_data(region, pgoff))
		return 0;
	down_read(&region->media->frozen);
	filemap_invalidate_lock_shared(mapping);
	folio = lock_folio(region, pgoff);
	if (!IS_ERR_OR_NULL(folio)) {
		page = xa_load(&region->media->pages, pgoff);
		if (page)
			memzero_page(page, off, len);
		memzero_page(folio_page(folio, 0), off, len);
		folio_unlock(folio);
		folio_put(folio);
	}
	filemap_invalidate_unlock_shared(mapping);
	up_read(&region->media->frozen);
	return PTR_ERR_OR_ZERO(folio);
}

static int media_zero(struct vmadev_region *region, loff_t pos, loff_t len)
{
	return media_punch(region, pos, len) ?: media_fill(region, pos, len);
}

static loff_t media_seek(struct vmadev_region *region, loff_t pos, int whence)
{
	unsigned long n = vmadev_region_pages(region);
	pgoff_t pgoff = pos >> PAGE_SHIFT;
	bool hole = whence == SEEK_HOLE;

	for (; pgoff < n && is_data(region, pgoff) == hole; pgoff++)
		cond_resched();
	if (pgoff == n && !hole)
		return -ENXIO;
	return max(pos, (loff_t)pgoff << PAGE_SHIFT);
}

/* The default region has no page cache while nobody has it open. */
static void media_idle(struct vmadev_region *region)
{
	if (region->fixed)
		vmadev_media_sync(region, 0, LLONG_MAX);
}

const struct vmadev_backing vmadev_backing_media = {
	.id		= VMADEV_BACKING_MEDIA,
	.name		= "media",
	.strategy	= VMADEV_STRATEGY_FILEMAP,
	.observed	= VMADEV_STATS_ALL & ~VMADEV_STAT_PAGES,
	.copies		= 2,
	.locked		= true,
	.a_ops		= &media_aops,
	.alloc		= media_alloc,
	.free		= media_free,
	.read		= media_read,
	.write		= media_write,
	.pinned		= vmadev_cache_pinned,
	.sync		= vmadev_media_sync,
	.lose		= vmadev_media_lose,
	.idle		= media_idle,
	.resize		= media_resize,
	.punch		= media_punch,
	.cut		= media_cut,
	.zero		= media_zero,
	.fill		= media_fill,
	.seek		= media_seek,
};
