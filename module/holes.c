// SPDX-License-Identifier: GPL-2.0
/*
 * Backing pages alone: its size, and its holes. A page that is taken away belongs to
 * who still has it pinned; to the region it is a page no more.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "region.h"

/**
 * struct vmadev_taken - pages that were the region's
 * @next: in the region's limbo
 * @nr:	  how many
 * @page: each with the region's reference; NULL for what was a hole before
 */
struct vmadev_taken {
	struct vmadev_taken *next;
	unsigned long nr;
	struct page *page[];
};

static void taken_free(struct vmadev_taken *taken)
{
	unsigned long i;

	for (i = 0; i < taken->nr; i++) {
		if (taken->page[i])
			__free_page(taken->page[i]);
		cond_resched();
	}
	kvfree(taken);
}

/* A fault returns its page locked, and the kernel unlocks it when it is mapped. */
static void wait_for_faults(const struct vmadev_taken *taken)
{
	unsigned long i;

	for (i = 0; i < taken->nr; i++) {
		if (taken->page[i]) {
			lock_page(taken->page[i]);
			unlock_page(taken->page[i]);
		}
		cond_resched();
	}
}

/*
 * Take @nr pages from @pgoff on out of the region, which has @nr_pages then.
 *
 * Nobody can find them from when the lock is dropped. Who found them before has a
 * reference (copies, pins), has made PTEs (faults of pfn), holds the page's lock (faults
 * of page) or is in mmap. When the latter two are over, all PTEs are where the zap finds
 * them. A caller who is killed before leaves the pages to the region's end.
 */
static int take(struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
		unsigned long nr_pages, bool even_copies)
{
	struct page **page = region->pages + pgoff;
	struct vmadev_taken *taken;
	unsigned long i;
	int err;

	if (vmadev_region_holds(region, pgoff, nr))
		return -EBUSY;
	taken = kvmalloc(struct_size(taken, page, nr), GFP_KERNEL | __GFP_NOWARN);
	if (!taken)
		return -ENOMEM;
	taken->nr = nr;
	vmadev_region_write_lock();
	for (i = 0; i < nr; i++) {
		taken->page[i] = page[i];
		page[i] = NULL;
	}
	region->holes = true;
	WRITE_ONCE(region->nr_pages, nr_pages);
	vmadev_region_write_unlock();

	err = vmadev_eager_wait(region);
	if (!err)
		wait_for_faults(taken);
	unmap_mapping_pages(vmadev_region_mapping(region), pgoff, nr, even_copies);
	if (err) {
		taken->next = region->limbo;
		region->limbo = taken;
		return 0;
	}
	taken_free(taken);
	return 0;
}

/**
 * vmadev_limbo_free() - free what those who were killed could not
 * @region: has no handle any more
 */
void vmadev_limbo_free(struct vmadev_region *region)
{
	struct vmadev_taken *taken, *next;

	for (taken = region->limbo; taken; taken = next) {
		next = taken->next;
		taken_free(taken);
	}
}

/* Fill an array from @i to @end; on error with nothing. */
static int fill_array(const struct vmadev_region *region, struct page **pages, unsigned long i,
		      unsigned long end)
{
	unsigned long first = i;
	int err = 0;

	for (; i < end && !err; i++) {
		pages[i] = vmadev_pages_get_one(region->gfp, 0, region->node);
		err = !pages[i] ? -ENOMEM : fatal_signal_pending(current) ? -EINTR : 0;
		cond_resched();
	}
	while (err && i-- > first) {
		if (pages[i])
			__free_page(pages[i]);
		pages[i] = NULL;
	}
	return err;
}

static int grow(struct vmadev_region *region, unsigned long nr_pages)
{
	unsigned long room = region->room, n = region->nr_pages;
	struct page **pages = region->pages, **old = NULL;
	int err;

	if (nr_pages > room) {
		/* Who grows it again and again has it copied a few times only. */
		room = max(nr_pages, room + room / 2);
		pages = kvcalloc(room, sizeof(*pages),
				 GFP_KERNEL | __GFP_NOWARN | (region->gfp & __GFP_ACCOUNT));
		if (!pages)
			return -ENOMEM;
		old = region->pages;
	}
	err = fill_array(region, pages, n, nr_pages);
	if (err) {
		if (old)
			kvfree(pages);
		return err;
	}
	vmadev_region_write_lock();
	if (old)
		memcpy(pages, old, n * sizeof(*pages));
	region->pages = pages;
	region->room = room;
	WRITE_ONCE(region->nr_pages, nr_pages);
	vmadev_region_write_unlock();
	kvfree(old);
	return 0;
}

/**
 * vmadev_pages_resize() - see &struct vmadev_backing
 * @region:   the region
 * @nr_pages: other than it has
 */
int vmadev_pages_resize(struct vmadev_region *region, unsigned long nr_pages)
{
	unsigned long n = region->nr_pages;

	return nr_pages > n ? grow(region, nr_pages) :
			      take(region, nr_pages, n - nr_pages, nr_pages, true);
}

/* A part of a page, which stays; of a hole there is nothing to make zeros of. */
static int punch_part(struct vmadev_region *region, loff_t pos, loff_t end)
{
	if (pos >= end || !READ_ONCE(region->pages[pos >> PAGE_SHIFT]))
		return 0;
	return vmadev_pages_zero(region, pos, end - pos);
}

/**
 * vmadev_pages_punch() - see &struct vmadev_backing
 * @region: the region
 * @pos:    from where
 * @len:    bytes
 */
int vmadev_pages_punch(struct vmadev_region *region, loff_t pos, loff_t len)
{
	loff_t end = pos + len, first = round_up(pos, PAGE_SIZE), last = round_down(end, PAGE_SIZE);
	int err = 0;

	/* First of all what may be refused: nothing is to have been done then. */
	if (last > first)
		err = take(region, first >> PAGE_SHIFT, (last - first) >> PAGE_SHIFT,
			   region->nr_pages, false);
	if (!err)
		err = punch_part(region, pos, min(first, end));
	if (!err && last >= first)
		err = punch_part(region, last, end);
	return err;
}

/**
 * vmadev_pages_seek() - see &struct vmadev_backing
 * @region: the region
 * @pos:    from where, inside
 * @whence: SEEK_DATA or SEEK_HOLE
 */
loff_t vmadev_pages_seek(struct vmadev_region *region, loff_t pos, int whence)
{
	pgoff_t pgoff = pos >> PAGE_SHIFT;
	unsigned long n = region->nr_pages;
	bool hole = whence == SEEK_HOLE;

	for (; pgoff < n && hole != !READ_ONCE(region->pages[pgoff]); pgoff++)
		cond_resched();
	if (pgoff == n && !hole)
		return -ENXIO;
	return max(pos, (loff_t)pgoff << PAGE_SHIFT);
}
