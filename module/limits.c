// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory regions may have: all of them, those of one user, and how much of it
 * that cannot be swapped. A region counts for who made it, wherever its descriptors go.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "compat.h"
#include "region.h"

/* Constant after load. */
u64 vmadev_max_bytes;
u64 vmadev_max_user_bytes;	/* 0: as many as all */
bool vmadev_memlock;

static atomic64_t vmadev_bytes;		/* taken of vmadev_max_bytes */

/* What a user has taken of vmadev_max_user_bytes; there is none of who has nothing. */
struct share {
	struct list_head link;
	kuid_t uid;
	u64 bytes;
};

static LIST_HEAD(shares);
static DEFINE_MUTEX(shares_lock);

static struct share *share_of(kuid_t uid)
{
	struct share *share;

	list_for_each_entry(share, &shares, link)
		if (uid_eq(share->uid, uid))
			return share;
	share = kzalloc_obj(*share, GFP_KERNEL_ACCOUNT);
	if (share) {
		share->uid = uid;
		list_add(&share->link, &shares);
	}
	return share;
}

static void share_drop_empty(struct share *share)
{
	if (share->bytes)
		return;
	list_del(&share->link);
	kfree(share);
}

/* As with quotas of disks, who may do without limits has none. */
static bool share_has_room(const struct share *share, u64 bytes)
{
	u64 left = vmadev_max_user_bytes - min(share->bytes, vmadev_max_user_bytes);

	return bytes <= left || capable(CAP_SYS_RESOURCE);
}

static int take_of_user(const struct user_struct *user, u64 bytes)
{
	struct share *share;
	int err = 0;

	if (!user || !vmadev_max_user_bytes)
		return 0;
	mutex_lock(&shares_lock);
	share = share_of(user->uid);
	if (!share)
		err = -ENOMEM;
	else if (share_has_room(share, bytes))
		share->bytes += bytes;
	else
		err = -EDQUOT;
	if (share)
		share_drop_empty(share);
	mutex_unlock(&shares_lock);
	return err;
}

static void give_to_user(const struct user_struct *user, u64 bytes)
{
	struct share *share;

	if (!user || !vmadev_max_user_bytes)
		return;
	mutex_lock(&shares_lock);
	share = share_of(user->uid);	/* it is there: it has these bytes */
	share->bytes -= bytes;
	share_drop_empty(share);
	mutex_unlock(&shares_lock);
}

static bool counts_as_locked(const struct vmadev_region *region)
{
	return vmadev_memlock && region->user && region->backing->locked;
}

/* Of the user, not of a process, who may end before the region: as io_uring's buffers. */
static int lock_memory(const struct vmadev_region *region, u64 bytes)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	long pages = bytes >> PAGE_SHIFT;

	if (!counts_as_locked(region))
		return 0;
	if (atomic_long_add_return(pages, &region->user->locked_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return 0;
	atomic_long_sub(pages, &region->user->locked_vm);
	return -ENOMEM;
}

static void unlock_memory(const struct vmadev_region *region, u64 bytes)
{
	if (counts_as_locked(region))
		atomic_long_sub(bytes >> PAGE_SHIFT, &region->user->locked_vm);
}

static int take_of(atomic64_t *all, u64 max, u64 bytes)
{
	s64 taken = atomic64_read(all);

	/* Never shown higher than it is: another call's share may still fit. */
	do {
		if (bytes > max - taken)
			return -ENOSPC;
	} while (!atomic64_try_cmpxchg(all, &taken, taken + bytes));
	return 0;
}

/* Here a byte is a byte, however many copies there are. */
static int take_of_cap(struct vmadev_cap *cap, u64 bytes)
{
	return cap ? take_of(&cap->bytes, cap->max, bytes) : 0;
}

static void give_to_cap(struct vmadev_cap *cap, u64 bytes)
{
	if (cap)
		atomic64_sub(bytes, &cap->bytes);
}

static u64 counted(const struct vmadev_region *region, u64 bytes)
{
	return bytes * region->backing->copies;
}

/**
 * vmadev_region_fits() - could there be such a region, were there no other?
 * @backing: its backing
 * @bytes:   its size
 */
bool vmadev_region_fits(const struct vmadev_backing *backing, u64 bytes)
{
	return !backing->copies || bytes <= div_u64(vmadev_max_bytes, backing->copies);
}

/**
 * vmadev_region_take_room() - of what regions may have
 * @region: for which
 * @bytes:  how much
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC, all regions together would have too much, or those of its cap;
 * -EDQUOT, those of its user; -ENOMEM, so would they of what cannot be swapped
 * (RLIMIT_MEMLOCK).
 */
int vmadev_region_take_room(struct vmadev_region *region, u64 bytes)
{
	u64 all = counted(region, bytes);
	int err;

	if (!vmadev_region_fits(region->backing, bytes))
		return -ENOSPC;
	if (!all)
		return 0;
	err = take_of(&vmadev_bytes, vmadev_max_bytes, all);
	if (err)
		return err;
	err = take_of_cap(region->cap, bytes);
	if (err)
		goto give_to_all;
	err = take_of_user(region->user, all);
	if (err)
		goto give_to_cap;
	err = lock_memory(region, all);
	if (!err)
		return 0;
	give_to_user(region->user, all);
give_to_cap:
	give_to_cap(region->cap, bytes);
give_to_all:
	atomic64_sub(all, &vmadev_bytes);
	return err;
}

/**
 * vmadev_region_give_room() - the reverse
 * @region: for which
 * @bytes:  how much
 */
void vmadev_region_give_room(struct vmadev_region *region, u64 bytes)
{
	u64 all = counted(region, bytes);

	if (!all)
		return;
	unlock_memory(region, all);
	give_to_user(region->user, all);
	give_to_cap(region->cap, bytes);
	atomic64_sub(all, &vmadev_bytes);
}
