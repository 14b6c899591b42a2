// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of the log of what is written to; uapi/vmadev.h documents them for callers.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dirty.h"
#include "handle.h"
#include "ioctl.h"

/**
 * struct harvest - what is asked for, and what is found
 * @pgoff:  the first page
 * @nr:	    how many
 * @to_end: or as many as there are by then
 * @shift:  1 << @shift pages are a unit
 * @only:   a bit a unit: those that are meant; NULL: all
 * @found:  a bit a page: those that are dirty
 * @units:  how many units they are in
 */
struct harvest {
	pgoff_t pgoff;
	unsigned long nr;
	bool to_end;
	unsigned int shift;
	u64 *only;
	unsigned long *found;
	u64 units;
};

static int harvest_ask(const struct vmadev_region *region, const struct vmadev_dirty *dirty,
		       struct harvest *harvest)
{
	u64 unit = dirty->unit ?: PAGE_SIZE, bytes = vmadev_region_bytes(region);

	if (!vmadev_logs(region))
		return -EOPNOTSUPP;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (unit < PAGE_SIZE || unit & (unit - 1) || dirty->offset & (unit - 1) ||
	    !PAGE_ALIGNED(dirty->length))
		return -EINVAL;
	if (dirty->offset > bytes || dirty->length > bytes - dirty->offset)
		return -EINVAL;
	harvest->pgoff = dirty->offset >> PAGE_SHIFT;
	harvest->nr = (dirty->length ?: bytes - dirty->offset) >> PAGE_SHIFT;
	harvest->to_end = !dirty->length;
	harvest->shift = ilog2(unit) - PAGE_SHIFT;
	return 0;
}

static u64 unit_of(const struct harvest *harvest, unsigned long page)
{
	return (u64)page >> harvest->shift;
}

static bool is_meant(const struct harvest *harvest, u64 unit)
{
	return !harvest->only || harvest->only[unit / 64] & BIT_ULL(unit % 64);
}

static void find(const struct vmadev_region *region, struct harvest *harvest)
{
	unsigned long at, end = harvest->pgoff + harvest->nr;
	u64 last = U64_MAX;

	for (at = harvest->pgoff; (at = find_next_bit(region->dirty, end, at)) < end; at++) {
		u64 unit = unit_of(harvest, at - harvest->pgoff);

		cond_resched();
		if (!is_meant(harvest, unit))
			continue;
		__set_bit(at - harvest->pgoff, harvest->found);
		harvest->units += unit != last;
		last = unit;
	}
}

static int or_word(u64 __user *word, u64 bits)
{
	u64 old;

	return get_user(old, word) || put_user(old | bits, word) ? -EFAULT : 0;
}

static int tell(const struct harvest *harvest, u64 __user *words)
{
	u64 bits = 0, index = 0;
	unsigned long at;

	for_each_set_bit(at, harvest->found, harvest->nr) {
		u64 unit = unit_of(harvest, at);

		if (unit / 64 != index && bits && or_word(words + index, bits))
			return -EFAULT;
		if (unit / 64 != index)
			bits = 0;
		index = unit / 64;
		bits |= BIT_ULL(unit % 64);
		cond_resched();
	}
	return bits ? or_word(words + index, bits) : 0;
}

static void put_back(struct vmadev_region *region, const struct harvest *harvest)
{
	inode_lock(region->inode);
	vmadev_log_put_back(region, harvest->pgoff, harvest->nr, harvest->found);
	inode_unlock(region->inode);
}

/* Since it was asked, the region may have become smaller, or have been revoked. */
static int harvest_look(const struct vmadev_region *region, struct harvest *harvest)
{
	unsigned long nr_pages = vmadev_region_pages(region);

	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (harvest->to_end && harvest->pgoff <= nr_pages)
		harvest->nr = min(harvest->nr, nr_pages - harvest->pgoff);
	return vmadev_region_has(region, harvest->pgoff, harvest->nr) ? 0 : -EINVAL;
}

static int take(struct vmadev_region *region, struct harvest *harvest, bool clear)
{
	int err;

	inode_lock(region->inode);
	err = harvest_look(region, harvest);
	if (!err) {
		find(region, harvest);
		if (clear)
			err = vmadev_log_take(region, harvest->pgoff, harvest->nr, harvest->found);
	}
	inode_unlock(region->inode);
	return err;
}

/* @words: to be told; NULL: nobody */
static int harvest(struct vmadev_region *region, struct harvest *harvest, bool clear,
		   u64 __user *words)
{
	int err;

	harvest->found = kvcalloc(BITS_TO_LONGS(harvest->nr), sizeof(long),
				  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!harvest->found)
		return -ENOMEM;
	err = take(region, harvest, clear);
	if (!err && words)
		err = tell(harvest, words);
	if (err && clear)
		put_back(region, harvest);
	kvfree(harvest->found);
	return err;
}

static void trace(const struct vmadev_region *region, const struct vmadev_dirty *dirty,
		  const struct harvest *harvest, bool clear, int err)
{
	trace_vmadev_harvest(region->id, harvest->pgoff, harvest->nr, dirty->unit ?: PAGE_SIZE,
			     harvest->units, clear, err);
}

/**
 * vmadev_ioctl_dirty_get() - VMADEV_IOC_DIRTY_GET
 * @file: a handle's
 * @arg:  what is asked for; gets how many there are
 */
long vmadev_ioctl_dirty_get(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	struct vmadev_dirty *dirty = &arg->dirty;
	bool clear = !(dirty->flags & VMADEV_DIRTY_NO_CLEAR);
	struct harvest found = {};
	int err;

	if (clear && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (dirty->flags & ~VMADEV_DIRTY_NO_CLEAR)
		return -EINVAL;
	err = harvest_ask(region, dirty, &found);
	if (err)
		return err;
	err = harvest(region, &found, clear, u64_to_user_ptr(dirty->bitmap));
	dirty->dirty = found.units;
	trace(region, dirty, &found, clear, err);
	return err;
}

/**
 * vmadev_ioctl_dirty_clear() - VMADEV_IOC_DIRTY_CLEAR
 * @file: a handle's
 * @arg:  what is asked for; gets how many there were
 */
long vmadev_ioctl_dirty_clear(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	struct vmadev_dirty *dirty = &arg->dirty;
	struct harvest found = {};
	u64 units;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (dirty->flags)
		return -EINVAL;
	err = harvest_ask(region, dirty, &found);
	if (!err && !dirty->bitmap)
		err = -EINVAL;
	if (err)
		return err;
	units = DIV_ROUND_UP_ULL(found.nr, 1ull << found.shift);
	found.only = vmemdup_user(u64_to_user_ptr(dirty->bitmap), BITS_TO_U64(units) * sizeof(u64));
	if (IS_ERR(found.only))
		return PTR_ERR(found.only);
	err = harvest(region, &found, true, NULL);
	kvfree(found.only);
	dirty->dirty = found.units;
	trace(region, dirty, &found, true, err);
	return err;
}
