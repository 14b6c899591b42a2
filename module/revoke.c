// SPDX-License-Identifier: GPL-2.0
/*
 * Revoke and restore: a region loses its memory, under all mappings at once, and gets
 * another.
 *
 * While it is revoked it has no pages, so vmadev_region_has() says no to everybody, and who
 * is asked nothing of this pays nothing for it. Mappings may show a dummy page then, as
 * those of an unplugged DRM device do; here each process has one of its own, which is kept
 * until the region is restored, since nobody counts where PFNs are mapped.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "dirty.h"
#include "region.h"
#include "trace.h"

/**
 * struct dummy - what one process sees
 * @link: in the region's list
 * @mm:	  its; what is referenced is the struct alone. NULL: of all who cannot write to it
 * @page: with a reference
 */
struct dummy {
	struct list_head link;
	struct mm_struct *mm;
	struct page *page;
};

static void dummy_drop(struct dummy *dummy)
{
	list_del(&dummy->link);
	if (dummy->mm)
		mmdrop(dummy->mm);
	__free_page(dummy->page);
	kfree(dummy);
}

/* Nobody but us has its mm: it has exited, and what it had mapped is unmapped. */
static bool is_over(const struct dummy *dummy)
{
	const struct mm_struct *mm = dummy->mm;

	return mm && !atomic_read(&mm->mm_users) && atomic_read(&mm->mm_count) == 1;
}

static struct dummy *dummy_new(struct vmadev_region *region, struct mm_struct *mm)
{
	struct dummy *dummy = kmalloc(sizeof(*dummy), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	struct page *page = vmadev_pages_get_one(region->gfp, 0, NUMA_NO_NODE);

	if (!dummy || !page) {
		kfree(dummy);
		if (page)
			__free_page(page);
		return NULL;
	}
	if (region->revoked == VMADEV_REVOKE_ONES)
		memset_page(page, 0, 0xff, PAGE_SIZE);
	if (mm)
		mmgrab(mm);
	dummy->mm = mm;
	dummy->page = page;
	list_add(&dummy->link, &region->dummies);
	return dummy;
}

static struct dummy *dummy_of(struct vmadev_region *region, struct mm_struct *mm)
{
	struct dummy *dummy, *next;

	list_for_each_entry_safe(dummy, next, &region->dummies, link) {
		if (dummy->mm == mm)
			return dummy;
		if (is_over(dummy))
			dummy_drop(dummy);
	}
	return dummy_new(region, mm);
}

/**
 * vmadev_revoked_page() - what a process sees in place of a page
 * @region: that has no such page; the caller holds vmadev_region_read_lock()
 * @pgoff:  which
 * @mm:	    the process's; NULL: it cannot write to what it sees
 *
 * Return: a page with a reference; -EFAULT, nothing is to be seen there; -ENOMEM.
 */
struct page *vmadev_revoked_page(struct vmadev_region *region, pgoff_t pgoff, struct mm_struct *mm)
{
	struct page *page = ERR_PTR(-ENOMEM);
	struct dummy *dummy;

