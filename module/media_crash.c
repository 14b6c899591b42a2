// SPDX-License-Identifier: GPL-2.0
/*
 * Backing media: what a power cut leaves. Of each page the durable bytes, or, if it is
 * dirty, the live ones perhaps: a kernel writes back what and when it likes.
 *
 * Programs run on meanwhile. Nothing becomes durable from the beginning of a crash to
 * its end (&vmadev_media.frozen), so the medium is that of one moment, and so is each
 * live page: it is copied under its lock, with no entry left that can write. Which
 * moment differs from page to page, and what is dirtied meanwhile may be in or out: as
 * if the kernel had written it back just then.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>

#include "media.h"
#include "region.h"
#include "trace.h"

/* A number that looks random, of two: Steele and others' splitmix64 */
static u64 mix(u64 seed, u64 n)
{
	u64 z = seed + (n + 1) * 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/**
 * vmadev_keep_ok() - does it say something?
 * @keep: what a caller asked for
 */
bool vmadev_keep_ok(const struct vmadev_keep *keep)
{
	if (keep->tear && keep->tear != 512 && keep->tear != 4096)
		return false;
	return keep->mode >= VMADEV_KEEP_NONE && keep->mode <= VMADEV_KEEP_LIST;
}

/**
 * vmadev_keep_random() - is it kept?
 * @seed: of the choice
 * @n:	  which
 *
 * Return: of half the numbers true, the same on every kernel and machine.
 */
bool vmadev_keep_random(u64 seed, u64 n)
{
	return mix(seed, n) >> 63;
}

static bool keeps(const struct vmadev_keep *keep, pgoff_t pgoff)
{
	switch (keep->mode) {
	case VMADEV_KEEP_ALL:
		return true;
	case VMADEV_KEEP_RANDOM:
		return vmadev_keep_random(keep->seed, pgoff);
	case VMADEV_KEEP_LIST:
		return pgoff < keep->nr_pages && keep->list[pgoff / 64] >> (pgoff % 64) & 1;
	default:
		return false;
	}
}

/* The page that is kept, over the durable one; @live is locked, or has no entry. */
static void keep_page(const struct vmadev_keep *keep, struct page *durable, struct folio *live)
{
	size_t tear = min_t(size_t, keep->tear ?: PAGE_SIZE, PAGE_SIZE), off;
	u64 first = (u64)live->index * (PAGE_SIZE / tear);

	for (off = 0; off < PAGE_SIZE; off += tear)
		if (!keep->tear || mix(~keep->seed, first + off / tear) >> 63)
			memcpy_page(durable, off, folio_page(live, 0), off, tear);
}

/**
 * vmadev_media_writeback() - make some pages durable, as a kernel may at any time
 * @region: the region
 * @keep:   which
 *
 * Return: 0, -ENOMEM, -EIO (a page is poisoned), -EINTR.
 */
int vmadev_media_writeback(struct vmadev_region *region, const struct vmadev_keep *keep)
{
	struct folio *folio;
	unsigned long nr = 0;
	pgoff_t pgoff = 0;
	int err = 0;

	down_read(&region->media->frozen);
	for (; !err && (folio = vmadev_media_lock_dirty(region, &pgoff, ULONG_MAX - 1)); pgoff++) {
		if (keeps(keep, pgoff)) {
			err = vmadev_media_write_folio(region, folio);
			nr += !err;
		}
		vmadev_media_unlock(folio);
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	up_read(&region->media->frozen);
	trace_vmadev_durable(region->id, 0, ULONG_MAX - 1, nr, err);
	return err;
}

static int copy_medium(struct vmadev_region *region, struct vmadev_region *fork)
{
	struct page *page, *copy;
	unsigned long i;

	xa_for_each(&region->media->pages, i, page) {
		copy = vmadev_media_page(fork, i);
		if (!copy)
			return -ENOMEM;
		copy_highpage(copy, page);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* To the medium of @to, which may be @region itself */
static int keep_durable(struct vmadev_region *to, const struct vmadev_keep *keep,
			struct folio *folio)
{
	struct page *page = vmadev_media_page(to, folio->index);

	if (!page)
		return -ENOMEM;
	folio_mkclean(folio);
	keep_page(keep, page, folio);
	return 0;
}

/* Not under @to's lock as a region, which comes before a folio's. */
static int keep_live(struct vmadev_region *to, struct folio *folio)
{
	folio_mkclean(folio);
	return vmadev_media_put(to, folio_pos(folio), folio_page(folio, 0), PAGE_SIZE);
}

/* @live: they are dirty in @to; @kept is counted. */
static int keep_dirty(struct vmadev_region *region, struct vmadev_region *to,
		      const struct vmadev_keep *keep, bool live, unsigned long *kept)
{
	struct folio *folio;
	pgoff_t pgoff = 0;
	int err = 0;

	for (; !err && (folio = vmadev_media_lock_dirty(region, &pgoff, ULONG_MAX - 1)); pgoff++) {
		/* Of what is poisoned nothing is left but what was durable. */
		if (keeps(keep, pgoff) && !PageHWPoison(folio_page(folio, 0))) {
			err = live ? keep_live(to, folio) : keep_durable(to, keep, folio);
			*kept += !err;
		}
		vmadev_media_unlock(folio);
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

/**
 * vmadev_media_fork() - what a crash would leave, in a region of its own
 * @region: the region; its inode is locked
 * @fork:   new, as long
 * @keep:   which dirty pages are in it
 * @live:   these are dirty in it too; it has a handle
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int vmadev_media_fork(struct vmadev_region *region, struct vmadev_region *fork,
		      const struct vmadev_keep *keep, bool live)
{
	unsigned long kept = 0;
	int err = down_write_killable(&region->media->frozen);

	if (err)
		return err;
	err = copy_medium(region, fork);
	if (!err)
		err = keep_dirty(region, fork, keep, live, &kept);
	up_write(&region->media->frozen);
	trace_vmadev_crash(region->id, fork->id, keep->mode, keep->seed, kept, err);
	return err;
}

/**
 * vmadev_media_revert() - crash, in place
 * @region: the region; its inode is locked
 * @keep:   which dirty pages are in it
 * @sigbus: its mappings end, and its handles map no more, but for those opened after it
 *
 * Return: 0; -EPERM, it is sealed; -ENOMEM, -EINTR: some pages that were to be kept became
 * durable, and that is all.
 */
int vmadev_media_revert(struct vmadev_region *region, const struct vmadev_keep *keep, bool sigbus)
{
	unsigned long kept = 0;
	int err;

	if (vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		return -EPERM;
	err = down_write_killable(&region->media->frozen);
	if (err)
		return err;
	err = keep_dirty(region, region, keep, false, &kept);
	if (!err) {
		if (sigbus) {
			/* Whose fault is under way has its page locked, or entries. */
			vmadev_region_write_lock();
			WRITE_ONCE(region->epoch, region->epoch + 1);
			vmadev_region_write_unlock();
		}
		vmadev_media_drop_cache(region, sigbus);
	}
	up_write(&region->media->frozen);
	trace_vmadev_crash(region->id, region->id, keep->mode, keep->seed, kept, err);
	return err;
}
