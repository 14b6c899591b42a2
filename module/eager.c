// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings whose PTEs are made at mmap. Before 7.0 the hook makes them, of a VMA that
 * nobody can find yet: it is linked only after the hook. Since then the kernel makes
 * them after the hook, of an array that the hook left. Either way, who takes pages away
 * has to wait until that is over, and no hook tells of it: if it comes to a failure, no
 * hook is called at all.
 *
 * But all of it happens under one hold of mmap_lock for writing. So each such mmap is
 * noted by its mm, whose lock one can take and drop.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "region.h"

/**
 * struct eager - an mmap call that may be under way
 * @link:  in the region's list
 * @mm:	   whose mmap_lock it holds; what is referenced is the struct alone
 * @pages: what the kernel was told to map
 */
struct eager {
	struct list_head link;
	struct mm_struct *mm;
	struct page *pages[];
};

static void eager_drop(struct eager *eager)
{
	list_del(&eager->link);
	mmdrop(eager->mm);
	kvfree(eager);
}

/* Is it over? @holder: the caller holds its mmap_lock, for writing. */
static bool is_over(const struct eager *eager, const struct mm_struct *holder)
{
	if (eager->mm == holder)
		return true;
	if (!mmap_read_trylock(eager->mm))
		return false;
	mmap_read_unlock(eager->mm);
	return true;
}

static void drop_old(struct vmadev_region *region, const struct mm_struct *holder)
{
	struct eager *eager, *next;

	list_for_each_entry_safe(eager, next, &region->eager, link)
		if (is_over(eager, holder))
			eager_drop(eager);
}

/**
 * vmadev_eager_begin() - note that an mmap makes PTEs
 * @region: the caller holds vmadev_region_read_lock()
 * @mm:	    whose mmap_lock the caller holds for writing
 * @pages:  that it makes them of
 * @nr:	    how many of these are looked at after the caller let go of the region's lock
 *
 * Return: an array of the same @nr pages that stays until the caller lets go of mmap_lock;
 * @pages if @nr is 0, or the region fixed, which means that they stay; or -ENOMEM.
 */
struct page **vmadev_eager_begin(struct vmadev_region *region, struct mm_struct *mm,
				 struct page **pages, unsigned long nr)
{
	struct eager *eager;

	if (region->fixed)
		nr = 0;
	eager = kvmalloc(struct_size(eager, pages, nr), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!eager)
		return ERR_PTR(-ENOMEM);
	mmgrab(mm);
	eager->mm = mm;
	memcpy(eager->pages, pages, nr * sizeof(*pages));

	mutex_lock(&region->eager_lock);
	drop_old(region, mm);
	list_add(&eager->link, &region->eager);
	mutex_unlock(&region->eager_lock);
	return nr ? eager->pages : pages;
}

/**
 * vmadev_eager_end() - the PTEs of an mmap are made, or never will be
 * @region: the region
 * @mm:	    as for vmadev_eager_begin()
 *
 * Only a help: what is not ended is over when @mm lets go of its mmap_lock.
 */
void vmadev_eager_end(struct vmadev_region *region, struct mm_struct *mm)
{
	mutex_lock(&region->eager_lock);
	drop_old(region, mm);
	mutex_unlock(&region->eager_lock);
}

/**
 * vmadev_eager_wait() - wait for each mmap that has begun
 * @region:   its inode is locked
 * @killable: the caller can be killed meanwhile
 *
 * Return: 0: all VMAs that have PTEs of what was the region's before can be found;
 * -EINTR, the caller was killed, and they cannot.
 */
int vmadev_eager_wait(struct vmadev_region *region, bool killable)
{
	struct eager *eager, *next;
	LIST_HEAD(begun);
	int err = 0;

	mutex_lock(&region->eager_lock);
	list_splice_init(&region->eager, &begun);
	mutex_unlock(&region->eager_lock);

	list_for_each_entry_safe(eager, next, &begun, link) {
		if (killable)
			err = mmap_read_lock_killable(eager->mm);
		else
			mmap_read_lock(eager->mm);
		if (err)
			break;
		mmap_read_unlock(eager->mm);
		eager_drop(eager);
	}
	mutex_lock(&region->eager_lock);
	list_splice(&begun, &region->eager);
	mutex_unlock(&region->eager_lock);
	return err;
}

/**
 * vmadev_eager_free() - forget all, with the region
 * @region: has no handle any more
 */
void vmadev_eager_free(struct vmadev_region *region)
{
	struct eager *eager, *next;

	list_for_each_entry_safe(eager, next, &region->eager, link)
		eager_drop(eager);
}
