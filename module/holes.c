// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that are taken away: the size and the holes of backing pages, and all of them, of
 * contig too, of a region that is revoked. Such a page belongs to who still has it pinned;
 * to the region it is a page no more.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "compat.h"
#include "hold.h"
#include "dirty.h"
#include "region.h"

/**
 * struct vmadev_taken - pages that were the region's
 * @next: in the region's limbo
 * @nr:	  how many
 * @page: each with the region's reference; NULL for what was a hole before
 * @own:  room for @page, unless that is what was the region's array
 */
struct vmadev_taken {
	struct vmadev_taken *next;
	unsigned long nr;
	struct page **page;
	struct page *own[];
};

static struct vmadev_taken *taken_new(unsigned long nr)
{
	struct vmadev_taken *taken = kvmalloc(struct_size(taken, own, nr),
					      GFP_KERNEL | __GFP_NOWARN);

	if (taken)
		taken->page = taken->own;
	return taken;
}

static void taken_free(struct vmadev_taken *taken)
{
	vmadev_pages_put(taken->page, taken->nr);
	if (taken->page != taken->own)
		kvfree(taken->page);
	kvfree(taken);
}

/* From one folio to the next. */
static unsigned long pages_of(const struct page *page)
{
	return page ? 1ul << compound_order((struct page *)page) : 1;
}

/* A fault returns its page locked, and the kernel unlocks it when it is mapped. */
static void wait_for_faults(struct page *const *pages, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i += pages_of(pages[i])) {
		struct page *page = READ_ONCE(pages[i]);

		if (page) {
			lock_page(page);
			unlock_page(page);
		}
		cond_resched();
	}
}

/**
 * vmadev_pages_settle() - see &struct vmadev_backing
 * @region: its inode is locked, or vmadev_region_read_lock() held, so that no page leaves
 * @pgoff:  the first page
 * @nr:	    how many
 */
void vmadev_pages_settle(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	wait_for_faults(region->pages + pgoff, nr);
}

/*
 * They are out of the region: wait for all who have found them before, and take them out of
 * all mappings. A caller who is killed before leaves them to the region's end.
 */
static int settle(struct vmadev_region *region, const struct vmadev_taken *taken, pgoff_t pgoff,
		  bool even_copies)
{
	int err = vmadev_eager_wait(region, true);

	if (!err)
		wait_for_faults(taken->page, taken->nr);
	unmap_mapping_pages(vmadev_region_mapping(region), pgoff, taken->nr, even_copies);
	return err;
}

static void let_go(struct vmadev_region *region, struct vmadev_taken *taken, bool leave)
{
	if (leave) {
		taken->next = region->limbo;
		region->limbo = taken;
	} else {
		taken_free(taken);
	}
}

/*
 * Take @nr pages from @pgoff on out of the region, which has @nr_pages then.
 *
 * Nobody can find them from when the lock is dropped. Who found them before has a
 * reference (copies, pins), has made PTEs (faults of pfn), holds the page's lock (faults
 * of page) or is in mmap. When the latter two are over, all PTEs are where the zap finds
 * them.
 */
static int take(struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
		unsigned long nr_pages, bool even_copies)
{
	struct page **page = region->pages + pgoff;
	struct vmadev_taken *taken;
	unsigned long i;

	if (vmadev_region_holds(region, pgoff, nr))
		return -EBUSY;
	taken = taken_new(nr);
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

	let_go(region, taken, settle(region, taken, pgoff, even_copies));
	return 0;
}

/* How many pages others have, up to @enough. */
static unsigned long count_pinned(struct page **pages, unsigned long n, unsigned long enough)
{
	unsigned long i, nr, pinned = 0;

	for (i = 0; i < n && pinned < enough; i += nr) {
		nr = pages_of(pages[i]);
		if (pages[i] && vmadev_folio_pinned(page_folio(pages[i]), 1))
			pinned += nr;
		cond_resched();
	}
	return pinned;
}

static u64 bytes_pinned(const struct vmadev_taken *taken)
{
	return (u64)count_pinned(taken->page, taken->nr, ULONG_MAX) << PAGE_SHIFT;
}

/**
 * vmadev_pages_pinned() - see &struct vmadev_backing
 * @region: the region
 */
bool vmadev_pages_pinned(const struct vmadev_region *region)
{
	return count_pinned(region->pages, vmadev_region_pages(region), 1);
}

/**
 * vmadev_pages_revoke() - see &struct vmadev_backing
 * @region: the region
 * @how:    enum vmadev_revoke_how
 * @pinned: gets the bytes that others have
 */
int vmadev_pages_revoke(struct vmadev_region *region, u32 how, u64 *pinned)
{
	struct vmadev_taken *taken = taken_new(0);
	int err;

	if (!taken)
		return -ENOMEM;
	vmadev_region_write_lock();
	taken->page = region->pages;
	taken->nr = region->nr_pages;
	region->pages = NULL;
	region->room = 0;
	vmadev_region_gone(region, how);
	vmadev_region_write_unlock();
	vmadev_holds_gone(region);

	err = settle(region, taken, 0, true);
	*pinned = bytes_pinned(taken);
	if (*pinned) {
		vmadev_drain_all();
		*pinned = bytes_pinned(taken);
	}
	let_go(region, taken, err);
	return 0;
}

/**
 * vmadev_pages_restore() - see &struct vmadev_backing
 * @region: the region
 */
int vmadev_pages_restore(struct vmadev_region *region)
{
	struct vmadev_region *fresh = kzalloc_obj(*fresh, GFP_KERNEL);
	int err;

	if (!fresh)
		return -ENOMEM;
	fresh->backing = region->backing;
	fresh->nr_pages = region->revoked_pages;
	fresh->single = region->single;
	err = region->backing->alloc(fresh, region->gfp, region->node);
	if (!err && fresh->run_bytes < region->run_bytes) {
		/* Who maps it counts on that. */
		vmadev_pages_free(fresh);
		err = -ENOMEM;
	}
	if (!err) {
		vmadev_region_write_lock();
		region->pages = fresh->pages;
		region->room = fresh->room;
		region->order = fresh->order;
		vmadev_region_back(region);
		vmadev_region_write_unlock();
	}
	kfree(fresh);
	return err;
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
	if (!err && last > first)
		vmadev_log_range(region, first >> PAGE_SHIFT, (last - first) >> PAGE_SHIFT);
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
