// SPDX-License-Identifier: GPL-2.0
/*
 * Backing media: what makes bytes durable, and what tells which are not.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>
#include <linux/writeback.h>

#include "media.h"
#include "region.h"
#include "trace.h"

static pgoff_t end_page(loff_t end)
{
	return min_t(u64, end >> PAGE_SHIFT, ULONG_MAX - 1);
}

/* The next dirty page from @pgoff on, up to @last; of this moment */
static bool find_dirty(const struct vmadev_region *region, pgoff_t *pgoff, pgoff_t last)
{
	return *pgoff <= last && xa_find(&vmadev_region_mapping(region)->i_pages, pgoff, last,
					 PAGECACHE_TAG_DIRTY);
}

/**
 * vmadev_media_lock_dirty() - the next page that is not durable
 * @region: the region
 * @pgoff:  from where on; gets where it is
 * @last:   up to where
 *
 * Return: the folio, locked and with a reference; NULL: there is none.
 */
struct folio *vmadev_media_lock_dirty(struct vmadev_region *region, pgoff_t *pgoff, pgoff_t last)
{
	for (; find_dirty(region, pgoff, last); ++*pgoff) {
		struct folio *folio = filemap_lock_folio(vmadev_region_mapping(region), *pgoff);

		/* Before 6.4 it is NULL that tells of none. */
		if (IS_ERR_OR_NULL(folio))
			continue;
		if (folio_test_dirty(folio))
			return folio;
		vmadev_media_unlock(folio);
	}
	return NULL;
}

/**
 * vmadev_media_unlock() - the reverse
 * @folio: locked, with a reference
 */
void vmadev_media_unlock(struct folio *folio)
{
	folio_unlock(folio);
	folio_put(folio);
	cond_resched();
}

/*
 * A page is clean. Its entries lose their right to write first: the next store through a
 * mapping faults, waits for the folio's lock, and makes it dirty again.
 *
 * The kernel forgets the tag of a dirty page where writing back begins.
 */
static void begin_write(struct folio *folio)
{
	folio_mkclean(folio);
	folio_clear_dirty_for_io(folio);
	folio_start_writeback(folio);
}

/* A page that is pinned can be written without a fault, so it stays dirty. */
static void end_write(struct folio *folio)
{
	folio_end_writeback(folio);
	if (folio_maybe_dma_pinned(folio))
		folio_mark_dirty(folio);
}

/**
 * vmadev_media_write_folio() - make a page durable
 * @region: the region, whose @frozen the caller holds
 * @folio:  dirty, and locked
 *
 * Return: 0; -ENOMEM, -EIO (it is poisoned): it is dirty as before.
 */
int vmadev_media_write_folio(struct vmadev_region *region, struct folio *folio)
{
	struct page *page;

	if (PageHWPoison(folio_page(folio, 0)))
		return -EIO;
	page = vmadev_media_page(region, folio->index);
	if (!page)
		return -ENOMEM;
	begin_write(folio);
	copy_highpage(page, folio_page(folio, 0));
	end_write(folio);
	return 0;
}

/* As above, but for the bytes. A hole of the medium is for pages that are zeros. */
static int lose_folio(struct vmadev_region *region, struct folio *folio)
{
	if (!vmadev_media_page(region, folio->index))
		return -ENOMEM;
	begin_write(folio);
	end_write(folio);
	return 0;
}

/* @nr counts the pages that it went well with: one that fails keeps no other from it. */
static int each_dirty(struct vmadev_region *region, loff_t start, loff_t end, unsigned long *nr,
		      int (*write)(struct vmadev_region *region, struct folio *folio))
{
	pgoff_t pgoff = start >> PAGE_SHIFT, last = end_page(end);
	struct folio *folio;
	int err = 0;

	down_read(&region->media->frozen);
	for (; err != -EINTR && (folio = vmadev_media_lock_dirty(region, &pgoff, last)); pgoff++) {
		int one = write(region, folio);

		if (one)
			err = one;
		else
			++*nr;
		vmadev_media_unlock(folio);
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	up_read(&region->media->frozen);
	return err;
}

static int sync(struct vmadev_region *region, loff_t start, loff_t end, unsigned long *nr)
{
	int err = each_dirty(region, start, end, nr, vmadev_media_write_folio);

	trace_vmadev_durable(region->id, start >> PAGE_SHIFT, end_page(end), *nr, err);
	return err;
}

/**
 * vmadev_media_sync() - see &struct vmadev_backing
 * @region: the region
 * @start:  from where
 * @end:    the last byte
 */
int vmadev_media_sync(struct vmadev_region *region, loff_t start, loff_t end)
{
	unsigned long nr = 0;

	return sync(region, start, end, &nr);
}

/**
 * vmadev_media_writepages() - &address_space_operations.writepages
 * @mapping: of a file on a mount that the kernel writes back: of others it asks nothing
 * @wbc:     what of it
 *
 * All of the range, however little of it would do for now: that takes no time.
 */
int vmadev_media_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	loff_t start = wbc->range_cyclic ? 0 : wbc->range_start;
	loff_t end = wbc->range_cyclic ? LLONG_MAX : wbc->range_end;
	unsigned long nr = 0;
	int err = sync(mapping->host->i_private, start, end, &nr);

	wbc->nr_to_write -= nr;
	return err;
}

/**
 * vmadev_media_lose() - see &struct vmadev_backing
 * @region: the region
 * @start:  from where
 * @end:    the last byte
 * @err:    -EIO or -ENOSPC
 *
 * As ext4 and others do where a page's write fails: it is clean and uptodate, and its
 * mapping remembers the error for each file that is synced next.
 */
void vmadev_media_lose(struct vmadev_region *region, loff_t start, loff_t end, int err)
{
	unsigned long nr = 0;

	each_dirty(region, start, end, &nr, lose_folio);
	mapping_set_error(vmadev_region_mapping(region), err);
	trace_vmadev_lost(region->id, start >> PAGE_SHIFT, end_page(end), nr, err);
}

/**
 * vmadev_media_unsynced() - which pages are not durable?
 * @region:   the region
 * @pgoff:    the first to look at
 * @nr_pages: how many
 * @bitmap:   a bit a page, from @pgoff on, of zeros; NULL: they are counted
 *
 * Return: how many.
 */
unsigned long vmadev_media_unsynced(struct vmadev_region *region, pgoff_t pgoff,
				    unsigned long nr_pages, u64 *bitmap)
{
	unsigned long n = 0;
	pgoff_t i = pgoff;

	for (; find_dirty(region, &i, pgoff + nr_pages - 1); i++) {
		if (bitmap)
			bitmap[(i - pgoff) / 64] |= 1ull << ((i - pgoff) % 64);
		n++;
		cond_resched();
	}
	return n;
}
