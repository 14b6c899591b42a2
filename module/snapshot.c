// SPDX-License-Identifier: GPL-2.0
/*
 * A new region that holds another's bytes of one moment.
 *
 * The region's log tells what is written to while all is copied, and again while that is,
 * as long as it becomes less. What is left is copied while nobody can write: no entry that
 * can be written through is left to a page that was taken out of the log, and who wants a
 * new one waits for the region's lock. That is the moment. A call that copies to a page
 * meanwhile (write(2), ptrace) has logged it before.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dirty.h"
#include "handle.h"
#include "ioctl.h"
#include "strategy.h"
#include "vma.h"

#define FEW	32ul	/* pages: for these writers may wait */

#define KNOWN_FLAGS	(VMADEV_CREATE_ALLOW_SEALING | VMADEV_CREATE_REOPEN | \
			 VMADEV_CREATE_LOG_DIRTY)

/**
 * struct snapshot - one in the making
 * @region: keeps a log; its inode is locked
 * @copy:   as long, and nobody else knows it
 * @nr:	    pages
 * @found:  a bit a page: those to be copied
 * @logged: a bit a page: those that have been taken out of the log
 */
struct snapshot {
	struct vmadev_region *region;
	struct vmadev_region *copy;
	unsigned long nr;
	unsigned long *found;
	unsigned long *logged;
};

static int copy_page_at(const struct snapshot *snapshot, pgoff_t pgoff)
{
	const struct vmadev_region *from = snapshot->region, *to = snapshot->copy;
	struct page *page = READ_ONCE(*from->backing->pages(from, pgoff));

	if (!page)		/* a hole, of zeros, as the copy's page is */
		return 0;
	if (PageHWPoison(page))
		return -EIO;
	copy_highpage(*to->backing->pages(to, pgoff), page);
	return 0;
}

static int copy_found(const struct snapshot *snapshot)
{
	unsigned long at;
	int err = 0;

	for_each_set_bit(at, snapshot->found, snapshot->nr) {
		err = copy_page_at(snapshot, at);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			break;
		cond_resched();
	}
	return err;
}

/* Take out of the log what is in it: that is to be copied. */
static int take(struct snapshot *snapshot)
{
	const struct vmadev_region *region = snapshot->region;

	bitmap_copy(snapshot->found, region->dirty, snapshot->nr);
	bitmap_or(snapshot->logged, snapshot->logged, snapshot->found, snapshot->nr);
	return vmadev_log_take(region, 0, snapshot->nr, snapshot->found);
}

static unsigned long nr_dirty(const struct snapshot *snapshot)
{
	return bitmap_weight(snapshot->region->dirty, snapshot->nr);
}

/* While programs run, until few pages are left, or more than can be caught up with. */
static int copy_running(struct snapshot *snapshot)
{
	unsigned long before = snapshot->nr, left;
	int err = take(snapshot);

	bitmap_fill(snapshot->found, snapshot->nr);
	if (!err)
		err = copy_found(snapshot);
	while (!err && (left = nr_dirty(snapshot)) > FEW && left <= before / 2) {
		before = left;
		err = take(snapshot) ?: copy_found(snapshot);
	}
	return err;
}

static int copy_stopped(struct snapshot *snapshot, struct vmadev_snapshot *told)
{
	u64 begin = ktime_get_ns();
	int err;

	vmadev_region_write_lock();
	err = take(snapshot) ?: copy_found(snapshot);
	told->pinned = nr_dirty(snapshot);
	vmadev_region_write_unlock();
	told->stopped_ns = ktime_get_ns() - begin;
	told->stopped_pages = bitmap_weight(snapshot->found, snapshot->nr);
	return err;
}

/* To who reads the log nothing has happened. */
static int snapshot_take(struct snapshot *snapshot, struct vmadev_snapshot *told)
{
	unsigned long *bits = kvcalloc(2 * BITS_TO_LONGS(snapshot->nr), sizeof(long),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	int err;

	if (!bits)
		return -ENOMEM;
	snapshot->found = bits;
	snapshot->logged = bits + BITS_TO_LONGS(snapshot->nr);
	err = copy_running(snapshot);
	if (!err)
		err = copy_stopped(snapshot, told);
	vmadev_log_put_back(snapshot->region, 0, snapshot->nr, snapshot->logged);
	kvfree(bits);
	return err;
}

static struct vmadev_region *snapshot_create(struct vmadev_region *region,
					     struct vmadev_snapshot *told)
{
	struct vmadev_region_spec spec = {
		.backing = region->backing,
		.bytes = vmadev_region_bytes(region),
		.name = told->name,
		.node = region->node,
		.charged = true,
		.sealable = told->flags & VMADEV_CREATE_ALLOW_SEALING,
		.logs = told->flags & VMADEV_CREATE_LOG_DIRTY,
		.reopen = told->flags & VMADEV_CREATE_REOPEN,
	};
	struct snapshot snapshot = {
		.region = region,
		.nr = vmadev_region_pages(region),
	};
	int err;

	if (vmadev_region_revoked(region))
		return ERR_PTR(-ENODEV);
	snapshot.copy = vmadev_region_create(&spec);
	if (IS_ERR(snapshot.copy))
		return snapshot.copy;
	err = snapshot_take(&snapshot, told);
	trace_vmadev_snapshot(region->id, snapshot.copy->id, snapshot.nr, told->stopped_pages,
			      told->stopped_ns, err);
	if (!err)
		return snapshot.copy;
	vmadev_region_put(snapshot.copy);
	return ERR_PTR(err);
}

/**
 * vmadev_ioctl_snapshot() - VMADEV_IOC_SNAPSHOT
 * @file: a handle's
 * @arg:  what is asked for; gets what it took
 */
long vmadev_ioctl_snapshot(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_handle *handle = vmadev_handle_of(file);
	struct vmadev_region *region = handle->region, *copy;
	struct vmadev_snapshot *told = &arg->snapshot;
	u32 id = told->strategy ?: READ_ONCE(handle->strategy)->id;
	const struct vmadev_strategy *strategy;
	long ret;

	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE))
		return -EBADF;
	if (told->flags & ~KNOWN_FLAGS || told->reserved || !vmadev_region_name_ok(told->name))
		return -EINVAL;
	if (!vmadev_logs(region))
		return -EOPNOTSUPP;
	told->stopped_pages = 0;
	told->stopped_ns = 0;
	ret = vmadev_strategy_for_backing(region->backing, id, &strategy);
	if (ret)
		return ret;
	inode_lock(region->inode);
	copy = snapshot_create(region, told);
	inode_unlock(region->inode);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	ret = vmadev_strategy_for(copy, id, &strategy);
	if (!ret)
		ret = vmadev_install_handle(copy, strategy, O_RDWR);
	vmadev_region_put(copy);
	return ret;
}
