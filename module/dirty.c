// SPDX-License-Identifier: GPL-2.0
/*
 * The log of what is written to: a bit a page, set by the first store after it was taken.
 *
 * Mappings of a region that keeps one have entries that cannot be written through until
 * its bit is set (mkwrite.c). Who takes a bit clears it first, and drops the entries then:
 * a store that comes in between is made before the caller is told, and so before it copies
 * the page. What comes afterwards sets the bit again.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "dirty.h"

#define LONGEST_RUN	512ul	/* pages, after which one looks who else wants to run */

static unsigned long *bits_new(unsigned long nr_pages)
{
	return kvcalloc(BITS_TO_LONGS(nr_pages), sizeof(long), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/**
 * vmadev_log_create() - begin a log, in which nothing is
 * @region: nobody else knows it
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_log_create(struct vmadev_region *region)
{
	region->dirty_room = vmadev_region_pages(region);
	region->dirty = bits_new(region->dirty_room);
	return region->dirty ? 0 : -ENOMEM;
}

/**
 * vmadev_log_make_room() - for pages that a region is about to get
 * @region:   keeps a log; its inode is locked
 * @nr_pages: that it will have
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_log_make_room(struct vmadev_region *region, unsigned long nr_pages)
{
	unsigned long room = max(nr_pages, region->dirty_room + region->dirty_room / 2);
	unsigned long *bits, *old = region->dirty;

	if (nr_pages <= region->dirty_room)
		return 0;
	bits = bits_new(room);
	if (!bits)
		return -ENOMEM;
	vmadev_region_write_lock();
	bitmap_copy(bits, old, region->dirty_room);
	region->dirty = bits;
	region->dirty_room = room;
	vmadev_region_write_unlock();
	kvfree(old);
	return 0;
}

/**
 * vmadev_log_weight() - how many pages are in the log
 * @region: keeps one
 */
unsigned long vmadev_log_weight(const struct vmadev_region *region)
{
	unsigned long weight;

	vmadev_region_read_lock();
	weight = bitmap_weight(region->dirty, vmadev_region_pages(region));
	vmadev_region_read_unlock();
	return weight;
}

/**
 * vmadev_log_pages() - see vmadev_log_range()
 * @region: keeps a log
 * @pgoff:  the first page
 * @nr:	    how many
 */
void vmadev_log_pages(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	while (nr) {
		pgoff_t end = pgoff + min(nr, LONGEST_RUN);

		nr -= end - pgoff;
		vmadev_region_read_lock();
		for (; pgoff < end; pgoff++)
			vmadev_log_page(region, pgoff);
		vmadev_region_read_unlock();
		cond_resched();
	}
}

static struct page *page_at(const struct vmadev_region *region, pgoff_t pgoff)
{
	return READ_ONCE(*region->backing->pages(region, pgoff));
}

static void zap(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	unmap_mapping_pages(vmadev_region_mapping(region), pgoff, nr, false);
}

/*
 * Has anybody the page who may write to it without an entry? There is a reference of the
 * region, and one of each entry; under the page's lock no fault makes one.
 */
static bool is_pinned(const struct vmadev_region *region, pgoff_t pgoff, struct page *page)
{
	bool pinned;

	if (page_ref_count(page) == 1)
		return false;
	lock_page(page);
	zap(region, pgoff, 1);
	pinned = page_ref_count(page) != 1;
	unlock_page(page);
	return pinned;
}

/*
 * Pages side by side. Who has set a bit before it was cleared has the page locked until it
 * is mapped; where there is a hole after that, there was none to be mapped.
 */
static void take_run(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct page *page;

		clear_bit(pgoff + i, region->dirty);
		smp_mb__after_atomic();	/* a hole of before is none by now */
		page = page_at(region, pgoff + i);
		if (page) {
			lock_page(page);
			unlock_page(page);
		}
	}
	zap(region, pgoff, nr);
	for (i = 0; i < nr; i++) {
		struct page *page = page_at(region, pgoff + i);

		if (page && is_pinned(region, pgoff + i, page))
			set_bit(pgoff + i, region->dirty);
	}
}

/**
 * vmadev_log_take() - take pages out of the log: the next store to each is logged again
 * @region: keeps a log; its inode is locked, so that no page leaves
 * @pgoff:  the first page
 * @nr:	    how many there are to choose from
 * @which:  a bit for each of these: those that are taken
 *
 * A page that somebody has pinned stays in the log.
 *
 * Return: 0; -EINTR, the caller was killed before all of them were.
 */
int vmadev_log_take(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
		    const unsigned long *which)
{
	unsigned long at, end;

	for (at = find_first_bit(which, nr); at < nr; at = find_next_bit(which, nr, end)) {
		end = find_next_zero_bit(which, min(nr, at + LONGEST_RUN), at);
		take_run(region, pgoff + at, end - at);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * vmadev_log_put_back() - the caller could not be told
 * @region: as for vmadev_log_take()
 * @pgoff:  the first page
 * @nr:	    how many there are to choose from
 * @which:  a bit for each of these: those that were taken
 */
void vmadev_log_put_back(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
			 const unsigned long *which)
{
	unsigned long at;

	for_each_set_bit(at, which, nr)
		set_bit(pgoff + at, region->dirty);
}