	if (pgoff >= region->revoked_pages || region->revoked == VMADEV_REVOKE_SIGBUS)
		return ERR_PTR(-EFAULT);
	mutex_lock(&region->dummies_lock);
	dummy = dummy_of(region, mm);
	if (dummy) {
		page = dummy->page;
		get_page(page);
	}
	mutex_unlock(&region->dummies_lock);
	return page;
}

/**
 * vmadev_revoked_forget() - what all mappings of some pages show is anybody's no more
 * @region: has a handle
 * @pgoff:  the first page
 * @nr:	    how many; 0: all
 *
 * Entries that fork would copy, or has copied, are gone: a child gets a page of its own.
 */
void vmadev_revoked_forget(struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	if (READ_ONCE(region->revoked))
		unmap_mapping_pages(vmadev_region_mapping(region), pgoff, nr, false);
}

/**
 * vmadev_revoked_free() - free what processes saw
 * @region: has no handle any more, or no process sees more of them
 */
void vmadev_revoked_free(struct vmadev_region *region)
{
	struct dummy *dummy, *next;

	list_for_each_entry_safe(dummy, next, &region->dummies, link)
		dummy_drop(dummy);
}

/**
 * vmadev_region_gone() - its pages are somebody else's
 * @region: its inode is locked, unless it is ended; vmadev_region_write_lock() is held
 * @how:    enum vmadev_revoke_how
 */
void vmadev_region_gone(struct vmadev_region *region, u32 how)
{
	WRITE_ONCE(region->revoked, how);
	region->revoked_pages = region->nr_pages;
	WRITE_ONCE(region->nr_pages, 0);
	WRITE_ONCE(region->epoch, region->epoch + 1);
}

/**
 * vmadev_region_back() - it has as many pages again
 * @region: as for vmadev_region_gone()
 */
void vmadev_region_back(struct vmadev_region *region)
{
	WRITE_ONCE(region->nr_pages, region->revoked_pages);
	region->revoked_pages = 0;
	WRITE_ONCE(region->revoked, 0);
}

/**
 * vmadev_region_state() - what can be told of it in a word
 * @region: the region
 */
const char *vmadev_region_state(const struct vmadev_region *region)
{
	static const char *const words[] = {
		[0]			= "whole",
		[VMADEV_REVOKE_SIGBUS]	= "sigbus",
		[VMADEV_REVOKE_ZEROS]	= "zeros",
		[VMADEV_REVOKE_ONES]	= "ones",
	};

	return words[READ_ONCE(region->revoked)];
}

static int revoke(struct vmadev_region *region, u32 how, u64 *pinned)
{
	u64 bytes = vmadev_region_bytes(region);
	int err;

	if (region->fixed || vmadev_region_sealed(region, ~(u32)VMADEV_SEAL_SEAL))
		return -EPERM;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (!region->backing->revoke)
		return -EOPNOTSUPP;
	err = region->backing->revoke(region, how, pinned);
	if (!err)
		vmadev_region_give_room(region, bytes);
	return err;
}

/**
 * vmadev_region_revoke() - take its memory away
 * @region: its inode is locked
 * @how:    enum vmadev_revoke_how
 * @pinned: gets the bytes that others still have
 *
 * Return: 0; -EPERM, it is the default region or sealed; -ENODEV, it is revoked; -EOPNOTSUPP,
 * its backing cannot; -ENOMEM.
 */
int vmadev_region_revoke(struct vmadev_region *region, u32 how, u64 *pinned)
{
	int err;

	*pinned = 0;
	err = revoke(region, how, pinned);
	trace_vmadev_revoke(region->id, how, *pinned, err);
	return err;
}

/*
 * No fault gives out a dummy any more. One that has may still have to map it; it holds the
 * page's lock until then.
 */
static void drop_dummies(struct vmadev_region *region)
{
	struct dummy *dummy;

	list_for_each_entry(dummy, &region->dummies, link) {
		lock_page(dummy->page);
		unlock_page(dummy->page);
	}
	unmap_mapping_pages(vmadev_region_mapping(region), 0, 0, false);
	vmadev_revoked_free(region);
}

static int restore(struct vmadev_region *region)
{
	u64 bytes = (u64)region->revoked_pages << PAGE_SHIFT;
	int err;

	if (region->fixed)
		return -EPERM;
	if (!vmadev_region_revoked(region))
		return -EINVAL;
	if (!region->backing->restore)
		return -EOPNOTSUPP;
	err = vmadev_region_take_room(region, bytes);
	if (err)
		return err;
	err = region->backing->restore(region);
	if (err)
		vmadev_region_give_room(region, bytes);
	else if (!list_empty(&region->dummies))
		drop_dummies(region);
	if (!err)
		vmadev_log_range(region, 0, vmadev_region_pages(region));
	return err;
}

/**
 * vmadev_region_restore() - give it memory anew
 * @region: its inode is locked
 *
 * Return: 0; -EPERM, the default region; -EINVAL, it is not revoked; -EOPNOTSUPP, it is gone
 * for good; -ENOSPC, the cap; -ENOMEM, -EINTR.
 */
int vmadev_region_restore(struct vmadev_region *region)
{
	int err = restore(region);

	trace_vmadev_restore(region->id, err);
	return err;
}

/**
 * vmadev_region_end() - what is behind a region goes away, and nobody is asked
 * @region: whose backing has neither ->revoke nor ->restore; the caller holds a reference
 *
 * When it returns nobody accesses or maps it, nor ever will. Who has a handle finds a region
 * that is revoked.
 */
void vmadev_region_end(struct vmadev_region *region)
{
	vmadev_region_write_lock();
	vmadev_region_gone(region, VMADEV_REVOKE_SIGBUS);
	vmadev_region_write_unlock();
	trace_vmadev_revoke(region->id, VMADEV_REVOKE_SIGBUS, 0, 0);
	/* Without a handle there is no mapping, and with one of now there comes none. */
	if (!vmadev_inode_get_if_used(region))
		return;
	inode_lock(region->inode);
	vmadev_eager_wait(region, false);
	unmap_mapping_pages(vmadev_region_mapping(region), 0, 0, false);
	inode_unlock(region->inode);
	vmadev_inode_put(region);
}
