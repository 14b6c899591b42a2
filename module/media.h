/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_MEDIA_H
#define VMADEV_MEDIA_H

#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct address_space;
struct folio;
struct page;
struct vmadev_region;
struct writeback_control;

/**
 * struct vmadev_media - what backing media has beside the page cache
 * @pages:  the medium, the durable bytes: a page an index, none where all are zeros.
 *	    Written under the lock of the folio that lies over it; what takes pages
 *	    out holds the inode's lock and the mapping's invalidate_lock, for writing
 * @frozen: held for reading by who makes bytes durable, for writing by a crash
 *
 * The live bytes are the page cache of the region's inode, whose dirty tags say which
 * pages are not durable. Nobody but the module writes them back: pseudo file systems
 * have a backing device that the kernel never flushes; but a mount may ask for one of its
 * own (&vmadev_mount.writeback).
 *
 * Order: the inode's lock, @frozen, mmap_lock, the region's lock, invalidate_lock, folio
 * lock.
 */
struct vmadev_media {
	struct xarray pages;
	struct rw_semaphore frozen;	/* see above */
};

/**
 * struct vmadev_keep - which dirty pages a crash, or a writeback, takes
 * @mode:     enum vmadev_keep_mode
 * @tear:     bytes of a sector, of which each is taken or not by @seed; 0: whole pages
 * @seed:     of all that is random
 * @list:     a bit a page
 * @nr_pages: how many
 */
struct vmadev_keep {
	u32 mode;
	u32 tear;
	u64 seed;
	const u64 *list;
	unsigned long nr_pages;
};

/* backing_media.c */
struct page *vmadev_media_page(struct vmadev_region *region, pgoff_t pgoff);
int vmadev_media_put(struct vmadev_region *region, loff_t pos, struct page *page, size_t n);
void vmadev_media_drop_cache(struct vmadev_region *region, bool even_copies);

/* media_sync.c */
struct folio *vmadev_media_lock_dirty(struct vmadev_region *region, pgoff_t *pgoff, pgoff_t last);
void vmadev_media_unlock(struct folio *folio);
int vmadev_media_write_folio(struct vmadev_region *region, struct folio *folio);
int vmadev_media_sync(struct vmadev_region *region, loff_t start, loff_t end);
int vmadev_media_writepages(struct address_space *mapping, struct writeback_control *wbc);
void vmadev_media_lose(struct vmadev_region *region, loff_t start, loff_t end, int err);
unsigned long vmadev_media_unsynced(struct vmadev_region *region, pgoff_t pgoff,
				    unsigned long nr_pages, u64 *bitmap);

/* media_crash.c */
bool vmadev_keep_random(u64 seed, u64 n);
bool vmadev_keep_ok(const struct vmadev_keep *keep);
int vmadev_media_writeback(struct vmadev_region *region, const struct vmadev_keep *keep);
int vmadev_media_fork(struct vmadev_region *region, struct vmadev_region *fork,
		      const struct vmadev_keep *keep, bool live);
int vmadev_media_revert(struct vmadev_region *region, const struct vmadev_keep *keep, bool sigbus);

#endif /* VMADEV_MEDIA_H */
